"""What is known of the case: flags, opt-outs, places, consent to messages, notices."""

from __future__ import annotations

from datetime import date

import pytest

from cases.policy import Flag, OptOut, Party, Purpose, Role, decide, load_pack, pack_names
from cases.policy.rules.conduct import dispute_period_end

from .builders import NUMBER, NY, at, cn, consent, owed, past, request, shown, uk, us, warned

NOON = "2026-11-23T12:00"
ZONE = NY[0]

# What stops contact with the debtor in every pack. The others need a role, a place or a purpose beside them.
STOPS = {
    "attorney", "represented", "cease", "dispute_open", "complaint_open", "breathing_space", "mental_health_crisis",
    "debt_adviser", "deceased", "incapable", "bankrupt", "minor", "hold", "arrangement_kept",
}  # fmt: skip


def flagged(*flags: str, **more):
    return {"flags": frozenset(flags), **more}


@pytest.mark.parametrize("flag", sorted(STOPS))
@pytest.mark.parametrize("pack", pack_names())
def test_every_stop_refuses_in_every_pack_and_time_does_not_heal_it(pack, flag):
    decision = decide(load_pack(pack), request(NOON, NY, more=flagged(flag)))
    assert not decision.allowed
    assert decision.next_allowed_at is None
    assert decision.reason_code == f"flag.{flag}"


@pytest.mark.parametrize("flag", ["agency_unlisted", "agency_expired", "outsourcing_notice_missing"])
@pytest.mark.parametrize("pack", pack_names())
def test_agency_flags_bind_agencies(pack, flag):
    for role in Role:
        decision = decide(load_pack(pack), request(NOON, NY, role=role, more=flagged(flag)))
        assert decision.allowed is (role != Role.AGENCY)


def test_the_lists_of_flags_are_complete():
    others = {
        "workplace_prohibited", "time_barred", "vulnerable", "validation_notice_missing", "agency_unlisted",
        "agency_expired", "outsourcing_notice_missing",
    }  # fmt: skip
    assert others | STOPS == set(Flag)


@pytest.mark.parametrize("flag", sorted(STOPS))
@pytest.mark.parametrize("pack", pack_names())
def test_the_representative_may_always_be_spoken_with(pack, flag):
    asked = request(NOON, NY, more=flagged(flag), purpose="representative")
    assert decide(load_pack(pack), asked).allowed


@pytest.mark.parametrize(
    ("flag", "purpose"),
    [("cease", Purpose.NOTICE), ("dispute_open", Purpose.VERIFICATION), ("complaint_open", Purpose.VERIFICATION)],
)
def test_what_may_still_be_sent(flag, purpose):
    for pack in pack_names():
        assert decide(load_pack(pack), request(NOON, NY, channel="post", purpose=purpose, more=flagged(flag))).allowed


def test_death_does_not_shield_the_guarantor():
    assert cn(NOON, party=Party.GUARANTOR, more=flagged("deceased")).allowed
    assert not cn(NOON, party=Party.GUARANTOR, more=flagged("hold")).allowed


def test_a_stop_with_an_end_names_the_first_minute_after_it():
    ends = ((Flag.HOLD, at("2026-12-01T09:30:20")), (Flag.BREATHING_SPACE, at("2026-12-03T23:00")))
    one = cn(NOON, more=flagged("hold", flag_ends=ends))
    assert shown(one, "Asia/Shanghai") == "2026-12-01 09:31"
    both = cn(NOON, more=flagged("hold", "breathing_space", flag_ends=ends))
    assert (both.rule, shown(both, "Asia/Shanghai")) == ("breathing_space", "2026-12-04 08:00")
    endless = cn(NOON, more=flagged("hold", "cease", flag_ends=ends))
    assert (endless.rule, endless.next_allowed_at) == ("cease", None)
    assert cn("2026-12-01T09:31", more=flagged("hold", flag_ends=ends)).allowed


def test_house_rules_may_be_overridden_the_law_not():
    assert cn(NOON, more=flagged("hold")).overridable
    assert not us(NOON, more=flagged("attorney")).overridable
    assert not uk(NOON, more=flagged("breathing_space")).overridable
    assert not us(NOON, more=flagged("hold", "attorney")).overridable


@pytest.mark.parametrize("flag", ["attorney", "cease", "dispute_open"])
def test_reg_f_stops_warn_a_creditor(flag):
    decision = us(NOON, role="creditor", more=flagged(flag))
    assert decision.allowed
    assert len(decision.warnings) == 1


@pytest.mark.parametrize("pack", pack_names())
def test_opt_out_by_channel_by_address_and_by_both(pack):
    def allowed(opt_out, **attempt):
        more = {"opt_outs": (opt_out,), "consents": (consent("text", "2026-11-20T10:00", ZONE),)}
        return decide(load_pack(pack), request(NOON, NY, more=more, **attempt)).allowed

    channel, both, address = OptOut("sms"), OptOut("sms", "+1 202 555 0101"), OptOut(None, NUMBER)
    assert not allowed(channel, channel="sms")
    assert not allowed(channel, channel="sms", to="+12025550102")
    assert allowed(channel, channel="phone")
    assert not allowed(both, channel="sms")
    assert allowed(both, channel="sms", to="+12025550102")
    assert allowed(both, channel="phone")
    assert not allowed(address, channel="sms")
    assert not allowed(address, channel="phone")
    assert allowed(address, channel="phone", to="+12025550102")


def test_one_confirmation_of_an_opt_out():
    more = {"opt_outs": (OptOut("sms", NUMBER),)}
    confirm = {"channel": "sms", "purpose": "opt_out_confirmation"}
    assert us(NOON, more=more, **confirm).allowed
    done = past("2026-11-23T11:00", "sent", ZONE, **confirm)
    assert us(NOON, [done], more=more, **confirm).rule == "opt_out"


