"""Edges where one debt, person, day or purpose ends and another begins."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from cases.policy import Flag, OptOut, Party, Role, TimeWindow, decide, load_pack, pack_names

from .builders import CN, NUMBER, NY, at, cn, consent, owed, past, request, shown, uk, us, warned

ZONE = NY[0]
LORD_HOWE = ("Australia/Lord_Howe",)
OTHER = "+12025550188"


def week(**more: Any):
    """Seven counted calls on 1, 2 and 3 April in New York."""
    return [past(f"2026-04-0{day}T10:00", "no_answer", ZONE, **more) for day in (1, 1, 2, 2, 3, 3, 3)]


# --- One person's number is not another's ---------------------------------------------------------------


def test_a_number_wrong_for_the_debtor_stays_so_when_the_guarantor_answers_there():
    found_out = past("2026-04-03T11:00", "wrong_number", ZONE)
    guarantor = past("2026-04-03T12:00", "conversation", ZONE, party="guarantor")
    assert us("2026-04-03T18:00", [*week(), found_out, guarantor]).allowed
    assert "wrong_number" in warned(us("2026-04-03T18:00", [found_out, guarantor]))
    assert "wrong_number" not in warned(us("2026-04-03T18:00", [found_out, guarantor], party="guarantor"))


def test_a_number_right_again_is_counted_again():
    wrong = past("2026-03-20T11:00", "wrong_number", ZONE)
    right = past("2026-03-21T11:00", "conversation", ZONE)
    assert us("2026-04-03T18:00", [wrong, *week()]).allowed
    assert us("2026-04-03T18:00", [wrong, right, *week()]).rule == "call_frequency"


def test_a_conversation_with_a_stranger_is_none_with_the_consumer():
    spoken = past("2026-04-01T10:00", "conversation", ZONE, to=OTHER)
    wrong = past("2026-04-02T10:00", "wrong_number", ZONE, to=OTHER)
    assert us("2026-04-03T12:00", [spoken]).rule == "after_conversation"
    assert us("2026-04-03T12:00", [spoken, wrong]).allowed
    inbound = past("2026-04-01T10:00", "conversation", ZONE, to=OTHER, direction="in")
    assert us("2026-04-03T12:00", [inbound, wrong]).rule == "after_conversation"


# --- The first contact, debt by debt ----------------------------------------------------------------


def test_the_first_contact_about_a_second_debt_is_a_first_contact():
    about_a = [past("2026-11-01T10:00", "conversation", ZONE, debts=("A",))]
    assert "disclosure" in owed(us("2026-11-23T12:00", about_a))
    for debts in (("B",), ("A", "B")):
        told = owed(us("2026-11-23T12:00", about_a, debts=debts))
        assert "disclosure_first" in told
        assert "disclosure" not in told
    assert "identity" in owed(cn("2026-11-23T12:00", about_a, debts=("B",)))
    general = [past("2026-11-01T10:00", "conversation", ZONE, debts=())]
    assert "disclosure" in owed(us("2026-11-23T12:00", general, debts=("B",)))
    assert "disclosure" in owed(us("2026-11-23T12:00", about_a, debts=()))


@pytest.mark.parametrize("outcome", ["voicemail_left", "no_answer", "dropped"])
def test_what_said_nothing_of_the_debt_was_no_first_contact(outcome):
    before = [past("2026-11-01T10:00", outcome, ZONE)]
    assert "disclosure_first" in owed(us("2026-11-23T12:00", before))
    missing = {"flags": frozenset({"validation_notice_missing"})}
    assert "validation_notice_overdue" not in warned(us("2026-11-23T12:00", before, more=missing))


@pytest.mark.parametrize(("outcome", "channel"), [("conversation", "phone"), ("sent", "email"), ("delivered", "sms")])
def test_what_told_of_the_debt_was_the_first_contact(outcome, channel):
    before = [past("2026-11-01T10:00", outcome, ZONE, channel=channel)]
    assert "disclosure" in owed(us("2026-11-23T12:00", before))


def test_the_validation_notice_is_overdue_on_the_sixth_day_from_the_first_contact_about_that_debt():
    heard = [
        past("2026-11-01T10:00", "conversation", ZONE, debts=("B",)),
        past("2026-11-16T10:00", "conversation", ZONE, debts=("A",)),
    ]
    missing = {"flags": frozenset({"validation_notice_missing"})}
    assert "validation_notice_overdue" not in warned(us("2026-11-21T20:59", heard, more=missing))
    assert "validation_notice_overdue" in warned(us("2026-11-22T08:00", heard, more=missing))
    late = us("2026-11-18T12:00", heard, more=missing, debts=("A", "B"))
    assert "validation_notice_overdue" in warned(late)


# --- Consent ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["conversation", "refused"])
def test_consent_to_calls_ends_with_any_talk(outcome):
    agreed = {"consents": (consent("call", "2026-04-03T11:00", ZONE),)}
    talk = past("2026-04-03T12:00", outcome, ZONE, debts=("A",))
    assert us("2026-04-03T11:59", [*week(), talk], more=agreed).allowed
    assert not us("2026-04-03T12:01", [*week(), talk], more=agreed).allowed
    elsewhere = past("2026-04-03T12:00", outcome, ZONE, debts=("B",))
    assert us("2026-04-03T12:01", [*week(), elsewhere], more=agreed).allowed


def test_consent_to_calls_lasts_until_the_end_of_its_seventh_day():
    agreed = {"consents": (consent("call", "2026-04-03T23:00", ZONE), consent("night", "2026-04-01T10:00", ZONE))}
    calls = [past(f"2026-04-09T{hour}:00", "no_answer", ZONE) for hour in range(10, 17)]
    spoken = [past("2026-04-05T10:00", "conversation", ZONE)]
    assert us("2026-04-04T10:00", spoken, more=agreed).allowed
    # A conversation ended it.
    assert us("2026-04-06T10:00", spoken, more=agreed).rule == "after_conversation"
    assert us("2026-04-09T23:59", calls, more=agreed).allowed
    held = [past(f"2026-04-10T{hour:02}:00", "no_answer", ZONE) for hour in range(7)]
    assert us("2026-04-10T12:00", calls + held[:6], more=agreed).allowed
    assert us("2026-04-10T12:00", calls + held, more=agreed).rule == "call_frequency"


# --- Whom: unreachable, contact persons ---------------------------------------------------------------


def test_a_visit_that_met_the_debtor_begins_the_count_anew():
    failed = [past(f"2026-11-1{day}T09:00") for day in range(3)]
    met = past("2026-11-15T09:00", "conversation", channel="visit", to="")
    nobody = past("2026-11-15T09:00", "no_answer", channel="visit", to="")
    asked = {"party": "contact_person", "to": OTHER}
    assert cn("2026-11-23T15:00", [*failed, nobody], **asked).allowed
    assert cn("2026-11-23T15:00", [*failed, met], **asked).rule == "contact_person"


def test_who_was_incapable_for_a_time_is_asked_again_afterwards():
    ends = ((Flag.INCAPABLE, at("2026-11-20T09:00")),)
    more = {"flags": frozenset({"incapable"}), "flag_ends": ends}
    asked = {"party": "contact_person", "to": OTHER, "more": more}
    assert cn("2026-11-20T08:59", **asked).allowed
    assert cn("2026-11-20T09:00", **asked).rule == "contact_person"
    assert cn("2026-11-20T09:00", more=more).allowed


@pytest.mark.parametrize("party", sorted(Party))
@pytest.mark.parametrize("role", sorted(Role))
def test_each_party_and_role_by_day_in_each_pack(party, role):
    """Who may be called at noon with nothing known: the table of the source, cell by cell."""
    allowed = {
        "cn": {"debtor", "guarantor"},
        "uk": {"debtor", "guarantor", "contact_person"},
        "us_reg_f": {"debtor", "guarantor", "contact_person", "other"},
    }
    for name in pack_names():
        decision = decide(load_pack(name), request("2026-11-23T12:00", NY, role=role, party=party))
        assert decision.allowed is (party in allowed[name]), name


# --- Opting out ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", pack_names())
def test_only_a_message_confirms_an_opt_out(pack):
    for channel, allowed in (("sms", True), ("email", True), ("phone", False), ("visit", False), ("post", False)):
        asked = request(
            "2026-11-23T12:00", NY, channel=channel, purpose="opt_out_confirmation", collectors=2,
            more={"opt_outs": (OptOut(None, NUMBER),)},
        )  # fmt: skip
        assert decide(load_pack(pack), asked).allowed is allowed, channel


# --- Stops that end ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "last", "first"),
    [
        # 60 days from 1 September on, that day being the first: the last is 30 October.
        ("breathing_space", "2026-10-30T23:59:59", "2026-10-31 00:00"),
        ("debt_adviser", "2026-09-30T23:59:59", "2026-10-01 00:00"),
    ],
)
def test_uk_stops_last_as_many_days_as_the_pack_says(flag, last, first):
    more = {"flags": frozenset({flag}), "flag_since": ((Flag(flag), at("2026-09-01T15:00", "Europe/London")),)}
    decision = uk(last, more=more)
    assert (decision.rule, shown(decision, "Europe/London")) == (flag, first)
    assert uk(first.replace(" ", "T"), more=more).allowed
    assert uk(last, more={"flags": frozenset({flag})}).next_allowed_at is None
    told = {**more, "flag_ends": ((Flag(flag), at("2027-09-01T09:00", "Europe/London")),)}
    assert shown(uk(last, more=told), "Europe/London") == "2027-09-01 09:00"


def test_a_mental_health_crisis_stops_contact_for_thirty_days_after_the_treatment():
    flags = frozenset({"mental_health_crisis"})
    more = {"flags": flags, "treatment_ended_at": at("2026-09-01T15:00", "Europe/London")}
    decision = uk("2026-10-01T23:59", more=more)
    assert (decision.rule, shown(decision, "Europe/London")) == ("mental_health_crisis", "2026-10-02 00:00")
    assert uk("2026-10-02T00:00", more=more).allowed
    in_treatment = {"flags": flags, "flag_since": ((Flag.MENTAL_HEALTH_CRISIS, at("2026-01-01T00:00")),)}
    assert uk("2026-10-02T00:00", more=in_treatment).next_allowed_at is None


def test_a_stop_that_ends_in_two_years_ends_then():
    more = {"flags": frozenset({"hold"}), "flag_ends": ((Flag.HOLD, at("2028-12-01T03:00")),)}
    assert shown(cn("2026-11-23T12:00", more=more), CN[0]) == "2028-12-01 08:00"


def test_a_stop_until_the_end_of_the_calendar_is_for_good():
    more = {"flags": frozenset({"hold"}), "flag_ends": ((Flag.HOLD, at("9999-12-31T00:00")),)}
    assert cn("2026-11-23T12:00", more=more).next_allowed_at is None


# --- Days and nights where clocks jump ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "later"),
    [
        # 2026-04-05, 02:00 → 01:30: 10½ hours from ten at night; 2026-10-04, 02:00 → 02:30: 9½.
        ("2026-04-04T22:00:00+11:00", "2026-04-04T21:30:00+00:00"),
        ("2026-10-03T22:00:00+10:30", "2026-10-03T21:00:00+00:00"),
    ],
)
def test_half_an_hour_of_lord_howe(when, later):
    assert cn(when, zones=LORD_HOWE).next_allowed_at.isoformat() == later


def test_half_past_one_comes_twice_on_lord_howe():
    # Inconvenient from 01:45: at 02:00 the clock goes back to 01:30, which is fit again until 01:45.
    more = {
        "inconvenient": (TimeWindow(frozenset(range(7)), time(1, 45), time(4)),),
        "consents": (consent("night", "2026-01-01T10:00"),),
    }
    decision = cn("2026-04-05T01:50:00+11:00", zones=LORD_HOWE, more=more)
    assert decision.next_allowed_at.isoformat() == "2026-04-04T15:00:00+00:00"


def test_a_day_that_samoa_never_had():
    # Friday 30 December 2011 was left out: three answered calls on Thursday wait until Saturday morning.
    apia = ("Pacific/Apia",)
    calls = [past(f"2011-12-29T1{hour}:00", "conversation", apia[0]) for hour in range(3)]
    decision = cn("2011-12-29T15:00", calls, zones=apia)
    assert (decision.rule, shown(decision, apia[0])) == ("connected_calls", "2011-12-31 08:00")
    # Seven consecutive days are seven dates.
    spoken = [past("2011-12-27T10:00", "conversation", apia[0])]
    assert shown(us("2011-12-29T15:00", spoken, zones=apia), apia[0]) == "2012-01-03 08:00"


@pytest.mark.parametrize("spring", [True, False])
def test_seven_days_over_a_change_of_the_clock(spring):
    month, day = ("03", 4) if spring else ("10", 28)
    spoken = [past(f"2026-{month}-{day:02}T20:30", "conversation", ZONE)]
    last, first = ("2026-03-10T21:00", "2026-03-11 08:00") if spring else ("2026-11-03T21:00", "2026-11-04 08:00")
    decision = us(last, spoken)
    assert (decision.rule, shown(decision, ZONE)) == ("after_conversation", first)
    assert us(first.replace(" ", "T"), spoken).allowed


def test_a_full_day_lasts_until_midnight_in_the_last_of_several_zones():
    zones = ("Asia/Shanghai", "Asia/Dubai")
    calls = [past(f"2026-11-23T1{hour}:00", "conversation") for hour in (3, 4, 5)]
    agreed = {"consents": (consent("night", "2026-11-01T10:00"),)}
    assert shown(cn("2026-11-23T18:00", calls, zones=zones, more=agreed), "Asia/Dubai") == "2026-11-24 00:00"
    assert shown(cn("2026-11-23T18:00", calls, zones=zones[:1], more=agreed), "Asia/Shanghai") == "2026-11-24 00:00"


def test_calls_leave_the_window_in_the_last_of_several_zones():
    calls = [past(f"2026-04-01T{hour}:00", "no_answer", ZONE) for hour in range(10, 17)]
    decision = us("2026-04-03T12:00", calls, zones=(ZONE, "Pacific/Honolulu"))
    assert shown(decision, "Pacific/Honolulu") == "2026-04-08 08:00"


# --- Roles -----------------------------------------------------------------------------------------------


def test_who_is_not_told_to_be_a_creditor_is_bound():
    assert not us("2026-11-23T12:00", more={"flags": frozenset({"time_barred"})}, purpose="legal_action").allowed
    assert us("2026-11-23T12:00", role="creditor", more={"flags": frozenset({"time_barred"})}).allowed


@pytest.mark.parametrize(
    ("attempt", "more"),
    [
        ({"channel": "sms"}, {}),
        ({"channel": "email"}, {}),
        ({"place": "workplace"}, {"flags": frozenset({"workplace_prohibited"})}),
        ({"place": "home"}, {"inconvenient_places": frozenset({"home"})}),
        ({}, {"inconvenient": (TimeWindow(frozenset(range(7)), time(11), time(13)),)}),
    ],
)
def test_regulation_f_binds_collectors_and_agencies_not_the_creditor(attempt, more):
    for role in Role:
        decision = us("2026-11-23T12:00", role=role, more=more, **attempt)
        assert decision.allowed is (role is Role.CREDITOR)
