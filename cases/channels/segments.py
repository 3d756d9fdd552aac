"""How a text goes out as SMS: its alphabet, its segments, its cost. Pure.

GSM 03.38: 160 septets, or 153 in each of several segments; UCS-2: 70 units of 16 bits, or 67. What joins the segments
takes the difference. A sign of the extension table takes two septets, one outside the basic plane two units; neither is
cut in two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

_ESCAPE = 0x1B
# In the order of their codes; the escape has no sign of its own.
_TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_BASIC = {sign: bytes([code]) for code, sign in enumerate(_TABLE) if code != _ESCAPE}
_EXTENSION = {
    sign: bytes([_ESCAPE, code])
    for sign, code in zip("\f^{}\\[~]|€", (0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65), strict=True)
}
GSM7, UCS2 = "gsm7", "ucs2"
# Alphabet → units of a single segment, and of each of several.
ROOM = {GSM7: (160, 153), UCS2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """`units`: septets or 16-bit units of the whole text; `count`: segments; `remaining`: units free in the last one."""

    encoding: str
    units: int
    count: int
    remaining: int


def encoding_of(text: str) -> str:
    """GSM 03.38 if every sign is in it, else UCS-2."""
    return GSM7 if all(sign in _BASIC or sign in _EXTENSION for sign in text) else UCS2


def split(text: str) -> list[str]:
    """The parts as they go out, at least one."""
    encoding = encoding_of(text)
    single, several = ROOM[encoding]
    size = _size_in(encoding)
    if sum(map(size, text)) <= single:
        return [text]
    parts, part, used = [], "", 0
    for sign in text:
        if used + size(sign) > several:
            parts.append(part)
            part, used = "", 0
        part += sign
        used += size(sign)
    return [*parts, part]


def encode(text: str, encoding: str) -> bytes:
    """The text in an alphabet that has all its signs: one septet a byte, or UTF-16 with the high byte first."""
    if encoding == UCS2:
        return text.encode("utf-16-be")
    return b"".join(_BASIC.get(sign) or _EXTENSION[sign] for sign in text)


def decode(data: bytes, encoding: str) -> str:
    """What `encode` made; a code that has no sign becomes a replacement mark."""
    if encoding == UCS2:
        return data.decode("utf-16-be", "replace")
    extension = {code[1]: sign for sign, code in _EXTENSION.items()}
    text, escaped = "", False
    for code in data:
        if escaped:
            text += extension.get(code, "\ufffd")
        elif code != _ESCAPE:
            text += _TABLE[code] if code < len(_TABLE) else "\ufffd"
        escaped = code == _ESCAPE and not escaped
    return text


def segments(text: str) -> Segments:
    """Alphabet, length and number of segments of a text."""
    encoding = encoding_of(text)
    parts, size = split(text), _size_in(encoding)
    room = ROOM[encoding][len(parts) > 1]
    return Segments(encoding, sum(map(size, text)), len(parts), room - sum(map(size, parts[-1])))


def sms_cost(text: str, price: Decimal) -> Decimal:
    """What the text costs at `price` a segment, exactly."""
    return segments(text).count * price


def _size_in(encoding: str) -> Callable[[str], int]:
    if encoding == GSM7:
        return lambda sign: 2 if sign in _EXTENSION else 1
    return lambda sign: 2 if ord(sign) > 0xFFFF else 1
