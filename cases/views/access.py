"""Who asks, and for which case: the first line of every view of a case."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from borrowers.models import User
from cases.models import Case


def signed_in(request: HttpRequest) -> User:
    """The person of a request that `login_required` let through."""
    assert isinstance(request.user, User)
    return request.user


def visible_case(request: HttpRequest, pk: int) -> Case:
    """The case, when it is among those that the person's lists show; Http404 else."""
    cases = Case.objects.visible_to(signed_in(request)).select_related(
        "borrower__creditor", "creditor", "team", "assigned_to"
    )
    return get_object_or_404(cases, pk=pk)


def today_of(case: Case) -> dt.date:
    """The business date of the case's creditor now."""
    return case.creditor.business_date(timezone.now())
