"""The worklist offers only cases that can be worked now.

`Case.workable_from` holds from when the gate lets somebody who owes be called. Whatever changes the gate's mind writes
it anew (a contact, a condition, a number out of use, a hold, a new case); the clock never does. What the clock alone
decides, the hours of the day, is asked when the list is looked at: once for each creditor and time zone, and of those
whose own clock or words differ, one by one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from borrowers.errors import InputError
from borrowers.models import Borrower, ContactPoint, Creditor
from cases.models import Case, ContactCondition, ContactRecord, Stage
from cases.policy import Attempt, Channel, Request, Role, decide, load_pack
from cases.services.call_outlook import OWING, PHONES, call_outlooks
from cases.services.gate_facts import ADULT_AT, flags_of

CHUNK = 500
_WITH = ("borrower__creditor",)


# --- Written by events ---------------------------------------------------------------------------------


def refresh_workable(*, person_keys: Collection[str], now: dt.datetime) -> int:
    """Write from when the open cases of these people can be worked, at every creditor; returns how many changed.

    A fixed number of queries for each CHUNK of people. Runs inside the caller's transaction if there is one; a case
    that somebody else holds at this moment is written after the commit: waiting for it here could be waiting for
    someone who waits for us.
    """
    keys, changed = sorted(set(person_keys)), 0
    for start in range(0, len(keys), CHUNK):
        cases = Case.objects.open().filter(borrower__person_key__in=keys[start : start + CHUNK])
        changed += _refresh(cases, now, wait=False)
    return changed


def refresh_after_day(*, creditor: Creditor, now: dt.datetime) -> int:
    """For the day's run: new cases, those that wait, for which a file may have brought a number since, and those from
    which a file may have taken one.

    People of whom nothing is known but their file are alike: the gate is asked of one in each time zone.
    """
    cases = Case.objects.open().filter(creditor=creditor)
    points = ContactPoint.objects.filter(borrower=OuterRef("borrower_id"))
    left = points.filter(kind__in=PHONES, owner__in=OWING, is_valid=True)
    lost = Exists(points.filter(consent=ContactPoint.Consent.NO)) | ~Exists(left)
    ids = list(cases.filter(Q(workable_from__gt=now) | (Q(workable_from__lte=now) & lost)).values_list("pk", flat=True))
    changed = _start_plain(cases.filter(workable_from=None), now)
    ids += cases.filter(workable_from=None).values_list("pk", flat=True)
    for start in range(0, len(ids), CHUNK):
        changed += _refresh(Case.objects.open().filter(pk__in=ids[start : start + CHUNK]), now, wait=True)
    return changed


def _start_plain(cases: QuerySet[Case], now: dt.datetime) -> int:
    """Set those of `cases` whose people have no past, no conditions and no further files: one decision a time zone."""
    of_person = {"person_key": OuterRef("borrower__person_key")}
    points = ContactPoint.objects.filter(borrower=OuterRef("borrower_id"))
    phones = points.filter(kind__in=PHONES, owner=ContactPoint.Owner.DEBTOR, is_valid=True)
    plain = cases.exclude(Q(stage=Stage.ON_HOLD) | Q(borrower__birth_date__gt=_youngest(now))).filter(
        Exists(phones),
        ~Exists(points.filter(consent=ContactPoint.Consent.NO)),
        ~Exists(ContactRecord.objects.filter(**of_person)),
        ~Exists(ContactCondition.objects.filter(borrower__person_key=OuterRef("borrower__person_key"))),
        ~Exists(Borrower.objects.filter(**of_person).exclude(pk=OuterRef("borrower_id"))),
    )
    alike: dict[str, list[int]] = defaultdict(list)
    for pk, zone in plain.order_by("pk").values_list("pk", "borrower__time_zone"):
        alike[zone].append(pk)
    changed = 0
    for ids in alike.values():
        sample = Case.objects.select_related(*_WITH).get(pk=ids[0])
        at = call_outlooks([sample], now)[sample.pk].at
        for start in range(0, len(ids) if at else 0, 10 * CHUNK):
            changed += Case.objects.filter(pk__in=ids[start : start + 10 * CHUNK]).update(workable_from=at)
    return changed


def _refresh(cases: QuerySet[Case], now: dt.datetime, *, wait: bool) -> int:
    rows = list(cases.select_related(*_WITH).order_by("pk"))
    outlooks = call_outlooks(rows, now)
    changed = []
    for case in rows:
        at = outlooks[case.pk].at
        # What could be worked and still can keeps its beginning: nothing is written for it.
        same = at == case.workable_from or (at == now and case.workable_from is not None and case.workable_from <= now)
        if not same:
            case.workable_from = at
            changed.append(case)
    if not changed:
        return 0
    with transaction.atomic():
        locked = Case.objects.filter(pk__in=[case.pk for case in changed]).order_by("pk")
        held = set(locked.select_for_update(no_key=True, skip_locked=not wait).values_list("pk", flat=True))
        Case.objects.bulk_update([case for case in changed if case.pk in held], ["workable_from"], batch_size=CHUNK)
        missed = [case.pk for case in changed if case.pk not in held]
        if missed:
            again = Case.objects.open().filter(pk__in=missed)
            transaction.on_commit(partial(_refresh, again, now, wait=True), robust=True)
    return len(changed)


# --- Asked of the clock --------------------------------------------------------------------------------


def workable_now(cases: QuerySet[Case], now: dt.datetime) -> QuerySet[Case]:
    """Those of the open `cases` in which the gate lets somebody who owes be called at `now`.

    About five queries and one decision for each creditor and time zone, and about ten queries more where people have
    hours of their own.
    """
    own = list(cases.filter(_own_clock(now)).order_by().values_list("pk", flat=True))
    by_itself = Q(workable_from__lte=now) | _timed(now)
    asked = list(cases.filter(by_itself, pk__in=own).select_related(*_WITH).order_by()) if own else []
    free = [pk for pk, outlook in call_outlooks(asked, now).items() if outlook.allowed] if asked else []
    closed = _closed_hours(cases.filter(workable_from__lte=now), now)
    return cases.filter(Q(pk__in=free) | (Q(workable_from__lte=now) & ~Q(pk__in=own) & ~closed))


def _own_clock(now: dt.datetime) -> Q:
    """Cases of people for whom the hours of their file alone do not tell: they have times or consents of their own,
    something that lapses by itself, are known in another time zone elsewhere, or come of age."""
    times = ContactCondition.objects.filter(ended_at=None).filter(
        Q(kind=ContactCondition.Kind.TIME) | Q(kind=ContactCondition.Kind.CONSENT, code="night")
    )
    elsewhere = Borrower.objects.filter(person_key=OuterRef("borrower__person_key")).exclude(time_zone="")
    return (
        Q(borrower__person_key__in=times.values("borrower__person_key"))
        | Exists(elsewhere.exclude(time_zone=OuterRef("borrower__time_zone")))
        | _timed(now)
    )


def _timed(now: dt.datetime) -> Q:
    """Cases in which time alone may change the gate's mind in a way that `workable_from` cannot tell.

    Flags that end are not among them: the gate counts with their ends.
    """
    by_itself = Q(until__isnull=False) & ~Q(kind=ContactCondition.Kind.FLAG)
    lapsing = ContactCondition.objects.filter(
        Q(ended_at__gt=now) | (Q(ended_at=None) & (Q(since__gt=now) | by_itself)),
    )
    return Q(borrower__person_key__in=lapsing.values("borrower__person_key")) | Q(
        borrower__birth_date__gt=_youngest(now)
    )


def _youngest(now: dt.datetime) -> dt.date:
    """Who was born after this day may be a minor somewhere in the world."""
    return (now - dt.timedelta(days=round(ADULT_AT * 365.25) + 2)).date()


def _closed_hours(cases: QuerySet[Case], now: dt.datetime) -> Q:
    """Creditors and time zones where a plain call, to somebody of whom nothing is known, is refused at `now`."""
    pairs = set(cases.order_by().values_list("creditor", "borrower__time_zone").distinct())
    creditors = Creditor.objects.in_bulk({creditor for creditor, _zone in pairs})
    closed: dict[int, list[str]] = defaultdict(list)
    for creditor_id, zone in pairs:
        if not _is_open(creditors[creditor_id], zone, now):
            closed[creditor_id].append(zone)
    found = Q(pk__in=[])
    for creditor_id, zones in closed.items():
        found |= Q(creditor=creditor_id, borrower__time_zone__in=zones)
    return found


def _is_open(creditor: Creditor, zone: str, now: dt.datetime) -> bool:
    """Asked of the gate itself, not of the house: what a file may lack is in `workable_from` already."""
    told = ContactCondition(kind=ContactCondition.Kind.NOTICE, code="outsourcing_notice", since=now)
    try:
        attempt = Attempt(now, Channel.PHONE)
        # An agency's mandate lapses with the clock, for all of its cases.
        flags = flags_of(Borrower(creditor=creditor, time_zone=zone), None, now, [told])
        request = Request(attempt, (zone or creditor.time_zone,), role=Role(creditor.role), **flags)
        return decide(load_pack(creditor.pack), request).allowed
    except InputError:
        return False
