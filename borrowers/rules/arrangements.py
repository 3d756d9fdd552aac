"""What a borrower can afford, and the plans that it allows: deferral 延期, instalments 分期, settlement 一次性结清, waiver
减免. Pure; the ledger moves what a plan says.

For each part of the debt, what is owed = what the plan asks + what it forgives: nothing is added, nothing gets lost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from borrowers.errors import InputError, gettext_noop
from borrowers.money import round_money, round_money_down
from borrowers.rules.allocation import Owed
from borrowers.rules.months import add_months

ZERO = Decimal("0.00")
DEFERRAL, INSTALMENTS, SETTLEMENT, WAIVER = "deferral", "instalments", "settlement", "waiver"
KINDS = (DEFERRAL, INSTALMENTS, SETTLEMENT, WAIVER)
# What a plan asks for first; what it forgives first stands the other way round, principal last.
PAY_ORDER = ("fee", "interest", "penalty", "principal")
FORGIVE_ORDER = ("penalty", "fee", "interest", "principal")

# Effect on limitation (民法典 189, 195).
RESTARTS = "restarts"
NO_EFFECT = "none"


@dataclass(frozen=True, slots=True)
class Parts:
    """Sums ≥ 0 by part of the debt."""

    fee: Decimal = ZERO
    interest: Decimal = ZERO
    penalty: Decimal = ZERO
    principal: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.fee + self.interest + self.penalty + self.principal

    @classmethod
    def sum_of(cls, rows: Iterable[Parts | Owed]) -> Parts:
        """The parts of all of them together."""
        known = list(rows)
        return cls(*(sum((getattr(row, name) for row in known), ZERO) for name in PAY_ORDER))

    def minus(self, other: Parts) -> Parts:
        return Parts(*(getattr(self, name) - getattr(other, name) for name in PAY_ORDER))


@dataclass(frozen=True, slots=True)
class Budget:
    """A household's month: what comes in, what it cannot do without, what other debts take."""

    income: Decimal
    spending: Decimal
    other_debts: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class ArrangementPolicy:
    """Limits of what is proposed. `share` of what is left of the month may go into a plan, so that a bad month does not
    break it (a house rule); `max_months` is 60 (信用卡办法 70)."""

    share: Decimal = Decimal("0.80")
    max_months: int = 60
    max_deferral_days: int = 90
    max_discount: Decimal = Decimal("0.30")
    min_monthly: Decimal = Decimal("50.00")
    settle_within_days: int = 30


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One payment of a plan."""

    due_on: dt.date
    parts: Parts

    @property
    def total(self) -> Decimal:
        return self.parts.total


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan with what it costs, of a debt of `owed` in all. `limitation` is RESTARTS where the borrower's agreement
    interrupts it."""

    kind: str
    lines: tuple[PlanLine, ...]
    forgiven: Parts
    limitation: str
    owed: Decimal

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), ZERO)

    @property
    def last_due_on(self) -> dt.date | None:
        return self.lines[-1].due_on if self.lines else None

    @property
    def months(self) -> int:
        return len(self.lines)

    @property
    def monthly(self) -> Decimal:
        """The largest payment."""
        return max((line.total for line in self.lines), default=ZERO)

    @property
    def discount(self) -> Decimal:
        """Forgiven share of the debt."""
        return self.forgiven.total / self.owed if self.owed else ZERO


def affordable(budget: Budget, policy: ArrangementPolicy, currency: str = "CNY") -> Decimal:
    """What may go into a plan each month, rounded down to the coin; never below nothing. InputError: a negative sum."""
    for name in ("income", "spending", "other_debts"):
        if getattr(budget, name) < 0:
            raise InputError(name, gettext_noop("must not be negative"))
    left = max(ZERO, budget.income - budget.spending - budget.other_debts)
    return round_money_down(left * policy.share, currency)


# --- Builders ------------------------------------------------------------------------------------------


def defer(owed: Parts, until: dt.date) -> Proposal:
    """Everything on one later day."""
    return Proposal(DEFERRAL, (PlanLine(until, owed),), Parts(), RESTARTS, owed.total)


def in_instalments(owed: Parts, months: int, first_on: dt.date, currency: str = "CNY") -> Proposal:
    """Equal monthly payments; the last takes what rounding leaves. Fees first, principal last.

    InputError: no months, more of them than there are coins to pay, or more than the calendar has.
    """
    if months < 1:
        raise InputError("months", gettext_noop("must be at least 1"))
    level = round_money(owed.total / months, currency)
    if level * (months - 1) >= owed.total:
        level = round_money_down(owed.total / months, currency)
    if level <= 0:
        raise InputError("months", gettext_noop("leaves payments of nothing"))
    left = {name: getattr(owed, name) for name in PAY_ORDER}
    lines = []
    for index in range(months):
        wanted = level if index < months - 1 else sum(left.values(), ZERO)
        try:
            due_on = add_months(first_on, index)
        except ValueError as error:
            raise InputError("first_on", gettext_noop("lies too far ahead")) from error
        lines.append(PlanLine(due_on, _take(left, wanted, PAY_ORDER)))
    return Proposal(INSTALMENTS, tuple(lines), Parts(), RESTARTS, owed.total)


def settle(owed: Parts, pay_by: dt.date, discount: Decimal, currency: str = "CNY") -> Proposal:
    """One payment of what is owed less the share `discount`. InputError: a share outside 0 to below 1."""
    if not 0 <= discount < 1:
        raise InputError("discount", gettext_noop("must be from 0 to below 1"))
    left = {name: getattr(owed, name) for name in PAY_ORDER}
    forgiven = _take(left, round_money(owed.total * discount, currency), FORGIVE_ORDER)
    return Proposal(SETTLEMENT, (PlanLine(pay_by, owed.minus(forgiven)),), forgiven, RESTARTS, owed.total)


