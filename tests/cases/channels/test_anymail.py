"""E-mail by a mail service: against a server that answers as Postmark's documents say, and its signed reports."""

import base64
import json

import pytest
from anymail.exceptions import AnymailWebhookValidationFailure
from django.test import RequestFactory

from cases.channels import AmbiguousError, Outgoing, PassingError, PermanentError
from cases.channels.anymail import AnymailChannel
from cases.channels.anymail_reports import listen
from cases.models import ContactCondition, ContactRecord, MessagePart, ProviderEvent
from cases.services.outbox import dispatch, queue_message
from tests.cases.channels.web_service import DROP, web_service
from tests.cases.outbox.conftest import NOON, TODAY, make_case, make_template
from tests.factories import ContactPointFactory
from tests.servers import free_port

MAIL = Outgoing("case:1:mail", "b@example.com", "关于您的账户", "请还款。\n谢谢")
ACCEPTED = (
    200,
    json.dumps(
        {
            "To": "b@example.com",
            "SubmittedAt": "2026-03-02T04:00:00Z",
            "MessageID": "pm-1",
            "ErrorCode": 0,
            "Message": "OK",
        }
    ),
)


@pytest.fixture
def service(settings):
    with web_service() as running:
        settings.ANYMAIL_ESP = "postmark"
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": "token",
            "POSTMARK_API_URL": f"{running.address}/",
            "WEBHOOK_SECRET": "fairdue:secret",
            "REQUESTS_TIMEOUT": 1,
        }
        settings.DEFAULT_FROM_EMAIL = "Collections <collections@example.org>"
        settings.PUBLIC_URL = "https://collect.example.org"
        running.answers = [ACCEPTED]
        yield running


def test_a_mail_is_handed_over_with_its_key_and_the_ways_to_stop_it(service):
    assert AnymailChannel().send(MAIL).provider_ids == ("pm-1",)
    (request,) = service.requests
    body = json.loads(request.body)
    assert request.headers["X-Postmark-Server-Token"] == "token"
    assert (body["To"], body["Subject"], body["TextBody"]) == ("b@example.com", MAIL.subject, MAIL.body)
    assert body["Metadata"] == {"key": MAIL.key}
    heads = {head["Name"]: head["Value"] for head in body["Headers"]}
    assert heads["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "<https://collect.example.org/u/" in heads["List-Unsubscribe"]
    assert "<mailto:collections@example.org?subject=STOP>" in heads["List-Unsubscribe"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((503, "{}"), PassingError),
        ((401, "{}"), PassingError),
        ((500, "{}"), AmbiguousError),
        ((504, "gateway"), AmbiguousError),
        ((200, "not json"), AmbiguousError),
        (2.0, AmbiguousError),
        (DROP, AmbiguousError),
        ((422, json.dumps({"ErrorCode": 405, "Message": "not allowed to send"})), PermanentError),
    ],
)
def test_what_goes_wrong_is_told_apart(service, answer, error):
    service.answers = [answer]
    with pytest.raises(error):
        AnymailChannel().send(MAIL)
    assert len(service.requests) == 1  # nothing tries again by itself


def test_too_many_says_how_long_to_wait(service):
    service.answers = [(429, "{}", {"Retry-After": "17"})]
    with pytest.raises(PassingError) as refused:
        AnymailChannel().send(MAIL)
    assert refused.value.retry_after == 17.0


def test_no_service_is_no_fault_of_the_mail(service, settings):
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": f"http://127.0.0.1:{free_port()}/"}
    with pytest.raises(PassingError, match="no connection"):
        AnymailChannel().send(MAIL)


def test_an_address_that_the_service_has_struck_off_is_bad(service):
    service.answers = [
        (
            422,
            json.dumps(
                {
                    "ErrorCode": 406,
                    "Message": "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: b@example.com. Inactive recipients are ones that have generated a hard bounce or a spam complaint.",
                }
            ),
        )
    ]
    with pytest.raises(PermanentError) as refused:
        AnymailChannel().send(MAIL)
    assert refused.value.bad_address


@pytest.fixture
def mailed(db, service, settings):
    """A mail that was sent to b@example.com."""
    settings.EMAIL_PROVIDER = "anymail"
    listen()
    make_template(code="mail", channel="email", subject="{creditor}")
    case = make_case()
    ContactPointFactory(borrower=case.borrower, kind="email", value="b@example.com")
    message = queue_message(
        borrower=case.borrower, case=case, loan=None, step=None, purpose="test", day=TODAY, channel="email",
        template_code="mail", now=NOON,
    )  # fmt: skip
    assert dispatch(message.pk, NOON) == "sent"
    return message


def post(view, body, secret="fairdue:secret"):
    credentials = base64.b64encode(secret.encode()).decode()
    request = RequestFactory().post(
        "/hooks/mail/postmark/tracking/", json.dumps(body), content_type="application/json",
        headers={"Authorization": f"Basic {credentials}"},
    )  # fmt: skip
    return view.as_view()(request)


def tracking(record, **more):
    return {
        "RecordType": record, "MessageID": "pm-1", "Recipient": "b@example.com", "Email": "b@example.com",
        "DeliveredAt": "2026-03-02T04:01:00Z", "BouncedAt": "2026-03-02T04:01:00Z", "Metadata": {}, "ID": 42, **more,
    }  # fmt: skip


@pytest.fixture
def report():
    from anymail.webhooks.postmark import PostmarkTrackingWebhookView

    return lambda body, **more: post(PostmarkTrackingWebhookView, body, **more)


def test_a_signed_report_settles_the_mail_and_an_unsigned_one_is_refused(mailed, report):
    assert MessagePart.objects.get().provider_id == "pm-1"
    with pytest.raises(AnymailWebhookValidationFailure):  # which Django answers with 400
        report(tracking("Delivery"), secret="somebody:else")
    assert not ProviderEvent.objects.exists()
    assert report(tracking("Delivery")).status_code == 200
    mailed.refresh_from_db()
    assert mailed.state == "delivered"
    assert report(tracking("Open", FirstOpen=True, ReceivedAt="2026-03-02T04:02:00Z")).status_code == 200
    assert ProviderEvent.objects.count() == 1


def test_a_hard_bounce_takes_the_address_out_of_use(mailed, report):
    report(tracking("Bounce", Type="HardBounce", TypeCode=1, Description="no such user", Details="550"))
    mailed.refresh_from_db()
    assert mailed.state == "failed"
    point = mailed.contact_point
    point.refresh_from_db()
    assert not point.is_valid


def test_a_complaint_to_the_mail_service_is_a_wish_to_be_left_alone(mailed, report):
    report(tracking("SpamComplaint", Type="SpamComplaint"))
    condition = ContactCondition.objects.get()
    assert (condition.kind, condition.code, condition.to) == ("opt_out", "email", "b@example.com")


def test_an_answer_comes_in_by_the_same_door(mailed):
    from anymail.webhooks.postmark import PostmarkInboundWebhookView

    body = {
        "FromFull": {"Email": "B@example.com", "Name": "", "MailboxHash": ""}, "ToFull": [], "CcFull": [], "BccFull": [],
        "Subject": "Re: account", "TextBody": "I will pay on Friday.\n> STOP", "HtmlBody": "", "MessageID": "in-1",
        "Date": "Mon, 2 Mar 2026 12:00:00 +0800", "Headers": [], "Attachments": [],
    }  # fmt: skip
    assert post(PostmarkInboundWebhookView, body).status_code == 200
    record = ContactRecord.objects.get(direction="in")
    assert record.notes == "I will pay on Friday."
    assert not ContactCondition.objects.exists()
