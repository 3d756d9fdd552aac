"""The hashes of the contact log: each entry takes in the one before it, so that none can be changed, left out or moved.

Pure functions on plain values, the same for a row of the database and for a line of an exported log. An entry has two
parts. What was said and to whom (`content`) goes in as a salted hash of its own: it may be emptied when the law asks for
it, or masked in a copy, and the chain still holds; nobody can guess a telephone number back out of the hash, because the
salt goes with the content. Everything else goes in as it stands, the gate's decision among it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What is written into every hash: a later way of hashing gets the next number, and old entries keep theirs.
SCHEME = 1
# The hash before the first entry.
START = ""

# The columns of an entry that are hashed as they stand. `contact_point` is the number that the contact point had: the
# point itself may go.
ENTRY_FIELDS = (
    "borrower", "person_key", "case", "loans", "contact_point", "at", "channel", "direction", "party", "outcome",
    "gate_outcome", "nonpayment_reason", "next_action", "next_action_on", "decision", "is_breach", "actor", "recorded_at",
)  # fmt: skip
CONTENT_FIELDS = ("to", "notes", "recording_ref")
DECISION_FIELDS = (
    "id", "borrower", "case", "contact_point", "moment", "at", "channel", "party", "allowed", "rule", "source",
    "reason_code", "next_allowed_at", "overridable", "pack", "pack_version", "override_by", "created_at",
)  # fmt: skip
# The decision's own words may quote a person: they belong to the content.
DECISION_WORDS = ("reason", "reason_params", "warnings", "override_reason")


def plain(value: Any) -> Any:
    """A value as JSON has it: an instant in UTC to the microsecond, a date in ISO 8601. ValueError for a naive time."""
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def canonical(value: Any) -> bytes:
    """The one way in which a value is written before it is hashed: JSON in UTF-8, keys in order, no blanks."""
    text = json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def content_hash(salt: str, content: Mapping[str, Any], words: Mapping[str, Any] | None) -> str:
    """Of what an entry tells about people: `content` has CONTENT_FIELDS, `words` DECISION_WORDS (None: no decision)."""
    return digest(
        {
            "scheme": SCHEME,
            "salt": salt,
            "content": {name: content[name] for name in CONTENT_FIELDS},
            "words": None if words is None else {name: words[name] for name in DECISION_WORDS},
        }
    )


def decision_hash(decision: Mapping[str, Any] | None) -> str:
    """Of the gate's decision without its words; "" where there was none."""
    if decision is None:
        return ""
    return digest({"scheme": SCHEME, "decision": {name: decision[name] for name in DECISION_FIELDS}})


def entry_hash(*, number: int, previous: str, entry: Mapping[str, Any], content: str, decision: str) -> str:
    """Of a whole entry: its place, the hash before it, its columns, and the hashes of its content and decision."""
    return digest(
        {
            "scheme": SCHEME,
            "number": number,
            "previous": previous,
            "entry": {name: entry[name] for name in ENTRY_FIELDS},
            "content": content,
            "decision": decision,
        }
    )


def heads_hash(heads: Iterable[tuple[int, int, str]]) -> str:
    """Of the ends of many chains, (borrower, length, hash) in the order of the borrowers' numbers."""
    running = hashlib.sha256(f"scheme {SCHEME}\n".encode())
    for borrower, length, end in heads:
        running.update(f"{borrower} {length} {end}\n".encode())
    return running.hexdigest()


def seal_hash(
    *,
    creditor: int,
    number: int,
    on: dt.date,
    chains: int,
    entries: int,
    heads: str,
    previous: str,
    sealed_at: dt.datetime,
) -> str:
    """Of one day's seal, which takes in the one before it."""
    return digest(
        {
            "scheme": SCHEME,
            "creditor": creditor,
            "number": number,
            "on": on,
            "chains": chains,
            "entries": entries,
            "heads": heads,
            "previous": previous,
            "sealed_at": sealed_at,
        }
    )


# --- Following a chain ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """One entry with all that its hashes are made from. `content` is None where it was emptied or is withheld: its hash
    is then taken as it stands. `name` is how a fault calls the entry; `decision` None where there was none."""

    name: str
    number: int
    previous: str
    hash: str
    entry: Mapping[str, Any]
    salt: str
    content: Mapping[str, Any] | None
    content_hash: str
    decision: Mapping[str, Any] | None
    words: Mapping[str, Any] | None
    decision_hash: str


@dataclass(frozen=True, slots=True)
class LinkFault:
    """The first thing that does not fit in a chain: at which place, what (a code), and in English words."""

    number: int
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class End:
    """Where a chain ends: how many entries, and the hash of the last."""

    length: int
    hash: str


def follow(links: Iterable[Link]) -> End | LinkFault:
    """The end of the chain, or the first entry that was changed, is missing, or stands where it does not belong."""
    length, previous = 0, START
    for link in links:
        wanted = length + 1
        if link.number > wanted:
            return LinkFault(wanted, "missing", f"entry {wanted} is missing: {link.name} follows entry {length}")
        if link.number < wanted:
            return LinkFault(link.number, "twice", f"{link.name} stands in a place that is taken already")
        fault = link_fault(link)
        if fault is not None:
            return fault
        if link.previous != previous:
            return LinkFault(wanted, "order", f"{link.name} does not follow the entry before it")
        length, previous = wanted, link.hash
    return End(length, previous)


def link_fault(link: Link) -> LinkFault | None:
    """What of one entry does not give its hashes, looked at for itself."""
    if link.content is not None and content_hash(link.salt, link.content, link.words) != link.content_hash:
        return LinkFault(
            link.number, "content", f"{link.name}: what was said, to whom, or the gate's words were changed"
        )
    if decision_hash(link.decision) != link.decision_hash:
        return LinkFault(link.number, "decision", f"{link.name}: the gate's decision was changed")
    own = entry_hash(
        number=link.number,
        previous=link.previous,
        entry=link.entry,
        content=link.content_hash,
        decision=link.decision_hash,
    )
    if own != link.hash:
        return LinkFault(link.number, "entry", f"{link.name} was changed")
    return None


def end_fault(end: End, *, length: int, hash: str) -> LinkFault | None:
    """What of the end of a chain is not as it was noted beside it."""
    if end.length < length:
        return LinkFault(end.length + 1, "cut", f"entry {end.length + 1} is missing: {length} were written")
    if end.length > length or end.hash != hash:
        return LinkFault(end.length, "head", f"the head of the chain does not name entry {end.length} as the last")
    return None
