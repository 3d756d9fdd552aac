"""Papers: written, looked at, read through, approved, issued, delivered, dropped; the issued file and its signature."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from borrowers.models.document import DocumentChanged
from cases.services.letter_figures import language_of
from cases.views.access import signed_in
from cases.views.letters import pdf_response
from legal.forms import ReasonForm
from legal.models import FirmCertificate, LegalPaper, Matter, PaperState
from legal.paper_forms import DeliveryForm, PaperForm
from legal.services.letters import (
    approve_paper,
    drop_paper,
    issue_paper,
    preview_paper,
    reopen_paper,
    review_paper,
)
from legal.services.papers.delivery import deliver_paper
from legal.services.papers.drafting import draft_paper, edit_paper, gaps_of, starting_content
from legal.services.papers.issuing import read_paper, verdict_on
from legal.services.papers.kinds import kinds_for
from legal.views.access import REFUSALS, act, framed, posted, require_legal, say_refusal, visible_matter, visible_paper

logger = logging.getLogger(__name__)
_WAITING = (PaperState.DRAFT, PaperState.REVIEWED, PaperState.APPROVED)


def _today(matter: Matter) -> Any:
    return matter.case.creditor.business_date(timezone.now())


@require_http_methods(["GET", "POST"])
@login_required
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a new paper of a kind (?kind=…), begun with what the creditor's last one kept."""
    require_legal(request, "legal.work_matter")
    matter, actor = visible_matter(request, pk), signed_in(request)
    kind = request.GET.get("kind", "")
    if kind not in kinds_for(matter.case.creditor.pack):
        raise Http404
    first = starting_content(matter=matter, kind=kind) | {"language": language_of(matter.case.borrower)}
    form = PaperForm(request.POST or None, kind=kind, today=_today(matter), initial=first)
    if form.is_valid():
        try:
            paper = draft_paper(matter=matter, kind=kind, actor=actor, **form.values())
        except REFUSALS as refusal:
            say_refusal(request, refusal)
        else:
            messages.success(request, _("The paper is drafted."))
            return redirect("legal:paper", paper.pk)
    label = LegalPaper.Kind(kind).label
    context = {"matter": matter, "case": matter.case, "form": form, "label": label}
    return render(request, "legal/papers/write.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
@login_required
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """One paper: what was filled in, how it looks, what it lacks, what comes next. POST changes a draft."""
    row, actor = visible_paper(request, pk), signed_in(request)
    may_edit = row.state == PaperState.DRAFT and actor.has_perm("legal.work_matter") and row.matter.is_open
    form = PaperForm(request.POST or None, kind=row.kind, today=_today(row.matter), initial=_filled(row))
    if request.method == "POST" and form.is_valid():
        try:
            edit_paper(paper=row, actor=actor, **form.values())
        except REFUSALS as refusal:
            say_refusal(request, refusal)
        else:
            messages.success(request, _("The draft is changed."))
            return redirect("legal:paper", pk)
    waits = row.state in _WAITING
    context = {
        "paper": row,
        "matter": row.matter,
        "case": row.matter.case,
        "is_open": row.matter.is_open,
        "form": form if may_edit else None,
        "waits": waits,
        "gaps": [reason.words(_) for reason in gaps_of(paper=row, actor=actor)] if waits else [],
        "delivery_form": DeliveryForm(initial={"on": _today(row.matter)}),
    }
    return render(request, "legal/papers/paper.html", context, status=422 if form.errors else 200)


def _filled(row: LegalPaper) -> dict[str, Any]:
    return row.content | {"language": row.language, "pay_by": row.pay_by, "remarks": row.remarks}


@require_GET
@login_required
@framed
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper as PDF, unnumbered and not kept. It stands in a frame of its page as well."""
    row = visible_paper(request, pk)
    try:
        data = preview_paper(paper=row, actor=signed_in(request))
    except REFUSALS as refusal:
        if request.GET.get("frame"):
            return render(request, "legal/papers/no_preview.html", {"problems": [str(refusal)]}, status=422)
        say_refusal(request, refusal)
        return redirect("legal:matter", row.matter_id)
    return pdf_response(data, f"{row.matter.case.case_no}-draft", download=False)


@posted
def review(request: HttpRequest, pk: int) -> HttpResponse:
    row, actor = visible_paper(request, pk), signed_in(request)
    return act(request, row.matter_id, _("The paper is read through."), lambda: review_paper(paper=row, actor=actor))


@posted
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    row, actor = visible_paper(request, pk), signed_in(request)
    return act(request, row.matter_id, _("The letter is approved."), lambda: approve_paper(paper=row, actor=actor))


@posted
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    row, actor = visible_paper(request, pk), signed_in(request)
    today, done = _today(row.matter), _("The letter is issued.")
    return act(request, row.matter_id, done, lambda: issue_paper(paper=row, actor=actor, on=today))


@posted
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    row, actor, reason = visible_paper(request, pk), signed_in(request), _reason(request)
    done = _("The paper is a draft again.")
    return act(request, row.matter_id, done, lambda: reopen_paper(paper=row, actor=actor, reason=reason))


@posted
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    row, actor, reason = visible_paper(request, pk), signed_in(request), _reason(request)
    done = _("The letter is dropped.")
    return act(request, row.matter_id, done, lambda: drop_paper(paper=row, actor=actor, reason=reason))


def _reason(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else ""


@posted
def deliver(request: HttpRequest, pk: int) -> HttpResponse:
    """It arrived or came back, with its receipt."""
    row, actor = visible_paper(request, pk), signed_in(request)
    form = DeliveryForm(request.POST, request.FILES)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(str(error) for error in errors))
        return redirect("legal:paper", pk)
    data = form.cleaned_data
    proof = data["proof"].read() if data["proof"] else None
    values = {"on": data["on"], "note": data["note"], "arrived": data["arrived"] == "yes", "proof": proof}
    return act(request, row.matter_id, _("It is noted."), lambda: deliver_paper(paper=row, actor=actor, **values))


@require_GET
@login_required
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The filed bytes; when they are not those that were issued, a page that says so and never the file."""
    row = visible_paper(request, pk)
    if row.file is None:
        raise Http404
    try:
        data = read_paper(paper=row, actor=signed_in(request))
    except (DocumentChanged, FileNotFoundError):
        logger.exception("paper %s is not as it was filed", row.pk)
        return render(request, "legal/papers/changed_file.html", {"paper": row}, status=500)
    return pdf_response(data, row.number, download=True)


@require_GET
@login_required
def verdict(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: whether the issued file is as it was signed, and by whom."""
    row = visible_paper(request, pk)
    if row.file is None:
        raise Http404
    found = verdict_on(row.file)
    known = FirmCertificate.objects.filter(fingerprint=found.fingerprint).select_related("firm").first()
    return render(request, "legal/papers/_verdict.html", {"paper": row, "verdict": found, "known": known})
