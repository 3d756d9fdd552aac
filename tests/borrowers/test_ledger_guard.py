"""The guard complains of a balance that was moved without entries; the command names it to an operator."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.management import call_command

from borrowers.models import LoanBalance, Payment, PenaltyPolicy
from borrowers.rules.reference_rates import lpr_table
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


class TestNoLprForTheLoansDay:
    """A loan under a cap of four times the LPR whose day the table does not reach bears no penalty: somebody is told."""

    LAST = lpr_table().known_to

    def told(self, *loans):
        out, err = io.StringIO(), io.StringIO()
        call_command("check_ledger", stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    @pytest.mark.parametrize(
        ("cap", "days", "rate", "warned"),
        [("4lpr", 1, "0.18", True), ("4lpr", 0, "0.18", False), ("rate", 1, "0.18", False), ("4lpr", 1, None, False)],
    )
    def test_the_operator_is_warned(self, loan, cap, days, rate, warned):
        PenaltyPolicy.objects.create(creditor=loan.creditor, start_on=DAY, cap=cap)
        on = self.LAST + dt.timedelta(days=days)
        type(loan).objects.update(disbursed_on=on, penalty_rate=rate)
        out, err = self.told()
        assert out == ("1 loans, 0 faults, 1 warnings\n" if warned else "1 loans, 0 faults\n")
        assert (
            f"warning: loan {loan.account_no}: bears no penalty interest, since no LPR is on record for {on}" in err
        ) == warned

    def test_not_of_a_creditor_without_penalty_nor_of_a_closed_loan(self, loan):
        type(loan).objects.update(disbursed_on=self.LAST + dt.timedelta(days=1), penalty_rate="0.18")
        assert self.told()[0] == "1 loans, 0 faults\n"
        PenaltyPolicy.objects.create(creditor=loan.creditor, start_on=DAY, cap="4lpr")
        type(loan).objects.update(status="paid")
        assert self.told()[0] == "1 loans, 0 faults\n"
