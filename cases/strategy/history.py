"""How a borrower has paid so far: how often late, and how long at most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RepaymentHistory:
    """`times_late` counts instalments that were unpaid for more than the grace days after their date, this moment's
    included; `longest_run_days` is the most days any of them stayed unpaid. None when none has fallen due."""

    times_late: int | None = None
    longest_run_days: int | None = None

    def __add__(self, other: RepaymentHistory) -> RepaymentHistory:
        """Two loans of one borrower."""
        if self.times_late is None or self.longest_run_days is None:
            return other
        if other.times_late is None or other.longest_run_days is None:
            return self
        return RepaymentHistory(self.times_late + other.times_late, max(self.longest_run_days, other.longest_run_days))


def repayment_history(
    dues: Sequence[tuple[dt.date, Decimal]],
    payments: Sequence[tuple[dt.date, Decimal]],
    on: dt.date,
    grace_days: int = 0,
) -> RepaymentHistory:
    """One loan. `dues`: (due date, all that is due by then) in order; `payments`: (date, amount) in order of date,
    reversals negative on their own date. Money is pooled, as delinquency pools it; an instalment counts as paid from
    the day after which what had come in always covered it, so a payment taken back never was.
    """
    covered = _lasting_totals([(paid_on, amount) for paid_on, amount in payments if paid_on <= on])
    times = longest = seen = at = 0
    for due_on, needed in dues:
        if due_on > on:
            break
        seen += 1
        while at < len(covered) and covered[at][1] < needed:
            at += 1
        until = covered[at][0] if at < len(covered) else on
        late = (until - due_on).days
        if needed <= 0:
            continue
        times += late > grace_days
        longest = max(longest, late)
    return RepaymentHistory(times, longest) if seen else RepaymentHistory()


def _lasting_totals(payments: list[tuple[dt.date, Decimal]]) -> list[tuple[dt.date, Decimal]]:
    """(date, the least that had come in on that day or any later one): never falls."""
    totals: list[tuple[dt.date, Decimal]] = []
    total = Decimal(0)
    for paid_on, amount in payments:
        total += amount
        totals.append((paid_on, total))
    least: Decimal | None = None
    for index in range(len(totals) - 1, -1, -1):
        least = totals[index][1] if least is None else min(least, totals[index][1])
        totals[index] = (totals[index][0], least)
    return totals


def monthly_due(dues: Sequence[tuple[dt.date, Decimal]], on: dt.date) -> Decimal:
    """What the schedule asks in the 30 days after `on`; of a schedule that has ended, in its last 30 days."""
    if not dues:
        return Decimal(0)
    start = on if dues[-1][0] > on else dues[-1][0] - dt.timedelta(days=30)
    end = start + dt.timedelta(days=30)
    before = due_by_end = Decimal(0)
    for due_on, cumulative in dues:
        if due_on <= start:
            before = cumulative
        if due_on <= end:
            due_by_end = cumulative
    return due_by_end - before
