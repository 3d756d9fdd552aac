"""Letters to look at and to download."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from borrowers.models.document import DocumentChanged
from cases.letters.check import LetterRefused
from cases.models import Letter
from cases.services.letters import draft_demand_letter, read_letter
from cases.views.access import signed_in, today_of, visible_case

logger = logging.getLogger(__name__)


def pdf_response(data: bytes, name: str, *, download: bool) -> HttpResponse:
    """A PDF that no browser takes for anything else, and no cache keeps."""
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'{"attachment" if download else "inline"}; filename="{name}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
@login_required
def letter_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The filed bytes; when they are not those that were issued, a page that says so and never the file."""
    actor = signed_in(request)
    letters = Letter.objects.visible_to(actor).select_related("document", "case__borrower")
    letter = get_object_or_404(letters, pk=pk)
    try:
        data = read_letter(letter=letter, actor=actor)
    except (DocumentChanged, FileNotFoundError):
        logger.exception("letter %s is not as it was filed", letter.pk)
        return render(request, "letters/changed_file.html", {"letter": letter}, status=500)
    return pdf_response(data, letter.number, download=True)


@require_GET
@login_required
def letter_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A demand letter of today for the case, unnumbered and not kept."""
    case = visible_case(request, pk)
    today = today_of(case)
    try:
        data = draft_demand_letter(case=case, actor=signed_in(request), on=today)
    except LetterRefused as refused:
        for reason in refused.translated(gettext):
            messages.error(request, reason)
        return redirect("cases:case", case.pk)
    return pdf_response(data, f"{case.case_no}-draft", download=False)
