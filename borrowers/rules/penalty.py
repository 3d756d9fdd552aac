"""Penalty interest (罚息) on what is overdue, day by day, below its cap (contract terms; 民间借贷规定 25, 28, 29).

Reckoned by products (积数法), so that anybody can check it by hand: each stretch of days on which an instalment's
overdue base stays the same gives base × days; the sum of those products × the daily rate is the penalty, rounded
once, at the end. An instalment due on the 1st and paid on the 4th bears three days.

What stops it: a pause (an arrangement or the law), during which no day counts; and the day of payment.
The cap is all-in: what runs besides on the same base (`running_rate`) is taken off it first. Never below nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from borrowers.errors import InputError, gettext_noop
from borrowers.rules.allocation import DEFAULT_ORDER, OLDEST_FIRST, allocate
from borrowers.rules.delinquency import ZERO, Instalment, Pause, Payment, paused_spans

# What of an overdue instalment bears penalty.
PRINCIPAL = "principal"
PRINCIPAL_AND_INTEREST = "principal_and_interest"
BASES = (PRINCIPAL, PRINCIPAL_AND_INTEREST)
DAYS_IN_YEAR = (360, 365)
# 民间借贷规定 25: four times the one-year LPR when the contract was made.
LPR_TIMES = 4


@dataclass(frozen=True, slots=True)
class PenaltyTerms:
    """Yearly fractions (0.18 = 18 %). `cap` is the most that penalty and `running_rate` may come to together; None:
    no cap."""

    rate: Decimal
    cap: Decimal | None = None
    running_rate: Decimal = ZERO
    base: str = PRINCIPAL
    days_in_year: int = 365

    @property
    def effective_rate(self) -> Decimal:
        if self.cap is None:
            return self.rate
        return max(ZERO, min(self.rate, self.cap - self.running_rate))


@dataclass(frozen=True, slots=True)
class PenaltyLine:
    """One instalment over days with one base: [start, end), product = base × days."""

    number: int
    start: dt.date
    end: dt.date
    base: Decimal
    days: int

    @property
    def product(self) -> Decimal:
        return self.base * self.days


@dataclass(frozen=True, slots=True)
class Penalty:
    """`amount` is exact (product × rate ÷ days in the year): whoever shows or books it rounds it once."""

    lines: tuple[PenaltyLine, ...]
    product: Decimal
    rate: Decimal
    amount: Decimal


def accrue_penalty(
    on: dt.date,
    instalments: Iterable[Instalment],
    payments: Iterable[Payment],
    terms: PenaltyTerms,
    pauses: Iterable[Pause] = (),
    order: Sequence[str] = DEFAULT_ORDER,
    across: str = OLDEST_FIRST,
) -> Penalty:
    """The penalty that has accrued by the day `on`, that day not yet counted. A payment, or a reversal, changes the
    base from its own date.

    InputError: terms that are none, and what `allocate` refuses.
    """
    check_terms(terms)
    schedule = tuple(instalments)
    keyed = tuple(payments)
    allocate(schedule, keyed, order, across)  # refuses bad payments by their place among all of them
    paused = paused_spans(on, pauses)
    lines = []
    for start, end in _stretches(on, schedule, keyed):
        owed = allocate(schedule, (p for p in keyed if p.paid_on <= start), order, across).owed
        for instalment, left in zip(schedule, owed, strict=True):
            base = left.principal + (left.interest if terms.base == PRINCIPAL_AND_INTEREST else ZERO)
            if base:
                lines += [
                    PenaltyLine(instalment.number, began, ended, base, (ended - began).days)
                    for began, ended in _outside(max(start, instalment.due_on), end, paused)
                ]
    joined = tuple(_joined(lines))
    product = sum((line.product for line in joined), ZERO)
    return Penalty(joined, product, terms.effective_rate, product * terms.effective_rate / terms.days_in_year)


def check_terms(terms: PenaltyTerms) -> None:
    """InputError that names the term."""
    if terms.base not in BASES:
        raise InputError("base", gettext_noop("must be one of %(ways)s"), ways=", ".join(BASES))
    if terms.days_in_year not in DAYS_IN_YEAR:
        raise InputError("days_in_year", gettext_noop("must be one of %(ways)s"), ways="360, 365")
    for name in ("rate", "running_rate", "cap"):
        value = getattr(terms, name)
        if value is not None and value < 0:
            raise InputError(name, gettext_noop("must not be negative"))


def _stretches(
    on: dt.date, schedule: tuple[Instalment, ...], payments: tuple[Payment, ...]
) -> Iterator[tuple[dt.date, dt.date]]:
    """The time from the first due date up to `on`, cut wherever money moves: in between, what is owed stays."""
    first_due = min((i.due_on for i in schedule), default=on)
    if first_due < on:
        moves = {p.paid_on for p in payments if first_due < p.paid_on < on}
        yield from pairwise(sorted({first_due, on} | moves))


def _outside(
    start: dt.date, end: dt.date, paused: Sequence[tuple[dt.date, dt.date]]
) -> Iterator[tuple[dt.date, dt.date]]:
    """What of [start, end) lies in no pause."""
    for began, ended in paused:
        if ended <= start or began >= end:
            continue
        if start < began:
            yield start, began
        start = ended
    if start < end:
        yield start, end


def _joined(lines: Sequence[PenaltyLine]) -> list[PenaltyLine]:
    """By instalment; neighbouring days with the same base are one line."""
    joined: list[PenaltyLine] = []
    for line in sorted(lines, key=lambda line: (line.number, line.start)):
        last = joined[-1] if joined else None
        if last and (last.number, last.end, last.base) == (line.number, line.start, line.base):
            joined[-1] = PenaltyLine(last.number, last.start, line.end, last.base, last.days + line.days)
        else:
            joined.append(line)
    return joined
