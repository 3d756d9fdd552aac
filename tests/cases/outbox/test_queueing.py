"""From a due step to a row: once, judged, worded, to the right number; or not, with the reason."""

import datetime as dt

import pytest
import time_machine

from cases.models import Case, GateDecision, Message, PlanStep, Strategy
from cases.services.outbox import (
    MessageRefused,
    compose_message,
    queue_due_steps,
    queue_message,
    queue_upcoming_reminders,
)
from cases.stages import move_case
from tests.cases.outbox.conftest import CST, NOON, TODAY, make_case, make_step, make_template
from tests.factories import (
    BorrowerFactory,
    ContactPointFactory,
    CreditorFactory,
    LoanFactory,
    UserFactory,
    with_schedule,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOON, tick=False):
        yield


def _queue(case, now=NOON, **more):
    values = {
        "borrower": case.borrower, "case": case, "loan": None, "step": None, "purpose": "test", "day": TODAY,
        "channel": "sms", "template_code": "reminder", **more,
    }  # fmt: skip
    return queue_message(now=now, **values)


def _due(case, on=TODAY, now=NOON):
    return queue_due_steps(creditor=case.creditor, on=on, now=now)


def test_the_same_message_again_is_the_one_that_is_there(case):
    first, again = _queue(case), _queue(case)
    assert first == again
    assert Message.objects.count() == GateDecision.objects.count() == 1
    assert _queue(case, day=TODAY + dt.timedelta(days=1)) != first
    assert _queue(case, purpose="other") != first


def test_a_queued_message_has_its_decision_text_and_recipient(case):
    message = _queue(case)
    assert message.state == "queued"
    assert message.queue_decision.moment == "queue"
    assert message.queue_decision.allowed
    assert message.to == case.borrower.contact_points.get().value
    assert case.loans.get().account_no[-4:] in message.body
    assert "{" not in message.body


def test_a_message_at_night_waits_for_the_morning(case):
    message = _queue(case, NOON.replace(hour=23))
    assert message.not_before == dt.datetime(2026, 3, 3, 8, 0, tzinfo=CST)
    assert not message.queue_decision.allowed


def test_a_refusal_that_lasts_is_kept_without_a_message(case):
    case = _hold(case)
    assert _queue(case) is None
    decision = GateDecision.objects.get()
    assert (decision.moment, decision.rule) == ("queue", "hold")
    assert not Message.objects.exists()


def _hold(case):
    supervisor = UserFactory(role="supervisor", creditors=[case.creditor])
    return move_case(case.pk, "put_on_hold", actor=supervisor, reason="illness", until=None)


def test_the_preferred_number_in_use_of_the_debtor(case):
    borrower = case.borrower
    ContactPointFactory(borrower=borrower, value="+861540000091", preferred=True, is_valid=False)
    ContactPointFactory(borrower=borrower, value="+861540000092", preferred=True, owner="contact_person")
    ContactPointFactory(borrower=borrower, value="+861540000093", preferred=True, consent="no")
    ContactPointFactory(borrower=borrower, value="+861540000094", preferred=True, kind="landline")
    wanted = ContactPointFactory(borrower=borrower, value="+861540000095", preferred=True)
    assert _queue(case).contact_point == wanted


def test_compose_says_why_not(case):
    supervisor = UserFactory(role="supervisor", creditors=[case.creditor])
    send = {"case": case, "actor": supervisor, "template_code": "reminder", "now": NOON}
    assert compose_message(channel="sms", **send).state == "queued"
    with pytest.raises(MessageRefused, match="today already"):
        compose_message(channel="sms", **send)
    with pytest.raises(MessageRefused, match="no number or address"):
        compose_message(channel="email", **send)


def test_due_steps_are_queued_once(case):
    due, ahead = make_step(case), make_step(case, TODAY + dt.timedelta(days=1), code="sms_2")
    by_hand = make_step(case, code="call", channel="phone", template_code="", performer="collector")
    assert _due(case) == 1
    assert Message.objects.get().step == due
    assert PlanStep.objects.get(pk=due.pk).state == "queued"
    assert {PlanStep.objects.get(pk=step.pk).state for step in (ahead, by_hand)} == {"planned"}
    assert _due(case) == 0
    assert Message.objects.count() == GateDecision.objects.count() == 1


def test_of_several_due_messages_only_the_newest_goes(case):
    old = make_step(case, TODAY - dt.timedelta(days=4), code="sms_0")
    new = make_step(case)
    _due(case)
    assert Message.objects.get().step == new
    old.refresh_from_db()
    assert (old.state, old.reason) == ("skipped", "day_passed")


