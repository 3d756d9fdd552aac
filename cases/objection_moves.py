"""The one door through which an objection's state changes."""

from __future__ import annotations

from typing import Any

from borrowers.models import User
from borrowers.services.transitions import MoveRefused, move_row
from cases.models import Objection

__all__ = ["MoveRefused", "move_objection"]


def move_objection(pk: int, name: str, *, actor: User | None, reason: str = "", **arguments: Any) -> Objection:
    """Move an objection through the transition `name`. MoveRefused or PermissionDenied, with nothing changed."""
    return move_row(Objection.objects.all(), pk, field="state", name=name, actor=actor, reason=reason, **arguments)
