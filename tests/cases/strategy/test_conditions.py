"""Conditions: typed, closed, and free of the clock."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from borrowers.errors import InputError
from cases.strategy.conditions import FACT_TYPES, CaseFacts, check_condition, condition_holds

FACTS = CaseFacts("M2", 40, "B", Decimal("500.00"), Decimal("900.00"), "reminding", "ABC", "CNY")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", True),
        ("   ", True),
        ('bucket in ["M1", "M2"] and overdue_amount >= 500', True),
        ("overdue_amount >= 500.01", False),
        ('bucket == "M1" or days_past_due > 39', True),
        ('grade in ["D", "E"]', False),
        ("not promise_open", True),
        ('creditor == "ABC" and currency == "CNY" and stage != "legal"', True),
        ("outstanding_amount - overdue_amount == 400", True),
    ],
)
def test_condition_is_read_and_answered(text, holds):
    check_condition(text)
    assert condition_holds(text, FACTS) is holds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bukket == 1", "no fact “bukket”"),
        ("bucket ==", "cannot be read"),
        ("bucket > 3", "cannot be read"),
        ("days_past_due", "yes or no"),
        ('"M1"', "yes or no"),
        ("1 / (days_past_due - 1) > 0", "cannot be worked out"),
        ("$now > d'2020-01-01'", "“$”"),
        ('bucket =~ "(a+)+$"', "may not be used"),
        ("bucket.__class__ == 1", "cannot be read"),
    ],
)
def test_wrong_condition_is_refused_with_its_place(text, words):
    with pytest.raises(InputError) as caught:
        check_condition(text, "steps[2].condition")
    assert caught.value.where == "steps[2].condition"
    assert words in str(caught.value)


def test_every_fact_can_be_asked_for():
    assert set(FACT_TYPES) == set(CaseFacts.__slots__)


def test_answer_follows_the_facts_and_not_an_earlier_answer():
    text = 'bucket == "M2"'
    assert condition_holds(text, FACTS)
    assert not condition_holds(text, replace(FACTS, bucket="M3"))
    assert condition_holds(text, replace(FACTS, grade="E"))


def test_condition_that_fails_on_the_facts_does_not_hold():
    assert not condition_holds("1 / (days_past_due - 40) > 0", FACTS)
