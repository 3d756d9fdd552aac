"""What is claimed: judged at the last moment, within the day's cap of a person, and free again when it did not leave."""

import datetime as dt

import pytest
import time_machine

from borrowers.models import ContactPoint
from cases.models import GateDecision, Message
from cases.services import outbox_sending
from cases.services.outbox import cancel_pending, queue_due_steps, queue_message, sweep
from cases.services.outbox_claiming import claim_messages
from tests.cases.outbox.conftest import NOON, TODAY, make_case, make_step, make_template
from tests.factories import CreditorFactory

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOON, tick=False):
        yield


def write(case, purpose, channel="sms", code="reminder", day=TODAY):
    return queue_message(
        borrower=case.borrower, case=case, loan=None, step=None, purpose=purpose, day=day, channel=channel,
        template_code=code, now=NOON,
    )  # fmt: skip


def state(message):
    message.refresh_from_db()
    return message.state


def claim(limit=50, now=NOON, **more):
    return claim_messages(channel="sms", provider="test", limit=limit, now=now, **more)


def test_the_day_of_a_person_has_room_for_so_many_over_all_channels(case):
    make_template("mail", channel="email", subject="{creditor}")
    case.creditor.messages_a_day = 2
    case.creditor.save()
    ContactPoint.objects.create(borrower=case.borrower, kind="email", value="b@example.com")
    messages = [write(case, "one"), write(case, "two", "email", "mail"), write(case, "three")]
    sweep(NOON)
    assert [state(message) for message in messages] == ["sent", "queued", "sent"]  # SMS go first
    waiting = messages[1]
    assert waiting.not_before == NOON.replace(hour=0) + DAY
    decision = GateDecision.objects.get(rule="house.daily_cap")
    assert not decision.allowed
    assert "2" in decision.reason
    # The night first, then the next day's first.
    sweep(NOON.replace(hour=0, minute=1) + DAY)
    assert state(waiting) == "queued"
    assert waiting.not_before == NOON.replace(hour=8) + DAY
    sweep(NOON.replace(hour=8) + DAY)
    assert state(waiting) == "sent"


def test_the_same_person_at_two_creditors_has_one_day():
    make_template()
    first = make_case(CreditorFactory(messages_a_day=1))
    second = make_case(CreditorFactory(messages_a_day=1))
    second.borrower.person_key = first.borrower.person_key
    second.borrower.save()
    messages = [write(first, "one"), write(second, "one")]
    assert len(claim().held) == 1
    assert sorted(map(state, messages)) == ["queued", "sending"]


def test_another_person_is_not_counted(case):
    case.creditor.messages_a_day = 1
    case.creditor.save()
    other = make_case(case.creditor)
    messages = [write(case, "one"), write(other, "one")]
    sweep(NOON)
    assert [state(message) for message in messages] == ["sent", "sent"]


def test_what_is_claimed_but_not_handed_over_can_still_be_stopped(case, provider):
    message = write(case, "one")
    (held,) = claim().held
    assert cancel_pending(case=case, reason="because") == 1
    assert state(message) == "cancelled"
    assert not outbox_sending._hand_over(held, NOON)


def test_what_was_handed_over_is_not_stopped_any_more(case):
    message = write(case, "one")
    (held,) = claim().held
    assert outbox_sending._hand_over(held, NOON)
    assert cancel_pending(case=case, reason="because") == 0
    assert state(message) == "sending"


def test_a_worker_that_died_with_claimed_messages_lost_none(case, provider):
    message = write(case, "one")
    claim()
    channel = provider(can_look_up=False)
    sweep(NOON + 4 * MINUTE)
    assert state(message) == "sending"
    sweep(NOON + 6 * MINUTE)
    assert state(message) == "sent"
    assert channel.sent == [message.key]
    assert message.attempts == 1


def test_a_worker_that_was_asleep_does_not_send_what_another_has(case, provider):
    write(case, "one")
    (asleep,) = claim().held
    Message.objects.update(state="queued", claimed_at=None)  # its claim has lapsed
    (awake,) = claim(now=NOON + 6 * MINUTE).held
    assert outbox_sending._hand_over(awake, NOON + 6 * MINUTE)
    assert not outbox_sending._hand_over(asleep, NOON + 6 * MINUTE)


def test_a_claim_is_no_longer_held_than_the_gates_word_is_fresh(case, provider, monkeypatch):
    for purpose in ("one", "two"):
        write(case, purpose)
    channel = provider()
    clock = outbox_sending.Clock(NOON)
    monkeypatch.setattr(outbox_sending.Clock, "elapsed", property(lambda self: len(channel.sent) * 31.0))
    assert outbox_sending._send_chunk("sms", clock, 50) == 1
    assert len(channel.sent) == 1
    assert sorted(Message.objects.values_list("state", "attempts")) == [("queued", 0), ("sent", 1)]


def test_an_unknown_one_of_a_provider_that_was_changed_is_not_asked_of_the_new_one(case, provider):
    message = write(case, "one")
    Message.objects.update(
        state="sending", provider="former", claimed_at=NOON, handed_at=NOON, attempts=1,
        send_decision=message.queue_decision,
    )  # fmt: skip
    channel = provider()
    sweep(NOON + 6 * MINUTE)
    assert state(message) == "unknown"
    assert channel.sent == []


def test_a_chunk_costs_the_same_for_five_and_for_twenty_five(django_assert_max_num_queries):
    make_template()
    creditor = CreditorFactory.create()
    for count in (5, 25):
        for _ in range(count):
            make_step(make_case(creditor), code=f"sms_{count}")
        queue_due_steps(creditor=creditor, on=TODAY, now=NOON)
        with django_assert_max_num_queries(24):
            assert len(claim().held) == count


def test_the_values_that_were_filled_in_stand_in_the_order_of_the_wording(case, provider):
    message = write(case, "one")
    message.refresh_from_db()
    names = ["creditor", "salutation", "account", "due_on", "days_past_due", "opt_out"]
    assert [name for name, _value in message.values] == names
    assert dict(message.values)["creditor"] == case.creditor.name
    message.template.provider_template = "T-1"
    message.template.save()
    outgoing = outbox_sending.outgoing(Message.objects.select_related("template").get())
    assert (outgoing.template, list(outgoing.values)) == ("T-1", names)
