"""Every rule of the packs stands in docs/gate-rules.md as it is, with tests that exist; and what those rows lacked."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path

import pytest

from cases.policy import Consent, ConsentKind, Flag, Severity, TimeWindow, decide, load_pack, pack_names
from tests.checks.gate_rules import ROWS, page

from .builders import NY, at, cn, consent, owed, past, request, shown, uk, us

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


def test_days_that_the_pack_counts_end_in_the_last_of_several_zones():
    since = at("2026-09-01T23:30", "America/Los_Angeles")  # 2 September in London
    more = {"flags": frozenset({"breathing_space"}), "flag_since": ((Flag.BREATHING_SPACE, since),)}
    for zones in (("Europe/London", "America/Los_Angeles"), ("America/Los_Angeles", "Europe/London")):
        decision = uk("2026-10-20T12:00", zones=zones, more=more)
        assert shown(decision, "Europe/London") == "2026-11-01 00:00"


def test_consent_to_texts_is_stale_when_it_is_so_in_one_zone():
    given = at("2026-09-24T00:30", NY[0])  # 23 September in Los Angeles: 61 days before the 23rd of November there
    more = {"consents": (Consent(ConsentKind.TEXT, given),)}
    assert us("2026-11-23T12:00", channel="sms", more=more).allowed
    assert us("2026-11-23T12:00", channel="sms", more=more, zones=(NY[0], "America/Los_Angeles")).rule == "text_consent"


def test_the_last_day_to_dispute_is_still_one():
    more = {"validation_notice_sent_at": at("2026-11-16T10:00", NY[0])}
    assert "validation_notice" in owed(us("2026-12-23T20:59", more=more))
    assert "validation_notice" not in owed(us("2026-12-24T08:00", more=more))


def test_who_wrote_after_the_number_died_can_be_reached():
    dead = past("2026-11-10T09:00", "not_in_service")
    wrote = past("2026-11-15T09:00", "delivered", channel="email", direction="in", to="a@example.com")
    asked = {"party": "contact_person", "to": "+12025550188"}
    assert cn("2026-11-23T15:00", [dead], **asked).allowed
    assert cn("2026-11-23T15:00", [dead, wrote], **asked).rule == "contact_person"
