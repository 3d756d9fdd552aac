"""The payoff on the case page: by role, by day, and that it is what closing then costs."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from borrowers.ageing import age_loans
from borrowers.models import Creditor
from borrowers.services.ledger import credit_of
from tests.cases.arrangements.steps import ONE, balance, loan_of, pay
from tests.factories import DAY, CaseFactory, CreditorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(f"{DAY.isoformat()}T10:00:00+08:00", tick=False)


def ask(client, case, on=DAY, loan=None):
    return client.get(reverse("cases:payoff", args=[case.pk]), {"loan": loan or loan_of(case).pk, "on": on.isoformat()})


def test_who_may_ask(client, case, people):
    url = reverse("cases:payoff", args=[case.pk])
    assert client.get(url).status_code == 302
    stranger = UserFactory(role="collector", team=TeamFactory(creditors=[case.creditor]))
    foreign = UserFactory(role="supervisor", creditors=[CreditorFactory()])
    legal = UserFactory(role="legal", creditors=[case.creditor])  # the case was not sent to legal
    answers = [(people["collector"], 200), (people["supervisor"], 200), (stranger, 404), (foreign, 404), (legal, 404)]
    for person, status in answers:
        client.force_login(person)
        assert client.get(url).status_code == status
    assert client.post(url).status_code == 405


@pytest.mark.parametrize("interest", ["scheduled", "earned"])
@pytest.mark.parametrize("days", [0, 1, 20, 90])
def test_it_is_what_closing_on_that_day_costs(client, case, people, days, interest):
    Creditor.objects.update(payoff_interest=interest)
    on = DAY + days * ONE
    client.force_login(people["collector"])
    page = ask(client, case, on).content.decode()
    total = re.search(r"To be paid on .*?<strong>¥([\d,.]+)", page, re.DOTALL)
    amount = D(total[1].replace(",", ""))
    assert (f"× {(DAY + 50 * ONE - on).days} ÷ 30" in page) == (interest == "earned" and 20 <= days < 50)
    pay(case, amount, on)
    age_loans(creditor=case.creditor, on=on)
    assert (balance(case).outstanding_amount, credit_of(loan_of(case))) == (D(0), D(0))


@pytest.mark.parametrize("on", [DAY - ONE, DAY + 367 * ONE, dt.date.max])
def test_a_day_that_is_past_or_far_is_refused(client, case, people, on):
    client.force_login(people["collector"])
    page = ask(client, case, on).content.decode()
    assert "within a year" in page
    assert "To be paid" not in page


def test_nor_a_loan_of_another_case(client, case, people):
    client.force_login(people["collector"])
    foreign = CaseFactory(borrower__creditor=case.creditor).loans.get()
    page = ask(client, case, loan=foreign.pk).content.decode()
    assert "Select a valid choice" in page
    assert "To be paid" not in page


def test_the_case_page_leads_to_it(client, case, people):
    client.force_login(people["collector"])
    page = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert f"{reverse('cases:payoff', args=[case.pk])}?loan={loan_of(case).pk}&amp;on={DAY}" in page
