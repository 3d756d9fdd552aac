"""The one door through which an arrangement's state changes."""

from __future__ import annotations

from typing import Any

from borrowers.models import User
from borrowers.services.transitions import MoveRefused, move_row
from cases.models import Arrangement

__all__ = ["MoveRefused", "move_arrangement"]


def move_arrangement(pk: int, name: str, *, actor: User | None, reason: str = "", **arguments: Any) -> Arrangement:
    """Move an arrangement through the transition `name`; `actor` None is the system. MoveRefused or PermissionDenied,
    with nothing changed."""
    return move_row(Arrangement.objects.all(), pk, field="state", name=name, actor=actor, reason=reason, **arguments)
