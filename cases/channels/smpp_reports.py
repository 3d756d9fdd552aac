"""What an SMS centre delivers: receipts for what we sent, and what people answer. Reads one deliver_sm; keeps nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Any

from .reports import DELIVERED, EXPIRED, FAILED, RECEIPT, REPLY, UNKNOWN, ReportedEvent
from .segments import GSM7, UCS2, decode

PROVIDER = "smpp"
# SMPP 3.4, 5.2.12: which kind of message, and whether a header stands before the text.
_KIND, _IS_RECEIPT, _HAS_HEADER = 0x3C, 0x04, 0x40
# Appendix B and 5.2.28. "" is a state on the way.
_STATES = {
    "DELIVRD": DELIVERED,
    "EXPIRED": EXPIRED,
    "DELETED": FAILED,
    "UNDELIV": FAILED,
    "REJECTD": FAILED,
    "UNKNOWN": UNKNOWN,
    "ACCEPTD": "",
    "ENROUTE": "",
}
_STATE_NUMBERS = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
_FIELD = re.compile(rb"\b(id|stat|err|done date):\s*([^\s]*)", re.IGNORECASE)
# The same words from one sender within this time are one answer: a centre repeats what we did not confirm.
SAME_WITHIN = 600


def read_delivery(pdu: Any, now: dt.datetime) -> ReportedEvent:
    """The report in a deliver_sm of smpplib, received at `now`. ValueError for a receipt that names no message."""
    body = _bytes(pdu.short_message) or _bytes(getattr(pdu, "message_payload", b""))
    esm = int(pdu.esm_class or 0)
    if esm & _KIND == _IS_RECEIPT:
        return _receipt(pdu, body, now)
    return _reply(pdu, body, has_header=bool(esm & _HAS_HEADER), now=now)


def _receipt(pdu: Any, body: bytes, now: dt.datetime) -> ReportedEvent:
    fields = {name.lower().decode(): value.decode("ascii", "replace") for name, value in _FIELD.findall(body)}
    number = _bytes(getattr(pdu, "receipted_message_id", b"")).rstrip(b"\0").decode("ascii", "replace")
    told = fields.get("id", "")
    number = number or told
    if not number:
        raise ValueError("a receipt without the number of its message")
    state_number = getattr(pdu, "message_state", None)
    word = fields.get("stat", "").upper()[:7] or _STATE_NUMBERS.get(int(state_number or 0), "")
    return ReportedEvent(
        provider=PROVIDER,
        kind=RECEIPT,
        event_id=_digest(number, word, fields.get("done date", ""), _text(pdu.source_addr)),
        at=now,
        provider_id=number,
        state=_STATES.get(word, ""),
        code=" ".join(filter(None, (word, fields.get("err", "")))),
        # Only the numbers of the network itself would tell that nobody has this number; they differ by centre.
        bad_address=False,
        raw={"text": body.decode("ascii", "replace"), "also": other_spellings(number, told)},
    )


def other_spellings(*numbers: str) -> list[str]:
    """The same numbers as a centre may write them at submission: hexadecimal for decimal, and the other way round."""
    found: list[str] = []
    for number in numbers:
        found.append(number)
        if number.isdigit():
            found += [f"{int(number):x}", f"{int(number):X}"]
        if re.fullmatch(r"[0-9a-fA-F]{1,32}", number):
            found.append(str(int(number, 16)))
        found.append(number.lstrip("0"))
    return [number for number in dict.fromkeys(found) if number and number != numbers[0]]


def _reply(pdu: Any, body: bytes, *, has_header: bool, now: dt.datetime) -> ReportedEvent:
    """A long answer comes in parts, each of them a report of its own: what was confirmed is stored, part by part."""
    part: list[int] = []
    if has_header and body:
        length = body[0] + 1
        part, body = _place(body[1:length]), body[length:]
    coding = int(pdu.data_coding or 0)
    text = (
        decode(body, UCS2) if coding & 0x0C == 0x08 else body.decode("latin-1") if coding == 3 else decode(body, GSM7)
    )
    sender, recipient = _text(pdu.source_addr), _text(pdu.destination_addr)
    if sender.isdigit() and int(pdu.source_addr_ton or 0) == 1:
        sender = f"+{sender}"
    moment = int(now.timestamp()) // SAME_WITHIN
    return ReportedEvent(
        provider=PROVIDER,
        kind=REPLY,
        event_id=_digest(sender, recipient, text, str(part), str(moment)),
        at=now,
        channel="sms",
        sender=sender,
        recipient=recipient,
        text=text,
        raw={"part": part} if part else {},
    )


def _place(header: bytes) -> list[int]:
    """[reference, parts, number] from a concatenation header (3GPP TS 23.040, 9.2.3.24.1 and .8), else nothing."""
    while len(header) >= 2:
        kind, length = header[0], header[1]
        value, header = header[2 : 2 + length], header[2 + length :]
        if kind == 0x00 and length == 3:
            return list(value)
        if kind == 0x08 and length == 4:
            return [value[0] * 256 + value[1], value[2], value[3]]
    return []


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _bytes(value: Any) -> bytes:
    return value.encode("latin-1") if isinstance(value, str) else bytes(value or b"")


def _text(value: Any) -> str:
    return _bytes(value).rstrip(b"\0").decode("ascii", "replace")
