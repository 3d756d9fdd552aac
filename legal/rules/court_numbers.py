"""Courts' case numbers as they stand in papers and file names, brought into one form. Pure: no ORM, no clock.

A Chinese number has the year in brackets, the court's code, the kind of the case, a running number and 号:
（2026）沪0115民初12345号. Papers and clerks write its brackets and digits full or half width, text taken from a PDF has
spaces or line ends in it.
"""

from __future__ import annotations

import re
import unicodedata

_CHINESE = re.compile(
    r"""(?<!\d)[(〔\[【]?\s*(?P<year>(?:19|20)\s*\d\s*\d)\s*[)〕\]】]?\s*
        (?P<court>最高法|[\u4e00-\u9fff](?:\s*\d){2,4}|[\u4e00-\u9fff])\s*
        (?P<kind>[\u4e00-\u9fff](?:\s*[\u4e00-\u9fff]){0,5}?)\s*
        (?P<number>\d(?:\s*\d){0,7})\s*号
        (?P<part>\s*之\s*[一二三四五六七八九十]+)?""",
    re.VERBOSE,
)
_SPACE = re.compile(r"\s+")
# One of these says what kind of case it is; a number without any is that of a document, as 法释〔2020〕17号 or 国办发 ones.
_CASE_SIGNS = frozenset("民刑行执赔破督调保监管清")
_PARTS = ("year", "court", "kind", "number", "part")
# Numbers of other houses, and our own: letters and digits with what joins them.
_TOKEN = re.compile(r"[A-Z0-9](?:[A-Z0-9]|[-:/._](?=[A-Z0-9])){4,38}")
# A text holds hundreds of such tokens at most; more is no paper of a court.
MOST_TOKENS = 2000


def plain(text: str) -> str:
    """Full-width signs as half-width ones, compatibility forms as the characters they stand for."""
    return unicodedata.normalize("NFKC", text)


def normalise(number: str) -> str:
    """A case number in one form: Chinese ones as （2026）沪0115民初12345号, others in capitals without spaces."""
    found = chinese_numbers(number)
    if len(found) == 1:
        return found[0]
    return _SPACE.sub("", plain(number)).upper()


def chinese_numbers(text: str) -> list[str]:
    """Every Chinese case number in the text, normalised, in the order in which they first stand there."""
    found: dict[str, None] = {}
    for match in _CHINESE.finditer(plain(text)):
        year, court, kind, number, part = (_SPACE.sub("", match[name] or "") for name in _PARTS)
        if _CASE_SIGNS.intersection(court + kind):
            found[f"（{year}）{court}{kind}{int(number)}号{part}"] = None
    return list(found)


def tokens(text: str) -> set[str]:
    """What could be a number of another form: in capitals, with at least one digit."""
    found: set[str] = set()
    for match in _TOKEN.finditer(plain(text).upper()):
        if any(sign.isdigit() for sign in match[0]):
            found.add(match[0])
        if len(found) >= MOST_TOKENS:
            break
    return found


def year_and_number(number: str) -> tuple[str, str]:
    """Of a normalised Chinese number the digits that stand in it however it is written: ("2026", "12345")."""
    match = _CHINESE.fullmatch(plain(number))
    assert match is not None  # it is one that was found
    return _SPACE.sub("", match["year"]), str(int(_SPACE.sub("", match["number"])))
