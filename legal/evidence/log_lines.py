"""The contact log as it leaves the house: one line of JSON an entry, with all that its hashes are made from.

An entry that tells of other people leaves with its hash and without its content: `shown` holds what may be read. Whoever
has the line can make the hash of the entry anew, and nobody can guess back what was covered, since its salt stays here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cases.contact_hashes import CONTENT_FIELDS, DECISION_FIELDS, DECISION_WORDS, ENTRY_FIELDS, Link, canonical, plain
from legal.evidence.redaction import Known, cover, cover_numbers

# Whose contacts are other people's from the first word to the last.
OTHER_PARTIES = ("contact_person", "guarantor", "other")
_KEYS = {
    "number", "previous_hash", "entry", "salt", "content", "words", "content_hash", "decision", "decision_hash",
    "entry_hash", "shown",
}  # fmt: skip


class LineFault(ValueError):
    """A line of an exported log that is none; says which and why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What of an entry may be read: `content` and `words` as they are or covered; `is_covered` when they differ."""

    content: dict[str, Any]
    words: dict[str, Any] | None
    is_covered: bool


def shown_of(link: Link, known: Known, mark: str) -> Shown:
    """What may leave of one entry. With somebody else everything said is covered; with the borrower, others' data."""
    words = _plain_words(link)
    if link.content is None:
        # What was emptied is not there any more; what the gate said of it may still name somebody.
        return Shown(dict.fromkeys(CONTENT_FIELDS, ""), _covered_words(words, known, mark), False)
    content = {name: str(link.content[name]) for name in CONTENT_FIELDS}
    if link.entry["party"] in OTHER_PARTIES:
        hidden = {name: mark if content[name] else "" for name in ("to", "notes")}
        # Exchanges like to name a recording by the number that was called.
        hidden["recording_ref"] = cover_numbers(content["recording_ref"], known, mark, also=[content["to"]])
        return Shown({**content, **hidden}, _covered_words(words, known, mark), True)
    told = {name: cover(content[name], known, mark) for name in ("to", "notes")}
    told["recording_ref"] = cover_numbers(content["recording_ref"], known, mark)
    covered = _covered_words(words, known, mark)
    return Shown(told, covered, (told, covered) != (content, words))


def _plain_words(link: Link) -> dict[str, Any] | None:
    return None if link.words is None else {name: plain(link.words[name]) for name in DECISION_WORDS}


def _covered_words(words: dict[str, Any] | None, known: Known, mark: str) -> dict[str, Any] | None:
    return None if words is None else {name: _covered(value, known, mark) for name, value in words.items()}


def _covered(value: Any, known: Known, mark: str) -> Any:
    if isinstance(value, str):
        return cover(value, known, mark)
    if isinstance(value, dict):
        return {key: _covered(one, known, mark) for key, one in value.items()}
    if isinstance(value, list):
        return [_covered(one, known, mark) for one in value]
    return value


def line_of(link: Link, shown: Shown) -> bytes:
    """One entry as its line, with the line's end."""
    is_whole = link.content is not None and not shown.is_covered
    line = {
        "number": link.number,
        "previous_hash": link.previous,
        "entry": {name: plain(link.entry[name]) for name in ENTRY_FIELDS},
        "salt": link.salt if is_whole else None,
        "content": shown.content if is_whole else None,
        "words": shown.words if is_whole else None,
        "content_hash": link.content_hash,
        "decision": None if link.decision is None else {name: plain(link.decision[name]) for name in DECISION_FIELDS},
        "decision_hash": link.decision_hash,
        "entry_hash": link.hash,
        "shown": None if is_whole else {"content": shown.content, "words": shown.words},
    }
    return canonical(line) + b"\n"


def links_of(data: bytes) -> Iterator[Link]:
    """The entries of an exported log. LineFault for a line that is not as `line_of` writes it."""
    for place, text in enumerate(data.splitlines(keepends=True), start=1):
        try:
            line = json.loads(text)
            if set(line) != _KEYS or canonical(line) + b"\n" != text:
                raise LineFault(f"line {place} is not written as the log writes it")
            yield Link(
                name=f"entry {line['number']}",
                number=line["number"],
                previous=line["previous_hash"],
                hash=line["entry_hash"],
                entry=line["entry"],
                salt=line["salt"] or "",
                content=line["content"],
                content_hash=line["content_hash"],
                decision=line["decision"],
                words=line["words"],
                decision_hash=line["decision_hash"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise error if isinstance(error, LineFault) else LineFault(f"line {place} cannot be read") from error
