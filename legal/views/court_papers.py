"""Papers of courts: handed in, looked for their matter, downloaded."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from borrowers.models.document import DocumentChanged
from borrowers.services.file_types import MOST_BYTES
from cases.views.access import signed_in
from legal.court_forms import AssignPaperForm, CourtPaperForm
from legal.models import CourtPaper, Matter
from legal.services.court_paper_matching import matters_numbered, suggestions
from legal.services.court_papers import (
    Came,
    Upload,
    assign_court_paper,
    counted,
    discard_court_paper,
    offered_move,
    read_court_paper,
    take_court_papers,
)
from legal.services.matters import LegalRefused
from legal.views.access import REFUSALS, may_record, posted, require_legal, say_refusal, visible_matter

logger = logging.getLogger(__name__)
PAGE_SIZE = 20
LATELY = 30
_RELATED = ("matter__case__borrower", "matter__case__creditor", "filed_by", "document")


def visible_court_paper(request: HttpRequest, pk: int) -> CourtPaper:
    papers = CourtPaper.objects.visible_to(signed_in(request)).select_related(*_RELATED)
    return get_object_or_404(papers, pk=pk)


@require_http_methods(["GET", "POST"])
@login_required
def court_papers(request: HttpRequest) -> HttpResponse:
    """Hand papers in; what waits for a person, with suggestions; what was filed lately."""
    require_legal(request)
    user, today = signed_in(request), timezone.localdate()
    form = CourtPaperForm(request.POST or None, request.FILES or None, today=today)
    if request.method == "POST" and form.is_valid():
        take(request, form, None)
        return redirect("legal:court_papers")
    seen = CourtPaper.objects.visible_to(user).select_related(*_RELATED)
    page = Paginator(seen.waiting().order_by("pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    fitting = suggestions(page.object_list, user)
    lately = list(seen.exclude(matter=None).order_by("-pk")[:LATELY])
    context = {
        "form": form,
        "may_record": may_record(user),
        "page_obj": page,
        "waiting": [(paper, fitting[paper.pk]) for paper in page.object_list],
        "lately": [(paper, offered_move(paper, user)) for paper in lately],
        "kinds": CourtPaper.Kind.choices,
    }
    return render(request, "legal/court_papers.html", context, status=422 if form.errors else 200)


@require_GET
@login_required
def court_papers_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment of the matter's page: its papers from courts, and the form for more."""
    require_legal(request)
    matter = visible_matter(request, pk)
    return render(request, "legal/_court_papers_panel.html", _panel(request, matter))


def _panel(request: HttpRequest, matter: Matter, form: CourtPaperForm | None = None) -> dict[str, Any]:
    user = signed_in(request)
    papers = list(matter.court_papers.select_related("filed_by", "document"))
    for paper in papers:
        paper.matter = matter
    return {
        "matter": matter,
        "papers": [(paper, offered_move(paper, user)) for paper in papers],
        "form": form or CourtPaperForm(today=timezone.localdate()),
        "may_record": may_record(user),
    }


@posted
def upload_court_papers(request: HttpRequest, pk: int) -> HttpResponse:
    """Papers handed in on the matter's page: they are this matter's, whatever number they bear."""
    matter = visible_matter(request, pk)
    form = CourtPaperForm(request.POST, request.FILES, today=timezone.localdate())
    if form.is_valid():
        take(request, form, matter)
    else:
        for problems in form.errors.values():
            messages.error(request, " ".join(map(str, problems)))
    return redirect("legal:matter", pk)


def take(request: HttpRequest, form: CourtPaperForm, matter: Matter | None) -> None:
    """File what was handed in and say what became of it; a file that is refused is named with the reason."""
    given = dict(form.cleaned_data)
    files = _read(given.pop("papers"))
    uploads = take_court_papers(files=files, actor=signed_in(request), matter=matter, **given)
    for words in _said(uploads):
        messages.success(request, words)
    for upload in uploads:
        if upload.came == Came.REFUSED:
            messages.error(request, f"{upload.name}: {upload.problem}")


def _read(files: list[UploadedFile]) -> Iterator[tuple[str, bytes]]:
    """One file at a time in memory; one that is too large is not read to its end, for it is refused anyhow."""
    for file in files:
        yield file.name or "file", file.read(MOST_BYTES + 1)


def _said(uploads: list[Upload]) -> Iterator[str]:
    counts = counted(uploads)
    if count := counts[Came.FILED]:
        yield ngettext("%(count)d paper is filed.", "%(count)d papers are filed.", count) % {"count": count}
    if count := counts[Came.WAITING]:
        words = ngettext(
            "%(count)d paper waits for somebody to say to which matter it belongs.",
            "%(count)d papers wait for somebody to say to which matter they belong.",
            count,
        )
        yield words % {"count": count}
    if count := counts[Came.TWICE]:
        yield ngettext("%(count)d paper was there already.", "%(count)d papers were there already.", count) % {
            "count": count
        }


@require_GET
@login_required
def court_paper_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes as they came; when they are not those any more, a page that says so and never the file."""
    paper = visible_court_paper(request, pk)
    try:
        data = read_court_paper(paper=paper, actor=signed_in(request))
    except (DocumentChanged, FileNotFoundError):
        logger.exception("court paper %s is not as it was filed", paper.pk)
        return render(request, "legal/changed_file.html", {"name": paper.name}, status=500)
    return file_response(data, paper.name, paper.mime_type)


def file_response(data: bytes, name: str, mime_type: str) -> HttpResponse:
    """A download under its own name that no browser takes for anything else, and no cache keeps."""
    response = HttpResponse(data, content_type=mime_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@posted
def assign_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """File a waiting paper to the one matter that has the number given."""
    paper, actor, form = visible_court_paper(request, pk), signed_in(request), AssignPaperForm(request.POST)
    try:
        if not form.is_valid():
            raise LegalRefused(_("Say to which matter it belongs."))
        matters = matters_numbered(form.cleaned_data["number"], actor)
        if len(matters) != 1:
            raise LegalRefused(
                _("No matter has this number.") if not matters else _("Several matters have this number: give our own.")
            )
        filed = assign_court_paper(paper=paper, matter=matters[0], actor=actor, kind=form.cleaned_data["kind"])
    except REFUSALS as refusal:
        say_refusal(request, refusal)
    except (DocumentChanged, FileNotFoundError):
        logger.exception("court paper %s is not as it was filed", paper.pk)
        messages.error(request, _("The file is not as it came, or not there any more: hand it in again."))
    else:
        messages.success(request, _("The paper is filed to %(matter)s.") % {"matter": filed.matter})
    return redirect("legal:court_papers")


@posted
def discard_paper(request: HttpRequest, pk: int) -> HttpResponse:
    paper, reason = visible_court_paper(request, pk), request.POST.get("reason", "")
    try:
        discard_court_paper(paper=paper, actor=signed_in(request), reason=reason)
    except REFUSALS as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(request, _("The paper is thrown away."))
    return redirect("legal:court_papers")
