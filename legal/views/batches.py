"""Batches of matters: the list, a new one, one batch with its states, what its papers say alike."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from cases.views.access import signed_in
from cases.views.letters import pdf_response
from legal.batch_forms import MatterEditsForm, OrderForm, PaperEditsForm, SelectForm, SheetForm
from legal.models import LegalPaper, Matter, MatterBatch, MatterState, PaperState
from legal.models.matter_states import BEFORE_COURT, ENDED
from legal.services.batch_preview import preview_batch
from legal.services.batches import (
    MATTER,
    MATTERS_AT_MOST,
    Selection,
    add_matters,
    edit_batch,
    free_matters,
    make_batch,
    matters_of,
    take_out,
)
from legal.services.papers.fields import FIELDS
from legal.services.papers.kinds import kinds_for
from legal.views.access import REFUSALS, posted, require_legal, say_refusal, visible_matter

PAGE_SIZE = 50
_NOT_FILED = (*BEFORE_COURT, MatterState.PAYMENT_ORDER, MatterState.MEDIATION)


def visible_batch(request: HttpRequest, pk: int) -> MatterBatch:
    require_legal(request, "legal.work_matter")
    rows = MatterBatch.objects.visible_to(signed_in(request)).select_related("creditor", "made_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
@login_required
def batches(request: HttpRequest) -> HttpResponse:
    """One line a batch, with how far its matters are."""
    require_legal(request, "legal.work_matter")
    rows = MatterBatch.objects.visible_to(signed_in(request)).select_related("creditor", "made_by")
    rows = rows.annotate(
        count=Count("matters"),
        before=Count("matters", filter=Q(matters__state__in=_NOT_FILED)),
        filed=Count("matters", filter=Q(matters__state=MatterState.FILING)),
        ended=Count("matters", filter=Q(matters__state__in=ENDED)),
        claimed=Sum("matters__claimed_amount"),
    )
    page = Paginator(rows.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "legal/batches.html", {"page_obj": page})


def _selection(form: SelectForm) -> Selection:
    return form.selection() if form.is_valid() else Selection()


@require_http_methods(["GET", "POST"])
@login_required
def choose_matters(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Matters that may join: chosen for a new batch, or for one that there is."""
    require_legal(request, "legal.work_matter")
    user = signed_in(request)
    batch = visible_batch(request, pk) if pk is not None else None
    data = request.POST if request.method == "POST" else request.GET
    form = SelectForm({**data.dict(), "creditor": batch.creditor_id} if batch else data, user=user)
    matters = free_matters(user, _selection(form))
    if request.method == "POST":
        if not request.POST.get("all"):
            matters = matters.filter(pk__in=[one for one in request.POST.getlist("matter") if one.isdecimal()])
        if joined := _join(request, batch, form, list(matters.values_list("pk", flat=True)[: MATTERS_AT_MOST + 1])):
            return joined
        matters = free_matters(user, _selection(form))
    page = Paginator(matters, PAGE_SIZE).get_page(data.get("page"))
    context = {"form": form, "page_obj": page, "batch": batch, "name": request.POST.get("name", "")}
    return render(request, "legal/batch_choose.html", context)


def _join(request: HttpRequest, batch: MatterBatch | None, form: SelectForm, ids: list[int]) -> HttpResponse | None:
    """To the batch when they joined it; None when it was refused, which is said."""
    user = signed_in(request)
    try:
        if batch is not None:
            count = add_matters(batch=batch, matter_ids=ids, actor=user)
            words = ngettext("%(count)d matter joined.", "%(count)d matters joined.", count)
            messages.success(request, words % {"count": count})
        else:
            creditor = form.cleaned_data.get("creditor") if form.is_valid() else None
            if creditor is None:
                messages.error(request, _("Choose the creditor: a batch is of one."))
                return None
            batch = make_batch(creditor=creditor, name=request.POST.get("name", ""), matter_ids=ids, actor=user)
    except REFUSALS as refusal:
        say_refusal(request, refusal)
        return None
    return redirect("legal:batch", batch.pk)


