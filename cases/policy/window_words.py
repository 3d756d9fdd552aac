"""Inconvenient times shown back in plain words, for the borrower or the collector to confirm."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from borrowers.errors import gettext_noop

from .facts import TimeWindow
from .time_tokens import MIDNIGHT, WEEK, WEEKDAYS, WEEKEND, WHOLE

_NAMES = (
    gettext_noop("Monday"),
    gettext_noop("Tuesday"),
    gettext_noop("Wednesday"),
    gettext_noop("Thursday"),
    gettext_noop("Friday"),
    gettext_noop("Saturday"),
    gettext_noop("Sunday"),
)
_EVERY_DAY, _ON_WEEKDAYS, _AT_WEEKENDS = gettext_noop("every day"), gettext_noop("weekdays"), gettext_noop("weekends")
_ALL_DAY = gettext_noop("%(days)s, all day")
_SPAN = gettext_noop("%(days)s, from %(start)s to %(end)s")
_ALL_BUT = gettext_noop("%(days)s, except from %(start)s to %(end)s")


def window_words(window: TimeWindow, gettext: Callable[[str], str]) -> str:
    """The inconvenient time in plain words; read by windows_from_words, they give the same window again."""
    template = _ALL_BUT if window.outside else _SPAN
    if (window.start, window.end) == WHOLE and not window.outside:
        template = _ALL_DAY
    end = "24:00" if window.end == MIDNIGHT else f"{window.end:%H:%M}"
    return gettext(template) % {"days": _day_words(window.days, gettext), "start": f"{window.start:%H:%M}", "end": end}


def _day_words(days: Iterable[int], gettext: Callable[[str], str]) -> str:
    told = frozenset(days)
    for known, name in ((WEEK, _EVERY_DAY), (WEEKDAYS, _ON_WEEKDAYS), (WEEKEND, _AT_WEEKENDS)):
        if told == known:
            return gettext(name)
    return ", ".join(gettext(_NAMES[day]) for day in sorted(told))
