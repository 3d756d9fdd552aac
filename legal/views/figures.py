"""What is claimed in a matter, and limitation of the loans: panels that are fetched on their own, and the claim as CSV."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cases.models import Case
from cases.views.access import signed_in, today_of, visible_case
from cases.views.answers import csv_answer
from legal.figure_forms import ClaimForm, RecordForm
from legal.models import LimitationEvent, Matter
from legal.rules.claim import ALL, DUE, Claim
from legal.services.claim import claim_of
from legal.services.claim_keeping import keep_claim
from legal.services.limitation import limitation_of
from legal.services.limitation_recording import record_limitation, withdraw_limitation
from legal.services.matters import LegalRefused
from legal.views.access import REFUSALS, act, posted, require_legal, say_refusal, visible_matter

CLAIM_COLUMNS = ("account_no", "contract_no", "component", "kind", "instalments", "formula", "amount", "clause")


# --- The claim -----------------------------------------------------------------------------------------


def _asked(request: HttpRequest, matter: Matter) -> ClaimForm:
    """What was asked for; on first sight as the matter has it, or as of today."""
    today = matter.case.creditor.business_date(timezone.now())
    first = {"cut_off": matter.claim_cut_off or today, "scope": ALL if matter.claims_all else DUE}
    data = request.POST or request.GET
    return ClaimForm(data if "cut_off" in data else {k: str(v) for k, v in first.items()})


@require_GET
@login_required
def claim_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment of the matter's page."""
    require_legal(request)
    matter = visible_matter(request, pk)
    form, claim, refusal = _asked(request, matter), None, ""
    if form.is_valid():
        try:
            claim = claim_of(matter=matter, **form.cleaned_data)
        except LegalRefused as refused:
            refusal = str(refused)
    may_keep = matter.is_open and matter.effective_on is None and signed_in(request).has_perm("legal.work_matter")
    context = {"matter": matter, "form": form, "claim": claim, "refusal": refusal, "may_keep": may_keep}
    return render(request, "legal/_claim.html", context)


@require_GET
@login_required
def claim_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The same table as a file."""
    require_legal(request)
    matter = visible_matter(request, pk)
    form = _asked(request, matter)
    if not form.is_valid():
        return HttpResponse(status=400)
    try:
        claim = claim_of(matter=matter, **form.cleaned_data)
    except LegalRefused as refused:
        say_refusal(request, refused)
        return redirect("legal:matter", pk)
    return csv_answer(f"claim-{matter.case.case_no}-{claim.cut_off}", CLAIM_COLUMNS, claim_rows(claim))


def claim_rows(claim: Claim) -> list[dict[str, Any]]:
    """One row a line; loans first, then the costs, then the whole."""
    rows: list[dict[str, Any]] = [
        {
            "account_no": loan.account_no,
            "contract_no": loan.contract_no,
            "component": line.component,
            "kind": line.kind,
            "instalments": line.label,
            "formula": line.formula,
            "amount": line.amount,
        }
        for loan in claim.loans
        for line in loan.lines
    ]
    rows += [
        {"component": "cost", "kind": cost.kind, "formula": cost.formula, "amount": cost.amount, "clause": cost.clause}
        for cost in claim.costs
    ]
    rows.append({"component": "total", "amount": claim.total})
    return [dict.fromkeys(CLAIM_COLUMNS, "") | row for row in rows]


@posted
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Let papers and filing have these figures."""
    matter, actor = visible_matter(request, pk), signed_in(request)
    form = _asked(request, matter)
    if not form.is_valid():
        return redirect("legal:matter", pk)
    asked = {"cut_off": form.cleaned_data["cut_off"], "scope": form.cleaned_data["scope"]}
    done = _("The matter has this claim now.")
    return act(request, pk, done, lambda: keep_claim(matter=matter, actor=actor, **asked))


# --- Limitation ----------------------------------------------------------------------------------------


def _limitation(request: HttpRequest, case: Case, matter: Matter | None = None) -> HttpResponse:
    today, user = today_of(case), signed_in(request)
    loans = list(case.loans.select_related("creditor").order_by("account_no"))
    recorded = LimitationEvent.objects.filter(loan__in=loans, withdraws=None).select_related("by", "loan", "withdrawal")
    may_record = case.is_open and user.has_perm("legal.add_limitationevent")
    seen = may_record and Case.objects.visible_to(user).filter(pk=case.pk).exists()
    context = {
        "case": case,
        "matter": matter,
        "today": today,
        "standings": limitation_of(loans, today),
        "recorded": list(recorded),
        "form": RecordForm(loans=loans, today=today) if seen else None,
    }
    return render(request, "legal/_limitation.html", context)


@require_GET
@login_required
def case_limitation(request: HttpRequest, case_pk: int) -> HttpResponse:
    """A fragment of the case page, for everybody who sees the case."""
    return _limitation(request, visible_case(request, case_pk))


@require_GET
@login_required
def limitation_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The same on the matter's page."""
    require_legal(request)
    matter = visible_matter(request, pk)
    return _limitation(request, matter.case, matter)


def _back(request: HttpRequest, case: Case) -> HttpResponse:
    """To where it was asked: the matter that the person sees, else the case."""
    asked = request.POST.get("matter", "")
    if asked.isdecimal() and Matter.objects.visible_to(signed_in(request)).filter(pk=asked, case=case).exists():
        return redirect("legal:matter", int(asked))
    return redirect("cases:case", case.pk)


@posted
def record(request: HttpRequest, case_pk: int) -> HttpResponse:
    """What people know and the house does not."""
    case, actor, today = visible_case(request, case_pk), signed_in(request), today_of(visible_case(request, case_pk))
    loans = list(case.loans.select_related("creditor", "borrower"))
    form = RecordForm(request.POST, request.FILES, loans=loans, today=today)
    if not form.is_valid():
        for errors in form.errors.values():
            for error in errors:
                messages.error(request, str(error))
        return _back(request, case)
    return _try(request, case, _("It is recorded."), lambda: _record(case, form.cleaned_data, actor, today))


def _record(case: Case, data: dict[str, Any], actor: Any, today: dt.date) -> None:
    proof = data.pop("proof")
    record_limitation(case=case, proof=proof.read() if proof else None, actor=actor, today=today, **data)


@posted
def withdraw_recorded(request: HttpRequest, case_pk: int, pk: int) -> HttpResponse:
    case, actor = visible_case(request, case_pk), signed_in(request)
    event = get_object_or_404(LimitationEvent.objects.filter(loan__cases=case), pk=pk)
    reason, today = request.POST.get("reason", ""), today_of(case)
    return _try(
        request,
        case,
        _("It is withdrawn."),
        lambda: withdraw_limitation(case=case, event=event, reason=reason, actor=actor, today=today),
    )


def _try(request: HttpRequest, case: Case, done: str, step: Any) -> HttpResponse:
    try:
        step()
    except REFUSALS as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(request, done)
    return _back(request, case)
