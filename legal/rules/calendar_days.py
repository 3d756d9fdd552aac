"""Days of rest: a term that ends on one ends on the first day after the rest (民法典 203)."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import holidays

ONE = dt.timedelta(days=1)


@cache
def _china() -> Any:
    return holidays.country_holidays("CN")


def is_rest_day(day: dt.date) -> bool:
    """Saturdays, Sundays and public holidays of China, without the days on which work is made up.

    Holidays and make-up days of a year are known once they are announced, in the November before; later years have
    their weekends and the holidays of the statute.
    """
    return not _china().is_working_day(day)


def roll_forward(day: dt.date) -> dt.date:
    """The last day of a term: `day`, or the first working day after it (203)."""
    while is_rest_day(day):
        day += ONE
    return day
