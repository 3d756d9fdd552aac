"""What a scorecard may look at, how each factor is had from the facts, and the reasons it may give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from borrowers.errors import gettext_noop
from borrowers.money import round_ratio

WILLINGNESS, CAPACITY = "willingness", "capacity"
# Ratios beyond this, and those of an income of nothing, count as this: large enough for any last band.
RATIO_CAP = Decimal("99.99")


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What is known of a borrower with one creditor. None means not known, and is never read as 0.

    Counts are of matured events (promises whose day has come); `contact_reachability` is the share of attempts
    (0–1) that reached the debtor; money is per month except `outstanding_debt`, the total still owed.
    """

    times_late: int | None = None
    longest_run_days: int | None = None
    broken_promises: int | None = None
    kept_promises: int | None = None
    contact_reachability: Decimal | None = None
    monthly_income: Decimal | None = None
    monthly_due: Decimal | None = None
    outstanding_debt: Decimal | None = None
    credit_score: int | None = None
    employer_known: bool | None = None


@dataclass(frozen=True, slots=True)
class FactorKind:
    """What a factor measures: its axis, its unit (count, days, share, score or flag) for display, its label,
    and how it is had from the facts."""

    axis: str
    unit: str
    label: str
    value: Callable[[RiskFacts], Decimal | None]


def _number(value: int | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _ratio(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """part ÷ whole to four decimals, so that the figure shown is the one that is banded. A stated income of 0
    is a fact, not a gap, and gives the cap."""
    if part is None or whole is None:
        return None
    if whole <= 0:
        return RATIO_CAP if part > 0 else Decimal(0)
    return min(RATIO_CAP, round_ratio(part / whole))


def promises_kept_share(facts: RiskFacts) -> Decimal | None:
    """Kept ÷ (kept + broken); None before any promise has matured."""
    if facts.kept_promises is None or facts.broken_promises is None:
        return None
    matured = facts.kept_promises + facts.broken_promises
    return round_ratio(Decimal(facts.kept_promises) / matured) if matured else None


def due_to_income(facts: RiskFacts) -> Decimal | None:
    """Instalments due a month ÷ monthly income."""
    return _ratio(facts.monthly_due, facts.monthly_income)


def debt_to_income(facts: RiskFacts) -> Decimal | None:
    """All that is still owed ÷ a year's income."""
    yearly = None if facts.monthly_income is None else facts.monthly_income * 12
    return _ratio(facts.outstanding_debt, yearly)


FACTORS: dict[str, FactorKind] = {
    "times_late": FactorKind(WILLINGNESS, "count", gettext_noop("Times late"), lambda f: _number(f.times_late)),
    "longest_run_days": FactorKind(
        WILLINGNESS, "days", gettext_noop("Longest time late"), lambda f: _number(f.longest_run_days)
    ),
    "broken_promises": FactorKind(
        WILLINGNESS, "count", gettext_noop("Broken promises"), lambda f: _number(f.broken_promises)
    ),
    "promises_kept_share": FactorKind(
        WILLINGNESS, "share", gettext_noop("Share of promises kept"), promises_kept_share
    ),
    "contact_reachability": FactorKind(
        WILLINGNESS, "share", gettext_noop("Reachability"), lambda f: f.contact_reachability
    ),
    "due_to_income": FactorKind(CAPACITY, "share", gettext_noop("Monthly due to income"), due_to_income),
    "debt_to_income": FactorKind(CAPACITY, "share", gettext_noop("Debt to a year's income"), debt_to_income),
    "credit_score": FactorKind(CAPACITY, "score", gettext_noop("Credit score"), lambda f: _number(f.credit_score)),
    "employer_known": FactorKind(CAPACITY, "flag", gettext_noop("Employment"), lambda f: _number(f.employer_known)),
}

# Code → what the case page says, translated there and filled with the reason's value in the factor's unit.
REASON_CODES: dict[str, str] = {
    "never_late": gettext_noop("Has not been late before"),
    "late_seldom": gettext_noop("Has seldom been late (%(value)s)"),
    "late_several": gettext_noop("Has been late several times (%(value)s)"),
    "late_often": gettext_noop("Is often late (%(value)s)"),
    "lateness_unknown": gettext_noop("No repayment history is known"),
    "run_none": gettext_noop("Has never run late for a day"),
    "run_short": gettext_noop("Was late for short times only (at most %(value)s)"),
    "run_month": gettext_noop("Has been late for over a month (%(value)s)"),
    "run_long": gettext_noop("Has been late for over two months (%(value)s)"),
    "run_very_long": gettext_noop("Has been late for over three months (%(value)s)"),
    "run_unknown": gettext_noop("How long payments were late is not known"),
    "promises_none_broken": gettext_noop("Has broken no promise"),
    "promises_one_broken": gettext_noop("Has broken a promise"),
    "promises_broken": gettext_noop("Has broken several promises (%(value)s)"),
    "promises_unknown": gettext_noop("Has made no promise yet that could be kept or broken"),
    "promises_mostly_kept": gettext_noop("Keeps most promises (%(value)s)"),
    "promises_half_kept": gettext_noop("Keeps some promises (%(value)s)"),
    "promises_seldom_kept": gettext_noop("Keeps few promises (%(value)s)"),
    "reached_well": gettext_noop("Can be reached (%(value)s of attempts)"),
    "reached_sometimes": gettext_noop("Can sometimes be reached (%(value)s of attempts)"),
    "reached_seldom": gettext_noop("Can hardly be reached (%(value)s of attempts)"),
    "reach_unknown": gettext_noop("Nobody has tried to reach the borrower yet"),
    "due_light": gettext_noop("Instalments are a small part of income (%(value)s)"),
    "due_fair": gettext_noop("Instalments are a fair part of income (%(value)s)"),
    "due_heavy": gettext_noop("Instalments are a large part of income (%(value)s)"),
    "due_crushing": gettext_noop("Instalments take most of the income (%(value)s)"),
    "income_unknown": gettext_noop("Income is not known"),
    "debt_light": gettext_noop("The debt is small against a year's income (%(value)s)"),
    "debt_fair": gettext_noop("The debt is moderate against a year's income (%(value)s)"),
    "debt_heavy": gettext_noop("The debt is large against a year's income (%(value)s)"),
    "debt_unknown": gettext_noop("The debt cannot be set against income, which is not known"),
    "score_good": gettext_noop("Credit score is good (%(value)s)"),
    "score_fair": gettext_noop("Credit score is fair (%(value)s)"),
    "score_poor": gettext_noop("Credit score is poor (%(value)s)"),
    "score_unknown": gettext_noop("No credit score was given"),
    "employed": gettext_noop("An employer is known"),
    "not_employed": gettext_noop("Is known to be without an employer"),
    "employer_unknown": gettext_noop("No employer was given"),
}
