"""How long the personal data of a closed case are kept, by pack."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("retention.toml")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def purge_day(pack: str, closed_on: dt.date) -> dt.date:
    """The first day on which the data may be purged: so many years after the closing. KeyError: no such pack.

    >>> purge_day("us_reg_f", dt.date(2024, 2, 29))
    datetime.date(2027, 3, 1)
    """
    return _years_after(closed_on, int(_table()[pack]["years"]))


def purge_before(pack: str, on: dt.date) -> dt.date:
    """The last closing day whose data may be purged on the day `on`. KeyError: no such pack.

    >>> purge_before("us_reg_f", dt.date(2027, 3, 1)), purge_before("us_reg_f", dt.date(2028, 2, 29))
    (datetime.date(2024, 3, 1), datetime.date(2025, 2, 28))
    """
    year = on.year - int(_table()[pack]["years"])
    try:
        return on.replace(year=year)
    except ValueError:
        return dt.date(year, 2, 28)


def recordings_until(pack: str, last_call: dt.date) -> dt.date:
    """The first day on which recordings may go: so many years after the last call. KeyError: no such pack.

    >>> recordings_until("us_reg_f", dt.date(2026, 3, 2))
    datetime.date(2029, 3, 2)
    """
    return _years_after(last_call, int(_table()[pack]["recording_years"]))


def _years_after(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February in a year that has none
        return dt.date(day.year + years, 3, 1)
