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
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import attrgetter

from borrowers.errors import InputError, gettext_noop
from borrowers.rules.delinquency import ZERO, Instalment, Payment, check_numbers

COMPONENTS = ("fee", "interest", "principal")
DEFAULT_ORDER = COMPONENTS
OLDEST_FIRST = "oldest_first"
BY_COMPONENT = "by_component"
ACROSS = (OLDEST_FIRST, BY_COMPONENT)


@dataclass(frozen=True, slots=True)
class PaymentSplit:
    """A payment's parts over all instalments. They add up to its amount less what was reversed by name."""

    key: str
    paid_on: dt.date
    fee: Decimal
    interest: Decimal
    principal: Decimal
    excess: Decimal


@dataclass(frozen=True, slots=True)
class Owed:
    """What an instalment still owes."""

    number: int
    fee: Decimal
    interest: Decimal
    principal: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """The part of one payment that pays one instalment; a row of the ledger. Never all zero."""

    payment_key: str
    instalment_number: int
    fee: Decimal
    interest: Decimal
    principal: Decimal


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
) -> Allocation:
    """Splits all payments over the schedule. A payment without key is known by its place in the input
    ("0", "1", …).

    InputError: an order that does not name each component once; keys or instalment numbers that repeat; a
    reversal of an unknown payment, or of more than there is to take back.
    """
    schedule = tuple(instalments)
    keyed = tuple(p if p.key else replace(p, key=str(i)) for i, p in enumerate(payments))
    _check(order, across, schedule, keyed)
    book = _Book(schedule, order, across)
    for payment, amount, place in _net_of_named_reversals(keyed):
        if amount < 0:
            book.take_back(payment, -amount, place)
        else:
            book.put(payment, amount)
    return Allocation(
        tuple(book.splits),
        tuple(Owed(i.number, **dict(zip(order, book.owed[i.number], strict=True))) for i in schedule),
        tuple(book.lines),
    )


def allocate_lines(
    instalments: Iterable[Instalment],
    payments: Iterable[Payment],
    order: Sequence[str] = DEFAULT_ORDER,
    across: str = OLDEST_FIRST,
) -> list[Line]:
    """The same by payment and instalment, for the ledger; at most one line for each pair."""
    return list(allocate(instalments, payments, order, across).lines)


def _check(order: Sequence[str], across: str, schedule: tuple[Instalment, ...], payments: tuple[Payment, ...]) -> None:
    if sorted(order) != sorted(COMPONENTS):
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


def _net_of_named_reversals(payments: tuple[Payment, ...]) -> list[tuple[Payment, Decimal, int]]:
    """(payment, what stays of it, its place in the input), in order of date. A reversal by name stays 0."""
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
    return sorted(placed, key=lambda entry: entry[0].paid_on)


# One amount put on one component (its place in the order) of one instalment; None stands for the excess.
_Piece = tuple[int | None, int, Decimal]


class _Book:
    """The schedule while it is being paid. `owed` has for each instalment what each component, in the order
    of payment, still owes; `pieces` is everything put so far, the latest last."""

    def __init__(self, schedule: tuple[Instalment, ...], order: Sequence[str], across: str) -> None:
        self.order = order
        self.across = across
        self.oldest_first = sorted(schedule, key=attrgetter("due_on", "number"))
        self.owed = {i.number: [getattr(i, name) for name in order] for i in self.oldest_first}
        # Instalments before this one owe nothing: a long history stays cheap.
        self.first_open = 0
        self.pieces: list[_Piece] = []
        self.splits: list[PaymentSplit] = []
        self.lines: list[Line] = []

    def put(self, payment: Payment, amount: Decimal) -> None:
        """Allocates `amount` ≥ 0 of `payment`."""
        begun, left = len(self.pieces), amount
        schedule = self.oldest_first
        while self.first_open < len(schedule) and not any(self.owed[schedule[self.first_open].number]):
            self.first_open += 1
        if self.across == BY_COMPONENT:
            due = []
            for instalment in schedule[self.first_open :]:
                if instalment.due_on > payment.paid_on:
                    break
                due.append(instalment.number)
            for component in range(len(self.order)):
                for number in due:
                    left = self._pay(number, component, left)
        for instalment in schedule[self.first_open :]:
            if not left:
                break
            for component in range(len(self.order)):
                left = self._pay(instalment.number, component, left)
        if left:
            self.pieces.append((None, 0, left))
        self._write(payment, self.pieces[begun:])

    def _pay(self, number: int, component: int, left: Decimal) -> Decimal:
        part = min(left, self.owed[number][component])
        if part:
            self.owed[number][component] -= part
            self.pieces.append((number, component, part))
        return left - part

    def take_back(self, payment: Payment, amount: Decimal, place: int) -> None:
        """Undoes the latest `amount` > 0 of all that was put so far."""
        undone: list[_Piece] = []
        while amount:
            if not self.pieces:
                raise InputError(f"payments[{place}].amount", gettext_noop("takes back more than was paid by that day"))
            number, component, put = self.pieces.pop()
            part = min(amount, put)
            if part < put:
                self.pieces.append((number, component, put - part))
            if number is not None:
                self.owed[number][component] += part
            undone.append((number, component, -part))
            amount -= part
        self.first_open = 0
        self._write(payment, undone)

    def _write(self, payment: Payment, pieces: Iterable[_Piece]) -> None:
        excess = ZERO
        whole = [ZERO] * len(self.order)
        by_number: dict[int, list[Decimal]] = {}
        for number, component, part in pieces:
            if number is None:
                excess += part
                continue
            whole[component] += part
            by_number.setdefault(number, [ZERO] * len(self.order))[component] += part
        self.splits.append(
            PaymentSplit(payment.key, payment.paid_on, **dict(zip(self.order, whole, strict=True)), excess=excess)
        )
        self.lines.extend(
            Line(payment.key, number, **dict(zip(self.order, parts, strict=True)))
            for number, parts in by_number.items()
        )
