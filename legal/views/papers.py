"""Papers: looked at, approved, issued, dropped. The issued PDF is downloaded as any letter is."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cases.views.access import signed_in
from cases.views.letters import pdf_response
from legal.forms import ReasonForm
from legal.services.letters import approve_paper, drop_paper, issue_paper, preview_paper, review_paper
from legal.views.access import REFUSALS, act, posted, say_refusal, visible_paper


@require_GET
@login_required
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft as PDF, unnumbered and not kept."""
    paper = visible_paper(request, pk)
    try:
        data = preview_paper(paper=paper, actor=signed_in(request))
    except REFUSALS as refusal:
        say_refusal(request, refusal)
        return redirect("legal:matter", paper.matter_id)
    return pdf_response(data, f"{paper.matter.case.case_no}-draft", download=False)


@posted
def review(request: HttpRequest, pk: int) -> HttpResponse:
    paper, actor = visible_paper(request, pk), signed_in(request)
    done = _("The paper is read through.")
    return act(request, paper.matter_id, done, lambda: review_paper(paper=paper, actor=actor))


@posted
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    paper, actor = visible_paper(request, pk), signed_in(request)
    done = _("The letter is approved.")
    return act(request, paper.matter_id, done, lambda: approve_paper(paper=paper, actor=actor))


@posted
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    paper, actor = visible_paper(request, pk), signed_in(request)
    today = paper.matter.case.creditor.business_date(timezone.now())
    done = _("The letter is issued.")
    return act(request, paper.matter_id, done, lambda: issue_paper(paper=paper, actor=actor, on=today))


@posted
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    paper, actor, form = visible_paper(request, pk), signed_in(request), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    done = _("The letter is dropped.")
    return act(request, paper.matter_id, done, lambda: drop_paper(paper=paper, actor=actor, reason=reason))
