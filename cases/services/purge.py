"""Personal data of closed cases, removed when their day has come (docs/adr/0180-purge.md).

One borrower is one small transaction: locked, asked again of every guard, erased, marked and told in one audit event. A
purge that is killed anywhere is completed by the next one, and one that is repeated changes nothing. What the ledger,
the audit and the contact log's hashes need stays, under the creditor's own numbers.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from borrowers.models import Borrower, ContactPoint, Creditor, Document, record_event
from borrowers.personal import marked
from borrowers.services.erasing import documents_of, erase_columns, erase_documents, erase_events, plain
from cases.models import Case, ContactCondition, DevelopmentDelivery, Message, PrintRun, ProviderEvent
from cases.services.contact_log import empty_contents
from cases.services.purge_guards import kept_because
from cases.services.standing import is_personal

CHUNK = 200
Progress = Callable[[str], None]


@dataclass(slots=True)
class PurgeSummary:
    """What came of one creditor's purge: borrowers whose day had come, purged, and kept by which guard; rows by table."""

    creditor: str
    on: dt.date
    due: int = 0
    purged: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)


def purge_creditor(
    *, creditor: Creditor, on: dt.date, dry_run: bool = False, progress: Progress | None = None
) -> PurgeSummary:
    """Purge every borrower of the creditor whose cases' days have come by `on`; with `dry_run` only say whom.

    ValueError for a day that has not come yet, since nothing would bring the data back.
    """
    if not dry_run and on > creditor.business_date(timezone.now()):
        raise ValueError(f"{on} has not come yet: only a dry run may look ahead")
    summary = PurgeSummary(creditor.code, on)
    for chunk in _due(creditor, on):
        kept = kept_because(chunk, on)
        summary.due += len(chunk)
        summary.kept.update(kept.values())
        for borrower_id in chunk:
            if borrower_id in kept:
                continue
            rows = {} if dry_run else purge_borrower(borrower_id, on=on)
            summary.purged += rows is not None
            summary.rows.update(rows or {})
        if progress:
            progress(f"{creditor.code}: {summary.due} looked at, {summary.purged} purged")
    return summary


def _due(creditor: Creditor, on: dt.date) -> Iterator[list[int]]:
    cases = Case.objects.filter(creditor=creditor, purge_on__lte=on, purged_on=None).order_by("borrower_id")
    borrowers = cases.values_list("borrower_id", flat=True).distinct()
    last = 0
    while chunk := list(borrowers.filter(borrower_id__gt=last)[:CHUNK]):
        last = chunk[-1]
        yield chunk


def purge_borrower(borrower_id: int, *, on: dt.date) -> dict[str, int] | None:
    """Purge one borrower and return the rows that were emptied, by table; None when a guard or another purge was faster."""
    with transaction.atomic():
        # Cases before the borrower, as everywhere. Locked whole: no case can be opened for the borrower meanwhile.
        cases = list(Case.objects.select_for_update(of=("self",)).filter(borrower=borrower_id).order_by("pk"))
        borrower = Borrower.objects.select_for_update(of=("self",)).get(pk=borrower_id)
        due = [case for case in cases if case.purged_on is None]
        if not due or kept_because([borrower_id], on):
            return None
        rows = _erase(borrower)
        Case.objects.filter(pk__in=[case.pk for case in due]).update(purged_on=on)
        record_event(
            borrower, "purge_data", actor=None, borrower_id=borrower.pk, field="purged_on", new=on.isoformat(),
            cases=[case.pk for case in due], rows=rows,
        )  # fmt: skip
        # Last, when nothing else can fail: bytes do not come back with a rollback.
        erase_documents(_documents(borrower))
    return rows


def _erase(borrower: Borrower) -> dict[str, int]:
    """Everything but the bytes of documents, in an order in which each step still finds what it needs."""
    points = set(borrower.contact_points.values_list("value", flat=True))
    rows = {
        "contactrecord": empty_contents(borrower=borrower, actor=None, reason="purge"),
        "contactcondition": _erase_conditions(borrower),
        "reply": _erase_replies(borrower, points),
        "developmentdelivery": _erase_deliveries(borrower),
        "document": _documents(borrower).exclude(path="").count(),
    }
    rows |= {name: count for name, count in erase_columns(borrower).items() if name not in rows}
    return rows | {"auditevent": erase_events(borrower)}


def _erase_conditions(borrower: Borrower) -> int:
    """Words and proofs go. Numbers go too, but for what stands of a person who is here as somebody else's borrower."""
    conditions = ContactCondition.objects.filter(borrower=borrower)
    elsewhere = Borrower.objects.filter(person_key=borrower.person_key).exclude(pk=borrower.pk).exclude(name="")
    standing: list[int] = []
    if elsewhere.exists():
        now = timezone.now()
        standing = [row.pk for row in conditions.standing(now) if is_personal(row.kind, row.code)]
    conditions.exclude(pk__in=standing).update(to=marked("to"))
    return conditions.update(words="", proof="", end_reason="")


def _erase_replies(borrower: Borrower, points: Collection[str]) -> int:
    """Replies that no message could be found for, from a number that is nobody else's."""
    shared = ContactPoint.objects.filter(value__in=points).exclude(borrower=borrower).values_list("value", flat=True)
    own = set(points) - set(shared)
    replies = ProviderEvent.objects.filter(Q(sender__in=own) | Q(recipient__in=own), message=None)
    return replies.update(sender="", recipient="", text="", raw={}, note="")


def _erase_deliveries(borrower: Borrower) -> int:
    keys = Message.objects.filter(borrower=borrower).values("key")
    return plain(DevelopmentDelivery).filter(key__in=keys).update(to="", subject="", body="")


def _documents(borrower: Borrower) -> QuerySet[Document]:
    """The borrower's, and those of print runs that hold a letter to them: they were for the printer, and each letter in
    them is filed by itself."""
    runs = PrintRun.objects.filter(postings__letter__case__borrower=borrower)
    own = documents_of(borrower)
    return own | Document.objects.filter(Q(pk__in=runs.values("pdf")) | Q(pk__in=runs.values("addresses")))
