"""The case page, and the moves of a case through its stages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from borrowers.models import ContactPoint, User
from cases.forms import MoveForm
from cases.models import Case
from cases.models.plan import StepChannel
from cases.risk_words import grade_words, risk_sentences
from cases.stages import MoveRefused, case_moves, move_case
from cases.views.access import signed_in, today_of, visible_case
from cases.views.answers import changed, refused
from cases.views.panels import (
    PEOPLE,
    condition_views,
    label_next_steps,
    loan_views,
    other_case_count,
    point_views,
    steps_by_state,
)

# Moves that are told the business date.
NEEDS_DAY = ("send_to_legal", "close_paid", "close_settled", "close_recalled", "close_written_off")


def case_context(case: Case, user: User) -> dict[str, Any]:
    now = timezone.now()
    today = case.creditor.business_date(now)
    label_next_steps([case])
    risk = case.risk_records.select_related("scorecard").first()
    return {
        "case": case,
        "today": today,
        "on": case.creditor.aged_on or today,
        "moves": case_moves(case, user),
        "loans": loan_views(case, case.creditor.aged_on or today),
        "points": point_views(case, now),
        "places": ContactPoint.Place.choices,
        "conditions": condition_views(case, user, now),
        "risk": risk,
        "risk_lines": risk_sentences(risk) if risk else [],
        "grade_words": grade_words(risk.grade) if risk else "",
        "steps": steps_by_state(case),
        "letter_step": StepChannel.DEMAND_LETTER,
        "people": PEOPLE,
        "promises": case.promises.all(),
        "arrangements": case.arrangements.select_related("loan", "proposed_by"),
        "papers": case.papers.all(),
        "letters": case.letters.select_related("document", "posting"),
        "others": other_case_count(case, user),
    }


@require_GET
@login_required
def case_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole page; when something on it changed, htmx fetches it again and takes its body."""
    case = visible_case(request, pk)
    return render(request, "cases/case.html", case_context(case, signed_in(request)))


def _arguments(name: str, case: Case, form: MoveForm) -> dict[str, Any]:
    """What the move `name` is told besides its reason."""
    arguments: dict[str, Any] = {}
    if "until" in form.cleaned_data:
        arguments["until"] = form.cleaned_data["until"]
    if name in NEEDS_DAY:
        arguments["on"] = today_of(case)
    return arguments


@require_http_methods(["GET", "POST"])
@login_required
def case_move(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A fragment: the form of one move; making it refreshes the page."""
    case, actor = visible_case(request, pk), signed_in(request)
    move = next((move for move in case_moves(case, actor) if move.name == name), None)
    if move is None:
        raise Http404
    needs_reason = bool(move.custom.get("needs_reason"))
    today = today_of(case)
    form = MoveForm(request.POST or None, needs_reason=needs_reason, has_end=name == "put_on_hold", today=today)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            moved = move_case(case.pk, name, actor=actor, reason=reason, **_arguments(name, case, form))
        except (MoveRefused, PermissionDenied) as error:
            return refused(request, case, str(error))
        return changed(request, moved, str(move.custom["label"]))
    return render(request, "cases/_move_form.html", {"case": case, "move": move, "form": form})
