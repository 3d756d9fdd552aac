"""A payment that covers the payoff figure of its day closes the loan: interest of the days after it is rebated
(民法典 677), where the creditor's contracts do not agree otherwise."""

from __future__ import annotations

from borrowers.models import Creditor, LedgerEntry, Payment
from borrowers.models.ledger import Component
from borrowers.schedule import load_account
from borrowers.services.reallocation import accrue_to


def rebate_interest(payment: Payment) -> list[LedgerEntry]:
    """Write the rebates that `payment`, just saved, brings; none where something is left to pay."""
    if not Creditor.objects.filter(loans=payment.loan_id, payoff_interest=Creditor.PayoffInterest.EARNED).exists():
        return []
    account = load_account(payment.loan)
    accrue_to(account, payment.paid_on)
    payoff = account.payoff(payment.paid_on)
    if payoff.total or not payoff.owed:
        return []
    keys = {row.number: row for row in account.schedule}
    return list(
        LedgerEntry.objects.bulk_create(
            LedgerEntry(
                loan=payment.loan,
                instalment=keys[rebate.number],
                kind=LedgerEntry.Kind.WAIVER,
                component=Component.INTEREST,
                on=payment.paid_on,
                amount=-rebate.amount,
                source=source_of(payment),
                reason="民法典 677",
                detail={"interest": str(rebate.interest), "days": rebate.unearned_days, "of": rebate.period_days},
            )
            for rebate in payoff.rebates
        )
    )


def undo_rebates(payment: Payment) -> None:
    """The payment that closed the loan is taken back: what it brought goes with it."""
    entries = LedgerEntry.objects.filter(loan=payment.loan_id, source=source_of(payment), reverses=None, reversals=None)
    LedgerEntry.objects.bulk_create(entry.reversal() for entry in entries)


def source_of(payment: Payment) -> str:
    return f"payoff {payment.pk}"
