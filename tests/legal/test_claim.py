"""The claim of a matter from its ledger: as of its day, to the cent of the payoff quote, in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from borrowers.models import Creditor, PenaltyPolicy
from borrowers.services.account import payoff_quote
from borrowers.services.ledger import record_payment, reverse_payment
from cases.models import CaseLoan
from legal.models import LimitationEvent, Matter
from legal.rules import fees
from legal.rules.claim import ALL, DUE
from legal.services.claim import claim_of
from legal.services.matters import LegalRefused
from tests.factories import LoanFactory, with_schedule

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)
START = dt.date(2026, 2, 1)
CUT = dt.date(2026, 6, 15)
D = Decimal


@pytest.fixture
def owing(matter):
    """The matter; its loan owes twelve instalments from February on, with penalty interest at 18 %."""
    PenaltyPolicy.objects.create(creditor=matter.case.creditor, start_on=START - 400 * ONE)
    loan = LoanFactory(
        borrower=matter.case.borrower, principal=D("12000.00"), penalty_rate=D("0.180000"), account_no="Z1"
    )
    with_schedule(loan, first_due=START, count=12, interest=D("100.00"))
    CaseLoan.objects.filter(case=matter.case).delete()
    CaseLoan.objects.create(case=matter.case, loan=loan, added_on=START)
    return again(matter)


def again(matter):
    return Matter.objects.select_related("case__creditor").get(pk=matter.pk)


def loan_of(matter):
    return matter.case.loans.get()


@pytest.mark.parametrize("interest", list(Creditor.PayoffInterest))
def test_everything_due_is_the_payoff_quote(owing, interest):
    Creditor.objects.update(payoff_interest=interest)
    record_payment(loan=loan_of(owing), payment_no="P1", paid_on=START + 50 * ONE, amount=D("1500.00"), actor=None)
    claim = claim_of(matter=owing, cut_off=CUT, scope=ALL)
    assert claim.debt == payoff_quote(loan=loan_of(owing), on=CUT).total
    assert claim.penalty > 0


def test_what_is_due_has_penalty_up_to_the_day_and_a_rate_for_each_day_after(owing):
    claim = claim_of(matter=owing, cut_off=CUT, scope=DUE)
    later = claim_of(matter=owing, cut_off=CUT + ONE, scope=DUE)
    assert (claim.principal, claim.interest, claim.fees) == (D("5000.00"), D("500.00"), D("0.00"))
    days = sum((CUT - (START + 30 * n * ONE)).days for n in range(5))
    assert abs(claim.penalty - D("1000.00") * days * D("0.18") / 365) <= D("0.03")
    assert later.penalty - claim.penalty in {claim.daily - D("0.01"), claim.daily, claim.daily + D("0.01")}


def test_without_a_scope_it_is_as_the_matter_has_it_or_as_a_loan_was_declared_due(owing, legal):
    due, whole = (claim_of(matter=owing, cut_off=CUT, scope=scope).debt for scope in (DUE, ALL))
    assert claim_of(matter=owing, cut_off=CUT).debt == due
    LimitationEvent.objects.create(loan=loan_of(owing), kind="accelerated", on=CUT, note="letter", by=legal)
    assert claim_of(matter=owing, cut_off=CUT - ONE).debt < whole
    assert claim_of(matter=owing, cut_off=CUT).debt == whole
    LimitationEvent.objects.create(
        loan=loan_of(owing), kind="accelerated", on=CUT, note="wrong", by=legal, withdraws=LimitationEvent.objects.get()
    )
    assert claim_of(matter=owing, cut_off=CUT).debt == due
    Matter.objects.update(claims_all=True)
    assert claim_of(matter=again(owing), cut_off=CUT).debt == whole


def test_what_was_paid_later_does_not_change_an_earlier_claim(owing):
    before = claim_of(matter=owing, cut_off=CUT, scope=DUE)
    payment = record_payment(loan=loan_of(owing), payment_no="P1", paid_on=CUT + ONE, amount=D("700.00"), actor=None)
    assert claim_of(matter=owing, cut_off=CUT, scope=DUE) == before
    assert claim_of(matter=owing, cut_off=CUT + ONE, scope=DUE).debt < before.debt
    reverse_payment(payment=payment, payment_no="R1", on=CUT + 3 * ONE, cause="bounced", actor=None)
    assert claim_of(matter=owing, cut_off=CUT + ONE, scope=DUE).warnings == ("Z1: P1",)


def test_costs_by_the_table_or_as_they_were_told(owing):
    claim = claim_of(matter=owing, cut_off=CUT, preserve=True)
    by_kind = {cost.kind: cost for cost in claim.costs}
    assert by_kind["court_fee"].amount == fees.court_fee(claim.debt).amount
    assert by_kind["preservation_fee"].amount == fees.preservation_fee(claim.debt).amount
    Matter.objects.update(procedure="summary", lawyers_fee=D("900.00"))
    owing = again(owing)
    claim = claim_of(matter=owing, cut_off=CUT)
    assert [cost.kind for cost in claim.costs] == ["court_fee", "lawyers_fee"]
    assert claim.costs[0].amount == fees.court_fee(claim.debt + 900, "summary").amount
    Matter.objects.update(court_fee=D("77.00"))
    owing = again(owing)
    claim = claim_of(matter=owing, cut_off=CUT)
    assert claim.costs[0].amount == D("77.00")
    assert claim.total == claim.debt + D("977.00")


def test_another_country_has_no_table_of_fees(owing):
    Creditor.objects.update(pack="uk")
    assert claim_of(matter=again(owing), cut_off=CUT).costs == ()


def test_a_day_before_the_loan_is_refused(owing):
    with pytest.raises(LegalRefused):
        claim_of(matter=owing, cut_off=dt.date(2025, 1, 1))


def test_more_loans_cost_no_more_queries(owing, django_assert_max_num_queries):
    for _ in range(4):
        loan = with_schedule(LoanFactory(borrower=owing.case.borrower), first_due=START)
        CaseLoan.objects.create(case=owing.case, loan=loan, added_on=START)
    with django_assert_max_num_queries(10):
        assert len(claim_of(matter=owing, cut_off=CUT).loans) == 5
