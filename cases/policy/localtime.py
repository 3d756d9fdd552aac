"""Wall-clock questions about instants, exact through the nights in which the clocks change.

Instants are UTC datetimes; a wall time is a naive datetime in one zone. A person may be in one of several zones: a
time is fit only if it is fit in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

# How far ahead a fit time is sought. It spans both changes of the clock; what does not come within it never comes.
HORIZON = timedelta(days=400)

Fit = Callable[[datetime], bool]


def ceil_minute(at: datetime) -> datetime:
    """The first whole minute not before `at`."""
    floor = at.replace(second=0, microsecond=0)
    return floor if floor == at else floor + MINUTE


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows there, without zone."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def local_date(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None  # an aware datetime has one
    return offset


def _change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant in (start, end] from which the zone has another offset than at `start`; None if it keeps it."""
    before = _offset(start, zone)
    if _offset(end, zone) == before:
        return None
    low, high = start, end
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def next_fit(
    start: datetime, zone: ZoneInfo, fit: Fit, edges: Iterable[time], horizon: timedelta = HORIZON
) -> datetime | None:
    """The first whole minute from `start` on whose wall time is fit; None if none comes within the horizon.

    `fit` may turn true only at one of the wall times `edges` or where the clock jumps. Between two changes of the
    clock wall time is plain arithmetic, so each stretch is searched by itself.
    """
    edges = sorted(set(edges))
    at, limit = ceil_minute(start), start + horizon
    while at <= limit:
        stretch_end = _change(at, at + DAY, zone) or at + DAY
        offset = _offset(at, zone)
        for candidate in _candidates(at, stretch_end, offset, edges):
            if fit(wall(candidate, zone)):
                return candidate
        at = ceil_minute(stretch_end)
    return None


def _candidates(at: datetime, end: datetime, offset: timedelta, edges: Sequence[time]) -> list[datetime]:
    """`at` and the instants in (at, end) at which the clock shows one of `edges`, at that fixed offset from UTC."""
    first = (at + offset).date()
    found = [at]
    for days in (0, 1):
        for edge in edges:
            shown = datetime.combine(first + timedelta(days=days), edge, UTC)
            moment = ceil_minute(shown - offset)
            if at < moment < end:
                found.append(moment)
    return found


def next_fit_everywhere(start: datetime, zones: Sequence[ZoneInfo], fit: Fit, edges: Iterable[time]) -> datetime | None:
    """The first whole minute from `start` on that is fit in every zone at once; None if none comes."""
    edges = tuple(edges)
    at, limit = ceil_minute(start), start + HORIZON
    while at <= limit:
        latest = at
        for zone in zones:
            found = next_fit(latest, zone, fit, edges)
            if found is None:
                return None
            latest = found
        if latest == at:
            return at
        at = latest
    return None


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first whole minute of that calendar day there: not always 00:00, some clocks jump at midnight."""
    guess = datetime.combine(day, time.min, zone).astimezone(UTC)
    found = next_fit(guess - DAY, zone, lambda shown: shown.date() >= day, (time.min,), horizon=3 * DAY)
    return found if found is not None else guess
