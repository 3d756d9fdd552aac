"""SMS by Twilio's Programmable Messaging, by its own client."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import requests
from django.conf import settings
from django.urls import reverse
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from .protocol import AmbiguousError, Outgoing, PassingError, PermanentError, Receipt
from .web import BUSY, line_error, status_error

WHO = "Twilio"
# Twilio's error codes: a number that is none or takes no SMS; the recipient wrote STOP to Twilio itself.
_BAD_NUMBER = frozenset({21211, 21214, 21217, 21265, 21612, 21614})
_OPTED_OUT = frozenset({21610})
# Our account: unverified, suspended, out of funds. Ours to mend, not the message's.
_OURS = frozenset({20003, 20005, 20008, 30002, 21606})
# A clock of theirs may be behind ours.
SKEW = dt.timedelta(seconds=5)


class TwilioChannel:
    """A message is found again by its number and its text among those sent since it was handed over."""

    name = "twilio"
    can_look_up = True

    def send(self, message: Outgoing) -> Receipt:
        http = _Http(timeout=settings.PROVIDER_TIMEOUT, max_retries=0)
        sender = settings.TWILIO_FROM
        origin = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        callback = {"status_callback": status_address(message.key)} if settings.PUBLIC_URL else {}
        try:
            made = _client(http).messages.create(to=message.to, body=message.body, **origin, **callback)
        except TwilioRestException as error:
            raise _as_error(error, http) from error
        except (requests.RequestException, OSError) as error:
            raise line_error(error, WHO) from error
        except (ValueError, TypeError, KeyError) as error:
            raise AmbiguousError(f"{WHO} answered in words that nobody understands") from error
        if not made.sid:
            raise AmbiguousError(f"{WHO} gave no number")
        return Receipt((made.sid,))

    def lookup(self, message: Outgoing, since: dt.datetime) -> Receipt | None:
        try:
            sent = _client(_Http(timeout=settings.PROVIDER_TIMEOUT, max_retries=0)).messages.list(
                to=message.to, limit=50
            )
        except (TwilioException, requests.RequestException, OSError, ValueError) as error:
            raise PassingError(f"{WHO} cannot be asked now: {type(error).__name__}") from error
        for found in sent:
            made_at = found.date_created
            if found.body == message.body and made_at is not None and made_at >= since - SKEW:
                return Receipt((str(found.sid),))
        return None


def status_address(key: str) -> str:
    """Where Twilio reports what becomes of the message; the key in it settles a message whose answer was lost."""
    return (
        f"{settings.PUBLIC_URL.rstrip('/')}{reverse('cases:hook', args=['twilio', 'status'])}?{urlencode({'key': key})}"
    )


class _Http(TwilioHttpClient):
    """Sends to TWILIO_ENDPOINT where that is set, and keeps the head of the last answer: the client's error lacks it."""

    retry_after = ""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        if settings.TWILIO_ENDPOINT:
            there, asked = urlsplit(settings.TWILIO_ENDPOINT), urlsplit(url)
            url = urlunsplit((there.scheme, there.netloc, asked.path, asked.query, ""))
        answer: Response = super().request(method, url, *args, **kwargs)
        self.retry_after = str((answer.headers or {}).get("Retry-After", ""))
        return answer


def _client(http: _Http) -> Client:
    return Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=http)


def _as_error(error: TwilioRestException, http: _Http) -> PassingError | PermanentError | AmbiguousError:
    words = f"{error.code or ''} {error.msg}".strip()[:300]
    if error.status in BUSY or error.status >= 500 or error.status in (401, 403):
        return status_error(error.status, WHO, http.retry_after)
    if 200 <= error.status < 300:
        return AmbiguousError(words)
    if error.code in _OURS:
        return PassingError(words)
    return PermanentError(words, bad_address=error.code in _BAD_NUMBER)
