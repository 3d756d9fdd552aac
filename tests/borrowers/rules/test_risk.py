"""The scorecard: grades on the 2 × 2, missing data, and what a wrong scorecard is told."""

from __future__ import annotations

import copy
import datetime as dt
import json
import tomllib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from borrowers.rules.risk import (
    CAPACITY,
    DEFAULT_SCORECARD_FILE,
    FACTORS,
    REASON_CODES,
    WILLINGNESS,
    RiskFacts,
    assess_risk,
    parse_scorecard,
)

ON = dt.date(2026, 11, 23)
DEFAULT_DATA = tomllib.loads(DEFAULT_SCORECARD_FILE.read_text("utf-8"))
DEFAULT = parse_scorecard(DEFAULT_DATA)

SMALL: dict[str, Any] = {
    "version": "test-1",
    "thresholds": {
        "willingness_high": 6,
        "capacity_high": 6,
        "willingness_very_low": 3,
        "capacity_very_low": 3,
    },
    "willingness": [
        {
            "factor": "times_late",
            "bands": [
                {"max": 1, "points": 10, "code": "never_late"},
                {"min": 1, "max": 3, "points": 4, "code": "late_seldom"},
                {"min": 3, "points": 0, "code": "late_often"},
                {"missing": True, "points": 5, "code": "lateness_unknown"},
            ],
        }
    ],
    "capacity": [
        {
            "factor": "due_to_income",
            "bands": [
                {"max": "0.3", "points": 10, "code": "due_light"},
                {"min": 0.3, "max": 0.5, "points": 4, "code": "due_heavy"},
                {"min": 0.5, "points": 0, "code": "due_crushing"},
                {"missing": True, "points": 5, "code": "income_unknown"},
            ],
        }
    ],
}


def facts(times_late: int | None, due: str | None, income: str = "1000") -> RiskFacts:
    return RiskFacts(
        times_late=times_late,
        monthly_due=None if due is None else Decimal(due),
        monthly_income=Decimal(income),
    )


@pytest.mark.parametrize(
    ("times_late", "due", "grade", "willing", "able"),
    [
        (0, "299.94", "A", True, True),  # 0.2999 of income: the figure shown is the one that is banded
        (1, "100", "B", False, True),  # able, less willing
        (0, "300", "C", True, False),  # willing, less able
        (2, "499.94", "D", False, False),
        (3, "499.94", "D", False, False),  # very low on one axis only
        (3, "500", "E", False, False),
        (None, "500", "D", False, False),  # 5 points for not knowing: neither high nor very low
    ],
)
def test_grades_stand_on_both_axes(times_late, due, grade, willing, able):
    result = assess_risk(facts(times_late, due), parse_scorecard(SMALL), ON)
    assert (result.grade, result.willingness_high, result.capacity_high) == (grade, willing, able)
    assert (result.version, result.on) == ("test-1", ON)


def test_the_mixed_corners_may_be_swapped():
    card = parse_scorecard({**SMALL, "grades": {"able": "C", "willing": "B"}})
    assert assess_risk(facts(1, "100"), card, ON).grade == "C"
    assert assess_risk(facts(0, "300"), card, ON).grade == "B"


def test_a_reason_gives_value_points_and_code():
    late: Any
    due: Any
    late, due = assess_risk(facts(2, "100", "3000"), parse_scorecard(SMALL), ON).reasons
    assert (late.axis, late.value, late.points, late.max_points, late.code) == (WILLINGNESS, 2, 4, 10, "late_seldom")
    assert (due.axis, due.value, due.points, due.code) == (CAPACITY, Decimal("0.0333"), 10, "due_light")


