"""Reads a mail that came to our own address: a report that one of ours could not be delivered, or somebody's answer."""

from __future__ import annotations

import datetime as dt
import email.policy
import hashlib
from email import message_from_bytes, utils
from email.message import EmailMessage, Message

from .reports import DELIVERED, FAILED, RECEIPT, REPLY, ReportedEvent

PROVIDER = "smtp"


def read_mail(raw: bytes, now: dt.datetime) -> list[ReportedEvent]:
    """The reports in one mail (RFC 5322), received at `now`: of a delivery report (RFC 3464) one a recipient, of an
    answer one, of an automatic answer (RFC 3834) none. ValueError for what is no mail."""
    mail = message_from_bytes(raw, policy=email.policy.default)
    if not isinstance(mail, EmailMessage) or not mail.keys():
        raise ValueError("this is no mail: it has no head")
    if mail.get_content_type() == "multipart/report" and mail.get_param("report-type") == "delivery-status":
        return _delivery_reports(mail, raw, now)
    if str(mail.get("Auto-Submitted", "no")).lower() != "no" or "X-Autoreply" in mail:
        return []
    return [_answer(mail, raw, now)]


def _delivery_reports(mail: EmailMessage, raw: bytes, now: dt.datetime) -> list[ReportedEvent]:
    number = _original_number(mail)
    events: list[ReportedEvent] = []
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for fields in _recipients(part):
            action = str(fields.get("Action", "")).strip().lower()
            status = str(fields.get("Status", "")).strip()
            if action not in ("failed", "delivered"):
                continue  # delayed, relayed, expanded: on the way
            events.append(
                ReportedEvent(
                    provider=PROVIDER,
                    kind=RECEIPT,
                    event_id=_digest(raw, str(len(events))),
                    at=now,
                    provider_id=number,
                    state=FAILED if action == "failed" else DELIVERED,
                    code=status,
                    # RFC 3463: class 5, subject 1 is the address; .2.1 a mailbox that is closed.
                    bad_address=action == "failed" and (status.startswith("5.1.") or status == "5.2.1"),
                    raw={"diagnostic": str(fields.get("Diagnostic-Code", ""))[:500]},
                )
            )
    return events


def _recipients(part: Message) -> list[Message]:
    """The blocks of a delivery status: the first is of the mail as a whole, the others of one recipient each."""
    blocks = part.get_payload()
    return (
        [block for block in blocks if isinstance(block, Message) and "Action" in block]
        if isinstance(blocks, list)
        else []
    )


def _original_number(mail: EmailMessage) -> str:
    """The Message-ID of the mail that the report is about, from its returned head."""
    for part in mail.walk():
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            inner = part.get_payload(0) if part.is_multipart() else message_from_bytes(_content(part))
            if isinstance(inner, Message) and inner.get("Message-ID"):
                return str(inner["Message-ID"]).strip()
    return ""


def _content(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _answer(mail: EmailMessage, raw: bytes, now: dt.datetime) -> ReportedEvent:
    body = mail.get_body(("plain", "html"))
    text = body.get_content() if body is not None else ""
    subject = str(mail.get("Subject", ""))
    return ReportedEvent(
        provider=PROVIDER,
        kind=REPLY,
        event_id=str(mail.get("Message-ID", "")).strip()[:150] or _digest(raw),
        at=now,
        channel="email",
        sender=utils.parseaddr(str(mail.get("From", "")))[1],
        recipient=utils.parseaddr(str(mail.get("To", "")))[1],
        # The way that our own head offers is a mail whose subject is the word, and which may have no text.
        text=text if text.strip() else subject,
        raw={"subject": subject},
    )


def _digest(raw: bytes, *more: str) -> str:
    return hashlib.sha256(raw + "\x1f".join(more).encode()).hexdigest()
