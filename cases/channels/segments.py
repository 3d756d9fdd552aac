"""How a text goes out as SMS: its alphabet, its segments, its cost. Pure.

GSM 03.38: 160 septets, or 153 in each of several segments; UCS-2: 70 units of 16 bits, or 67. What joins the segments
takes the difference. A sign of the extension table takes two septets, one outside the basic plane two units; neither is
cut in two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
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


def segments(text: str) -> Segments:
    """Alphabet, length and number of segments of a text."""
    encoding = encoding_of(text)
    parts, size = split(text), _size_in(encoding)
    room = ROOM[encoding][len(parts) > 1]
    return Segments(encoding, sum(map(size, text)), len(parts), room - sum(map(size, parts[-1])))


def sms_cost(text: str, price: Decimal) -> Decimal:
    """What the text costs at `price` a segment, to four decimals."""
    return (segments(text).count * price).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _size_in(encoding: str) -> Callable[[str], int]:
    if encoding == GSM7:
        return lambda sign: 2 if sign in _EXTENSION else 1
    return lambda sign: 2 if ord(sign) > 0xFFFF else 1
