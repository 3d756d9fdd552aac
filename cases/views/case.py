"""The case page, and the moves of a case through its stages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from django_fsm import Transition

from borrowers.models import ContactPoint, User
from cases.forms import MoveForm
from cases.hold_forms import HoldForm
from cases.models import Case
from cases.models.plan import StepChannel
from cases.risk_words import grade_words, risk_sentences
from cases.services.holds import HoldRefused, hold_case
from cases.stages import MoveRefused, case_moves, move_case
from cases.views.access import signed_in, today_of, visible_case
from cases.views.answers import changed, refused
from cases.views.objection_rows import flags_without_objection, objection_rows
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
HOLDS = ("put_on_hold", "change_hold")
NEEDS_DAY = ("send_to_legal", "close_paid", "close_settled", "close_recalled", "close_written_off")


def case_context(case: Case, user: User) -> dict[str, Any]:
    now = timezone.now()
    today = case.creditor.business_date(now)
    label_next_steps([case])
    conditions, objections = condition_views(case, user, now), objection_rows(case, now)
    risk = case.risk_records.select_related("scorecard").first()
    return {
        "case": case,
        "today": today,
        "on": case.creditor.aged_on or today,
        "moves": case_moves(case, user),
        "loans": loan_views(case, case.creditor.aged_on or today),
        "points": point_views(case, now),
        "places": ContactPoint.Place.choices,
        "conditions": conditions,
        "objections": objections,
        "flags_to_take_up": flags_without_objection(objections, [view.condition for view in conditions]),
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


def _move_form(request: HttpRequest, case: Case, move: Transition) -> HoldForm | MoveForm:
    if move.name in HOLDS:
        known = {"kind": case.hold_kind, "until": case.hold_until}
        return HoldForm(request.POST or None, pack=case.creditor.pack, on=today_of(case), initial=known)
    return MoveForm(request.POST or None, needs_reason=bool(move.custom.get("needs_reason")))


def _make_move(case: Case, name: str, actor: User, given: dict[str, Any]) -> Case:
    """The move as the form has it; a hold through its service, the others told the day where they need it."""
    today = today_of(case)
    if name in HOLDS:
        return hold_case(case=case, actor=actor, on=today, **given)
    arguments = {"on": today} if name in NEEDS_DAY else {}
    return move_case(case.pk, name, actor=actor, reason=given["reason"], **arguments)


@require_http_methods(["GET", "POST"])
@login_required
def case_move(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A fragment: the form of one move; making it refreshes the page."""
    case, actor = visible_case(request, pk), signed_in(request)
    move = next((move for move in case_moves(case, actor) if move.name == name), None)
    if move is None:
        raise Http404
    form = _move_form(request, case, move)
    if request.method == "POST" and form.is_valid():
        try:
            moved = _make_move(case, name, actor, form.cleaned_data)
        except (MoveRefused, HoldRefused, PermissionDenied) as error:
            return refused(request, case, str(error))
        return changed(request, moved, str(move.custom["label"]))
    return render(request, "cases/_move_form.html", {"case": case, "move": move, "form": form})
