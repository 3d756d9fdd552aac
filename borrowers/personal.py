"""What is known of people, table by table (docs/adr/0180-purge.md): which columns tell something of a person and what is
left in them after a purge, and which stay because the ledger, the audit or the law needs them.

Each app has its own register in its module `personal`; settings.PERSONAL_DATA names them all. A test asks that every
text of every table from which a borrower can be reached stands in one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Cast, Concat

from borrowers.models import (
    AuditEvent,
    Borrower,
    ContactPoint,
    Document,
    LedgerEntry,
    Loan,
    LoanBalance,
    LoanPause,
    Payment,
    PaymentLine,
)

PURGED = "purged"


@dataclass(frozen=True, slots=True)
class Personal:
    """One table. `path` leads from a row to its borrower. `erased`: column → what is left in it. `by_hand`: columns
    that the purge's own code erases, since what stays depends on more than the row. `kept`: texts that stay.
    `documents`: columns that name a document whose bytes go with the borrower, `documents_kept` those whose stay."""

    model: type[models.Model]
    path: str
    erased: Mapping[str, Any] = field(default_factory=dict)
    by_hand: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    documents_kept: tuple[str, ...] = ()


def marked(column: str) -> Case:
    """Where a constraint asks for some text: "purged" if there was any, else nothing."""
    return Case(When(**{column: ""}, then=Value("")), default=Value(PURGED))


def numbered(word: str) -> Concat:
    """A text of its own for each row, where they must differ."""
    return Concat(Value(f"{word} "), Cast("pk", CharField()))


# What the system wrote is a clause of law; what a person wrote may tell of an illness.
_BY_SYSTEM = Case(When(actor=None, then=F("reason")), default=Value(""))

REGISTER = (
    Personal(
        Borrower,
        "pk",
        erased={
            "name": "", "id_type": "", "id_no": "", "id_no_index": "", "birth_date": None, "time_zone": "",
            "monthly_income": None, "employer": "", "credit_score": None,
        },
        # The creditor's own number of its customer, and the keyed hash by which opt-outs and the contact log hold.
        kept=("ref", "person_key", "language"),
    ),
    Personal(
        ContactPoint,
        "borrower",
        erased={
            "value": numbered(PURGED), "owner_name": "", "place": "", "preferred": False, "is_valid": False,
            "invalid_reason": PURGED,
        },
    ),
    Personal(
        Loan,
        "borrower",
        erased={"contract_url": "", "extra": {}},
        kept=("account_no", "contract_no", "product", "currency"),
    ),
    Personal(LoanBalance, "loan__borrower", kept=("bucket",)),
    Personal(LoanPause, "loan__borrower", erased={"reason": ""}),
    Personal(LedgerEntry, "loan__borrower", erased={"reason": _BY_SYSTEM}, kept=("source", "detail")),
    Personal(Payment, "loan__borrower", kept=("payment_no", "method")),
    Personal(
        PaymentLine,
        "borrower",
        erased={"raw": {}, "reference": "", "payer_name": "", "payer_account": "", "reason": ""},
        kept=("payment_no", "how", "suggestions"),
    ),
    # Its bytes go with its path (borrowers.services.erasing); the SHA-256 stays, so that a copy can still be told.
    Personal(
        Document, "borrower", erased={"name": numbered(PURGED)}, by_hand=("path",), kept=("mime_type", "sha256")
    ),
    Personal(
        AuditEvent,
        "borrower",
        by_hand=("old", "new", "reason", "detail"),
        kept=("action", "subject_type", "field"),
    ),
)  # fmt: skip
