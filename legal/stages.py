"""The one door through which a matter's or a paper's state changes."""

from __future__ import annotations

from typing import Any

from borrowers.models import User
from borrowers.services.transitions import MoveRefused, move_row
from legal.models import LegalPaper, Matter

__all__ = ["MoveRefused", "move_matter", "move_paper"]


def move_matter(matter_id: int, name: str, *, actor: User | None, reason: str = "", **arguments: Any) -> Matter:
    """Move a matter through the transition `name`. Raises MoveRefused or PermissionDenied."""
    return move_row(Matter.objects.all(), matter_id, field="state", name=name, actor=actor, reason=reason, **arguments)


def move_paper(paper_id: int, name: str, *, actor: User | None, reason: str = "", **arguments: Any) -> LegalPaper:
    """Move a paper through the transition `name`. Raises MoveRefused or PermissionDenied."""
    return move_row(
        LegalPaper.objects.all(), paper_id, field="state", name=name, actor=actor, reason=reason, **arguments
    )
