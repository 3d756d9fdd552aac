"""Click to call: the gate before the dial, a recording from the start, and an exchange that may say no or nothing."""

import datetime as dt
import json
import threading
from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection

from borrowers.models import AuditEvent
from cases.models import ContactRecord, DialledCall, GateDecision
from cases.services.contact_gate import OverrideRefused
from cases.services.contacts import book_contact
from cases.services.dialling import DialRefused, address_of, dial, follow_call
from tests.cases.channels.web_service import DROP, web_service
from tests.cases.outbox.conftest import NOON, make_case
from tests.factories import ContactPointFactory, TeamFactory, UserFactory
from tests.servers import free_port

pytestmark = pytest.mark.django_db
NIGHT = NOON.replace(hour=23)
OK = (200, json.dumps({"id": "rec", "state": "Down"}))


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def case(db):
    made = make_case()
    made.team = TeamFactory(creditors=[made.creditor])
    made.save()
    return made


@pytest.fixture
def collector(case):
    return UserFactory(role="collector", team=case.team, extension="201")


def ring(case, actor, now=NOON, **more):
    return dial(case=case, contact_point=case.borrower.contact_points.get(kind="mobile"), actor=actor, now=now, **more)


def log(case, collector, call, outcome="no_answer"):
    return book_contact(
        case=case, actor=collector, contact_point=call.contact_point, channel="phone", at=call.started_at,
        outcome=outcome, dialled=call,
    )  # fmt: skip


def test_a_call_is_judged_and_kept_before_it_rings(case, collector):
    call = ring(case, collector)
    assert (call.mode, call.decision.allowed, call.decision.moment) == ("link", True, "dial")
    assert call.recording_ref.startswith("REC-20260302-")
    assert ring(make_second(case, collector), collector).recording_ref != call.recording_ref
    number = case.borrower.contact_points.get().value
    assert address_of(call, collector) == f"tel:{number}"
    assert AuditEvent.objects.filter(action="reveal", actor=collector).count() == 1


def make_second(case, collector):
    other = make_case(case.creditor)
    other.team = case.team
    other.save()
    return other


def test_a_softphone_gets_a_sip_address(case, collector, settings):
    settings.PHONE_LINK, settings.PHONE_SIP_DOMAIN = "sip", "pbx.example.org"
    number = case.borrower.contact_points.get().value
    assert address_of(ring(case, collector), collector) == f"sip:{number}@pbx.example.org"


def test_what_the_gate_refuses_is_not_dialled(case, collector):
    with pytest.raises(DialRefused, match="22:00") as refused:
        ring(case, collector, NIGHT)
    assert refused.value.decision.rule == "night_window"
    assert GateDecision.objects.get(moment="dial").allowed is False
    assert not DialledCall.objects.exists()


def test_only_a_supervisor_overrides_and_only_what_may_be(case, collector):
    supervisor = UserFactory(role="supervisor", creditors=[case.creditor])
    with pytest.raises(PermissionDenied):
        ring(case, collector, NIGHT, override_reason="asked for it")
    with pytest.raises(OverrideRefused):
        ring(case, supervisor, NIGHT, override_reason="asked for it")
    for _ in range(6):
        ContactRecord.objects.create(
            borrower=case.borrower, person_key=case.borrower.person_key, case=case, at=NOON - dt.timedelta(hours=1),
            channel="phone", to=case.borrower.contact_points.get().value, outcome="no_answer", gate_outcome="no_answer",
        )  # fmt: skip
    with pytest.raises(DialRefused):
        ring(case, collector)
    call = ring(case, supervisor, override_reason="asked for it")
    assert (call.decision.override_by, call.decision.override_reason) == (supervisor, "asked for it")


def test_a_call_that_was_not_logged_keeps_the_next_waiting(case, collector):
    call = ring(case, collector)
    with pytest.raises(DialRefused, match="12:00"):
        ring(case, collector, NOON + dt.timedelta(minutes=5))
    with time_machine.travel(NOON + dt.timedelta(minutes=5), tick=False):
        record = log(case, collector, call)
    assert (record.recording_ref, record.dialled_call) == (call.recording_ref, call)
    assert ring(case, collector, NOON + dt.timedelta(minutes=6)).pk


def test_a_call_begun_in_time_and_logged_after_ten_is_no_breach(case, collector):
    late = NOON.replace(hour=21, minute=59)
    call = ring(case, collector, late)
    with time_machine.travel(late + dt.timedelta(minutes=9), tick=False):
        assert not log(case, collector, call, "no_intent").is_breach


