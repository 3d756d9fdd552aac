"""What is known of the case: representation, cease demands, disputes, breathing space, death, holds, opt-outs, places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.policy.decision import Finding
from cases.policy.facts import Channel, Flag, Place, Purpose
from cases.policy.history import address_key
from cases.policy.localtime import ceil_minute, local_date, start_of_day
from cases.policy.request import Request

from .base import Rule


def flag_stands(ask: Request, flag: Flag, at: datetime) -> bool:
    """True if the flag is set and has not lapsed by `at`."""
    end = ask.flag_end(flag)
    return flag in ask.flags and (end is None or at < end)


@dataclass(frozen=True)
class FlagStop(Rule):
    """No contact while a flag stands, save for the purposes in `spared`.

    It ends when the caller said so; else after `days` days, the day since which it stands being the first; else
    `days_after_treatment` days after the day on which the treatment ended. Where nothing is told, nobody knows.
    """

    flag: Flag
    spared: frozenset[Purpose] = frozenset()
    days: int | None = None
    days_after_treatment: int | None = None

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if self.flag not in ask.flags or ask.attempt.purpose in self.spared:
            return None
        end = self._end(ask)
        if end is not None and at >= end:
            return None
        return Finding(f"flag.{self.flag}", until=None if end is None else ceil_minute(end))

    def _end(self, ask: Request) -> datetime | None:
        told, since, treated = ask.flag_end(self.flag), ask.flag_begin(self.flag), ask.treatment_ended_at
        if told is not None:
            return told
        if self.days is not None and since is not None:
            return _days_later(ask, since, self.days)
        if self.days_after_treatment is not None and treated is not None:
            return _days_later(ask, treated, self.days_after_treatment + 1)
        return None


def _days_later(ask: Request, day: datetime, days: int) -> datetime:
    """The start of the day that many days later, in the zone where that comes last."""
    return max(start_of_day(local_date(day, zone) + timedelta(days=days), zone) for zone in ask.zones)


_CONFIRMING = (Channel.SMS, Channel.EMAIL)


@dataclass(frozen=True)
class OptedOut(Rule):
    """No more by a channel, to an address, or both, as the borrower asked; `confirmations` of the opt-out may follow."""

    confirmations: int = 0

    def find(self, ask: Request, at: datetime) -> Finding | None:
        attempt = ask.attempt
        address = address_key(attempt.to)
        for opt_out in ask.opt_outs:
            if opt_out.channel not in (None, attempt.channel) or (opt_out.to and address_key(opt_out.to) != address):
                continue
            # A message may confirm; a call or a visit would be what was asked to stop.
            confirms = attempt.purpose is Purpose.OPT_OUT_CONFIRMATION and attempt.channel in _CONFIRMING
            if confirms and ask.history.opt_out_confirmations(attempt.to, at) < self.confirmations:
                continue
            if opt_out.channel is None:
                return Finding("opted_out_any")
            code = "opted_out_address" if opt_out.to else "opted_out_channel"
            return Finding(code, {"channel": str(attempt.channel)})
        return None


@dataclass(frozen=True)
class Workplace(Rule):
    """Not at work where the employer or the borrower forbids it."""

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if ask.attempt.place is Place.WORKPLACE and flag_stands(ask, Flag.WORKPLACE_PROHIBITED, at):
            end = ask.flag_end(Flag.WORKPLACE_PROHIBITED)
            return Finding("workplace", until=None if end is None else ceil_minute(end))
        return None


@dataclass(frozen=True)
class WorkplaceUnknown(Rule):
    """Contact at work is forbidden and nobody said what place this address belongs to."""

    def find(self, ask: Request, at: datetime) -> Finding | None:
        unknown = ask.attempt.place is None and flag_stands(ask, Flag.WORKPLACE_PROHIBITED, at)
        return Finding("workplace_unknown") if unknown else None


@dataclass(frozen=True)
class InconvenientPlace(Rule):
    """Not at a place that the borrower called inconvenient."""

    def find(self, ask: Request, at: datetime) -> Finding | None:
        return Finding("place_inconvenient") if ask.attempt.place in ask.inconvenient_places else None


@dataclass(frozen=True)
class TimeBarred(Rule):
    """No suit, nor the threat of one, on a debt that is time-barred."""

    def find(self, ask: Request, at: datetime) -> Finding | None:
        barred = flag_stands(ask, Flag.TIME_BARRED, at) and ask.attempt.purpose is Purpose.LEGAL_ACTION
        return Finding("time_barred_suit") if barred else None
