"""The creditor takes accounts back (退案): their loans are worked no more, and what was recorded stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from borrowers.errors import InputError, gettext_noop
from borrowers.models import Creditor, Loan, User
from borrowers.services.loan_ends import end_loans


def recall_loans(
    *, creditor: Creditor, account_nos: Sequence[str], on: dt.date, reason: str, actor: User | None
) -> list[Loan]:
    """Mark the loans as recalled and return those that were not yet; all or none.

    InputError that names the first account which is unknown or paid, or when the reason is missing.
    """
    if not reason.strip():
        raise InputError("reason", gettext_noop("is missing"))
    with transaction.atomic():
        loans = {
            loan.account_no: loan
            for loan in Loan.objects.select_for_update()
            .filter(creditor=creditor, account_no__in=list(account_nos))
            .order_by("pk")
        }
        for account_no in account_nos:
            loan = loans.get(account_no)
            if loan is None:
                raise InputError("account_no", gettext_noop("%(account)s is no account here"), account=account_no)
            if loan.status not in (Loan.Status.OPEN, Loan.Status.RECALLED):
                raise InputError("account_no", gettext_noop("%(account)s is paid or written off"), account=account_no)
        recalled = [loan for loan in loans.values() if loan.status == Loan.Status.OPEN]
        end_loans(recalled, Loan.Status.RECALLED, "recall_loan", on=on, reason=reason, actor=actor)
    return recalled
