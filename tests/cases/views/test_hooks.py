"""Reports of SMS providers over HTTP: proved, stored before they are answered, and harmless twice."""

import json

import pytest
from django.test import Client
from twilio.request_validator import RequestValidator

from cases.models import ContactCondition, ContactRecord, MessagePart, ProviderEvent
from cases.services.outbox import dispatch
from tests.cases.outbox.conftest import NOON
from tests.cases.reports.conftest import case as case  # the fixture
from tests.cases.reports.conftest import write

pytestmark = pytest.mark.django_db
SECRET = "a-word-that-nobody-guesses"


@pytest.fixture(autouse=True)
def _settings(settings):
    settings.HOOK_SECRET = SECRET
    settings.TWILIO_AUTH_TOKEN, settings.PUBLIC_URL = "token", "https://collect.example.org"


@pytest.fixture
def sent(case):
    message = write(case)
    dispatch(message.pk, NOON)
    message.refresh_from_db()
    return message


def known_as(message, provider, number):
    MessagePart.objects.filter(message=message).update(provider=provider, provider_id=number)


def post(path, body, **more):
    return Client(enforce_csrf_checks=True).post(path, json.dumps(body), content_type="application/json", **more)


def tencent(status="SUCCESS", errmsg="DELIVRD"):
    return [{"user_receive_time": "2026-03-02 12:01:00", "nationcode": "86", "mobile": "15400000001", "report_status": status,
             "errmsg": errmsg, "description": "words", "sid": "2640:1"}]  # fmt: skip


def aliyun(success=True, key="", number="9006^0"):
    return [{"phone_number": "15400000001", "success": success, "biz_id": number, "out_id": key, "send_time": "2026-03-02 12:00:00",
             "report_time": "2026-03-02 12:01:00", "err_code": "DELIVERED", "err_msg": "", "sms_size": "1"}]  # fmt: skip


def test_tencent_reports_a_delivery(sent):
    known_as(sent, "tencent", "2640:1")
    answer = post(f"/hooks/tencent/status.{SECRET}/", tencent())
    assert (answer.status_code, answer.json()) == (200, {"result": 0, "errmsg": "OK"})
    sent.refresh_from_db()
    assert (sent.state, sent.settled_at.isoformat()) == ("delivered", "2026-03-02T04:01:00+00:00")
    post(f"/hooks/tencent/status.{SECRET}/", tencent())
    assert ProviderEvent.objects.count() == 1


def test_tencent_reports_a_number_that_is_none(sent):
    known_as(sent, "tencent", "2640:1")
    post(f"/hooks/tencent/status.{SECRET}/", tencent("FAIL", "MK:0001"))
    sent.refresh_from_db()
    assert sent.state == "failed"
    assert not sent.borrower.contact_points.get().is_valid


def test_aliyun_reports_by_our_key_what_was_never_answered(case):
    message = write(case)
    message.state, message.attempts, message.handed_at, message.claimed_at = "unknown", 1, NOON, NOON
    message.send_decision, message.provider = message.queue_decision, "aliyun"
    message.save()
    answer = post(f"/hooks/aliyun/status.{SECRET}/", aliyun(key=message.key))
    assert (answer.status_code, answer.json()) == (200, {"code": 0, "msg": "成功"})
    message.refresh_from_db()
    assert (message.state, message.provider_id) == ("delivered", "9006^0")


@pytest.mark.parametrize(
    ("path", "body"),
    [("tencent/reply", {"extend": "01", "mobile": "{number}", "nationcode": "86", "sign": "示例", "text": "TD", "time": 1772424060}),
     ("aliyun/reply", [{"phone_number": "{number}", "content": "退订", "send_time": "2026-03-02 12:01:00", "dest_code": "0001", "sequence_id": 7}])],
)  # fmt: skip
def test_an_answer_to_stop_is_heeded_at_once(case, path, body):
    point = case.borrower.contact_points.get()
    told = json.loads(json.dumps(body).replace("{number}", point.value.removeprefix("+86")))
    provider, kind = path.split("/")
    assert post(f"/hooks/{provider}/{kind}.{SECRET}/", told).status_code == 200
    assert ContactCondition.objects.get().to == point.value
    assert ContactRecord.objects.get(direction="in").borrower == case.borrower


@pytest.mark.parametrize("secret", ["", "guessed", SECRET[:-1]])
@pytest.mark.parametrize("path", ["tencent/status", "aliyun/reply"])
def test_who_does_not_know_the_secret_is_not_heard(path, secret):
    assert post(f"/hooks/{path}.{secret}/", tencent()).status_code == 403
    assert not ProviderEvent.objects.exists()


def test_without_a_secret_nobody_is_heard(settings):
    settings.HOOK_SECRET = ""
    assert post("/hooks/tencent/status./", tencent()).status_code == 403


@pytest.mark.parametrize("body", [b"not json", b"[1, 2]", b'[{"no": "sid"}]', b"\xff\x00"])
def test_what_cannot_be_read_is_kept_for_a_person(body):
    for _ in range(2):
        answer = Client().post(f"/hooks/tencent/status.{SECRET}/", body, content_type="application/json")
        assert answer.status_code == 400
    event = ProviderEvent.objects.get()
    assert (event.provider, event.result) == ("tencent", "faulty")


@pytest.mark.parametrize("path", [f"nobody/status.{SECRET}", f"tencent/other.{SECRET}"])
def test_other_addresses_do_not_exist(path):
    assert post(f"/hooks/{path}/", {}).status_code == 404


def test_only_a_post_of_reasonable_length_is_read():
    assert Client().get(f"/hooks/tencent/status.{SECRET}/").status_code == 405
    long = Client().post(f"/hooks/tencent/status.{SECRET}/", b"x" * 1_000_001, content_type="application/json")
    assert long.status_code == 413


def twilio(path, form, signature=None):
    address = f"https://collect.example.org{path}"
    signature = signature or RequestValidator("token").compute_signature(address, form)
    return Client(enforce_csrf_checks=True).post(path, form, headers={"X-Twilio-Signature": signature})


def test_twilio_reports_with_its_signature(sent):
    known_as(sent, "twilio", "SM1")
    path = f"/hooks/twilio/status/?key={sent.key}"
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+8615400000001"}
    assert twilio(path, form, "forged").status_code == 403
    assert not ProviderEvent.objects.exists()
    answer = twilio(path, form)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
    sent.refresh_from_db()
    assert sent.state == "delivered"


@pytest.mark.parametrize(
    ("status", "code", "state", "in_use"),
    [("sent", "", "sent", True), ("undelivered", "30005", "failed", False), ("failed", "30008", "failed", True)],
)
def test_each_status_of_twilio(sent, status, code, state, in_use):
    known_as(sent, "twilio", "SM1")
    form = {"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": code}
    assert twilio("/hooks/twilio/status/", form).status_code == 200
    sent.refresh_from_db()
    assert sent.state == state
    assert sent.borrower.contact_points.get().is_valid is in_use


def test_twilio_hands_over_an_answer(case):
    number = case.borrower.contact_points.get().value
    form = {"MessageSid": "SM2", "From": number, "To": "+12025550100", "Body": "Stop"}
    assert twilio("/hooks/twilio/reply/", form).status_code == 200
    assert ContactCondition.objects.get().to == number


def test_a_report_of_twilio_without_its_number_is_kept_for_a_person():
    assert twilio("/hooks/twilio/status/", {"MessageStatus": "sent"}).status_code == 400
    assert ProviderEvent.objects.get().result == "faulty"
