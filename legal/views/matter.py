"""One matter and what is done with it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cases.services.letter_figures import language_of
from cases.views.access import signed_in
from legal.forms import AssignForm, DraftForm, ReasonForm
from legal.models import Matter
from legal.services.letters import draft_lawyers_letter, valid_mandate
from legal.services.matters import assign_firm, settle_matter, withdraw_matter
from legal.views.access import REFUSALS, act, posted, say_refusal, visible_matter

# A lawyer's letter gives this long unless the draft says otherwise.
DAYS_TO_PAY = 15


def matter_context(matter: Matter, **forms: Any) -> dict[str, Any]:
    today = matter.case.creditor.business_date(timezone.now())
    first = {"language": language_of(matter.case.borrower), "pay_by": today + dt.timedelta(days=DAYS_TO_PAY)}
    return {
        "matter": matter,
        "case": matter.case,
        "is_open": matter.is_open,
        "mandate_holds": valid_mandate(matter, today) is not None,
        "papers": matter.papers.select_related("drafted_by", "approved_by", "letter"),
        "assign_form": AssignForm(instance=matter),
        "draft_form": DraftForm(today=today, initial=first),
        **forms,
    }


@require_GET
@login_required
def matter_page(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "legal/matter.html", matter_context(visible_matter(request, pk)))


@posted
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    matter = visible_matter(request, pk)
    # The form writes into its instance; what is stored is the service's business.
    form = AssignForm(request.POST, instance=visible_matter(request, pk))
    if not form.is_valid():
        return render(request, "legal/matter.html", matter_context(matter, assign_form=form), status=422)
    actor, data = signed_in(request), form.cleaned_data
    return act(request, pk, _("The matter is assigned."), lambda: assign_firm(matter=matter, actor=actor, **data))


@posted
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    matter, actor = visible_matter(request, pk), signed_in(request)
    form = DraftForm(request.POST, today=matter.case.creditor.business_date(timezone.now()))
    if form.is_valid():
        try:
            draft_lawyers_letter(matter=matter, actor=actor, **form.cleaned_data)
        except REFUSALS as refusal:
            say_refusal(request, refusal)
        else:
            messages.success(request, _("The letter is drafted."))
            return redirect("legal:matter", pk)
    return render(request, "legal/matter.html", matter_context(matter, draft_form=form), status=422)


@posted
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    matter, form = visible_matter(request, pk), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    actor, done = signed_in(request), _("The matter is withdrawn.")
    return act(request, pk, done, lambda: withdraw_matter(matter=matter, actor=actor, reason=reason))


@posted
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    matter, actor = visible_matter(request, pk), signed_in(request)
    return act(request, pk, _("The matter is settled."), lambda: settle_matter(matter=matter, actor=actor))
