"""What every e-mail of the house has in common: who it is from, its number, and how to stop such mails."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.urls import reverse

from .protocol import Outgoing

_SALT = "fairdue.unsubscribe"


def message_id(key: str) -> str:
    """The Message-ID of a key: the same at every attempt, so that a receiver can tell a repetition."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{_domain()}>"


def build_mail(message: Outgoing) -> EmailMessage:
    """The mail as it goes out, without a connection.

    Both ways of RFC 8058 and RFC 2369 to stop such mails stand in its head: one press in the reader's mail program
    where our address is known to the world, and a mail to us. Mails to the house's own people have neither.
    """
    headers = {"Message-ID": message_id(message.key), "Auto-Submitted": "auto-generated"}
    if not message.is_internal:
        headers |= _ways_to_stop(message.key)
    return EmailMessage(
        subject=message.subject,
        body=message.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[message.to],
        headers=headers,
    )


def _ways_to_stop(key: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    ways = [f"<mailto:{_bare(settings.DEFAULT_FROM_EMAIL)}?subject=STOP>"]
    if settings.PUBLIC_URL.startswith("https://"):
        ways.insert(0, f"<{unsubscribe_address(key)}>")
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    headers["List-Unsubscribe"] = ", ".join(ways)
    return headers


def unsubscribe_address(key: str) -> str:
    """Where the recipient of the message of that key can stop such mails; nobody else can guess it."""
    token = signing.dumps(key, salt=_SALT, compress=True)
    return settings.PUBLIC_URL.rstrip("/") + reverse("cases:unsubscribe", args=[token])


def key_of(token: str) -> str | None:
    """The message key in an unsubscribe address; None when it was not made here."""
    try:
        return str(signing.loads(token, salt=_SALT))
    except signing.BadSignature:
        return None


def _bare(address: str) -> str:
    """The address alone, of one that may have a name before it."""
    return address.rpartition("<")[2].strip("<> ")


def _domain() -> str:
    return _bare(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2] or "localhost"
