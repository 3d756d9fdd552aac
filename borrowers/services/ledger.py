"""Money received: booked once, split by the creditor's order, corrected by reversing entries.

Whatever is booked for an earlier day makes all that follows from that day anew; the audit event of each booking keeps
what the loan owed before and after it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from borrowers.ageing import age_loans
from borrowers.errors import InputError, gettext_noop
from borrowers.models import Allocation, AuditEvent, Instalment, Loan, LoanBalance, Payment, User
from borrowers.models.audit import build_event
from borrowers.money import money_text, round_money, summed
from borrowers.services.followers import tell_money_moved
from borrowers.services.reallocation import reallocate_loans

ZERO = Decimal("0.00")
PAYMENT_BOOKED = "payment_booked"
LONGEST_NUMBER = 64
# What one booking may come to: the sums of many still have room in their columns, as at the intake.
MOST = Decimal("9999999999.99")


def record_payment(
    *,
    loan: Loan,
    payment_no: str,
    paid_on: dt.date,
    amount: Decimal,
    method: str = "",
    designated: Instalment | None = None,
    reason: str = "",
    actor: User | None,
) -> Payment:
    """Book one payment, for the instalment that the debtor designated if they did (民法典 560). InputError when the
    amount is not positive or finer than the smallest coin, the number was booked before, or the day lies before that on
    which the money was lent."""
    check_amount(amount, loan)
    if paid_on < loan.disbursed_on:
        raise InputError("paid_on", gettext_noop("lies before the day of disbursement"))
    if designated is not None and designated.loan_id != loan.pk:
        raise InputError("designated", gettext_noop("belongs to another loan"))
    return _book(
        Payment(
            loan=loan, payment_no=payment_no, paid_on=paid_on, amount=amount, method=method, designated=designated
        ),
        PAYMENT_BOOKED,
        actor,
        reason,
    )  # fmt: skip


def reverse_payment(
    *,
    payment: Payment,
    payment_no: str,
    on: dt.date,
    amount: Decimal | None = None,
    cause: str = Payment.Cause.BOUNCED,
    reason: str = "",
    actor: User | None,
) -> Payment:
    """Take a payment back, whole or in part, by a reversing entry on its own date.

    InputError when more would be taken back than is left of it, when it is a reversal itself, or when the date lies
    before the payment's.
    """
    if payment.reverses_id is not None:
        raise InputError("payment", gettext_noop("a reversal cannot be reversed: book the payment anew"))
    if on < payment.paid_on:
        raise InputError("on", gettext_noop("lies before the payment"))
    with transaction.atomic():
        Loan.objects.select_for_update().get(pk=payment.loan_id)
        left = left_of(payment)
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            raise InputError("amount", gettext_noop("takes back more than the payment brought"))
        check_amount(amount, payment.loan)
        return _book(
            Payment(
                loan=payment.loan, payment_no=payment_no, paid_on=on, amount=-amount, method=payment.method,
                reverses=payment, cause=cause,
            ),
            "payment_reversed",
            actor,
            reason,
        )  # fmt: skip


def move_payment(*, payment: Payment, to: Loan, payment_no: str, reason: str = "", actor: User | None) -> Payment:
    """Book on `to` what was booked on the wrong loan, for the day on which it was paid: the wrong loan is as if it had
    never come. Returns the new payment; both bookings or none. `payment_no` is the new payment's; the reversal's is
    that of the old payment with "/R".

    InputError when nothing is left of it, when both loans are one, or of another currency or creditor.
    """
    if to.pk == payment.loan_id:
        raise InputError("to", gettext_noop("is the loan on which it was booked"))
    if (to.creditor_id, to.currency) != (payment.loan.creditor_id, payment.loan.currency):
        raise InputError("to", gettext_noop("is a loan of another creditor or in another currency"))
    with transaction.atomic():
        # In order of their numbers, so that two moves never wait for each other.
        list(Loan.objects.select_for_update().filter(pk__in=[payment.loan_id, to.pk]).order_by("pk"))
        amount = left_of(payment)
        reverse_payment(
            payment=payment, payment_no=marked(payment.payment_no, "R"), on=payment.paid_on,
            cause=Payment.Cause.WRONG_ACCOUNT, reason=reason, actor=actor,
        )  # fmt: skip
        return record_payment(
            loan=to, payment_no=payment_no, paid_on=payment.paid_on, amount=amount, method=payment.method,
            reason=reason, actor=actor,
        )  # fmt: skip


def refund_overpayment(
    *, loan: Loan, payment_no: str, on: dt.date, amount: Decimal, reason: str = "", actor: User | None
) -> list[Payment]:
    """Book that money paid in excess went back to the borrower: the newest payments are taken back by that much.

    InputError when it is more than the credit of the loan.
    """
    with transaction.atomic():
        loan = Loan.objects.select_for_update().get(pk=loan.pk)
        if not 0 < amount <= credit_of(loan):
            raise InputError("amount", gettext_noop("is more than was paid in excess"))
        booked: list[Payment] = []
        for payment in loan.payments.filter(reverses=None, paid_on__lte=on).order_by("-paid_on", "-pk"):
            part = min(left_of(payment), amount)
            if part:
                number = payment_no if not booked else marked(payment_no, len(booked) + 1)
                booked.append(
                    reverse_payment(
                        payment=payment,
                        payment_no=number,
                        on=on,
                        amount=part,
                        cause=Payment.Cause.REFUND,
                        reason=reason,
                        actor=actor,
                    )
                )
                amount -= part
            if not amount:
                return booked
        raise InputError("on", gettext_noop("lies before the payments that brought the excess"))


def marked(payment_no: str, mark: object) -> str:
    """The number with "/" and the mark behind it, within what the column holds: cut before the mark, never in it."""
    ending = f"/{mark}"
    return payment_no[: LONGEST_NUMBER - len(ending)] + ending


def left_of(payment: Payment) -> Decimal:
    """What of it was not taken back."""
    return payment.amount + summed(payment.reversals.aggregate(total=Sum("amount"))["total"])


def credit_of(loan: Loan) -> Decimal:
    """What was paid in excess: a credit of the borrower, to be refunded or set against what is charged later."""
    balance = LoanBalance.objects.get(loan=loan)
    return max(ZERO, balance.paid_total - balance.due_total)


def check_amount(amount: Decimal, loan: Loan) -> None:
    """InputError unless it is a sum above 0 that the loan's currency has coins for, and the columns room."""
    if amount <= 0:
        raise InputError("amount", gettext_noop("must be more than 0"))
    if amount > MOST:
        raise InputError("amount", gettext_noop("is too large"))
    if amount != round_money(amount, loan.currency):
        raise InputError("amount", gettext_noop("has a fraction of the smallest coin"))


