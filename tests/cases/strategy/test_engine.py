"""Choosing a strategy and dating its steps."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from cases.strategy.conditions import CaseFacts
from cases.strategy.engine import StepRule, StrategyRule, choose_strategy, dated_steps
from cases.strategy.priority import priority_of

FACTS = CaseFacts("M1", 10, "B", Decimal(500), Decimal(900), "reminding", "ABC", "CNY")
DUE = dt.date(2026, 1, 31)


def test_first_that_fits_wins_and_another_creditors_is_passed_over():
    others = StrategyRule(1, "others", 1, creditor="XYZ")
    late = StrategyRule(2, "late", 1, condition="days_past_due > 30")
    ours = StrategyRule(3, "ours", 1, creditor="ABC")
    rest = StrategyRule(4, "rest", 1)
    assert choose_strategy([others, late, ours, rest], FACTS) is ours
    assert choose_strategy([others, late, rest, ours], FACTS) is rest
    assert choose_strategy([others, late], FACTS) is None


def test_steps_are_counted_from_the_due_date_by_calendar_days():
    rules = (
        StepRule("later", 30, "phone"),
        StepRule("before", -3, "sms"),
        StepRule("same", 0, "sms"),
        StepRule("only_e", 5, "phone", condition='grade == "E"'),
    )
    steps = dated_steps(StrategyRule(1, "s", 1, steps=rules), FACTS, DUE)
    assert [(s.code, s.due_on) for s in steps] == [
        ("before", dt.date(2026, 1, 28)),
        ("same", DUE),
        ("later", dt.date(2026, 3, 2)),
    ]
    assert all(s.anchor_on == DUE for s in steps)


def test_letters_and_their_notices_are_formal():
    formal = [StepRule("a", 1, "demand_letter"), StepRule("b", 1, "legal_review"), StepRule("c", 1, "sms", "x_notice")]
    assert all(rule.is_formal for rule in formal)
    assert not StepRule("d", 1, "sms", "reminder_soft").is_formal


class TestPriority:
    base = {
        "broken_promise": False,
        "bucket": "M1",
        "buckets": ["M0", "M1", "M2"],
        "overdue_amount": Decimal(400),
        "grade": "A",
        "next_step_on": None,
        "on": DUE,
    }

    def test_each_place_outweighs_all_after_it(self):
        day = dt.timedelta(days=1)
        worst_after = {"overdue_amount": Decimal(10**9), "grade": "B", "next_step_on": DUE - 30 * day}
        ladder = [
            priority_of(**self.base),
            priority_of(**{**self.base, "next_step_on": DUE - day}),
            priority_of(**{**self.base, "grade": "B"}),
            priority_of(**{**self.base, "overdue_amount": Decimal(500)}),
            priority_of(**{**self.base, **worst_after}),
            priority_of(**{**self.base, "bucket": "M2"}),
            priority_of(**{**self.base, **worst_after, "bucket": "M2"}),
            priority_of(**{**self.base, "broken_promise": True, "bucket": "M0"}),
        ]
        assert ladder == sorted(set(ladder))

    def test_step_to_come_is_not_late(self):
        coming = priority_of(**{**self.base, "next_step_on": DUE + dt.timedelta(days=5)})
        assert coming == priority_of(**self.base)

    def test_unknown_bucket_and_grade_do_not_fail(self):
        assert priority_of(**{**self.base, "bucket": "X", "grade": ""}) >= 0


def test_facts_are_not_changed_by_asking():
    before = replace(FACTS)
    choose_strategy([StrategyRule(1, "s", 1, condition="days_past_due > 1")], FACTS)
    assert before == FACTS
