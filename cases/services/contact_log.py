"""The one writer of the contact log: what every entry has in common is filled in here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from borrowers.models import Borrower
from cases.models import Case, ContactRecord
from cases.outcomes import OUTCOMES


def write_contact(
    *,
    borrower: Borrower,
    case: Case | None,
    at: dt.datetime,
    channel: str,
    outcome: str,
    loans: Sequence[str] | None = None,
    **more: Any,
) -> ContactRecord:
    """Write one entry, inside the caller's transaction. `outcome` is a code of cases.outcomes, `loans` the account
    numbers spoken of (left out: those of the case), `more` the other fields of ContactRecord."""
    if loans is None:
        loans = list(case.loans.order_by("pk").values_list("account_no", flat=True)) if case is not None else []
    record: ContactRecord = ContactRecord.objects.create(
        borrower=borrower,
        person_key=borrower.person_key,
        case=case,
        loans=list(loans),
        at=at,
        channel=channel,
        outcome=outcome,
        gate_outcome=OUTCOMES[outcome].gate_outcome,
        **more,
    )
    return record
