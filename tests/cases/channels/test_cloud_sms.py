"""Tencent Cloud, Aliyun and Twilio over the wire, against servers that answer as their documents say."""

import datetime as dt
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from cases.channels import AmbiguousError, Outgoing, PassingError, PermanentError, Receipt
from cases.channels.aliyun import AliyunChannel
from cases.channels.tencent import TencentChannel
from cases.channels.twilio import TwilioChannel
from tests.cases.channels.web_service import DROP, web_service
from tests.servers import free_port

SMS = Outgoing(
    "case:1:sms", "+8615400000001", "", "【示例】张*，请还款 100.00 元。", template="T-1",
    values={"salutation": "张*", "due_amount": "100.00"},
)  # fmt: skip
SINCE = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)


def tencent(code="Ok", serial="2640:1", message="send success"):
    status = {
        "SerialNo": serial,
        "PhoneNumber": SMS.to,
        "Fee": 1,
        "SessionContext": SMS.key,
        "Code": code,
        "Message": message,
        "IsoCode": "CN",
    }
    return 200, json.dumps({"Response": {"SendStatusSet": [status], "RequestId": "r-1"}})


def tencent_error(code):
    return 200, json.dumps({"Response": {"Error": {"Code": code, "Message": "words"}, "RequestId": "r-1"}})


def aliyun(code="OK", biz="9006^0", message="OK"):
    return 200, json.dumps({"Code": code, "BizId": biz, "Message": message, "RequestId": "r-1"})


def aliyun_error(status, code):
    return status, json.dumps({"Code": code, "Message": "words", "RequestId": "r-1", "HostId": "h"})


def twilio(status=201, **more):
    made = {
        "sid": "SM" + "a" * 32, "status": "queued", "to": SMS.to, "body": SMS.body,
        "date_created": "Mon, 02 Mar 2026 04:00:01 +0000", "date_updated": None, "date_sent": None, **more,
    }  # fmt: skip
    return status, json.dumps(made)


def twilio_error(status, code):
    return status, json.dumps({"code": code, "message": "words", "more_info": "", "status": status})


@pytest.fixture
def service(settings):
    with web_service() as running:
        settings.PROVIDER_TIMEOUT = 1
        settings.PUBLIC_URL = "https://collect.example.org"
        settings.TENCENT_ENDPOINT = settings.ALIYUN_ENDPOINT = settings.TWILIO_ENDPOINT = running.address
        settings.TENCENT_SECRET_ID, settings.TENCENT_SECRET_KEY = "id", "key"
        settings.TENCENT_SMS_APP_ID, settings.TENCENT_SMS_SIGN = "1400000000", "示例"
        settings.ALIYUN_ACCESS_KEY_ID, settings.ALIYUN_ACCESS_KEY_SECRET, settings.ALIYUN_SMS_SIGN = "id", "key", "示例"
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "0" * 32, "token"
        settings.TWILIO_FROM = "+12025550100"
        yield running


CHANNELS = [
    (TencentChannel, tencent, "2640:1"),
    (AliyunChannel, aliyun, "9006^0"),
    (TwilioChannel, twilio, "SM" + "a" * 32),
]


@pytest.mark.parametrize(("channel", "answer", "number"), CHANNELS)
def test_a_message_is_taken_over_and_gets_its_number(service, channel, answer, number):
    service.answers = [answer()]
    assert channel().send(SMS) == Receipt((number,))
    assert len(service.requests) == 1


@pytest.mark.parametrize("channel", [TencentChannel, AliyunChannel, TwilioChannel])
@pytest.mark.parametrize(
    ("answer", "error"),
    [(1.6, AmbiguousError), (DROP, AmbiguousError), ((500, "{}"), AmbiguousError), ((502, "bad gateway"), AmbiguousError),
     ((504, ""), AmbiguousError), ((503, "{}"), PassingError), ((429, "{}"), PassingError), ((200, "not json"), AmbiguousError),
     ((200, "{}"), AmbiguousError)],
)  # fmt: skip
def test_a_service_in_trouble_is_read_the_same_everywhere_and_asked_once(service, channel, answer, error):
    service.answers = [answer]
    with pytest.raises(error):
        channel().send(SMS)
    assert len(service.requests) == 1


@pytest.mark.parametrize("channel", [TencentChannel, AliyunChannel, TwilioChannel])
def test_where_nobody_listens_nothing_was_sent(service, settings, channel):
    settings.TENCENT_ENDPOINT = settings.ALIYUN_ENDPOINT = settings.TWILIO_ENDPOINT = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(PassingError, match="no connection"):
        channel().send(SMS)


@pytest.mark.parametrize("channel", [TencentChannel, TwilioChannel])
def test_a_wait_that_is_asked_for_is_told(service, channel):
    service.answers = [(429, "{}", {"Retry-After": "13"})]
    with pytest.raises(PassingError) as busy:
        channel().send(SMS)
    assert busy.value.retry_after == 13.0