def test_places():
    work = flagged("workplace_prohibited")
    assert us(NOON, more=work, place="workplace").rule == "workplace"
    assert us(NOON, more=work, place="home").allowed
    unknown = us(NOON, more=work)
    assert unknown.allowed
    assert "workplace_unknown" in warned(unknown)
    assert us(NOON, place="workplace").allowed
    assert us(NOON, place="home", more={"inconvenient_places": frozenset({"home"})}).rule == "inconvenient_place"


@pytest.mark.parametrize(
    ("more", "history", "rule"),
    [
        ({}, (), "text_consent"),
        ({"consents": (consent("text", "2026-09-24T20:00", ZONE),)}, (), ""),  # 60 days
        ({"consents": (consent("text", "2026-09-23T08:00", ZONE),)}, (), "text_consent"),  # 61
        ({"consents": (consent("call", "2026-11-20T08:00", ZONE),)}, (), "text_consent"),
        ({"number_checked_at": at("2026-09-24T20:00", ZONE)}, (), ""),
        ({"number_checked_at": at("2026-09-23T20:00", ZONE)}, (), "text_consent"),
        ({}, (past("2026-10-01T10:00", "delivered", ZONE, channel="sms", direction="in"),), ""),
        ({}, (past("2026-10-01T10:00", "delivered", ZONE, channel="sms"),), "text_consent"),
    ],
)
def test_text_consent_and_its_freshness(more, history, rule):
    decision = us(NOON, history, channel="sms", more=more)
    assert decision.rule == rule
    assert decision.next_allowed_at is None


@pytest.mark.parametrize(
    ("more", "rule", "later"),
    [
        ({}, "email_permission", None),
        ({"consents": (consent("email", "2020-01-01T10:00", ZONE),)}, "", None),
        ({"email_notice_sent_at": at("2026-10-19T18:00", ZONE)}, "", None),  # 35 days
        ({"email_notice_sent_at": at("2026-10-20T18:00", ZONE)}, "email_permission", "2026-11-24 08:00"),
    ],
)
def test_email_needs_consent_or_a_notice_thirty_five_days_old(more, rule, later):
    decision = us(NOON, channel="email", to="a@example.com", more=more)
    assert (decision.rule, shown(decision, ZONE)) == (rule, later)


def test_no_email_to_the_employers_address_unless_used():
    agreed = {"consents": (consent("email", "2026-11-01T10:00", ZONE),)}
    work = {"channel": "email", "to": "A@example.com", "place": "workplace"}
    assert us(NOON, more=agreed, **work).rule == "employer_email"
    wrote = past("2026-11-02T10:00", "delivered", ZONE, channel="email", direction="in", to="a@example.com")
    assert us(NOON, [wrote], **work).allowed


def test_messages_carry_the_opt_out_line():
    agreed = {"consents": (consent("text", "2026-11-01T10:00", ZONE),)}
    assert "opt_out_line" in owed(us(NOON, channel="sms", more=agreed))


def test_disclosure_in_full_at_first_contact_short_later():
    spoken = [past("2026-11-01T10:00", "conversation", ZONE)]
    assert {"disclosure_first", "voicemail"} <= owed(us(NOON))
    assert "disclosure" in owed(us(NOON, spoken))
    assert "disclosure_first" not in owed(us(NOON, spoken))


def test_validation_notice():
    first = [past("2026-11-16T10:00", "conversation", ZONE)]
    missing = flagged("validation_notice_missing")
    assert "validation_notice_overdue" in warned(us(NOON, first, more=missing))  # 7 days after
    assert "validation_notice_overdue" not in warned(us("2026-11-21T12:00", first, more=missing))  # 5 days
    assert "validation_notice_overdue" not in warned(us(NOON, first))
    assert "validation_notice" in owed(us(NOON))
    # Sent on 16 November: received by Monday 23, disputable to 23 December.
    sent = {"validation_notice_sent_at": at("2026-11-16T10:00", ZONE)}
    verdict = next(v for v in us(NOON, first, more=sent).duties if v.rule == "validation_notice")
    assert verdict.reason_params["end_on"] == "2026-12-23"
    assert "validation_notice" not in owed(us("2026-12-24T12:00", first, more=sent))


def test_holidays_move_the_assumed_receipt():
    assert dispute_period_end(date(2026, 11, 20)) == date(2026, 12, 27)
    assert dispute_period_end(date(2026, 11, 20), holidays={date(2026, 11, 26)}) == date(2026, 12, 30)


@pytest.mark.parametrize("ask", [us, uk])
def test_no_threat_of_suit_on_a_time_barred_debt(ask):
    barred = flagged("time_barred")
    assert ask(NOON, channel="post", purpose="legal_action", more=barred).rule == "time_barred_suit"
    assert "time_barred" in warned(ask(NOON, more=barred))
    assert ask(NOON, channel="post", purpose="legal_action").allowed


def test_uk_parties():
    assert uk(NOON, party="other").rule == "outsider"
    assert "contact_person" in warned(uk(NOON, party="contact_person"))
    assert uk(NOON, party="contact_person", purpose="collection").rule == "contact_person_purpose"


def test_uk_has_no_call_limit():
    many = [past(f"2026-11-23T09:{minute:02}", "conversation", "Europe/London") for minute in range(20)]
    assert uk(NOON, many).allowed


@pytest.mark.parametrize("ask", [cn, us, uk])
def test_vulnerable_borrowers_are_told_of(ask):
    assert "vulnerable" in owed(ask(NOON, more=flagged("vulnerable")))
