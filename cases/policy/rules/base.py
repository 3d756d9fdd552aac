"""What all rules share: the terms under which a rule stands in a pack, and the one question it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import ConfigDict

from cases.policy.decision import Finding, Severity
from cases.policy.facts import Channel, Party, Role
from cases.policy.request import Request


@dataclass(frozen=True)
class Terms:
    """A rule's standing: what it does, whom and what it concerns, and where it comes from.

    `grade` is P (primary text read), S (secondary source) or M (general knowledge). `effective_on` is told, not
    tested: an older contact is held to the same rule. `severity_by_role` replaces `severity` for the roles it names.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    code: str
    title: str
    severity: Severity
    source: str
    grade: Literal["P", "S", "M"]
    effective_on: date
    overridable: bool = False
    enabled: bool = True
    roles: frozenset[Role] = frozenset(Role)
    channels: frozenset[Channel] = frozenset(Channel)
    parties: frozenset[Party] = frozenset(Party)
    severity_by_role: dict[Role, Severity] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One rule with its figures. Subclasses are the kinds of rule; the pack makes one object per row of the law."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    terms: Terms

    def find(self, ask: Request, at: datetime) -> Finding | None:
        """What stands against the attempt if it were made at `at` (UTC), or None. Asks only what `terms` concern."""
        raise NotImplementedError

    @property
    def lookback_days(self) -> int:
        """How many days before the attempt this rule counts contacts."""
        return 0
