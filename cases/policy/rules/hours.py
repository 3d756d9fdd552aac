"""At what hour: the night, and the times that the borrower called inconvenient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from cases.policy.decision import Finding, Params
from cases.policy.facts import ConsentKind, TimeWindow
from cases.policy.localtime import next_fit_everywhere, wall
from cases.policy.request import Request

from .base import Rule


@dataclass(frozen=True)
class ContactHours(Rule):
    """Only from `opens` to `closes` on the person's own clock, in every zone where the person may be.

    `closes_included`: whether the closing minute's first instant itself is still allowed ("not after 21:00") or
    forbidden already ("from 22:00"). `lifted_by` names the consent with which the hours do not count.
    """

    opens: time
    closes: time
    closes_included: bool = False
    lifted_by: ConsentKind | None = None

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("opens must be before closes, on the same day")

    def fits(self, shown: datetime) -> bool:
        clock = shown.time()
        return self.opens <= clock < self.closes or (self.closes_included and clock == self.closes)

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if self.lifted_by is not None and ask.consent(self.lifted_by, at):
            return None
        unfit = _unfit(ask, at, self.fits)
        if unfit is None:
            return None
        hours: Params = {"opens": f"{self.opens:%H:%M}", "closes": f"{self.closes:%H:%M}"}
        until = next_fit_everywhere(at, ask.zones, self.fits, (self.opens, self.closes))
        return Finding("outside_hours", unfit | hours, until)


@dataclass(frozen=True)
class InconvenientTime(Rule):
    """Not at a time that the borrower called inconvenient ("weekdays except 3 to 5")."""

    def find(self, ask: Request, at: datetime) -> Finding | None:
        for window in ask.inconvenient:
            unfit = _unfit(ask, at, partial(_misses, (window,)))
            if unfit is not None:
                edges = {time.min} | {edge for each in ask.inconvenient for edge in (each.start, each.end)}
                until = next_fit_everywhere(at, ask.zones, partial(_misses, ask.inconvenient), edges)
                if window.words:
                    return Finding("inconvenient_time_words", unfit | {"words": window.words}, until)
                return Finding("inconvenient_time", unfit | {"window": described(window)}, until)
        return None


def _misses(windows: tuple[TimeWindow, ...], shown: datetime) -> bool:
    return not any(covers(window, shown) for window in windows)


def covers(window: TimeWindow, shown: datetime) -> bool:
    """True if that wall time lies in the inconvenient window."""
    clock, today = shown.time(), shown.weekday() in window.days
    if window.outside:
        return today and not window.start <= clock < window.end
    if window.start < window.end:
        return today and window.start <= clock < window.end
    started_yesterday = (shown - timedelta(days=1)).weekday() in window.days
    return (today and clock >= window.start) or (started_yesterday and clock < window.end)


def described(window: TimeWindow) -> str:
    """Days and times in figures that need no translation: ISO numbers of the days (1 = Monday)."""
    days = ",".join(str(day + 1) for day in sorted(window.days))
    return f"{'≠ ' if window.outside else ''}[{days}] {window.start:%H:%M}–{window.end:%H:%M}"


def _unfit(ask: Request, at: datetime, fits: Callable[[datetime], bool]) -> Params | None:
    """The local time and name of the first zone in which `at` is not fit."""
    for zone in ask.zones:
        shown = wall(at, zone)
        if not fits(shown):
            return {"local_time": f"{shown:%H:%M}", "zone": zone.key or ""}
    return None
