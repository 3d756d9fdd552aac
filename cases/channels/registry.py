"""Which provider carries which channel: SMS_PROVIDER and EMAIL_PROVIDER of the settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.conf import settings

from .development import DevelopmentChannel
from .protocol import Channel
from .smtp import SmtpChannel


@cache
def _smpp() -> Channel:
    """One for the process: it keeps its line open. Imported here, since smpplib is there only where it is used."""
    from .smpp import SmppChannel

    return SmppChannel()


@cache
def _anymail() -> Channel:
    """Imported here for the same reason."""
    from .anymail import AnymailChannel

    return AnymailChannel()


@cache
def _tencent() -> Channel:
    from .tencent import TencentChannel

    return TencentChannel()


@cache
def _aliyun() -> Channel:
    from .aliyun import AliyunChannel

    return AliyunChannel()


@cache
def _twilio() -> Channel:
    from .twilio import TwilioChannel

    return TwilioChannel()


_PROVIDERS: dict[tuple[str, str], Callable[[], Channel]] = {
    ("sms", "development"): lambda: DevelopmentChannel("sms"),
    ("email", "development"): lambda: DevelopmentChannel("email"),
    ("email", "smtp"): SmtpChannel,
    ("email", "anymail"): _anymail,
    ("sms", "smpp"): _smpp,
    ("sms", "tencent"): _tencent,
    ("sms", "aliyun"): _aliyun,
    ("sms", "twilio"): _twilio,
}


def channel_for(channel: str) -> Channel:
    """The adapter of this installation for "sms" or "email". KeyError for a channel without providers."""
    provider = {"sms": settings.SMS_PROVIDER, "email": settings.EMAIL_PROVIDER}[channel]
    return _PROVIDERS[channel, provider]()
