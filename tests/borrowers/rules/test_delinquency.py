"""How late a loan is: edges in tables, and agreement with a model that walks day by day and cent by cent."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from borrowers.rules.delinquency import Instalment, Pause, Payment, assess, bucket_for, check_buckets, paused_days
from tests.borrowers.rules.histories import day, histories, instalment

ON = dt.date(2026, 11, 23)


def ago(days: int) -> dt.date:
    return ON - dt.timedelta(days)


@pytest.mark.parametrize(
    ("due_days_ago", "paid", "days", "bucket", "overdue"),
    [
        (-1, "0", 0, "M0", "0"),  # due tomorrow: nothing is overdue
        (0, "0", 0, "M0", "100"),  # due today and unpaid: overdue, but not a day past due
        (1, "0", 1, "M1", "100"),
        (30, "0", 30, "M1", "100"),
        (31, "0", 31, "M2", "100"),
        (180, "0", 180, "M6", "100"),
        (181, "0", 181, "M7+", "100"),
        (31, "99.99", 31, "M2", "0.01"),  # a cent short is still late
        (31, "100", 0, "M0", "0"),
    ],
)
def test_one_instalment(due_days_ago, paid, days, bucket, overdue):
    state = assess(ON, [instalment(1, ago(due_days_ago), "100")], [Payment(ago(0), Decimal(paid))])
    assert (state.days_past_due, state.bucket, state.overdue_amount) == (days, bucket, Decimal(overdue))
    assert state.oldest_due_on == (ago(due_days_ago) if state.overdue_amount else None)
    assert state.outstanding_amount == 100 - Decimal(paid)


def test_money_covers_the_oldest_due_date_whatever_the_order_of_the_rows():
    schedule = [instalment(2, ago(10), "100"), instalment(1, ago(40), "100"), instalment(3, ago(-20), "100")]
    state: Any = assess(ON, schedule, [Payment(ago(5), Decimal(150))])
    assert (state.oldest_due_on, state.overdue_amount, state.outstanding_amount) == (ago(10), 50, 150)


def test_a_payment_counts_from_its_date_and_a_reversal_from_its_own():
    schedule = [instalment(1, ago(40), "100")]
    paid = [Payment(ago(30), Decimal(100)), Payment(ago(10), Decimal(-100))]
    assert assess(ago(31), schedule, paid).days_past_due == 9
    assert assess(ago(30), schedule, paid).days_past_due == 0
    assert assess(ago(11), schedule, paid).days_past_due == 0
    assert assess(ago(10), schedule, paid).days_past_due == 30  # late again from the first due date


def test_an_instalment_of_nothing_is_never_unpaid_and_an_overpayment_never_negative():
    schedule = [instalment(1, ago(90), "0"), instalment(2, ago(5), "10")]
    assert assess(ON, schedule).oldest_due_on == ago(5)
    assert assess(ON, schedule, [Payment(ago(1), Decimal(1000))]).outstanding_amount == 0
    assert assess(ON, schedule, [Payment(ago(1), Decimal(-1000))]).outstanding_amount == 10
    assert assess(ON, []).bucket == "M0"


@pytest.mark.parametrize(
    ("grace", "pauses", "delinquent"),
    [
        (0, [], 40),
        (39, [], 1),
        (40, [], 0),
        (41, [], 0),
        (5, [Pause(ago(20), ago(10))], 25),
        (0, [Pause(ago(20), None)], 20),  # still running
        (0, [Pause(ago(20), ago(-30))], 20),  # ends after the day: counted up to it
        (0, [Pause(ago(20), ago(10)), Pause(ago(15), ago(5))], 25),  # overlap counted once
        (0, [Pause(ago(15), ago(12)), Pause(ago(20), ago(10))], 30),  # one inside the other
        (0, [Pause(ago(20), ago(10)), Pause(ago(10), ago(5))], 25),  # back to back
        (0, [Pause(ago(-5), None)], 40),  # not begun
        (0, [Pause(ago(10), ago(10))], 40),  # of no length
        (0, [Pause(ago(60), ago(35))], 15),  # taken literally: days before the due date count too
        (0, [Pause(ago(90), None)], 0),  # never below nothing
    ],
)
def test_grace_and_pauses(grace, pauses, delinquent):
    state = assess(ON, [instalment(1, ago(40), "100")], (), pauses, grace)
    assert (state.days_past_due, state.delinquent_days) == (40, delinquent)


def test_a_creditor_may_have_buckets_of_its_own():
    own = check_buckets([("C", 0), ("S1", 1), ("S2", 91)])
    assert [bucket_for(d, own) for d in (0, 1, 90, 91)] == ["C", "S1", "S1", "S2"]
    for wrong in ([], [("M1", 1)], [("M0", 0), ("M1", 0)], [("M0", 0), ("M0", 9)], [("", 0)]):
        with pytest.raises(InputError):
            check_buckets(wrong)


@given(histories(), st.integers(-50, 400))
def test_agrees_with_paying_cent_by_cent(history, offset):
    schedule, payments = history
    on = day(offset)
    # The model: one owed cent at a time, oldest first, against a purse of cents.
    purse = max(0, sum(int(p.amount * 100) for p in payments if p.paid_on <= on))
    owed = [i.due_on for i in sorted(schedule, key=lambda i: (i.due_on, i.number)) for _ in range(int(i.total * 100))]
    unpaid = owed[purse:]
    late = [due for due in unpaid if due <= on]
    state = assess(on, schedule, payments)
    assert int(state.outstanding_amount * 100) == len(unpaid)
    assert int(state.overdue_amount * 100) == len(late)
    assert state.oldest_due_on == (late[0] if late else None)
    assert state.days_past_due == ((on - late[0]).days if late else 0)


@given(histories(), st.integers(0, 300), st.integers(0, 60), st.integers(0, 20))
def test_without_payments_a_day_later_is_never_less_late(history, offset, later, grace):
    schedule, _ = history
    before = assess(day(offset), schedule, grace_days=grace)
    after = assess(day(offset + later), schedule, grace_days=grace)
    assert after.days_past_due >= before.days_past_due
    assert after.delinquent_days >= before.delinquent_days
    assert after.overdue_amount >= before.overdue_amount


@given(st.lists(st.tuples(st.integers(-60, 60), st.none() | st.integers(0, 60)), max_size=6))
def test_paused_days_agree_with_a_calendar(spans):
    pauses = [Pause(day(s), None if length is None else day(s + length)) for s, length in spans]
    on = day(30)
    calendar = [day(d) for d in range(-200, 30)]
    paused = [d for d in calendar if any(p.start <= d and (p.end is None or d < p.end) for p in pauses)]
    assert paused_days(on, pauses) == len(paused)


def test_sixty_instalments_are_cheap():
    schedule = [Instalment(n, day(30 * n), Decimal("83.33"), Decimal("10.01")) for n in range(60)]
    payments = [Payment(day(30 * n), Decimal("93.34")) for n in range(30)]
    started = time.perf_counter()
    for _ in range(100):
        assess(day(1200), schedule, payments)
    # Some 40 µs each; twenty times that would be a mistake in the shape, not a slow machine.
    assert time.perf_counter() - started < 0.2
