"""Whether the contact log is still what was written: each borrower's chain followed from its first entry to its head, and
the heads held against the creditor's daily seals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, QuerySet, Sum

from borrowers.models import AuditEvent, Borrower, ContactPoint, Creditor
from cases.contact_hashes import START, End, Link, LinkFault, end_fault, follow, heads_hash, seal_hash
from cases.models import ContactChain, ContactRecord, ContactSeal
from cases.services.contact_log import EMPTIED, content_of, decision_values, entry_values, words_of

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class LogFault:
    """One thing in the contact log that does not fit. `borrower` is the number of the file, 0 for a seal."""

    borrower: int
    ref: str
    number: int
    code: str
    words: str

    def __str__(self) -> str:
        return f"{self.ref}: {self.words}"


def verify_chain(borrower: Borrower) -> LogFault | None:
    """The first thing in the borrower's contact log that does not fit, or None. Three queries."""
    return next(_faults(ContactRecord.objects.filter(borrower=borrower), Borrower.objects.filter(pk=borrower.pk)), None)


def check_creditor(creditor: Creditor) -> Iterator[LogFault]:
    """The first fault of each borrower's chain of the creditor, then that of its seals. One pass over the log."""
    records = ContactRecord.objects.filter(borrower__creditor=creditor)
    yield from _faults(records, Borrower.objects.filter(creditor=creditor))
    fault = seal_fault(creditor)
    if fault is not None:
        yield fault


def chained(records: QuerySet[ContactRecord]) -> QuerySet[ContactRecord]:
    """The entries in the order of their chains, with all that a link is made from."""
    return (
        records.select_related("decision")
        .annotate(point_is_there=Exists(ContactPoint.objects.filter(pk=OuterRef("contact_point_no"))))
        .order_by("borrower_id", F("chain_no").asc(nulls_last=True), "pk")
    )


def link_of(record: ContactRecord) -> Link:
    """A row of the database as a link of its chain."""
    return Link(
        name=f"entry {record.chain_no} (row {record.pk}, {record.at:%Y-%m-%d %H:%M} UTC)",
        number=record.chain_no or 0,
        previous=record.previous_hash,
        hash=record.entry_hash,
        entry=entry_values(record),
        salt=record.content_salt,
        content=None if is_emptied(record) else content_of(record),
        content_hash=record.content_hash,
        decision=decision_values(record),
        words=words_of(record.decision),
        decision_hash=record.decision_hash,
    )


def is_emptied(record: ContactRecord) -> bool:
    return not any((record.content_salt, record.to, record.notes, record.recording_ref))


# --- Chains ---------------------------------------------------------------------------------------------


def _faults(records: QuerySet[ContactRecord], borrowers: QuerySet[Borrower]) -> Iterator[LogFault]:
    """The first fault of each borrower, in the order of their numbers; entries and heads are read side by side."""
    ends = ContactChain.objects.filter(borrower__in=borrowers).select_related("borrower").order_by("borrower_id")
    # An emptying empties all that stands at its instant: what was written later may not be empty.
    emptyings = AuditEvent.objects.filter(action=EMPTIED, subject_type="borrower", borrower__in=borrowers)
    emptied = dict(emptyings.order_by().values_list("subject_id").annotate(Max("at")))
    grouped = groupby(chained(records).iterator(chunk_size=_CHUNK), key=lambda record: record.borrower_id)
    chains = ((borrower, list(rows)) for borrower, rows in grouped)
    waiting = next(chains, None)
    for end in ends.iterator(chunk_size=_CHUNK):
        while waiting is not None and waiting[0] < end.pk:
            yield _headless(*waiting)
            waiting = next(chains, None)
        rows: list[ContactRecord] = []
        if waiting is not None and waiting[0] == end.pk:
            rows, waiting = waiting[1], next(chains, None)
        fault = _first_fault(rows, end, emptied.get(end.pk))
        if fault is not None:
            yield LogFault(end.pk, end.borrower.ref, fault.number, fault.code, fault.words)
    while waiting is not None:
        yield _headless(*waiting)
        waiting = next(chains, None)


def _headless(borrower: int, rows: list[ContactRecord]) -> LogFault:
    return LogFault(borrower, rows[0].borrower.ref, 0, "head", "the head of the chain is missing")


def _first_fault(rows: list[ContactRecord], end: ContactChain, emptied_at: dt.datetime | None) -> LinkFault | None:
    written = [row for row in rows if row.chain_no is not None]
    found = follow(link_of(row) for row in written)
    if isinstance(found, LinkFault):
        return found
    for row in rows:
        fault = _beside(row, emptied_at)
        if fault is not None:
            return fault
    return end_fault(found, length=end.length, hash=end.hash) or _sealed_fault(written, end)


