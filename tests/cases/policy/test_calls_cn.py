"""China: connected calls and attempts a day, whom, visits."""

from __future__ import annotations

import pytest

from cases.policy import Outcome, load_pack
from cases.policy.rules.frequency import ConnectedCalls, UnansweredAttempts

from .builders import CN, NUMBER, cn, consent, owed, past, request, shown, warned

UNANSWERED = ["no_answer", "busy", "not_in_service", "voicemail_left", "voicemail_not_left", "dropped", "failed"]
ANSWERED = ["conversation", "refused", "message_relayed"]
MOTHER = "+12025550199"


def day(outcome: str, count: int, **more):
    return [past(f"2026-11-23T09:{minute:02}", outcome, **more) for minute in range(count)]


@pytest.mark.parametrize("outcome", ANSWERED)
def test_the_fourth_answered_call_waits_for_the_next_morning(outcome):
    assert cn("2026-11-23T15:00", day(outcome, 2)).allowed
    decision = cn("2026-11-23T15:00", day(outcome, 3))
    assert (decision.rule, shown(decision, CN[0])) == ("connected_calls", "2026-11-24 08:00")
    assert decision.reason_params["limit"] == 3
    assert not decision.overridable


def test_answered_calls_count_over_all_numbers_and_debts_of_the_debtor():
    calls = [
        past("2026-11-23T09:00", "conversation", to="+12025550111", debts=("A",)),
        past("2026-11-23T10:00", "conversation", to="+12025550112", debts=("B",)),
        past("2026-11-23T11:00", "conversation", to="+12025550113", debts=("C",)),
    ]
    assert cn("2026-11-23T15:00", calls, debts=("D",)).rule == "connected_calls"


@pytest.mark.parametrize(
    "other",
    [
        {"direction": "in"},
        {"channel": "sms"},
        {"party": "guarantor"},
        {"party": "contact_person"},
    ],
)
def test_what_is_no_answered_call_to_the_debtor(other):
    assert cn("2026-11-23T15:00", day("conversation", 3, **other)).allowed


def test_yesterdays_and_later_calls_do_not_count():
    calls = [past(f"2026-11-22T21:5{minute}", "conversation") for minute in range(3)]
    later = [past(f"2026-11-23T16:0{minute}", "conversation") for minute in range(3)]
    assert cn("2026-11-23T15:00", calls + later).allowed


def test_without_a_night_the_day_ends_at_midnight():
    agreed = {"consents": (consent("night", "2026-11-01T10:00"),)}
    assert shown(cn("2026-11-23T15:00", day("conversation", 3), more=agreed), CN[0]) == "2026-11-24 00:00"
    assert shown(cn("2026-11-23T15:00", day("no_answer", 6), more=agreed), CN[0]) == "2026-11-24 00:00"


def test_messages_are_not_calls():
    assert cn("2026-11-23T15:00", day("conversation", 3), channel="sms").allowed


@pytest.mark.parametrize("outcome", UNANSWERED)
def test_the_seventh_unanswered_attempt_on_a_number(outcome):
    assert cn("2026-11-23T15:00", day(outcome, 5)).allowed
    decision = cn("2026-11-23T15:00", day(outcome, 6))
    assert (decision.rule, shown(decision, CN[0])) == ("attempts", "2026-11-24 08:00")
    assert decision.overridable


def test_attempts_count_on_one_number_whoever_was_sought_and_however_it_is_written():
    mixed = day("no_answer", 3) + day("busy", 3, party="guarantor", to="+1 202 555-0101")
    assert cn("2026-11-23T15:00", mixed).rule == "attempts"
    assert cn("2026-11-23T15:00", mixed, to="+12025550102").allowed
    assert cn("2026-11-23T15:00", day("no_answer", 6, direction="in")).allowed


def test_answered_calls_are_not_unanswered_attempts():
    assert cn("2026-11-23T15:00", [*day("no_answer", 5), past("2026-11-23T10:00", "conversation")]).allowed


