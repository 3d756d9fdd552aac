"""Booking a call: the decision at its instant, breaches, what the outcome brings."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from borrowers.models import AuditEvent
from cases.models import (
    Case,
    ContactCondition,
    ContactRecord,
    DialledCall,
    GateDecision,
    Plan,
    PlanStep,
    Promise,
    Stage,
    Strategy,
)
from cases.outcomes import NEXT_ACTIONS, NONPAYMENT_REASONS, OUTCOMES
from cases.policy import Outcome as GateOutcome
from cases.services.conditions import ConditionRefused, ConditionRequest
from cases.services.contact_gate import judge
from cases.services.contacts import ContactRefused, book_contact
from cases.services.promises import PromiseRefused
from tests.factories import CaseFactory, ContactPointFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
CST = dt.timezone(dt.timedelta(hours=8))
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=CST)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk():
    team = TeamFactory()
    case = CaseFactory(team=team)
    point = ContactPointFactory(borrower=case.borrower, value="+861540000001")
    return case, point, UserFactory(role="collector", team=team)


def _book(desk, outcome="no_answer", at=NOON, **more):
    case, point, actor = desk
    values = {"contact_point": point, "channel": "phone", "at": at, **more}
    return book_contact(case=case, actor=actor, outcome=outcome, **values)


def test_every_outcome_has_a_word_of_the_gate_and_fits_its_column():
    for code, outcome in OUTCOMES.items():
        assert GateOutcome(outcome.gate_outcome)
        assert code == outcome.code
        assert outcome.is_contact or not outcome.is_rpc
    keys = [outcome.key for outcome in OUTCOMES.values() if outcome.key]
    assert len(keys) == len(set(keys))
    assert all(len(code) <= 40 for code in (*OUTCOMES, *NONPAYMENT_REASONS, *NEXT_ACTIONS))


def test_a_call_is_kept_with_its_decision(desk):
    record = _book(desk, "call_back", notes=" later please ", nonpayment_reason="illness", next_action="call_again")
    kept = ContactRecord.objects.get()
    assert kept == record
    assert (kept.gate_outcome, kept.party, kept.to, kept.notes) == (
        "conversation",
        "debtor",
        "+861540000001",
        "later please",
    )
    assert kept.decision.allowed
    assert kept.decision.moment == "record"
    assert not kept.is_breach
    assert kept.loans == [desk[0].loans.get().account_no]
    assert kept.person_key == desk[0].borrower.person_key


def test_a_refused_call_is_recorded_as_a_breach_but_one_that_came_in_never_is(desk):
    at_night = NOON - dt.timedelta(hours=13)  # 23:00 the evening before
    assert _book(desk, at=at_night).is_breach
    incoming = _book(desk, "call_back", at=at_night, direction="in")
    assert not incoming.is_breach
    assert incoming.decision.allowed
    assert incoming.decision.reason_code == "house.incoming"


def test_a_call_is_judged_by_what_went_before_it_not_by_what_came_after(desk):
    for hour, outcome in ((9, "call_back"), (10, "no_intent"), (11, "refuses")):
        _book(desk, outcome, at=NOON.replace(hour=hour))
    assert _book(desk, "hardship").is_breach
    assert not _book(desk, "hung_up", at=NOON.replace(hour=8, minute=30)).is_breach


def test_the_same_note_twice_within_a_minute_is_refused(desk, clock):
    _book(desk)
    with pytest.raises(ContactRefused):
        _book(desk)
    _book(desk, "busy")
    clock.shift(61)
    _book(desk)
    assert ContactRecord.objects.count() == 3


@pytest.mark.parametrize("away", [dt.timedelta(minutes=2), -dt.timedelta(days=3, seconds=1)])
def test_neither_the_future_nor_the_distant_past(desk, away):
    with pytest.raises(ContactRefused):
        _book(desk, at=NOON + away)
    assert not GateDecision.objects.exists()


def test_only_those_who_work_the_case(desk):
    case, point, _actor = desk
    with pytest.raises(PermissionDenied):
        _book((case, point, UserFactory(role="collector", team=TeamFactory())))
    assert not GateDecision.objects.exists()


def test_what_makes_no_sense_is_refused(desk):
    stranger = ContactPointFactory(value="+861540000077")
    for wrong in (
        {"outcome": "nonsense"},
        {"nonpayment_reason": "nonsense"},
        {"next_action": "nonsense"},
        {"channel": "pigeon"},
        {"direction": "sideways"},
        {"party": "somebody"},
        {"contact_point": stranger},
        {"outcome": "call_back", "party": "contact_person"},
    ):
        with pytest.raises(ContactRefused):
            _book(desk, **wrong)
    assert not ContactRecord.objects.exists()


@pytest.mark.parametrize("outcome", ["wrong_number", "invalid"])
def test_a_dead_number_is_taken_out_of_use_once(desk, outcome, clock):
    _book(desk, outcome)
    desk[1].refresh_from_db()
    assert (desk[1].is_valid, desk[1].invalid_reason) == (False, outcome)
    clock.shift(120)
    assert _book(desk, outcome).decision.rule == "house.contact_point_invalid"
    assert AuditEvent.objects.filter(action="contact_point_out_of_use").count() == 1


def test_a_promise_is_made_with_the_call_or_neither(desk):
    case = desk[0]
    with pytest.raises(ContactRefused):
        _book(desk, "promise")
    with pytest.raises(PromiseRefused):
        _book(desk, "promise", promise_amount=Decimal(999999), promise_due_on=dt.date(2026, 3, 6))
    assert not ContactRecord.objects.exists()
    record = _book(desk, "promise", promise_amount=Decimal("110.00"), promise_due_on=dt.date(2026, 3, 6))
    promise = Promise.objects.get()
    assert (promise.contact, promise.amount, promise.made_on) == (record, Decimal("110.00"), dt.date(2026, 3, 2))
    assert Case.objects.get(pk=case.pk).stage == Stage.NEGOTIATING


@pytest.mark.parametrize("outcome", ["asks_plan", "asks_waiver", "hardship"])
def test_who_asks_for_help_is_negotiated_with(desk, outcome):
    _book(desk, outcome)
    assert Case.objects.get(pk=desk[0].pk).stage == Stage.NEGOTIATING


def test_the_call_that_was_due_is_done_and_one_that_lies_ahead_stands(desk):
    case = desk[0]
    strategy = Strategy.objects.create(name="s", code="s")
    for code, offset in (("call_1", 1), ("call_2", 2), ("call_3", 5)):
        strategy.steps.create(code=code, day_offset=offset, channel="phone", performer="collector")
    plan = Plan.objects.create(
        case=case, strategy=strategy, strategy_version=1, anchor_on=case.oldest_due_on, made_on=dt.date(2026, 3, 1)
    )
    rows = {"due": dt.date(2026, 3, 1), "today": dt.date(2026, 3, 2), "ahead": dt.date(2026, 3, 3)}
    for code, day in rows.items():
        PlanStep.objects.create(
            plan=plan, code=code, anchor_on=case.oldest_due_on, due_on=day, channel="phone", performer="collector"
        )
    _book(desk)
    done = PlanStep.objects.filter(state="done")
    assert [step.code for step in done] == ["due"]
    assert done[0].done_by == desk[2]


# --- What stands after the call ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "party", "code", "words"),
    [
        ("dispute", "debtor", "dispute_open", "paid in cash"),
        ("fraud_claim", "debtor", "dispute_open", "says it is fraud: paid in cash"),
        ("complaint", "debtor", "complaint_open", "paid in cash"),
        ("represented", "debtor", "represented", "paid in cash"),
        ("says_deceased", "contact_person", "deceased", "to be verified: paid in cash"),
    ],
)
def test_some_outcomes_stand_after_the_call(desk, outcome, party, code, words):
    record = _book(desk, outcome, party=party, notes="paid in cash")
    row = ContactCondition.objects.get()
    assert (row.kind, row.code, row.words, row.contact, row.since) == ("flag", code, words, record, NOON)
    assert (row.source, row.recorded_by, row.until) == ("call", desk[2], None)
    later = judge(
        borrower=desk[0].borrower, case=desk[0], contact_point=desk[1], channel="phone",
        at=NOON + dt.timedelta(days=30), party="debtor", moment="dial",
    )  # fmt: skip
    assert (later.allowed, later.reason_code) == (False, f"flag.{code}")


@pytest.mark.parametrize("outcome", ["no_answer", "call_back", "refuses", "wrong_number", "hardship", "will_relay"])
def test_other_outcomes_leave_nothing_standing(desk, outcome):
    _book(desk, outcome)
    assert not ContactCondition.objects.exists()


def test_a_contact_person_who_asks_to_stop_is_left_alone_on_that_number_for_good(desk):
    friend = ContactPointFactory(borrower=desk[0].borrower, value="+861540000009", owner="contact_person")
    _book(desk, "asks_to_stop", contact_point=friend)
    row = ContactCondition.objects.get()
    assert (row.kind, row.code, row.to, row.until) == ("opt_out", "", friend.value, None)
    values = {"borrower": desk[0].borrower, "case": desk[0], "channel": "phone", "moment": "dial"}
    later = NOON + dt.timedelta(days=700)
    assert not judge(contact_point=friend, at=later, party="contact_person", **values).allowed
    assert judge(contact_point=desk[1], at=later, party="debtor", **values).allowed


def test_a_guarantors_lawyer_is_not_the_borrowers(desk):
    _book(desk, "represented", party="guarantor")
    assert not ContactCondition.objects.exists()


def test_what_was_said_about_contact_is_recorded_with_the_call_or_neither(desk):
    with pytest.raises(ConditionRefused):
        _book(desk, conditions=[ConditionRequest("flag", "angry")])
    assert not ContactRecord.objects.exists()
    asked = [ConditionRequest("flag", "attorney", words="Lin & Partners"), ConditionRequest("opt_out", "sms")]
    record = _book(desk, "represented", conditions=asked)
    rows = ContactCondition.objects.order_by("pk")
    assert [(row.kind, row.code, row.contact) for row in rows] == [
        ("flag", "attorney", record), ("opt_out", "sms", record),
    ]  # fmt: skip


def test_the_dialled_call_is_linked_once_and_brings_its_recording(desk, clock):
    case, point, actor = desk

    def dial(of_case):
        decision = judge(
            borrower=case.borrower, case=case, contact_point=point, channel="phone", at=NOON, party="debtor",
            moment="dial",
        )  # fmt: skip
        return DialledCall.objects.create(
            case=of_case, contact_point=point, to=point.value, actor=actor, decision=decision, mode="ari",
            recording_ref="rec-7", started_at=NOON,
        )  # fmt: skip

    call = dial(case)
    record = _book(desk, dialled=call)
    call.refresh_from_db()
    assert (call.contact, record.recording_ref) == (record, "rec-7")
    clock.shift(120)
    with pytest.raises(ContactRefused):
        _book(desk, dialled=call)
    with pytest.raises(ContactRefused):
        _book(desk, dialled=dial(CaseFactory()), recording_ref="mine")
    assert _book(desk, dialled=dial(case), recording_ref="mine").recording_ref == "mine"
