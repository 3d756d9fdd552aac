"""The one door through which a matter's or a paper's state changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction
from django_fsm import Transition

from borrowers.models import User
from borrowers.services.transitions import MoveRefused, available_moves, move_row, move_rows
from legal.models import LegalPaper, Matter
from legal.services.deadline_sync import follow_matters

__all__ = ["MoveRefused", "matter_moves", "move_matter", "move_matters", "move_paper"]


def move_matter(
    matter_id: int,
    name: str,
    *,
    actor: User | None,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    after: Callable[[Matter], None] | None = None,
    **arguments: Any,
) -> Matter:
    """Move a matter through the transition `name`; its event keeps `detail` besides. Raises MoveRefused or
    PermissionDenied. What people do goes through legal.services.moves, which checks what they tell."""

    def then(matter: Matter) -> None:
        if after is not None:
            after(matter)
        follow_matters([matter])

    return move_row(
        Matter.objects.all(),
        matter_id,
        field="state",
        name=name,
        actor=actor,
        reason=reason,
        detail=detail,
        after=then,
        **arguments,
    )


def move_matters(
    matter_ids: Iterable[int], name: str, *, actor: User | None, reason: str = "", **arguments: Any
) -> list[Matter]:
    """Move many in a fixed number of statements; those from whose state it is not legal are passed over."""
    # Their cases tell the events whose they are. Read apart, so that they are not locked behind their matters.
    cases_read = Matter.objects.prefetch_related("case__creditor")
    with transaction.atomic():
        moved = move_rows(cases_read, matter_ids, field="state", name=name, actor=actor, reason=reason, **arguments)
        follow_matters(moved)
    return moved


def matter_moves(matter: Matter, actor: User) -> list[Transition]:
    """The moves that this person may make now, in the order of the model; those that follow from something else are
    left out."""
    place = {name: index for index, name in enumerate(vars(Matter))}
    moves = [move for move in available_moves(matter, "state", actor) if not move.custom.get("hidden")]
    return sorted(moves, key=lambda move: place[move.name])


def move_paper(paper_id: int, name: str, *, actor: User | None, reason: str = "", **arguments: Any) -> LegalPaper:
    """Move a paper through the transition `name`. Raises MoveRefused or PermissionDenied."""
    return move_row(
        LegalPaper.objects.all(), paper_id, field="state", name=name, actor=actor, reason=reason, **arguments
    )
