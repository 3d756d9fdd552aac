"""Plans of arrangements: by hand, and that nothing is added or lost whatever is owed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from borrowers.rules.arrangements import (
    PAY_ORDER,
    ArrangementPolicy,
    Authority,
    Budget,
    Need,
    Parts,
    affordable,
    defer,
    forgive,
    in_instalments,
    may_approve,
    months_left,
    needed_approval,
    propose,
    settle,
)
from borrowers.rules.months import add_months

ON = dt.date(2026, 1, 31)
D = Decimal
OWED = Parts(fee=D("10.00"), interest=D("50.00"), penalty=D("40.00"), principal=D("900.00"))
POLICY = ArrangementPolicy()


def test_what_is_left_of_the_month_less_a_cushion():
    assert affordable(Budget(D(5000), D(3000), D(1000)), POLICY) == D("800.00")
    assert affordable(Budget(D(3000), D(5000)), POLICY) == 0
    assert affordable(Budget(D("0.04"), D(0)), POLICY) == D("0.03")


@pytest.mark.parametrize("name", ["income", "spending", "other_debts"])
def test_negative_sums_are_refused(name):
    with pytest.raises(InputError) as refusal:
        affordable(replace(Budget(D(1), D(1)), **{name: D(-1)}), POLICY)
    assert refusal.value.where == name


def test_equal_instalments_the_last_takes_the_rest():
    plan = in_instalments(OWED, 3, ON)
    assert [(str(line.due_on), line.total) for line in plan.lines] == [
        ("2026-01-31", D("333.33")), ("2026-02-28", D("333.33")), ("2026-03-31", D("333.34")),
    ]  # fmt: skip
    assert plan.lines[0].parts == Parts(D(10), D(50), D(40), D("233.33"))


def test_a_settlement_forgives_what_the_debt_grew_by_first():
    plan = settle(OWED, ON, D("0.12"))
    assert plan.forgiven == Parts(fee=D(10), interest=D(50), penalty=D(40), principal=D(20))
    assert (plan.total, plan.discount) == (D("880.00"), D("0.12"))


def test_a_waiver_leaves_the_schedule():
    plan = forgive(OWED, Parts(penalty=D(40)))
    assert (plan.lines, plan.forgiven.total, plan.limitation) == ((), D(40), "none")


@pytest.mark.parametrize("parts", [Parts(), Parts(penalty=D("40.01")), Parts(fee=D(-1))])
def test_what_cannot_be_waived(parts):
    with pytest.raises(InputError):
        forgive(OWED, parts)


def test_the_proposals_can_be_afforded_and_differ():
    plans = propose(OWED, Budget(D(5000), D(4500)), POLICY, ON, add_months(ON, 1))
    assert [(p.kind, p.months, p.monthly) for p in plans] == [
        ("instalments", 3, D("333.34")), ("instalments", 4, D("250.00")), ("deferral", 1, D("1000.00")),
    ]  # fmt: skip


def test_nothing_is_proposed_that_cannot_be_kept():
    assert propose(OWED, Budget(D(5000), D(4980)), POLICY, ON, ON) == ()
    assert propose(Parts(principal=D(100_000)), Budget(D(5000), D(4900)), POLICY, ON, ON) == ()


cents = st.integers(0, 300_000).map(lambda amount: D(amount) / 100)
debts = st.builds(Parts, cents, cents, cents, cents).filter(lambda parts: parts.total >= 1)


def conserved(owed, plan):
    for name in PAY_ORDER:
        asked = sum((getattr(line.parts, name) for line in plan.lines), D(0))
        assert asked + getattr(plan.forgiven, name) == getattr(owed, name)
        assert all(getattr(line.parts, name) >= 0 for line in plan.lines)
    assert all(line.total > 0 for line in plan.lines)
    assert [line.due_on for line in plan.lines] == sorted({line.due_on for line in plan.lines})


@given(debts, st.integers(1, 60), st.integers(0, 400))
def test_instalments_ask_for_exactly_what_is_owed(owed, months, ahead):
    plan = in_instalments(owed, months, ON + dt.timedelta(days=ahead))
    conserved(owed, plan)
    assert len(plan.lines) == months
    assert max(line.total for line in plan.lines[:-1] or plan.lines) - plan.lines[-1].total <= D("0.01") * months


@given(debts, st.integers(0, 99), st.integers(0, 90))
def test_settlement_and_deferral_lose_nothing(owed, per_cent, days):
    conserved(owed, settle(owed, ON + dt.timedelta(days=days), D(per_cent) / 100))
    conserved(owed, defer(owed, ON + dt.timedelta(days=days)))


@given(debts, cents, cents, cents, st.integers(0, 2000))
def test_proposals_keep_within_policy_and_budget(owed, income, spending, other, ahead):
    budget, first_on = Budget(income, spending, other), ON + dt.timedelta(days=ahead)
    plans = propose(owed, budget, POLICY, ON, first_on)
    assert len(plans) <= 3
    for plan in plans:
        conserved(owed, plan)
        assert plan.months <= POLICY.max_months
        assert plan.discount <= POLICY.max_discount + D("0.01")
        assert all(first_on <= line.due_on <= add_months(ON, POLICY.max_months) for line in plan.lines)
        if plan.kind == "deferral":
            assert plan.last_due_on <= ON + dt.timedelta(days=POLICY.max_deferral_days)
        if plan.kind == "settlement":
            assert plan.last_due_on <= ON + dt.timedelta(days=POLICY.settle_within_days)
        if plan.kind == "instalments":
            assert plan.monthly <= affordable(budget, POLICY) + D("0.01") * plan.months


def test_a_calendar_has_an_end():
    with pytest.raises(InputError) as refusal:
        in_instalments(OWED, 6, dt.date(9999, 12, 31))
    assert refusal.value.where == "first_on"


@pytest.mark.parametrize(
    ("first_on", "months"), [(ON, 60), (add_months(ON, 1), 60), (add_months(ON, 2), 59), (add_months(ON, 61), 0)]
)
def test_a_plan_ends_within_sixty_months(first_on, months):
    assert months_left(POLICY, ON, first_on) == months


MATRIX = (
    Authority("collector", "instalments", max_months=6, max_amount=D(5000)),
    Authority("supervisor", "instalments", max_months=24, second_pair_above=D(20_000)),
    Authority("manager", "instalments", max_months=60, second_pair_above=D(20_000)),
    Authority("supervisor", "settlement", max_discount=D("0.10")),
)


@pytest.mark.parametrize(
    ("amount", "months", "need"),
    [
        (1000, 6, Need("collector", 1)), (5001, 6, Need("supervisor", 1)), (1000, 7, Need("supervisor", 1)),
        (20_001, 7, Need("supervisor", 2)), (1000, 25, Need("manager", 1)), (50_000, 60, Need("manager", 2)),
    ],
)  # fmt: skip
def test_who_must_approve(amount, months, need):
    assert needed_approval(in_instalments(Parts(principal=D(amount)), months, ON), ON, MATRIX) == need


def test_what_was_forgiven_before_counts():
    half = forgive(Parts(principal=D(950)), Parts(principal=D(50)))
    matrix = (Authority("supervisor", "waiver", max_discount=D("0.10")),)
    assert needed_approval(half, ON, matrix, D(50)) == Need("supervisor", 1)
    with pytest.raises(InputError, match="beyond"):
        needed_approval(half, ON, matrix, D("60"))
    # A plan that forgives nothing has no discount, whatever was forgiven before.
    assert needed_approval(in_instalments(OWED, 3, ON), ON, MATRIX, D(500)) == Need("collector", 1)


def test_what_nobody_may_approve_is_refused():
    with pytest.raises(InputError, match="beyond"):
        needed_approval(settle(OWED, ON, D("0.2")), ON, MATRIX)


def test_nobody_approves_their_own_and_nobody_twice():
    need = Need("supervisor", 2)
    assert may_approve(need, "supervisor", 2, 1, [])
    assert may_approve(need, "manager", 2, 1, [3])
    assert not may_approve(need, "collector", 2, 1, [])
    assert not may_approve(need, "supervisor", 1, 1, [])
    assert not may_approve(need, "supervisor", 2, 1, [2])