def forgive(owed: Parts, parts: Parts) -> Proposal:
    """Parts are forgiven, the rest stays due as it is. InputError: more than is owed, or nothing."""
    for name in PAY_ORDER:
        if not 0 <= getattr(parts, name) <= getattr(owed, name):
            raise InputError(name, gettext_noop("%(amount)s is more than is owed of it"), amount=getattr(parts, name))
    if not parts.total:
        raise InputError("parts", gettext_noop("there is nothing to waive"))
    return Proposal(WAIVER, (), parts, NO_EFFECT, owed.total)


def _take(left: dict[str, Decimal], amount: Decimal, order: Sequence[str]) -> Parts:
    """Take `amount` out of `left`, part by part."""
    taken = {}
    for name in order:
        taken[name] = min(left[name], amount)
        left[name] -= taken[name]
        amount -= taken[name]
    return Parts(**taken)


# --- Proposals -----------------------------------------------------------------------------------------


def propose(
    owed: Parts, budget: Budget, policy: ArrangementPolicy, on: dt.date, first_on: dt.date, currency: str = "CNY"
) -> tuple[Proposal, ...]:
    """Up to three plans within policy that begin when the borrower can pay, from `first_on` on, the shortest first; none
    when nothing is affordable within `max_months`. The budget bears instalments and deferral; a settlement is paid at
    once, from what others give."""
    monthly = affordable(budget, policy, currency)
    found: list[Proposal] = []
    if owed.total <= 0 or monthly < min(policy.min_monthly, owed.total):
        return ()
    shortest = _months(owed.total, monthly)
    most = months_left(policy, on, first_on)
    if shortest <= most:
        found.append(in_instalments(owed, shortest, first_on, currency))
        # The same with room to breathe: three quarters of it a month.
        gentler = min(most, _months(owed.total, max(monthly * 3 / 4, policy.min_monthly)))
        if gentler > shortest:
            found.append(in_instalments(owed, gentler, first_on, currency))
        reach = _months(owed.total, monthly) * 30
        until = max(on + dt.timedelta(days=max(reach, 30)), first_on)
        pay_by = on + dt.timedelta(days=policy.settle_within_days)
        if shortest > 1 and until <= on + dt.timedelta(days=policy.max_deferral_days):
            found.append(defer(owed, until))
        elif policy.max_discount and first_on <= pay_by:
            found.append(settle(owed, pay_by, policy.max_discount, currency))
    return tuple(found)


def months_left(policy: ArrangementPolicy, on: dt.date, first_on: dt.date) -> int:
    """How many monthly payments from `first_on` end within the policy's months from `on` (信用卡办法 70: the whole of it,
    not its payments alone)."""
    last = latest_end(policy, on)
    whole = (last.year - first_on.year) * 12 + last.month - first_on.month
    return max(0, min(policy.max_months, whole + (add_months(first_on, whole) <= last)))


def latest_end(policy: ArrangementPolicy, on: dt.date) -> dt.date:
    """The last day on which a plan that is agreed on `on` may end."""
    return add_months(on, policy.max_months)


def _months(total: Decimal, monthly: Decimal) -> int:
    """The least number of months in which `monthly` pays `total`."""
    months = int((total / monthly).to_integral_value(ROUND_DOWN))
    return months if months * monthly >= total else months + 1


# --- Authority -----------------------------------------------------------------------------------------

LEVELS = ("collector", "supervisor", "manager")


@dataclass(frozen=True, slots=True)
class Authority:
    """What one level may approve of a kind: forgiven share, months, days until the last payment, sum of the debt; None:
    no limit. Above `second_pair_above` two people must approve."""

    level: str
    kind: str
    max_discount: Decimal | None = None
    max_months: int | None = None
    max_days: int | None = None
    max_amount: Decimal | None = None
    second_pair_above: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """Who must approve: the lowest level that may, and how many people."""

    level: str
    people: int


def needed_approval(
    proposal: Proposal, on: dt.date, matrix: Sequence[Authority], forgiven_before: Decimal = ZERO
) -> Need:
    """InputError when nobody may approve it.

    What was forgiven of the debt before counts as if it were forgiven now: cut into parts, a waiver needs the same
    approval as whole.
    """
    amount = proposal.owed + forgiven_before
    forgiven = proposal.forgiven.total and proposal.forgiven.total + forgiven_before
    discount = forgiven / amount if amount else ZERO
    for level in LEVELS:
        for row in matrix:
            if (row.level, row.kind) == (level, proposal.kind) and _within(row, proposal, discount, amount, on):
                twice = row.second_pair_above is not None and amount > row.second_pair_above
                return Need(level, 2 if twice else 1)
    raise InputError("proposal", gettext_noop("goes beyond what anybody here may approve"))


def _within(row: Authority, proposal: Proposal, discount: Decimal, amount: Decimal, on: dt.date) -> bool:
    days = (proposal.last_due_on - on).days if proposal.last_due_on else 0
    limits = (
        (row.max_discount, discount),
        (row.max_months, proposal.months),
        (row.max_days, days),
        (row.max_amount, amount),
    )
    return all(limit is None or value <= limit for limit, value in limits)


def may_approve(need: Need, level: str, person: int, proposer: int, earlier: Sequence[int]) -> bool:
    """Nobody approves their own proposal, and nobody twice."""
    high_enough = level in LEVELS and LEVELS.index(level) >= LEVELS.index(need.level)
    return high_enough and person != proposer and person not in earlier
