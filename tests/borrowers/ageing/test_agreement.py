"""The nightly statement says of every loan what the calculator says of it alone."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import pytest

from borrowers.ageing import age_loans, assess_loan
from borrowers.models import Creditor, Instalment, Loan, LoanBalance, LoanPause, Payment
from tests.factories import BorrowerFactory, CreditorFactory, LoanFactory

pytestmark = [pytest.mark.django_db, pytest.mark.loose_ledger]

START = dt.date(2026, 1, 5)
BUCKETS = [["M0", 0], ["early", 1], ["M2", 30], ["late", 75]]


def day(offset: int) -> dt.date:
    return START + dt.timedelta(days=offset)


def cents(rng: random.Random, most: int) -> Decimal:
    return Decimal(rng.choice([0, rng.randint(1, most), rng.randint(1, most)])) / 100


def give_schedule(loan: Loan, rng: random.Random) -> None:
    # Numbers need not follow the due dates, and dates may coincide.
    count = rng.randint(1, 7)
    numbers = list(range(1, count + 1))
    rng.shuffle(numbers)
    parts = [
        (day(rng.randint(0, 150)), number, cents(rng, 30000), cents(rng, 900), cents(rng, 90)) for number in numbers
    ]
    total = Decimal(0)
    for due_on, number, principal, interest, fee in sorted(parts):
        total += principal + interest + fee
        Instalment.objects.create(
            loan=loan, number=number, due_on=due_on, principal=principal, interest=interest, fee=fee,
            cumulative_due=total,
        )  # fmt: skip


def give_payments(loan: Loan, rng: random.Random) -> None:
    total = max(row.cumulative_due for row in loan.instalments.all())
    for index in range(rng.randint(0, 5)):
        amount = rng.choice([Decimal(rng.randint(1, 40000)) / 100, max(total, Decimal("0.01"))])
        payment = Payment.objects.create(
            loan=loan, payment_no=f"P{index}", paid_on=day(rng.randint(-10, 200)), amount=amount
        )
        if rng.random() < 0.3:
            Payment.objects.create(
                loan=loan, payment_no=f"R{index}", paid_on=payment.paid_on + dt.timedelta(days=rng.randint(0, 60)),
                amount=-rng.choice([amount, (amount / 2).quantize(Decimal("0.01")) or amount]), reverses=payment,
            )  # fmt: skip


def give_balance(loan: Loan) -> None:
    """Block 1 as the ledger keeps it: all money, whatever its day."""
    rows = sorted(loan.instalments.all(), key=lambda row: (row.due_on, row.number))
    payments = list(loan.payments.all())
    paid = sum((payment.amount for payment in payments), Decimal(0))
    due = rows[-1].cumulative_due
    LoanBalance.objects.create(
        loan=loan,
        due_total=due,
        paid_total=paid,
        last_paid_on=max((payment.paid_on for payment in payments), default=None),
        outstanding_principal=loan.principal,
        outstanding_amount=due - min(due, max(paid, Decimal(0))),
        next_due_on=next((row.due_on for row in rows if row.cumulative_due > max(paid, Decimal(0))), None),
    )


def give_pauses(loan: Loan, rng: random.Random) -> None:
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        start = rng.randint(-20, 180)
        end = None if rng.random() < 0.2 else day(start + rng.randint(0, 60))
        LoanPause.objects.create(loan=loan, start=day(start), end=end, reason="test")


def portfolio(seed: int, loans: int) -> Creditor:
    rng = random.Random(seed)
    creditor = CreditorFactory.create(grace_days=rng.choice([0, 3, 10]), buckets=rng.choice([[], BUCKETS]))
    borrower = BorrowerFactory.create(creditor=creditor)
    for _ in range(loans):
        loan = LoanFactory.create(borrower=borrower)
        give_schedule(loan, rng)
        give_payments(loan, rng)
        give_balance(loan)
        give_pauses(loan, rng)
    return creditor


def assert_agrees(creditor: Creditor, on: dt.date) -> None:
    for loan in Loan.objects.filter(creditor=creditor).select_related("balance", "creditor"):
        expected, balance = assess_loan(loan, on), loan.balance
        got = (
            balance.days_past_due, balance.delinquent_days, balance.bucket, balance.overdue_amount,
            balance.outstanding_amount,
        )  # fmt: skip
        assert got == (
            expected.days_past_due, expected.delinquent_days, expected.bucket, expected.overdue_amount,
            expected.outstanding_amount,
        ), (loan.pk, on)  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_the_calculator_on_any_day_forth_and_back(seed: int) -> None:
    creditor = portfolio(seed, 25)
    for offset in [-5, 0, 40, 41, 160, 90, 300, 12]:
        age_loans(creditor=creditor, on=day(offset))
        assert_agrees(creditor, day(offset))


def test_a_second_ageing_of_the_same_day_writes_nothing() -> None:
    creditor = portfolio(1, 30)
    assert age_loans(creditor=creditor, on=day(100)) > 0
    before = list(LoanBalance.objects.order_by("pk").values())
    assert age_loans(creditor=creditor, on=day(100)) == 0
    assert list(LoanBalance.objects.order_by("pk").values()) == before


def test_only_loans_that_change_are_written_and_the_creditor_carries_the_day() -> None:
    creditor = CreditorFactory.create()
    early, late = (LoanFactory.create(borrower__creditor=creditor) for _ in range(2))
    for loan, due in [(early, day(10)), (late, day(50))]:
        Instalment.objects.create(loan=loan, number=1, due_on=due, principal=100, interest=0, fee=0, cumulative_due=100)
        give_balance(loan)
    assert age_loans(creditor=creditor, on=day(20)) == 1
    creditor.refresh_from_db()
    assert creditor.aged_on == day(20)
    assert LoanBalance.objects.get(pk=late.pk).changed_on is None
    assert LoanBalance.objects.get(pk=early.pk).days_past_due == 10


def test_given_loans_are_aged_alone_and_do_not_move_the_creditors_day() -> None:
    creditor = portfolio(3, 12)
    age_loans(creditor=creditor, on=day(5))
    ids = list(Loan.objects.filter(creditor=creditor).values_list("pk", flat=True))
    other = {row.pk: row.days_past_due for row in LoanBalance.objects.exclude(pk__in=ids[:6])}
    age_loans(creditor=creditor, on=day(200), loan_ids=ids[:6])
    assert {row.pk: row.days_past_due for row in LoanBalance.objects.exclude(pk__in=ids[:6])} == other
    for loan in Loan.objects.filter(pk__in=ids[:6]).select_related("balance"):
        assert loan.balance.days_past_due == assess_loan(loan, day(200)).days_past_due
    creditor.refresh_from_db()
    assert creditor.aged_on == day(5)
    assert age_loans(creditor=creditor, on=day(5), loan_ids=[]) == 0


def test_closed_loans_and_other_creditors_keep_their_figures() -> None:
    creditor, other = portfolio(4, 10), portfolio(5, 10)
    Loan.objects.filter(creditor=creditor).update(status=Loan.Status.RECALLED)
    assert age_loans(creditor=creditor, on=day(200)) == 0
    assert not LoanBalance.objects.filter(loan__creditor=other).exclude(changed_on=None).exists()


def test_a_pause_before_the_delinquency_does_not_shorten_it() -> None:
    creditor = CreditorFactory.create()
    loan = LoanFactory.create(borrower__creditor=creditor)
    Instalment.objects.create(loan=loan, number=1, due_on=day(30), principal=100, interest=0, fee=0, cumulative_due=100)
    give_balance(loan)
    LoanPause.objects.create(loan=loan, start=day(0), end=day(35), reason="holiday")
    age_loans(creditor=creditor, on=day(60))
    balance = LoanBalance.objects.get(pk=loan.pk)
    assert (balance.days_past_due, balance.delinquent_days) == (30, 25)
