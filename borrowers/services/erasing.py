"""The one door through which rows that are never changed lose what they tell of a person (docs/adr/0180-purge.md).

Only what the registers of personal data name, only for one borrower at a time, and only inside the transaction of a
purge, whose audit event accounts for it. Who may be purged, and when, is decided above (cases.services.purge).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, models
from django.utils.module_loading import import_string

from borrowers.models import AuditEvent, Borrower, Document
from borrowers.personal import Personal

_CHUNK = 500
# Codes, numbers and sums that the audit lives on: what these events were about is no text that somebody wrote.
_TELLING = frozenset(
    {
        "payment_booked", "payment_reversed", "fee_charged", "waived", "entry_reversed", "arrangement_started",
        "arrangement_broken", "make_promise", "cancel_promise", "promise_kept", "promise_part_kept", "promise_broken",
        "recall_loan", "open_case", "add_loan", "grade_case", "assign_case", "take_case", "issue_letter", "make_paper",
        "condition_recorded", "assign_line", "purge_data", "empty_contacts", "set_legal_hold", "lift_legal_hold",
    }
)  # fmt: skip
_CODES = frozenset({"stage", "state", "status", "risk_grade", "assigned_to", "is_valid", "place"})
_PLAIN = re.compile(r"-?\d{1,14}\.\d{1,6}|-?\d{1,8}|\d{4}-\d{2}-\d{2}([T ][0-9:.+-]+)?|")
_CAUSE = re.compile(r"[a-z_]{2,30}")


def registers() -> Iterator[Personal]:
    """Every table with personal data, of all apps."""
    for name in settings.PERSONAL_DATA:
        yield from import_string(name)


def plain(model: type[models.Model]) -> models.QuerySet[Any]:
    """The rows of a table with no guard of its own: the door."""
    if not connection.in_atomic_block:
        raise RuntimeError("the door to rows that never change is open inside a transaction only")
    return models.QuerySet(model)


def erase_columns(borrower: Borrower) -> dict[str, int]:
    """Erase what the registers name of this borrower; returns the number of rows by table. Repeating it changes nothing
    more."""
    counts: dict[str, int] = {}
    for entry in registers():
        if entry.erased:
            rows = plain(entry.model).filter(**{entry.path: borrower.pk})
            counts[entry.model._meta.model_name or ""] = rows.update(**entry.erased)
    return counts


def erase_events(borrower: Borrower) -> int:
    """Of the audit events: who, when, what and of which row stays, with codes, numbers, sums and days; words go."""
    changed: list[AuditEvent] = []
    for event in plain(AuditEvent).filter(borrower=borrower).iterator(chunk_size=_CHUNK):
        before = (event.old, event.new, event.reason, event.detail)
        if not (event.action in _TELLING or event.field in _CODES):
            event.old, event.new = _without_words(event.old), _without_words(event.new)
        is_cause = event.action == "payment_reversed" and _CAUSE.fullmatch(event.reason)
        event.reason = event.reason if is_cause else ""
        event.detail = _without_words(event.detail)
        if before != (event.old, event.new, event.reason, event.detail):
            changed.append(event)
    plain(AuditEvent).bulk_update(changed, ["old", "new", "reason", "detail"], batch_size=_CHUNK)
    return len(changed)


def _without_words(value: Any) -> Any:
    """The value with every text emptied that is no number, sum or day; shapes and keys stay."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else ""
    if isinstance(value, dict):
        return {key: _without_words(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_words(inner) for inner in value]
    return value


def documents_of(borrower: Borrower) -> models.QuerySet[Document]:
    """What was filed of the borrower, and whatever the registers say of tables about them names."""
    wanted = models.Q(borrower=borrower)
    for entry in registers():
        for column in entry.documents:
            rows: models.QuerySet[Any] = (
                models.QuerySet(entry.model).filter(**{entry.path: borrower.pk}).exclude(**{column: None})
            )
            wanted |= models.Q(pk__in=rows.values(column))
    return Document.objects.filter(wanted)


def erase_documents(documents: models.QuerySet[Document]) -> int:
    """Take the bytes of these documents from the store, then their path; returns how many. The row, its size and its
    SHA-256 stay.

    The bytes go first: killed between the two, the next purge finds the path and nothing behind it. Bytes that another
    document shares stay for that one.
    """
    count = 0
    for pk, path in list(documents.exclude(path="").values_list("pk", "path")):
        if not Document.objects.filter(path=path).exclude(pk=pk).exists():
            default_storage.delete(path)
        count += plain(Document).filter(pk=pk).update(path="")
    return count
