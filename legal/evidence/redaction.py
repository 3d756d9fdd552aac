"""What of other people is covered before papers leave the house: numbers, addresses and names that are not the
borrower's. Pure functions on plain values.

What is covered is said to be covered. In the contact log the hash of the whole entry stays, so that whoever holds the
uncovered log can show that nothing else was changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

MARKS = {"en": "[covered]", "zh-hans": "【已遮盖】"}
# A telephone number as people write it: seven digits or more, with blanks, hyphens or brackets between. Sums and dates
# are let stand: they have a dot, a comma or the form of a date.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])(?<!\d[.,/-])(?<![A-Za-z][-_])[+(（]?\d(?:[ ()（）\u00a0\u2010-\u2014-]?\d){6,17}(?![.,/]?\d)"
)
_DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
# The number of a standard or a law with its year, as in the gate's sources: 45251-2025.
_STANDARD = re.compile(r"\d{4,6}[\u2010-\u2014-](?:19|20)\d\d")
_EMAIL = re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Known:
    """Whose numbers, addresses and names are known: `own` is the borrower's and may be read, `others` are covered
    wherever they stand. `kept` are further numbers that tell of nobody: accounts, contracts, letters."""

    own: frozenset[str]
    others: tuple[str, ...]
    kept: frozenset[str]

    @classmethod
    def of(cls, *, own: Iterable[str], others: Iterable[str], kept: Iterable[str] = ()) -> Known:
        mine = frozenset(_key(value) for value in own if value)
        # The longest first: a name within another is covered with it. What is the borrower's as well is not covered.
        strange = sorted(
            {value for value in others if len(value) > 1 and _key(value) not in mine}, key=len, reverse=True
        )
        return cls(mine, tuple(strange), frozenset(_key(value) for value in kept if value))


def cover(text: str, known: Known, mark: str) -> str:
    """The text with what is other people's replaced by `mark`: names, addresses and numbers that are known to be
    theirs, and every telephone number or e-mail address that is not known to be the borrower's."""
    for other in known.others:
        text = text.replace(other, mark)
    text = _EMAIL.sub(lambda found: found[0] if _key(found[0]) in known.own else mark, text)
    return _NUMBER.sub(lambda found: found[0] if _may_stand(found[0], known) else mark, text)


def _may_stand(number: str, known: Known) -> bool:
    if _DATE.fullmatch(number) or _STANDARD.fullmatch(number):
        return True
    key = _key(number)
    return key in known.kept or any(_same_number(key, own) for own in known.own)


def _same_number(one: str, other: str) -> bool:
    """Whether both are one telephone number, with or without the country's code."""
    return one == other or (min(len(one), len(other)) >= 7 and (one.endswith(other) or other.endswith(one)))


def _key(value: str) -> str:
    """A number as its digits alone, anything else in small letters."""
    plain = unicodedata.normalize("NFKC", value).strip().lower()
    digits = re.sub(r"[^\d]", "", plain)
    return digits if digits and not re.search(r"[^\W\d_]|@", plain) else plain
