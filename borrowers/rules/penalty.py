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
from borrowers.rules.allocation import DEFAULT_ORDER, OLDEST_FIRST, Owed, allocate
from borrowers.rules.delinquency import ZERO, Instalment, Pause, Payment

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
    spans = _merged(pauses, on)
    lines = tuple(
        line
        for start, end in _stretches(on, schedule, keyed)
        for line in _lines_of(start, end, schedule, _owed_at(start, schedule, keyed, order, across), terms, spans)
    )
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
    """The time up to `on`, cut wherever something falls due or money moves."""
    cuts = sorted({i.due_on for i in schedule} | {p.paid_on for p in payments} | {on})
    if not schedule:
        return
    first_due = min(i.due_on for i in schedule)
    cuts = [cut for cut in cuts if first_due <= cut <= on]
    yield from pairwise(cuts)


def _owed_at(
    day: dt.date, schedule: tuple[Instalment, ...], payments: tuple[Payment, ...], order: Sequence[str], across: str
) -> tuple[Owed, ...]:
    return allocate(schedule, (p for p in payments if p.paid_on <= day), order, across).owed


def _lines_of(
    start: dt.date,
    end: dt.date,
    schedule: tuple[Instalment, ...],
    owed: tuple[Owed, ...],
    terms: PenaltyTerms,
    paused: Sequence[tuple[dt.date, dt.date]],
) -> Iterator[PenaltyLine]:
    for instalment, left in zip(schedule, owed, strict=True):
        base = left.principal + (left.interest if terms.base == PRINCIPAL_AND_INTEREST else ZERO)
        if instalment.due_on > start or not base:
            continue
        for began, ended in _outside(start, end, paused):
            yield PenaltyLine(instalment.number, began, ended, base, (ended - began).days)


def _merged(pauses: Iterable[Pause], on: dt.date) -> list[tuple[dt.date, dt.date]]:
    """The pauses up to `on`, in order, overlapping ones as one."""
    spans: list[tuple[dt.date, dt.date]] = []
    for start, end in sorted((p.start, on if p.end is None else min(p.end, on)) for p in pauses):
        if end <= start:
            continue
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


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
