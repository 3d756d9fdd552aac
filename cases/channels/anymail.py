"""E-mail by the HTTP interface of a mail service, by django-anymail; its signed reports come in by the same library."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
)
from anymail.signals import EventType, RejectReason
from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone

from .mail import build_mail
from .protocol import AmbiguousError, Outgoing, PassingError, PermanentError, Receipt
from .reports import DELIVERED, FAILED, RECEIPT, REPLY, ReportedEvent
from .web import BUSY, never_left

NAME = "anymail"
_STATES: dict[str, str] = {
    EventType.DELIVERED: DELIVERED,
    EventType.BOUNCED: FAILED,
    EventType.REJECTED: FAILED,
    EventType.FAILED: FAILED,
}
_WISHES = (EventType.COMPLAINED, EventType.UNSUBSCRIBED)
_BAD_ADDRESS = (RejectReason.INVALID, RejectReason.BOUNCED)


class AnymailChannel:
    """No service answers by our own key what became of a mail; its report, which has the key, tells it later."""

    name = NAME
    can_look_up = False

    def send(self, message: Outgoing) -> Receipt:
        mail: Any = build_mail(message)
        mail.metadata = {"key": message.key}
        connection = get_connection(f"anymail.backends.{settings.ANYMAIL_ESP}.EmailBackend", fail_silently=False)
        try:
            connection.send_messages([mail])
        except (AnymailInvalidAddress, AnymailRecipientsRefused) as error:
            raise PermanentError(_words(error), bad_address=True) from error
        except requests.ConnectTimeout as error:
            raise PassingError("no connection to the mail service") from error
        except requests.Timeout as error:
            raise AmbiguousError("the mail service did not answer in time") from error
        except AnymailAPIError as error:
            raise _as_error(error) from error
        except AnymailConfigurationError as error:
            raise PassingError(f"the mail service is not set up: {_words(error)}") from error
        status = mail.anymail_status
        number = status.message_id
        if isinstance(number, set):
            number = next(iter(number), None)
        if not number and status.status and status.status <= {"rejected", "invalid"}:
            raise PermanentError("the mail service sends nothing to this address", bad_address=True)
        if not number:
            raise AmbiguousError("the mail service gave no number")
        return Receipt((str(number),))

    def lookup(self, message: Outgoing, since: dt.datetime) -> Receipt | None:
        return None


def _as_error(error: AnymailAPIError) -> PassingError | PermanentError | AmbiguousError:
    code = error.status_code
    if code is not None and 200 <= code < 300:
        return AmbiguousError(_words(error))  # accepted, it seems, in words that nobody understands
    if code is None:
        # The line broke, or the answer could not be read. A connection that was never made sent nothing.
        if never_left(error):
            return PassingError("no connection to the mail service")
        return AmbiguousError(_words(error))
    if code in BUSY:
        return PassingError(_words(error), retry_after=_retry_after(error))
    if code >= 500:
        return AmbiguousError(_words(error))
    if code in (401, 403):
        return PassingError(f"the mail service refuses our key: {code}")  # ours to mend, not the message's
    return PermanentError(_words(error))


def _retry_after(error: AnymailAPIError) -> float | None:
    """Seconds, where the answer names them (RFC 9110 10.2.3); a date is not worth reading."""
    value = error.response.headers.get("Retry-After", "") if error.response is not None else ""
    return float(value) if value.isdigit() else None


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def take_tracking(event: Any, esp_name: str) -> ReportedEvent | None:
    """A report of the service about one mail; None for what is of no use to us (opened, clicked)."""
    at = event.timestamp or timezone.now()
    number = str(event.event_id or _digest(event.event_type, event.message_id, event.recipient, at))
    common: dict[str, Any] = {"provider": NAME, "event_id": f"{esp_name}:{number}"[:150], "at": at}
    if event.event_type in _WISHES:
        return ReportedEvent(
            **common, kind=REPLY, channel="email", sender=event.recipient or "", text="unsubscribe",
            raw={"event": event.event_type},
        )  # fmt: skip
    if event.event_type not in _STATES:
        return None
    return ReportedEvent(
        **common,
        kind=RECEIPT,
        provider_id=str(event.message_id or ""),
        message_key=str((event.metadata or {}).get("key", "")),
        state=_STATES[event.event_type],
        code=str(event.reject_reason or event.event_type),
        bad_address=event.reject_reason in _BAD_ADDRESS,
        raw={"description": str(event.description or ""), "mta": str(event.mta_response or "")[:500]},
    )


def take_inbound(event: Any, esp_name: str) -> ReportedEvent:
    """A mail that somebody wrote to us."""
    mail = event.message
    at = event.timestamp or timezone.now()
    sender = mail.from_email.addr_spec if mail.from_email else ""
    number = str(event.event_id or mail.get("Message-ID") or _digest(sender, at))
    return ReportedEvent(
        provider=NAME,
        kind=REPLY,
        event_id=f"{esp_name}:{number}"[:150],
        at=at,
        channel="email",
        sender=sender,
        recipient=str(mail.envelope_recipient or mail.get("To", ""))[:300],
        text=mail.text or "",
        raw={"subject": str(mail.subject or "")},
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
