"""Corrections of the ledger on the case page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from borrowers.ageing import age_loans
from borrowers.models import AuditEvent, CostItem, LedgerEntry, LoanBalance, Payment
from borrowers.services.ledger import credit_of
from cases.models import Case
from cases.services.case_figures import refresh_cases
from cases.templatetags.case_words import booking_reason
from tests.borrowers.ledger_checks import check_books
from tests.cases.arrangements.steps import ONE, loan_of, pay
from tests.factories import DAY, BorrowerFactory, CaseFactory, LoanFactory, UserFactory, with_schedule

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(f"{DAY.isoformat()}T10:00:00+08:00", tick=False)


@pytest.fixture
def post(client, case, people):
    client.force_login(people["supervisor"])

    def send(kind, **values):
        data = {"kind": kind, "loan": loan_of(case).pk, "on": DAY.isoformat(), "reason": "as the bank says", **values}
        return client.post(reverse("cases:correct", args=[case.pk]), data).content.decode()

    return send


def owed(case):
    return LoanBalance.objects.get(loan=loan_of(case)).outstanding_amount


def test_who_may_correct(client, case, people):
    url = reverse("cases:correct", args=[case.pk])
    assert client.get(url).status_code == 302
    stranger = UserFactory(role="supervisor", creditors=[LoanFactory().creditor])
    for person, status in [(people["collector"], 403), (people["supervisor"], 200), (stranger, 404)]:
        client.force_login(person)
        assert client.get(url).status_code == status
        assert client.post(url).status_code == status


def test_a_payment_that_came_is_booked_and_the_case_follows(case, post):
    instalment = loan_of(case).instalments.order_by("number")[1]
    post("received", amount="310.00", payment_no="CASH-1", instalment=instalment.pk)
    assert Payment.objects.get().designated == instalment
    # 620 and 7.40 of penalty interest by then, less 310
    assert Case.objects.get(pk=case.pk).overdue_amount == D("317.40")
    check_books(loan_of(case))


def test_a_payment_is_taken_back(case, post):
    payment = pay(case, "310.00", DAY - 5 * ONE)
    post("taken_back", payment=payment.pk, cause="bounced")
    reversal = Payment.objects.get(reverses=payment)
    assert (reversal.amount, reversal.cause, reversal.payment_no) == (D("-310.00"), "bounced", "P1/1")


def test_a_payment_is_moved_to_the_account_it_belongs_to(case, post):
    right = with_schedule(LoanFactory(borrower=BorrowerFactory(creditor=case.creditor)), first_due=DAY)
    payment = pay(case, "310.00", DAY - 5 * ONE)
    assert "is no account here" in post("moved", payment=payment.pk, to_account="NOBODY")
    post("moved", payment=payment.pk, to_account=right.account_no)
    assert LoanBalance.objects.get(loan=right).paid_total == D("310.00")
    assert LoanBalance.objects.get(loan=loan_of(case)).paid_total == 0


def test_the_case_of_the_right_account_follows_at_once(case, post):
    right = CaseFactory(borrower=BorrowerFactory(creditor=case.creditor))
    payment = pay(case, "110.00", DAY - 5 * ONE)
    age_loans(creditor=case.creditor, on=DAY)
    refresh_cases(creditor=case.creditor, on=DAY)
    before = Case.objects.get(pk=right.pk).overdue_amount
    post("moved", payment=payment.pk, to_account=right.loans.get().account_no)
    assert Case.objects.filter(pk=right.pk, overdue_amount=before - 110).exists()


@pytest.mark.parametrize(("kind", "action"), [("taken_back", "payment_reversed"), ("received", "payment_booked")])
def test_why_it_was_booked_stays_on_record(case, post, kind, action):
    payment = pay(case, "310.00", DAY - 5 * ONE)
    post(kind, payment=payment.pk, cause="bounced", amount="1.00", payment_no="X1")
    event = AuditEvent.objects.filter(action=action).first()
    assert event.reason == "as the bank says"
    assert event.detail.get("cause", "") == ("bounced" if kind == "taken_back" else "")
    assert booking_reason(event) == ("bounced · as the bank says" if kind == "taken_back" else "as the bank says")


def test_an_excess_goes_back(case, post):
    pay(case, "5000.00", DAY)
    excess = credit_of(loan_of(case))
    assert "more than was paid in excess" in post("refunded", amount="4999.00", payment_no="F1")
    post("refunded", amount=str(excess), payment_no="F1")
    assert credit_of(loan_of(case)) == 0


def test_a_charge_is_made_and_undone(case, post):
    item = CostItem.objects.create(
        creditor=case.creditor, code="notary", name="Notary", valid_from=dt.date(2025, 1, 1), at_most=D(20)
    )
    before = owed(case)
    assert "cost sheet" in post("charged", item=item.pk, amount="21.00")
    post("charged", item=item.pk, amount="12.00")
    entry = LedgerEntry.objects.get(kind="fee")
    assert owed(case) >= before + 12
    post("undone", entry=entry.pk)
    assert LedgerEntry.objects.filter(kind="fee").count() == 2
    check_books(loan_of(case))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("received", {"amount": "1"}),
        ("taken_back", {}),
        ("moved", {}),
        ("refunded", {}),
        ("charged", {"amount": "1"}),
        ("undone", {}),
    ],
)
def test_what_is_missing_is_said(case, post, kind, values):
    assert "is missing" in post(kind, **values)
    assert not Payment.objects.exists()


def test_nothing_is_booked_ahead(case, post):
    page = post("received", amount="1", payment_no="X", on=(DAY + ONE).isoformat())
    assert "in the future" in page
