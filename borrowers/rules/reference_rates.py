"""The one-year LPR of a day, from the dated table beside this file: what the cap of private lending is four times of
(民间借贷规定 25). A day outside the table is refused, never guessed."""

from __future__ import annotations

import datetime as dt
import tomllib
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from operator import attrgetter
from pathlib import Path

from borrowers.errors import InputError, gettext_noop

LPR_FILE = Path(__file__).with_name("lpr_1y.toml")


@dataclass(frozen=True, slots=True)
class PublishedRate:
    """A yearly rate as a fraction (0.0300 = 3 %), and the day it was published."""

    published_on: dt.date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class RateTable:
    """`rates` in order of date; `known_to` is the last day for which the table is complete."""

    rates: tuple[PublishedRate, ...]
    known_to: dt.date
    source: str

    def knows(self, day: dt.date) -> bool:
        return self.rates[0].published_on <= day <= self.known_to

    def on(self, day: dt.date, where: str = "") -> PublishedRate:
        """The rate that held on `day`. InputError before the first and after `known_to`."""
        if not self.knows(day):
            raise InputError(
                where,
                gettext_noop("no LPR is on record for %(day)s: the table goes from %(first)s to %(last)s"),
                day=day,
                first=self.rates[0].published_on,
                last=self.known_to,
            )
        return self.rates[bisect_right(self.rates, day, key=attrgetter("published_on")) - 1]


@cache
def lpr_table() -> RateTable:
    data = tomllib.loads(LPR_FILE.read_text(encoding="utf-8"))
    rates = tuple(PublishedRate(row["from"], Decimal(row["rate"])) for row in data["rates"])
    return RateTable(rates, data["known_to"], data["source"])
