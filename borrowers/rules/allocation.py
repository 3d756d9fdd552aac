"""Which part of an instalment a payment pays (contracts.md 3, `allocation`).

民法典 561: the cost of enforcing the debt, then interest, then principal, unless agreed otherwise; 560: the
debt that fell due first comes first. Payments are taken in order of their dates, those of one day in the order
given. A pure function of the whole history: a payment booked late, or undone, gives the split that would have
been right from the start, and the ledger appends the difference to what it wrote before.

Two ways across instalments:
- oldest_first: an instalment is cleared, component by component, before the next; after what is due come the
  instalments not yet due (payment in advance).
- by_component: the first component of everything due by the payment's date (oldest first), then the second,
  and so on; what is left goes to instalments not yet due as under oldest_first.
What is left when nothing is owed is the payment's excess.

Reversals are payments with a negative amount:
- with `reverses`, the payment named is reduced by it, as if that part had never come. Neither the reversal nor
  the part undone gets a line or a split; later payments move up to what is then open.
- without (contracts.md has no names for payments), it takes back what was allocated last, excess first, and
  carries the negative parts itself. Payments before it keep their splits.
Either way, what is owed in the end is the schedule less the money that stayed.

Adjustments change what an instalment owes from their own day on, before that day's payments: a charge or penalty
interest raises it, a waiver lowers it, an arrangement moves it elsewhere. Where more is taken off than is still owed,
because it was paid meanwhile, that money is free again and pays what is owed next; so does what was paid in excess
when a charge comes later. Penalty interest follows interest in the order of payment (561 names both interest) unless
the order names "penalty" itself.

A payment may name the instalment that it is for (民法典 560: the debtor chooses); of one day, such payments come first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from borrowers.errors import InputError, gettext_noop
from borrowers.rules.delinquency import ZERO, Instalment, Payment, check_numbers

COMPONENTS = ("fee", "interest", "principal")
PENALTY = "penalty"
DEFAULT_ORDER = COMPONENTS
OLDEST_FIRST = "oldest_first"
BY_COMPONENT = "by_component"
ACROSS = (OLDEST_FIRST, BY_COMPONENT)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A change of what one instalment owes of one component (fee, interest, penalty or principal), from `on` on."""

    on: dt.date
    number: int
    component: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PaymentSplit:
    """A payment's parts over all instalments. They add up to its amount less what was reversed by name."""

    key: str
    paid_on: dt.date
    fee: Decimal
    interest: Decimal
    principal: Decimal
    excess: Decimal
    penalty: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Owed:
    """What an instalment still owes."""

    number: int
    fee: Decimal
    interest: Decimal
    principal: Decimal
    penalty: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.fee + self.interest + self.principal + self.penalty


@dataclass(frozen=True, slots=True)
class Line:
    """The part of one payment that pays one instalment; a row of the ledger. Never all zero."""

    payment_key: str
    instalment_number: int
    fee: Decimal
    interest: Decimal
    principal: Decimal
    penalty: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Allocation:
    """`payments` and `lines` in order of date, `owed` in the order in which the instalments were given."""

    payments: tuple[PaymentSplit, ...]
    owed: tuple[Owed, ...]
    lines: tuple[Line, ...]


def allocate(
    instalments: Iterable[Instalment],
    payments: Iterable[Payment],
    order: Sequence[str] = DEFAULT_ORDER,
    across: str = OLDEST_FIRST,
    adjustments: Iterable[Adjustment] = (),
) -> Allocation:
    """Splits all payments over the schedule. A payment without key is known by its place in the input
    ("0", "1", …).

    InputError: an order that does not name each component once; keys or instalment numbers that repeat; a
    reversal of an unknown payment, or of more than there is to take back; an adjustment of an unknown instalment, or
    by more than it is due.
    """
    schedule = tuple(instalments)
    keyed = tuple(p if p.key else replace(p, key=str(i)) for i, p in enumerate(payments))
    changes = tuple(adjustments)
    _check(order, across, schedule, keyed)
    book = Book(schedule, order, across)
    book.run(net_of_named_reversals(keyed), changes)
    return book.result(schedule)


def allocate_lines(
    instalments: Iterable[Instalment],
    payments: Iterable[Payment],
    order: Sequence[str] = DEFAULT_ORDER,
    across: str = OLDEST_FIRST,
    adjustments: Iterable[Adjustment] = (),
) -> list[Line]:
    """The same by payment and instalment, for the ledger; at most one line for each pair."""
    return list(allocate(instalments, payments, order, across, adjustments).lines)