def test_more_attempts_may_be_agreed():
    agreed = {"consents": (consent("call", "2026-11-01T10:00"),)}
    assert cn("2026-11-23T15:00", day("no_answer", 9), more=agreed).allowed


def test_the_refusal_that_stands_longest_is_named_and_all_must_be_overridable():
    decision = cn("2026-11-23T15:00", day("no_answer", 6) + day("conversation", 3))
    blocks = {verdict.rule for verdict in decision.verdicts if verdict.status == "block"}
    assert blocks == {"connected_calls", "attempts"}
    assert decision.rule == "connected_calls"
    assert not decision.overridable


def test_product_interval_is_shipped_switched_off():
    decision = cn("2026-11-23T15:00", [past("2026-11-22T15:00", "conversation")])
    assert decision.allowed
    assert {v.rule for v in decision.verdicts if v.status == "off"} == {"product_interval"}


# --- Whom -------------------------------------------------------------------------------------------


def test_outsiders_are_blocked_for_good_their_representative_is_none():
    decision = cn("2026-11-23T15:00", party="other", to=MOTHER)
    assert (decision.rule, decision.next_allowed_at, decision.overridable) == ("outsider", None, False)
    assert cn("2026-11-23T15:00", party="other", purpose="representative").allowed


def test_guarantors_are_allowed_and_the_duty_is_told():
    decision = cn("2026-11-23T15:00", party="guarantor")
    assert decision.allowed
    assert "guarantor" in owed(decision)


@pytest.mark.parametrize(
    ("outcomes", "unreachable"),
    [
        ([], False),
        (["no_answer", "no_answer"], False),
        (["no_answer", "busy", "dropped"], True),
        (["conversation", "no_answer", "no_answer", "no_answer"], True),
        (["no_answer", "no_answer", "conversation", "no_answer"], False),
        (["no_answer", "no_answer", "no_answer", "conversation"], False),
        (["not_in_service"], True),
        (["wrong_number"], True),
        (["not_in_service", "no_answer"], False),
    ],
)
def test_contact_person_only_when_the_debtor_is_unreachable(outcomes, unreachable):
    calls = [past(f"2026-11-{day:02}T09:00", outcome) for day, outcome in enumerate(outcomes, start=10)]
    decision = cn("2026-11-23T15:00", calls, party="contact_person", to=MOTHER)
    assert decision.allowed is unreachable
    assert decision.rule == ("" if unreachable else "contact_person")
    assert decision.next_allowed_at is None
    assert "contact_person_script" in owed(decision)


def test_every_known_number_must_have_failed():
    first = [past(f"2026-11-1{day}T09:00") for day in range(3)]
    asked = {"party": "contact_person", "to": MOTHER}
    assert cn("2026-11-23T15:00", first, **asked).allowed
    once = past("2026-11-13T09:00", to="+12025550102")
    assert not cn("2026-11-23T15:00", [*first, once], **asked).allowed
    untried = {"debtor_numbers": (NUMBER, "+12025550102")}
    assert not cn("2026-11-23T15:00", first, more=untried, **asked).allowed
    assert cn("2026-11-23T15:00", first, more={"debtor_numbers": ("+1 202 555 0101",)}, **asked).allowed


def test_a_sign_of_life_begins_the_count_anew():
    failed = [past(f"2026-11-1{day}T09:00") for day in range(3)]
    wrote = past("2026-11-15T09:00", "delivered", channel="sms", direction="in")
    asked = {"party": "contact_person", "to": MOTHER}
    assert not cn("2026-11-23T15:00", [*failed, wrote], **asked).allowed
    again = [past(f"2026-11-1{day}T09:00") for day in (6, 7, 8)]
    assert not cn("2026-11-23T15:00", [*failed, wrote, *again[:2]], **asked).allowed
    assert cn("2026-11-23T15:00", [*failed, wrote, *again], **asked).allowed


