"""The `contact` calculator of contracts.md 3: JSON in, JSON out, and nothing between but the gate itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from borrowers.calculators import input_error_from
from borrowers.errors import InputError, gettext_noop
from borrowers.money import shown

from .decision import Decision
from .engine import decide
from .facts import (
    Attempt,
    Channel,
    Consent,
    ConsentKind,
    Direction,
    Flag,
    OptOut,
    Outcome,
    Party,
    PastContact,
    Place,
    Purpose,
    Role,
    TimeWindow,
    instant,
    one_of,
    zone,
)
from .history import History
from .pack import load_pack
from .request import Request

_TIME = gettext_noop("%(value)s is not a time with its offset, as in 2026-11-23T09:30:00+08:00")
_UNKNOWN_KEY = gettext_noop("is not a known key")
_CLOCK = gettext_noop("%(value)s is not a time of day, as in 15:00")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_E = TypeVar("_E", bound=StrEnum)


def _member(kind: type[_E]) -> Callable[[object], _E]:
    return lambda value: one_of(kind, value, "")


def _to_instant(value: object) -> datetime:
    if not isinstance(value, str) or len(value) <= len("2026-11-23"):
        raise InputError("", _TIME, value=shown(str(value)))
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise InputError("", _TIME, value=shown(value)) from None
    return instant(at, "")


def _to_clock(value: object) -> time:
    # 24:00 is how people write the end of a day.
    try:
        if (
            isinstance(value, str)
            and (clock := time.fromisoformat("00:00" if value == "24:00" else value)).tzinfo is None
        ):
            return clock
    except ValueError:
        pass
    raise InputError("", _CLOCK, value=shown(str(value)))


def _to_day(value: object) -> int:
    if isinstance(value, str) and value in _DAYS:
        return _DAYS.index(value)
    message = gettext_noop("%(value)r is not known; use one of: %(known)s")
    raise InputError("", message, value=value, known=", ".join(_DAYS))


_Instant = Annotated[datetime, BeforeValidator(_to_instant)]
_Clock = Annotated[time, BeforeValidator(_to_clock)]
_Day = Annotated[int, BeforeValidator(_to_day)]
_Channel = Annotated[Channel, BeforeValidator(_member(Channel))]
_Party = Annotated[Party, BeforeValidator(_member(Party))]
_Purpose = Annotated[Purpose, BeforeValidator(_member(Purpose))]
_Place = Annotated[Place, BeforeValidator(_member(Place))]
_Flag = Annotated[Flag, BeforeValidator(_member(Flag))]


class _Strict(BaseModel):
    """A misspelt key must not be a rule that is not asked."""

    model_config = ConfigDict(extra="forbid")


class _Attempt(_Strict):
    at: _Instant
    channel: _Channel
    to: str = ""
    party: _Party
    debts: tuple[str, ...] = ()
    collectors: Annotated[StrictInt, Field(ge=1)] = 1
    purpose: _Purpose | None = None
    place: _Place | None = None
    recording_ref: str = ""


class _PastContact(BaseModel):
    """Keys of the caller's own (who called, for which creditor) may stand beside these: everyone's contacts count."""

    at: _Instant
    channel: _Channel
    direction: Annotated[Direction, BeforeValidator(_member(Direction))] = Direction.OUT
    to: str = ""
    party: _Party = Party.DEBTOR
    outcome: Annotated[Outcome, BeforeValidator(_member(Outcome))]
    debts: tuple[str, ...] = ()
    purpose: _Purpose | None = None


class _Consent(_Strict):
    kind: Annotated[ConsentKind, BeforeValidator(_member(ConsentKind))]
    at: _Instant
    debts: tuple[str, ...] = ()


class _OptOut(_Strict):
    channel: _Channel | None = None
    to: str | None = None


class _TimeWindow(_Strict):
    days: frozenset[_Day]
    start: _Clock
    end: _Clock
    outside: StrictBool = False
    words: str = ""


class _Input(_Strict):
    pack: str
    role: Annotated[Role, BeforeValidator(_member(Role))] = Role.DEBT_COLLECTOR
    time_zones: tuple[str, ...]
    attempt: _Attempt
    history: list[_PastContact] = []
    consents: list[_Consent] = []
    flags: frozenset[_Flag] = frozenset()
    opt_outs: list[_OptOut] = []

    inconvenient: list[_TimeWindow] = []
    inconvenient_places: frozenset[_Place] = frozenset()
    flag_ends: dict[_Flag, _Instant] = {}
    flag_since: dict[_Flag, _Instant] = {}
    treatment_ended_at: _Instant | None = None
    debtor_numbers: tuple[str, ...] = ()
    debtor_unreachable: StrictBool | None = None
    number_checked_at: _Instant | None = None
    email_notice_sent_at: _Instant | None = None
    validation_notice_sent_at: _Instant | None = None

    def to_request(self) -> Request:
        return Request(
            attempt=Attempt(**dict(self.attempt)),
            time_zones=self.time_zones,
            role=self.role,
            history=History.of(PastContact(**dict(contact)) for contact in self.history),
            consents=tuple(Consent(c.kind, c.at, c.debts) for c in self.consents),
            flags=self.flags,
            opt_outs=tuple(OptOut(given.channel, given.to or "") for given in self.opt_outs),
            inconvenient=tuple(TimeWindow(w.days, w.start, w.end, w.outside, w.words) for w in self.inconvenient),
            inconvenient_places=self.inconvenient_places,
            flag_ends=tuple(self.flag_ends.items()),
            flag_since=tuple(self.flag_since.items()),
            treatment_ended_at=self.treatment_ended_at,
            debtor_numbers=self.debtor_numbers,
            debtor_unreachable=self.debtor_unreachable,
            number_checked_at=self.number_checked_at,
            email_notice_sent_at=self.email_notice_sent_at,
            validation_notice_sent_at=self.validation_notice_sent_at,
        )


def contact(data: dict[str, Any]) -> dict[str, Any]:
    """Whether one contact may be made: {"pack", "role", "time_zones", "attempt", "history", "consents", "flags",
    "opt_outs"} → {"allowed", "rule", "source", "reason", "next_allowed_at", "warnings"}.

    Optional keys beyond the contract are those of `Request` and `Attempt`; days of the week are mon to sun. Without a
    role the strictest, debt_collector, is taken. When allowed, rule, source, reason and next_allowed_at are null;
    next_allowed_at is given in the person's (first) time zone.
    """
    request, decision = judge_scenario(data)
    later = decision.next_allowed_at
    return {
        "allowed": decision.allowed,
        "rule": decision.rule or None,
        "source": decision.source or None,
        "reason": decision.reason or None,
        "next_allowed_at": later.astimezone(zone(request.time_zones[0])).isoformat() if later else None,
        "warnings": [{"rule": w.rule, "source": w.source, "reason": w.reason} for w in decision.warnings],
    }


def judge_scenario(data: dict[str, Any]) -> tuple[Request, Decision]:
    """The question that the JSON object asks, and the whole decision with each rule's verdict. InputError as above."""
    try:
        given = _Input.model_validate(data)
    except ValidationError as refusal:
        first = refusal.errors(include_url=False)[0]
        message = _UNKNOWN_KEY if first["type"] == "extra_forbidden" else first["msg"]
        raise input_error_from(first["loc"], first["type"], message, first.get("ctx")) from refusal
    pack = load_pack(given.pack)
    request = given.to_request()
    return request, decide(pack, request)
