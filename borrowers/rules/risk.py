"""How a case is likely to go, as a scorecard in points that a supervisor can read aloud.

Two axes: willingness (还款意愿), from how the borrower behaved, and capacity (还款能力), from what he has against
what he owes. Each factor's value falls into one band; the band gives points and a reason code. What is not known
has points of its own, set in the scorecard and shown as a reason of its own: nothing is guessed. The grade is the
place on the 2 × 2 of both axes:

                      capacity high            capacity low
    willingness high  A                        willing, less able: C
    willingness low   able, less willing: B    D; E when both are very low

The mixed grades may be swapped in the scorecard. By default the able come first: their money exists, and asking,
letters and law bring it in; the willing who are not able first need time, and part of the debt may be lost.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from borrowers.rules.risk_factors import CAPACITY, FACTORS, REASON_CODES, WILLINGNESS, FactorKind, RiskFacts
from borrowers.rules.scorecard import Band, Factor, Scorecard, parse_scorecard

__all__ = [
    "CAPACITY",
    "DEFAULT_SCORECARD_FILE",
    "FACTORS",
    "GRADES",
    "REASON_CODES",
    "WILLINGNESS",
    "FactorKind",
    "Reason",
    "RiskAssessment",
    "RiskFacts",
    "Scorecard",
    "assess_risk",
    "parse_scorecard",
]

DEFAULT_SCORECARD_FILE = Path(__file__).with_name("scorecard_default.toml")
GRADES = ("A", "B", "C", "D", "E")


@dataclass(frozen=True, slots=True)
class Reason:
    """One factor's part in the grade. `value` None: not known (`missing`)."""

    factor: str
    axis: str
    value: Decimal | None
    points: int
    max_points: int
    code: str
    missing: bool


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    grade: str
    willingness_points: int
    capacity_points: int
    willingness_high: bool
    capacity_high: bool
    reasons: tuple[Reason, ...]
    version: str
    on: dt.date


def assess_risk(facts: RiskFacts, scorecard: Scorecard, on: dt.date) -> RiskAssessment:
    """The grade of `facts` by `scorecard`, as of the day `on`, with the reasons in the scorecard's order."""
    reasons = tuple(_reason(factor, facts) for factor in scorecard.factors)
    willingness = sum(r.points for r in reasons if r.axis == WILLINGNESS)
    capacity = sum(r.points for r in reasons if r.axis == CAPACITY)
    willing, able = willingness >= scorecard.willingness_high, capacity >= scorecard.capacity_high
    if willing and able:
        grade = "A"
    elif able:
        grade = scorecard.grade_able
    elif willing:
        grade = scorecard.grade_willing
    elif willingness < scorecard.willingness_very_low and capacity < scorecard.capacity_very_low:
        grade = "E"
    else:
        grade = "D"
    return RiskAssessment(grade, willingness, capacity, willing, able, reasons, scorecard.version, on)


def _reason(factor: Factor, facts: RiskFacts) -> Reason:
    kind = FACTORS[factor.name]
    value = kind.value(facts)
    if value is None:
        return Reason(factor.name, kind.axis, None, factor.missing_points, factor.max_points, factor.missing_code, True)
    # The first band is open below, so its lower end plays no part in the search.
    band = factor.bands[bisect_right(factor.bands[1:], value, key=_lower_end)]
    return Reason(factor.name, kind.axis, value, band.points, factor.max_points, band.code, False)


def _lower_end(band: Band) -> Decimal:
    assert band.min is not None  # only the first band has none
    return band.min
