"""How late a loan is on a given day, from its schedule and its payments (contracts.md 3, `delinquency`).

Money is pooled: whatever has come in by that day, less what was reversed, covers the schedule from the oldest
due date on, however the ledger splits it by component. So a payment booked late, or a reversal, changes the
answer for every day from its own date, and for no day before.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter

from borrowers.errors import InputError, gettext_noop

ZERO = Decimal("0.00")

# (name, first day past due). Where M1 begins and ends differs by firm, hence a setting of the creditor.
DEFAULT_BUCKETS: tuple[tuple[str, int], ...] = (
    ("M0", 0),
    ("M1", 1),
    ("M2", 31),
    ("M3", 61),
    ("M4", 91),
    ("M5", 121),
    ("M6", 151),
    ("M7+", 181),
)


@dataclass(frozen=True, slots=True)
class Instalment:
    """One due date. Amounts ≥ 0; `number` is unique in a loan. `penalty` is penalty interest that was booked on it."""

    number: int
    due_on: dt.date
    principal: Decimal
    interest: Decimal = ZERO
    fee: Decimal = ZERO
    penalty: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest + self.fee + self.penalty


@dataclass(frozen=True, slots=True)
class Payment:
    """Money in (amount > 0), or a reversal (amount < 0) that counts from its own date.

    `key` names the payment, `reverses` the payment it undoes, `designated` the instalment that it is for: they matter
    to the allocation only.
    """

    paid_on: dt.date
    amount: Decimal
    key: str = ""
    reverses: str = ""
    designated: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Days on which the clock of collection stands still: from `start` up to, not including, `end`; no end
    while it lasts."""

    start: dt.date
    end: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Delinquency:
    """A loan's state on one day. `days_past_due` counts from `oldest_due_on`, the oldest due date with
    something unpaid (None when nothing is); `overdue_amount` is due and unpaid, `outstanding_amount` all
    that is unpaid."""

    days_past_due: int
    delinquent_days: int
    bucket: str
    oldest_due_on: dt.date | None
    overdue_amount: Decimal
    outstanding_amount: Decimal


def assess(
    on: dt.date,
    instalments: Iterable[Instalment],
    payments: Iterable[Payment] = (),
    pauses: Iterable[Pause] = (),
    grace_days: int = 0,
    buckets: Sequence[tuple[str, int]] = DEFAULT_BUCKETS,
) -> Delinquency:
    """The loan on the day `on`. An instalment is overdue on its due date itself, with 0 days past due.

    Reversals beyond what was ever paid count as nothing paid: nobody owes more than the schedule.
    """
    received = sum((p.amount for p in payments if p.paid_on <= on), ZERO)
    left = max(received, ZERO)
    oldest: dt.date | None = None
    overdue = outstanding = ZERO
    for due_on, _number, total in sorted(((i.due_on, i.number, i.total) for i in instalments), key=itemgetter(0, 1)):
        unpaid = total - left
        if unpaid <= 0:
            left -= total
            continue
        left = ZERO
        outstanding += unpaid
        if due_on <= on:
            overdue += unpaid
            oldest = oldest or due_on
    if oldest is None:
        return Delinquency(0, 0, bucket_for(0, buckets), None, ZERO, outstanding)
    days = (on - oldest).days
    delinquent = max(0, days - grace_days - paused_days(on, pauses)) if days > grace_days else 0
    return Delinquency(days, delinquent, bucket_for(days, buckets), oldest, overdue, outstanding)


def paused_days(on: dt.date, pauses: Iterable[Pause]) -> int:
    """Days paused up to `on`: each pause takes min(end, on) − start days, overlapping ones counted once.

    As contracts.md has it, days before the debt was due count too: a pause agreed ahead still buys its days.
    """
    return sum((end - start).days for start, end in paused_spans(on, pauses))


def paused_spans(on: dt.date, pauses: Iterable[Pause]) -> list[tuple[dt.date, dt.date]]:
    """The pauses up to `on` as [start, end) in order; those that overlap or touch are one."""
    spans: list[tuple[dt.date, dt.date]] = []
    for start, end in sorted((p.start, on if p.end is None else min(p.end, on)) for p in pauses):
        if end <= start:
            continue
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def check_numbers(instalments: Iterable[Instalment]) -> None:
    """InputError when two instalments have the same number."""
    seen: set[int] = set()
    for index, instalment in enumerate(instalments):
        if instalment.number in seen:
            raise InputError(
                f"instalments[{index}].number",
                gettext_noop("instalment %(number)s stands there twice"),
                number=instalment.number,
            )
        seen.add(instalment.number)


def bucket_for(days_past_due: int, buckets: Sequence[tuple[str, int]] = DEFAULT_BUCKETS) -> str:
    """Name of the last bucket whose first day has come."""
    return buckets[bisect_right(buckets, days_past_due, key=itemgetter(1)) - 1][0]


def check_buckets(buckets: Sequence[tuple[str, int]], where: str = "buckets") -> tuple[tuple[str, int], ...]:
    """A creditor's own scheme, checked: names differ, the first begins on day 0, days rise. InputError."""
    checked = tuple((str(name), first_day) for name, first_day in buckets)
    if not checked or checked[0][1] != 0:
        raise InputError(where, gettext_noop("the first bucket must begin on day 0"))
    for index in range(1, len(checked)):
        if checked[index][1] <= checked[index - 1][1]:
            raise InputError(
                f"{where}[{index}]",
                gettext_noop("bucket %(name)s must begin after bucket %(before)s"),
                name=checked[index][0],
                before=checked[index - 1][0],
            )
    if len({name for name, _ in checked}) != len(checked) or not all(name for name, _ in checked):
        raise InputError(where, gettext_noop("every bucket needs a name of its own"))
    return checked
