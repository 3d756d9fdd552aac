"""What matters need besides: arrangements, and files in order."""

from __future__ import annotations

import datetime as dt
from typing import Any

from borrowers.models import User
from borrowers.models.document import file_document
from cases.models import Arrangement, Case
from tests.legal.conftest import today


def agree(case: Case, by: User, *, state: str) -> Arrangement:
    """An arrangement of the case's loan, written as a row: how it comes about is not what is tested here."""
    return Arrangement.objects.create(
        case=case,
        loan=case.loans.get(),
        kind="instalments",
        state=state,
        sequence=1,
        total="1320.00",
        last_due_on=today() + dt.timedelta(days=30),
        reason="sample",
        proposed_on=today(),
        proposed_by=by,
        needs_level="supervisor",
        recording_ref="REC-1",
    )


def file_papers(case: Case, *kinds: str, by: User | None = None) -> list[Any]:
    return [
        file_document(
            data=f"%PDF-1.7 {kind}".encode(),
            name=f"{kind}.pdf",
            mime_type="application/pdf",
            kind=kind,
            creditor=case.creditor,
            borrower=case.borrower,
            by=by,
        )
        for kind in kinds
    ]
