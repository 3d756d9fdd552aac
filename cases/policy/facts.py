"""What the contact gate is told: frozen values, no ORM.

Every instant is an aware datetime and is kept as UTC: two datetimes of the same zone compare by their wall time in
Python, which is wrong in the night the clocks go back. Enumerations have the values of the `contact` calculator.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from borrowers.errors import InputError, gettext_noop


class Channel(StrEnum):
    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"
    POST = "post"
    VISIT = "visit"


class Party(StrEnum):
    """Who is at the other end, as far as is known before the attempt."""

    DEBTOR = "debtor"
    GUARANTOR = "guarantor"
    CONTACT_PERSON = "contact_person"
    OTHER = "other"


class Direction(StrEnum):
    OUT = "out"
    IN = "in"


class Outcome(StrEnum):
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    NOT_IN_SERVICE = "not_in_service"
    VOICEMAIL_LEFT = "voicemail_left"
    VOICEMAIL_NOT_LEFT = "voicemail_not_left"
    DROPPED = "dropped"
    CONVERSATION = "conversation"
    WRONG_NUMBER = "wrong_number"
    REFUSED = "refused"
    MESSAGE_RELAYED = "message_relayed"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


class Role(StrEnum):
    """For whom the caller speaks: its own debt, a debt bought or in default, or another's debt."""

    CREDITOR = "creditor"
    DEBT_COLLECTOR = "debt_collector"
    AGENCY = "agency"


class ConsentKind(StrEnum):
    CALL = "call"
    TEXT = "text"
    EMAIL = "email"
    NIGHT = "night"


class Purpose(StrEnum):
    """What the attempt is for. Left out, it is collection."""

    COLLECTION = "collection"
    LOCATE = "locate"
    RELAY = "relay"
    NOTICE = "notice"
    VERIFICATION = "verification"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"
    REPRESENTATIVE = "representative"
    LEGAL_ACTION = "legal_action"


class Place(StrEnum):
    HOME = "home"
    WORKPLACE = "workplace"
    OTHER = "other"


class Flag(StrEnum):
    """What is known of the case. Each pack says what follows from each."""

    ATTORNEY = "attorney"
    REPRESENTED = "represented"
    CEASE = "cease"
    DISPUTE_OPEN = "dispute_open"
    COMPLAINT_OPEN = "complaint_open"
    BREATHING_SPACE = "breathing_space"
    MENTAL_HEALTH_CRISIS = "mental_health_crisis"
    DEBT_ADVISER = "debt_adviser"
    DECEASED = "deceased"
    INCAPABLE = "incapable"
    BANKRUPT = "bankrupt"
    MINOR = "minor"
    HOLD = "hold"
    ARRANGEMENT_KEPT = "arrangement_kept"
    WORKPLACE_PROHIBITED = "workplace_prohibited"
    TIME_BARRED = "time_barred"
    VULNERABLE = "vulnerable"
    AGENCY_UNLISTED = "agency_unlisted"
    AGENCY_EXPIRED = "agency_expired"
    OUTSOURCING_NOTICE_MISSING = "outsourcing_notice_missing"
    VALIDATION_NOTICE_MISSING = "validation_notice_missing"


_E = TypeVar("_E", bound=StrEnum)


def one_of(kind: type[_E], value: object, where: str) -> _E:
    """The member of `kind` that `value` names; InputError lists those that are known."""
    if isinstance(value, kind):
        return value
    try:
        return kind(str(value))
    except ValueError:
        known = ", ".join(kind)
        message = gettext_noop("%(value)r is not known; use one of: %(known)s")
        raise InputError(where, message, value=value, known=known) from None


# Room to count days back and forth from every instant: a calendar ends at the years 1 and 9999.
FIRST_YEAR, LAST_YEAR = 1900, 9990


