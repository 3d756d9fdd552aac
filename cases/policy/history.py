"""The contacts so far, sorted and indexed once, so that a rule looks only at the window it needs.

Building costs a few microseconds a contact; afterwards a decision takes two binary searches and the contacts of its
own days, however old the case is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from .facts import Channel, Direction, Outcome, Party, PastContact, Purpose


def address_key(address: str) -> str:
    """One spelling for one number or address: spaces, hyphens, brackets and case do not make another."""
    return address.translate(_DROPPED).casefold()


_DROPPED = str.maketrans("", "", " -().\t\u00a0")


@dataclass(slots=True)
class Track:
    """Contacts in the order in which they took place, with their instants beside them for searching."""

    times: list[datetime] = field(default_factory=list)
    contacts: list[PastContact] = field(default_factory=list)

    def add(self, contact: PastContact) -> None:
        self.times.append(contact.at)
        self.contacts.append(contact)

    def since(self, start: datetime, until: datetime) -> list[PastContact]:
        """Those with start < at <= until. Shortest when the window is short, whatever the length of the track."""
        return self.contacts[bisect_right(self.times, start) : bisect_right(self.times, until)]

    def count(self, until: datetime) -> int:
        return bisect_right(self.times, until)

    def last(self, until: datetime) -> PastContact | None:
        at = bisect_right(self.times, until)
        return self.contacts[at - 1] if at else None

    def newest_at(self, until: datetime) -> datetime:
        """The instant of the latest one by `until`; there must be one."""
        return self.times[bisect_right(self.times, until) - 1]

    def newest(self, until: datetime) -> Iterator[PastContact]:
        """From the latest one back."""
        for index in range(bisect_right(self.times, until) - 1, -1, -1):
            yield self.contacts[index]


_NONE = Track()
_K = TypeVar("_K")

_OWING = frozenset({Party.DEBTOR, Party.GUARANTOR})
_SPOKEN = frozenset({Outcome.CONVERSATION, Outcome.REFUSED, Outcome.MESSAGE_RELAYED, Outcome.SENT, Outcome.DELIVERED})
# A limited-content voicemail is no communication (1006.2(d), (j)): who heard one must still be told who calls.
_HEARD = frozenset({Outcome.CONVERSATION, Outcome.SENT, Outcome.DELIVERED})
_MET = frozenset({Outcome.CONVERSATION, Outcome.REFUSED})
# Beside the debts: contacts about whichever debt, and those that name none and may be about each.
_ANY, _UNNAMED = object(), object()


@dataclass(frozen=True, slots=True)
class History:
    """All contacts with the person over every creditor of the installation. Make it with `History.of`."""

    contacts: tuple[PastContact, ...]
    _all: Track = field(repr=False, compare=False)
    _identified: dict[tuple[Party, str], Track] = field(repr=False, compare=False)
    _spoken: dict[str, Track] = field(repr=False, compare=False)
    _refused: dict[str, Track] = field(repr=False, compare=False)
    _debtor_calls: dict[str, Track] = field(repr=False, compare=False)
    _from_debtor: Track = field(repr=False, compare=False)
    _first_heard: dict[object, PastContact] = field(repr=False, compare=False)
    _inbound_from: dict[tuple[Channel, str], Track] = field(repr=False, compare=False)
    _confirmed: dict[str, Track] = field(repr=False, compare=False)

    @classmethod
    def empty(cls) -> History:
        return cls.of(())

    @classmethod
    def of(cls, contacts: Iterable[PastContact]) -> History:
        """Sort and index `contacts`, given in any order."""
        ordered = tuple(sorted(contacts, key=lambda contact: contact.at))
        history = cls(ordered, Track(), {}, {}, {}, {}, Track(), {}, {}, {})
        for contact in ordered:
            history._index(contact)
        return history

    def _index(self, contact: PastContact) -> None:
        key, outcome, inbound = address_key(contact.to), contact.outcome, contact.direction is Direction.IN
        self._all.add(contact)
        own = contact.party in _OWING
        if key and (outcome is Outcome.WRONG_NUMBER or (own and outcome is Outcome.CONVERSATION)):
            _track(self._identified, (contact.party, key)).add(contact)
        if not own and outcome in _SPOKEN and not inbound:
            _track(self._spoken, key).add(contact)
        if not own and outcome is Outcome.REFUSED:
            _track(self._refused, key).add(contact)
        if contact.party is Party.DEBTOR:
            if inbound or (contact.channel is Channel.VISIT and outcome in _MET):
                self._from_debtor.add(contact)
            elif contact.channel is Channel.PHONE:
                _track(self._debtor_calls, key).add(contact)
            if inbound or outcome in _HEARD:
                for debt in {_ANY, *(contact.debts or (_UNNAMED,))}:
                    self._first_heard.setdefault(debt, contact)
        if inbound:
            _track(self._inbound_from, (contact.channel, key)).add(contact)
        if contact.purpose is Purpose.OPT_OUT_CONFIRMATION:
            _track(self._confirmed, key).add(contact)

    def since(self, start: datetime, until: datetime) -> list[PastContact]:
        """Contacts with start < at <= until, oldest first."""
        return self._all.since(start, until)

    def is_wrong(self, party: Party, address: str, at: datetime) -> bool:
        """True if the last word on this number, by `at`, is that it is not that person's: another's it may be."""
        last = self._identified.get((party, address_key(address)), _NONE).last(at)
        return last is not None and last.outcome is Outcome.WRONG_NUMBER

    def last_spoken(self, address: str, at: datetime) -> PastContact | None:
        """The last communication, by us, with a person there who owes nothing (an unanswered call is none)."""
        return self._spoken.get(address_key(address), _NONE).last(at)

    def last_refusal(self, address: str, at: datetime) -> PastContact | None:
        """The last refusal by a person there who owes nothing."""
        return self._refused.get(address_key(address), _NONE).last(at)

    def debtor_calls(self) -> dict[str, Track]:
        """Calls out to the debtor, by number."""
        return self._debtor_calls

    def last_from_debtor(self, at: datetime) -> PastContact | None:
        """The debtor's own last call or message, or the last visit at which the debtor was met."""
        return self._from_debtor.last(at)

    def first_heard(self, debt: str | None, at: datetime) -> PastContact | None:
        """The first communication with the debtor by `at` about `debt` (None: about any), if there was one."""
        names: tuple[object, ...] = (_ANY,) if debt is None else (debt, _UNNAMED)
        found = (self._first_heard.get(name) for name in names)
        return min((c for c in found if c is not None and c.at <= at), key=lambda c: c.at, default=None)

    def last_inbound(self, channel: Channel, address: str, at: datetime) -> PastContact | None:
        return self._inbound_from.get((channel, address_key(address)), _NONE).last(at)

    def opt_out_confirmations(self, address: str, at: datetime) -> int:
        return self._confirmed.get(address_key(address), _NONE).count(at)


def _track(tracks: dict[_K, Track], key: _K) -> Track:
    found = tracks.get(key)
    if found is None:
        found = tracks[key] = Track()
    return found