def test_nobody_dials_for_another_team_or_another_borrower(case, collector):
    stranger = UserFactory(role="collector", team=TeamFactory(creditors=[case.creditor]))
    with pytest.raises(PermissionDenied):
        ring(case, stranger)
    email = ContactPointFactory(borrower=case.borrower, kind="email", value="b@example.com")
    for point in (make_case().borrower.contact_points.get(), email):
        with pytest.raises(DialRefused):
            dial(case=case, contact_point=point, actor=collector, now=NOON)


@pytest.fixture
def exchange(settings):
    with web_service() as running:
        settings.PHONE_MODE, settings.ARI_URL = "ari", running.address
        settings.ARI_USER, settings.ARI_PASSWORD, settings.ARI_CALLER_ID = "fairdue", "secret", "+8610000000"
        running.answers = [OK]
        yield running


def test_the_exchange_rings_the_desk_and_then_the_number(case, collector, exchange):
    call = ring(case, collector)
    (request,) = exchange.requests
    address = urlsplit(request.path)
    asked = {name: value for name, (value,) in parse_qs(address.query).items()}
    assert (request.method, address.path) == ("POST", f"/ari/channels/{call.call_id}")
    assert request.headers["Authorization"] == f"Basic {b64encode(b'fairdue:secret').decode()}"
    number = case.borrower.contact_points.get().value
    assert asked == {
        "endpoint": "PJSIP/201", "extension": number.removeprefix("+"), "context": "fairdue", "priority": "1",
        "callerId": "+8610000000", "timeout": "30",
    }  # fmt: skip
    assert json.loads(request.body) == {"variables": {"__FAIRDUE_RECORDING": call.recording_ref}}
    assert not AuditEvent.objects.filter(action="reveal").exists()  # the number went to the exchange, not to the screen


@pytest.mark.parametrize("answer", [(400, '{"message": "Invalid endpoint"}'), (401, ""), (404, "{}"), (422, "[]")])
def test_an_exchange_that_says_no_dialled_nothing(case, collector, exchange, answer):
    exchange.answers = [answer]
    with pytest.raises(DialRefused, match=str(answer[0])):
        ring(case, collector)
    call = DialledCall.objects.get()
    assert call.cause.startswith("not dialled")
    exchange.answers = [OK]
    assert ring(case, collector).pk != call.pk  # nothing to log


def test_no_exchange_dialled_nothing(case, collector, exchange, settings):
    settings.ARI_URL = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(DialRefused, match="cannot be reached"):
        ring(case, collector)


@pytest.mark.parametrize("answer", [(500, ""), (503, ""), DROP, 6.0])
def test_an_exchange_that_does_not_say_may_ring_all_the_same(case, collector, exchange, answer, monkeypatch):
    monkeypatch.setattr("cases.channels.ari.TIMEOUT", 0.5)
    exchange.answers = [answer]
    call = ring(case, collector)
    call.refresh_from_db()
    assert call.cause
    with pytest.raises(DialRefused, match="Log your call"):
        ring(case, collector)
    assert len(exchange.requests) == 1


def test_the_same_call_is_not_begun_twice(case, collector, exchange):
    exchange.answers = [(409, "{}")]
    assert ring(case, collector).cause == ""


def test_without_an_extension_no_desk_rings(case, exchange):
    deskless = UserFactory(role="collector", team=case.team)
    with pytest.raises(DialRefused, match="extension"):
        ring(case, deskless)
    assert exchange.requests == []


def test_the_end_of_a_call_is_kept(case, collector, exchange):
    call = ring(case, collector)
    exchange.answers = [OK]
    assert follow_call(call=call, now=NOON)
    exchange.answers = [(500, "")]
    assert follow_call(call=call, now=NOON)
    exchange.answers = [(404, "{}")]
    assert not follow_call(call=call, now=NOON + dt.timedelta(minutes=3))
    call.refresh_from_db()
    assert call.ended_at == NOON + dt.timedelta(minutes=3)
    asked = len(exchange.requests)
    assert not follow_call(call=call, now=NOON + dt.timedelta(minutes=4))
    assert len(exchange.requests) == asked


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_button_that_is_pressed_twice_rings_once(case, collector):
    results = []

    def press():
        try:
            results.append(ring(case, collector))
        except DialRefused as refusal:
            results.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(result).__name__ for result in results) == ["DialRefused", "DialledCall"]
    assert DialledCall.objects.count() == 1
