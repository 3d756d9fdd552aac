"""民法典 560: the debtor's choice, then due, least secured, heavier burden, earliest due, pro rata."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from borrowers.rules.several_debts import Debt, Share, Split, split_payment

D = Decimal
DAY = dt.date(2026, 3, 2)
ONE = dt.timedelta(days=1)


def debt(key, due="100.00", owed=None, secured="0", burden="0.1", days=30):
    return Debt(key, D(due), D(owed or due), DAY - days * ONE, D(secured), D(burden))


def shares(amount, *debts, chosen=()):
    split = split_payment(D(amount), debts, chosen=chosen)
    assert split.excess == 0
    return [(share.key, str(share.amount), share.reason) for share in split.shares]


def test_what_is_due_comes_before_what_is_not():
    later = debt(1, due="0.00", owed="500.00", burden="0.36", days=-30)
    assert shares("130.00", later, debt(2)) == [(2, "100.00", "due"), (1, "30.00", "not_due")]


def test_the_least_secured_first_whatever_else():
    secured = debt(1, secured="1000.00", burden="0.36", days=90)
    assert shares("150.00", secured, debt(2, secured="5.00", days=1), debt(3, days=2)) == [
        (3, "100.00", "least_secured"), (2, "50.00", "least_secured"),
    ]  # fmt: skip


def test_of_those_alike_the_heavier_burden():
    assert shares("150.00", debt(1, days=90), debt(2, burden="0.24", days=1)) == [
        (2, "100.00", "heavier_burden"), (1, "50.00", "rest"),
    ]  # fmt: skip


def test_of_those_alike_the_earliest_due():
    assert shares("150.00", debt(1, days=1), debt(2, days=90)) == [(2, "100.00", "earliest_due"), (1, "50.00", "rest")]


def test_of_those_alike_each_its_share():
    assert shares("100.00", debt(1, due="100.00"), debt(2, due="200.00")) == [
        (1, "33.33", "pro_rata"), (2, "66.67", "pro_rata"),
    ]  # fmt: skip
    thirds = shares("100.00", *(debt(key) for key in (3, 1, 2)))
    assert thirds == [(1, "33.34", "pro_rata"), (2, "33.33", "pro_rata"), (3, "33.33", "pro_rata")]


def test_a_group_of_two_behind_one():
    assert shares("150.00", debt(1), debt(2), debt(3, burden="0.24")) == [
        (3, "100.00", "heavier_burden"), (1, "25.00", "pro_rata"), (2, "25.00", "pro_rata"),
    ]  # fmt: skip


def test_the_debtors_choice_goes_before_the_law():
    better, worse = debt(1, burden="0.36", days=90), debt(2, owed="300.00")
    assert shares("250.00", better, worse, chosen=[2]) == [(2, "250.00", "chosen")]
    assert shares("350.00", better, worse, chosen=[2]) == [(2, "300.00", "chosen"), (1, "50.00", "due")]
    assert shares("150.00", better, worse, debt(3, burden="0.24"), chosen=[2, 3]) == [
        (3, "100.00", "chosen"), (2, "50.00", "chosen"),
    ]  # fmt: skip


def test_a_debt_that_is_paid_twice_keeps_its_first_reason():
    assert shares("150.00", debt(1, owed="300.00")) == [(1, "150.00", "due")]


def test_more_than_everything_is_an_excess():
    split = split_payment(D("250.00"), [debt(1), debt(2)])
    assert split.excess == D("50.00")
    assert sum(share.amount for share in split.shares) == D("200.00")
    assert split_payment(D("1.00"), []) == Split((), D("1.00"))


def test_a_yen_is_not_split():
    split = split_payment(D("100"), [debt(1), debt(2), debt(3)], currency="JPY")
    assert sorted(share.amount for share in split.shares) == [33, 33, 34]


@pytest.mark.parametrize(
    ("amount", "debts"),
    [
        ("0.00", [debt(1)]), ("-1.00", [debt(1)]), ("1.00", [debt(1), debt(1)]), ("1.00", [debt(1, due="-1.00")]),
        ("1.00", [debt(1, due="2.00", owed="1.00")]), ("1.00", [debt(1, secured="-1")]),
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused(amount, debts):
    with pytest.raises(InputError):
        split_payment(D(amount), debts)


# --- Whatever may come ---------------------------------------------------------------------------------

money = st.integers(0, 30_000).map(lambda cents: D(cents) / 100)


@st.composite
def some_debts(draw):
    found = []
    for key in range(draw(st.integers(1, 4))):
        due = draw(money)
        secured, burden = D(draw(st.integers(0, 2))), D(draw(st.integers(0, 2)))
        found.append(Debt(key, due, due + draw(money), DAY - draw(st.integers(0, 2)) * ONE, secured, burden))
    return found


amounts = st.integers(1, 200_000).map(lambda cents: D(cents) / 100)
choices = st.sets(st.integers(0, 3))


@given(amounts, some_debts(), choices)
def test_every_cent_goes_somewhere_and_no_debt_gets_more_than_it_owes(amount, debts, chosen):
    split = split_payment(amount, debts, chosen=chosen)
    owed = {debt.key: debt.owed for debt in debts}
    assert sum((share.amount for share in split.shares), D(0)) + split.excess == amount
    assert all(0 < share.amount <= owed[share.key] for share in split.shares)
    assert len({share.key for share in split.shares}) == len(split.shares)
    if split.excess:
        assert {share.key: share.amount for share in split.shares} == {k: v for k, v in owed.items() if v}


@given(amounts, some_debts(), choices)
def test_nobody_is_paid_before_whom_the_law_sets_first(amount, debts, chosen):
    """Compared in pairs, as the clause reads: the one that stands behind gets nothing of its due part while the other's
    is open."""
    got = {share.key: share.amount for share in split_payment(amount, debts, chosen=chosen).shares}

    def before(one, other):
        if (one.key in chosen) != (other.key in chosen):
            return one.key in chosen
        if one.secured != other.secured:
            return one.secured < other.secured
        if one.burden != other.burden:
            return one.burden > other.burden
        return one.due_on < other.due_on

    for one in debts:
        for other in debts:
            if not before(one, other):
                continue
            mine, theirs = got.get(one.key, D(0)), got.get(other.key, D(0))
            if one.key in chosen and other.key not in chosen:
                assert mine == one.owed or theirs == 0
            else:
                assert mine >= one.due or theirs == 0
                assert mine == one.owed or theirs <= other.due


@given(amounts, some_debts(), choices)
def test_the_order_in_which_debts_are_told_changes_nothing(amount, debts, chosen):
    first = split_payment(amount, debts, chosen=chosen)
    for order in permutations(debts):
        assert split_payment(amount, order, chosen=chosen) == first


@given(amounts, amounts, some_debts(), choices)
def test_more_money_takes_nothing_from_anybody(amount, more, debts, chosen):
    """But for the coin that a share in proportion may move."""
    few = {share.key: share.amount for share in split_payment(amount, debts, chosen=chosen).shares}
    many = {share.key: share.amount for share in split_payment(amount + more, debts, chosen=chosen).shares}
    assert all(many.get(key, D(0)) >= part - D("0.01") for key, part in few.items())


@given(amounts, st.lists(st.integers(1, 30_000).map(lambda cents: D(cents) / 100), min_size=2, max_size=5))
def test_shares_are_in_proportion_to_the_coin(amount, sums):
    whole = sum(sums)
    split = split_payment(amount, [Debt(key, due, due, DAY) for key, due in enumerate(sums)])
    got = {share.key: share.amount for share in split.shares}
    paid = min(amount, whole)
    assert all(abs(got.get(key, D(0)) - paid * due / whole) < D("0.01") for key, due in enumerate(sums))


def test_a_share_tells_its_reason():
    [share] = split_payment(D("1.00"), [debt(7)]).shares
    assert share == Share(7, D("1.00"), "due")
