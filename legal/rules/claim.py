"""What is claimed in court, up to a day: principal, interest, penalty interest, charges and costs, each with its formula.

Two scopes. `due`: the instalments that have fallen due by the cut-off. `all`: the lender has declared everything due (the
contract's acceleration clause, grade M): what falls due later is claimed as well, at what paying the loan off on that day
costs, so that interest of days after the cut-off is left out where the creditor's loans leave it out (民法典 677).

From the cut-off until payoff, penalty interest runs on at `daily` on what is claimed of its base. All sums add up:
a loan's lines come to its parts, its parts to its total, the loans and the costs to the claim.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from borrowers.errors import InputError, gettext_noop
from borrowers.money import round_money
from borrowers.rules.allocation import Owed
from borrowers.rules.delinquency import Instalment
from borrowers.rules.payoff import Rebate

ZERO = Decimal("0.00")
DUE, ALL = "due", "all"
SCOPES = (DUE, ALL)
PRINCIPAL, INTEREST, PENALTY, FEE = "principal", "interest", "penalty", "fee"
COMPONENTS = (PRINCIPAL, INTEREST, PENALTY, FEE)
# Kinds of lines: what had fallen due, what is due by acceleration alone, what was not earned by the cut-off.
OVERDUE, ACCELERATED, UNEARNED = "overdue", "accelerated", "unearned"
# From what interest that need not be paid is taken: only paid-ahead interest reaches the others.
_TAKEN_FROM = (INTEREST, PENALTY, FEE, PRINCIPAL)


@dataclass(frozen=True, slots=True)
class PenaltyBasis:
    """How penalty interest is reckoned: the rate below its cap, a year's days, what bears it, and for each instalment
    the product (Σ overdue base × days) of which it is the penalty. In a pause it does not run on."""

    rate: Decimal
    days_in_year: int
    bears_interest: bool = False
    runs_on: bool = True
    products: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoanFacts:
    """One loan at the end of the cut-off day: its schedule with all entries, and what of it is owed, both in order of due
    date; `labels` names the instalments. Without `penalty` none is reckoned."""

    account_no: str
    contract_no: str
    currency: str
    schedule: Sequence[Instalment]
    owed: Sequence[Owed]
    rebates: Sequence[Rebate] = ()
    penalty: PenaltyBasis | None = None
    labels: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One line of the table: `label` names the instalments ("3", "1–12")."""

    component: str
    kind: str
    label: str
    formula: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DailyRate:
    """What each further day costs: base × rate ÷ days of the year."""

    base: Decimal
    rate: Decimal
    days_in_year: int
    amount: Decimal
    formula: str


@dataclass(frozen=True, slots=True)
class LoanClaim:
    account_no: str
    contract_no: str
    principal: Decimal
    interest: Decimal
    penalty: Decimal
    fees: Decimal
    lines: tuple[ClaimLine, ...]
    total: Decimal
    daily: DailyRate | None = None


@dataclass(frozen=True, slots=True)
class CostLine:
    """`kind` is court_fee, preservation_fee or lawyers_fee; `clause` the law it stands in."""

    kind: str
    formula: str
    amount: Decimal
    clause: str


@dataclass(frozen=True, slots=True)
class Claim:
    """`total` is all of it, costs included; `debt` without them. `warnings` are account numbers with the payments that
    were taken back after the cut-off."""

    cut_off: dt.date
    currency: str
    loans: tuple[LoanClaim, ...]
    costs: tuple[CostLine, ...]
    total: Decimal
    scope: str = DUE
    warnings: tuple[str, ...] = ()

    @property
    def principal(self) -> Decimal:
        return sum((loan.principal for loan in self.loans), ZERO)

    @property
    def interest(self) -> Decimal:
        return sum((loan.interest for loan in self.loans), ZERO)

    @property
    def penalty(self) -> Decimal:
        return sum((loan.penalty for loan in self.loans), ZERO)

    @property
    def fees(self) -> Decimal:
        return sum((loan.fees for loan in self.loans), ZERO)

    @property
    def debt(self) -> Decimal:
        return sum((loan.total for loan in self.loans), ZERO)

    @property
    def cost_total(self) -> Decimal:
        return sum((cost.amount for cost in self.costs), ZERO)

    @property
    def daily(self) -> Decimal:
        return sum((loan.daily.amount for loan in self.loans if loan.daily), ZERO)


def claim_loan(facts: LoanFacts, cut_off: dt.date, scope: str) -> LoanClaim:
    """One loan's part of the claim. InputError: an unknown scope."""
    if scope not in SCOPES:
        raise InputError("scope", gettext_noop("must be one of %(ways)s"), ways=", ".join(SCOPES))
    fallen = [i.due_on <= cut_off for i in facts.schedule]
    lines: list[ClaimLine] = []
    for component in COMPONENTS:
        lines += _due_lines(facts, component, fallen)
        if scope == ALL:
            lines += _sum_line(facts, component, ACCELERATED, [not late for late in fallen])
    parts = {name: sum((line.amount for line in lines if line.component == name), ZERO) for name in COMPONENTS}
    if scope == ALL:
        lines += _unearned(facts, parts)
    return LoanClaim(
        facts.account_no,
        facts.contract_no,
        parts[PRINCIPAL],
        parts[INTEREST],
        parts[PENALTY],
        parts[FEE],
        tuple(lines),
        sum(parts.values(), ZERO),
        _daily(facts, [late or scope == ALL for late in fallen]),
    )


