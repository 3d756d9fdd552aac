"""Through the door: judged again, claimed once, settled by what the provider said."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from cases.channels import AmbiguousError, PassingError, PermanentError
from cases.models import ContactRecord, DevelopmentDelivery, Message, PlanStep, Promise
from cases.services import outbox_sending
from cases.services.outbox import cancel_pending, dispatch, queue_due_steps, queue_message, sweep
from cases.stages import move_case
from tests.cases.outbox.conftest import NOON, TODAY, make_step, make_template
from tests.factories import PaymentFactory, UserFactory

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def step(case):
    made = make_step(case)
    queue_due_steps(creditor=case.creditor, on=TODAY, now=NOON)
    return made


@pytest.fixture
def message(case, step):
    return Message.objects.get()


def _state(row):
    row.refresh_from_db()
    return row.state


def test_sent_with_decision_contact_and_step(case, message, step):
    assert dispatch(message.pk, NOON) == "sent"
    message.refresh_from_db()
    assert message.send_decision.moment == "send"
    assert message.send_decision != message.queue_decision
    assert DevelopmentDelivery.objects.get().key == message.key
    contact = ContactRecord.objects.get()
    assert (contact.outcome, contact.channel, contact.decision) == ("sent", "sms", message.send_decision)
    assert contact.loans == [case.loans.get().account_no]
    assert _state(step) == "done"
    assert dispatch(message.pk, NOON) == ""
    assert ContactRecord.objects.count() == DevelopmentDelivery.objects.count() == 1


def test_not_before_its_time(case):
    night = NOON.replace(hour=23)
    message = queue_message(
        borrower=case.borrower, case=case, loan=None, step=None, purpose="test", day=TODAY, channel="sms",
        template_code="reminder", now=night,
    )  # fmt: skip
    assert sweep(night + 8 * 60 * MINUTE) == 0
    assert sweep(night + 9 * 60 * MINUTE) == 1
    assert _state(message) == "sent"


def test_a_message_that_was_late_for_the_evening_waits(case, message):
    assert dispatch(message.pk, NOON.replace(hour=22, minute=30)) == "queued"
    message.refresh_from_db()
    assert message.not_before == (NOON + dt.timedelta(days=1)).replace(hour=8)
    assert not DevelopmentDelivery.objects.exists()


def test_a_payment_since_makes_it_untrue(case, message, step):
    with time_machine.travel(NOON + MINUTE, tick=False):
        PaymentFactory(loan=case.loans.get(), amount=Decimal("1.00"))
    assert dispatch(message.pk, NOON + 2 * MINUTE) == "cancelled"
    message.refresh_from_db()
    assert message.reason_text == "a payment came in"
    assert _state(step) == "skipped"
    assert not DevelopmentDelivery.objects.exists()


def test_a_promise_since_cancels_it(case, message):
    Promise.objects.create(case=case, amount=10, due_on=TODAY, made_on=TODAY)
    assert dispatch(message.pk, NOON) == "cancelled"
    message.refresh_from_db()
    assert message.reason == "promise_open|2026-03-02"


@pytest.mark.parametrize("move", ["put_on_hold", "close_recalled"])
def test_a_hold_or_a_closed_case_cancels_what_is_pending(case, message, step, move):
    supervisor = UserFactory(role="supervisor", creditors=[case.creditor])
    values = {"until": None} if move == "put_on_hold" else {"on": TODAY}
    move_case(case.pk, move, actor=supervisor, reason="taken back", **values)
    assert _state(message) == "cancelled"
    assert _state(step) == "skipped"
    assert sweep(NOON) == 0


def test_cancelling_leaves_what_was_sent(case, message):
    dispatch(message.pk, NOON)
    assert cancel_pending(case=case, reason="because") == 0
    assert _state(message) == "sent"


def test_a_number_that_died_since_is_not_written_to(case, message):
    case.borrower.contact_points.update(is_valid=False)
    assert dispatch(message.pk, NOON) == "cancelled"
    message.refresh_from_db()
    assert message.reason.startswith("gate|")


def test_what_waited_too_long_expires(message):
    assert dispatch(message.pk, NOON + dt.timedelta(days=2, minutes=1)) == "expired"


@pytest.mark.parametrize(("days", "state"), [(0, "sent"), (1, "expired")])
def test_a_reminder_before_the_due_date_does_not_come_after_it(case, days, state):
    make_template("before", body="{creditor}: {due_amount} on {due_on}")
    loan = case.loans.get()
    message = queue_message(
        borrower=case.borrower, case=None, loan=loan, step=None, purpose="due_today", day=TODAY, channel="sms",
        template_code="before", now=NOON,
    )  # fmt: skip
    assert message.key == f"loan:{loan.pk}:due_today:2026-03-02"
    assert dispatch(message.pk, NOON + dt.timedelta(days=days)) == state


def test_passing_errors_are_tried_again_later_and_in_the_end_fail(message, step, provider):
    channel = provider(*[PassingError("busy")] * 9)
    now, waits = NOON, []
    for _ in range(outbox_sending.ATTEMPTS_AT_MOST - 1):
        assert dispatch(message.pk, now) == "queued"
        message.refresh_from_db()
        assert dispatch(message.pk, message.not_before - MINUTE / 2) == ""
        waits.append(message.not_before - now)
        now = message.not_before
    assert waits == sorted(waits)
    assert waits[0] >= MINUTE
    assert dispatch(message.pk, now) == "failed"
    assert len(channel.sent) == outbox_sending.ATTEMPTS_AT_MOST
    assert len(set(channel.sent)) == 1  # the same key each time
    assert _state(step) == "skipped"


def test_a_permanent_error_is_final_and_may_take_the_number_out_of_use(case, message, provider):
    channel = provider(PermanentError("no such number", bad_address=True))
    assert dispatch(message.pk, NOON) == "failed"
    assert sweep(NOON + dt.timedelta(hours=1)) == 0
    assert len(channel.sent) == 1
    assert not case.borrower.contact_points.get().is_valid
    assert not ContactRecord.objects.exists()


def test_no_answer_and_nobody_to_ask_is_unknown_and_never_sent_again(message, step, provider):
    channel = provider(AmbiguousError("timeout"), can_look_up=False)
    assert dispatch(message.pk, NOON) == "unknown"
    assert sweep(NOON + dt.timedelta(hours=1)) == 0
    assert len(channel.sent) == 1
    assert _state(step) == "skipped"


@pytest.mark.parametrize("error", [AmbiguousError("timeout"), RuntimeError("a fault of ours")])
def test_no_answer_is_asked_after_and_found(message, step, provider, error):
    channel = provider(error, known=[message.key])
    assert dispatch(message.pk, NOON) == "sending"
    assert sweep(NOON + 4 * MINUTE) == 0
    assert sweep(NOON + 6 * MINUTE) == 1
    assert _state(message) == "sent"
    assert _state(step) == "done"
    assert ContactRecord.objects.count() == 1
    assert len(channel.sent) == 1


def test_a_sender_that_vanished_before_the_call_is_replaced(message, provider):
    provider(AmbiguousError("killed before the call"))
    dispatch(message.pk, NOON)
    channel = provider()
    # Not known to the provider: queued again and sent by the same sweep.
    assert sweep(NOON + 6 * MINUTE) == 2
    assert _state(message) == "sent"
    assert channel.sent == [message.key]
    assert ContactRecord.objects.count() == 1


def test_an_answer_that_comes_after_the_reconciliation_changes_nothing(message, provider, monkeypatch):
    slow = provider(known=[message.key])

    def send(outgoing):
        sweep(NOON + 6 * MINUTE)  # meanwhile, elsewhere
        raise PassingError("late")

    monkeypatch.setattr(slow, "send", send)
    assert dispatch(message.pk, NOON) == "sent"
    assert ContactRecord.objects.count() == 1


def test_one_message_costs_a_bounded_number_of_queries(case, django_assert_max_num_queries):
    message = queue_message(
        borrower=case.borrower, case=case, loan=None, step=None, purpose="test", day=TODAY, channel="sms",
        template_code="reminder", now=NOON,
    )  # fmt: skip
    with django_assert_max_num_queries(34):
        assert dispatch(message.pk, NOON) == "sent"
    assert PlanStep.objects.count() == 0
