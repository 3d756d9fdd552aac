"""Statement, agreement and certificate: what they say, and that they are made from the ledger and kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from pypdf import PdfReader

from borrowers.ageing import age_loans
from borrowers.services.account import statement_of
from borrowers.services.ledger import reverse_payment
from cases.models import Arrangement, CasePaper
from cases.services.arrangement_check import check_arrangements
from cases.services.arrangements import approve_arrangement
from cases.services.papers import PaperRefused, make_agreement, make_certificate, make_statement
from tests.cases.arrangements.steps import ONE, activate, loan_of, pay, propose
from tests.factories import DAY, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "zh-hans")


def text_of(paper: CasePaper) -> str:
    data = paper.document.read()
    assert hashlib.sha256(data).hexdigest() == paper.document.sha256
    return re.sub(r"\s+", " ", "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_statement_ends_with_what_the_ledger_owes(case, people, language):
    pay(case, "111.11", DAY - 3 * ONE)
    paper = make_statement(case=case, loan=loan_of(case), actor=people["collector"], on=DAY, language=language)
    text = text_of(paper)
    owed = statement_of(loan=loan_of(case), on=DAY).owed
    assert f"{owed:,.2f}" in text
    assert paper.figures["owed"] == str(owed)
    assert ("How penalty interest was reckoned" if language == "en" else "罚息的计算") in text
    assert "× 0.18 ÷ 365" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_agreement_lists_every_payment_and_has_its_slip(case, people, language):
    arrangement = propose(case, people["collector"])
    with pytest.raises(PaperRefused):
        make_agreement(arrangement=arrangement, actor=people["collector"], on=DAY)
    arrangement = approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
    paper = make_agreement(arrangement=arrangement, actor=people["collector"], on=DAY, language=language)
    text = text_of(paper)
    for line in arrangement.lines:
        amount = sum(Decimal(line[name]) for name in ("fee", "interest", "penalty", "principal"))
        assert f"{amount:,.2f}" in text
    assert f"{arrangement.total:,.2f}" in text
    assert ("Return slip" if language == "en" else "回执") in text.replace(" ", "") or "Return slip" in text
    assert make_agreement(arrangement=arrangement, actor=people["collector"], on=DAY + ONE) == paper


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_certificate_only_when_nothing_is_owed_and_once(case, people, language):
    with pytest.raises(PaperRefused, match="still owed"):
        make_certificate(case=case, actor=people["supervisor"], on=DAY)
    arrangement = activate(case, people, "settlement")
    age_loans(creditor=case.creditor, on=DAY + 10 * ONE)
    pay(case, arrangement.total, DAY + 10 * ONE)
    paper = make_certificate(case=case, actor=people["supervisor"], on=DAY + 10 * ONE, language=language)
    text = text_of(paper)
    assert ("Settlement certificate" if language == "en" else "结清证明") in text.replace(
        " ", ""
    ) or "Settlement" in text
    assert loan_of(case).contract_no in text
    assert make_certificate(case=case, actor=people["supervisor"], on=DAY + 11 * ONE) == paper


def test_no_certificate_of_a_payment_that_bounced(case, people):
    arrangement = activate(case, people, "settlement")
    age_loans(creditor=case.creditor, on=DAY + 10 * ONE)
    payment = pay(case, arrangement.total, DAY + 10 * ONE)
    make_certificate(case=case, actor=people["supervisor"], on=DAY + 10 * ONE)
    reverse_payment(payment=payment, payment_no="R", on=DAY + 10 * ONE, actor=None)
    with pytest.raises(PaperRefused, match="still owed"):
        make_certificate(case=case, actor=people["supervisor"], on=DAY + 10 * ONE)


def test_no_agreement_about_what_is_over(case, people):
    activate(case, people)
    assert check_arrangements(creditor=case.creditor, on=DAY + 40 * ONE) == 1
    with pytest.raises(PaperRefused):
        make_agreement(arrangement=Arrangement.objects.get(), actor=people["collector"], on=DAY + 40 * ONE)


def test_who_does_not_see_the_case_gets_no_paper(case):
    stranger = UserFactory(role="collector", team=TeamFactory(creditors=[case.creditor]))
    with pytest.raises(PermissionDenied):
        make_statement(case=case, loan=loan_of(case), actor=stranger, on=dt.date(2026, 3, 2))
