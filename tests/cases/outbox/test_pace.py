"""Token bucket and circuit breaker: one row a provider, for all workers."""

import datetime as dt

import pytest
import time_machine

from cases.channels import AmbiguousError, PassingError, PermanentError
from cases.models import Message, ProviderState
from cases.services import outbox_pace
from cases.services.outbox import queue_due_steps, sweep
from cases.services.outbox_pace import give_back, note_failure, note_success, take_tokens
from tests.cases.outbox.conftest import NOON, TODAY, make_case, make_step, make_template
from tests.factories import CreditorFactory

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _pace(settings):
    settings.SMS_RATE, settings.BREAKER_FAILURES, settings.BREAKER_SECONDS = 4, 3, 30
    with time_machine.travel(NOON, tick=False):
        yield


def take(wanted, seconds=0.0):
    return take_tokens("test", "sms", wanted, NOON + seconds * SECOND).count


def test_no_more_than_the_rate_leaves_in_a_second():
    assert take(3) == 3
    assert take(3) == 1
    assert take(3) == 0
    assert take(3, 0.5) == 2
    assert take(9, 1.5) == 4
    assert take(9, 60) == 4  # nothing is saved up


def test_a_grant_of_none_says_how_long_to_wait():
    take(4)
    grant = take_tokens("test", "sms", 1, NOON)
    assert (grant.count, grant.wait) == (0, 0.25)
    assert take(1, grant.wait) == 1


def test_a_clock_that_goes_back_grants_nothing_twice():
    take(4, 10)
    assert take(4, 9) == 0
    assert take(4, 10) == 0


def test_what_was_not_used_is_there_for_the_next():
    grant = take_tokens("test", "sms", 4, NOON)
    give_back("test", grant, 3, NOON)
    assert take(9) == 3


def test_each_provider_has_its_own_pace_and_the_development_one_none():
    assert take(4) == 4
    assert take_tokens("other", "sms", 4, NOON).count == 4
    assert take_tokens("development", "sms", 50, NOON).count == 50
    assert not ProviderState.objects.filter(name="development").exists()


def test_failures_in_a_row_open_the_circuit_and_one_trial_closes_it():
    assert [note_failure("test", "down", NOON) for _ in range(3)] == [False, False, True]
    assert take(4, 29) == 0
    trial = take_tokens("test", "sms", 4, NOON + 30 * SECOND)
    assert (trial.count, trial.is_trial) == (1, True)
    assert take(4, 31) == 0  # while the trial runs nobody else tries
    note_success("test")
    assert take(4, 31) == 4
    assert ProviderState.objects.get().failures == 0


def test_each_failed_trial_doubles_the_pause_up_to_a_limit():
    now, pauses = NOON, []
    for _ in range(12):
        note_failure("test", "down", now)
        until = ProviderState.objects.get().open_until
        if until is not None:
            pauses.append(until - now)
            now = until
    assert pauses[:3] == [30 * SECOND, 60 * SECOND, 120 * SECOND]
    assert pauses[-1] == outbox_pace.OPEN_AT_MOST


def test_a_success_between_failures_begins_the_count_anew():
    for _ in range(2):
        note_failure("test", "down", NOON)
    note_success("test")
    assert not note_failure("test", "down", NOON)


def test_a_provider_that_asks_for_a_pause_gets_it():
    assert note_failure("test", "429", NOON, retry_after=7.0)
    assert take(1, 6.9) == 0
    assert take(1, 7) == 1


def test_a_trial_without_a_message_is_left_to_the_next():
    for _ in range(3):
        note_failure("test", "down", NOON)
    later = NOON + 40 * SECOND
    trial = take_tokens("test", "sms", 1, later)
    give_back("test", trial, 1, later)
    assert take(1, 40) == 1


@pytest.fixture
def queue(db):
    """Ten messages of one creditor that are due."""
    make_template()
    creditor = CreditorFactory.create()
    for _ in range(10):
        make_step(make_case(creditor))
    queue_due_steps(creditor=creditor, on=TODAY, now=NOON)
    return Message.objects.all()


def states(queue):
    return sorted(queue.values_list("state", flat=True))


def test_a_broken_provider_is_left_alone_and_loses_nothing(queue, provider):
    channel = provider(*[PassingError("no connection")] * 3)
    sweep(NOON)
    assert len(channel.sent) == 3
    assert states(queue) == ["queued"] * 10
    assert set(queue.values_list("attempts", flat=True)) == {0, 1}  # those that were held were given back
    sweep(NOON + 10 * SECOND)
    assert len(channel.sent) == 3
    sweep(NOON + 5 * 60 * SECOND)
    assert states(queue) == ["sent"] * 10
    assert len(channel.sent) == 13


def test_a_wrong_number_is_no_fault_of_the_provider(queue, provider):
    provider(*[PermanentError("no such number", bad_address=True)] * 4)
    sweep(NOON)
    assert states(queue) == ["failed"] * 4 + ["sent"] * 6


def test_a_full_mailbox_is_no_fault_of_the_provider(queue, provider):
    provider(*[PassingError("mailbox full", about_recipient=True)] * 5)
    sweep(NOON)
    assert states(queue) == ["queued"] * 5 + ["sent"] * 5


def test_no_answers_open_the_circuit_too(queue, provider):
    channel = provider(*[AmbiguousError("timeout")] * 9, can_look_up=False)
    sweep(NOON)
    assert len(channel.sent) == 3
    assert states(queue) == ["queued"] * 7 + ["unknown"] * 3


def test_the_provider_sets_the_wait_when_it_asks_for_more_than_ours(queue, provider):
    provider(PassingError("429", retry_after=600.0))
    sweep(NOON)
    waiting = queue.get(attempts=1)
    assert dt.timedelta(seconds=600) <= waiting.not_before - NOON <= dt.timedelta(seconds=800)


def test_a_client_that_is_not_installed_keeps_no_other_channel_waiting(queue, provider, monkeypatch):
    working = provider()

    def choose(channel):
        if channel == "email":
            raise ImportError("no such client")
        return working

    monkeypatch.setattr("cases.services.outbox_sending.channel_for", choose)
    monkeypatch.setattr("cases.services.outbox_sending.CHANNELS", ("email", "sms"))
    sweep(NOON)
    assert states(queue) == ["sent"] * 10
