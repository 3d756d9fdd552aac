"""Conditions of contact: what may be recorded and ended, by whom, and what follows for the person everywhere."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import translation

from borrowers.models import AuditEvent
from cases.models import Case, ContactCondition, GateDecision, Message
from cases.policy import Flag, TimeWindow
from cases.services.conditions import (
    PERSONAL,
    PRESETS,
    Asks,
    ConditionRefused,
    ConditionRequest,
    conditions_of,
    end_condition,
    record_condition,
    record_conditions,
)
from cases.templatetags.case_words import value_words
from tests.factories import (
    BorrowerFactory,
    CaseFactory,
    ContactConditionFactory,
    ContactPointFactory,
    CreditorFactory,
    LoanFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
CST = dt.timezone(dt.timedelta(hours=8))
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=CST)
DAY = dt.timedelta(days=1)
AFTERNOON = TimeWindow(frozenset(range(5)), dt.time(15), dt.time(17), words="not from 3 to 5")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk():
    team = TeamFactory()
    case = CaseFactory(team=team)
    ContactPointFactory(borrower=case.borrower, value="+861540000001")
    return case, UserFactory(role="collector", team=team), UserFactory(role="supervisor", creditors=[case.creditor])


def record(desk, kind="flag", code="attorney", who=1, since=NOON, **more):
    return record_condition(
        borrower=desk[0].borrower, actor=desk[who] if who else None, kind=kind, code=code, source="call", since=since,
        **more,
    )  # fmt: skip


def queued(case, to="+861540000001", channel="sms", **more):
    number = Message.objects.count()
    return Message.objects.create(
        key=f"key-{number}", borrower=case.borrower, case=case, purpose="reminder", day=NOON.date(), channel=channel,
        to=to, body="x", not_before=NOON, **more,
    )  # fmt: skip


def state(message):
    message.refresh_from_db()
    return message.state


def test_a_condition_is_kept_with_who_when_and_in_whose_words(desk):
    row = record(desk, words=" Lin & Partners, 1 Sample Road ", proof="recording 7")
    kept = ContactCondition.objects.get()
    assert kept == row
    assert (kept.kind, kept.code, kept.words, kept.proof) == (
        "flag", "attorney", "Lin & Partners, 1 Sample Road", "recording 7",
    )  # fmt: skip
    assert (kept.recorded_by, kept.since, kept.until, kept.person_key) == (
        desk[1], NOON, None, desk[0].borrower.person_key,
    )  # fmt: skip
    event = AuditEvent.objects.get(action="condition_recorded")
    assert (event.actor, event.borrower, event.new) == (desk[1], desk[0].borrower, "attorney")


@pytest.mark.parametrize(
    ("kind", "code", "said", "in_chinese"),
    [
        ("flag", "attorney", "has a lawyer", "有律师代理"),
        ("opt_out", "sms", "no SMS", "不要发短信"),
        ("consent", "night", "agrees to calls at night", "同意夜间通话"),
    ],
)
def test_the_timeline_says_in_words_what_was_recorded(desk, kind, code, said, in_chinese):
    record(desk, kind, code)
    event = AuditEvent.objects.get(action="condition_recorded")
    assert value_words(event, event.new) == said
    with translation.override("zh-hans"):
        assert value_words(event, event.new) == in_chinese


def test_the_hours_and_the_words_of_a_window_are_kept(desk):
    row = record(desk, "time", "", window=AFTERNOON)
    assert (row.days, row.starts, row.ends, row.outside) == ([0, 1, 2, 3, 4], dt.time(15), dt.time(17), False)
    assert row.words == "not from 3 to 5"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "wish"},
        {"code": "angry"},
        {"kind": "consent", "code": "fax"},
        {"kind": "opt_out", "code": "pigeon"},
        {"kind": "opt_out", "code": ""},
        {"kind": "opt_out", "code": "", "to": "  "},
        {"kind": "place", "code": "beach"},
        {"kind": "notice", "code": "hello"},
        {"kind": "time", "code": ""},
        {"kind": "time", "code": "phone", "window": AFTERNOON},
        {"window": AFTERNOON},
        {"to": "+861540000001"},
        {"until": NOON - DAY},
        {"until": NOON},
        {"until": NOON.replace(tzinfo=None) + DAY},
        {"until": dt.datetime(9999, 12, 31, tzinfo=dt.UTC)},
        {"since": NOON + DAY},
        {"since": dt.datetime(1, 1, 1, tzinfo=dt.UTC)},
        {"since": NOON.replace(tzinfo=None)},
        {"kind": "consent", "code": "call", "until": NOON + DAY},
        {"kind": "notice", "code": "email_notice", "until": NOON + DAY},
        {"loans": ["NOT-HIS"]},
        {"words": "x" * 301},
        {"proof": "x" * 201},
        {"code": "hold", "until": NOON + 31 * DAY},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(desk, wrong):
    with pytest.raises(ConditionRefused, match=r"\w+ \w+"):
        record(desk, **wrong)
    assert not ContactCondition.objects.exists()
    assert not AuditEvent.objects.filter(action="condition_recorded").exists()


def test_an_unknown_source_is_refused(desk):
    with pytest.raises(ConditionRefused):
        record_condition(borrower=desk[0].borrower, actor=None, kind="flag", code="cease", source="rumour", since=NOON)


def test_a_loan_of_another_borrower_is_refused_and_an_own_one_taken(desk):
    with pytest.raises(ConditionRefused):
        record(desk, "consent", "call", loans=[LoanFactory().account_no])
    own = desk[0].loans.get().account_no
    assert record(desk, "consent", "call", loans=[own, own]).loans == [own]


def test_only_those_who_work_the_case_and_the_house_itself(desk):
    case = desk[0]
    other_team = UserFactory(role="collector", team=TeamFactory())
    for stranger in (
        other_team,
        UserFactory(role="legal"),
        UserFactory(role="supervisor", creditors=[CreditorFactory()]),
    ):
        with pytest.raises(PermissionDenied):
            record((case, stranger), "opt_out", "sms")
        row = ContactConditionFactory(borrower=case.borrower)
        with pytest.raises(PermissionDenied):
            end_condition(condition=row, actor=stranger, at=NOON, reason="because")
        row.delete()
    record(desk, "opt_out", "sms", who=2)
    record(desk, "opt_out", "email", who=0)
    assert ContactCondition.objects.count() == 2


def test_the_same_again_is_the_same_one(desk):
    for kind, code, more in (
        ("opt_out", "sms", {}),
        ("opt_out", "", {"to": "+861540000001"}),
        ("time", "", {"window": AFTERNOON}),
        ("place", "workplace", {}),
        ("flag", "cease", {}),
        ("flag", "breathing_space", {"until": NOON + 60 * DAY}),
        ("flag", "hold", {}),
        ("consent", "call", {}),
        ("notice", "email_notice", {}),
    ):
        first = record(desk, kind, code, **more)
        again = record(desk, kind, code, words="said once more", **more)
        assert first == again, kind
    assert record(desk, "opt_out", "", to="+86 1540-000-001") == ContactCondition.objects.get(to="+861540000001")
    assert ContactCondition.objects.count() == 9
    assert AuditEvent.objects.filter(action="condition_recorded").count() == 9


def test_what_says_something_else_is_another(desk, clock):
    record(desk, words="Lin & Partners")
    assert record(desk).words == "Lin & Partners"
    record(desk, words="Wu & Partners")
    record(desk, "flag", "breathing_space")
    record(desk, "flag", "breathing_space", until=NOON + DAY)
    record(desk, "consent", "text")
    clock.shift(DAY)
    record(desk, "consent", "text", since=NOON + DAY)  # fresh again
    record(desk, "consent", "text", since=NOON)  # says nothing new
    assert ContactCondition.objects.count() == 6


def test_what_has_ended_can_be_recorded_anew(desk):
    first = record(desk, "opt_out", "sms")
    end_condition(condition=first, actor=desk[1], at=NOON, reason="asked for SMS again")
    assert record(desk, "opt_out", "sms") != first


def test_a_hold_ends_in_a_week_or_a_month_and_only_a_supervisor_holds_longer(desk):
    assert record(desk, code="hold").until == NOON + 7 * DAY
    assert record(desk, code="hold", until=NOON + 30 * DAY).until == NOON + 30 * DAY
    assert record(desk, code="hold", until=NOON + 90 * DAY, who=2).until == NOON + 90 * DAY
    assert record(desk, code="hold", who=0).until is None


def test_a_flag_is_lifted_by_a_supervisor_with_a_reason(desk):
    row = record(desk)
    with pytest.raises(PermissionDenied):
        end_condition(condition=row, actor=desk[1], at=NOON, reason="the lawyer left")
    with pytest.raises(ConditionRefused):
        end_condition(condition=row, actor=desk[2], at=NOON, reason="  ")
    end_condition(condition=row, actor=desk[2], at=NOON, reason="the lawyer left")
    kept = ContactCondition.objects.get()
    assert (kept.ended_at, kept.ended_by, kept.end_reason) == (NOON, desk[2], "the lawyer left")
    event = AuditEvent.objects.get(action="condition_ended")
    assert (event.actor, event.old, event.reason) == (desk[2], "attorney", "the lawyer left")
    with pytest.raises(ConditionRefused):
        end_condition(condition=row, actor=desk[2], at=NOON, reason="once more")


@pytest.mark.parametrize(
    ("kind", "code", "more"),
    [
        ("consent", "call", {}),
        ("opt_out", "sms", {}),
        ("time", "", {"window": AFTERNOON}),
        ("place", "workplace", {}),
        ("flag", "workplace_prohibited", {}),
    ],
)
def test_what_the_borrower_wished_any_collector_of_the_case_may_take_back_for_them(desk, kind, code, more):
    row = record(desk, kind, code, **more)
    end_condition(condition=row, actor=desk[1], at=NOON, reason="changed her mind")
    assert not ContactCondition.objects.standing(NOON + DAY).exists()


@pytest.mark.parametrize("at", [NOON + DAY, NOON - 4 * DAY, NOON - 30 * DAY, NOON.replace(tzinfo=None)])
def test_an_end_is_neither_to_come_nor_long_past_nor_before_the_beginning(desk, at):
    row = record(desk, "opt_out", "sms", since=NOON - 10 * DAY)
    with pytest.raises(ConditionRefused):
        end_condition(condition=row, actor=desk[1], at=at, reason="because")


def test_personal_ones_hold_at_every_creditor_and_the_others_in_their_file(desk):
    case = desk[0]
    case.borrower.person_key = "same"
    case.borrower.save()
    elsewhere = BorrowerFactory(person_key="same")
    stranger = BorrowerFactory(person_key="other")
    for flag in Flag:
        ContactConditionFactory(borrower=case.borrower, kind="flag", code=flag)
    for kind, code in (("opt_out", "sms"), ("place", "home"), ("consent", "call"), ("notice", "email_notice")):
        ContactConditionFactory(borrower=case.borrower, kind=kind, code=code)
    ContactConditionFactory(borrower=case.borrower, kind="time", code="", days=[0], starts="15:00", ends="17:00")
    there = conditions_of(["same"], [elsewhere.pk], NOON)
    assert {row.code for row in there if row.kind == "flag"} == PERSONAL
    assert {row.kind for row in there} == {"flag", "opt_out", "place", "time"}
    assert len(conditions_of(["same"], [case.borrower_id], NOON)) == ContactCondition.objects.count()
    assert conditions_of(["other"], [stranger.pk], NOON) == []
    assert {"deceased", "breathing_space", "vulnerable"} <= PERSONAL
    assert not {"attorney", "cease", "dispute_open", "hold"} & PERSONAL


def test_what_stands_is_told_for_the_instant_asked(desk):
    row = ContactConditionFactory(borrower=desk[0].borrower, since=NOON, until=NOON + DAY)
    asked = [NOON - DAY, NOON, NOON + DAY / 2, NOON + DAY]
    key = row.borrower.person_key
    assert [len(conditions_of([key], [], at)) for at in asked] == [0, 1, 1, 0]
    row.ended_at = NOON + DAY / 4
    row.save()
    assert [len(conditions_of([key], [], at)) for at in asked] == [0, 1, 0, 0]


def test_an_opt_out_cancels_what_it_means_everywhere_and_nothing_else(desk):
    mine = desk[0]
    mine.borrower.person_key = "same"
    mine.borrower.save()
    theirs = CaseFactory(borrower=BorrowerFactory(person_key="same"))
    stranger = CaseFactory()
    to_number = [queued(mine), queued(theirs, to="+86 1540 000 001")]
    others = [queued(mine, to="+861540000002"), queued(mine, to="a@example.com", channel="email"), queued(stranger)]
    record(desk, "opt_out", "", to="+861540000001")
    assert [state(message) for message in to_number] == ["cancelled", "cancelled"]
    assert [state(message) for message in others] == ["queued"] * 3
    record(desk, "opt_out", "sms")
    assert [state(message) for message in others] == ["cancelled", "queued", "queued"]


def test_a_flag_cancels_in_its_file_and_a_personal_one_everywhere(desk):
    mine = desk[0]
    mine.borrower.person_key = "same"
    mine.borrower.save()
    theirs = CaseFactory(borrower=BorrowerFactory(person_key="same"))
    first, second = queued(mine), queued(theirs)
    record(desk, code="vulnerable")
    record(desk, "time", "", window=AFTERNOON)
    record(desk, "consent", "call")
    assert (state(first), state(second)) == ("queued", "queued")
    record(desk, code="dispute_open")
    assert (state(first), state(second)) == ("cancelled", "queued")
    assert first.reason_text == "what was recorded about contact"
    record(desk, code="deceased")
    assert state(second) == "cancelled"


def test_what_was_handed_over_stays_as_it_is(desk):
    decision = GateDecision.objects.create(
        borrower=desk[0].borrower, moment="send", at=NOON, channel="sms", party="debtor", allowed=True, pack="cn",
        pack_version="1",
    )  # fmt: skip
    gone = queued(desk[0], state="sending", handed_at=NOON, claimed_at=NOON, send_decision=decision)
    record(desk, "opt_out", "sms")
    assert state(gone) == "sending"


def test_the_worklist_hears_of_it_at_every_creditor(desk):
    mine = desk[0]
    mine.borrower.person_key = "same"
    mine.borrower.save()
    theirs = CaseFactory(borrower=BorrowerFactory(person_key="same"))
    ContactPointFactory(borrower=theirs.borrower, value="+861540000009")
    row = record(desk, code="vulnerable")
    starts = Case.objects.order_by("pk").values_list("workable_from", flat=True)
    assert None not in starts
    row = record(desk, "opt_out", "phone")
    assert list(starts.all()) == [None, None]
    end_condition(condition=row, actor=desk[1], at=NOON, reason="may be called again")
    assert None not in starts.all()


def test_several_are_recorded_together_or_not_at_all(desk):
    good, bad = ConditionRequest("opt_out", "sms"), ConditionRequest("flag", "angry")
    with pytest.raises(ConditionRefused):
        record_conditions(borrower=desk[0].borrower, actor=desk[1], requests=[good, bad], source="call", since=NOON)
    assert not ContactCondition.objects.exists()
    rows = record_conditions(
        borrower=desk[0].borrower, actor=desk[1], requests=[good, ConditionRequest("place", "home")], source="call",
        since=NOON,
    )  # fmt: skip
    assert [row.kind for row in rows] == ["opt_out", "place"]


def test_every_preset_can_be_recorded_and_has_a_letter_of_its_own(desk):
    assert len({(p.kind, p.code, p.of_number) for p in PRESETS.values()}) == len(PRESETS)
    for letter, preset in PRESETS.items():
        assert len(letter) == 1
        assert letter == preset.letter
        assert (preset.asks is Asks.TIMES) == (preset.kind == "time")
        row = record(
            desk, preset.kind, preset.code, to="+861540000001" if preset.of_number else "",
            window=AFTERNOON if preset.asks is Asks.TIMES else None,
            until=NOON + DAY if preset.asks is Asks.UNTIL else None,
            words="as told" if preset.asks is Asks.WORDS else "",
        )  # fmt: skip
        assert row.kind == preset.kind
        assert str(preset.label)
    assert ContactCondition.objects.count() == len(PRESETS)
