"""Mails that come to the house's own address: delivery reports, answers, and machines that answer by themselves."""

import datetime as dt
import io
import sys

import pytest
from django.core.management import call_command

from cases.channels.incoming_mail import read_mail
from cases.models import ContactCondition, Message, MessagePart, ProviderEvent
from cases.services.outbox import dispatch, queue_message
from tests.cases.outbox.conftest import NOON, TODAY, make_case, make_template
from tests.factories import ContactPointFactory

NOW = dt.datetime(2026, 3, 2, 5, 0, tzinfo=dt.UTC)

BOUNCE = """From: MAILER-DAEMON@mx.example.net
To: collections@example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-1@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

Your mail could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; b@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--B
Content-Type: text/rfc822-headers

From: collections@example.org
To: b@example.com
Message-ID: {number}

--B--
"""
ANSWER = """From: B Sample <B@Example.com>
To: collections@example.org
Subject: {subject}
Message-ID: <a-1@example.com>
Content-Type: text/plain; charset=utf-8

{text}
"""


def bounce(action="failed", status="5.1.1", number="<n@example.org>"):
    return BOUNCE.format(action=action, status=status, number=number).encode()


@pytest.mark.parametrize(
    ("action", "status", "state", "bad"),
    [("failed", "5.1.1", "failed", True), ("failed", "5.2.1", "failed", True), ("failed", "5.7.1", "failed", False),
     ("delivered", "2.0.0", "delivered", False)],
)  # fmt: skip
def test_a_delivery_report_names_the_mail_and_its_fate(action, status, state, bad):
    (event,) = read_mail(bounce(action, status), NOW)
    assert (event.kind, event.provider_id, event.state, event.bad_address) == ("receipt", "<n@example.org>", state, bad)
    assert event == read_mail(bounce(action, status), NOW)[0]


@pytest.mark.parametrize("action", ["delayed", "relayed"])
def test_a_mail_on_the_way_is_no_news(action):
    assert read_mail(bounce(action, "4.4.1"), NOW) == []


def test_a_machine_that_answers_is_nobody():
    raw = ANSWER.format(subject="Out of office", text="stop").replace("To:", "Auto-Submitted: auto-replied\nTo:")
    assert read_mail(raw.encode(), NOW) == []


@pytest.mark.parametrize(("subject", "text", "told"), [("Re: x", "退订", "退订"), ("STOP", "", "STOP")])
def test_an_answer_is_read_with_its_sender(subject, text, told):
    (event,) = read_mail(ANSWER.format(subject=subject, text=text).encode(), NOW)
    assert (event.kind, event.sender, event.text.strip()) == ("reply", "B@Example.com", told)


def test_what_is_no_mail_is_refused():
    with pytest.raises(ValueError, match="no mail"):
        read_mail(b"\x00\xff nonsense", NOW)


@pytest.fixture
def mailed(db):
    make_template(code="mail", channel="email", subject="{creditor}")
    case = make_case()
    ContactPointFactory(borrower=case.borrower, kind="email", value="b@example.com")
    message = queue_message(
        borrower=case.borrower, case=case, loan=None, step=None, purpose="test", day=TODAY, channel="email",
        template_code="mail", now=NOON,
    )  # fmt: skip
    dispatch(message.pk, NOON)
    MessagePart.objects.update(provider="smtp", provider_id="<n@example.org>")
    message.refresh_from_db()
    return message


def take(monkeypatch, raw):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    call_command("take_mail")


def test_a_bounce_piped_in_fails_the_mail_and_strikes_the_address_off(mailed, monkeypatch, capsys):
    take(monkeypatch, bounce())
    assert Message.objects.get().state == "failed"
    assert not mailed.contact_point.borrower.contact_points.get(kind="email").is_valid
    take(monkeypatch, bounce())
    assert ProviderEvent.objects.count() == 1
    assert capsys.readouterr().out.splitlines() == ["1 reports, 1 new", "1 reports, 0 new"]


def test_an_answer_from_a_file_is_heeded(mailed, tmp_path):
    (tmp_path / "mail").write_bytes(ANSWER.format(subject="Re: x", text="Stop").encode())
    call_command("take_mail", str(tmp_path / "mail"))
    assert ContactCondition.objects.get().to == "b@example.com"


def test_a_file_that_is_no_mail_ends_with_one_line(db, tmp_path, capsys):
    (tmp_path / "mail").write_bytes(b"\x00")
    with pytest.raises(SystemExit) as ended:
        call_command("take_mail", str(tmp_path / "mail"))
    assert ended.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_page_asks_and_the_press_of_a_mail_program_does_it(mailed, client, settings):
    from cases.channels.mail import unsubscribe_address

    settings.PUBLIC_URL = "https://collect.example.org"
    address = unsubscribe_address(mailed.key).removeprefix("https://collect.example.org")
    page = client.get(address)
    assert page.status_code == 200
    assert "b@example.com" not in page.content.decode()
    assert not ContactCondition.objects.exists()
    assert client.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert client.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert ContactCondition.objects.get().code == "email"
    assert client.get("/u/guessed/").status_code == 404
