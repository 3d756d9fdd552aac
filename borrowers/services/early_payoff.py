"""A payment that covers the payoff figure of its day closes the loan: interest of the days after it is rebated
(民法典 677), where the creditor's contracts do not agree otherwise."""

from __future__ import annotations

from borrowers.models import Creditor, LedgerEntry, Payment
from borrowers.models.ledger import Component
from borrowers.rules.allocation import allocate
from borrowers.rules.payoff import quote_payoff
from borrowers.schedule import load_accounts
from borrowers.services.reallocation import accrue_to


def rebate_interest(payment: Payment) -> list[LedgerEntry]:
    """Write the rebates that `payment`, just saved, brings; none where something is left to pay."""
    account = load_accounts([payment.loan_id])[payment.loan_id]
    if account.creditor.payoff_interest != Creditor.PayoffInterest.EARNED:
        return []
    accrue_to(account, payment.paid_on)
    owed = allocate(account.due(), account.paid(), account.order, account.across, account.adjustments()).owed
    payoff = quote_payoff(
        payment.paid_on, account.loan.disbursed_on, account.effective(), owed, earned_only=True,
        currency=account.loan.currency,
    )  # fmt: skip
    if payoff.total or not any(part.total for part in owed):
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
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            loan=payment.loan,
            instalment_id=entry.instalment_id,
            kind=entry.kind,
            component=entry.component,
            on=entry.on,
            amount=-entry.amount,
            reverses=entry,
            source=entry.source,
            reason=entry.reason,
        )
        for entry in entries
    )


def source_of(payment: Payment) -> str:
    return f"payoff {payment.pk}"
