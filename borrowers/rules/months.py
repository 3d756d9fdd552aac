"""Months on the calendar (民法典 202): a term of months ends on the day of the same number."""

from __future__ import annotations

import calendar
import datetime as dt


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months later (or before), or the month's last where it has no such day. Anchored on `day`:
    31, 28, 31 comes back when each is counted from the first.

    >>> add_months(dt.date(2024, 2, 29), 36)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