@require_GET
@login_required
def batch_page(request: HttpRequest, pk: int) -> HttpResponse:
    """States counted, what is said alike, the steps, the spreadsheet, the matters."""
    batch, user = visible_batch(request, pk), signed_in(request)
    matters = matters_of(batch, user)
    counted = dict(matters.order_by().values_list("state").annotate(Count("pk")))
    related = ("case__borrower", "case__creditor", "court", "firm")
    page = Paginator(matters.select_related(*related), PAGE_SIZE).get_page(request.GET.get("page"))
    kinds = kinds_for(batch.creditor.pack)
    labels = dict(LegalPaper.Kind.choices)
    context = {
        "batch": batch,
        "states": [(label, counted[state]) for state, label in MatterState.choices if state in counted],
        "papers": _papers_of(batch, matters),
        "paper_states": [label for state, label in PaperState.choices if state != PaperState.DROPPED],
        "kinds": [(kind, labels[kind], len(batch.edits.get(kind, {})), bool(FIELDS[kind])) for kind in kinds],
        "matter_edits": len(batch.edits.get(MATTER, {})),
        "form": OrderForm(batch=batch),
        "sheet_form": SheetForm(),
        "page_obj": page,
    }
    return render(request, "legal/batch.html", context)


def _papers_of(batch: MatterBatch, matters: Any) -> list[tuple[str, str, list[int]]]:
    """(kind, its name, how many in each state) of the papers there are."""
    papers = LegalPaper.objects.filter(matter__in=matters).exclude(state=PaperState.DROPPED)
    counted = Counter(
        {
            (kind, state): count
            for kind, state, count in papers.order_by().values_list("kind", "state").annotate(Count("pk"))
        }
    )
    there = {kind for kind, _state in counted}
    states = [state for state in PaperState.values if state != PaperState.DROPPED]
    return [
        (kind, str(label), [counted[kind, state] for state in states])
        for kind, label in LegalPaper.Kind.choices
        if kind in there
    ]


@require_http_methods(["GET", "POST"])
@login_required
def batch_edits(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """What the matters, or all papers of one kind, say alike."""
    batch, data = visible_batch(request, pk), request.POST or None
    if part != MATTER and part not in kinds_for(batch.creditor.pack):
        raise Http404
    form = MatterEditsForm(data, batch=batch) if part == MATTER else PaperEditsForm(data, batch=batch, kind=part)
    if request.method == "POST" and form.is_valid():
        try:
            edit_batch(batch=batch, part=part, values=form.values(), actor=signed_in(request))
        except REFUSALS as refusal:
            say_refusal(request, refusal)
        else:
            messages.success(request, _("It is kept. Drafts take it over when they are drafted or drafted again."))
            return redirect("legal:batch", pk)
    title = _("The matters themselves") if part == MATTER else dict(LegalPaper.Kind.choices)[part]
    context = {"batch": batch, "form": form, "part": part, "title": title}
    return render(request, "legal/batch_edits.html", context, status=422 if form.errors else 200)


@require_GET
@login_required
def batch_preview(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The first three papers of the kind as one PDF; nothing is kept."""
    batch = visible_batch(request, pk)
    try:
        data = preview_batch(batch=batch, kind=kind, actor=signed_in(request))
    except REFUSALS as refusal:
        say_refusal(request, refusal)
        return redirect("legal:batch", pk)
    return pdf_response(data, f"{batch.creditor.code}-{kind}-preview", download=False)


@posted
def leave_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """A matter goes its own way."""
    require_legal(request, "legal.work_matter")
    matter: Matter = visible_matter(request, pk)
    batch = matter.batch_id
    take_out(matter=matter, actor=signed_in(request))
    messages.success(request, _("%(matter)s is in no batch any more.") % {"matter": matter})
    return redirect("legal:batch", batch) if batch else redirect("legal:matter", pk)
