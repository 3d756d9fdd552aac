"""Taking down: the clock runs, contact stops until the answer, and a flag never stands without its objection."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from borrowers.models import AuditEvent
from cases.models import Case, ContactCondition, Message, Objection
from cases.services.conditions import ConditionRefused, end_condition, record_condition
from cases.services.contact_gate import judge
from cases.services.contacts import book_contact
from cases.services.objection_answers import answer_objection
from cases.services.objection_evidence import add_evidence
from cases.services.objections import (
    ObjectionRefused,
    acknowledge_objection,
    assign_objection,
    extend_objection,
    withdraw_objection,
)
from tests.cases.objections.conftest import PDF, TEN
from tests.factories import DAY, ContactConditionFactory, CreditorFactory, UserFactory

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)


def verdict(case, phone):
    case = Case.objects.select_related("creditor", "borrower__creditor").get(pk=case.pk)
    return judge(borrower=case.borrower, case=case, contact_point=phone, channel="phone", at=TEN, party="debtor",
                 moment="dial")  # fmt: skip


def answered(objection, people, outcome="rejected", **values):
    return answer_objection(
        objection=objection, actor=people["supervisor"], outcome=outcome, found="The bank shows no payment.", on=DAY,
        **values,
    )  # fmt: skip


def test_contact_is_refused_while_it_is_open_and_allowed_after(case, people, phone, take):
    assert verdict(case, phone).allowed
    waiting = Message.objects.create(
        key="m", borrower=case.borrower, case=case, purpose="reminder", day=DAY, channel="sms", to=phone.value,
        body="x", not_before=TEN,
    )  # fmt: skip
    objection = take()
    assert (objection.number, objection.state, objection.due_on) == (
        f"{case.case_no}-OBJ1", "received", DAY + 15 * ONE
    )  # fmt: skip
    refused = verdict(case, phone)
    assert (refused.allowed, refused.rule) == (False, "dispute")
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    answered(objection, people)
    assert verdict(case, phone).allowed
    condition = ContactCondition.objects.get()
    assert condition.ended_by == people["supervisor"]
    assert objection.number in condition.end_reason
    events = AuditEvent.objects.filter(subject_type="objection", subject_id=objection.pk).order_by("pk")
    assert [event.action for event in events] == ["open_objection", "reject", "answer_objection"]
    assert all(event.borrower_id == case.borrower_id for event in events)


def test_a_complaint_stops_contact_under_its_own_flag(case, people, phone, take):
    objection = take(family="complaint", topic="conduct")
    assert verdict(case, phone).rule == "complaint"
    assert objection.owner is None  # nobody is given a complaint about themselves by default
    answered(objection, people)
    assert verdict(case, phone).allowed


def test_the_flag_stands_until_the_last_objection_of_its_kind_is_closed(case, people, phone, take):
    first, second = take(), take(family="credit_report", topic="other")
    complaint = take(family="complaint", topic="privacy")
    assert first.condition == second.condition != complaint.condition
    answered(first, people)
    assert verdict(case, phone).rule == "dispute"
    withdraw_objection(objection=second, actor=people["supervisor"], reason="found the receipt himself", on=DAY)
    assert verdict(case, phone).rule == "complaint"
    answered(complaint, people)
    assert verdict(case, phone).allowed


def test_a_flag_is_not_lifted_past_its_objection(case, people, take):
    condition = take().condition
    with pytest.raises(ConditionRefused, match="OBJ1"):
        end_condition(condition=condition, actor=people["supervisor"], at=TEN, reason="asked him")
    with pytest.raises(ConditionRefused):
        end_condition(condition=condition, actor=None, at=TEN, reason="asked him")


def test_neither_flag_of_one_objection_is_lifted_past_it_and_none_ends_by_the_clock(case, people, take):
    take()
    told = {
        "borrower": case.borrower, "actor": people["supervisor"], "kind": "flag", "code": "dispute_open", "words": "no",
        "source": "call", "since": TEN,
    }  # fmt: skip
    record_condition(**told, loans=[case.loans.get().account_no])
    for flag in ContactCondition.objects.all():
        with pytest.raises(ConditionRefused, match="OBJ1"):
            end_condition(condition=flag, actor=people["supervisor"], at=TEN, reason="asked him")
    assert record_condition(**told, until=TEN + ONE).until is None
    withdraw_objection(objection=Objection.objects.get(), actor=people["supervisor"], reason="took it back", on=DAY)
    assert not ContactCondition.objects.filter(ended_at=None).exists()


# --- From the call form ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "family", "topic"),
    [
        ("dispute", "dispute", "other"),
        ("complaint", "complaint", "other"),
        ("fraud_claim", "identity_theft", "not_mine"),
    ],
)
def test_what_is_said_on_a_call_opens_an_objection_with_its_clock(case, people, phone, outcome, family, topic):
    book_contact(
        case=case, actor=people["collector"], contact_point=phone, channel="phone", at=TEN, outcome=outcome,
        notes="paid in cash",
    )  # fmt: skip
    objection = Objection.objects.get()
    assert (objection.family, objection.topic, objection.channel) == (family, topic, "phone")
    assert (objection.received_on, objection.opened_by) == (DAY, people["collector"])
    assert "paid in cash" in objection.words
    assert objection.condition == ContactCondition.objects.get()


def test_a_flag_of_an_open_objection_opens_no_second_one(case, people, take):
    objection = take()
    record_condition(
        borrower=case.borrower, actor=people["collector"], kind="flag", code="dispute_open", words="again",
        source="call", since=TEN, until=TEN + ONE,
    )  # fmt: skip
    assert list(Objection.objects.all()) == [objection]


def test_a_flag_without_objection_is_taken_up_and_shared(case, take):
    old = ContactConditionFactory(
        borrower=case.borrower, kind="flag", code="dispute_open", words="too much", since=TEN - ONE
    )
    assert take().condition == old
    assert ContactCondition.objects.count() == 1


# --- Who, and what is refused ------------------------------------------------------------------------------


def test_who_does_not_work_the_case_takes_nothing_down(case, people, take):
    stranger = UserFactory(role="supervisor", creditors=[CreditorFactory()])
    legal = UserFactory(role="legal", creditors=[case.creditor])
    for person in (stranger, legal):
        with pytest.raises(PermissionDenied):
            take(person)
    assert not Objection.objects.exists()
    assert not ContactCondition.objects.exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"words": " "}, "borrower's words"),
        ({"received_on": DAY + ONE}, "after today"),
        ({"received_on": DAY - 400 * ONE}, "more than a year ago"),
    ],
)
def test_what_is_refused_is_said_and_leaves_nothing(take, values, words):
    with pytest.raises(ObjectionRefused, match=words):
        take(**values)
    assert not Objection.objects.exists()


def test_the_clock_runs_from_the_day_it_came_in_not_from_the_day_it_was_written_down(take):
    assert take(received_on=DAY - 10 * ONE).due_on == DAY + 5 * ONE


def test_an_owner_works_the_case_and_is_not_the_one_complained_of(case, people, take):
    Case.objects.filter(pk=case.pk).update(assigned_to=people["collector"])
    outsider = UserFactory(role="collector")
    with pytest.raises(ObjectionRefused, match="does not work this case"):
        take(owner=outsider)
    with pytest.raises(ObjectionRefused, match="about themselves"):
        take(family="complaint", topic="conduct", owner=people["collector"])
    assert take().owner == people["collector"]
    complaint = take(family="complaint", topic="conduct")
    with pytest.raises(ObjectionRefused, match="about themselves"):
        assign_objection(objection=complaint, owner=people["collector"], actor=people["supervisor"])
    assert assign_objection(objection=complaint, owner=people["colleague"], actor=people["colleague"]).owner
    with pytest.raises(PermissionDenied):
        assign_objection(objection=complaint, owner=people["second"], actor=people["colleague"])
    assert AuditEvent.objects.get(action="assign_objection").new == str(people["colleague"])


# --- On the way --------------------------------------------------------------------------------------------


def test_it_is_acknowledged_once(people, take):
    objection = acknowledge_objection(objection=take(), actor=people["collector"], on=DAY)
    assert (objection.state, objection.acknowledged_on) == ("in_progress", DAY)
    with pytest.raises(ObjectionRefused, match="already"):
        acknowledge_objection(objection=objection, actor=people["collector"], on=DAY)


def test_each_extension_of_the_law_is_taken_once_with_a_reason_and_in_time(people, take):
    objection, supervisor = take(family="complaint", topic="terms"), people["supervisor"]
    with pytest.raises(PermissionDenied):
        extend_objection(objection=objection, actor=people["collector"], reason="complex", on=DAY)
    with pytest.raises(ObjectionRefused, match="reason"):
        extend_objection(objection=objection, actor=supervisor, reason=" ", on=DAY)
    with pytest.raises(ObjectionRefused, match="time is over"):
        extend_objection(objection=objection, actor=supervisor, reason="complex", on=DAY + 16 * ONE)
    dues = []
    for day in (15, 30):
        objection = extend_objection(objection=objection, actor=supervisor, reason="complex", on=DAY + day * ONE)
        dues.append((objection.due_on - DAY).days)
    assert dues == [30, 60]
    with pytest.raises(ObjectionRefused, match="cannot be extended"):
        extend_objection(objection=objection, actor=supervisor, reason="complex", on=DAY + 60 * ONE)
    events = AuditEvent.objects.filter(action="extend_objection").order_by("pk")
    assert [event.new for event in events] == [str(DAY + 30 * ONE), str(DAY + 60 * ONE)]


def test_a_paper_is_what_it_holds_not_what_it_is_called(people, take):
    objection = take()
    with pytest.raises(ObjectionRefused, match="neither a PDF"):
        add_evidence(objection=objection, actor=people["collector"], item="handed_in", on=DAY, data=b"MZ", name="a.pdf")
    row = add_evidence(
        objection=objection, actor=people["collector"], item="handed_in", on=DAY, data=PDF, name="receipt.exe"
    )
    assert (row.document.name, row.document.mime_type) == ("receipt.pdf", "application/pdf")
    assert row.document.read() == PDF
    answered(objection, people)
    with pytest.raises(ObjectionRefused, match="closed"):
        add_evidence(objection=objection, actor=people["collector"], item="handed_in", on=DAY, data=PDF, name="b.pdf")
