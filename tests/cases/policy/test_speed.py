"""A decision does not grow with the age of the case. Counted, not timed, so that a busy machine changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cases.policy import Attempt, History, PastContact, Request, decide, load_pack, pack_names
from cases.policy.facts import Outcome
from cases.policy.history import Track

from .builders import NUMBER, at

NOW = at("2026-11-23T15:00")


def aged(days: int) -> list[PastContact]:
    """Four contacts on each of the past days."""
    return [
        PastContact(NOW - timedelta(days=day, hours=hour), "phone", "out", NUMBER, "debtor", outcome, ("A",))
        for day in range(1, days + 1)
        for hour, outcome in enumerate((Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL_LEFT, Outcome.FAILED))
    ]


def looked_at(monkeypatch, pack: str, days: int, party: str) -> int:
    """How many contacts the rules take into their hands for one decision on a history of that age."""
    count = 0

    def counted(method):
        def wrapper(self, *args):
            nonlocal count
            found = method(self, *args)
            if isinstance(found, list):
                count += len(found)
                return found
            return tally(found)

        def tally(contacts):
            nonlocal count
            for contact in contacts:
                count += 1
                yield contact

        return wrapper

    attempt = Attempt(NOW, "phone", NUMBER, party, ("A",))
    request = Request(attempt, ("Asia/Shanghai", "Asia/Tokyo"), history=History.of(aged(days)))
    with monkeypatch.context() as patch:
        patch.setattr(Track, "since", counted(Track.since))
        patch.setattr(Track, "newest", counted(Track.newest))
        decide(load_pack(pack), request)
    return count


@pytest.mark.parametrize("party", ["debtor", "contact_person"])
@pytest.mark.parametrize("pack", pack_names())
def test_an_old_case_costs_no_more_than_a_young_one(monkeypatch, pack, party):
    young = looked_at(monkeypatch, pack, 30, party)
    assert looked_at(monkeypatch, pack, 2000, party) == young


def test_a_history_is_indexed_once_for_many_attempts():
    history = History.of(aged(30))
    request = Request(Attempt(NOW, "phone", NUMBER), ("Asia/Shanghai",), history=history)
    assert replace(request, time_zones=("Asia/Tokyo",)).history is history
    assert History.of(reversed(history.contacts)) == history
