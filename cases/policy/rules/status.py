"""What is known of the case: representation, cease demands, disputes, breathing space, death, holds, opt-outs, places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cases.policy.decision import Finding
from cases.policy.facts import Flag, Place, Purpose
from cases.policy.history import address_key
from cases.policy.localtime import ceil_minute
from cases.policy.request import Request

from .base import Rule


def flag_stands(ask: Request, flag: Flag, at: datetime) -> bool:
    """True if the flag is set and has not lapsed by `at`."""
    end = ask.flag_end(flag)
    return flag in ask.flags and (end is None or at < end)


@dataclass(frozen=True)
class FlagStop(Rule):
    """No contact while a flag stands, save for the purposes in `spared`. Known to end only if the caller told when."""

    flag: Flag
    spared: frozenset[Purpose] = frozenset()

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if not flag_stands(ask, self.flag, at) or ask.attempt.purpose in self.spared:
            return None
        end = ask.flag_end(self.flag)
        return Finding(f"flag.{self.flag}", until=None if end is None else ceil_minute(end))


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
            confirms = attempt.purpose is Purpose.OPT_OUT_CONFIRMATION
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