def test_the_callers_own_finding_goes_first():
    asked = {"party": "contact_person", "to": MOTHER}
    assert cn("2026-11-23T15:00", more={"debtor_unreachable": True}, **asked).allowed
    failed = [past(f"2026-11-1{day}T09:00") for day in range(3)]
    assert not cn("2026-11-23T15:00", failed, more={"debtor_unreachable": False}, **asked).allowed


@pytest.mark.parametrize("flag", ["deceased", "incapable"])
def test_contact_person_when_the_debtor_is_dead_or_incapable(flag):
    more = {"flags": frozenset({flag})}
    assert cn("2026-11-23T15:00", party="contact_person", to=MOTHER, more=more).allowed
    assert cn("2026-11-23T15:00", more=more).rule == flag


def test_a_contact_person_who_refused_is_left_alone_for_good():
    asked = {"party": "contact_person", "more": {"debtor_unreachable": True}}
    refused = [past("2020-01-01T10:00", "refused", party="contact_person", to=MOTHER)]
    decision = cn("2026-11-23T15:00", refused, to="+1 202-555-0199", **asked)
    assert (decision.rule, decision.next_allowed_at) == ("contact_person_refused", None)
    assert cn("2026-11-23T15:00", refused, to="+12025550198", **asked).allowed
    debtor_refused = [past("2020-01-01T10:00", "refused", party="debtor", to=NUMBER)]
    assert cn("2026-11-23T15:00", debtor_refused).allowed


def test_contact_persons_never_hear_of_the_debt():
    asked = {"party": "contact_person", "to": MOTHER, "more": {"debtor_unreachable": True}}
    assert cn("2026-11-23T15:00", purpose="collection", **asked).rule == "contact_person_purpose"
    for purpose in ("locate", "relay", None):
        assert cn("2026-11-23T15:00", purpose=purpose, **asked).allowed


def test_wrong_number_warns_until_the_debtor_answers_there():
    wrong = past("2026-11-20T09:00", "wrong_number")
    assert "wrong_number" in warned(cn("2026-11-23T15:00", [wrong]))
    right = past("2026-11-21T09:00", "conversation")
    assert "wrong_number" not in warned(cn("2026-11-23T15:00", [wrong, right]))


@pytest.mark.parametrize(("collectors", "allowed"), [(1, False), (2, True), (3, True)])
def test_visits_take_two(collectors, allowed):
    decision = cn("2026-11-23T15:00", channel="visit", collectors=collectors)
    assert decision.allowed is allowed
    assert "visit_conduct" in owed(decision)
    assert decision.rule == ("" if allowed else "visit_heads")


def test_first_contact_says_who_calls():
    assert "identity" in owed(cn("2026-11-23T15:00"))
    assert "identity" in owed(cn("2026-11-23T15:00", day("no_answer", 1)))
    assert "identity" not in owed(cn("2026-11-23T15:00", day("conversation", 1)))


def test_calls_are_recorded():
    assert "recording" in owed(cn("2026-11-23T15:00"))
    assert "recording" not in owed(cn("2026-11-23T15:00", recording_ref="rec-1"))


def test_every_outcome_of_a_call_is_either_answered_or_not():
    rules = {rule.terms.code: rule for rule in load_pack("cn").rules}
    attempts, connected = rules["attempts"], rules["connected_calls"]
    assert isinstance(attempts, UnansweredAttempts)
    assert isinstance(connected, ConnectedCalls)
    neither = {Outcome.WRONG_NUMBER, Outcome.SENT, Outcome.DELIVERED}
    assert attempts.unanswered | connected.answered | neither == set(Outcome)
    assert not attempts.unanswered & connected.answered


def test_attempt_defaults_to_the_debtor():
    assert request("2026-11-23T15:00").attempt.party == "debtor"
