"""Every rule of the packs stands in docs/gate-rules.md as it is, with tests that exist; and what those rows lacked."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path

import pytest

from cases.policy import Severity, TimeWindow, decide, load_pack, pack_names
from tests.checks.gate_rules import ROWS, page

from .builders import NY, consent, owed, past, request, shown, uk, us

HERE = Path(__file__).parent
PAGE = HERE.parent.parent.parent / "docs" / "gate-rules.md"


def test_the_page_tells_what_the_packs_say():
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_rule_comes_from_a_row_of_the_source():
    told = [code for row in ROWS for code in row.rules]
    known = {f"{name}:{rule.terms.code}" for name in pack_names() for rule in load_pack(name).rules}
    assert set(told) == known


def test_every_test_that_is_named_is_there():
    named = {tuple(name.split(":")) for row in ROWS for name in row.tests}
    assert all(row.tests for row in ROWS)
    for file, name in named:
        assert re.search(
            rf"^def test_{name}\(", (HERE / f"test_{file}.py").read_text(encoding="utf-8"), re.MULTILINE
        ), name


@pytest.mark.parametrize("name", pack_names())
def test_the_law_is_not_overridden(name):
    """A supervisor overrides what the house asks of itself, and what the source itself lets go."""
    lets_go = {"attempts", "complaint", "arrangement_kept", "debt_adviser", "cease", "third_party_once"}
    for rule in load_pack(name).rules:
        terms = rule.terms
        if terms.overridable:
            assert terms.severity is Severity.BLOCK
            assert terms.source.startswith("House rule") or terms.code in lets_go, terms.code


def test_the_british_duties():
    assert {"identify", "forbearance"} <= owed(uk("2026-11-23T12:00"))
    assert "identify" not in owed(uk("2026-11-23T12:00", channel="post"))
    assert "forbearance" not in owed(uk("2026-11-23T12:00", party="contact_person"))


def verdict(decision, code):
    return next(each for each in decision.verdicts if each.rule == code)


def test_the_strictest_zone_counts_wherever_it_stands():
    spoken = [past("2026-04-02T00:30", "conversation", NY[0])]  # the 1st in Los Angeles, the 2nd in New York
    for zones in ((NY[0], "America/Los_Angeles"), ("America/Los_Angeles", NY[0])):
        decision = us("2026-04-08T12:00:00-04:00", spoken, zones=zones)
        assert (decision.rule, shown(decision, NY[0])) == ("after_conversation", "2026-04-09 11:00")


def test_a_rule_by_itself_knows_its_own_minute():
    week = [past(f"2026-04-0{day}T10:00", "no_answer", NY[0]) for day in (1, 2, 3, 3, 3, 4, 4, 5, 5)]
    frequency = verdict(us("2026-04-05T12:00", week), "call_frequency")
    assert frequency.until.isoformat() == "2026-04-10T04:00:00+00:00"


def test_a_conversation_had_with_consent_is_not_counted_although_it_ends_the_consent():
    agreed = {"consents": (consent("call", "2026-04-03T11:00", NY[0]),)}
    calls = [past(f"2026-04-0{day}T10:00", "no_answer", NY[0]) for day in (1, 1, 2, 2, 3, 3)]
    talk = past("2026-04-03T12:00", "conversation", NY[0])
    decision = us("2026-04-03T18:00", [*calls, talk], more=agreed)
    assert verdict(decision, "after_conversation").status == "block"
    assert verdict(decision, "call_frequency").status == "pass"
    assert verdict(us("2026-04-03T18:00", [*calls, talk]), "call_frequency").status == "block"


@pytest.mark.parametrize("name", pack_names())
def test_stops_of_the_person_are_the_debtors_alone(name):
    for flag in ("deceased", "minor", "incapable", "bankrupt"):
        asked = request("2026-11-23T12:00", NY, party="guarantor", more={"flags": frozenset({flag})})
        assert decide(load_pack(name), asked).allowed


def test_the_week_with_an_hour_more_is_a_whole_week():
    """From ten past midnight on 28 October to a minute before midnight on 3 November are more than 168 hours."""
    agreed = {"consents": (consent("night", "2026-10-01T10:00", NY[0]),)}
    spoken = [past("2026-10-28T00:10", "conversation", NY[0])]
    assert us("2026-11-03T23:59", spoken, more=agreed).rule == "after_conversation"
    calls = [past(f"2026-10-28T00:{minute}", "no_answer", NY[0]) for minute in range(10, 17)]
    assert us("2026-11-03T23:59", calls, more=agreed).rule == "call_frequency"
    assert us("2026-11-04T00:00", calls + spoken, more=agreed).allowed


def test_a_talk_with_the_guarantor_does_not_end_the_debtors_consent():
    agreed = {"consents": (consent("call", "2026-04-03T11:00", NY[0]),)}
    week = [past(f"2026-04-0{day}T10:00", "no_answer", NY[0]) for day in (1, 1, 2, 2, 3, 3, 3)]
    talk = past("2026-04-03T12:00", "conversation", NY[0], party="guarantor")
    assert us("2026-04-03T18:00", [*week, talk], more=agreed).allowed


def test_of_two_full_debts_the_one_that_is_full_longer_is_named():
    early = [past(f"2026-04-01T{hour}:00", "no_answer", NY[0], debts=("A",)) for hour in range(10, 17)]
    late = [past(f"2026-04-02T{hour}:00", "no_answer", NY[0], debts=("B",)) for hour in range(10, 17)]
    for debts in (("A", "B"), ("B", "A")):
        assert us("2026-04-03T12:00", early + late, debts=debts).reason_params["debt"] == "B"


def test_two_windows_end_together():
    windows = (
        TimeWindow(frozenset(range(7)), time(9), time(12)),
        TimeWindow(frozenset(range(7)), time(12), time(20, 30)),
    )
    decision = us("2026-11-23T09:30", more={"inconvenient": windows})
    assert verdict(decision, "inconvenient_time").until == decision.next_allowed_at
    assert shown(decision, NY[0]) == "2026-11-23 20:30"


def test_a_window_that_leaves_out_a_span_ends_at_midnight():
    """Of Monday only ten to eleven will do; of Tuesday nothing was said: the first minute of Tuesday is fit."""
    monday = TimeWindow(frozenset({0}), time(10), time(11), outside=True)
    more = {"inconvenient": (monday,), "consents": (consent("night", "2026-11-01T10:00", NY[0]),)}
    assert shown(us("2026-11-23T11:00", more=more), NY[0]) == "2026-11-24 00:00"
