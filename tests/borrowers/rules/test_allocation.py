"""Which part of an instalment a payment pays: tables, conservation, and a cent-by-cent model."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from borrowers.rules.allocation import (
    ACROSS,
    BY_COMPONENT,
    COMPONENTS,
    OLDEST_FIRST,
    Adjustment,
    allocate,
    allocate_lines,
)
from borrowers.rules.delinquency import Payment, assess
from tests.borrowers.rules.histories import day, histories, instalment, receipts, schedules

SCHEDULE = [
    instalment(1, day(30), "100", "10", "1"),
    instalment(2, day(60), "100", "8", "2"),
    instalment(3, day(90), "100", "6", "0"),
]
orders = st.permutations(COMPONENTS)


def paid(offset: int, amount: str, key: str = "", reverses: str = "") -> Payment:
    return Payment(day(offset), Decimal(amount), key, reverses)


def parts(split: Any) -> Any:
    return (split.fee, split.interest, split.principal, split.excess)


@pytest.mark.parametrize(
    ("across", "on_day", "amount", "expected", "owed_principal"),
    [
        (OLDEST_FIRST, 60, "0.50", ("0.50", 0, 0, 0), (100, 100, 100)),
        (OLDEST_FIRST, 60, "11", (1, 10, 0, 0), (100, 100, 100)),
        (OLDEST_FIRST, 60, "115", (3, 12, 100, 0), (0, 100, 100)),  # 111, then 2 fee and 2 interest
        (BY_COMPONENT, 60, "115", (3, 18, 94, 0), (6, 100, 100)),  # all fees, all interest, then principal
        (BY_COMPONENT, 59, "115", (3, 12, 100, 0), (0, 100, 100)),  # the second is not due: cleared after the first
        (BY_COMPONENT, 60, "221", (3, 18, 200, 0), (0, 0, 100)),
        (BY_COMPONENT, 60, "227", (3, 24, 200, 0), (0, 0, 100)),  # in advance: interest of the third
        (OLDEST_FIRST, 1, "327", (3, 24, 300, 0), (0, 0, 0)),
        (OLDEST_FIRST, 1, "327.01", (3, 24, 300, "0.01"), (0, 0, 0)),
        (BY_COMPONENT, 1, "400", (3, 24, 300, 73), (0, 0, 0)),
    ],
)
def test_one_payment(across, on_day, amount, expected, owed_principal):
    result: Any = allocate(SCHEDULE, [paid(on_day, amount)], across=across)
    assert parts(result.payments[0]) == tuple(Decimal(x) for x in expected)
    assert tuple(o.principal for o in result.owed) == owed_principal


def test_the_order_agreed_may_put_principal_first():
    result: Any = allocate(SCHEDULE, [paid(30, "105")], order=("principal", "fee", "interest"))
    assert parts(result.payments[0]) == (1, 4, 100, 0)


def test_payments_are_taken_by_date_and_those_of_a_day_as_given():
    result: Any = allocate(SCHEDULE, [paid(50, "10", "late"), paid(40, "1", "early"), paid(50, "100", "last")])
    assert [p.key for p in result.payments] == ["early", "late", "last"]
    assert [parts(p) for p in result.payments] == [(1, 0, 0, 0), (0, 10, 0, 0), (0, 0, 100, 0)]


def test_lines_have_one_row_for_each_payment_and_instalment():
    lines: list[Any] = allocate_lines(SCHEDULE, [paid(60, "115", "P1"), paid(61, "5", "P2")])
    assert [(x.payment_key, x.instalment_number, x.fee, x.interest, x.principal) for x in lines] == [
        ("P1", 1, 1, 10, 100),
        ("P1", 2, 2, 2, 0),
        ("P2", 2, 0, 5, 0),
    ]


def test_a_reversal_without_a_name_takes_back_the_latest_first():
    result: Any = allocate(SCHEDULE, [paid(30, "111"), paid(60, "12"), paid(61, "-3"), paid(62, "-10")])
    assert [parts(p) for p in result.payments] == [
        (1, 10, 100, 0),
        (2, 8, 2, 0),
        (0, -1, -2, 0),
        (-2, -7, -1, 0),
    ]
    assert (result.owed[0].principal, result.owed[1].fee, result.owed[1].interest) == (1, 2, 8)


def test_what_was_taken_back_is_paid_anew_by_the_next_payment():
    result: Any = allocate(SCHEDULE, [paid(30, "111"), paid(31, "-111"), paid(32, "11")])
    assert parts(result.payments[2]) == (1, 10, 0, 0)


def test_a_reversal_by_name_leaves_the_split_as_if_the_payment_had_never_come():
    payments = [paid(30, "111", "P1"), paid(60, "110", "P2"), paid(70, "-111", "R1", "P1")]
    result: Any = allocate(SCHEDULE, payments)
    assert [(x.payment_key, x.instalment_number) for x in result.lines] == [("P2", 1)]
    assert result.owed == allocate(SCHEDULE, [payments[1]]).owed
    assert [parts(p) for p in result.payments] == [(0, 0, 0, 0), (1, 10, 99, 0), (0, 0, 0, 0)]


def test_a_part_may_be_reversed_by_name():
    result: Any = allocate(SCHEDULE, [paid(30, "111", "P1"), paid(70, "-100", "R1", "P1")])
    assert parts(result.payments[0]) == (1, 10, 0, 0)


@pytest.mark.parametrize(
    ("payments", "where"),
    [
        ([paid(1, "5"), paid(2, "-6")], "payments[1].amount"),
        ([paid(3, "5"), paid(2, "-5")], "payments[1].amount"),  # nothing had come in by that day
        ([paid(1, "5", "A"), paid(2, "-6", "B", "A")], "payments[1].reverses"),
        ([paid(1, "5", "A"), paid(2, "-3", "B", "A"), paid(2, "-3", "C", "A")], "payments[2].reverses"),
        ([paid(2, "-3", "B", "nobody")], "payments[0].reverses"),
        ([paid(2, "-3", "B", "B")], "payments[0].reverses"),
        ([paid(1, "5", "A"), paid(2, "5", "B", "A")], "payments[1].amount"),
        ([paid(1, "5", "A"), paid(2, "5", "A")], "payments[1].key"),
    ],
)
def test_reversals_that_cannot_be(payments, where):
    with pytest.raises(InputError) as refusal:
        allocate(SCHEDULE, payments)
    assert refusal.value.where == where


def test_a_wrong_order_a_wrong_way_and_a_repeated_number_are_refused():
    for order in (["fee", "interest"], ["fee", "fee", "principal"], ["fee", "interest", "capital"]):
        with pytest.raises(InputError, match=r"^order: "):
            allocate(SCHEDULE, [], order)
    with pytest.raises(InputError, match=r"^across: "):
        allocate(SCHEDULE, [], across="newest_first")
    with pytest.raises(InputError, match=r"^instalments\[3\].number: "):
        allocate([*SCHEDULE, SCHEDULE[0]], [])


def net_received(payments) -> bool:
    """Whether by no day more was taken back than had come in (within the day, as given)."""
    purse = Decimal(0)
    for payment in sorted(payments, key=lambda p: p.paid_on):
        purse += payment.amount
        if purse < 0:
            return False
    return True


@given(histories(), orders, st.sampled_from(ACROSS))
def test_the_parts_are_the_whole_and_nothing_is_negative(history, order, across):
    schedule, payments = history
    # Reversals follow the payments they take back, so they can always be served.
    assert net_received(payments)
    result: Any = allocate(schedule, payments, order, across)
    in_order = sorted(payments, key=lambda p: p.paid_on)
    assert [sum(parts(p)) for p in result.payments] == [p.amount for p in in_order]
    for given_, owed in zip(schedule, result.owed, strict=True):
        for component in COMPONENTS:
            on_lines = sum(getattr(x, component) for x in result.lines if x.instalment_number == given_.number)
            assert getattr(owed, component) == getattr(given_, component) - on_lines >= 0
    for split in result.payments:
        for component in COMPONENTS:
            assert getattr(split, component) == sum(
                getattr(x, component) for x in result.lines if x.payment_key == split.key
            )
    # The ledger and the days past due cannot disagree on what is left.
    left = sum(o.fee + o.interest + o.principal for o in result.owed)
    assert left == assess(day(1000), schedule, payments).outstanding_amount
    assert sum(p.excess for p in result.payments) == 0 or left == 0
    assert len({(x.payment_key, x.instalment_number) for x in result.lines}) == len(result.lines)


@given(schedules(), receipts(), orders, st.sampled_from(ACROSS))
def test_agrees_with_a_model_that_pays_cent_by_cent(schedule, payments, order, across):
    oldest = sorted(schedule, key=lambda i: (i.due_on, i.number))
    owed = {(i.number, c): int(getattr(i, c) * 100) for i in schedule for c in COMPONENTS}
    expected = []
    for payment in sorted(payments, key=lambda p: p.paid_on):
        due = [i.number for i in oldest if i.due_on <= payment.paid_on]
        rest = [i.number for i in oldest if i.due_on > payment.paid_on]
        if across == BY_COMPONENT:
            queue = [(n, c) for c in order for n in due] + [(n, c) for n in rest for c in order]
        else:
            queue = [(i.number, c) for i in oldest for c in order]
        got = dict.fromkeys([*COMPONENTS, "excess"], 0)
        for _ in range(int(payment.amount * 100)):
            place = next((p for p in queue if owed[p]), None)
            if place:
                owed[place] -= 1
            got[place[1] if place else "excess"] += 1
        expected.append(tuple(Decimal(got[c]) / 100 for c in ("fee", "interest", "principal", "excess")))
    assert [parts(p) for p in allocate(schedule, payments, order, across).payments] == expected


@given(schedules(), receipts(), st.sampled_from(ACROSS), st.integers(1, 99))
def test_a_payment_in_two_of_the_same_day_pays_the_same(schedule, payments, across, share):
    halves = []
    for payment in payments:
        first = (payment.amount * share / 100).quantize(Decimal("0.01"))
        halves += [replace(payment, amount=first), replace(payment, amount=payment.amount - first)]
    assert allocate(schedule, halves, across=across).owed == allocate(schedule, payments, across=across).owed


@given(schedules(), receipts(), st.sampled_from(ACROSS), st.data())
def test_undone_by_name_is_as_if_never_made(schedule, payments, across, data):
    named = [replace(p, key=f"P{n}") for n, p in enumerate(payments)]
    undone = data.draw(st.sets(st.sampled_from(named))) if named else set()
    reversals = [Payment(day(400), -p.amount, "R" + p.key, p.key) for p in undone]
    with_reversals = allocate(schedule, named + reversals, across=across)
    without = allocate(schedule, [p for p in named if p not in undone], across=across)
    assert with_reversals.owed == without.owed
    assert with_reversals.lines == without.lines


def test_a_long_history_is_cheap():
    schedule = [instalment(n, day(30 * n), "83.33", "10.01", "1") for n in range(60)]
    payments = [paid(15 * n, "55.55") for n in range(100)]
    started = time.perf_counter()
    allocate(schedule, payments, across=BY_COMPONENT)
    # Some 3 ms.
    assert time.perf_counter() - started < 0.1


class TestAdjustments:
    def test_a_charge_is_paid_in_its_place_by_what_comes_after_it(self):
        fee = Adjustment(day(40), 1, "fee", Decimal(9))
        result: Any = allocate(SCHEDULE, [paid(39, "111"), paid(40, "20")], adjustments=[fee])
        assert [parts(split) for split in result.payments] == [(1, 10, 100, 0), (11, 8, 1, 0)]

    def test_of_one_day_the_charge_comes_first(self):
        fee = Adjustment(day(30), 1, "fee", Decimal(9))
        result: Any = allocate(SCHEDULE, [paid(30, "5")], adjustments=[fee])
        assert parts(result.payments[0]) == (5, 0, 0, 0)

    def test_what_was_paid_in_excess_pays_a_later_charge(self):
        fee = Adjustment(day(95), 3, "penalty", Decimal(9))
        result: Any = allocate(SCHEDULE, [paid(90, "330")], adjustments=[fee])
        split = result.payments[0]
        assert (split.penalty, split.excess) == (Decimal(3), 0)
        assert result.owed[2].penalty == 6

    def test_what_is_waived_is_no_longer_owed(self):
        waived = Adjustment(day(31), 1, "interest", Decimal(-10))
        result: Any = allocate(SCHEDULE, [paid(32, "101")], adjustments=[waived])
        assert parts(result.payments[0]) == (1, 0, 100, 0)

    def test_a_waiver_of_what_was_paid_meanwhile_frees_the_money(self):
        waived = Adjustment(day(31), 1, "interest", Decimal(-10))
        result: Any = allocate(SCHEDULE, [paid(30, "111")], adjustments=[waived])
        assert parts(result.payments[0]) == (3, 8, 100, 0)
        assert result.owed[0].total == 0

    def test_money_moved_to_a_new_instalment_takes_its_payment_along(self):
        moved = [
            Adjustment(day(31), 1, "principal", Decimal(-100)),
            Adjustment(day(31), 9, "principal", Decimal(100)),
        ]
        schedule = [*SCHEDULE, instalment(9, day(35), "0", "0", "0")]
        result: Any = allocate(schedule, [paid(30, "50")], adjustments=moved)
        assert result.owed[0].total == 0
        assert result.owed[3].principal == 61

    def test_more_than_is_due_cannot_be_taken_off(self):
        with pytest.raises(InputError, match="more off instalment 1"):
            allocate(SCHEDULE, [], adjustments=[Adjustment(day(31), 1, "interest", Decimal("-10.01"))])

    @pytest.mark.parametrize(("number", "component"), [(7, "fee"), (1, "bonus")])
    def test_what_is_unknown_is_refused(self, number, component):
        with pytest.raises(InputError) as refusal:
            allocate(SCHEDULE, [], adjustments=[Adjustment(day(31), number, component, Decimal(1))])
        assert refusal.value.where == "adjustments"

    @given(schedules(), receipts(), st.sampled_from(ACROSS), st.data())
    def test_nothing_is_lost_and_no_cent_is_owed_twice(self, schedule, payments, across, data):
        changes = []
        if schedule:
            rows = st.tuples(
                st.integers(-5, 200), st.sampled_from([i.number for i in schedule]),
                st.sampled_from(["fee", "penalty", "interest"]), st.integers(1, 5000),
            )  # fmt: skip
            for offset, number, component, amount in data.draw(st.lists(rows, max_size=5)):
                raised = Adjustment(day(offset), number, component, Decimal(amount) / 100)
                changes.append(raised)
                if data.draw(st.booleans()):
                    later = raised.on + timedelta(days=data.draw(st.integers(0, 50)))
                    changes.append(replace(raised, on=later, amount=-raised.amount))
        result = allocate(schedule, payments, across=across, adjustments=changes)
        due = sum((i.total for i in schedule), Decimal(0)) + sum((c.amount for c in changes), Decimal(0))
        money = sum((p.amount for p in payments), Decimal(0))
        owed = sum((o.total for o in result.owed), Decimal(0))
        excess = sum((p.excess for p in result.payments), Decimal(0))
        assert owed - excess == due - money
        assert not (owed and excess)
        assert all(min(o.fee, o.interest, o.penalty, o.principal) >= 0 for o in result.owed)
        lines = sum((x.fee + x.interest + x.penalty + x.principal for x in result.lines), Decimal(0))
        assert lines == money - excess


def test_the_debtor_may_choose_the_instalment():
    chosen = replace(paid(30, "50"), designated=3)
    result: Any = allocate(SCHEDULE, [paid(30, "20"), chosen])
    assert [o.total for o in result.owed] == [91, 110, 56]
    assert [split.paid_on for split in result.payments] == [day(30), day(30)]


def test_what_the_chosen_instalment_does_not_owe_goes_the_usual_way():
    result: Any = allocate(SCHEDULE, [replace(paid(30, "150"), designated=3)])
    assert [o.total for o in result.owed] == [67, 110, 0]
