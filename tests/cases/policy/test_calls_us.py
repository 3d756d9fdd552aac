"""Regulation F: 7 in 7 per person per debt, 7 days after a conversation, what counts and what does not."""

from __future__ import annotations

import pytest

from .builders import NUMBER, NY, consent, past, shown, us, warned

ZONE = NY[0]


def calls(*days: int, outcome: str = "no_answer", hour: str = "10:00", **more):
    return [past(f"2026-04-{day:02}T{hour}", outcome, ZONE, **more) for day in days]


def test_the_eighth_call_waits_until_the_first_leaves_the_window():
    """Seven calls from Wednesday 1 April on: the next may come on Wednesday 8 April."""
    week = calls(1, 1, 2, 2, 3, 3, 3)
    assert us("2026-04-03T18:00", week[:6]).allowed
    decision = us("2026-04-03T18:00", week)
    assert (decision.rule, shown(decision, ZONE)) == ("call_frequency", "2026-04-08 08:00")
    assert "1006.14(b)(2)" in decision.source
    assert us("2026-04-07T20:59", week).rule == "call_frequency"
    assert us("2026-04-08T08:00", week).allowed


def test_where_the_night_was_agreed_the_days_end_at_midnight():
    agreed = {"consents": (consent("night", "2026-03-01T10:00", ZONE),)}
    assert shown(us("2026-04-03T18:00", calls(1, 1, 2, 2, 3, 3, 3), more=agreed), ZONE) == "2026-04-08 00:00"
    assert shown(us("2026-04-03T18:00", calls(1, outcome="conversation"), more=agreed), ZONE) == "2026-04-08 00:00"


def test_it_waits_for_as_many_as_there_are_too_many():
    assert shown(us("2026-04-05T12:00", calls(1, 2, 3, 3, 3, 4, 4, 5, 5)), ZONE) == "2026-04-10 08:00"


@pytest.mark.parametrize("outcome", ["no_answer", "voicemail_left", "voicemail_not_left", "dropped", "delivered"])
def test_what_counts(outcome):
    assert not us("2026-04-03T18:00", calls(1, 1, 2, 2, 3, 3, 3, outcome=outcome)).allowed


@pytest.mark.parametrize(
    "other",
    [
        {"outcome": "busy"},
        {"outcome": "not_in_service"},
        {"outcome": "failed"},
        {"channel": "sms", "outcome": "delivered"},
        {"channel": "email", "outcome": "sent"},
        {"direction": "in"},
        {"party": "guarantor"},
        {"party": "contact_person"},
        {"debts": ("B",)},
    ],
)
def test_what_does_not_count(other):
    assert us("2026-04-03T18:00", calls(1, 1, 2, 2, 3, 3, 3, **other)).allowed


def test_a_number_that_proves_wrong_is_recounted():
    week = calls(1, 1, 2, 2, 3, 3, 3, to="+12025550102")
    assert not us("2026-04-03T18:00", week).allowed
    found_out = calls(3, outcome="wrong_number", hour="17:00", to="+1 202 555 0102")
    assert us("2026-04-03T18:00", week + found_out).allowed
    assert not us("2026-04-03T16:00", week + found_out).allowed  # not known yet


def test_an_unanswered_call_counts_toward_its_first_debt_a_conversation_toward_all():
    week = calls(1, 1, 2, 2, 3, 3, 3, debts=("A", "B"))
    assert us("2026-04-03T18:00", week, debts=("B",)).allowed
    refused = us("2026-04-03T18:00", week, debts=("B", "A"))
    assert refused.reason_params["debt"] == "A"
    spoken = calls(3, outcome="conversation", debts=("A", "B"))
    assert us("2026-04-03T18:00", spoken, debts=("B",)).rule == "after_conversation"


def test_unnamed_debts_count_for_all():
    assert not us("2026-04-03T18:00", calls(1, 1, 2, 2, 3, 3, 3, debts=())).allowed
    assert not us("2026-04-03T18:00", calls(1, 1, 2, 2, 3, 3, 3), debts=()).allowed


@pytest.mark.parametrize("direction", ["out", "in"])
def test_seven_days_after_a_conversation_its_day_being_the_first(direction):
    spoken = calls(1, outcome="conversation", hour="20:30", direction=direction)
    assert us("2026-04-01T20:00", spoken).allowed  # before it
    for day in range(2, 8):
        decision = us(f"2026-04-0{day}T12:00", spoken)
        assert (decision.rule, shown(decision, ZONE)) == ("after_conversation", "2026-04-08 08:00")
    assert us("2026-04-08T08:00", spoken).allowed
    assert us("2026-04-03T12:00", spoken, debts=("B",)).allowed
    assert us("2026-04-03T12:00", spoken, party="guarantor").allowed


def test_an_inbound_message_is_no_conversation():
    assert us("2026-04-03T12:00", calls(1, outcome="conversation", direction="in", channel="email")).allowed


