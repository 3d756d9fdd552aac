"""How a view answers when it has changed a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from borrowers.export import write_rows
from cases.models import Case


def changed(request: HttpRequest, case: Case, message: str) -> HttpResponse:
    """Say what was done and have the page fetch itself anew; a plain redirect without htmx."""
    messages.success(request, message)
    return _anew(request, case)


def refused(request: HttpRequest, case: Case, *reasons: str) -> HttpResponse:
    """Say why nothing was done, in the same way."""
    for reason in reasons:
        messages.error(request, reason)
    return _anew(request, case)


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> HttpResponse:
    """A table for a spreadsheet, as a download."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer.write("\ufeff")  # spreadsheets take the file for UTF-8 only with it
    write_rows(answer, columns, rows, "csv")
    return answer


def _anew(request: HttpRequest, case: Case) -> HttpResponse:
    """Not a redirect for htmx: it would follow it unseen, and the messages be gone with that answer."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("cases:case", case.pk)
    answer = HttpResponse(status=204)
    answer["HX-Trigger"] = "case-changed"
    return answer