@pytest.mark.parametrize("channel", [TencentChannel, AliyunChannel])
def test_a_wording_without_an_approved_number_is_not_sent(service, channel):
    with pytest.raises(PermanentError, match="approved"):
        channel().send(Outgoing("k", SMS.to, "", "words"))
    assert service.requests == []


# --- Tencent Cloud ---


def test_tencent_gets_the_values_in_their_order_and_a_signature(service):
    service.answers = [tencent()]
    TencentChannel().send(SMS)
    (request,) = service.requests
    assert json.loads(request.body) == {
        "PhoneNumberSet": ["+8615400000001"], "SmsSdkAppId": "1400000000", "SignName": "示例", "TemplateId": "T-1",
        "TemplateParamSet": ["张*", "100.00"], "SessionContext": SMS.key,
    }  # fmt: skip
    assert (request.headers["X-TC-Action"], request.headers["X-TC-Version"]) == ("SendSms", "2021-01-11")
    assert _tc3(request, "key") in request.headers["Authorization"]


def _tc3(request, key):
    """The signature of TC3-HMAC-SHA256, computed here from the request as it came."""
    head = request.headers
    day = dt.datetime.fromtimestamp(int(head["X-TC-Timestamp"]), dt.UTC).strftime("%Y-%m-%d")
    signed = head["Authorization"].split("SignedHeaders=")[1].split(",")[0]
    lines = "".join(f"{name}:{next(v for k, v in head.items() if k.lower() == name)}\n" for name in signed.split(";"))
    canonical = "\n".join(["POST", "/", "", lines, signed, hashlib.sha256(request.body).hexdigest()])
    scope = f"{day}/sms/tc3_request"
    text = "\n".join(["TC3-HMAC-SHA256", head["X-TC-Timestamp"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    secret = f"TC3{key}".encode()
    for part in (day, "sms", "tc3_request"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("code", "error", "bad", "about_recipient"),
    [
        ("LimitExceeded.PhoneNumberDailyLimit", PassingError, None, True),
        ("LimitExceeded.DeliveryFrequencyLimit", PassingError, None, False),
        ("FailedOperation.InsufficientBalanceInSmsPackage", PassingError, None, False),
        ("InvalidParameterValue.IncorrectPhoneNumber", PermanentError, True, None),
        ("FailedOperation.PhoneNumberInBlacklist", PermanentError, False, None),
        ("FailedOperation.TemplateIncorrectOrUnapproved", PermanentError, False, None),
        ("InternalError.SendAndRecvFail", AmbiguousError, None, None),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_each_refusal_of_tencent(service, code, error, bad, about_recipient, whole):
    service.answers = [tencent_error(code) if whole else tencent(code, serial="")]
    with pytest.raises(error) as refused:
        TencentChannel().send(SMS)
    assert getattr(refused.value, "bad_address", None) == bad
    assert getattr(refused.value, "about_recipient", None) == about_recipient


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "AuthFailure.SignatureFailure"])
def test_what_is_ours_to_mend_at_tencent_passes(service, code):
    service.answers = [tencent_error(code)]
    with pytest.raises(PassingError):
        TencentChannel().send(SMS)


# --- Aliyun ---


def test_aliyun_gets_the_values_by_name_and_our_key(service):
    service.answers = [aliyun()]
    AliyunChannel().send(SMS)
    (request,) = service.requests
    asked = {**parse_qs(urlsplit(request.path).query), **parse_qs(request.body.decode())}
    assert asked["PhoneNumbers"] == ["15400000001"]
    assert (asked["TemplateCode"], asked["SignName"], asked["OutId"]) == (["T-1"], ["示例"], [SMS.key])
    assert json.loads(asked["TemplateParam"][0]) == dict(SMS.values)
    head = {name.lower(): value for name, value in request.headers.items()}
    assert head["x-acs-action"] == "SendSms"
    assert head["authorization"].startswith("ACS3-HMAC-SHA256 Credential=id")


@pytest.mark.parametrize(
    ("code", "error", "bad", "about_recipient"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", PassingError, None, True),
        ("isv.AMOUNT_NOT_ENOUGH", PassingError, None, False),
        ("isv.OUT_OF_SERVICE", PassingError, None, False),
        ("isv.MOBILE_NUMBER_ILLEGAL", PermanentError, True, None),
        ("isv.SMS_TEMPLATE_ILLEGAL", PermanentError, False, None),
        ("isp.SYSTEM_ERROR", AmbiguousError, None, None),
    ],
)
def test_each_refusal_of_aliyun(service, code, error, bad, about_recipient):
    service.answers = [aliyun(code, biz="")]
    with pytest.raises(error) as refused:
        AliyunChannel().send(SMS)
    assert getattr(refused.value, "bad_address", None) == bad
    assert getattr(refused.value, "about_recipient", None) == about_recipient


@pytest.mark.parametrize(
    ("answer", "error"),
    [(aliyun_error(400, "Throttling.User"), PassingError), (aliyun_error(404, "InvalidAccessKeyId.NotFound"), PassingError),
     (aliyun_error(400, "isv.INVALID_PARAMETERS"), PermanentError), (aliyun_error(500, "InternalError"), AmbiguousError)],
)  # fmt: skip
def test_each_error_of_aliyun(service, answer, error):
    service.answers = [answer]
    with pytest.raises(error):
        AliyunChannel().send(SMS)
    assert len(service.requests) == 1


def details(*keys):
    rows = [
        {"OutId": key, "PhoneNum": "15400000001", "SendStatus": 1, "Content": "x", "TemplateCode": "T-1"}
        for key in keys
    ]
    return 200, json.dumps(
        {
            "Code": "OK",
            "Message": "OK",
            "RequestId": "r",
            "TotalCount": str(len(rows)),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows},
        }
    )


def test_aliyun_knows_a_message_by_our_key_also_before_its_receipt(service):
    service.answers = [details("another", SMS.key)]
    assert AliyunChannel().lookup(SMS, SINCE) is not None
    asked = parse_qs(urlsplit(service.requests[0].path).query) | parse_qs(service.requests[0].body.decode())
    assert (asked["SendDate"], asked["PhoneNumber"]) == (["20260302"], ["15400000001"])
    service.answers = [details("another")]
    assert AliyunChannel().lookup(SMS, SINCE) is None


def test_aliyun_is_asked_page_by_page_and_on_both_sides_of_midnight(service):
    service.answers = [details(*[f"k{n}" for n in range(50)]), details(SMS.key)]
    assert AliyunChannel().lookup(SMS, SINCE) is not None
    service.requests.clear()
    service.answers = [details()]
    late = dt.datetime(2026, 3, 2, 15, 59, 30, tzinfo=dt.UTC)  # 23:59:30 in China
    assert AliyunChannel().lookup(SMS, late) is None
    assert len(service.requests) == 2


@pytest.mark.parametrize("answer", [(500, "{}"), DROP, (200, json.dumps({"Code": "isv.BUSINESS_LIMIT_CONTROL"}))])
def test_aliyun_that_cannot_be_asked_proves_nothing(service, answer):
    service.answers = [answer]
    with pytest.raises(PassingError):
        AliyunChannel().lookup(SMS, SINCE)


# --- Twilio ---


def test_twilio_gets_the_words_and_where_to_report(service):
    service.answers = [twilio()]
    TwilioChannel().send(SMS)
    (request,) = service.requests
    asked = {name: value for name, (value,) in parse_qs(request.body.decode()).items()}
    assert request.path == f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"
    assert (asked["To"], asked["From"], asked["Body"]) == (SMS.to, "+12025550100", SMS.body)
    there = urlsplit(asked["StatusCallback"])
    assert (there.netloc, parse_qs(there.query)) == ("collect.example.org", {"key": [SMS.key]})
    assert request.headers["Authorization"].startswith("Basic ")


def test_twilio_may_choose_the_sender_from_a_service(service, settings):
    settings.TWILIO_FROM = "MG" + "1" * 32
    service.answers = [twilio()]
    TwilioChannel().send(SMS)
    assert parse_qs(service.requests[0].body.decode())["MessagingServiceSid"] == ["MG" + "1" * 32]


@pytest.mark.parametrize(
    ("status", "code", "error", "bad"),
    [(400, 21211, PermanentError, True), (400, 21614, PermanentError, True), (400, 21610, PermanentError, False),
     (400, 21606, PassingError, None), (401, 20003, PassingError, None), (400, 21602, PermanentError, False)],
)  # fmt: skip
def test_each_refusal_of_twilio(service, status, code, error, bad):
    service.answers = [twilio_error(status, code)]
    with pytest.raises(error) as refused:
        TwilioChannel().send(SMS)
    assert getattr(refused.value, "bad_address", None) == bad


def listed(*rows):
    return 200, json.dumps({"messages": list(rows), "next_page_uri": None, "page": 0, "page_size": 50})


def row(**more):
    return json.loads(twilio(**more)[1])


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row()], True),
        ([row(body="other words")], False),
        ([row(date_created="Mon, 02 Mar 2026 03:00:00 +0000")], False),
        ([], False),
    ],
)
def test_twilio_knows_a_message_by_its_number_words_and_time(service, rows, found):
    service.answers = [listed(*rows)]
    assert (TwilioChannel().lookup(SMS, SINCE) is not None) is found


@pytest.mark.parametrize("answer", [(500, "{}"), DROP, (429, "{}"), (200, "not json")])
def test_twilio_that_cannot_be_asked_proves_nothing(service, answer):
    service.answers = [answer]
    with pytest.raises(PassingError):
        TwilioChannel().lookup(SMS, SINCE)
