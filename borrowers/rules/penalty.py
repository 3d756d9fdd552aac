"""Penalty interest (罚息) on what is overdue, day by day, below its cap (contract terms; 民间借贷规定 25, 28, 29).

Reckoned by products (积数法), so that anybody can check it by hand: each stretch of days on which an instalment's
overdue base stays the same gives base × days; the sum of an instalment's products × the daily rate is its penalty,
rounded once. An instalment due on the 1st and paid on the 4th bears three days.

It is booked by day wherever money moves, so that a payment finds what has accrued up to its own day and pays it in its
place (behind interest). What is booked on a day is what all products up to it come to, less what was booked before: cutting
time finer changes no cent. It bears no penalty itself.

What stops it: a pause (an arrangement or the law), during which no day counts; and the day of payment.
The cap is all-in (民间借贷规定 29): what runs besides on the same base (`running_rate`) is taken off it first, and penalty
gives way to what was charged on the loan since the contract. It is a cap on the principal that was lent, also where interest
bears penalty. Of the room that is left, the instalment that fell due first has its penalty first; what found no room is
booked when days have made some. Never below nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from borrowers.errors import InputError, gettext_noop
from borrowers.money import round_money
from borrowers.rules.allocation import (
    DEFAULT_ORDER,
    OLDEST_FIRST,
    PENALTY,
    Adjustment,
    Book,
    allocate,
    net_of_named_reversals,
)
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
    """Yearly fractions (0.18 = 18 %). `cap` is the most that penalty, `running_rate` and charges may come to together;
    None: no cap."""

    rate: Decimal
    cap: Decimal | None = None
    running_rate: Decimal = ZERO
    base: str = PRINCIPAL
    days_in_year: int = 365
    currency: str = "CNY"

    @property
    def effective_rate(self) -> Decimal:
        if self.cap is None:
            return self.rate
        return max(ZERO, min(self.rate, self.cap - self.running_rate))

    def penalty_of(self, product: Decimal) -> Decimal:
        """Product × rate ÷ days in the year, rounded to the coin."""
        return round_money(product * self.effective_rate / self.days_in_year, self.currency)

    def most_of(self, principal_product: Decimal) -> Decimal | None:
        """What penalty and charges may come to on so much principal × days, rounded to the coin; None without a cap."""
        rate = self.room_rate
        return None if rate is None else round_money(principal_product * rate / self.days_in_year, self.currency)

    @property
    def room_rate(self) -> Decimal | None:
        """The cap less what runs besides."""
        return None if self.cap is None else max(ZERO, self.cap - self.running_rate)


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
class Room:
    """What the cap left on a day: the cap of `product` (principal × days of the whole loan) at `rate`, less `charges`,
    less `before`, all penalty that was booked by then."""

    product: Decimal
    rate: Decimal
    charges: Decimal
    before: Decimal


@dataclass(frozen=True, slots=True)
class PenaltyEntry(Adjustment):
    """What is booked on a day: the penalty of `product`, all products up to it, less `before`, what was booked by then;
    or all of the `room`, where that was less. Without a product it is what of a waiver had not accrued."""

    product: Decimal = ZERO
    before: Decimal = ZERO
    room: Room | None = None


@dataclass(frozen=True, slots=True)
class Penalty:
    """`lines` are how it was reckoned, `entries` what is booked when; `by_number` has for each instalment that bears
    any (product, penalty), and `amount` is the sum of those. The entries come to the same, and to what of a waiver had
    not accrued after all: a payment that is booked late may leave less to forgive than was forgiven."""

    lines: tuple[PenaltyLine, ...]
    entries: tuple[PenaltyEntry, ...]
    by_number: dict[int, tuple[Decimal, Decimal]]
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
    adjustments: Iterable[Adjustment] = (),
    booked_on: Iterable[dt.date] = (),
) -> Penalty:
    """The penalty that has accrued by the day `on`, that day not yet counted. A payment, or a reversal, changes the
    base from its own date. `adjustments` are the ledger's other entries (no penalty that accrued); `booked_on` further
    days on which what has accrued is booked.

    InputError: terms that are none, and what `allocate` refuses.
    """
    check_terms(terms)
    schedule, keyed, changes = tuple(instalments), tuple(payments), tuple(adjustments)
    allocate(schedule, keyed, order, across)  # refuses bad payments by their place among all of them
    walk = _Walk(schedule, keyed, changes, terms, paused_spans(on, pauses), Book(schedule, order, across))
    for day in _days(on, schedule, keyed, changes, booked_on):
        walk.go_to(day)
    return walk.result()


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


def _days(
    on: dt.date,
    schedule: Sequence[Instalment],
    payments: Sequence[Payment],
    changes: Sequence[Adjustment],
    booked_on: Iterable[dt.date],
) -> list[dt.date]:
    """The days up to `on` on which something moves or is booked: in between, what is owed stays. The first is before
    anything is late."""
    first_due = min((i.due_on for i in schedule), default=on)
    moves = {p.paid_on for p in payments} | {c.on for c in changes} | set(booked_on)
    return sorted({first_due, on} | {day for day in moves if first_due < day < on}) if first_due < on else []


class _Walk:
    """From day to day over a loan's history: accrue up to the day, book, then let the day's money move."""

    def __init__(
        self,
        schedule: Sequence[Instalment],
        payments: Sequence[Payment],
        changes: Sequence[Adjustment],
        terms: PenaltyTerms,
        paused: Sequence[tuple[dt.date, dt.date]],
        book: Book,
    ) -> None:
        self.schedule, self.payments, self.changes = schedule, payments, changes
        self.terms, self.paused, self.book = terms, paused, book
        # Places of what bears penalty, in the order of payment.
        borne = ("principal", "interest") if terms.base == PRINCIPAL_AND_INTEREST else ("principal",)
        self.bearing = [book.order.index(name) for name in borne]
        self.reached: dt.date | None = None
        self.products: dict[int, Decimal] = defaultdict(lambda: ZERO)
        # Principal × days of the whole loan: what the cap is reckoned on.
        self.principal_product = ZERO
        self.principal = book.order.index("principal")
        self.booked: dict[int, Decimal] = defaultdict(lambda: ZERO)
        # Penalty interest that is due so far: what accrued, less what was waived of it.
        self.due: dict[int, Decimal] = defaultdict(lambda: ZERO)
        self.lines: list[PenaltyLine] = []
        self.entries: list[PenaltyEntry] = []

    def go_to(self, day: dt.date) -> None:
        if self.reached is not None:
            self._accrue(self.reached, day)
        booked = self._book(day)
        booked += self._cover(day)
        self.entries += booked
        self._move(self.reached or dt.date.min, day, booked)
        self.reached = day

    def _book(self, day: dt.date) -> list[PenaltyEntry]:
        """What accrued, within what the cap leaves."""
        booked: list[PenaltyEntry] = []
        charges = self._charges(day)
        for number in (i.number for i in self.schedule if i.number in self.products):
            product, before = self.products[number], self.booked[number]
            part, room = self.terms.penalty_of(product) - before, self._room(charges)
            is_less = room is not None and self._left_of(room) < part
            if room is not None and is_less:
                part = self._left_of(room)
            if part > 0:
                booked.append(PenaltyEntry(day, number, PENALTY, part, product, before, room if is_less else None))
                self.booked[number] += part
                self.due[number] += part
        return booked

    def _charges(self, day: dt.date) -> Decimal:
        """What was charged before the day, less what of it was waived or undone; what was moved adds up to nothing. A
        charge takes room from the day after its own on, as it is booked behind the penalty of its day."""
        fees = (change.amount for change in self.changes if change.component == "fee" and change.on < day)
        return max(ZERO, sum(fees, ZERO))

    def _room(self, charges: Decimal) -> Room | None:
        """None where the cap on the rate says it all: there are no charges, and principal alone bears penalty."""
        rate = self.terms.room_rate
        if rate is None or not (charges or self.terms.base == PRINCIPAL_AND_INTEREST):
            return None
        return Room(self.principal_product, rate, charges, sum(self.booked.values(), ZERO))

    def _left_of(self, room: Room) -> Decimal:
        most = self.terms.most_of(room.product)
        assert most is not None
        return max(ZERO, most - room.charges - room.before)

    def _cover(self, day: dt.date) -> list[PenaltyEntry]:
        """What the changes since the day before take off penalty interest beyond what is due of it."""
        since = self.reached or dt.date.min
        for change in self.changes:
            if since < change.on <= day and change.component == PENALTY:
                self.due[change.number] += change.amount
        short = [PenaltyEntry(day, number, PENALTY, -due) for number, due in self.due.items() if due < 0]
        for cover in short:
            self.due[cover.number] = ZERO
        return short

    def _accrue(self, start: dt.date, end: dt.date) -> None:
        for instalment in self.schedule:
            if instalment.due_on >= end:
                continue
            left = self.book.owed[instalment.number]
            base = sum((left[place] for place in self.bearing), ZERO)
            if not base:
                continue
            for began, ended in _outside(max(start, instalment.due_on), end, self.paused):
                line = PenaltyLine(instalment.number, began, ended, base, (ended - began).days)
                self.lines.append(line)
                self.products[line.number] += line.product
                self.principal_product += left[self.principal] * line.days

    def _move(self, after: dt.date, day: dt.date, booked: Sequence[Adjustment]) -> None:
        """The money of the days behind `after` up to `day`. A reversal takes its payment out from the start."""
        came = [(p, p.amount, place) for place, p in enumerate(self.payments) if after < p.paid_on <= day]
        if any(payment.reverses for payment, _amount, _place in came):
            known = tuple(p for p in self.payments if p.paid_on <= day)
            until = [change for change in self.changes if change.on <= day]
            self.book = self.book.anew()
            self.book.run(net_of_named_reversals(known), [*until, *self.entries])
            return
        came.sort(key=lambda net: (net[0].paid_on, net[0].designated is None))
        self.book.run(came, [*(c for c in self.changes if after < c.on <= day), *booked])

    def result(self) -> Penalty:
        by_number = {number: (product, self.booked[number]) for number, product in sorted(self.products.items())}
        return Penalty(
            tuple(_joined(self.lines)),
            tuple(self.entries),
            by_number,
            sum(self.products.values(), ZERO),
            self.terms.effective_rate,
            sum(self.booked.values(), ZERO),
        )


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
