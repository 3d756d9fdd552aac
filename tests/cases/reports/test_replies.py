"""Replies: kept with the person, heeded at once where they are a wish, everywhere that the person is known."""

import datetime as dt

import pytest

from cases.models import ContactCondition, ContactRecord, ProviderEvent
from cases.services.contact_gate import judge
from cases.services.outbox import sweep
from cases.services.receipts import store_events
from tests.cases.outbox.conftest import NOON, make_case
from tests.cases.reports.conftest import reply, write
from tests.factories import ContactPointFactory, CreditorFactory

pytestmark = pytest.mark.django_db


def number_of(case):
    return case.borrower.contact_points.get().value


def state(message):
    message.refresh_from_db()
    return message.state


def test_a_reply_is_a_contact_that_they_began(case, sent):
    store_events([reply(number_of(case), "明天还 1000")])
    record = ContactRecord.objects.get(direction="in")
    assert (record.case, record.channel, record.outcome, record.notes) == (case, "sms", "replied", "明天还 1000")
    assert record.decision.allowed
    assert not record.is_breach
    assert not ContactCondition.objects.exists()
    event = ProviderEvent.objects.get()
    assert (event.result, event.note) == ("done", "reply:talk")


@pytest.mark.parametrize("word", ["STOP", "退订", "TD"])
def test_a_stop_word_stops_what_waits_and_what_comes(case, provider, word):
    channel = provider()
    waiting = write(case)
    store_events([reply(number_of(case), word)])
    assert state(waiting) == "cancelled"
    condition = ContactCondition.objects.get()
    assert (condition.kind, condition.code, condition.to) == ("opt_out", "sms", number_of(case))
    assert (condition.source, condition.words) == ("reply", word)
    decision = judge(
        borrower=case.borrower, case=case, contact_point=case.borrower.contact_points.get(), channel="sms",
        at=NOON + dt.timedelta(minutes=1), party="debtor", moment="queue", store=False,
    )  # fmt: skip
    assert (decision.allowed, decision.rule) == (False, "opt_out")
    assert write(case, "another") is None
    sweep(NOON + dt.timedelta(minutes=1))
    assert channel.sent == []


def test_calls_are_not_meant_by_a_word_against_texts(case):
    store_events([reply(number_of(case), "STOP")])
    decision = judge(
        borrower=case.borrower, case=case, contact_point=case.borrower.contact_points.get(), channel="phone",
        at=NOON, party="debtor", moment="dial", store=False,
    )  # fmt: skip
    assert decision.allowed


def test_the_wish_holds_for_the_same_person_at_every_creditor(case):
    other = make_case(CreditorFactory())
    other.borrower.person_key = case.borrower.person_key
    other.borrower.save()
    ContactPointFactory(borrower=other.borrower, value=number_of(case))
    point = other.borrower.contact_points.get(value=number_of(case))
    store_events([reply(number_of(case), "STOP")])
    decision = judge(
        borrower=other.borrower, case=other, contact_point=point, channel="sms", at=NOON, party="debtor",
        moment="queue", store=False,
    )  # fmt: skip
    assert decision.rule == "opt_out"


def test_a_shared_number_is_closed_for_each_person_and_kept_with_the_one_who_was_written_to(case, sent):
    other = make_case(CreditorFactory())
    ContactPointFactory(borrower=other.borrower, value=number_of(case))
    store_events([reply(number_of(case), "STOP")])
    assert {c.borrower_id for c in ContactCondition.objects.all()} == {case.borrower_id, other.borrower_id}
    assert ContactRecord.objects.get(direction="in").borrower == case.borrower


def test_wrong_number_takes_it_out_of_use_everywhere(case):
    other = make_case(CreditorFactory())
    ContactPointFactory(borrower=other.borrower, value=number_of(case))
    store_events([reply(number_of(case), "打错了")])
    for point in [*case.borrower.contact_points.all(), other.borrower.contact_points.get(value=number_of(case))]:
        assert (point.is_valid, point.invalid_reason) == (False, "wrong_number")


def test_a_sentence_about_stopping_is_left_to_a_person(case):
    waiting = write(case)
    store_events([reply(number_of(case), "please stop calling me at work")])
    assert state(waiting) == "queued"
    assert ProviderEvent.objects.get().note == "reply:talk_stop"


@pytest.mark.parametrize("spelling", [lambda n: n, lambda n: n.removeprefix("+"), lambda n: n.removeprefix("+86")])
def test_a_sender_is_known_in_each_spelling(case, spelling):
    store_events([reply(spelling(number_of(case)), "ok")])
    assert ContactRecord.objects.filter(direction="in", case=case).exists()


@pytest.mark.parametrize("sender", ["+8615499999999", "SomeShop", ""])
def test_a_stranger_is_listed_as_unmatched(case, sender):
    store_events([reply(sender, "STOP")])
    assert ProviderEvent.objects.get().result == "unmatched"
    assert not ContactRecord.objects.exists()


def test_of_a_mail_only_the_answer_is_heeded(case):
    ContactPointFactory(borrower=case.borrower, kind="email", value="b@example.com")
    store_events([reply("B@Example.com", "I paid.\n> Reply with STOP to stop", channel="email")])
    assert not ContactCondition.objects.exists()
    assert ContactRecord.objects.get().notes == "I paid."
    store_events([reply("b@example.com", "Stop\n\n> your mail", channel="email")])
    assert ContactCondition.objects.get().code == "email"
