"""Court fees: by hand, at every edge of every bracket, and never cheaper for a larger sum."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from legal import calculators
from legal.rules.fees import PROCEDURES, court_fee, enforcement_fee, preservation_fee

D = Decimal
sums = st.integers(0, 3_000_000_000).map(lambda cents: D(cents) / 100)


@pytest.mark.parametrize(
    ("claim", "fee"),
    [
        ("0", "50"), ("10000", "50"), ("10000.01", "50.00"), ("36800", "720"), ("100000", "2300"), ("200000", "4300"),
        ("500000", "8800"), ("1000000", "13800"), ("2000000", "22800"), ("5000000", "46800"), ("10000000", "81800"),
        ("20000000", "141800"), ("30000000", "191800"),
    ],
)  # fmt: skip
def test_acceptance(claim, fee):
    assert court_fee(D(claim)).amount == D(fee)


@pytest.mark.parametrize(
    ("procedure", "fee"),
    [("ordinary", "720"), ("summary", "360"), ("small", "360"), ("mediated", "360"), ("payment_order", "240")],
)
def test_procedures(procedure, fee):
    assert court_fee(D(36800), procedure).amount == D(fee)


def test_a_third_of_the_least_fee_is_rounded_at_the_end():
    assert court_fee(D(800), "payment_order").amount == D("16.67")


@pytest.mark.parametrize(
    ("amount", "enforcement", "preservation"),
    [
        ("1000", "50", "30"), ("10000", "50", "120"), ("36800", "452", "388"), ("100000", "1400", "1020"),
        ("500000", "7400", "3020"), ("896000", "11360", "5000"), ("5000000", "52400", "5000"),
        ("10000000", "77400", "5000"), ("20000000", "87400", "5000"),
    ],
)  # fmt: skip
def test_enforcement_and_preservation(amount, enforcement, preservation):
    assert enforcement_fee(D(amount)).amount == D(enforcement)
    assert preservation_fee(D(amount)).amount == D(preservation)


@given(sums, sums, st.sampled_from(PROCEDURES))
def test_more_is_never_cheaper(one, other, procedure):
    small, large = sorted((one, other))
    assert court_fee(small, procedure).amount <= court_fee(large, procedure).amount
    assert enforcement_fee(small).amount <= enforcement_fee(large).amount
    assert preservation_fee(small).amount <= preservation_fee(large).amount <= 5000


@given(sums, st.sampled_from(PROCEDURES))
def test_the_formula_gives_the_fee(claim, procedure):
    fee = court_fee(claim, procedure)
    left, right = fee.formula.split(" = ")
    exact = eval(left.replace("×", "*").replace("÷", "/").replace("−", "-"))
    assert abs(D(str(exact)) - D(right)) <= D("0.0051")
    assert D(right) == fee.amount


@pytest.mark.parametrize(
    ("name", "data", "where"),
    [
        ("court_fee", {"claim": "1", "procedure": "divorce"}, "procedure"),
        ("court_fee", {"claim": "1"}, "procedure"),
        ("court_fee", {"claim": "-1", "procedure": "summary"}, "claim"),
        ("enforcement_fee", {"amount": "many"}, "amount"),
        ("preservation_fee", {}, "amount"),
        ("delayed_interest", {"base": "1", "deadline": "2026-01-01", "on": "soon"}, "on"),
        (
            "delayed_interest",
            {"base": "1", "deadline": "2026-01-01", "on": "2026-01-02", "payments": [{"paid_on": "2026-01-02", "amount": "0"}]},
            "payments[0].amount",
        ),
        ("limitation", {"due_on": "2026-01-01", "on": "2026-01-02", "years": 0}, "years"),
        (
            "limitation",
            {"due_on": "2026-01-01", "on": "2026-01-02", "events": [{"kind": "asked", "on": "2026-01-02"}]},
            "events[0].kind",
        ),
        (
            "limitation",
            {"due_on": "2026-01-01", "on": "2026-02-02",
             "events": [{"kind": "suspended", "on": "2026-01-05", "until": "2026-01-04"}]},
            "events[0].until",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(name, data, where):
    with pytest.raises(InputError) as refusal:
        getattr(calculators, name)(data)
    assert refusal.value.where == where
