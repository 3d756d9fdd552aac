"""Times late and longest run, from due dates and payments."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.rules.delinquency import Instalment, Payment, assess
from cases.strategy.history import RepaymentHistory, monthly_due, repayment_history

DUE = dt.date(2026, 1, 1)


def day(offset):
    return DUE + dt.timedelta(days=offset)


def money(*pairs):
    return [(day(offset), Decimal(amount)) for offset, amount in pairs]


SCHEDULE = money((0, 100), (30, 200), (60, 300))


@pytest.mark.parametrize(
    ("payments", "on", "expected"),
    [
        ([], 10, (1, 10)),
        ([], 70, (3, 70)),
        ([(0, 100)], 10, (0, 0)),
        ([(-5, 100)], 10, (0, 0)),
        ([(4, 100)], 10, (1, 4)),
        ([(4, 60)], 10, (1, 10)),
        ([(4, 60), (8, 40)], 10, (1, 8)),
        ([(0, 200), (65, 100)], 70, (1, 5)),
        # Taken back: as if it had never come.
        ([(0, 100), (5, -100)], 20, (1, 20)),
        ([(0, 100), (5, -100), (9, 100)], 20, (1, 9)),
        # Not yet known on the day.
        ([(15, 100)], 10, (1, 10)),
    ],
)
def test_history(payments, on, expected):
    assert repayment_history(SCHEDULE, money(*payments), day(on)) == RepaymentHistory(*expected)


def test_nothing_due_yet_is_not_known():
    assert repayment_history(SCHEDULE, [], day(-1)) == RepaymentHistory(None, None)


def test_days_of_grace_are_not_late_but_are_days():
    assert repayment_history(SCHEDULE, money((3, 100)), day(10), grace_days=3) == RepaymentHistory(0, 3)
    assert repayment_history(SCHEDULE, money((4, 100)), day(10), grace_days=3) == RepaymentHistory(1, 4)


def test_two_loans_add_up():
    assert RepaymentHistory(2, 40) + RepaymentHistory(1, 50) == RepaymentHistory(3, 50)
    assert RepaymentHistory() + RepaymentHistory(1, 5) == RepaymentHistory(1, 5)


@given(st.lists(st.tuples(st.integers(-10, 100), st.integers(1, 150)), max_size=6), st.integers(0, 100))
def test_longest_run_is_the_most_days_past_due_there_ever_was(pairs, on):
    """Without reversals: the greatest days_past_due that the delinquency calculator gives on any day so far, the day
    on which it was paid counted to its end."""
    payments = sorted(money(*pairs))
    instalments = [Instalment(n, due, Decimal(100)) for n, (due, _total) in enumerate(SCHEDULE)]
    paid = [Payment(*pair) for pair in payments]
    worst = max(assess(day(d), instalments, paid).days_past_due for d in range(on + 1))
    found = repayment_history(SCHEDULE, payments, day(on)).longest_run_days
    assert worst <= found <= worst + 1


@pytest.mark.parametrize(
    ("on", "expected"), [(-40, 0), (-1, 100), (0, 100), (10, 100), (59, 100), (60, 100), (400, 100)]
)
def test_monthly_due(on, expected):
    assert monthly_due(SCHEDULE, day(on)) == expected


def test_monthly_due_of_weekly_instalments():
    weekly = money(*[(7 * n, 25 * (n + 1)) for n in range(20)])
    assert monthly_due(weekly, day(0)) == 100
