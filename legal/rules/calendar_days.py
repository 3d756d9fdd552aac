"""Days of rest: a term that ends on one ends on the first day after the rest (民法典 203)."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import holidays

from borrowers.errors import InputError, gettext_noop

FILE = Path(__file__).with_name("court_days.toml")
ONE = dt.timedelta(days=1)


@cache
def _china() -> Any:
    return holidays.country_holidays("CN")


@cache
def added_days() -> tuple[frozenset[dt.date], frozenset[dt.date]]:
    """(days of rest, days on which work is made up) that an operator added. InputError for a day in both."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    rest, work = frozenset(data["rest"]), frozenset(data["work"])
    if both := rest & work:
        raise InputError(FILE.name, gettext_noop("%(day)s stands in both lists"), day=min(both))
    return rest, work


@lru_cache(maxsize=20_000)
def is_rest_day(day: dt.date) -> bool:
    """Saturdays, Sundays and public holidays of China, without the days on which work is made up.

    Holidays and make-up days of a year are known once they are announced, in the November before: court_days.toml takes
    what the library does not have yet. Years that neither knows have their weekends and the holidays of the statute.
    """
    rest, work = added_days()
    if day in rest:
        return True
    return day not in work and not _china().is_working_day(day)


def roll_forward(day: dt.date) -> dt.date:
    """The last day of a term: `day`, or the first working day after it (203)."""
    while is_rest_day(day):
        day += ONE
    return day
