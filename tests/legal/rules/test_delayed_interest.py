"""Interest for delayed performance, by hand and against a count of single days."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from legal.rules.delayed_interest import delayed_interest

DEADLINE = dt.date(2026, 1, 1)
ONE = dt.timedelta(days=1)
D = Decimal


def test_each_part_bears_it_until_it_is_paid():
    result = delayed_interest(D(10000), DEADLINE, [(DEADLINE + 10 * ONE, D(4000))], DEADLINE + 30 * ONE)
    assert [(line.amount, line.days) for line in result.lines] == [(D(4000), 10), (D(6000), 30)]
    assert (result.interest, result.base_left) == (D("38.50"), D(6000))


def test_what_is_paid_in_time_bears_none():
    result = delayed_interest(D(100), DEADLINE, [(DEADLINE, D(100))], DEADLINE + 99 * ONE)
    assert (result.interest, result.lines) == (D(0), ())


def test_what_is_left_over_pays_the_interest():
    result = delayed_interest(D(10000), DEADLINE, [(DEADLINE + 10 * ONE, D(10010))], DEADLINE + 30 * ONE)
    assert (result.interest, result.interest_paid, result.base_left) == (D("17.50"), D(10), D(0))


cents = st.integers(1, 500_000).map(lambda amount: D(amount) / 100)
days = st.integers(-10, 90)


@given(cents, st.lists(st.tuples(days, cents), max_size=4), days)
def test_equals_a_count_of_single_days(base, payments, on):
    paid = [(DEADLINE + day * ONE, amount) for day, amount in payments]
    total = Fraction(0)
    for day in range(max(0, on)):
        known = sum((amount for at, amount in payments if at <= day), D(0))
        total += Fraction(max(D(0), base - known)) * Fraction(175, 1_000_000)
    result = delayed_interest(base, DEADLINE, paid, DEADLINE + on * ONE)
    assert Fraction(result.product) * Fraction(175, 1_000_000) == total
    assert sum(line.amount for line in result.lines if not line.paid) in (0, result.base_left)
