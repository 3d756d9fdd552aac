"""Issued papers in bulk: chosen, looked at as a set, fetched as one PDF, as an address list, or as a zip."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from borrowers.models import AuditEvent
from cases.views.access import signed_in
from legal.download_forms import WantedForm
from legal.services.bulk_download import (
    SET_AT_MOST,
    Wanted,
    address_list,
    choose_papers,
    chosen_sets,
    issued_papers,
    number_of,
    papers_of,
    place_papers,
    said_of,
    write_print_pdf,
    write_zip,
)
from legal.services.matters import LegalRefused
from legal.views.access import posted, require_legal, say_refusal

PAGE_SIZE = 50
EARLIER = 10
_TYPES = {"print": ("application/pdf", "pdf"), "addresses": ("text/csv", "csv"), "zip": ("application/zip", "zip")}


def _wanted(form: WantedForm) -> Wanted:
    return form.wanted() if form.is_valid() else Wanted()


@require_GET
@login_required
def downloads(request: HttpRequest) -> HttpResponse:
    """Issued papers, narrowed; below them the sets that were chosen before."""
    require_legal(request)
    user = signed_in(request)
    form = WantedForm(request.GET, user=user)
    page = Paginator(issued_papers(user, _wanted(form)), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page,
        "papers": [(paper, number_of(paper)) for paper in page.object_list],
        "at_most": SET_AT_MOST,
        "earlier": chosen_sets(user)[:EARLIER],
    }
    return render(request, "legal/downloads.html", context)


@posted
def choose_downloads(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen, or with `all` everything that the list was narrowed to."""
    require_legal(request)
    user = signed_in(request)
    papers = issued_papers(user, _wanted(WantedForm(request.POST, user=user)))
    if not request.POST.get("all"):
        papers = papers.filter(pk__in=[pk for pk in request.POST.getlist("paper") if pk.isdecimal()])
    try:
        chosen = choose_papers(papers=papers, actor=user)
    except LegalRefused as refusal:
        say_refusal(request, refusal)
        return redirect("legal:downloads")
    return redirect("legal:download_set", chosen.pk)


def _set(request: HttpRequest, pk: int) -> AuditEvent:
    return get_object_or_404(chosen_sets(signed_in(request)), pk=pk)


@require_GET
@login_required
def download_set(request: HttpRequest, pk: int) -> HttpResponse:
    """What is in the set, where each paper stands in the one PDF, and which are signed."""
    require_legal(request)
    chosen, copies = _set(request, pk), bool(request.GET.get("copies"))
    papers = papers_of(chosen, signed_in(request))
    context: dict[str, Any] = {"chosen": chosen, "copies": copies, "count": len(papers)}
    try:
        placed = place_papers(papers, with_copies=copies)
    except LegalRefused as refusal:
        say_refusal(request, refusal)
    else:
        context |= {
            "placed": [(one, number_of(one.paper)) for one in placed],
            "signed": said_of(placed),
            "in_pdf": sum(1 for one in placed if one.first),
            "pages": max((one.last for one in placed), default=0),
        }
    return render(request, "legal/download_set.html", context)


@require_GET
@login_required
def download_file(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """The set in one of its forms; each letter's download is noted. What was refused is said on the set's page."""
    require_legal(request)
    if form not in _TYPES:
        raise Http404
    chosen, user, copies = _set(request, pk), signed_in(request), bool(request.GET.get("copies"))
    papers = papers_of(chosen, user)
    target: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 – the response closes it
    try:
        if form == "print":
            write_print_pdf(papers=papers, actor=user, target=target, with_copies=copies)
        elif form == "zip":
            write_zip(papers=papers, actor=user, target=target)
        else:
            target.write(address_list(place_papers(papers, with_copies=copies)))
    except LegalRefused as refusal:
        target.close()
        say_refusal(request, refusal)
        return redirect("legal:download_set", pk)
    target.seek(0)
    kind, ending = _TYPES[form]
    response = FileResponse(
        target,
        content_type=kind,
        as_attachment=True,
        filename=_("letters") + f"-{chosen.at:%Y%m%d}-{chosen.pk}.{ending}",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
