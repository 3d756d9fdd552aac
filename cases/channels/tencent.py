"""SMS by Tencent Cloud (SendSms, version 2021-01-11), by its own client. Wordings are approved there and sent by number."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.models import SendSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient

from .protocol import AmbiguousError, Outgoing, PassingError, PermanentError, Receipt
from .web import line_error, status_error

WHO = "Tencent Cloud"
_BAD_NUMBER = ("InvalidParameterValue.IncorrectPhoneNumber", "UnsupportedOperation.UnsupportedRegion")
# Too many to this one number: theirs to lift by time, and no fault of the provider.
_THIS_NUMBER = ("LimitExceeded.PhoneNumber",)
# Too many of ours, or our account: it passes, or we mend it.
_PASSING = (
    "RequestLimitExceeded",
    "LimitExceeded",
    "AuthFailure",
    "UnauthorizedOperation",
    "FailedOperation.InsufficientBalanceInSmsPackage",
    "FailedOperation.FailResolvePacket",
    "ResourceInsufficient",
    "ResourceUnavailable",
)
_UNCLEAR = ("InternalError",)


class TencentChannel:
    """Its list of sent messages holds only those whose receipt has come: not finding one there proves nothing. What
    was not answered stays unknown until a receipt or a person tells."""

    name = "tencent"
    can_look_up = False

    def send(self, message: Outgoing) -> Receipt:
        if not message.template:
            raise PermanentError("this wording has no number of an approved template (provider's template)")
        request = SendSmsRequest()
        request.PhoneNumberSet = [message.to]
        request.SmsSdkAppId = settings.TENCENT_SMS_APP_ID
        request.SignName = settings.TENCENT_SMS_SIGN
        request.TemplateId = message.template
        request.TemplateParamSet = list(message.values.values())
        request.SessionContext = message.key
        try:
            answer = _client().SendSms(request)
        except TencentCloudSDKException as error:
            raise _told_by(error) from error
        statuses = answer.SendStatusSet or []
        if len(statuses) != 1:
            raise AmbiguousError(f"{WHO} did not say what became of it")
        status = statuses[0]
        if status.Code != "Ok":
            raise _as_error(str(status.Code), str(status.Message))
        if not status.SerialNo:
            raise AmbiguousError(f"{WHO} gave no number")
        return Receipt((status.SerialNo,))

    def lookup(self, message: Outgoing, since: dt.datetime) -> Receipt | None:
        return None


class _Status(Exception):
    """The service as a whole answered with an error."""

    def __init__(self, status: int, retry_after: str) -> None:
        super().__init__(f"HTTP {status}")
        self.status, self.retry_after = status, retry_after


class _SmsClient(SmsClient):
    """The client hides the status of an error; what it means depends on it."""

    def _check_status(self, resp_inter: Any) -> None:
        if resp_inter.status_code != 200:
            raise _Status(resp_inter.status_code, str(resp_inter.headers.get("Retry-After", "")))


def _told_by(error: TencentCloudSDKException) -> Exception:
    """The client turns every failure into one kind; what was beneath it says what it means."""
    beneath = error.__context__
    if isinstance(beneath, _Status):
        return status_error(beneath.status, WHO, beneath.retry_after)
    if error.code == "ClientNetworkError":
        return line_error(error, WHO)
    if beneath is not None:
        return AmbiguousError(f"{WHO} answered in words that nobody understands")
    return _as_error(str(error.code), str(error.message))


def _client() -> SmsClient:
    there = urlsplit(settings.TENCENT_ENDPOINT)
    http = HttpProfile(
        protocol=there.scheme or "https", endpoint=there.netloc or None, reqTimeout=settings.PROVIDER_TIMEOUT
    )
    credential = Credential(settings.TENCENT_SECRET_ID, settings.TENCENT_SECRET_KEY)
    return _SmsClient(credential, settings.TENCENT_REGION, ClientProfile(httpProfile=http))


def _as_error(code: str, words: str) -> PassingError | PermanentError | AmbiguousError:
    told = f"{code} {words}"[:300]
    if code.startswith(_UNCLEAR):
        return AmbiguousError(told)
    if code.startswith(_THIS_NUMBER):
        return PassingError(told, about_recipient=True)
    if code.startswith(_PASSING):
        return PassingError(told)
    return PermanentError(told, bad_address=code in _BAD_NUMBER)