def _check(order: Sequence[str], across: str, schedule: tuple[Instalment, ...], payments: tuple[Payment, ...]) -> None:
    if sorted(name for name in order if name != PENALTY) != sorted(COMPONENTS) or list(order).count(PENALTY) > 1:
        raise InputError("order", gettext_noop("must name each of %(parts)s once"), parts=", ".join(COMPONENTS))
    if across not in ACROSS:
        raise InputError("across", gettext_noop("must be one of %(ways)s"), ways=", ".join(ACROSS))
    check_numbers(schedule)
    keys: set[str] = set()
    for index, payment in enumerate(payments):
        if payment.key in keys:
            raise InputError(
                f"payments[{index}].key", gettext_noop("payment %(key)s stands there twice"), key=payment.key
            )
        keys.add(payment.key)


# A payment, what stays of it, its place in the input.
Net = tuple[Payment, Decimal, int]


def net_of_named_reversals(payments: tuple[Payment, ...]) -> list[Net]:
    """In order of date, those of one day that name their instalment first. Of a reversal by name stays 0."""
    stays = {p.key: p.amount for p in payments}
    for index, reversal in enumerate(payments):
        if not reversal.reverses:
            continue
        where = f"payments[{index}]"
        if reversal.amount > 0:
            raise InputError(f"{where}.amount", gettext_noop("a reversal must have a negative amount"))
        # A reversal undoes money that came in, never another reversal: that would be a new payment.
        if stays.get(reversal.reverses, ZERO) + reversal.amount < 0 or reversal.reverses == reversal.key:
            raise InputError(
                f"{where}.reverses",
                gettext_noop("takes back more than payment %(key)s brought"),
                key=reversal.reverses,
            )
        stays[reversal.reverses] += reversal.amount
        stays[reversal.key] = ZERO
    placed = ((p, stays[p.key], index) for index, p in enumerate(payments))
    return sorted(placed, key=lambda entry: (entry[0].paid_on, entry[0].designated is None))


# One amount of one payment (its key) put on one component (its place in the order) of one instalment; None stands for
# the excess.
_Piece = tuple[str, int | None, int, Decimal]


