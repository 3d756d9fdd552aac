"""The whole question put to the contact gate: one attempt and all that is known around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from borrowers.errors import InputError, gettext_noop

from .facts import (
    LAST_YEAR,
    Attempt,
    Consent,
    ConsentKind,
    Flag,
    OptOut,
    Place,
    Role,
    TimeWindow,
    instant,
    one_of,
    settle,
    zone,
)
from .history import History


@dataclass(frozen=True, slots=True)
class Request:
    """All that a decision is taken from. The last group may be left out; then nothing is concluded from it."""

    attempt: Attempt
    time_zones: tuple[str, ...]
    role: Role = Role.DEBT_COLLECTOR
    history: History = field(default_factory=History.empty)
    consents: tuple[Consent, ...] = ()
    flags: frozenset[Flag] = frozenset()
    opt_outs: tuple[OptOut, ...] = ()

    inconvenient: tuple[TimeWindow, ...] = ()
    inconvenient_places: frozenset[Place] = frozenset()
    flag_ends: tuple[tuple[Flag, datetime], ...] = ()
    flag_since: tuple[tuple[Flag, datetime], ...] = ()
    treatment_ended_at: datetime | None = None
    debtor_numbers: tuple[str, ...] = ()
    debtor_unreachable: bool | None = None
    number_checked_at: datetime | None = None
    email_notice_sent_at: datetime | None = None
    validation_notice_sent_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.time_zones:
            raise InputError("time_zones", gettext_noop("name at least one zone in which the person may be"))
        # Two names for one zone, or one name twice, cost time and change nothing.
        settle(self, "time_zones", tuple(dict.fromkeys(self.time_zones)))
        for name in self.time_zones:
            zone(name)
        settle(self, "role", one_of(Role, self.role, "role"))
        settle(self, "flags", frozenset(one_of(Flag, flag, "flags") for flag in self.flags))
        places = frozenset(one_of(Place, place, "inconvenient_places") for place in self.inconvenient_places)
        settle(self, "inconvenient_places", places)
        # The year 9999 is how people write "for good".
        known = ((flag, end) for flag, end in self.flag_ends if end.year <= LAST_YEAR)
        ends = tuple((one_of(Flag, flag, "flag_ends"), instant(end, "flag_ends")) for flag, end in known)
        settle(self, "flag_ends", ends)
        begins = tuple((one_of(Flag, flag, "flag_since"), instant(at, "flag_since")) for flag, at in self.flag_since)
        settle(self, "flag_since", begins)
        for name in ("treatment_ended_at", "number_checked_at", "email_notice_sent_at", "validation_notice_sent_at"):
            value = getattr(self, name)
            if value is not None:
                settle(self, name, instant(value, name))

    @property
    def zones(self) -> tuple[ZoneInfo, ...]:
        return tuple(zone(name) for name in self.time_zones)

    def consent(self, kind: ConsentKind | None, at: datetime) -> Consent | None:
        """The latest consent of that kind given by `at` for all debts of the attempt; None if there is none."""
        given = [c for c in self.consents if c.kind is kind and c.at <= at and c.covers(self.attempt.debts)]
        return max(given, key=lambda consent: consent.at, default=None)

    def flag_end(self, flag: Flag) -> datetime | None:
        """When that flag lapses by itself (the latest end told), or None if nobody said."""
        return max((end for told, end in self.flag_ends if told is flag), default=None)

    def flag_begin(self, flag: Flag) -> datetime | None:
        """Since when that flag stands (the latest told, which ends last), or None if nobody said."""
        return max((since for told, since in self.flag_since if told is flag), default=None)
