"""Delivery receipts: matched whenever they come, acted on once, the later fact wins."""

import datetime as dt
import threading

import pytest
from django.db import connection

from borrowers.models import AuditEvent
from cases.channels import AmbiguousError
from cases.models import ContactRecord, MessagePart, ProviderEvent
from cases.services.outbox import dispatch, sweep
from cases.services.receipts import act_on_event, act_on_waiting, store_events
from tests.cases.outbox.conftest import NOON, make_case, make_template
from tests.cases.reports.conftest import receipt, write

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def state(message):
    message.refresh_from_db()
    return message.state


@pytest.mark.parametrize("told", ["delivered", "failed", "expired"])
def test_a_receipt_settles_the_message_it_names(sent, told):
    assert store_events([receipt(sent, state=told, code="0x1")]) == 1
    assert state(sent) == told
    assert sent.settled_at == NOON
    event = ProviderEvent.objects.get()
    assert (event.result, event.message) == ("done", sent)
    assert AuditEvent.objects.get(action="message_reported").new == told
    assert ContactRecord.objects.count() == 1  # the message was the contact; its receipt is none


def test_the_same_report_again_changes_nothing(sent):
    event = receipt(sent)
    assert [store_events([event]), store_events([event])] == [1, 0]
    assert ProviderEvent.objects.count() == AuditEvent.objects.filter(action="message_reported").count() == 1


def test_a_report_on_the_way_changes_no_state(sent):
    store_events([receipt(sent, state="", code="ENROUTE")])
    assert state(sent) == "sent"


def test_the_later_fact_wins_and_an_older_one_does_not(sent):
    store_events([receipt(sent, state="failed", at=NOON + MINUTE)])
    store_events([receipt(sent, state="delivered", at=NOON)])
    assert state(sent) == "failed"
    store_events([receipt(sent, state="delivered", at=NOON + 2 * MINUTE)])
    assert state(sent) == "delivered"
    assert sent.reason == ""


def test_a_message_of_two_parts_is_delivered_when_both_are(sent):
    MessagePart.objects.create(message=sent, number=2, provider="test", provider_id="p-second")
    store_events([receipt(sent)])
    assert state(sent) == "sent"
    store_events([receipt(provider_id="p-second")])
    assert state(sent) == "delivered"


def test_one_lost_part_loses_the_message(sent):
    MessagePart.objects.create(message=sent, number=2, provider="test", provider_id="p-second")
    store_events([receipt(sent), receipt(provider_id="p-second", state="failed", code="UNDELIV")])
    assert state(sent) == "failed"
    assert "UNDELIV" in sent.reason_text


def test_a_number_that_is_none_is_not_used_again_and_what_waits_for_it_is_cancelled(case, sent):
    waiting = write(case, "another")
    store_events([receipt(sent, state="failed", code="ABSENT", bad_address=True)])
    point = case.borrower.contact_points.get()
    assert (point.is_valid, point.invalid_reason) == (False, "invalid")
    assert state(waiting) == "cancelled"
    assert AuditEvent.objects.filter(action="contact_point_out_of_use").count() == 1


def test_a_receipt_that_overtakes_our_commit_waits_for_it(case, provider):
    provider()
    message = write(case)
    store_events([receipt(provider_id="p-1")])
    assert ProviderEvent.objects.get().result == ""
    dispatch(message.pk, NOON)
    assert sweep(NOON + MINUTE) == 1
    assert state(message) == "delivered"


def test_a_report_that_fits_nothing_is_shown_as_such_after_an_hour(db):
    store_events([receipt(provider_id="nobody")])
    assert act_on_waiting(NOON + 59 * MINUTE) == 0
    assert act_on_waiting(NOON + 61 * MINUTE) == 1
    assert ProviderEvent.objects.get().result == "unmatched"


@pytest.mark.parametrize("can_look_up", [True, False])
def test_a_receipt_by_our_key_settles_what_nobody_knew(case, provider, can_look_up):
    provider(AmbiguousError("timeout"), can_look_up=can_look_up)
    message = write(case)
    assert dispatch(message.pk, NOON) == ("sending" if can_look_up else "unknown")
    store_events([receipt(message_key=message.key, provider_id="late-1")])
    assert state(message) == "delivered"
    assert ContactRecord.objects.get().outcome == "sent"
    assert MessagePart.objects.get().provider_id == "late-1"
    assert sweep(NOON + 10 * MINUTE) == 0


def test_a_provider_that_denied_and_then_reports_keeps_us_from_sending_again(case, provider):
    channel = provider(AmbiguousError("timeout"))
    message = write(case)
    dispatch(message.pk, NOON)
    message.refresh_from_db()
    message.state, message.claimed_at, message.handed_at = "queued", None, None  # the look-up found nothing
    message.save()
    store_events([receipt(message_key=message.key, provider_id="late-1")])
    assert state(message) == "delivered"
    sweep(NOON + 10 * MINUTE)
    assert len(channel.sent) == 1


def test_a_receipt_for_what_never_left_does_not_send_it(case, provider):
    provider()
    message = write(case)
    store_events([receipt(message_key=message.key, provider_id="x-1")])
    assert state(message) == "queued"


def test_what_cannot_be_digested_keeps_nobody_waiting(sent, monkeypatch):
    def choke(event):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("cases.services.receipts._take_receipt", choke)
    assert store_events([receipt(sent)]) == 1
    monkeypatch.undo()
    assert act_on_waiting(NOON + MINUTE) == 1
    assert state(sent) == "delivered"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_act_on_a_report_once():
    make_template()
    message = write(make_case())
    dispatch(message.pk, NOON)
    message.refresh_from_db()
    for number in range(20):
        ProviderEvent.objects.create(
            provider="development", kind="receipt", event_id=f"e-{number}", provider_id=message.provider_id,
            state="delivered" if number % 2 else "failed", at=NOON + number * MINUTE,
        )  # fmt: skip
    ids = list(ProviderEvent.objects.order_by("pk").values_list("pk", flat=True))
    settled: list[int] = []

    def work():
        try:
            settled.extend(pk for pk in ids if act_on_event(pk, NOON))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(settled) == ids
    assert state(message) == "delivered"
