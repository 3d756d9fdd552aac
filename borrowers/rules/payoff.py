"""What it costs to pay a loan off on a day (民法典 677: who pays early owes interest for the time that the money was
lent, unless agreed otherwise)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from borrowers.money import round_money
from borrowers.rules.allocation import Owed
from borrowers.rules.delinquency import ZERO, Instalment


@dataclass(frozen=True, slots=True)
class Rebate:
    """Interest of an instalment that is not owed when the loan is paid off on the day, whether it was paid ahead or not:
    amount = interest × unearned ÷ period (days)."""

    number: int
    interest: Decimal
    unearned_days: int
    period_days: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Payoff:
    """What is owed by part, and what of the interest need not be paid: `total` is the one less the other."""

    on: dt.date
    fee: Decimal
    interest: Decimal
    penalty: Decimal
    principal: Decimal
    rebates: tuple[Rebate, ...]

    @property
    def owed(self) -> Decimal:
        return self.fee + self.interest + self.penalty + self.principal

    @property
    def total(self) -> Decimal:
        return max(ZERO, self.owed - self.rebate)

    @property
    def rebate(self) -> Decimal:
        return sum((rebate.amount for rebate in self.rebates), ZERO)


def quote_payoff(
    on: dt.date,
    disbursed_on: dt.date,
    schedule: Sequence[Instalment],
    owed: Sequence[Owed],
    *,
    earned_only: bool,
    currency: str = "CNY",
) -> Payoff:
    """The payoff on `on`, of a loan whose instalments owe `owed` on that day. With `earned_only`, interest of the days
    after `on` by the `schedule` of the contract (in order of due date) is not asked for."""
    return Payoff(
        on,
        fee=sum((part.fee for part in owed), ZERO),
        interest=sum((part.interest for part in owed), ZERO),
        penalty=sum((part.penalty for part in owed), ZERO),
        principal=sum((part.principal for part in owed), ZERO),
        rebates=unearned_interest(on, disbursed_on, schedule, currency) if earned_only else (),
    )


def unearned_interest(
    on: dt.date, disbursed_on: dt.date, schedule: Sequence[Instalment], currency: str = "CNY"
) -> tuple[Rebate, ...]:
    """The interest of the days after `on`, by instalment of the schedule (in order of due date)."""
    found, start = [], disbursed_on
    for instalment in schedule:
        period = (instalment.due_on - start).days
        unearned = (instalment.due_on - max(on, start)).days
        if unearned > 0 and instalment.interest:
            amount = round_money(instalment.interest * unearned / period, currency)
            found.append(Rebate(instalment.number, instalment.interest, unearned, period, amount))
        start = max(start, instalment.due_on)
    return tuple(rebate for rebate in found if rebate.amount)
