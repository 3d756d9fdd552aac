"""Holds: a case is left alone for a reason, with an end; what the reason brings with it; and the day's release.

How long at most, whether interest stands still and what is recorded of the person is data (cases.policy.hold_limits).
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.errors import InputError
from borrowers.models import Creditor, Loan, LoanPause, User
from borrowers.services.pauses import pause_loan, resume_loan
from cases.models import Case, ContactCondition, Objection, Stage
from cases.policy.hold_limits import HoldLimit, hold_end, hold_limits
from cases.services.conditions import end_condition, record_condition
from cases.stages import MoveRefused, move_case


class HoldRefused(ValueError):
    """The hold cannot be made so; says why in the reader's language."""


def hold_case(
    *,
    case: Case,
    actor: User,
    kind: str,
    reason: str,
    until: dt.date | None,
    on: dt.date,
    event_on: dt.date | None = None,
) -> Case:
    """Put the case on hold from the day `on`, or change the hold that it is on; `until` is the day on which it is over.

    `event_on` is the end of a treatment, from which its hold is counted. HoldRefused for an end that is missing or lies
    too far ahead; MoveRefused, PermissionDenied as every move.
    """
    try:
        end = hold_end(kind, case.creditor.pack, on, until, event_on)
    except InputError as refused:
        raise HoldRefused(refused.translated(_)) from refused
    name = "change_hold" if case.stage == Stage.ON_HOLD else "put_on_hold"
    return move_case(case.pk, name, actor=actor, reason=reason, until=end, kind=kind)


def release_due_holds(*, creditor: Creditor, on: dt.date) -> int:
    """Release the cases whose hold is over by the day `on`; returns how many. Repeating it releases none.

    A case in which identity theft is claimed stays as it is until that is answered.
    """
    claimed = Objection.objects.open().filter(case=OuterRef("pk"), family=Objection.Family.IDENTITY_THEFT)
    over = Case.objects.open().filter(~Exists(claimed), creditor=creditor, stage=Stage.ON_HOLD, hold_until__lte=on)
    released = 0
    for pk in list(over.order_by("pk").values_list("pk", flat=True)):
        try:
            move_case(pk, "release", actor=None)
        except MoveRefused:  # released by hand a moment ago
            continue
        released += 1
    return released


# --- What a hold brings with it --------------------------------------------------------------------------


def follow_hold(*, case: Case, actor: User | None) -> None:
    """Let flags and interest follow the hold that the case is on now, or is on no more. Called by cases.stages."""
    now = timezone.now()
    on = case.creditor.business_date(now)
    limit = hold_limits().get(case.hold_kind) if case.stage == Stage.ON_HOLD else None
    _end_flags(case, actor, now)
    end_pauses(case=case, actor=actor)
    if limit is None:
        return
    if limit.flag:
        _record_flag(case, limit, actor, now)
    if limit.stops_interest:
        for loan in case.loans.filter(status=Loan.Status.OPEN).order_by("pk"):
            pause_loan(loan=loan, start=on, end=case.hold_until, source=source_of(case), actor=actor)


def source_of(case: Case) -> str:
    """By which the pauses and flags of the case's holds are found."""
    return f"hold {case.case_no}"


def _record_flag(case: Case, limit: HoldLimit, actor: User | None, now: dt.datetime) -> None:
    until = None
    if not limit.flag_stays and case.hold_until is not None:
        until = dt.datetime.combine(case.hold_until, dt.time.min, tzinfo=case.creditor.zone)
    record_condition(
        borrower=case.borrower,
        actor=actor,
        kind=ContactCondition.Kind.FLAG,
        code=limit.flag,
        words=case.hold_reason,
        # What stays is a fact of its own; what ends with the hold is found by it.
        proof="" if limit.flag_stays else source_of(case),
        source=ContactCondition.Source.STAFF,
        since=now,
        until=until,
    )


def _end_flags(case: Case, actor: User | None, now: dt.datetime) -> None:
    ours = ContactCondition.objects.standing(now).filter(
        borrower=case.borrower_id, kind=ContactCondition.Kind.FLAG, proof=source_of(case)
    )
    for condition in ours.select_related("borrower"):
        end_condition(condition=condition, actor=actor, at=now, reason=_("the hold is over"))


def end_pauses(*, case: Case, actor: User | None) -> None:
    """Let the clock of the case's loans run again, where a hold of the case stopped it."""
    on = case.creditor.business_date(timezone.now())
    running = LoanPause.objects.filter(Q(end=None) | Q(end__gt=on), reason=source_of(case))
    for loan in Loan.objects.filter(pk__in=running.values("loan")).order_by("pk"):
        resume_loan(loan=loan, source=source_of(case), on=on, actor=actor)
