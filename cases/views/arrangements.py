"""Arrangements on the case page: proposing, approving, accepting, ending; and the papers of a case."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from borrowers.models import Document, User
from borrowers.models.document import file_document
from borrowers.services.account import statement_of
from cases.arrangement_forms import AcceptForm, ArrangementForm, EndArrangementForm
from cases.models import Arrangement, Case, CasePaper
from cases.services.arrangements import (
    ArrangementRefused,
    accept_arrangement,
    approve_arrangement,
    cancel_arrangement,
    monthly_left,
    propose_arrangement,
)
from cases.services.papers import PaperRefused, line_words, make_agreement, make_certificate, make_statement
from cases.views.access import signed_in, today_of, visible_case
from cases.views.answers import changed, csv_answer, refused
from cases.views.letters import pdf_response

Refusals = (ArrangementRefused, PermissionDenied)


def _arrangement(request: HttpRequest, case: Case, pk: int) -> Arrangement:
    return get_object_or_404(Arrangement.objects.visible_to(signed_in(request)), pk=pk, case=case)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("cases.propose_arrangement", raise_exception=True)
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: what the borrower can afford, the plans that this allows, and one of one's own."""
    case = visible_case(request, pk)
    today = today_of(case)
    form = ArrangementForm(request.POST or None, case=case, on=today)
    context = {"case": case, "form": form}
    if request.method == "POST" and form.is_valid():
        if form.proposal is not None:
            try:
                propose_arrangement(
                    case=case, loan=form.cleaned_data["loan"], proposal=form.proposal, actor=signed_in(request),
                    on=today, reason=form.cleaned_data["reason"], budget=form.budget(),
                )  # fmt: skip
            except Refusals as refusal:
                form.add_error(None, str(refusal))
            else:
                return changed(request, case, _("It is proposed and waits for approval."))
        context["monthly"] = monthly_left(form.budget(), case.currency)
    return render(request, "cases/_propose.html", context)


@require_POST
@login_required
def approve(request: HttpRequest, pk: int, arrangement_pk: int) -> HttpResponse:
    case = visible_case(request, pk)
    arrangement = _arrangement(request, case, arrangement_pk)
    today = today_of(case)
    try:
        done = approve_arrangement(arrangement=arrangement, actor=signed_in(request), on=today)
    except Refusals as refusal:
        return refused(request, case, str(refusal))
    if done.state == Arrangement.State.PROPOSED:
        return changed(request, case, _("Your approval is noted; one more person must approve it."))
    return changed(request, case, _("It is approved."))


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("cases.propose_arrangement", raise_exception=True)
def accept(request: HttpRequest, pk: int, arrangement_pk: int) -> HttpResponse:
    """A fragment: the proof that the borrower agreed."""
    case = visible_case(request, pk)
    arrangement = _arrangement(request, case, arrangement_pk)
    form = AcceptForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        actor, today = signed_in(request), today_of(case)
        try:
            accept_arrangement(
                arrangement=arrangement, actor=actor, on=today, recording_ref=form.cleaned_data["recording_ref"],
                slip=_filed(case, form, actor),
            )  # fmt: skip
        except Refusals as refusal:
            form.add_error(None, str(refusal))
        else:
            return changed(request, case, _("The arrangement is active."))
    return render(
        request, "cases/_end_arrangement.html",
        {"case": case, "arrangement": arrangement, "form": form, "verb": "accept", "has_file": True},
    )  # fmt: skip


def _filed(case: Case, form: AcceptForm, actor: User) -> Document | None:
    slip = form.cleaned_data["slip"]
    if slip is None:
        return None
    return file_document(
        data=slip.read(), name=slip.name[:200], mime_type=slip.content_type, kind=Document.Kind.CONTRACT,
        creditor=case.creditor, borrower=case.borrower, by=actor,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("cases.propose_arrangement", raise_exception=True)
def cancel(request: HttpRequest, pk: int, arrangement_pk: int) -> HttpResponse:
    """A fragment: why it ends."""
    case = visible_case(request, pk)
    arrangement = _arrangement(request, case, arrangement_pk)
    form = EndArrangementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        today = today_of(case)
        try:
            cancel_arrangement(
                arrangement=arrangement, actor=signed_in(request), on=today, reason=form.cleaned_data["reason"]
            )
        except Refusals as refusal:
            form.add_error(None, str(refusal))
        else:
            return changed(request, case, _("It has ended."))
    return render(
        request, "cases/_end_arrangement.html",
        {"case": case, "arrangement": arrangement, "form": form, "verb": "cancel"},
    )  # fmt: skip


# --- Papers --------------------------------------------------------------------------------------------


@require_POST
@login_required
@permission_required("cases.issue_letter", raise_exception=True)
def make_paper(request: HttpRequest, pk: int, kind: str, about: int) -> HttpResponse:
    """Make a statement (about a loan), an agreement (about an arrangement) or a certificate (about the case)."""
    case, actor = visible_case(request, pk), signed_in(request)
    today = today_of(case)
    try:
        if kind == CasePaper.Kind.STATEMENT:
            make_statement(case=case, loan=get_object_or_404(case.loans, pk=about), actor=actor, on=today)
        elif kind == CasePaper.Kind.AGREEMENT:
            make_agreement(arrangement=_arrangement(request, case, about), actor=actor, on=today)
        elif kind == CasePaper.Kind.CERTIFICATE:
            make_certificate(case=case, actor=actor, on=today)
        else:
            raise Http404
    except PaperRefused as refusal:
        return refused(request, case, str(refusal))
    return changed(request, case, _("The paper is made: it stands with the letters."))


@require_GET
@login_required
def paper_download(request: HttpRequest, pk: int) -> HttpResponse:
    papers = CasePaper.objects.visible_to(signed_in(request)).select_related("document")
    paper = get_object_or_404(papers, pk=pk)
    return pdf_response(paper.document.read(), paper.number, download=True)


@require_GET
@login_required
def statement_csv(request: HttpRequest, pk: int, loan_pk: int) -> HttpResponse:
    """The statement's lines with their formulas, for a spreadsheet."""
    case = visible_case(request, pk)
    loan = get_object_or_404(case.loans, pk=loan_pk)
    statement = statement_of(loan=loan, on=today_of(case))
    columns = ("on", "what", "formula", "change", "owed", "credit", "due")
    rows = (
        {
            "on": line.on, "what": line_words(line.kind, line.text, statement.labels.get(line.number or 0, "")),
            "formula": line.formula, "change": line.amount, "owed": line.owed, "credit": line.credit, "due": line.due,
        }
        for line in statement.lines
    )  # fmt: skip
    response = csv_answer(f"statement-{loan.pk}", columns, rows)
    response["Cache-Control"] = "private, no-store"
    return response
