"""Why a borrower's personal data must stay although their day has come: each guard names those whom it protects.

The apps above add their own (settings.PURGE_GUARDS); what nothing protects is purged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection

from django.conf import settings
from django.db.models import Max, Q
from django.utils.module_loading import import_string

from borrowers.models import Borrower, Loan
from borrowers.rules.retention import recordings_until
from cases.models import Arrangement, Case, ContactRecord, DialledCall, LegalHold, Message, Objection

Guard = Callable[[Collection[int], dt.date], set[int]]


def with_open_case(borrower_ids: Collection[int], on: dt.date) -> set[int]:
    return set(Case.objects.open().filter(borrower__in=borrower_ids).values_list("borrower", flat=True))


def with_later_case(borrower_ids: Collection[int], on: dt.date) -> set[int]:
    """Another case, closed later, whose time of keeping still runs."""
    later = Case.objects.filter(Q(purge_on=None) | Q(purge_on__gt=on), borrower__in=borrower_ids)
    return set(later.exclude(closed_on=None).values_list("borrower", flat=True))


def with_open_loan(borrower_ids: Collection[int], on: dt.date) -> set[int]:
    """A loan that is being paid, in a case or not: its borrower must be reminded, and may ask for a statement."""
    owed = Loan.objects.filter(status=Loan.Status.OPEN, balance__outstanding_amount__gt=0)
    return set(owed.filter(borrower__in=borrower_ids).values_list("borrower", flat=True))


def with_open_objection(borrower_ids: Collection[int], on: dt.date) -> set[int]:
    return set(
        Objection.objects.open().filter(case__borrower__in=borrower_ids).values_list("case__borrower", flat=True)
    )


def with_legal_hold(borrower_ids: Collection[int], on: dt.date) -> set[int]:
    return set(LegalHold.objects.standing(on).filter(borrower__in=borrower_ids).values_list("borrower", flat=True))


def with_message_on_its_way(borrower_ids: Collection[int], on: dt.date) -> set[int]:
    """Nobody knows yet whether it arrived; its receipt must still find it."""
    moving = Message.objects.filter(state__in=[Message.State.QUEUED, Message.State.SENDING])
    return set(moving.filter(borrower__in=borrower_ids).values_list("borrower", flat=True))


def with_recordings(borrower_ids: Collection[int], on: dt.date) -> set[int]:
    """Recordings that their own law still keeps, counted from the last call (retention.toml)."""
    last: dict[int, dt.datetime] = {}
    sources = (
        (ContactRecord.objects.exclude(recording_ref=""), "borrower", "at"),
        (DialledCall.objects.exclude(recording_ref=""), "case__borrower", "started_at"),
    )
    for rows, path, column in sources:
        found = rows.filter(**{f"{path}__in": borrower_ids}).order_by().values(path).annotate(last=Max(column))
        for borrower_id, at in found.values_list(path, "last"):
            last[borrower_id] = max(at, last.get(borrower_id, at))
    agreed = Arrangement.objects.exclude(recording_ref="").exclude(accepted_on=None)
    oral = dict(
        agreed.filter(case__borrower__in=borrower_ids)
        .order_by()
        .values("case__borrower")
        .annotate(last=Max("accepted_on"))
        .values_list("case__borrower", "last")
    )
    borrowers = Borrower.objects.filter(pk__in={*last, *oral}).select_related("creditor")
    return {borrower.pk for borrower in borrowers if _until(borrower, last, oral) > on}


def _until(borrower: Borrower, calls: dict[int, dt.datetime], oral: dict[int, dt.date]) -> dt.date:
    days = [borrower.creditor.business_date(calls[borrower.pk])] if borrower.pk in calls else []
    days += [oral[borrower.pk]] if borrower.pk in oral else []
    return recordings_until(borrower.creditor.pack, max(days))


GUARDS: tuple[tuple[str, Guard], ...] = (
    ("open case", with_open_case),
    ("later case", with_later_case),
    ("open loan", with_open_loan),
    ("open objection", with_open_objection),
    ("legal hold", with_legal_hold),
    ("message on its way", with_message_on_its_way),
    ("recordings", with_recordings),
)


def kept_because(borrower_ids: Collection[int], on: dt.date) -> dict[int, str]:
    """Of these borrowers, those whose data must stay on the day `on`, with the first guard that says so."""
    kept: dict[int, str] = {}
    above: list[tuple[str, Guard]] = [(name, import_string(path)) for name, path in settings.PURGE_GUARDS]
    for name, guard in (*GUARDS, *above):
        left = [pk for pk in borrower_ids if pk not in kept]
        if left:
            kept |= dict.fromkeys(guard(left, on), name)
    return kept
