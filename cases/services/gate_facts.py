"""What the contact gate has to know of a person, read from the database for many borrowers at once.

Four queries, however many borrowers. A person is counted over all creditors of the installation (`person_key`).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from borrowers.models import Borrower, ContactPoint, Loan
from cases.models import Case, ContactRecord, Stage
from cases.policy import Consent, Flag, History, OptOut, Pack, PastContact

# A day at each end for the zones of the world, and one more for the zones of the clock changes.
MARGIN = dt.timedelta(days=2)
ADULT_AT = 18


@dataclass(slots=True)
class PersonFacts:
    """What is the same for every attempt on one borrower's case."""

    time_zones: tuple[str, ...] = ()
    history: History = field(default_factory=History.empty)
    points: list[ContactPoint] = field(default_factory=list)
    debtor_numbers: tuple[str, ...] = ()
    debtor_unreachable: bool | None = None


def load_facts(
    borrowers: Collection[Borrower], *, pack: Pack, at: dt.datetime, whole_history: bool = False
) -> dict[int, PersonFacts]:
    """Facts by borrower's number. `borrowers` share the pack and come with their creditors.

    `whole_history` reads contacts of any age, as is needed to tell whether somebody cannot be reached; else those
    within the pack's memory and, of any age, what never lapses: wrong numbers and the conversations that proved them
    right again, refusals, calls from the borrower, and contacts with third parties.
    """
    keys = {borrower.person_key for borrower in borrowers}
    zones, own = _zones(borrowers, keys)
    histories = _histories(keys, pack, at, whole_history)
    points: dict[int, list[ContactPoint]] = defaultdict(list)
    numbers: dict[str, list[ContactPoint]] = defaultdict(list)
    for point in ContactPoint.objects.filter(borrower__in=own):
        points[point.borrower_id].append(point)
        if point.is_phone and point.owner == ContactPoint.Owner.DEBTOR:
            numbers[own[point.borrower_id]].append(point)
    facts: dict[int, PersonFacts] = {}
    for borrower in borrowers:
        phones = numbers[borrower.person_key]
        in_use = tuple(dict.fromkeys(point.value for point in phones if point.is_valid))
        facts[borrower.pk] = PersonFacts(
            time_zones=zones[borrower.pk],
            history=histories.get(borrower.person_key) or History.empty(),
            points=points[borrower.pk],
            debtor_numbers=in_use,
            # All numbers known to be out of use: nobody needs to try them again.
            debtor_unreachable=True if phones and not in_use else None,
        )
    return facts


def _zones(borrowers: Collection[Borrower], keys: set[str]) -> tuple[dict[int, tuple[str, ...]], dict[int, str]]:
    """Zones in which each borrower may be, and the person of each file: one query.

    The borrower's own zone, and those that other creditors know of the same person; the creditor's if nobody knows.
    """
    known: dict[str, list[str]] = defaultdict(list)
    own: dict[int, str] = {}
    rows = Borrower.objects.filter(person_key__in=keys).order_by("pk").values_list("pk", "person_key", "time_zone")
    for pk, key, zone in rows:
        own[pk] = key
        if zone:
            known[key].append(zone)
    zones = {
        borrower.pk: tuple(dict.fromkeys(known[borrower.person_key])) or (borrower.creditor.time_zone,)
        for borrower in borrowers
    }
    return zones, own


def _histories(keys: set[str], pack: Pack, at: dt.datetime, whole: bool) -> dict[str, History]:
    contacts = ContactRecord.objects.filter(person_key__in=keys)
    if not whole:
        since = at - dt.timedelta(days=pack.lookback_days) - MARGIN
        contacts = contacts.filter(
            Q(at__gte=since)
            | Q(gate_outcome__in=["wrong_number", "conversation", "refused"])
            | Q(direction=ContactRecord.Direction.IN)
            | ~Q(party=ContactRecord.Party.DEBTOR)
        )
    past: dict[str, list[PastContact]] = defaultdict(list)
    # Untyped: PastContact turns plain words into its own kinds, and refuses unknown ones.
    rows: Any = contacts.values_list(
        "person_key",
        "at",
        "channel",
        "direction",
        "to",
        "party",
        "gate_outcome",
        "loans",
        "borrower__creditor__code",
    )
    for key, when, channel, direction, to, party, outcome, loans, code in rows.iterator():
        past[key].append(
            PastContact(
                when,
                channel,
                direction,
                to,
                party,
                outcome,
                debts=tuple(f"{code}/{account}" for account in loans),
            )
        )
    return {key: History.of(of_person) for key, of_person in past.items()}


def debts_of(creditor_code: str, loans: Iterable[Loan]) -> tuple[str, ...]:
    """The gate's names of loans, unique over all creditors."""
    return tuple(f"{creditor_code}/{loan.account_no}" for loan in loans)


def wishes_of(borrower: Borrower, points: Iterable[ContactPoint]) -> dict[str, Any]:
    """Consents and opt-outs of a request, from what is kept with the contact points.

    A placement's "yes" lets a number be used for messages. It is not the direct prior consent that lifts the limits
    on calls: that is given to us and recorded with its day. "No" closes the number for every channel.
    """
    points = list(points)
    consents: list[Consent] = []
    opt_outs = [OptOut(None, point.value) for point in points if point.consent == ContactPoint.Consent.NO]
    owned = [point for point in points if point.owner == ContactPoint.Owner.DEBTOR]
    given = {point.kind for point in owned if point.consent == ContactPoint.Consent.YES}
    if ContactPoint.Kind.MOBILE in given:
        consents.append(Consent("text", borrower.created_at))  # type: ignore[arg-type]  # coerced
    if ContactPoint.Kind.EMAIL in given:
        consents.append(Consent("email", borrower.created_at))  # type: ignore[arg-type]  # coerced
    return {"consents": tuple(consents), "opt_outs": tuple(opt_outs)}


def flags_of(borrower: Borrower, case: Case | None, at: dt.datetime) -> dict[str, Any]:
    """Flags of a request and their ends: a hold ends as its last day begins, when the day's run releases it."""
    flags: set[Flag] = set()
    ends: list[tuple[Flag, dt.datetime]] = []
    if case is not None and case.stage == Stage.ON_HOLD:
        flags.add(Flag.HOLD)
        if case.hold_until is not None:
            zone = ZoneInfo(borrower.creditor.time_zone)
            ends.append((Flag.HOLD, dt.datetime.combine(case.hold_until, dt.time.min, tzinfo=zone)))
    if _is_minor(borrower, at):
        flags.add(Flag.MINOR)
    return {"flags": frozenset(flags), "flag_ends": tuple(ends)}


def _is_minor(borrower: Borrower, at: dt.datetime) -> bool:
    born = borrower.birth_date
    if born is None:
        return False
    today = at.astimezone(ZoneInfo(borrower.effective_time_zone)).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < ADULT_AT
