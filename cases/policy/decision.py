"""What the gate answers: one decision, and each rule's verdict for whoever has to explain it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

Params = dict[str, str | int]


class Severity(StrEnum):
    """What a rule does when it finds something: stop the contact, warn, or tell what must be said, done or kept."""

    BLOCK = "block"
    WARN = "warn"
    RECORD = "record"


class Status(StrEnum):
    PASS = "pass"
    BLOCK = "block"
    WARN = "warn"
    RECORD = "record"
    NOT_BINDING = "not_binding"
    NOT_APPLICABLE = "not_applicable"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found at one instant.

    `reason_code` names the sentence in reasons.REASONS, `params` fills it. `until` is the first whole minute at which
    this rule alone finds nothing more, as far as it can know; None if time alone does not heal it.
    """

    reason_code: str
    params: Params = field(default_factory=dict)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule of the pack on one attempt. `reason` is the English sentence, empty where the rule has nothing to say."""

    rule: str
    title: str
    status: Status
    severity: Severity
    source: str
    grade: str
    effective_on: date
    overridable: bool
    reason_code: str = ""
    reason_params: Params = field(default_factory=dict)
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """May this contact be made now, and if not, why and from when.

    `next_allowed_at` is a whole minute in UTC at which the same attempt with the same history is allowed, the first
    such minute; None when it is allowed now, or when time alone never allows it.
    `overridable` is True when a supervisor may override every rule that refuses.
    """

    allowed: bool
    rule: str
    source: str
    reason_code: str
    reason_params: Params
    reason: str
    next_allowed_at: datetime | None
    overridable: bool
    warnings: tuple[Verdict, ...]
    duties: tuple[Verdict, ...]
    verdicts: tuple[Verdict, ...]
    pack: str
    pack_version: str
