"""Loans that are collected no more: what was recorded stays, and what is still paid is booked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from borrowers.models import Loan, User
from borrowers.services.loan_ends import end_loans


def write_off_loans(*, loan_ids: Iterable[int], on: dt.date, reason: str, actor: User | None) -> list[Loan]:
    """Mark the open ones of the loans as written off and return them: no night ages them, opens a case for them or
    queues anything about them from then on. Paid and recalled ones stay what they are."""
    with transaction.atomic():
        loans = list(
            Loan.objects.select_for_update().filter(pk__in=list(loan_ids), status=Loan.Status.OPEN).order_by("pk")
        )
        end_loans(loans, Loan.Status.WRITTEN_OFF, "write_off_loan", on=on, reason=reason, actor=actor)
    return loans
