"""Decisions of the contact gate a second, with histories of 10 to 10,000 contacts, in each pack.

Beside each other in one run: the gate; the same rules where each reads all contacts instead of its own window; and
sorting and indexing the history, which a page does once for all its decisions. No database: that the gate is pure is
what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from cases.policy import Attempt, History, PastContact, Request, decide, load_pack, pack_names
from cases.policy.facts import Channel, Direction, Outcome, Party
from cases.policy.history import Track
from tests.benchmarks.harness import measure_in_turn, report

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
ZONES = {"cn": "Asia/Shanghai", "us_reg_f": "America/New_York", "uk": "Europe/London"}
HISTORIES = (10_000, 1_000, 100, 10)
NUMBERS = ("+12025550101", "+12025550102")
A_DAY = (Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL_NOT_LEFT, Outcome.CONVERSATION)


class ReadingAll(Track):
    """A track without an index: whatever is asked, all contacts are read."""

    __slots__ = ()

    def since(self, start: datetime, until: datetime) -> list[PastContact]:
        return [contact for contact in self.contacts if start < contact.at <= until]

    def count(self, until: datetime) -> int:
        return sum(contact.at <= until for contact in self.contacts)

    def last(self, until: datetime) -> PastContact | None:
        known = [contact for contact in self.contacts if contact.at <= until]
        return known[-1] if known else None


def contacts(count: int) -> list[PastContact]:
    """Four calls a day back from the day before NOW, one of them answered: 10,000 are seven years of it."""
    return [
        PastContact(
            NOW - timedelta(days=1 + number // 4, minutes=20 * (number % 4)),
            Channel.PHONE, Direction.OUT, NUMBERS[number % 2], Party.DEBTOR, A_DAY[number % 4], ("A", "B")[number % 2 :],
        )
        for number in range(count)
    ]  # fmt: skip


def reading_all(history: History) -> History:
    plain: dict[str, Any] = {}
    for field in fields(history):
        held = getattr(history, field.name)
        if isinstance(held, Track):
            plain[field.name] = ReadingAll(held.times, held.contacts)
        elif isinstance(held, dict):
            plain[field.name] = {
                key: ReadingAll(kept.times, kept.contacts) if isinstance(kept, Track) else kept
                for key, kept in held.items()
            }
    return replace(history, **plain)


def seconds(work: Callable[[], object], times: int, size: int) -> float:
    """What `size` times the work takes, told from `times` of them."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times * size


def run(size: int) -> None:
    for pack in pack_names():
        _ages(pack, size)
    for count in HISTORIES:
        _beside(count, size)


def _question(pack: str, history: History) -> Request:
    attempt = Attempt(NOW, Channel.PHONE, NUMBERS[0], Party.DEBTOR, ("A",))
    return Request(attempt, (ZONES[pack],), history=history)


def _ages(pack: str, size: int) -> None:
    """The gate alone: whether a decision grows with the age of the case. From 100 contacts on the window of the rules is
    full; 10 are no more than two days and a half."""
    asked = [(count, _question(pack, History.of(contacts(count)))) for count in HISTORIES]
    report(f"Gate decisions, pack {pack}, by the contacts of the person so far", measure_in_turn([
        (f"{count:,} contacts", partial(seconds, partial(decide, load_pack(pack), request), size, size))
        for count, request in asked
    ]), size, "decisions")  # fmt: skip


def _beside(count: int, size: int) -> None:
    so_far = contacts(count)
    history = History.of(so_far)
    plain = reading_all(history)
    few = max(3, min(size, 20_000 // count))
    for pack in pack_names():
        law = load_pack(pack)
        quick, slow = _question(pack, history), _question(pack, plain)
        if decide(law, quick) != decide(law, replace(slow, history=history)) or decide(law, quick) != decide(law, slow):
            raise AssertionError("both must decide alike")
        report(f"Pack {pack}, {count:,} contacts", measure_in_turn([
            ("decide", partial(seconds, partial(decide, law, quick), size, size)),
            ("each rule reads all contacts", partial(seconds, partial(decide, law, slow), few, size)),
            ("index the history anew", partial(seconds, partial(History.of, so_far), few, size)),
        ]), size, "decisions")  # fmt: skip