class Book:
    """The schedule while it is being paid. `owed` has for each instalment what each component, in the order
    of payment, still owes; `pieces` is everything put so far, the latest last."""

    def __init__(self, schedule: Sequence[Instalment], order: Sequence[str], across: str) -> None:
        # Penalty interest right behind interest, unless the order names it.
        at = list(order).index("interest") + 1
        self.order = tuple(order) if PENALTY in order else (*order[:at], PENALTY, *order[at:])
        self.across = across
        self.oldest_first = sorted(schedule, key=attrgetter("due_on", "number"))
        self.owed = {i.number: [getattr(i, name, ZERO) for name in self.order] for i in self.oldest_first}
        # Instalments before this one owe nothing: a long history stays cheap.
        self.first_open = 0
        self.pieces: list[_Piece] = []
        self.met: dict[str, Payment] = {}
        # By payment and instalment (None: excess) what of it lies there now, in the order of `order`.
        self.put_on: dict[tuple[str, int | None], list[Decimal]] = {}

    def anew(self) -> Book:
        """An empty book of the same schedule."""
        return Book(self.oldest_first, self.order, self.across)

    def run(self, payments: Iterable[Net], adjustments: Iterable[Adjustment]) -> None:
        """Everything in order of date; of one day, the adjustments first."""
        changes = sorted(adjustments, key=attrgetter("on"))
        at = 0
        for payment, amount, place in payments:
            until = at
            while until < len(changes) and changes[until].on <= payment.paid_on:
                until += 1
            self.adjust_by_day(changes[at:until])
            at = until
            self.receive(payment, amount, place)
        self.adjust_by_day(changes[at:])

    def receive(self, payment: Payment, amount: Decimal, place: int) -> None:
        """What stays of a payment is put; a reversal without name takes back."""
        self.met[payment.key] = payment
        if amount < 0:
            self._take_back(payment, -amount, place)
        else:
            self._put(payment, amount, payment.paid_on)

    # --- Adjustments -----------------------------------------------------------------------------------

    def adjust_by_day(self, changes: Sequence[Adjustment]) -> None:
        """`changes` in order of date."""
        for on, group in groupby(changes, key=attrgetter("on")):
            self.adjust(on, list(group))

    def adjust(self, on: dt.date, changes: Sequence[Adjustment]) -> None:
        """All changes of one day at once: what is raised first, so that what is moved is never short."""
        for change in changes:
            self._check_adjustment(change)
            if change.amount > 0:
                self.owed[change.number][self.order.index(change.component)] += change.amount
        free: list[_Piece] = []
        for change in changes:
            if change.amount < 0:
                free += self._lower(change)
        self.first_open = 0
        if any(change.amount > 0 for change in changes):
            free += self._lift(lambda piece: piece[1] is None, None)
        # Money that was paid first is put anew first.
        paid_in = {key: place for place, key in enumerate(self.met)}
        for key, _number, _component, amount in sorted(free, key=lambda piece: paid_in[piece[0]]):
            self._put(self.met[key], amount, on)

    def _check_adjustment(self, change: Adjustment) -> None:
        if change.number not in self.owed:
            raise InputError("adjustments", gettext_noop("there is no instalment %(number)s"), number=change.number)
        if change.component not in self.order:
            raise InputError(
                "adjustments", gettext_noop("must name one of %(parts)s"), parts=", ".join(sorted(self.order))
            )

    def _lower(self, change: Adjustment) -> list[_Piece]:
        """Take -amount off what is due; returns the money that lay on it and is free now."""
        component = self.order.index(change.component)
        cut = min(self.owed[change.number][component], -change.amount)
        self.owed[change.number][component] -= cut
        rest = -change.amount - cut
        if not rest:
            return []
        free = self._lift(lambda piece: piece[1] == change.number and piece[2] == component, rest)
        if sum((piece[3] for piece in free), ZERO) != rest:
            raise InputError(
                "adjustments",
                gettext_noop("takes more off instalment %(number)s than it is due"),
                number=change.number,
            )
        return free

    def _lift(self, among: Callable[[_Piece], bool], amount: Decimal | None) -> list[_Piece]:
        """Take pieces, the latest first, up to `amount` (None: all); what is owed stays."""
        lifted: list[_Piece] = []
        kept: list[_Piece] = []
        for piece in reversed(self.pieces):
            key, number, component, put = piece
            part = put if amount is None else min(put, amount)
            if not among(piece) or part <= 0:
                kept.append(piece)
                continue
            if part < put:
                kept.append((key, number, component, put - part))
            if amount is not None:
                amount -= part
            self._note(key, number, component, -part)
            lifted.append((key, number, component, part))
        self.pieces = kept[::-1]
        return lifted[::-1]

    # --- Payments --------------------------------------------------------------------------------------

    def _put(self, payment: Payment, amount: Decimal, on: dt.date) -> None:
        """Allocates `amount` ≥ 0 of `payment` by what is due on `on`."""
        left = amount
        schedule = self.oldest_first
        if payment.designated in self.owed:
            left = self._pay_instalment(payment.key, payment.designated, left)
        while self.first_open < len(schedule) and not any(self.owed[schedule[self.first_open].number]):
            self.first_open += 1
        if self.across == BY_COMPONENT:
            due = []
            for instalment in schedule[self.first_open :]:
                if instalment.due_on > on:
                    break
                due.append(instalment.number)
            for component in range(len(self.order)):
                for number in due:
                    left = self._pay(payment.key, number, component, left)
        for instalment in schedule[self.first_open :]:
            if not left:
                break
            left = self._pay_instalment(payment.key, instalment.number, left)
        if left:
            self.pieces.append((payment.key, None, 0, left))
            self._note(payment.key, None, 0, left)

    def _pay_instalment(self, key: str, number: int, left: Decimal) -> Decimal:
        for component in range(len(self.order)):
            left = self._pay(key, number, component, left)
        return left

    def _pay(self, key: str, number: int, component: int, left: Decimal) -> Decimal:
        part = min(left, self.owed[number][component])
        if part:
            self.owed[number][component] -= part
            self.pieces.append((key, number, component, part))
            self._note(key, number, component, part)
        return left - part

    def _take_back(self, payment: Payment, amount: Decimal, place: int) -> None:
        """Undoes the latest `amount` > 0 of all that was put so far; the negative parts are the reversal's own."""
        while amount:
            if not self.pieces:
                raise InputError(f"payments[{place}].amount", gettext_noop("takes back more than was paid by that day"))
            key, number, component, put = self.pieces.pop()
            part = min(amount, put)
            if part < put:
                self.pieces.append((key, number, component, put - part))
            if number is not None:
                self.owed[number][component] += part
            self._note(payment.key, number, component, -part)
            amount -= part
        self.first_open = 0

    def _note(self, key: str, number: int | None, component: int, part: Decimal) -> None:
        self.put_on.setdefault((key, number), [ZERO] * len(self.order))[component] += part

    # --- What came of it -------------------------------------------------------------------------------

    def result(self, schedule: Sequence[Instalment]) -> Allocation:
        whole = {key: dict.fromkeys((*self.order, "excess"), ZERO) for key in self.met}
        for (key, number), parts in self.put_on.items():
            for name, part in zip(self.order, parts, strict=True):
                whole[key]["excess" if number is None else name] += part
        return Allocation(
            tuple(PaymentSplit(key, payment.paid_on, **whole[key]) for key, payment in self.met.items()),
            tuple(self.owed_of(i.number) for i in schedule),
            tuple(
                Line(key, number, **dict(zip(self.order, parts, strict=True)))
                for (key, number), parts in self.put_on.items()
                if number is not None and any(parts)
            ),
        )

    def owed_of(self, number: int) -> Owed:
        return Owed(number, **dict(zip(self.order, self.owed[number], strict=True)))
