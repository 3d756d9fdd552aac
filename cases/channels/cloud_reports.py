"""What the cloud providers post to us: receipts and answers, in each one's own form. Reads; keeps and checks nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from .reports import DELIVERED, FAILED, RECEIPT, REPLY, ReportedEvent

_CHINA = ZoneInfo("Asia/Shanghai")
# Codes of the carriers behind which there is no subscriber: not in service, no such number.
_NOBODY = frozenset(
    {"MK:0001", "MK:0000", "MI:0013", "MI:0055", "MI:0001", "UNKNOWN_NUMBER", "CB:0001", "MOBILE_NOT_EXISTS"}
)
# Twilio 30003 unreachable, 30005 unknown number, 30006 landline or unreachable carrier.
_TWILIO_NOBODY = frozenset({"30005", "30006"})
_TWILIO_STATES = {"delivered": DELIVERED, "undelivered": FAILED, "failed": FAILED, "canceled": FAILED}


def tencent_receipts(body: bytes, now: dt.datetime) -> list[ReportedEvent]:
    """The SMS sending status notification: a list. ValueError for anything else."""
    return [
        ReportedEvent(
            provider="tencent",
            kind=RECEIPT,
            event_id=_digest("receipt", row.get("sid"), row.get("report_status"), row.get("user_receive_time")),
            at=_china_time(row.get("user_receive_time"), now),
            provider_id=str(row["sid"]),
            state=DELIVERED if row.get("report_status") == "SUCCESS" else FAILED,
            code=str(row.get("errmsg", "")),
            bad_address=str(row.get("errmsg", "")) in _NOBODY,
            raw=_kept(row),
        )
        for row in _rows(body, "sid")
    ]


def tencent_replies(body: bytes, now: dt.datetime) -> list[ReportedEvent]:
    """The SMS reply notification: one object, or a list of them."""
    return [
        ReportedEvent(
            provider="tencent",
            kind=REPLY,
            event_id=_digest("reply", row.get("mobile"), row.get("text"), row.get("time"), row.get("sign")),
            at=dt.datetime.fromtimestamp(int(row["time"]), dt.UTC) if str(row.get("time", "")).isdigit() else now,
            channel="sms",
            sender=f"+{row.get('nationcode') or '86'}{row['mobile']}",
            recipient=str(row.get("extend", "")),
            text=str(row.get("text", "")),
            raw=_kept(row),
        )
        for row in _rows(body, "mobile")
    ]


def aliyun_receipts(body: bytes, now: dt.datetime) -> list[ReportedEvent]:
    """SmsReport: a list. It gives our key back."""
    return [
        ReportedEvent(
            provider="aliyun",
            kind=RECEIPT,
            event_id=_digest(
                "receipt", row.get("biz_id"), row.get("phone_number"), row.get("success"), row.get("report_time")
            ),
            at=_china_time(row.get("report_time"), now),
            provider_id=str(row["biz_id"]),
            message_key=str(row.get("out_id") or ""),
            state=DELIVERED if row.get("success") in (True, "true") else FAILED,
            code=str(row.get("err_code", "")),
            bad_address=str(row.get("err_code", "")) in _NOBODY,
            raw=_kept(row),
        )
        for row in _rows(body, "biz_id")
    ]


def aliyun_replies(body: bytes, now: dt.datetime) -> list[ReportedEvent]:
    """SmsUp: a list."""
    return [
        ReportedEvent(
            provider="aliyun",
            kind=REPLY,
            event_id=_digest(
                "reply", row.get("sequence_id") or row.get("send_time"), row.get("phone_number"), row.get("content")
            ),
            at=_china_time(row.get("send_time"), now),
            channel="sms",
            sender=_chinese(str(row["phone_number"])),
            recipient=str(row.get("dest_code", "")),
            text=str(row.get("content", "")),
            raw=_kept(row),
        )
        for row in _rows(body, "phone_number")
    ]


def twilio_receipt(form: Mapping[str, str], key: str, now: dt.datetime) -> list[ReportedEvent]:
    """A status callback. States on the way (queued, sending, sent) say no more than that Twilio has it."""
    number, status = form.get("MessageSid", ""), form.get("MessageStatus", "")
    if not number or not status:
        raise ValueError("a status without MessageSid or MessageStatus")
    code = form.get("ErrorCode", "")
    return [
        ReportedEvent(
            provider="twilio",
            kind=RECEIPT,
            event_id=f"{number}:{status}",
            at=now,
            provider_id=number,
            message_key=key,
            state=_TWILIO_STATES.get(status, ""),
            code=f"{status} {code}".strip(),
            bad_address=code in _TWILIO_NOBODY,
            raw=_kept(form),
        )
    ]


def twilio_reply(form: Mapping[str, str], now: dt.datetime) -> list[ReportedEvent]:
    """An incoming message."""
    number, sender = form.get("MessageSid", ""), form.get("From", "")
    if not number or not sender:
        raise ValueError("a message without MessageSid or From")
    return [
        ReportedEvent(
            provider="twilio",
            kind=REPLY,
            event_id=number,
            at=now,
            channel="sms",
            sender=sender,
            recipient=form.get("To", ""),
            text=form.get("Body", ""),
            raw=_kept(form),
        )
    ]


Reader = Callable[[bytes, dt.datetime], list[ReportedEvent]]
# (provider, kind of report) → its reader, and what the provider wants to hear.
READERS: dict[tuple[str, str], tuple[Reader, dict[str, Any]]] = {
    ("tencent", "status"): (tencent_receipts, {"result": 0, "errmsg": "OK"}),
    ("tencent", "reply"): (tencent_replies, {"result": 0, "errmsg": "OK"}),
    ("aliyun", "status"): (aliyun_receipts, {"code": 0, "msg": "成功"}),
    ("aliyun", "reply"): (aliyun_replies, {"code": 0, "msg": "成功"}),
}


def _rows(body: bytes, needed: str) -> Iterable[dict[str, Any]]:
    try:
        told = json.loads(body)
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError("this is no JSON") from error
    rows = told if isinstance(told, list) else [told]
    for row in rows:
        if not isinstance(row, dict) or not row.get(needed):
            raise ValueError(f"a report without {needed}")
    return rows


def _china_time(value: object, now: dt.datetime) -> dt.datetime:
    """ "2026-03-02 12:00:00" on China's clock; `now` where it is missing or no time."""
    try:
        return dt.datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_CHINA)
    except ValueError:
        return now


def _chinese(number: str) -> str:
    return f"+{number}" if number.startswith("86") and len(number) > 11 else f"+86{number}"


def _kept(row: Mapping[str, Any]) -> dict[str, str]:
    return {str(name)[:60]: str(value)[:1000] for name, value in row.items()}


def _digest(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
