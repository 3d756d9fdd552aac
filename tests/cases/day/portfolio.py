"""A small portfolio for runs of the day: placed through the product's own commands' models, the same every time."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from borrowers.models import Borrower, Creditor, Loan
from borrowers.services.ledger import record_payment
from borrowers.services.reallocation import reallocate_loans
from cases.services.defaults import load_defaults
from tests.factories import BorrowerFactory, ContactPointFactory, CreditorFactory, LoanFactory, with_schedule

DAY = dt.date(2026, 3, 2)


def loan_due(borrower: Borrower, days_ago: int, *, count: int = 12) -> Loan:
    """A loan with 12 monthly instalments of 110.00 the first of which fell due that many days before DAY."""
    loan = with_schedule(
        LoanFactory.create(borrower=borrower), first_due=DAY - dt.timedelta(days=days_ago), count=count
    )
    reallocate_loans([loan.pk])
    return loan


def make_portfolio(creditors: int = 2, borrowers: int = 12) -> list[Creditor]:
    """Borrowers from 25 days early to 250 days late, some with two loans, some part-paid; with default strategies."""
    load_defaults()
    made = []
    for number in range(creditors):
        creditor = CreditorFactory.create(code=f"C{number}", grace_days=number * 3)
        for index in range(borrowers):
            borrower = BorrowerFactory.create(creditor=creditor, ref=f"R{number}-{index}")
            ContactPointFactory.create(borrower=borrower, value=f"+8610000{number:02d}{index:04d}", consent="yes")
            loan = loan_due(borrower, index * 25 - 25)
            if index % 3 == 0:
                loan_due(borrower, index * 20 - 5)
            if index % 4 == 1:
                record_payment(
                    loan=loan, payment_no="P1", paid_on=DAY - dt.timedelta(days=9), amount=Decimal(150), actor=None
                )
        made.append(creditor)
    return made
