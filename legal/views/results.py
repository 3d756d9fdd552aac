"""Results of suits by court and by law firm."""

from __future__ import annotations

import io

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from borrowers.export import write_rows
from cases.views.access import signed_in
from legal.reports.results import Result, decided_matters, results_by
from legal.result_forms import ResultsForm
from legal.views.access import require_legal

COLUMNS = (
    "matters", "won", "partly", "lost", "mediated", "undecided", "won_share", "partly_share", "lost_share",
    "mediated_share", "days_to_judgment", "days_to_effect", "claimed", "awarded", "recovered", "recovered_share", "cost",
    "recovered_per_cost", "currency",
)  # fmt: skip


@require_GET
@login_required
def results(request: HttpRequest) -> HttpResponse:
    """The table; ?as=csv the same rows as a file."""
    require_legal(request, "legal.view_matter")
    form = ResultsForm(request.GET, today=timezone.localdate())
    told = form.told()
    by, per = told.pop("by"), told.pop("per")
    lines, totals = results_by(decided_matters(signed_in(request), **told), by, per=per)
    if request.GET.get("as") == "csv":
        return _csv(lines, by, f"{by}-{told['cut_off']}")
    context = {"form": form, "by": by, "per": per, "lines": lines, "totals": totals, "cut_off": told["cut_off"]}
    return render(request, "legal/results.html", context)


def _csv(lines: list[Result], by: str, name: str) -> HttpResponse:
    """For Excel: UTF-8 with its mark, formulas escaped; shares and ratios as plain numbers."""
    text = io.StringIO()
    rows = (
        {by: line.name, "period": line.period, **{column: _plain(getattr(line, column)) for column in COLUMNS}}
        for line in lines
    )
    write_rows(text, (by, "period", *COLUMNS), rows, "csv")
    response = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="results-by-{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _plain(value: object) -> object:
    """A median of whole days without its .0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