def _beside(row: ContactRecord, emptied_at: dt.datetime | None) -> LinkFault | None:
    """What the hashes alone do not show of one entry; `emptied_at`: when its borrower's log was last emptied by law."""
    name = f"entry {row.chain_no} (row {row.pk}, {row.at:%Y-%m-%d %H:%M} UTC)"
    number = row.chain_no or 0
    if row.chain_no is None:
        return LinkFault(0, "unchained", f"row {row.pk} was written past the log: it has no place in the chain")
    gone = row.contact_point_id is None and not row.point_is_there  # type: ignore[attr-defined]  # annotated
    if row.contact_point_id != row.contact_point_no and not gone:
        return LinkFault(number, "entry", f"{name}: the contact point was changed")
    if is_emptied(row) and (emptied_at is None or row.recorded_at > emptied_at):
        return LinkFault(number, "emptied", f"{name} was emptied, and no event accounts for it")
    return None


def _sealed_fault(rows: list[ContactRecord], end: ContactChain) -> LinkFault | None:
    """Whether the chain still holds what the last seal found."""
    if not end.sealed_length:
        return None
    if end.sealed_length > len(rows):
        return LinkFault(len(rows) + 1, "cut", f"entry {len(rows) + 1} is missing: {end.sealed_length} were sealed")
    if rows[end.sealed_length - 1].entry_hash != end.sealed_hash:
        return LinkFault(end.sealed_length, "seal", f"entry {end.sealed_length} is not the one that was sealed")
    return None


# --- Seals ----------------------------------------------------------------------------------------------


def seal_day(*, creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    """Seal the creditor's contact log at the end of the day's run, once a day; 1 when that was done now.

    Writers of the borrower's next entries wait until the seal stands; it reads ends of chains, not entries.
    """
    with transaction.atomic():
        Creditor.objects.select_for_update(no_key=True).get(pk=creditor.pk)
        seals = ContactSeal.objects.filter(creditor=creditor)
        if seals.filter(on=on).exists():
            return 0
        ends = ContactChain.objects.filter(borrower__creditor=creditor)
        ends.exclude(sealed_length=F("length")).update(sealed_length=F("length"), sealed_hash=F("hash"))
        values = _heads(creditor)
        if not values.chains:
            return 0
        last = seals.order_by("-number").first()
        number, previous = (last.number + 1, last.hash) if last is not None else (1, START)
        own = seal_hash(
            creditor=creditor.pk, number=number, on=on, chains=values.chains, entries=values.entries,
            heads=values.hash, previous=previous, sealed_at=now,
        )  # fmt: skip
        ContactSeal.objects.create(
            creditor=creditor, number=number, on=on, chains=values.chains, entries=values.entries,
            heads_hash=values.hash, previous_hash=previous, hash=own, sealed_at=now,
        )  # fmt: skip
    return 1


def seal_fault(creditor: Creditor) -> LogFault | None:
    """The first seal that was changed or is missing, or that the last seal does not fit the ends of the chains."""
    previous, last, number = START, None, 0
    for last in ContactSeal.objects.filter(creditor=creditor).order_by("number").iterator(chunk_size=_CHUNK):
        number += 1
        if last.number != number:
            return _seal_fault(creditor, number, f"seal {number} is missing")
        own = seal_hash(
            creditor=creditor.pk, number=last.number, on=last.on, chains=last.chains, entries=last.entries,
            heads=last.heads_hash, previous=last.previous_hash, sealed_at=last.sealed_at,
        )  # fmt: skip
        if own != last.hash or last.previous_hash != previous:
            return _seal_fault(creditor, number, f"seal {number} of {last.on} was changed")
        previous = last.hash
    values = _heads(creditor)
    if last is None:
        return _seal_fault(creditor, 1, "the seal is missing") if values.chains else None
    if (values.chains, values.entries, values.hash) != (last.chains, last.entries, last.heads_hash):
        return _seal_fault(
            creditor,
            number,
            f"the chains do not end as they were sealed on {last.on}: "
            f"{values.chains} of {last.chains} chains, {values.entries} of {last.entries} entries",
        )
    return None


def _seal_fault(creditor: Creditor, number: int, words: str) -> LogFault:
    return LogFault(0, creditor.code, number, "seal", words)


@dataclass(frozen=True, slots=True)
class _Heads:
    chains: int
    entries: int
    hash: str


def _heads(creditor: Creditor) -> _Heads:
    """What was sealed of the creditor's chains, as it stands now."""
    ends = ContactChain.objects.filter(borrower__creditor=creditor, sealed_length__gt=0)
    sums = ends.aggregate(chains=Count("pk"), entries=Sum("sealed_length"))
    rows = ends.order_by("borrower_id").values_list("borrower_id", "sealed_length", "sealed_hash")
    return _Heads(sums["chains"], sums["entries"] or 0, heads_hash(rows.iterator(chunk_size=_CHUNK)))


__all__ = ["End", "LogFault", "check_creditor", "link_of", "seal_day", "seal_fault", "verify_chain"]
