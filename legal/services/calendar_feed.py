"""A person's deadlines for a calendar program (RFC 5545), at an address that nobody can guess.

The address is shown once; only the hash of its secret is kept, and a new one ends the old. What it gives is what the person
may see at that moment. It leaves the house, so it names case, court and kind, never the borrower: phones and calendar
services are not case files.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from icalendar import Alarm, Calendar, Event

from borrowers.models import User, record_event
from legal.models import CalendarFeed, Deadline
from legal.rules.deadlines import warnings_of
from legal.services.deadlines import open_deadlines

# 256 bits: an address that is tried by chance is never met.
_BYTES = 32
HEARING_LASTS = dt.timedelta(hours=1)
# Calendar programs ring for these days before; longer warnings come by mail.
_ALARMS_AT_MOST = 30
_READS_AN_HOUR = 120
LOOKS = ("legal.view_matter", "legal.counsel_matter")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_feed(*, user: User) -> str:
    """A new address of the person, in place of any before; returns its secret, which is kept nowhere."""
    token = secrets.token_urlsafe(_BYTES)
    with transaction.atomic():
        # The person's row is the lock: two presses at once leave one address.
        User.objects.select_for_update().get(pk=user.pk)
        _end(user)
        try:
            feed = CalendarFeed.objects.create(user=user, token_hash=_hash(token))
        except IntegrityError as error:  # pragma: no cover - two equal secrets of 256 bits
            raise RuntimeError("a secret came twice") from error
        record_event(feed, "make_calendar_feed", actor=user, new=user.username)
    return token


def revoke_feed(*, user: User) -> bool:
    """Whether there was one."""
    with transaction.atomic():
        ended = _end(user)
    return bool(ended)


def _end(user: User) -> int:
    live = CalendarFeed.objects.filter(user=user, revoked_at=None)
    for feed in live:
        record_event(feed, "revoke_calendar_feed", actor=user, old=user.username)
    return live.update(revoked_at=timezone.now())


def feed_user(token: str) -> User | None:
    """Whose address it is; None for one that is wrong or revoked, or whose person left or sees no matters any more."""
    feed = CalendarFeed.objects.filter(token_hash=_hash(token), revoked_at=None).select_related("user").first()
    if feed is None or not feed.user.is_active or not any(feed.user.has_perm(name) for name in LOOKS):
        return None
    return feed.user


def is_too_often(token: str) -> bool:
    """Whether the address was read more often than any calendar program needs; counted by the process, hour by hour."""
    key = f"calendar-feed:{_hash(token)}:{timezone.now():%Y%m%d%H}"
    cache.add(key, 0, 3600)
    return bool(cache.incr(key) > _READS_AN_HOUR)


def calendar_of(user: User) -> bytes:
    """All open deadlines that the person sees now, hearings with their hour, the others as whole days."""
    calendar = Calendar()
    with translation.override(user.language or settings.LANGUAGE_CODE):
        calendar.add("prodid", "-//Fairdue//Deadlines//EN")
        calendar.add("version", "2.0")
        calendar.add("calscale", "GREGORIAN")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", gettext("Legal deadlines"))
        calendar.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
        for deadline in open_deadlines(user):
            calendar.add_component(_event(deadline))
    # The rules of each zone that an hour is told in stand in the file: any program gets them right.
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(deadline: Deadline) -> Event:
    matter, event = deadline.matter, Event()
    # Stable while the deadline lives, so that a moved one moves in the calendar.
    event.add("uid", f"deadline-{deadline.pk}@{_host()}")
    event.add("dtstamp", deadline.changed_at.astimezone(dt.UTC))
    event.add("last-modified", deadline.changed_at.astimezone(dt.UTC))
    event.add("sequence", int(deadline.changed_at.timestamp()))
    event.add("summary", f"{deadline.name} · {matter.case.case_no}")
    if deadline.at is not None:
        start = deadline.at.astimezone(ZoneInfo(matter.case.creditor.time_zone))
        event.add("dtstart", start)
        event.add("dtend", start + HEARING_LASTS)
    else:
        event.add("dtstart", deadline.due_on)
        event.add("dtend", deadline.due_on + dt.timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    where = [str(matter.court)] if matter.court else []
    if deadline.kind == Deadline.Kind.HEARING and matter.courtroom:
        where.append(matter.courtroom)
    if where:
        event.add("location", ", ".join(where))
    event.add("description", "\n".join(_description(deadline)))
    event.add("url", settings.PUBLIC_URL.rstrip("/") + reverse("legal:matter", args=[matter.pk]))
    event.add("class", "PRIVATE")
    for days in warnings_of(deadline.kind):
        if 0 < days <= _ALARMS_AT_MOST:
            event.add_component(_alarm(days, deadline.name))
    return event


def _description(deadline: Deadline) -> list[str]:
    matter = deadline.matter
    lines = [gettext("Case: %(case)s") % {"case": matter.case.case_no}]
    if matter.court_case_no:
        lines.append(gettext("Court’s number: %(number)s") % {"number": matter.court_case_no})
    if deadline.clause:
        lines.append(gettext("Basis: %(clause)s") % {"clause": deadline.clause})
    return lines


def _alarm(days: int, words: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", -dt.timedelta(days=days))
    return alarm


def _host() -> str:
    return settings.PUBLIC_URL.partition("//")[2].partition("/")[0] or "localhost"
