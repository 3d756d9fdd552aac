"""By when an objection is acknowledged and answered, how often that may be moved, and what the borrower may do next. Pure.

The figures are data (cases/defaults/objection_clocks.toml) with their source, grade and day of effect.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from borrowers.errors import InputError, gettext_noop

FILE = Path(__file__).parent.parent / "defaults" / "objection_clocks.toml"
# From so many days before its end on a clock asks for attention.
SOON_DAYS = 3


class Family(StrEnum):
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    CREDIT_REPORT = "credit_report"
    IDENTITY_THEFT = "identity_theft"


class Urgency(StrEnum):
    OVERDUE = "overdue"
    SOON = "soon"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Clock:
    """`days` and `extensions` are counted from the day of receipt, which is not counted itself."""

    code: str
    pack: str
    family: Family
    days: int
    extensions: tuple[int, ...]
    acknowledge_days: int | None
    needs_verification: bool
    source: str
    grade: str
    effective_on: dt.date

    def due_day(self, received_on: dt.date, extensions: int = 0) -> dt.date:
        """The last day for the answer after so many extensions. InputError when there are not as many."""
        if extensions > len(self.extensions):
            raise InputError("extensions", gettext_noop("this time cannot be extended any more"))
        days = self.extensions[extensions - 1] if extensions else self.days
        return received_on + dt.timedelta(days=days)

    def acknowledge_day(self, received_on: dt.date) -> dt.date | None:
        """The last day for the acknowledgement; None where none is asked for."""
        return None if self.acknowledge_days is None else received_on + dt.timedelta(days=self.acknowledge_days)


@dataclass(frozen=True, slots=True)
class Remedy:
    """What the borrower may do next, by language."""

    pack: str
    families: frozenset[Family]
    text: dict[str, str]
    source: str
    grade: str
    effective_on: dt.date


def _clock(entry: dict[str, Any]) -> Clock:
    clock = Clock(
        code=entry["code"],
        pack=entry["pack"],
        family=Family(entry["family"]),
        days=entry["days"],
        extensions=tuple(entry["extensions"]),
        acknowledge_days=entry.get("acknowledge_days"),
        needs_verification=entry.get("needs_verification", False),
        source=entry["source"],
        grade=entry["grade"],
        effective_on=entry["effective_on"],
    )
    steps = (clock.days, *clock.extensions)
    if list(steps) != sorted(set(steps)) or steps[0] < 1:
        raise ValueError(f"{FILE.name}: {clock.code}: each extension leads to a later day")
    return clock


def _remedy(entry: dict[str, Any]) -> Remedy:
    return Remedy(
        pack=entry["pack"],
        families=frozenset(map(Family, entry["families"])),
        text={language: entry[language] for language in ("en", "zh-hans")},
        source=entry["source"],
        grade=entry["grade"],
        effective_on=entry["effective_on"],
    )


@cache
def _data() -> tuple[tuple[Clock, ...], tuple[Remedy, ...]]:
    data = tomllib.loads(FILE.read_text("utf-8"))
    clocks = tuple(map(_clock, data["clock"]))
    if len({clock.code for clock in clocks}) != len(clocks):
        raise ValueError(f"{FILE.name}: two clocks have the same code")
    return clocks, tuple(map(_remedy, data["remedy"]))


def clocks() -> tuple[Clock, ...]:
    return _data()[0]


def remedies() -> tuple[Remedy, ...]:
    return _data()[1]


def clock_for(pack: str, family: str, received_on: dt.date) -> Clock:
    """The clock of that pack and kind that was in effect on the day. InputError when there is none."""
    return _newest(clock for clock in clocks() if (clock.pack, clock.family) == (pack, family)
                   and clock.effective_on <= received_on)  # fmt: skip


def _newest(found: Iterable[Clock]) -> Clock:
    newest = max(found, key=lambda clock: clock.effective_on, default=None)
    if newest is None:
        raise InputError("received_on", gettext_noop("no time to answer is known for that day"))
    return newest


def clock_of(code: str) -> Clock:
    """The clock of that code. KeyError: there is none any more."""
    return {clock.code: clock for clock in clocks()}[code]


def remedies_for(pack: str, family: str, language: str, on: dt.date) -> tuple[str, ...]:
    """What the borrower may do next, in that language, as of the day `on`."""
    return tuple(
        remedy.text[language]
        for remedy in remedies()
        if remedy.pack == pack and family in remedy.families and remedy.effective_on <= on
    )


def urgency_of(due_on: dt.date, today: dt.date) -> Urgency:
    """How a clock stands on the morning of `today`; its last day itself is not overdue."""
    left = (due_on - today).days
    if left < 0:
        return Urgency.OVERDUE
    return Urgency.SOON if left <= SOON_DAYS else Urgency.LATER
