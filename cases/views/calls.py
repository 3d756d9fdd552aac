"""Logging a call."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from borrowers.models import User
from cases.forms import CallForm
from cases.models import Case, ContactRecord
from cases.services.contacts import book_contact
from cases.services.promises import PromiseRefused
from cases.views.access import signed_in, visible_case
from cases.views.answers import changed
from cases.views.panels import PointView, point_views

_SAID = ("outcome", "nonpayment_reason", "notes", "next_action", "next_action_on")
_PROMISED = ("promise_amount", "promise_due_on", "promise_means")


def _form(request: HttpRequest, case: Case, points: list[PointView]) -> CallForm:
    """Empty for a GET, with the first usable number chosen."""
    return CallForm(
        request.POST if request.method == "POST" else None,
        points=[view.point for view in points],
        refused={view.point.pk for view in points if view.refused},
        today=case.creditor.business_date(timezone.now()),
        initial={"contact_point": points[0].point.pk if points else None},
    )


def _book(case: Case, actor: User, data: dict[str, Any]) -> ContactRecord:
    return book_contact(
        case=case,
        actor=actor,
        contact_point=data["contact_point"],
        channel="phone",
        at=timezone.now(),
        direction=data["direction"],
        party=data["party"],
        **{name: data[name] for name in (*_SAID, *_PROMISED)},
    )


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("cases.work_case", raise_exception=True)
def log_call(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: the form with the gate's verdict on each number; saving it refreshes the page."""
    case, now = visible_case(request, pk), timezone.now()
    points = [view for view in point_views(case, now) if view.point.is_phone and view.point.is_valid]
    form = _form(request, case, points)
    if request.method == "POST" and form.is_valid():
        try:
            _book(case, signed_in(request), form.cleaned_data)
        except (PromiseRefused, ValueError) as refusal:
            form.add_error(None, str(refusal))
        else:
            return changed(request, case, _("The call is logged."))
    return render(request, "cases/_call_form.html", {"case": case, "form": form, "points": points})