def test_missing_data_is_a_reason_of_its_own():
    result = assess_risk(RiskFacts(), DEFAULT, ON)
    assert all(r.missing and r.value is None for r in result.reasons)
    assert {r.factor for r in result.reasons} == set(FACTORS)
    # Neutral: an empty file is neither good nor the worst.
    assert result.grade == "D"
    income = assess_risk(facts(0, None), parse_scorecard(SMALL), ON).reasons[1]
    assert (income.missing, income.code, income.points) == (True, "income_unknown", 5)


def test_an_income_of_nothing_is_a_fact_and_not_a_gap():
    due = assess_risk(facts(0, "1", "0"), parse_scorecard(SMALL), ON).reasons[1]
    assert (due.missing, due.code, due.value) == (False, "due_crushing", Decimal("99.99"))


def test_derived_factors():
    known = RiskFacts(
        broken_promises=1,
        kept_promises=2,
        outstanding_debt=Decimal(6000),
        monthly_income=Decimal(1000),
        employer_known=False,
    )
    values = {r.factor: r.value for r in assess_risk(known, DEFAULT, ON).reasons}
    assert values["promises_kept_share"] == Decimal("0.6667")
    assert values["debt_to_income"] == Decimal("0.5")
    assert values["employer_known"] == 0
    none_matured = RiskFacts(broken_promises=0, kept_promises=0)
    reasons = {r.factor: r for r in assess_risk(none_matured, DEFAULT, ON).reasons}
    assert reasons["promises_kept_share"].missing
    assert not reasons["broken_promises"].missing


def test_the_default_gives_a_hundred_points_an_axis_and_every_grade():
    for axis in (WILLINGNESS, CAPACITY):
        assert sum(f.max_points for f in DEFAULT.factors if FACTORS[f.name].axis == axis) == 100
    good_will = {"times_late": 0, "longest_run_days": 0, "broken_promises": 0}
    bad_will = {"times_late": 9, "longest_run_days": 120, "broken_promises": 3, "kept_promises": 0}
    rich = {"monthly_income": Decimal(20000), "monthly_due": Decimal(500), "outstanding_debt": Decimal(5000)}
    poor = {"monthly_income": Decimal(1000), "monthly_due": Decimal(900), "outstanding_debt": Decimal(50000)}
    grades = [
        assess_risk(RiskFacts(**known), DEFAULT, ON).grade
        for known in (good_will | rich, bad_will | rich, good_will | poor, {}, bad_will | poor)
    ]
    assert grades == ["A", "B", "C", "D", "E"]


def test_json_and_toml_give_the_same_scorecard():
    assert parse_scorecard(json.loads(json.dumps(DEFAULT_DATA))) == DEFAULT
    exact = tomllib.loads(DEFAULT_SCORECARD_FILE.read_text("utf-8"), parse_float=Decimal)
    assert parse_scorecard(exact) == DEFAULT


def test_every_reason_code_has_words_that_can_be_filled():
    for text in REASON_CODES.values():
        assert text % {"value": "3"} if "%" in text else text


