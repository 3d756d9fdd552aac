"""On what law a paper rests besides the contract's own: data with source and grade (legal/defaults/laws.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "defaults" / "laws.toml"


@cache
def _laws() -> list[dict[str, Any]]:
    laws: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["law"]
    return laws


def laws_for(paper: str, pack: str, language: str) -> tuple[str, ...]:
    """The sentences for a kind of paper under a creditor's rules; where none is on file, the contract alone."""
    found = tuple(law[language] for law in _laws() if paper in law["papers"] and law["pack"] == pack)
    return found or tuple(law[language] for law in _laws() if paper in law["papers"] and law["pack"] == "")
