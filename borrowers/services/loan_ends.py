"""How open loans come to be worked no more: their status, with its event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from borrowers.models import AuditEvent, Loan, User
from borrowers.models.audit import build_event


def end_loans(
    loans: Sequence[Loan], status: Loan.Status, action: str, *, on: dt.date, reason: str, actor: User | None
) -> None:
    """Give these open loans, which the caller has locked, their status, and write one event each; the rows in hand have
    it as well. Must be inside the caller's transaction."""
    Loan.objects.filter(pk__in=[loan.pk for loan in loans]).update(status=status)
    AuditEvent.objects.bulk_create(
        build_event(
            loan, action, actor=actor, field="status", old=Loan.Status.OPEN, new=status,
            reason=reason.strip(), on=on.isoformat(),
        )
        for loan in loans
    )  # fmt: skip
    for loan in loans:
        loan.status = status
