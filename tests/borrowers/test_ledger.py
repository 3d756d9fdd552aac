"""The ledger adds up, whoever splits the money: the set-based statement, the calculator, all at once or bit by bit."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.db.models import Sum

from borrowers.errors import InputError
from borrowers.models import Allocation, Creditor, Loan, LoanBalance, Payment
from borrowers.models.payment import AppendOnlyError
from borrowers.services.ledger import record_payment, reverse_payment
from borrowers.services.reallocation import reallocate_loans
from tests.factories import CreditorFactory, LoanFactory, with_schedule

pytestmark = pytest.mark.django_db
START = dt.date(2026, 1, 10)


def make_loan(creditor: Creditor | None = None, count: int = 4) -> Loan:
    creditor = creditor or CreditorFactory()
    loan = LoanFactory(borrower__creditor=creditor, principal=Decimal("1000.00"))
    return with_schedule(loan, first_due=START, count=count, interest=Decimal("7.31"), fee=Decimal("2.50"))


def split(loan: Loan) -> dict[tuple[str, int], tuple[Decimal, Decimal, Decimal]]:
    """The split that holds: sums by payment and instalment, without those that cancelled out."""
    rows = (
        Allocation.objects.filter(payment__loan=loan)
        .values_list("payment__payment_no", "instalment__number")
        .annotate(fee_sum=Sum("fee"), interest_sum=Sum("interest"), principal_sum=Sum("principal"))
    )
    return {
        (no, number): (fee, interest, principal)
        for no, number, fee, interest, principal in rows
        if fee + interest + principal
    }


def check_sums(loan: Loan) -> None:
    balance = LoanBalance.objects.get(loan=loan)
    assert loan.principal == balance.principal_paid + balance.outstanding_principal
    paid = loan.payments.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    allocated = sum((sum(parts) for parts in split(loan).values()), start=Decimal(0))
    assert balance.paid_total == paid
    assert allocated == min(paid, balance.due_total)
    assert balance.outstanding_amount == max(Decimal(0), balance.due_total - paid)


def test_the_statement_splits_as_the_calculator_does() -> None:
    dice = random.Random(4)
    creditor = CreditorFactory()
    loans = [make_loan(creditor, count=dice.randint(1, 7)) for _ in range(25)]
    for loan in loans:
        for number in range(dice.randint(0, 6)):
            Payment.objects.create(
                loan=loan, payment_no=f"P{number}", paid_on=START + dt.timedelta(days=dice.randint(-20, 90)),
                amount=Decimal(dice.randint(1, 60_000)) / 100,
            )  # fmt: skip
    ids = [loan.pk for loan in loans]
    reallocate_loans(ids, fresh=ids)
    # The calculator finds nothing to correct.
    assert Allocation.objects.exists()
    assert reallocate_loans(ids) == 0
    for loan in loans:
        check_sums(loan)


def test_a_payment_is_split_by_fee_interest_principal() -> None:
    loan = make_loan()
    record_payment(loan=loan, payment_no="P1", paid_on=START, amount=Decimal("200.00"), actor=None)
    assert split(loan) == {("P1", 1): (Decimal("2.50"), Decimal("7.31"), Decimal("190.19"))}
    check_sums(loan)


def test_a_backdated_payment_moves_what_came_after_it() -> None:
    loan = make_loan()
    record_payment(
        loan=loan, payment_no="LATE", paid_on=START + dt.timedelta(days=30), amount=Decimal("259.81"), actor=None
    )
    record_payment(loan=loan, payment_no="EARLY", paid_on=START, amount=Decimal("259.81"), actor=None)
    assert set(split(loan)) == {("EARLY", 1), ("LATE", 2)}
    check_sums(loan)


def test_a_reversal_undoes_its_payment_and_moves_the_later_ones_up() -> None:
    loan = make_loan()
    first = record_payment(loan=loan, payment_no="P1", paid_on=START, amount=Decimal("259.81"), actor=None)
    record_payment(
        loan=loan, payment_no="P2", paid_on=START + dt.timedelta(days=30), amount=Decimal("259.81"), actor=None
    )
    reverse_payment(payment=first, payment_no="P1R", on=START + dt.timedelta(days=35), actor=None)
    assert set(split(loan)) == {("P2", 1)}
    check_sums(loan)
    with pytest.raises(InputError, match="more than the payment brought"):
        reverse_payment(
            payment=first, payment_no="P1R2", on=START + dt.timedelta(days=36), amount=Decimal("0.01"), actor=None
        )


def test_an_overpayment_is_kept_and_owes_nothing() -> None:
    loan = make_loan(count=1)
    record_payment(loan=loan, payment_no="P1", paid_on=START, amount=Decimal("5000.00"), actor=None)
    balance = LoanBalance.objects.get(loan=loan)
    assert (balance.outstanding_amount, balance.outstanding_principal) == (Decimal(0), Decimal(0))
    assert balance.next_due_on is None
    check_sums(loan)


def test_the_creditors_own_order_is_kept() -> None:
    creditor = CreditorFactory(allocation_order=["principal", "interest", "fee"], allocation_across="by_component")
    loan = make_loan(creditor)
    Payment.objects.create(loan=loan, payment_no="P1", paid_on=START + dt.timedelta(days=30), amount=Decimal("300.00"))
    reallocate_loans([loan.pk], fresh=[loan.pk])
    assert split(loan) == {
        ("P1", 1): (Decimal(0), Decimal(0), Decimal("250.00")),
        ("P1", 2): (Decimal(0), Decimal(0), Decimal("50.00")),
    }


def test_the_same_number_is_not_booked_twice() -> None:
    loan = make_loan()
    record_payment(loan=loan, payment_no="P1", paid_on=START, amount=Decimal("10.00"), actor=None)
    with pytest.raises(InputError, match="booked before"):
        record_payment(loan=loan, payment_no="P1", paid_on=START, amount=Decimal("10.00"), actor=None)
    assert loan.payments.count() == 1


def test_money_rows_are_never_changed_or_deleted() -> None:
    loan = make_loan()
    payment = record_payment(loan=loan, payment_no="P1", paid_on=START, amount=Decimal("10.00"), actor=None)
    payment.amount = Decimal("11.00")
    with pytest.raises(AppendOnlyError):
        payment.save()
    with pytest.raises(AppendOnlyError):
        payment.delete()
    with pytest.raises(AppendOnlyError):
        Payment.objects.update(amount=Decimal("11.00"))
    with pytest.raises(AppendOnlyError):
        Allocation.objects.all().delete()


def test_figures_are_not_stale_after_a_payment_by_day() -> None:
    loan = make_loan()
    creditor = loan.creditor
    from borrowers.ageing import age_loans

    age_loans(creditor=creditor, on=START + dt.timedelta(days=5))
    assert LoanBalance.objects.get(loan=loan).days_past_due == 5
    record_payment(
        loan=Loan.objects.get(pk=loan.pk),
        payment_no="P1",
        paid_on=START + dt.timedelta(days=5),
        amount=Decimal("259.81"),
        actor=None,
    )
    balance = LoanBalance.objects.get(loan=loan)
    assert balance.days_past_due == 0
    assert balance.overdue_amount == 0
