"""Ends of terms (民法典 200–203): the day from which a term is counted is excluded, a term of months or years ends on the
day of the same number, and where that is a day of rest, on the first day after the rest."""

from __future__ import annotations

import calendar
import datetime as dt
from functools import cache
from typing import Any

import holidays

ONE = dt.timedelta(days=1)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months later (or before), or the month's last where it has no such day (202).

    >>> add_months(dt.date(2024, 2, 29), 36)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


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
