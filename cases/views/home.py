"""The first page after signing in: each role's own desk."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from borrowers.models.user import COLLECTOR, COUNSEL, LEGAL, OPERATOR, SUPERVISOR


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Collectors to the worklist, legal staff and outside counsel to the legal desk, operators to admin."""
    user = request.user
    assert user.is_authenticated
    if user.is_superuser or user.has_role(COLLECTOR, SUPERVISOR):
        return redirect("cases:worklist")
    if user.has_role(LEGAL, COUNSEL):
        return redirect("legal:desk")
    if user.has_role(OPERATOR) or user.is_staff:
        return redirect("admin:index")
    return redirect("cases:worklist")
