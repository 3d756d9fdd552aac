"""Holds of a case by kind: how long at most, with or without an end, and what they bring with them. Pure.

The figures are data (cases/defaults/holds.toml) with their source, grade and day of effect.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from borrowers.errors import InputError, gettext_noop

FILE = Path(__file__).parent.parent / "defaults" / "holds.toml"


@dataclass(frozen=True, slots=True)
class HoldLimit:
    """`max_days` None: as long as it takes. `flag`: what of the person is recorded with it; "" nothing."""

    kind: str
    packs: frozenset[str]
    max_days: int | None
    until_released: bool
    days_after: int | None
    stops_interest: bool
    flag: str
    flag_stays: bool
    offered: bool
    source: str
    grade: str
    effective_on: dt.date

    def is_offered(self, pack: str) -> bool:
        """Whether people choose it where that pack holds; the others are the house's own."""
        return self.offered and (not self.packs or pack in self.packs)

    def last_day(self, on: dt.date) -> dt.date | None:
        """The last day on which a hold that begins on `on` may end; None: no limit."""
        return None if self.max_days is None else on + dt.timedelta(days=self.max_days)


def _limit(entry: dict[str, Any]) -> HoldLimit:
    return HoldLimit(
        kind=entry["kind"],
        packs=frozenset(entry.get("packs", ())),
        max_days=entry.get("max_days"),
        until_released=entry.get("until_released", False),
        days_after=entry.get("days_after"),
        stops_interest=entry.get("stops_interest", False),
        flag=entry.get("flag", ""),
        flag_stays=entry.get("flag_stays", False),
        offered=entry.get("offered", True),
        source=entry["source"],
        grade=entry["grade"],
        effective_on=entry["effective_on"],
    )


@cache
def hold_limits() -> dict[str, HoldLimit]:
    """By kind."""
    return {entry["kind"]: _limit(entry) for entry in tomllib.loads(FILE.read_text("utf-8"))["hold"]}


def is_offered(kind: str) -> bool:
    """Whether people choose that kind anywhere."""
    return kind in hold_limits() and hold_limits()[kind].offered


def hold_end(
    kind: str, pack: str, on: dt.date, until: dt.date | None, event_on: dt.date | None = None
) -> dt.date | None:
    """The day on which a hold that begins on `on` is over; None: when it is released.

    `event_on` is the day of what ends it, where it ends so many days after that (the end of a treatment).
    InputError that names what is wrong: an unknown kind, no end where one is needed, an end that has passed or lies too
    far ahead.
    """
    limit = hold_limits().get(kind)
    if limit is None or (limit.offered and not limit.is_offered(pack)):
        raise InputError("kind", gettext_noop("is no hold that is made here"))
    if until is None and event_on is not None and limit.days_after is not None:
        # The day of the event is not counted; it is over when the last of the days is.
        until = event_on + dt.timedelta(days=limit.days_after + 1)
    if until is None:
        if not limit.until_released:
            raise InputError("until", gettext_noop("a hold for this reason needs its end"))
        return None
    if until <= on:
        raise InputError("until", gettext_noop("a hold ends after the day on which it begins"))
    last = limit.last_day(on)
    if last is not None and until > last:
        raise InputError(
            "until", gettext_noop("a hold for this reason lasts %(days)d days at most"), days=limit.max_days
        )
    return until
