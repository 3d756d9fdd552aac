"""Wording that may not leave the house, found before a text is saved. Pure.

The lists are data (cases/defaults/red_lines.toml) with their sources. A word is no fault where it is denied right before, in the same
sentence: "we will never contact your employer" is a promise that the law likes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from borrowers.errors import gettext_noop

# The reasons of the lists, for the catalogue.
REASONS = (
    gettext_noop("threat of arrest or detention"),
    gettext_noop("poses as a court, the police or the state"),
    gettext_noop("tells of a false consequence"),
    gettext_noop("draws in family, employer or the public"),
    gettext_noop("insults or threatens harm"),
    gettext_noop("charges what is not owed, or pushes a new loan"),
)
RED_LINES = Path(__file__).parent.parent / "defaults" / "red_lines.toml"
# Signs before a word within which a denial counts.
_NEAR = 24
_SENTENCE_END = re.compile(r"[.!?。！？；;\n]")


@dataclass(frozen=True)
class Finding:
    """`text[start:end]` is `words`; `reason` says in English which line it crosses, `source` whose line it is."""

    start: int
    end: int
    words: str
    reason: str
    source: str = ""


@dataclass(frozen=True)
class _Line:
    pattern: re.Pattern[str]
    denied: re.Pattern[str] | None
    reason: str
    source: str


@lru_cache(maxsize=1)
def _lines() -> tuple[_Line, ...]:
    lines = []
    for entry in tomllib.loads(RED_LINES.read_text("utf-8"))["red_line"]:
        if entry["reason"] not in REASONS:
            raise ValueError(f"{RED_LINES.name}: {entry['reason']!r} is no known reason")
        joined, denial = "|".join(f"(?:{pattern})" for pattern in entry["patterns"]), entry.get("unless")
        is_english = entry["language"] == "en"
        pattern = re.compile(rf"\b(?:{joined})\b" if is_english else joined, re.IGNORECASE)
        ending = rf"\b(?:{denial})\b[\w ,]*$" if is_english else rf"(?:{denial})[^，,。]*$"
        denied = re.compile(ending, re.IGNORECASE) if denial else None
        lines.append(_Line(pattern, denied, entry["reason"], entry["source"]))
    return tuple(lines)


def lint_text(text: str) -> list[Finding]:
    """Red-line wording in `text`, in order of place. Both languages are looked for: texts mix them."""
    findings = [
        Finding(match.start(), match.end(), match.group(), line.reason, line.source)
        for line in _lines()
        for match in line.pattern.finditer(text)
        if not _is_denied(line, text, match.start())
    ]
    return sorted(findings, key=lambda finding: (finding.start, finding.end))


def marked_parts(text: str, findings: Sequence[Finding]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is to be marked; overlapping findings are marked as one."""
    parts, place = [], 0
    for finding in findings:
        start, end = max(finding.start, place), finding.end
        if end <= place:
            continue
        if start > place:
            parts.append((text[place:start], False))
        parts.append((text[start:end], True))
        place = end
    if place < len(text):
        parts.append((text[place:], False))
    return parts


def _is_denied(line: _Line, text: str, start: int) -> bool:
    if line.denied is None:
        return False
    before = text[max(0, start - _NEAR) : start]
    sentence = _SENTENCE_END.split(before)[-1]
    return line.denied.search(sentence) is not None
