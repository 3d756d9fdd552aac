"""Interest for delayed performance of a judgment (加倍部分债务利息, 法释〔2014〕8号 1–4).

On the adjudicated money without ordinary interest: each part of it that is unpaid bears 0.000175 a day from the end of
the time for performance to the day on which that part is paid (that day less the deadline). Payments go to the judgment
debt first, then to this interest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from borrowers.errors import InputError, gettext_noop
from borrowers.money import round_money

DAILY_RATE = Decimal("0.000175")
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class DelayedLine:
    """One part of the debt and how long it stood: product = amount × days. `paid` tells whether it was paid then."""

    amount: Decimal
    until: dt.date
    days: int
    paid: bool

    @property
    def product(self) -> Decimal:
        return self.amount * self.days


@dataclass(frozen=True, slots=True)
class DelayedInterest:
    """`interest` is the sum of all products × the daily rate, rounded once; `interest_paid` what payments left over for
    it; `base_left` the judgment debt still unpaid."""

    lines: tuple[DelayedLine, ...]
    product: Decimal
    interest: Decimal
    interest_paid: Decimal
    base_left: Decimal


def delayed_interest(
    base: Decimal, deadline: dt.date, payments: Iterable[tuple[dt.date, Decimal]], on: dt.date
) -> DelayedInterest:
    """What has come up by the day `on`. What was paid by the deadline bears none; payments after `on` do not count.

    InputError: a negative base, or a payment that is none.
    """
    if base < 0:
        raise InputError("base", gettext_noop("must not be negative"))
    left, over = base, ZERO
    lines: list[DelayedLine] = []
    for place, (paid_on, amount) in sorted(enumerate(payments), key=lambda item: item[1][0]):
        if amount <= 0:
            raise InputError(f"payments[{place}].amount", gettext_noop("must be more than 0"))
        if paid_on > on:
            continue
        part = min(left, amount)
        left -= part
        over += amount - part
        if part and paid_on > deadline:
            lines.append(DelayedLine(part, paid_on, (paid_on - deadline).days, paid=True))
    if left and on > deadline:
        lines.append(DelayedLine(left, on, (on - deadline).days, paid=False))
    product = sum((line.product for line in lines), ZERO)
    interest = round_money(product * DAILY_RATE)
    return DelayedInterest(tuple(lines), product, interest, min(over, interest), left)