def _book(payment: Payment, action: str, actor: User | None, reason: str) -> Payment:
    loan = payment.loan
    with booking(loan, action, actor=actor, on=payment.paid_on) as event:
        if loan.payments.filter(payment_no=payment.payment_no).exists():
            raise InputError("payment_no", gettext_noop("was booked before"))
        payment.save()
        event.field, event.new = "payment", f"{payment.payment_no}: {payment.amount}"
        event.reason = (reason.strip() or payment.cause)[:500]
        if payment.cause:
            event.detail["cause"] = payment.cause
    return payment


# --- The shape of every booking ------------------------------------------------------------------------


@contextmanager
def booking(loan: Loan, action: str, *, actor: User | None, on: dt.date) -> Iterator[AuditEvent]:
    """Lock the loan; let the caller write its rows; bring split, balances and age up to date; write the event with
    what was owed before and after. All or nothing. The event's field, values and reason are the caller's."""
    with transaction.atomic():
        locked = Loan.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=loan.pk)
        before = figures_of(locked)
        later = locked.payments.filter(paid_on__gt=on).exists() or locked.entries.filter(on__gt=on).exists()
        event = build_event(locked, action, actor=actor, on=on.isoformat(), before=before, backdated=later)
        yield event
        reallocate_loans([locked.pk])
        if locked.creditor.aged_on:
            age_loans(creditor=locked.creditor, on=locked.creditor.aged_on, loan_ids=[locked.pk])
        event.detail["after"] = figures_of(locked)
        event.save()
        tell_money_moved([locked.pk], paid=action == PAYMENT_BOOKED)


def figures_of(loan: Loan) -> dict[str, str | int]:
    """What a loan owes and has paid, by part, as an event keeps it."""
    balance = LoanBalance.objects.filter(loan=loan).first()
    if balance is None:
        return {}
    paid = Allocation.objects.filter(payment__loan=loan).aggregate(
        fee=Sum("fee"), interest=Sum("interest"), penalty=Sum("penalty"), principal=Sum("principal")
    )
    currency = loan.currency
    return {
        "outstanding_amount": money_text(balance.outstanding_amount, currency),
        "overdue_amount": money_text(balance.overdue_amount, currency),
        "days_past_due": balance.days_past_due,
        **{f"{name}_paid": money_text(summed(total), currency) for name, total in paid.items()},
    }
