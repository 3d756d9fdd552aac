"""The guard complains of a balance that was moved without entries; the command names it to an operator."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from django.core.management import call_command

from borrowers.models import LoanBalance, Payment
from borrowers.services.ledger import record_payment
from tests import ledger_guard
from tests.factories import DAY, LoanFactory, with_schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan():
    return with_schedule(LoanFactory(), first_due=DAY, count=2)


def test_a_booking_is_no_fault(loan):
    with ledger_guard.watch():
        record_payment(loan=loan, payment_no="P1", paid_on=DAY, amount=Decimal(100), actor=None)


@pytest.mark.parametrize("column", ["due_total", "paid_total", "principal_paid", "outstanding_principal"])
def test_a_balance_without_its_entries_is_told(loan, column):
    true = LoanBalance.objects.values_list(column, flat=True).get(loan=loan)
    with pytest.raises(ledger_guard.BalanceMoved, match=f"{column} is"), ledger_guard.watch():
        LoanBalance.objects.filter(loan=loan).update(**{column: true + 1})
    LoanBalance.objects.filter(loan=loan).update(**{column: true})


def test_the_operator_is_told_the_account(loan):
    Payment.objects.create(loan=loan, payment_no="P1", paid_on=DAY, amount=Decimal(10))
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("check_ledger", stdout=out, stderr=err)
    assert end.value.code == 1
    assert f"loan {loan.account_no}: paid_total is 0.00, the entries come to 10.00" in err.getvalue()


def test_and_that_all_is_well(loan):
    out = io.StringIO()
    call_command("check_ledger", "--creditor", loan.creditor.code, stdout=out)
    assert out.getvalue() == "1 loans, 0 faults\n"
