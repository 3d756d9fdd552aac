"""Moving a matter, correcting it, preparing its suit: one form for every move, as a page or a fragment of the matter's."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.views.access import signed_in
from legal.models import Court, Matter
from legal.move_forms import CorrectForm, MoveForm, PrepareForm
from legal.rules.matter_moves import Finding
from legal.rules.procedure import BY_AGREEMENT, SMALL, TOO_LARGE, small_claim_fit
from legal.services.moves import (
    correct_matter,
    correctable,
    fee_of,
    make_move,
    may_prepare,
    prepare_matter,
    warnings_of,
)
from legal.services.presuit import FILING_MOVES, check_matter
from legal.services.suggestions import suggest
from legal.stages import matter_moves
from legal.views.access import REFUSALS, visible_matter
from legal.views.matter_parts import column_name


@require_http_methods(["GET", "POST"])
@login_required
def move(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """The form of one move. With something to be thought of first, it is shown once more and then made."""
    matter, actor = visible_matter(request, pk), signed_in(request)
    chosen = next((move for move in matter_moves(matter, actor) if move.name == name), None)
    if chosen is None:
        raise Http404
    with timezone.override(matter.case.creditor.zone):
        form = _move_form(request, matter, name, chosen.custom)
        found: tuple[Finding, ...] = ()
        if request.method == "POST" and form.is_valid():
            told = form.told()
            found = warnings_of(matter=matter, name=name, data=told)
            is_thought_of = not found or request.POST.get("confirmed") == _mark(found)
            if is_thought_of and _make(form, matter, name, actor, told):
                return _changed(request, matter, str(chosen.custom["label"]))
        context = {
            "move": chosen,
            "label": chosen.custom["label"],
            "warnings": [finding.text(_, column_name) for finding in found],
            "mark": _mark(found),
            "findings": _findings(matter, name),
        }
        return _form_page(request, "legal/_move_form.html", matter, form, context)


def _move_form(request: HttpRequest, matter: Matter, name: str, custom: dict[str, Any]) -> MoveForm:
    first = suggest(matter=matter, name=name, needs=custom["needs"], sets=custom["sets"])
    # What a court's paper tells: its address names the move with it (legal.services.court_papers.offered_move).
    first |= {column: request.GET[column] for column in custom["sets"] if column in request.GET}
    may_override = signed_in(request).has_perm("legal.approve_paper")
    return MoveForm(
        request.POST or None, matter=matter, name=name, custom=custom, may_override=may_override, initial=first
    )


def _make(form: MoveForm, matter: Matter, name: str, actor: Any, told: dict[str, Any]) -> bool:
    """True when it was made; else the form says why not."""
    words = {key: form.cleaned_data.get(key, "") for key in ("reason", "override")}
    try:
        make_move(matter=matter, name=name, actor=actor, **words, **told)
    except (*REFUSALS, PermissionDenied) as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _mark(found: tuple[Finding, ...]) -> str:
    """Which warnings were shown: a further one is asked about anew."""
    return ",".join(sorted({finding.code for finding in found}))


def _findings(matter: Matter, name: str) -> list[Any]:
    if name not in FILING_MOVES:
        return []
    on = matter.case.creditor.business_date(timezone.now())
    return [(finding, finding.text(_)) for finding in check_matter(matter=matter, on=on) if finding.level != "ok"]


@require_http_methods(["GET", "POST"])
@login_required
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Put right what was mistyped."""
    matter, actor = visible_matter(request, pk), signed_in(request)
    names = correctable(matter, actor)
    if not names:
        raise Http404
    with timezone.override(matter.case.creditor.zone):
        form = CorrectForm(request.POST or None, matter=matter, names=names)
        if request.method == "POST" and form.is_valid():
            try:
                correct_matter(matter=matter, actor=actor, reason=form.cleaned_data["reason"], **form.changes())
            except REFUSALS as refusal:
                form.add_error(None, str(refusal))
            else:
                return _changed(request, matter, _("The matter is corrected."))
        return _form_page(request, "legal/_correct_form.html", matter, form, {"label": _("Correct what was told")})


@require_http_methods(["GET", "POST"])
@login_required
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the court and what goes with it."""
    matter, actor = visible_matter(request, pk), signed_in(request)
    if not may_prepare(matter) or not actor.has_perm("legal.work_matter"):
        raise Http404
    form = PrepareForm(request.POST or None, matter=matter)
    if request.method == "POST" and form.is_valid():
        try:
            prepare_matter(matter=matter, actor=actor, **form.cleaned_data)
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
        else:
            return _changed(request, matter, _("The suit is prepared."))
    return _form_page(request, "legal/_prepare_form.html", matter, form, {"label": _("Prepare the suit")})


@require_GET
@login_required
def check_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: the check before a suit."""
    matter = visible_matter(request, pk)
    on = matter.case.creditor.business_date(timezone.now())
    findings = [(finding, finding.text(_)) for finding in check_matter(matter=matter, on=on)]
    lacking = sum(1 for finding, _text in findings if finding.level in ("missing", "blocking"))
    may = may_prepare(matter) and signed_in(request).has_perm("legal.work_matter")
    return render(
        request,
        "legal/_check_panel.html",
        {"matter": matter, "findings": findings, "lacking": lacking, "may_prepare": may},
    )


@require_GET
@login_required
def fee_hint(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A fragment below a form: the court's fee for what stands in it, and how the claim stands to small claims."""
    matter = visible_matter(request, pk)
    try:
        claim = Decimal(request.GET.get("claimed_amount", "") or "0")
    except InvalidOperation:
        claim = Decimal(0)
    number = request.GET.get("court", "")
    court = Court.objects.filter(pk=number).first() if number.isdecimal() else matter.court
    procedure = request.GET.get("procedure", "")
    told = {"claimed_amount": claim, "procedure": procedure if procedure in Matter.Procedure.values else ""}
    fee = fee_of(matter, name, told) if claim.is_finite() and 0 < claim < 10**14 else None
    fit = small_claim_fit(claim, court.average_wage if court else None) if fee and claim > 0 else ""
    said = {
        SMALL: _("within the bound of small claims"),
        BY_AGREEMENT: _("a small claim only if both sides agree"),
        TOO_LARGE: _("too large for a small claim"),
    }
    return render(request, "legal/_fee_hint.html", {"fee": fee, "matter": matter, "fit": said.get(fit, "")})


# --- Answers -------------------------------------------------------------------------------------------


def _form_page(request: HttpRequest, fragment: str, matter: Matter, form: Any, context: dict[str, Any]) -> HttpResponse:
    """The fragment for the matter's page; a page of its own without htmx."""
    context = {"matter": matter, "case": matter.case, "form": form, "fragment": fragment, **context}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, fragment, context)
    return render(request, "legal/matter_form.html", context, status=422 if form.errors else 200)


def _changed(request: HttpRequest, matter: Matter, message: str) -> HttpResponse:
    """Say what was done and have the page fetch itself anew. Not a redirect for htmx, which would follow it unseen."""
    messages.success(request, message)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("legal:matter", matter.pk)
    answer = HttpResponse(status=204)
    answer["HX-Trigger"] = "matter-changed"
    return answer