def test_the_day_of_a_conversation_is_the_consumers_in_every_possible_zone():
    spoken = [past("2026-04-02T00:30", "conversation", ZONE)]  # still 1 April in Los Angeles
    assert us("2026-04-08T12:00", spoken, zones=("America/Los_Angeles",)).allowed
    both = us("2026-04-08T12:00", spoken, zones=(ZONE, "America/Los_Angeles"))
    assert (both.rule, shown(both, ZONE)) == ("after_conversation", "2026-04-09 11:00")


def test_direct_prior_consent_frees_calls_for_seven_days():
    week = calls(1, 1, 2, 2, 3, 3, 3)
    agreed = {"consents": (consent("call", "2026-04-03T11:00", ZONE),)}
    assert us("2026-04-03T18:00", week, more=agreed).allowed
    assert not us("2026-04-03T10:59", week, more=agreed).allowed
    again = [*week, *calls(9, 9, 9, 9, 9, 9, 9)]  # those of the 9th were made with consent
    assert us("2026-04-09T18:00", again, more=agreed).allowed
    # On the 10th the consent has ended, and the calls made with it still do not count.
    assert us("2026-04-10T18:00", again, more=agreed).allowed
    without = us("2026-04-10T18:00", again)
    assert shown(without, ZONE) == "2026-04-16 08:00"


def test_consent_covers_its_debts():
    week = calls(1, 1, 2, 2, 3, 3, 3)
    other = {"consents": (consent("call", "2026-04-03T11:00", ZONE, debts=("B",)),)}
    assert not us("2026-04-03T18:00", week, more=other).allowed
    text = {"consents": (consent("text", "2026-04-03T11:00", ZONE),)}
    assert not us("2026-04-03T18:00", week, more=text).allowed


def test_consent_ends_with_the_next_conversation():
    spoken = calls(1, outcome="conversation", hour="10:00")
    agreed = {"consents": (consent("call", "2026-04-01T10:00", ZONE),)}  # given in that conversation
    assert us("2026-04-03T12:00", spoken, more=agreed).allowed
    assert us("2026-04-07T12:00", spoken, more=agreed).allowed
    used = spoken + calls(4, outcome="conversation")
    decision = us("2026-04-05T12:00", used, more=agreed)
    assert (decision.rule, shown(decision, ZONE)) == ("after_conversation", "2026-04-11 08:00")


def test_calls_after_the_consent_ended_count():
    agreed = {"consents": (consent("call", "2026-04-01T09:00", ZONE),)}
    spoken = calls(1, outcome="conversation", hour="09:30", debts=("A",))
    after = calls(1, 1, 2, 2, 3, 3, 3)
    decision = us("2026-04-08T12:00", spoken + after + calls(8), more=agreed)
    assert decision.allowed  # those of the 1st have left the window
    assert not us("2026-04-07T12:00", spoken + after, more=agreed).allowed


@pytest.mark.parametrize(("minute", "clustered"), [("09:55", False), ("09:56", True)])
def test_two_calls_within_five_minutes_warn(minute, clustered):
    decision = us("2026-04-03T10:00", calls(3, hour=minute))
    assert decision.allowed
    assert ("clustering" in warned(decision)) is clustered


def test_the_seventh_call_of_a_day_warns():
    assert "clustering" not in warned(us("2026-04-03T18:00", calls(3, 3, 3, 3, 3)))
    assert "clustering" in warned(us("2026-04-03T18:00", calls(3, 3, 3, 3, 3, 3)))


def test_a_creditor_is_not_bound_and_is_told_so():
    week = calls(1, 1, 2, 2, 3, 3, 3) + calls(3, outcome="conversation")
    decision = us("2026-04-03T18:00", week, role="creditor")
    assert decision.allowed
    silent = {v.rule: v.reason for v in decision.verdicts if v.status == "not_binding"}
    assert {"call_frequency", "after_conversation"} <= set(silent)
    assert silent["call_frequency"] == "This rule does not bind a creditor."
    assert not us("2026-04-03T18:00", week, role="agency").allowed


@pytest.mark.parametrize("outcome", ["conversation", "message_relayed", "refused"])
def test_a_third_party_once(outcome):
    neighbour = {"party": "contact_person", "to": "+12025550177"}
    assert us("2026-04-03T12:00", **neighbour).allowed
    reached = calls(1, outcome=outcome, **neighbour)
    decision = us("2026-04-03T12:00", reached, **neighbour)
    assert not decision.allowed
    assert decision.next_allowed_at is None
    assert us("2026-04-03T12:00", reached, party="contact_person", to="+12025550178").allowed


def test_an_unanswered_call_to_a_third_party_reached_nobody():
    neighbour = {"party": "other", "to": "+12025550177"}
    assert us("2026-04-03T12:00", calls(1, 2, **neighbour), **neighbour).allowed
    assert us("2026-04-03T12:00", purpose="collection", **neighbour).rule == "third_party_purpose"


def test_the_number_does_not_matter_for_the_person():
    spread = [call for n in range(7) for call in calls(3, to=f"+1202555011{n}")]
    assert us("2026-04-03T18:00", spread, to=NUMBER).rule == "call_frequency"