@pytest.mark.parametrize(("lag", "sent"), [(0, 1), (2, 1), (3, 0), (2000, 0)])
def test_a_day_in_the_past_writes_no_message_today(case, lag, sent):
    on = TODAY - dt.timedelta(days=lag)
    step = make_step(case, on)
    assert _due(case, on) == 1
    assert Message.objects.count() == sent
    step.refresh_from_db()
    assert step.state == ("queued" if sent else "skipped")


def test_a_day_ahead_changes_nothing(case):
    make_step(case)
    assert _due(case, TODAY + dt.timedelta(days=1)) == 0
    assert not Message.objects.exists()


def test_steps_of_held_cases_wait(case):
    step = make_step(case)
    _hold(case)
    assert _due(case) == 0
    step.refresh_from_db()
    assert step.state == "planned"


def test_a_step_that_cannot_go_is_skipped_with_its_reason(case):
    no_number, refused = case, make_case(case.creditor, birth_date=TODAY)
    steps = [make_step(no_number), make_step(refused)]
    no_number.borrower.contact_points.update(is_valid=False)
    assert _due(case) == 2
    assert [_reason(step) for step in steps] == ["no_contact_point", "gate"]
    assert Message.objects.get().state == "cancelled"  # what the gate refused stands in the timeline
    assert _due(case) == 0


def test_a_step_without_wording_is_skipped(case):
    step = make_step(case, template_code="nonsense")
    assert _due(case) == 1
    assert _reason(step) == "wording"


def _reason(step):
    step.refresh_from_db()
    assert step.state == "skipped"
    return step.reason.partition("|")[0]


def test_queries_do_not_grow_with_the_number_of_steps(case, django_assert_max_num_queries):
    for _ in range(15):
        make_step(make_case(case.creditor))
    make_step(case)
    with django_assert_max_num_queries(45):
        assert _due(case) == 16
    assert Message.objects.count() == 16


def _current_loan(creditor, due_on, **borrower):
    loan = with_schedule(LoanFactory(borrower=BorrowerFactory(creditor=creditor, **borrower)), first_due=due_on)
    ContactPointFactory(borrower=loan.borrower, value=f"+861549{loan.pk:06d}")
    return loan


@pytest.fixture
def before_due(db):
    make_template("before", body="{creditor}: {due_amount} on {due_on}, {account}")
    strategy = Strategy.objects.create(code="before", name="before", before_due=True)
    for code, offset in (("due_soon", -3), ("due_today", 0)):
        strategy.steps.create(code=code, day_offset=offset, channel="sms", template_code="before", performer="system")
    return CreditorFactory()


def test_reminders_before_the_due_date_go_once_each(before_due):
    loan = _current_loan(before_due, TODAY + dt.timedelta(days=3))
    _current_loan(before_due, TODAY + dt.timedelta(days=4))
    sent = []
    for day in range(-1, 6):
        now = NOON + dt.timedelta(days=day)
        sent.append(queue_upcoming_reminders(creditor=before_due, on=now.date(), now=now))
        assert queue_upcoming_reminders(creditor=before_due, on=now.date(), now=now) == 0
    #              -1 today  1  2  due 4  5
    assert sent == [0, 1, 1, 0, 1, 1, 0]
    bodies = [message.body for message in Message.objects.filter(loan=loan).order_by("pk")]
    assert len(bodies) == 2
    assert "110.00 on March 5, 2026" in bodies[0]


def test_a_missed_day_is_made_up_for(before_due):
    _current_loan(before_due, TODAY + dt.timedelta(days=1))
    assert queue_upcoming_reminders(creditor=before_due, on=TODAY, now=NOON) == 1
    assert Message.objects.get().purpose == "due_soon"


def test_who_has_an_open_case_is_spoken_to_by_its_plan(before_due):
    loan = _current_loan(before_due, TODAY)
    case = make_case(before_due)
    Case.objects.filter(pk=case.pk).update(borrower=loan.borrower)
    assert queue_upcoming_reminders(creditor=before_due, on=TODAY, now=NOON) == 0


def test_a_refused_reminder_is_not_asked_again(before_due):
    _current_loan(before_due, TODAY, birth_date=TODAY)
    for _ in range(2):
        assert queue_upcoming_reminders(creditor=before_due, on=TODAY, now=NOON) == 0
    assert GateDecision.objects.count() == 1
