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
from functools import lru_cache

MARKS = {"en": "[covered]", "zh-hans": "【已遮盖】"}
# What people put between the digits of a number or the words of a name, and signs that nobody sees.
_BETWEEN = r"[\s.,、，·•/_()（）\u00ad\u200b-\u200f\u2010-\u2015\u2060\ufeff\uff0d\uff0e\uff0f-]"
# Digits as they are said: 一五四零 …
_SAID = str.maketrans("零〇一幺二三四五六七八九", "001123456789")
_SPELLED = {digit: "".join(chr(char) for char, to in _SAID.items() if to == ord(digit)) for digit in "0123456789"}
# A telephone number as people write it: seven digits or more, with blanks, hyphens or brackets between. Sums and dates
# are let stand: they have a dot, a comma or the form of a date.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])(?<!\d[.,/-])(?<![A-Za-z][-_])[+(（]?\d(?:[ ()（）\u00a0\u2010-\u2014-]?\d){6,17}(?![.,/]?\d)"
)
# A mobile number of China however it is written, also right behind letters (tel…, wx…), where no account is meant.
_MOBILE = re.compile(
    rf"(?<!\d)(?:[+＋]|00)?(?:86{_BETWEEN}{{0,3}})?1[3-9]\d{_BETWEEN}{{0,3}}\d{{4}}{_BETWEEN}{{0,3}}\d{{4}}"
    r"(?!\d|\.\d\d(?!\d))"
)
_SAID_NUMBER = re.compile(r"[零〇一幺二三四五六七八九]{7,}")
_DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
# The number of a standard or a law with its year, as in the gate's sources: 45251-2025.
_STANDARD = re.compile(r"\d{4,6}[\u2010-\u2014-](?:19|20)\d\d")
_EMAIL = re.compile(r"[A-Za-z0-9_.+-]+[@＠][A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_TOKEN_BEFORE, _TOKEN_AFTER = re.compile(r"[A-Za-z0-9_-]*$"), re.compile(r"[A-Za-z0-9_-]*")
# So many digits at the end of a number say whose it is, with or without the codes before them.
_TAIL, _WHOLE = 8, 11


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
            {value for value in others if len(value) > 1 and not _is_own(value, mine)}, key=len, reverse=True
        )
        return cls(mine, tuple(strange), frozenset(_key(value) for value in kept if value))


def cover(text: str, known: Known, mark: str) -> str:
    """The text with what is other people's replaced by `mark`: names, addresses and numbers that are known to be
    theirs, and every telephone number or e-mail address that is not known to be the borrower's."""
    text = cover_numbers(text, known, mark)
    text = _EMAIL.sub(lambda found: found[0] if _key(found[0]) in known.own else mark, text)
    text = _SAID_NUMBER.sub(lambda found: found[0] if _may_stand(found[0].translate(_SAID), known) else mark, text)
    return _NUMBER.sub(lambda found: found[0] if _may_stand(found[0], known) else mark, text)


def cover_numbers(text: str, known: Known, mark: str, also: Iterable[str] = ()) -> str:
    """What is known to be others', `also` among it, and mobile numbers; other runs of digits stay. For references such as
    those of recordings, which have digits of their own."""
    for other in (*known.others, *(value for value in also if value and not _is_own(value, known.own))):
        text = _written(other).sub(mark, text)
    return _MOBILE.sub(lambda found: found[0] if _is_kept(found, known) else mark, text)


@lru_cache(maxsize=4096)
def _written(value: str) -> re.Pattern[str]:
    """The ways in which people write that number, name or address."""
    key = _key(value)
    return re.compile(_number_written(key) if key.isdigit() and len(key) >= 7 else _words_written(value), re.IGNORECASE)


def _number_written(digits: str) -> str:
    """With anything between the digits, with or without the codes before its last ones; one that is long enough to be no
    part of another also in the midst of more digits."""
    ways = [f"[{digit}{chr(ord('０') + int(digit))}{_SPELLED[digit]}]" for digit in digits]
    between = f"{_BETWEEN}{{0,3}}"

    def last(count: int) -> str:
        codes = "".join(f"(?:{way}{between})?" for way in ways[:-count])
        before = rf"(?:(?<!\d)[+＋(（]?(?:[0０]{{1,2}}{between})?{codes})?"
        return before + between.join(ways[-count:])

    alone = rf"(?<!\d){last(_TAIL)}(?!\d)"
    return f"{alone}|{last(_WHOLE)}" if len(digits) >= _WHOLE else alone


def _words_written(value: str) -> str:
    """Whatever stands between its words, in capitals or not, and a name of two words the other way round too."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", value)) or [value]
    orders = [words, words[::-1]] if len(words) == 2 and not any(re.search(r"\d", word) for word in words) else [words]
    return "|".join(f"(?:{_edged(_BETWEEN + '{0,3}', order)})" for order in orders)


def _edged(between: str, words: list[str]) -> str:
    """The words in a row; a Latin one is no part of a longer word, in a Chinese one signs may lie apart."""
    parts = [
        rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])" if word.isascii() else r"\s*".join(map(re.escape, word))
        for word in words
    ]
    return between.join(parts)


def _is_kept(found: re.Match[str], known: Known) -> bool:
    """Whether a mobile number is the borrower's, or part of an account or paper that is named so."""
    before = _TOKEN_BEFORE.search(found.string[: found.start()])
    after = _TOKEN_AFTER.match(found.string, found.end())
    assert before is not None
    assert after is not None
    return _may_stand(found[0], known) or _key(before[0] + found[0] + after[0]) in known.kept


def _may_stand(number: str, known: Known) -> bool:
    if _DATE.fullmatch(number) or _STANDARD.fullmatch(number):
        return True
    key = _key(number)
    return key in known.kept or any(_same_number(key, own) for own in known.own)


def _is_own(value: str, own: frozenset[str]) -> bool:
    key = _key(value)
    return key in own or (key.isdigit() and any(one.isdigit() and _same_number(key, one) for one in own))


def _same_number(one: str, other: str) -> bool:
    """Whether both are one telephone number, with or without the country's code."""
    return one == other or (min(len(one), len(other)) >= 7 and (one.endswith(other) or other.endswith(one)))


def _key(value: str) -> str:
    """A number as its digits alone, anything else in small letters."""
    plain = unicodedata.normalize("NFKC", value).strip().lower()
    digits = re.sub(r"[^\d]", "", plain)
    return digits if digits and not re.search(r"[^\W\d_]|@", plain) else plain
