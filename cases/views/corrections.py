"""Corrections of the ledger on the case page, by who may book."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.correction_forms import CorrectionForm
from cases.services.case_figures import refresh_cases
from cases.services.outbox_cancelling import lock_cases
from cases.services.plans import plan_cases
from cases.views.access import signed_in, today_of, visible_case
from cases.views.answers import changed


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("borrowers.book_entry", raise_exception=True)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: one correction; figures, plan and stage follow at once, of each case whose loans it changes."""
    case = visible_case(request, pk)
    today = today_of(case)
    form = CorrectionForm(request.POST or None, case=case, today=today)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            cases = lock_cases(form.case_ids())
            done = form.make(signed_in(request))
            if done:
                refresh_cases(creditor=case.creditor, on=case.creditor.aged_on or today, case_ids=cases)
                plan_cases(creditor=case.creditor, on=today, case_ids=cases)
        if done:
            return changed(request, case, _("It is booked; what follows from it was made anew."))
    return render(request, "cases/_correct.html", {"case": case, "form": form})
