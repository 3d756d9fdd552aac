"""Arrangements decided by the ledger alone: complete when all of their payments came, broken when one is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from borrowers.models import Creditor, Loan, Payment
from borrowers.services.entries import owed_of
from cases.arrangement_moves import move_arrangement
from cases.models import Arrangement
from cases.services.arrangement_ledger import end_pause, first_missed, undo
from cases.services.arrangements import follow_up, locked_case
from cases.strategy import reasons

# A payment of a plan may be so many days late before the plan is broken (a house rule).
TOLERANCE_DAYS = 5


def check_arrangements(*, creditor: Creditor, on: dt.date, loan_ids: Sequence[int] | None = None) -> int:
    """Complete what is paid and break what is missed for more than TOLERANCE_DAYS, by the ledger as of now; returns how
    many were decided. Of loans that went back to the creditor nothing is decided. Repeating it changes nothing."""
    taken_back = Payment.objects.filter(
        loan=OuterRef("loan"), reverses__isnull=False, paid_on__gte=OuterRef("active_on")
    )
    live = Arrangement.objects.filter(loan=OuterRef("loan"), state__in=Arrangement.LIVE)
    # What was paid and certified may still bounce: a settlement forgives nothing then.
    undone = (
        Q(state=Arrangement.State.COMPLETED, last_due_on__isnull=False, loan__balance__outstanding_amount__gt=0)
        & Exists(taken_back)
        & ~Exists(live)
    )
    asked = Arrangement.objects.filter(
        Q(state=Arrangement.State.ACTIVE) | undone, case__creditor=creditor, loan__status=Loan.Status.OPEN
    )
    if loan_ids is not None:
        asked = asked.filter(loan__in=list(loan_ids))
    return sum(_decide(pk, on) for pk in list(asked.order_by("pk").values_list("pk", flat=True)))


def _decide(pk: int, on: dt.date) -> int:
    with transaction.atomic():
        arrangement = Arrangement.objects.select_related("loan__creditor").get(pk=pk)
        case = locked_case(arrangement.case_id)
        arrangement = Arrangement.objects.select_for_update(of=("self",)).select_related("loan__creditor").get(pk=pk)
        if arrangement.state not in (Arrangement.State.ACTIVE, Arrangement.State.COMPLETED):
            return 0
        missed = first_missed(arrangement, owed_of(arrangement.loan))
        if missed is None:
            if arrangement.state == Arrangement.State.COMPLETED:
                return 0
            move_arrangement(pk, "complete", actor=None, on=on)
            end_pause(arrangement, on=on)
        elif on > _counted_from(arrangement, missed, on) + dt.timedelta(days=TOLERANCE_DAYS):
            move_arrangement(pk, "break_off", actor=None, on=on, reason=missed.isoformat())
            undo(arrangement, "arrangement_broken", on=on, actor=None)
        else:
            return 0
        follow_up(case, on, reasons.ARRANGEMENT_OVER)
    return 1


def _counted_from(arrangement: Arrangement, missed: dt.date, on: dt.date) -> dt.date:
    """From when a payment that was due on `missed` counts as late on the day `on`: while the loan's clock stands still for
    something else (a claim of identity theft, breathing space, a disaster) nobody breaks a plan by not paying."""
    last = missed + dt.timedelta(days=TOLERANCE_DAYS)
    pauses = arrangement.loan.pauses.exclude(reason=arrangement.source).filter(start__lte=last)
    ends = pauses.filter(Q(end=None) | Q(end__gt=missed)).values_list("end", flat=True)
    return max((min(end or on, on) for end in ends), default=missed)
