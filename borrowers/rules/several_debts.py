"""One payment for several debts of one debtor to one creditor that does not pay them all (民法典 560).

The debtor's choice first. Else, of those that are due: the one without or with the least security; of those alike the
heavier burden on the debtor; of those alike the one that fell due first; of those alike each its share. What is left
then pays what is not due yet, in the same order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from borrowers.errors import InputError, gettext_noop
from borrowers.money import CURRENCIES, round_money_down

ZERO = Decimal("0.00")
# Why a debt is paid where it stands.
CHOSEN, DUE, LEAST_SECURED, HEAVIER, EARLIEST, PRO_RATA, REST, NOT_DUE = (
    "chosen",
    "due",
    "least_secured",
    "heavier_burden",
    "earliest_due",
    "pro_rata",
    "rest",
    "not_due",
)


@dataclass(frozen=True, slots=True)
class Debt:
    """One debt on the day of the payment: what of it is `due`, all that is `owed`, for how much there is security, what
    a unit of it costs in a year, and since when it is due (of one not due yet, when it will be)."""

    key: int
    due: Decimal
    owed: Decimal
    due_on: dt.date
    secured: Decimal = ZERO
    burden: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Share:
    """What one debt gets, and by which criterion it stands where it does: the first of its parts counts."""

    key: int
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Split:
    """`shares` in the order in which they are paid; `excess` is what nothing is owed for."""

    shares: tuple[Share, ...]
    excess: Decimal


def split_payment(
    amount: Decimal, debts: Sequence[Debt], *, chosen: Collection[int] = (), currency: str = "CNY"
) -> Split:
    """Split `amount` over the debts; `chosen` are the keys that the debtor named. InputError when a debt is named twice,
    is negative or owes less than is due of it, or the amount is not positive."""
    _check(amount, debts)
    named = [debt for debt in debts if debt.key in chosen]
    others = [debt for debt in debts if debt.key not in chosen]
    tiers: list[tuple[Sequence[Debt], Callable[[Debt], Decimal], str]] = [
        (named, _due, CHOSEN),
        (named, _not_due, CHOSEN),
        (others, _due, ""),
        (others, _not_due, NOT_DUE),
    ]
    got: dict[int, Decimal] = {}
    reasons: dict[int, str] = {}
    left = amount
    for tier, wants, why in tiers:
        for debt, part, reason in _pay(left, tier, wants, currency):
            got[debt.key] = got.get(debt.key, ZERO) + part
            reasons.setdefault(debt.key, why or reason)
            left -= part
    return Split(tuple(Share(key, part, reasons[key]) for key, part in got.items()), left)


def _check(amount: Decimal, debts: Sequence[Debt]) -> None:
    if amount <= 0:
        raise InputError("amount", gettext_noop("must be more than 0"))
    if len({debt.key for debt in debts}) != len(debts):
        raise InputError("debts", gettext_noop("one is named twice"))
    for debt in debts:
        if not 0 <= debt.due <= debt.owed or debt.secured < 0 or debt.burden < 0:
            raise InputError("debts", gettext_noop("a sum is negative, or more is due than owed"))


def _due(debt: Debt) -> Decimal:
    return debt.due


def _not_due(debt: Debt) -> Decimal:
    return debt.owed - debt.due


def _rank(debt: Debt) -> tuple[Decimal, Decimal, dt.date]:
    return debt.secured, -debt.burden, debt.due_on


def _pay(
    left: Decimal, tier: Sequence[Debt], wants: Callable[[Debt], Decimal], currency: str
) -> Iterator[tuple[Debt, Decimal, str]]:
    """What each debt of the tier gets of `left`, in order; those that get nothing are left out."""
    asked = sorted((debt for debt in tier if wants(debt)), key=lambda debt: (*_rank(debt), debt.key))
    groups = [list(group) for _rank_of, group in groupby(asked, key=_rank)]
    for place, group in enumerate(groups):
        whole = sum((wants(debt) for debt in group), ZERO)
        parts = [wants(debt) for debt in group] if whole <= left else _pro_rata(left, [*map(wants, group)], currency)
        reason = _reason(groups, place)
        for debt, part in zip(group, parts, strict=True):
            if part:
                yield debt, part, reason
        left -= min(whole, left)


def _reason(groups: Sequence[Sequence[Debt]], place: int) -> str:
    """The criterion that sets the group before the next; of the last one, that it is what was left."""
    if len(groups[place]) > 1:
        return PRO_RATA
    if place + 1 == len(groups):
        return REST if place else DUE
    here, after = _rank(groups[place][0]), _rank(groups[place + 1][0])
    return next(
        code for code, mine, next_ in zip((LEAST_SECURED, HEAVIER, EARLIEST), here, after, strict=True) if mine != next_
    )


def _pro_rata(amount: Decimal, wanted: Sequence[Decimal], currency: str) -> list[Decimal]:
    """`amount`, less than the sum of `wanted`, in proportion and to the coin: the coins that are left over go to the
    largest remainders, the first of those alike first."""
    whole = sum(wanted, ZERO)
    exact = [amount * want / whole for want in wanted]
    parts = [round_money_down(part, currency) for part in exact]
    coin = Decimal(1).scaleb(-CURRENCIES[currency].minor_units)
    order = sorted(range(len(wanted)), key=lambda at: (parts[at] - exact[at], at))
    for at in order[: int((amount - sum(parts, ZERO)) / coin)]:
        parts[at] += coin
    return parts
