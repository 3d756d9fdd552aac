"""The shape of every change of stage: lock, check, move, save the named fields, write the event.

`cases.stages` and `legal.stages` are the doors that use it; nothing else calls a transition method.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django_fsm import Transition

from borrowers.models import User, record_event

M = TypeVar("M", bound=models.Model)


class MoveRefused(ValueError):
    """The move is not legal from where the row stands now, or lacks what it needs; says so in words."""


def find_transition(row: models.Model, field: str, name: str) -> Transition | None:
    """The transition `name` as it is from the row's present state, or None when it is not legal from there."""
    available = getattr(row, f"get_available_{field}_transitions")()
    return next((move for move in available if move.name == name), None)


def may_move(row: models.Model, move: Transition, actor: User | None) -> bool:
    """Whether `actor` may make it; None is the system, for moves that are marked so."""
    if actor is None:
        return bool(move.custom.get("by_system"))
    return bool(move.has_perm(row, actor))


def available_moves(row: models.Model, field: str, actor: User) -> list[Transition]:
    """The moves that `actor` may make from the row's present state, for buttons."""
    moves = getattr(row, f"get_available_{field}_transitions")()
    return [move for move in moves if may_move(row, move, actor)]


def move_row(
    queryset: models.QuerySet[M],
    pk: int,
    *,
    field: str,
    name: str,
    actor: User | None,
    reason: str = "",
    after: Callable[[M], None] | None = None,
    **arguments: Any,
) -> M:
    """Move one row through one transition and return it, fresh.

    `after` runs inside the transaction, behind the event. Raises MoveRefused when the move is not
    legal, PermissionDenied when `actor` may not make it; nothing has changed then.
    """
    with transaction.atomic():
        row = queryset.select_for_update().get(pk=pk)
        move = find_transition(row, field, name)
        old = str(getattr(row, field))
        if move is None:
            raise MoveRefused(
                _("%(what)s cannot be made from the stage “%(stage)s”")
                % {"what": name, "stage": getattr(row, f"get_{field}_display")()}
            )
        if not may_move(row, move, actor):
            raise PermissionDenied(_("You may not do this."))
        if move.custom.get("needs_reason") and not reason.strip():
            raise MoveRefused(_("A reason is needed."))
        method = getattr(row, name)
        if "reason" in signature(method).parameters:  # a hold keeps its reason on the row
            arguments["reason"] = reason.strip()
        method(**arguments)
        row.save(update_fields=[field, *move.custom.get("sets", [])])
        record_event(
            row, name, actor=actor, field=field, old=old, new=getattr(row, field), reason=reason.strip()
        )
        if after is not None:
            after(row)
        return row