def make_claim(
    cut_off: dt.date,
    currency: str,
    loans: Iterable[LoanClaim],
    costs: Iterable[CostLine],
    scope: str,
    warnings: Iterable[str] = (),
) -> Claim:
    """The whole, of the loans of which anything is claimed."""
    claimed = tuple(loan for loan in loans if loan.total)
    borne = tuple(costs)
    total = sum((loan.total for loan in claimed), ZERO) + sum((cost.amount for cost in borne), ZERO)
    return Claim(cut_off, currency, claimed, borne, total, scope, tuple(warnings))


def _due_lines(facts: LoanFacts, component: str, fallen: Sequence[bool]) -> list[ClaimLine]:
    """Penalty interest by instalment, since each has a product of its own; the other parts in one line."""
    if component != PENALTY or facts.penalty is None:
        return _sum_line(facts, component, OVERDUE, fallen)
    lines = []
    for instalment, owed, late in zip(facts.schedule, facts.owed, fallen, strict=True):
        if late and owed.penalty:
            formula = _penalty_formula(facts, facts.penalty, instalment.number, owed.penalty)
            lines.append(ClaimLine(PENALTY, OVERDUE, _label(facts, instalment.number), formula, owed.penalty))
    return lines


def _penalty_formula(facts: LoanFacts, basis: PenaltyBasis, number: int, owed: Decimal) -> str:
    """ "350,000.00 × 0.24 ÷ 365 = 230.14 − 30.00 = 200.14": what accrued, less what was paid or forgiven of it. What
    came with the placement, and so has no product here, stands as it is."""
    product = basis.products.get(number, ZERO)
    if not product:
        return f"{owed:,.2f}"
    accrued = round_money(product * basis.rate / basis.days_in_year, facts.currency)
    text = f"{product:,.2f} × {basis.rate.normalize():f} ÷ {basis.days_in_year} = {accrued:,.2f}"
    gone = accrued - owed
    if not gone:
        return text
    return f"{text} {'−' if gone > 0 else '+'} {abs(gone):,.2f} = {owed:,.2f}"


def _sum_line(facts: LoanFacts, component: str, kind: str, chosen: Sequence[bool]) -> list[ClaimLine]:
    """ "1,200.00 − 200.00 = 1,000.00": what these instalments come to, less what was paid of it."""
    due, left, numbers = ZERO, ZERO, []
    for instalment, owed, wanted in zip(facts.schedule, facts.owed, chosen, strict=True):
        part = getattr(owed, component)
        if wanted and part:
            due, left = due + getattr(instalment, component), left + part
            numbers.append(instalment.number)
    if not left:
        return []
    label = _label(facts, numbers[0])
    if len(numbers) > 1:
        label = f"{label}–{_label(facts, numbers[-1])}"
    paid = due - left
    formula = f"{due:,.2f} − {paid:,.2f} = {left:,.2f}" if paid else f"{left:,.2f}"
    return [ClaimLine(component, kind, label, formula, left)]


def _unearned(facts: LoanFacts, parts: dict[str, Decimal]) -> list[ClaimLine]:
    """Interest of days after the cut-off, off what is claimed (`parts` is lowered by it)."""
    left = sum((rebate.amount for rebate in facts.rebates), ZERO)
    if not left:
        return []
    label = _label(facts, facts.rebates[0].number)
    if len(facts.rebates) > 1:
        label = f"{label}–{_label(facts, facts.rebates[-1].number)}"
    formula = " + ".join(
        f"{rebate.interest:,.2f} × {rebate.unearned_days} ÷ {rebate.period_days}"
        for rebate in facts.rebates
        if rebate.unearned_days != rebate.period_days
    )
    whole = sum((r.amount for r in facts.rebates if r.unearned_days == r.period_days), ZERO)
    formula = " + ".join(part for part in (formula, f"{whole:,.2f}" if whole else "") if part) + f" = {left:,.2f}"
    lines = []
    for component in _TAKEN_FROM:
        cut = min(left, parts[component])
        if cut:
            parts[component] -= cut
            left -= cut
            lines.append(ClaimLine(component, UNEARNED, label, formula, -cut))
    return lines


def _daily(facts: LoanFacts, chosen: Sequence[bool]) -> DailyRate | None:
    basis = facts.penalty
    if basis is None or not basis.rate or not basis.runs_on:
        return None
    base = ZERO
    for owed, wanted in zip(facts.owed, chosen, strict=True):
        if wanted:
            base += owed.principal + (owed.interest if basis.bears_interest else ZERO)
    if not base:
        return None
    amount = round_money(base * basis.rate / basis.days_in_year, facts.currency)
    formula = f"{base:,.2f} × {basis.rate.normalize():f} ÷ {basis.days_in_year} = {amount:,.2f}"
    return DailyRate(base, basis.rate, basis.days_in_year, amount, formula)


def _label(facts: LoanFacts, number: int) -> str:
    return facts.labels.get(number, str(number))