def instant(value: datetime, where: str) -> datetime:
    """The same instant in UTC; a time without its offset is refused, since nobody can say when it is."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise InputError(where, gettext_noop("the time is out of range"))
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None or value.utcoffset() is None:
        raise InputError(where, gettext_noop("a time needs its offset from UTC, as in 2026-11-23T09:30:00+08:00"))
    return value.astimezone(UTC)


@cache
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = gettext_noop("%(value)r is not an IANA time zone, as in Asia/Shanghai")
        raise InputError("time_zones", message, value=name) from None


def settle(target: object, name: str, value: object) -> None:
    """Keep the checked form of a field of a frozen value while it is being made."""
    object.__setattr__(target, name, value)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One contact that somebody wants to make. `debts` are loan references; `collectors` counts heads of a visit."""

    at: datetime
    channel: Channel
    to: str = ""
    party: Party = Party.DEBTOR
    debts: tuple[str, ...] = ()
    collectors: int = 1
    purpose: Purpose | None = None
    place: Place | None = None
    recording_ref: str = ""

    def __post_init__(self) -> None:
        settle(self, "at", instant(self.at, "attempt.at"))
        settle(self, "channel", one_of(Channel, self.channel, "attempt.channel"))
        settle(self, "party", one_of(Party, self.party, "attempt.party"))
        settle(self, "debts", tuple(self.debts))
        if self.collectors < 1:
            raise InputError("attempt.collectors", gettext_noop("at least one collector makes the attempt"))
        if self.purpose is not None:
            settle(self, "purpose", one_of(Purpose, self.purpose, "attempt.purpose"))
        if self.place is not None:
            settle(self, "place", one_of(Place, self.place, "attempt.place"))


@dataclass(frozen=True, slots=True)
class PastContact:
    """One contact that took place, either way. `debts` empty: about every debt of the person."""

    at: datetime
    channel: Channel
    direction: Direction
    to: str
    party: Party
    outcome: Outcome
    debts: tuple[str, ...] = ()
    purpose: Purpose | None = None

    def __post_init__(self) -> None:
        settle(self, "at", instant(self.at, "history.at"))
        settle(self, "channel", one_of(Channel, self.channel, "history.channel"))
        settle(self, "direction", one_of(Direction, self.direction, "history.direction"))
        settle(self, "party", one_of(Party, self.party, "history.party"))
        settle(self, "outcome", one_of(Outcome, self.outcome, "history.outcome"))
        settle(self, "debts", tuple(self.debts))
        if self.purpose is not None:
            settle(self, "purpose", one_of(Purpose, self.purpose, "history.purpose"))


@dataclass(frozen=True, slots=True)
class Consent:
    """What the borrower agreed to, when, and for which debts (none named: all)."""

    kind: ConsentKind
    at: datetime
    debts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        settle(self, "kind", one_of(ConsentKind, self.kind, "consents.kind"))
        settle(self, "at", instant(self.at, "consents.at"))
        settle(self, "debts", tuple(self.debts))

    def covers(self, debts: Iterable[str]) -> bool:
        """True if the consent was given for every one of `debts`; an attempt about unnamed debts needs a general one."""
        if not self.debts:
            return True
        wanted = set(debts)
        return bool(wanted) and wanted <= set(self.debts)


@dataclass(frozen=True, slots=True)
class OptOut:
    """No more by this channel to this address. `channel` None: any channel; `to` empty: any address."""

    channel: Channel | None
    to: str = ""

    def __post_init__(self) -> None:
        if self.channel is not None:
            settle(self, "channel", one_of(Channel, self.channel, "opt_outs.channel"))
        if self.channel is None and not self.to:
            raise InputError("opt_outs", gettext_noop("name a channel, an address, or both"))


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """A time that the borrower called inconvenient, in the borrower's wall-clock time.

    `days` are 0 = Monday to 6 = Sunday, the day on which the window starts. `end` not after `start` runs past
    midnight; equal ones are the whole day. With `outside` all of those days *except* start to end is inconvenient.
    """

    days: frozenset[int]
    start: time
    end: time
    outside: bool = False
    words: str = ""

    def __post_init__(self) -> None:
        settle(self, "days", frozenset(self.days))
        if not self.days or not self.days <= frozenset(range(7)):
            raise InputError("inconvenient.days", gettext_noop("name at least one day of the week, mon to sun"))
        if self.outside and self.end <= self.start:
            raise InputError(
                "inconvenient.end", gettext_noop("a time that is convenient must end after it starts, on the same day")
            )
