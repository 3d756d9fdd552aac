"""With whom: the debtor, and others only as far as the law allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cases.policy.decision import Finding
from cases.policy.facts import Flag, Outcome, Purpose
from cases.policy.history import Track, address_key
from cases.policy.localtime import local_date
from cases.policy.request import Request

from .base import Rule
from .status import flag_stands

INVALID = frozenset({Outcome.NOT_IN_SERVICE, Outcome.WRONG_NUMBER})
FAILED = INVALID | frozenset(
    {
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.VOICEMAIL_LEFT,
        Outcome.VOICEMAIL_NOT_LEFT,
        Outcome.DROPPED,
        Outcome.FAILED,
    }
)


_CANNOT_ANSWER = (Flag.DECEASED, Flag.INCAPABLE)


@dataclass(frozen=True)
class Outsider(Rule):
    """Nobody who owes nothing and is not named in the file. The borrower's lawyer, executor or guardian is no outsider."""

    def find(self, ask: Request, at: datetime) -> Finding | None:
        return None if ask.attempt.purpose is Purpose.REPRESENTATIVE else Finding("outsider")


def is_unreachable(ask: Request, at: datetime, failures: int) -> bool:
    """True if every known number of the debtor is invalid or failed `failures` times in a row, by `at`.

    The caller's own finding goes before the computed one. A number known but never called is a way still open, and
    after a call or message by the debtor, or a visit that met the debtor, the count begins anew.
    """
    if ask.debtor_unreachable is not None:
        return ask.debtor_unreachable
    tried = {number: track for number, track in ask.history.debtor_calls().items() if track.count(at)}
    if not tried or any(address_key(number) not in tried for number in ask.debtor_numbers):
        return False
    heard = ask.history.last_from_debtor(at)
    heard_at = heard.at if heard else None
    if heard_at is not None and all(track.newest_at(at) <= heard_at for track in tried.values()):
        return False
    return all(_is_dead(track, at, heard_at, failures) for track in tried.values())


def _is_dead(track: Track, at: datetime, heard_at: datetime | None, failures: int) -> bool:
    for failed, contact in enumerate(track.newest(at), start=1):
        if failed == 1 and contact.outcome in INVALID:
            return True
        if contact.outcome not in FAILED or (heard_at is not None and contact.at <= heard_at):
            return False
        if failed >= failures:
            return True
    return False


@dataclass(frozen=True)
class OnlyIfUnreachable(Rule):
    """A contact person only if the debtor is unreachable, dead or incapable."""

    failures: int

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if any(flag_stands(ask, flag, at) for flag in _CANNOT_ANSWER) or is_unreachable(ask, at, self.failures):
            return None
        return Finding("debtor_reachable")


@dataclass(frozen=True)
class StopWhenRefused(Rule):
    """A contact person who refused once is left alone for good."""

    def find(self, ask: Request, at: datetime) -> Finding | None:
        return Finding("contact_person_refused") if ask.history.last_refusal(ask.attempt.to, at) else None


@dataclass(frozen=True)
class ThirdPartyPurpose(Rule):
    """A third party only for contact details or to pass on a message. A purpose that was not told is not judged."""

    allowed: frozenset[Purpose]

    def find(self, ask: Request, at: datetime) -> Finding | None:
        purpose = ask.attempt.purpose
        return None if purpose is None or purpose in self.allowed else Finding("contact_person_purpose")


@dataclass(frozen=True)
class ThirdPartyOnce(Rule):
    """Each third party once. An unanswered call did not reach anyone and is no contact. (1006.10(b)(3))"""

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if ask.attempt.purpose is Purpose.REPRESENTATIVE:
            return None
        spoken = ask.history.last_spoken(ask.attempt.to, at)
        if spoken is None:
            return None
        return Finding("third_party_again", {"spoken_on": local_date(spoken.at, ask.zones[0]).isoformat()})


@dataclass(frozen=True)
class WrongNumber(Rule):
    """A number that proved not to be the person's reaches somebody else."""

    def find(self, ask: Request, at: datetime) -> Finding | None:
        return Finding("wrong_number") if ask.history.is_wrong(ask.attempt.party, ask.attempt.to, at) else None
