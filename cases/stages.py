"""The one door through which a case's stage changes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_fsm import Transition

from borrowers.models import User
from borrowers.rules.retention import purge_day
from borrowers.services.transitions import MoveRefused, available_moves, move_row, move_rows
from borrowers.services.write_off import write_off_loans
from cases.arrangement_moves import move_arrangement
from cases.models import Arrangement, Case, Stage
from cases.strategy.reasons import CASE_CLOSED, ON_HOLD

__all__ = ["MoveRefused", "case_moves", "move_case", "move_case_if_legal", "move_cases"]

# Moves after which the gate thinks otherwise of the case.
HOLDS = ("put_on_hold", "change_hold", "release")
PAID = "close_paid"
SETTLED = "close_settled"
WRITTEN_OFF = "close_written_off"


def move_case(case_id: int, name: str, *, actor: User | None, reason: str = "", **arguments: Any) -> Case:
    """Move a case through the transition `name` of cases.models.Case; `actor` None is the system.

    Raises MoveRefused or PermissionDenied, with nothing changed; and Case.DoesNotExist.
    """
    with transaction.atomic():
        if name in HOLDS:
            _lock_person(case_id)
        if name in (PAID, SETTLED) and actor is not None:
            _check_ledger(Case.objects.select_for_update().get(pk=case_id), name)
        return move_row(
            Case.objects.all(),
            case_id,
            field="stage",
            name=name,
            actor=actor,
            reason=reason,
            after=partial(_follow_up, name, actor, reason),
            **arguments,
        )


def move_cases(
    case_ids: Iterable[int], name: str, *, actor: User | None, reason: str = "", **arguments: Any
) -> list[Case]:
    """Move many cases through one transition in a fixed number of statements; those from whose stage it is not legal
    are passed over. Returns the moved ones. PermissionDenied as for one case."""
    return move_rows(
        Case.objects.all(),
        case_ids,
        field="stage",
        name=name,
        actor=actor,
        reason=reason,
        after=partial(_follow_up, name, actor, reason),
        **arguments,
    )


def move_case_if_legal(case: Case, name: str, *, actor: User | None, reason: str = "") -> Case:
    """The same for follow-up moves that need not fit, such as negotiating on a promise in legal: returns the
    case unmoved when its stage has no such move or is the target already."""
    try:
        return move_case(case.pk, name, actor=actor, reason=reason)
    except MoveRefused:
        return case


def case_moves(case: Case, actor: User) -> list[Transition]:
    """The moves that this person may make now."""
    says_ledger = {PAID: _is_paid, SETTLED: _is_settled}
    moves = available_moves(case, "stage", actor)
    return [move for move in moves if move.name not in says_ledger or says_ledger[move.name](case)]


def _check_ledger(case: Case, name: str) -> None:
    if name == PAID and not _is_paid(case):
        raise MoveRefused(_("The ledger says that something is still due, or agreed and not paid yet."))
    if name == SETTLED and not _is_settled(case):
        raise MoveRefused(_("No settlement or waiver of this case is fulfilled, or something is still due."))


def _is_paid(case: Case) -> bool:
    """Whether a person may say so: nobody but the ledger makes a case paid."""
    return not case.overdue_amount and not case.arrangements.filter(state=Arrangement.State.ACTIVE).exists()


def _is_settled(case: Case) -> bool:
    """Whether a person may say so: part was forgiven by an agreement that is fulfilled, and nothing else is due."""
    from cases.services.arrangement_ledger import first_missed, owed_of

    if case.overdue_amount:
        return False
    running = case.arrangements.filter(state=Arrangement.State.ACTIVE).select_related("loan__creditor")
    if any(first_missed(arrangement, owed_of(arrangement.loan)) is not None for arrangement in running):
        return False
    return case.arrangements.filter(
        kind__in=[Arrangement.Kind.SETTLEMENT, Arrangement.Kind.WAIVER],
        state__in=[Arrangement.State.ACTIVE, Arrangement.State.COMPLETED],
    ).exists()


def _drop_offers(case: Case) -> None:
    """What was proposed and is not agreed to yet ends with the case."""
    offered = [Arrangement.State.PROPOSED, Arrangement.State.APPROVED]
    for pk in Arrangement.objects.filter(case=case, state__in=offered).values_list("pk", flat=True):
        move_arrangement(pk, "cancel", actor=None, reason=CASE_CLOSED, on=case.closed_on)


def _lock_person(case_id: int) -> None:
    """A hold may record what is true of the person everywhere: the person's files come first in the order of locks."""
    from cases.services.conditions import lock_person

    lock_person(Case.objects.select_related("borrower").get(pk=case_id).borrower)


def _follow_up(move: str, actor: User | None, reason: str, case: Case) -> None:
    """What a new stage brings with it, in the same transaction."""
    from cases.services.holds import end_pauses, follow_hold
    from cases.services.outbox import cancel_pending
    from cases.services.workable import refresh_workable

    if case.stage == Stage.CLOSED and case.closed_on is not None:
        cancel_pending(case=case, reason=CASE_CLOSED)
        if case.hold_kind:
            end_pauses(case=case, actor=actor)
        if move == WRITTEN_OFF:
            write_off_loans(
                loan_ids=case.loans.values_list("pk", flat=True), on=case.closed_on, reason=reason, actor=actor
            )
        _drop_offers(case)
        case.purge_on = purge_day(case.creditor.pack, case.closed_on)
        case.save(update_fields=["purge_on"])
    elif case.stage == Stage.ON_HOLD:
        cancel_pending(case=case, reason=ON_HOLD)
    if move in HOLDS:
        follow_hold(case=case, actor=actor)
        refresh_workable(person_keys=[case.borrower.person_key], now=timezone.now())
