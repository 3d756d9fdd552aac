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
    year = closed_on.year + int(_table()[pack]["years"])
    try:
        return closed_on.replace(year=year)
    except ValueError:  # the 29th of February in a year that has none
        return dt.date(year, 3, 1)
