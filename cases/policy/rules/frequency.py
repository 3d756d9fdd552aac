"""How often: calls a day, attempts on one number, calls per debt, the days after a conversation.

All contacts of the person count, whoever made them: the caller passes those of every creditor, agency and collector of
the installation. Days are calendar days on the person's own clock; with several possible zones the strictest counts.
Under Regulation F a call to a number that by now proved not to be the person's is not counted for that person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cases.policy.decision import Finding, Params
from cases.policy.facts import Channel, ConsentKind, Direction, Outcome, PastContact
from cases.policy.history import address_key
from cases.policy.localtime import DAY, local_date, start_of_day
from cases.policy.request import Request

from .base import Rule


def calls_out(ask: Request, start: datetime, at: datetime) -> Iterator[PastContact]:
    """Calls made to the same party of the case after `start` and by `at`, oldest first."""
    for contact in ask.history.since(start, at):
        if (
            contact.channel is Channel.PHONE
            and contact.direction is Direction.OUT
            and contact.party is ask.attempt.party
        ):
            yield contact


@dataclass(frozen=True)
class ConnectedCalls(Rule):
    """At most `limit` answered calls a day to one person, calls by machine included.

    Counted are calls that we made; a call that the borrower makes is the borrower's own wish. Debtor, guarantor and
    contact person are different persons, each with a count of their own.
    """

    limit: int
    answered: frozenset[Outcome]

    @property
    def lookback_days(self) -> int:
        return 2

    def find(self, ask: Request, at: datetime) -> Finding | None:
        calls = [c for c in calls_out(ask, at - 2 * DAY, at) if c.outcome in self.answered]
        return _full_day(ask, at, calls, self.limit, "connected_calls")


@dataclass(frozen=True)
class UnansweredAttempts(Rule):
    """At most `limit` unanswered calls a day to one number, whoever was sought there. `lifted_by`: unless agreed."""

    limit: int
    unanswered: frozenset[Outcome]
    lifted_by: ConsentKind | None = None

    @property
    def lookback_days(self) -> int:
        return 2

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if self.lifted_by is not None and ask.consent(self.lifted_by, at):
            return None
        number = address_key(ask.attempt.to)
        calls = [
            contact
            for contact in ask.history.since(at - 2 * DAY, at)
            if contact.channel is Channel.PHONE
            and contact.direction is Direction.OUT
            and contact.outcome in self.unanswered
            and address_key(contact.to) == number
        ]
        return _full_day(ask, at, calls, self.limit, "unanswered_attempts")


def _full_day(ask: Request, at: datetime, calls: list[PastContact], limit: int, code: str) -> Finding | None:
    """A finding if in some zone the day of `at` has `limit` of these calls already, until the next day there."""
    if len(calls) < limit:
        return None
    for zone in ask.zones:
        today = local_date(at, zone)
        count = sum(local_date(contact.at, zone) == today for contact in calls)
        if count >= limit:
            until = start_of_day(today + DAY, zone)
            return Finding(code, {"count": count, "limit": limit, "day": today.isoformat()}, until)
    return None


def consented(
    ask: Request, debts: tuple[str, ...], at: datetime, days: int, talks: Collection[Outcome], before: bool = False
) -> bool:
    """True if a call about `debts` at `at` has the person's direct prior consent.

    The consent lasts `days` days, the day it was given being the first, and ends with the next conversation about the
    debt, one of the outcomes `talks` (comment 14(b)(3)(i)-2). `before`: look only at conversations before `at`, since the call at `at` is one.
    """
    for consent in ask.consents:
        if consent.kind is not ConsentKind.CALL or consent.at > at or not consent.covers(debts):
            continue
        if any(local_date(at, zone) >= local_date(consent.at, zone) + timedelta(days=days) for zone in ask.zones):
            continue
        ended = any(
            contact.outcome in talks
            and contact.channel is Channel.PHONE
            and contact.party is ask.attempt.party
            and _share(contact.debts, debts)
            and not (before and contact.at >= at)
            for contact in ask.history.since(consent.at, at)
        )
        if not ended:
            return True
    return False


def _share(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """True if two contacts may be about the same debt; one that names none may be about any."""
    return not one or not other or not set(one).isdisjoint(other)


@dataclass(frozen=True)
class CallsPerDebt(Rule):
    """At most `limit` calls to one person about one debt in `days` consecutive days (1006.14(b)(2)(i)(A)).

    Not counted: outcomes in `uncounted` (the call did not connect to the number), calls with direct prior consent not
    older than `consent_days`, calls to wrong numbers, messages, and calls that the consumer makes. A call on which
    debts were discussed (`discussed`) counts for each of them, any other only for the first debt it names: it may be
    counted toward one. An attempt about several debts needs room for each of them.
    """

    limit: int
    days: int
    uncounted: frozenset[Outcome]
    discussed: frozenset[Outcome]
    consent_days: int

    @property
    def lookback_days(self) -> int:
        # The consent that frees a counted call, and the conversation that ended it, may lie before the window.
        return self.days + self.consent_days + 1

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if consented(ask, ask.attempt.debts, at, self.consent_days, self.discussed):
            return None
        counted = [
            contact
            for contact in calls_out(ask, at - timedelta(days=self.days + 1), at)
            if contact.outcome not in self.uncounted
            and not ask.history.is_wrong(contact.party, contact.to, at)
            and not self._freed(ask, contact)
        ]
        if len(counted) < self.limit:
            return None
        findings = [
            found
            for debt in ask.attempt.debts or (None,)
            if (found := self._full_window(ask, at, debt, [c for c in counted if self._counts(c, debt)]))
        ]
        return max(findings, key=lambda finding: finding.until or at, default=None)

    def _freed(self, ask: Request, contact: PastContact) -> bool:
        return bool(ask.consents) and consented(
            ask, contact.debts, contact.at, self.consent_days, self.discussed, before=True
        )

    def _counts(self, contact: PastContact, debt: str | None) -> bool:
        if debt is None or not contact.debts:
            return True
        return debt in (contact.debts if contact.outcome in self.discussed else contact.debts[:1])

    def _full_window(self, ask: Request, at: datetime, debt: str | None, calls: list[PastContact]) -> Finding | None:
        latest: Finding | None = None
        for zone in ask.zones:
            today = local_date(at, zone)
            dates = [d for c in calls if (d := local_date(c.at, zone)) > today - timedelta(days=self.days)]
            if len(dates) < self.limit:
                continue
            # There is room again when all but limit - 1 of the calls have left the window.
            until = start_of_day(sorted(dates)[-self.limit] + timedelta(days=self.days), zone)
            if latest is None or latest.until is None or until > latest.until:
                params: Params = {"count": len(dates), "limit": self.limit, "days": self.days, "day": today.isoformat()}
                code = "calls_all_debts" if debt is None else "calls_per_debt"
                latest = Finding(code, params if debt is None else params | {"debt": debt}, until)
        return latest


@dataclass(frozen=True)
class AfterConversation(Rule):
    """No call within `days` days of a conversation about the debt, its date being day 1 (1006.14(b)(2)(i)(B)).

    A conversation that the consumer starts counts too. Direct prior consent frees a call.
    """

    days: int
    conversation: frozenset[Outcome]
    consent_days: int

    @property
    def lookback_days(self) -> int:
        return self.days + self.consent_days + 1

    def find(self, ask: Request, at: datetime) -> Finding | None:
        spoken = list(self._conversations(ask, at))
        if not spoken or consented(ask, ask.attempt.debts, at, self.consent_days, self.conversation):
            return None
        latest: Finding | None = None
        for contact in spoken:
            for zone in ask.zones:
                day = local_date(contact.at, zone)
                if local_date(at, zone) < day + timedelta(days=self.days):
                    until = start_of_day(day + timedelta(days=self.days), zone)
                    if latest is None or latest.until is None or until > latest.until:
                        latest = self._finding(ask, contact, day, until)
        return latest

    def _conversations(self, ask: Request, at: datetime) -> Iterator[PastContact]:
        for contact in ask.history.since(at - timedelta(days=self.days + 1), at):
            if (
                contact.channel is Channel.PHONE
                and contact.outcome in self.conversation
                and contact.party is ask.attempt.party
                and _share(contact.debts, ask.attempt.debts)
                and not (contact.direction is Direction.OUT and ask.history.is_wrong(contact.party, contact.to, at))
            ):
                yield contact

    def _finding(self, ask: Request, contact: PastContact, day: date, until: datetime) -> Finding:
        shared = [debt for debt in contact.debts if debt in ask.attempt.debts] or list(ask.attempt.debts)
        params: Params = {"spoken_on": day.isoformat(), "days": self.days}
        if not shared:
            return Finding("after_conversation_any", params, until)
        return Finding("after_conversation", params | {"debt": ", ".join(shared)}, until)


@dataclass(frozen=True)
class Clustering(Rule):
    """Calls so close together that they may harass although each is within the limit (comment 14(b)(2)(i)-2)."""

    calls: int
    minutes: int
    calls_a_day: int

    @property
    def lookback_days(self) -> int:
        return 2

    def find(self, ask: Request, at: datetime) -> Finding | None:
        calls = list(calls_out(ask, at - 2 * DAY, at))
        close = _later(calls, at - timedelta(minutes=self.minutes)) + 1
        if close >= self.calls:
            return Finding("clustered_minutes", {"count": close, "minutes": self.minutes})
        for zone in ask.zones:
            today = local_date(at, zone)
            count = sum(local_date(contact.at, zone) == today for contact in calls) + 1
            if count >= self.calls_a_day:
                return Finding("clustered_day", {"count": count, "day": today.isoformat()})
        return None


def _later(contacts: Iterable[PastContact], start: datetime) -> int:
    return sum(contact.at > start for contact in contacts)
