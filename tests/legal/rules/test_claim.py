"""The claim: its parts add up whatever was paid, and with everything declared due it is what paying off costs."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from borrowers.rules.allocation import allocate
from borrowers.rules.delinquency import Instalment, Payment
from borrowers.rules.payoff import quote_payoff
from legal.rules.claim import ALL, COMPONENTS, DUE, CostLine, LoanFacts, PenaltyBasis, claim_loan, make_claim

LENT = dt.date(2026, 1, 2)
ONE = dt.timedelta(days=1)
D = Decimal
cents = st.integers(0, 200_000).map(lambda n: D(n) / 100)
AMOUNT = re.compile(r"-?[\d,]+\.\d\d$")


@st.composite
def loans(draw):
    """(facts, cut-off, payoff quote of that day)."""
    count = draw(st.integers(1, 6))
    schedule = [
        Instalment(n + 1, LENT + 30 * (n + 1) * ONE, draw(cents), draw(cents), draw(cents), draw(cents))
        for n in range(count)
    ]
    cut_off = LENT + draw(st.integers(0, 240)) * ONE
    payments = [
        Payment(LENT + draw(st.integers(0, 240)) * ONE, draw(cents.filter(bool)))
        for _ in range(draw(st.integers(0, 3)))
    ]
    owed = allocate(schedule, payments).owed
    quote = quote_payoff(cut_off, LENT, schedule, owed, earned_only=draw(st.booleans()))
    basis = PenaltyBasis(D("0.24"), 365, draw(st.booleans()), products={1: draw(cents) * 30})
    facts = LoanFacts("A1", "C1", "CNY", schedule, owed, quote.rebates, draw(st.none() | st.just(basis)))
    return facts, cut_off, quote


@given(loans(), st.sampled_from([DUE, ALL]))
def test_the_lines_come_to_the_parts_and_the_parts_to_the_whole(loan, scope):
    facts, cut_off, _quote = loan
    claim = claim_loan(facts, cut_off, scope)
    by_part = dict(zip(COMPONENTS, (claim.principal, claim.interest, claim.penalty, claim.fees), strict=True))
    for component, amount in by_part.items():
        assert sum((line.amount for line in claim.lines if line.component == component), D(0)) == amount
        assert amount >= 0
    assert sum(by_part.values()) == claim.total
    whole = make_claim(cut_off, "CNY", [claim, claim], [CostLine("court_fee", "50.00", D("50.00"), "13(1)")], scope)
    assert whole.total == whole.debt + whole.cost_total == 2 * claim.total + 50
    assert whole.debt == whole.principal + whole.interest + whole.penalty + whole.fees


@given(loans())
def test_with_everything_due_it_is_what_paying_off_costs(loan):
    facts, cut_off, quote = loan
    assert claim_loan(facts, cut_off, ALL).total == quote.total


@given(loans())
def test_what_is_due_is_what_the_fallen_instalments_owe(loan):
    facts, cut_off, _quote = loan
    fallen = [o for i, o in zip(facts.schedule, facts.owed, strict=True) if i.due_on <= cut_off]
    assert claim_loan(facts, cut_off, DUE).total == sum((o.total for o in fallen), D(0))


@given(loans(), st.sampled_from([DUE, ALL]))
def test_each_formula_ends_in_its_amount(loan, scope):
    facts, cut_off, _quote = loan
    claim = claim_loan(facts, cut_off, scope)
    for line in claim.lines:
        if line.kind != "unearned":
            shown = AMOUNT.search(line.formula)
            assert shown is not None
            assert D(shown.group().replace(",", "")) == line.amount
    if claim.daily:
        assert claim.daily.formula.endswith(f"= {claim.daily.amount:,.2f}")


def test_penalty_runs_on_at_so_much_a_day_on_what_is_claimed():
    schedule = [Instalment(n, LENT + 30 * n * ONE, D("36500.00"), D("10.00"), D(0)) for n in (1, 2)]
    facts = LoanFacts("A1", "C1", "CNY", schedule, allocate(schedule, []).owed, penalty=PenaltyBasis(D("0.24"), 365))
    cut_off = LENT + 40 * ONE
    due, whole = (claim_loan(facts, cut_off, scope).daily for scope in (DUE, ALL))
    assert due is not None
    assert whole is not None
    assert (due.amount, whole.amount) == (D("24.00"), D("48.00"))
    assert due.formula == "36,500.00 × 0.24 ÷ 365 = 24.00"


def test_an_unknown_scope_is_refused():
    with pytest.raises(InputError):
        claim_loan(LoanFacts("A1", "", "CNY", [], []), LENT, "some")
