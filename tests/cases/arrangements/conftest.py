"""A case 40 days late, its people, and the way of an arrangement."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from borrowers.ageing import age_loans
from borrowers.models import PenaltyPolicy
from cases.models import Case
from cases.services.case_figures import refresh_cases
from tests.factories import DAY, CaseFactory, LoanFactory, TeamFactory, UserFactory, with_schedule

ONE = dt.timedelta(days=1)
D = Decimal


@pytest.fixture
def case():
    """40 days late with the first of four instalments of 300 + 10, 10 with the second."""
    loan = LoanFactory(principal=D("1200.00"), penalty_rate=D("0.180000"))
    with_schedule(loan, first_due=DAY - 40 * ONE, count=4)
    PenaltyPolicy.objects.create(creditor=loan.creditor, start_on=DAY - 400 * ONE)
    case = CaseFactory(borrower=loan.borrower, loan=loan, team=TeamFactory(creditors=[loan.creditor]))
    age_loans(creditor=case.creditor, on=DAY)
    case.creditor.refresh_from_db()
    refresh_cases(creditor=case.creditor, on=DAY)
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def people(case):
    return {
        "collector": UserFactory(role="collector", team=case.team),
        "colleague": UserFactory(role="collector", team=case.team),
        "supervisor": UserFactory(role="supervisor", creditors=[case.creditor]),
        "second": UserFactory(role="supervisor", creditors=[case.creditor]),
    }
