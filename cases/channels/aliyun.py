"""SMS by Aliyun (SendSms, version 2017-05-25), by its own client. Wordings are approved there and sent by number."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from alibabacloud_dysmsapi20170525 import models
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.exceptions import RetryError
from darabonba.runtime import RuntimeOptions
from django.conf import settings
from Tea.exceptions import TeaException, UnretryableException

from .protocol import AmbiguousError, Outgoing, PassingError, PermanentError, Receipt
from .web import line_error, status_error

WHO = "Aliyun"
_CHINA = ZoneInfo("Asia/Shanghai")
_BAD_NUMBER = frozenset({"isv.MOBILE_NUMBER_ILLEGAL"})
_THIS_NUMBER = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL"})
_PASSING = ("Throttling", "isv.OUT_OF_SERVICE", "isv.AMOUNT_NOT_ENOUGH", "isv.ACCOUNT", "isv.PRODUCT_UN", "isp.RAM_PERMISSION",
            "isv.SYSTEM_LIMIT", "SignatureDoesNotMatch", "InvalidAccessKeyId", "Forbidden")  # fmt: skip
_UNCLEAR = ("isp.SYSTEM_ERROR", "InternalError", "ServiceUnavailable", "UnknownError")
_PAGE = 50


class AliyunChannel:
    """It gives back our key with the details of what it sent to a number on a day, also before the receipt has come.
    The look-up relies on that list being complete within OUTBOX_STUCK_SECONDS."""

    name = "aliyun"
    can_look_up = True

    def send(self, message: Outgoing) -> Receipt:
        if not message.template:
            raise PermanentError("this wording has no number of an approved template (provider's template)")
        request = models.SendSmsRequest(
            phone_numbers=_number(message.to),
            sign_name=settings.ALIYUN_SMS_SIGN,
            template_code=message.template,
            template_param=json.dumps(dict(message.values), ensure_ascii=False),
            out_id=message.key,
        )
        try:
            body = _client().send_sms_with_options(request, _runtime()).body
        except AlibabaCloudException as error:
            raise _as_error(error) from error
        except (RetryError, UnretryableException, OSError) as error:
            raise line_error(getattr(error, "inner_exception", error), WHO) from error
        except (TeaException, ValueError, TypeError, KeyError, AttributeError) as error:
            raise AmbiguousError(f"{WHO} answered in words that nobody understands") from error
        if body is None or not body.code:
            raise AmbiguousError(f"{WHO} did not say what became of it")
        if body.code != "OK":
            raise _refusal(body.code, body.message or "")
        if not body.biz_id:
            raise AmbiguousError(f"{WHO} gave no number")
        return Receipt((body.biz_id,))

    def lookup(self, message: Outgoing, since: dt.datetime) -> Receipt | None:
        days = {since.astimezone(_CHINA).date(), (since + dt.timedelta(minutes=1)).astimezone(_CHINA).date()}
        for day in sorted(days):
            for page in range(1, 20):
                found = self._page(message, day, page)
                for detail in found:
                    if detail.out_id == message.key:
                        # The list names no number of the sending: the receipt will come with our key.
                        return Receipt((f"out:{message.key}"[:100],))
                if len(found) < _PAGE:
                    break
        return None

    def _page(self, message: Outgoing, day: dt.date, page: int) -> list[Any]:
        request = models.QuerySendDetailsRequest(
            phone_number=_number(message.to), send_date=f"{day:%Y%m%d}", page_size=_PAGE, current_page=page
        )
        try:
            body = _client().query_send_details_with_options(request, _runtime()).body
        except Exception as error:
            raise PassingError(f"{WHO} cannot be asked now: {type(error).__name__}") from error
        if body is None or body.code != "OK":
            raise PassingError(f"{WHO} cannot be asked now: {body.code if body else 'no answer'}")
        holder = body.sms_send_detail_dtos
        return list((holder.sms_send_detail_dto if holder else None) or [])


def _client() -> Client:
    there = urlsplit(settings.ALIYUN_ENDPOINT or "https://dysmsapi.aliyuncs.com")
    return Client(
        Config(
            access_key_id=settings.ALIYUN_ACCESS_KEY_ID,
            access_key_secret=settings.ALIYUN_ACCESS_KEY_SECRET,
            endpoint=there.netloc,
            protocol=there.scheme,
        )
    )


def _runtime() -> RuntimeOptions:
    patience = settings.PROVIDER_TIMEOUT * 1000
    return RuntimeOptions(autoretry=False, max_attempts=1, connect_timeout=patience, read_timeout=patience)


def _number(to: str) -> str:
    """Numbers of the mainland go without their country, others with it, none with a plus."""
    return to.removeprefix("+86") if to.startswith("+86") else to.removeprefix("+")


def _as_error(error: AlibabaCloudException) -> PassingError | PermanentError | AmbiguousError:
    status, code = int(error.status_code or 0), str(error.code or "")
    if status in (429, 503) or (status >= 500 and not code.startswith("isv.")):
        wait = getattr(error, "retry_after", None)
        return status_error(status, WHO, str(int(wait / 1000)) if wait else "")
    return _refusal(code, str(error.message or ""))


def _refusal(code: str, words: str) -> PassingError | PermanentError | AmbiguousError:
    told = f"{code} {words}"[:300]
    if code.startswith(_UNCLEAR):
        return AmbiguousError(told)
    if code in _THIS_NUMBER:
        return PassingError(told, about_recipient=True)
    if code.startswith(_PASSING):
        return PassingError(told)
    return PermanentError(told, bad_address=code in _BAD_NUMBER)
