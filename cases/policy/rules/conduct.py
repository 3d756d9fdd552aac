"""How: heads at a visit, recordings, notices, and the duties that go with a contact."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from cases.policy.decision import Finding, Severity
from cases.policy.facts import Flag, PastContact, Purpose
from cases.policy.localtime import local_date
from cases.policy.reasons import REASONS
from cases.policy.request import Request

from .base import Rule
from .status import flag_stands


@dataclass(frozen=True)
class VisitHeads(Rule):
    """A visit takes at least `minimum` collectors."""

    minimum: int

    def find(self, ask: Request, at: datetime) -> Finding | None:
        count = ask.attempt.collectors
        return (
            Finding("too_few_collectors", {"minimum": self.minimum, "count": count}) if count < self.minimum else None
        )


@dataclass(frozen=True)
class Recording(Rule):
    """Calls are recorded. A pack that makes this a block refuses a dial without a recording reference."""

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if ask.attempt.recording_ref:
            return None
        return Finding("duty.record_call" if self.terms.severity is Severity.RECORD else "recording_missing")


def _first_heard(ask: Request, at: datetime) -> list[PastContact | None]:
    """The first communication about each debt of the attempt: what was said of one debt does not tell of another."""
    return [ask.history.first_heard(debt, at) for debt in ask.attempt.debts or (None,)]


@dataclass(frozen=True)
class Duty(Rule):
    """What must be said or done with a contact: always, or only at the first or later ones, or only under a flag."""

    reason: str
    when: Literal["always", "first", "later"] = "always"
    flag: Flag | None = None
    spared: frozenset[Purpose] = frozenset()

    def __post_init__(self) -> None:
        if self.reason not in REASONS:
            raise ValueError(f"no sentence has the code {self.reason!r}")

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if ask.attempt.purpose in self.spared or (self.flag and not flag_stands(ask, self.flag, at)):
            return None
        if self.when != "always" and (self.when == "first") != (None in _first_heard(ask, at)):
            return None
        return Finding(self.reason)


@dataclass(frozen=True)
class ValidationNotice(Rule):
    """The notice goes out in or within `days` days of the first contact; then the consumer may dispute (1006.34)."""

    days: int
    dispute_days: int
    receipt_business_days: int

    def find(self, ask: Request, at: datetime) -> Finding | None:
        sent = ask.validation_notice_sent_at
        if sent is None or sent > at:
            return Finding("validation_notice_due", {"days": self.days})
        sent_on = local_date(sent, ask.zones[0])
        end_on = dispute_period_end(sent_on, self.receipt_business_days, self.dispute_days)
        if local_date(at, ask.zones[0]) > end_on:
            return None
        return Finding("dispute_period", {"sent_on": sent_on.isoformat(), "end_on": end_on.isoformat()})


@dataclass(frozen=True)
class ValidationNoticeOverdue(Rule):
    """The case says that no validation notice was sent, and the time for it has passed."""

    days: int

    def find(self, ask: Request, at: datetime) -> Finding | None:
        heard = [contact.at for contact in _first_heard(ask, at) if contact is not None]
        if not heard or not flag_stands(ask, Flag.VALIDATION_NOTICE_MISSING, at):
            return None
        first_on = local_date(min(heard), ask.zones[0])
        if local_date(at, ask.zones[0]) <= first_on + timedelta(days=self.days):
            return None
        return Finding("validation_notice_overdue", {"first_on": first_on.isoformat(), "days": self.days})


def dispute_period_end(
    sent_on: date, receipt_business_days: int = 5, dispute_days: int = 30, holidays: Collection[date] = ()
) -> date:
    """The last day on which the consumer may dispute, from the day the notice was sent (1006.34(b)(5)).

    Receipt is assumed after that many business days: not Saturdays, Sundays, nor `holidays` (federal ones). Without
    the holidays the result is the earliest possible.
    """
    received = sent_on
    left = receipt_business_days
    while left:
        received += timedelta(days=1)
        if received.weekday() < 5 and received not in holidays:
            left -= 1
    return received + timedelta(days=dispute_days)
