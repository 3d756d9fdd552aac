"""The shape of every change of stage: lock, check, move, save the named fields, write the event.

`cases.stages` and `legal.stages` are the doors that use it; nothing else calls a transition method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django_fsm import Transition

from borrowers.models import AuditEvent, User
from borrowers.models.audit import build_event

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
    detail: Mapping[str, Any] | None = None,
    **arguments: Any,
) -> M:
    """Move one row through one transition and return it, fresh.

    `after` runs inside the transaction, behind the event, which keeps `detail` beside what the move was told. Raises MoveRefused when the move is not
    legal, PermissionDenied when `actor` may not make it; nothing has changed then.
    """
    with transaction.atomic():
        row = queryset.select_for_update().get(pk=pk)
        event = _make_move(row, field, name, actor, reason, arguments)
        event.detail |= detail or {}
        row.save(update_fields=_columns(row, field, name))
        event.save()
        if after is not None:
            after(row)
        return row


def move_rows(
    queryset: models.QuerySet[M],
    pks: Iterable[int],
    *,
    field: str,
    name: str,
    actor: User | None,
    reason: str = "",
    after: Callable[[M], None] | None = None,
    **arguments: Any,
) -> list[M]:
    """The same for many rows at once, for the day's run: a fixed number of statements instead of five a row.

    Rows from whose state the move is not legal are passed over; the moved ones are returned, fresh.
    """
    with transaction.atomic():
        rows = list(queryset.select_for_update().filter(pk__in=list(pks)).order_by("pk"))
        rows = [row for row in rows if find_transition(row, field, name) is not None]
        events = [_make_move(row, field, name, actor, reason, arguments) for row in rows]
        if rows:
            queryset.bulk_update(rows, _columns(rows[0], field, name))
        AuditEvent.objects.bulk_create(events)
        if after is not None:
            for row in rows:
                after(row)
        return rows


def _make_move(row: M, field: str, name: str, actor: User | None, reason: str, arguments: dict[str, Any]) -> AuditEvent:
    """Check the move and make it on the locked row; nothing is saved. Returns the event to write with it."""
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
    told = _told(row, move, arguments)
    method = getattr(row, name)
    if "reason" in signature(method).parameters:  # a hold keeps its reason on the row
        arguments = {**arguments, "reason": reason.strip()}
    method(**arguments)
    new = getattr(row, field)
    return build_event(row, name, actor=actor, field=field, old=old, new=new, reason=reason.strip(), **told)


def _told(row: models.Model, move: Transition, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a move that `needs` columns was told, as its event keeps it. MoveRefused when one of them is missing, or when
    it was told what it does not set."""
    needs = move.custom.get("needs")
    if needs is None:
        return {}

    def words(names: Iterable[str]) -> str:
        return ", ".join(str(row._meta.get_field(name).verbose_name) for name in names)  # type: ignore[union-attr]

    missing = [name for name in needs if arguments.get(name) in (None, "")]
    if missing:
        raise MoveRefused(_("This is needed: %(what)s") % {"what": words(missing)})
    surplus = [name for name in arguments if name not in move.custom["sets"]]
    if surplus:
        raise MoveRefused(_("This move does not set: %(what)s") % {"what": ", ".join(surplus)})
    return {name: str(value) for name, value in arguments.items() if value not in (None, "")}


def _columns(row: models.Model, field: str, name: str) -> list[str]:
    """The state and the columns that the transition sets."""
    transitions = row._meta.get_field(field).get_all_transitions(type(row))  # type: ignore[union-attr]
    return [field, *next(move.custom.get("sets", []) for move in transitions if move.name == name)]