MISSING = object()


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        (("version",), "", "version", "40 characters"),
        (("colour",), 1, "colour", "not known here"),
        (("willingness",), [], "willingness", "at least one factor"),
        (("willingness", 0), "x", "willingness[0]", "table"),
        (("willingness", 0, "factor"), "shoe_size", "willingness[0].factor", "not a factor of willingness"),
        (("willingness", 0, "factor"), "credit_score", "willingness[0].factor", "not a factor of willingness"),
        (("willingness", 0, "weight"), 2, "willingness[0].weight", "not known here"),
        (("willingness", 0, "bands", 1, "min"), 0, "willingness[0].bands[1].min", "overlaps"),
        (("willingness", 0, "bands", 1, "min"), 2, "willingness[0].bands[1].min", "gap: values from 1 to 2"),
        (("willingness", 0, "bands", 1, "max"), 1, "willingness[0].bands[1].max", "above min"),
        (("willingness", 0, "bands", 1, "max"), MISSING, "willingness[0].bands[2].min", "overlaps"),
        (("willingness", 0, "bands", 0, "min"), 0, "willingness[0].bands[0].min", "gap: values below 0"),
        (("willingness", 0, "bands", 2, "max"), 9, "willingness[0].bands", "gap: values from 9 on"),
        (("willingness", 0, "bands", 3), MISSING, "willingness[0].bands", "missing = true"),
        (("willingness", 0, "bands", 3, "min"), 1, "willingness[0].bands[3]", "neither min nor max"),
        (("willingness", 0, "bands", 0, "points"), 1.5, "willingness[0].bands[0].points", "whole number"),
        (("willingness", 0, "bands", 0, "points"), True, "willingness[0].bands[0].points", "whole number"),
        (("willingness", 0, "bands", 0, "points"), -1, "willingness[0].bands[0].points", "whole number"),
        (("willingness", 0, "bands", 0, "code"), "odd", "willingness[0].bands[0].code", "known reason code"),
        (("willingness", 0, "bands", 1, "min"), "one", "willingness[0].bands[1].min", "not a number"),
        (("willingness", 0, "bands", 1, "min"), "NaN", "willingness[0].bands[1].min", "not a number"),
        (("thresholds",), MISSING, "thresholds", "table"),
        (("thresholds", "capacity_high"), MISSING, "thresholds.capacity_high", "whole number"),
        (("thresholds", "capacity_high"), 11, "thresholds.capacity_high", "between 1 and 10"),
        (("thresholds", "capacity_very_low"), 7, "thresholds.capacity_very_low", "not be above"),
        (("grades",), {"able": "B", "willing": "B"}, "grades", "each once"),
    ],
)
def test_a_wrong_scorecard_is_told_what_and_where(path, value, where, words):
    data = copy.deepcopy(SMALL)
    spot: Any = data
    for step in path[:-1]:
        spot = spot[step]
    if value is MISSING:
        del spot[path[-1]]
    else:
        spot[path[-1]] = value
    with pytest.raises(InputError) as refusal:
        parse_scorecard(data)
    assert refusal.value.where == where
    assert words in refusal.value.text


def test_the_same_factor_twice_and_no_table_at_all_are_refused():
    with pytest.raises(InputError, match="twice"):
        parse_scorecard({**SMALL, "capacity": SMALL["capacity"] * 2})
    with pytest.raises(InputError):
        parse_scorecard([])


money = st.none() | st.integers(0, 10**9).map(lambda c: Decimal(c) / 100)
any_facts = st.builds(
    RiskFacts,
    times_late=st.none() | st.integers(0, 100),
    longest_run_days=st.none() | st.integers(0, 4000),
    broken_promises=st.none() | st.integers(0, 20),
    kept_promises=st.none() | st.integers(0, 20),
    contact_reachability=st.none() | st.decimals(0, 1, places=4),
    monthly_income=money,
    monthly_due=money,
    outstanding_debt=money,
    credit_score=st.none() | st.integers(0, 1000),
    employer_known=st.none() | st.booleans(),
)


@given(any_facts)
def test_any_facts_get_a_grade_and_the_reasons_add_up(known):
    result = assess_risk(known, DEFAULT, ON)
    assert result.grade in {"A", "B", "C", "D", "E"}
    for axis, points in ((WILLINGNESS, result.willingness_points), (CAPACITY, result.capacity_points)):
        assert sum(r.points for r in result.reasons if r.axis == axis) == points
    for reason in result.reasons:
        assert 0 <= reason.points <= reason.max_points
        assert reason.code in REASON_CODES
        assert reason.missing == (reason.value is None)


@given(any_facts, st.integers(1, 50))
def test_being_late_more_often_never_helps(known, more):
    worse = RiskFacts(times_late=(known.times_late or 0) + more)
    better = RiskFacts(times_late=known.times_late or 0)
    assert assess_risk(worse, DEFAULT, ON).willingness_points <= assess_risk(better, DEFAULT, ON).willingness_points
