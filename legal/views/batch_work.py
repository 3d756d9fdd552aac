"""A batch at work: a step looked at, confirmed and done in pieces; the spreadsheet out and back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from borrowers.intake import FileRefused
from cases.views.access import signed_in
from legal.batch_forms import OrderForm, SheetForm
from legal.models import LegalPaper, MatterBatch
from legal.services.batch_sheet import MOST_BYTES, SheetRead, read_rows, take_sheet, write_sheet
from legal.services.batch_steps import OF_PAPERS, Order, Step, run_chunk, waiting_for
from legal.views.access import posted
from legal.views.batches import visible_batch
from legal.views.court_papers import file_response

# What a step is called, and what the person confirms.
TITLES = {
    Step.PREPARE: gettext_lazy("Prepare the matters"),
    Step.DRAFT: gettext_lazy("Draft the papers"),
    Step.REVIEW: gettext_lazy("Mark the drafts as read through"),
    Step.APPROVE: gettext_lazy("Approve the papers"),
    Step.ISSUE: gettext_lazy("Issue the papers"),
    Step.FILE: gettext_lazy("File the suits"),
}


@require_http_methods(["GET", "POST"])
@login_required
def batch_step(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: what the step is about to do; its exceptions are looked for, in pieces. POST: the next piece, of the search
    (dry) or of the step itself. A piece is a fragment for the page that asks for it, or a page with a button."""
    batch = visible_batch(request, pk)
    form = OrderForm(request.POST if request.method == "POST" else request.GET, batch=batch)
    if not form.is_valid():
        for problems in form.errors.values():
            messages.error(request, " ".join(map(str, problems)))
        return redirect("legal:batch", pk)
    order, user = form.order(), signed_in(request)
    context = _about(batch, order, form)
    if request.method == "GET":
        total = len(waiting_for(batch, order, user))
        context["progress"] = {"after": 0, "done": 0, "refused": 0, "total": total, "left": total, "dry": True}
        return render(request, "legal/batch_step.html", context)
    asked = {name: _number(request, name) for name in ("after", "done", "refused", "total")}
    dry = request.POST.get("dry") == "1"
    chunk = run_chunk(batch=batch, order=order, actor=user, after=asked["after"], dry=dry)
    context["exceptions"] = chunk.refused
    context["progress"] = {
        "after": chunk.after,
        "done": asked["done"] + chunk.done,
        "refused": asked["refused"] + len(chunk.refused),
        "total": asked["total"] or chunk.left + chunk.done + len(chunk.refused),
        "left": chunk.left,
        "dry": dry,
    }
    fragment = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    return render(request, "legal/_batch_progress.html" if fragment else "legal/batch_step.html", context)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() else 0


def _about(batch: MatterBatch, order: Order, form: OrderForm) -> dict[str, Any]:
    """What the page says of the step, and what its next piece is told."""
    labels = dict(LegalPaper.Kind.choices)
    told = {name: form[name].value() for name in form.fields}
    return {
        "batch": batch,
        "order": order,
        "title": TITLES[order.step],
        "kind": labels.get(order.kind, ""),
        "of_papers": order.step in OF_PAPERS,
        "told": {name: value for name, value in told.items() if value},
    }


@require_GET
@login_required
def batch_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """One row a matter, for the court."""
    batch = visible_batch(request, pk)
    data = write_sheet(batch, signed_in(request))
    return file_response(data, f"{batch.name}.csv", "text/csv; charset=utf-8")


@posted
def read_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """A file from the court: looked at first, each row with what it would do."""
    batch, form = visible_batch(request, pk), SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose a file."))
        return redirect("legal:batch", pk)
    file = form.cleaned_data["file"]
    name = file.name or "file"
    try:
        rows = read_rows(name, file.read(MOST_BYTES + 1))
    except FileRefused as refused:
        messages.error(request, f"{refused.where or name}: {refused.translated(_)}")
        return redirect("legal:batch", pk)
    read = take_sheet(batch=batch, name=name, rows=rows, actor=signed_in(request), dry=True)
    kept = signing.dumps({"name": name, "rows": rows}, salt=_salt(batch), compress=True)
    return _sheet_page(request, batch, read, kept)


@posted
def apply_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The file that was looked at, checked anew; all of it or nothing."""
    batch = visible_batch(request, pk)
    try:
        kept = signing.loads(request.POST.get("kept", ""), salt=_salt(batch))
    except signing.BadSignature:
        messages.error(request, _("Hand the file in anew."))
        return redirect("legal:batch", pk)
    rows = [(number, row) for number, row in kept["rows"]]
    read = take_sheet(batch=batch, name=kept["name"], rows=rows, actor=signed_in(request), dry=False)
    if not read.applied:
        return _sheet_page(request, batch, read, request.POST["kept"])
    count = len(read.changed)
    words = ngettext("%(count)d matter is brought up to date.", "%(count)d matters are brought up to date.", count)
    messages.success(request, words % {"count": count})
    return redirect("legal:batch", pk)


def _salt(batch: MatterBatch) -> str:
    return f"legal.batch-sheet.{batch.pk}"


def _sheet_page(request: HttpRequest, batch: MatterBatch, read: SheetRead, kept: str) -> HttpResponse:
    problems = [(read.where(line), line) for line in read.problems]
    context = {"batch": batch, "read": read, "problems": problems, "kept": kept}
    return render(request, "legal/batch_sheet.html", context, status=422 if problems else 200)
