"""Wording that may not leave the house, found before a template is saved."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

RED_LINES = Path(__file__).with_name("red_lines.toml")


@dataclass(frozen=True)
class Finding:
    """`text[start:end]` is `words`; `reason` says in English which line it crosses."""

    start: int
    end: int
    words: str
    reason: str


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    entries = tomllib.loads(RED_LINES.read_text("utf-8"))["red_line"]
    compiled = []
    for entry in entries:
        joined = "|".join(f"(?:{pattern})" for pattern in entry["patterns"])
        if entry["language"] == "en":
            joined = rf"\b(?:{joined})\b"
        compiled.append((entry["reason"], re.compile(joined, re.IGNORECASE)))
    return tuple(compiled)


def lint_text(text: str) -> list[Finding]:
    """Red-line wording in `text`, in order of place. Both languages are looked for: texts mix them."""
    findings = [
        Finding(match.start(), match.end(), match.group(), reason)
        for reason, pattern in _patterns()
        for match in pattern.finditer(text)
    ]
    return sorted(findings, key=lambda finding: (finding.start, finding.end))
