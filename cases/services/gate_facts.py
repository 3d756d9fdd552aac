"""What the contact gate has to know of a person, read from the database for many borrowers at once.

Four queries, however many borrowers: files, contacts, contact points, conditions. A person is counted over all
creditors of the installation (`person_key`).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from borrowers.models import Borrower, ContactPoint, Creditor, Loan
from cases.models import Arrangement, Case, ContactCondition, ContactRecord, Stage
from cases.policy import Consent, Flag, History, OptOut, Pack, PastContact, Place, TimeWindow
from cases.policy.history import address_key
from cases.services.standing import conditions_of, is_personal

# A day at each end for the zones of the world, and one more for the zones of the clock changes.
MARGIN = dt.timedelta(days=2)
ADULT_AT = 18

_Kind = ContactCondition.Kind


@dataclass(slots=True)
class PersonFacts:
    """What is the same for every attempt on one borrower's case."""

    time_zones: tuple[str, ...] = ()
    history: History = field(default_factory=History.empty)
    points: list[ContactPoint] = field(default_factory=list)
    debtor_numbers: tuple[str, ...] = ()
    debtor_unreachable: bool | None = None
    # What stands for this file: its own conditions, and the personal ones from every creditor. Oldest first.
    conditions: list[ContactCondition] = field(default_factory=list)


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
    conditions: dict[str, list[ContactCondition]] = defaultdict(list)
    for condition in conditions_of(keys, [borrower.pk for borrower in borrowers], at):
        conditions[own[condition.borrower_id]].append(condition)
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
            conditions=[
                condition
                for condition in conditions[borrower.person_key]
                if condition.borrower_id == borrower.pk or is_personal(condition.kind, condition.code)
            ],
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


def wishes_of(
    borrower: Borrower, points: Iterable[ContactPoint], conditions: Iterable[ContactCondition] = (), to: str = ""
) -> dict[str, Any]:
    """Consents, opt-outs, inconvenient times and places, and notices of a request about the address `to`.

    From the contact points: a placement's "yes" lets a number be used for messages. It is not the direct prior consent
    that lifts the limits on calls: that is given to us and recorded with its day. "No" closes the number for every
    channel. From the conditions: what was told or sent since; a consent or notice for another address is none for this.
    """
    points, address = list(points), address_key(to)
    consents: list[Consent] = []
    opt_outs = [OptOut(None, point.value) for point in points if point.consent == ContactPoint.Consent.NO]
    owned = [point for point in points if point.owner == ContactPoint.Owner.DEBTOR]
    given = {point.kind for point in owned if point.consent == ContactPoint.Consent.YES}
    if ContactPoint.Kind.MOBILE in given:
        consents.append(Consent("text", borrower.created_at))  # type: ignore[arg-type]  # coerced
    if ContactPoint.Kind.EMAIL in given:
        consents.append(Consent("email", borrower.created_at))  # type: ignore[arg-type]  # coerced
    windows: list[TimeWindow] = []
    places: set[Place] = set()
    notices: dict[str, list[dt.datetime]] = defaultdict(list)
    for row in conditions:
        concerns = not row.to or address_key(row.to) == address
        if row.kind == _Kind.CONSENT and concerns:
            debts = tuple(f"{borrower.creditor.code}/{account}" for account in row.loans)
            consents.append(Consent(row.code, row.since, debts))  # type: ignore[arg-type]  # coerced
        elif row.kind == _Kind.OPT_OUT:
            opt_outs.append(OptOut(row.code or None, row.to))  # type: ignore[arg-type]  # coerced
        elif row.kind == _Kind.TIME and row.starts is not None and row.ends is not None:
            windows.append(TimeWindow(frozenset(row.days), row.starts, row.ends, row.outside, row.words))
        elif row.kind == _Kind.PLACE:
            places.add(Place(row.code))
        elif row.kind == _Kind.NOTICE and concerns:
            notices[row.code].append(row.since)
    return {
        "consents": tuple(consents),
        "opt_outs": tuple(opt_outs),
        "inconvenient": tuple(windows),
        "inconvenient_places": frozenset(places),
        # A number is as fresh as its last check; a period that opens runs from the first notice of e-mail, and a
        # period for disputes from the last validation notice.
        "number_checked_at": max(notices["number_check"], default=None),
        "email_notice_sent_at": min(notices["email_notice"], default=None),
        "validation_notice_sent_at": max(notices["validation_notice"], default=None),
    }


def flags_of(
    borrower: Borrower, case: Case | None, at: dt.datetime, conditions: Iterable[ContactCondition] = ()
) -> dict[str, Any]:
    """Flags of a request, and since when and until when they stand.

    The hold of a case ends as its last day begins, when the day's run releases it.
    """
    spans: dict[Flag, list[tuple[dt.datetime | None, dt.datetime | None]]] = defaultdict(list)
    noticed = False
    for row in conditions:
        if row.kind == _Kind.FLAG:
            spans[Flag(row.code)].append((row.since, row.until))
        elif row.kind == _Kind.PLACE and row.code == Place.WORKPLACE:
            # An address of which nobody said where it is may be the workplace.
            spans[Flag.WORKPLACE_PROHIBITED].append((row.since, row.until))
        elif row.kind == _Kind.NOTICE and row.code == "outsourcing_notice":
            noticed = True
    for flag, end in _case_flags(case, ZoneInfo(borrower.creditor.time_zone)) if case is not None else ():
        spans[flag].append((None, end))
    if _is_minor(borrower, at):
        spans[Flag.MINOR].append((None, None))
    for flag in _agency_flags(borrower.creditor, at, noticed):
        spans[flag].append((None, None))
    ends: list[tuple[Flag, dt.datetime]] = []
    begins: list[tuple[Flag, dt.datetime]] = []
    for flag, told in spans.items():
        until = [end for _since, end in told if end is not None]
        since = [begin for begin, _end in told if begin is not None]
        if len(until) == len(told):
            ends.append((flag, max(until)))
        elif not until and len(since) == len(told):
            begins.append((flag, max(since)))
        # Of one that ends and one of which nobody told the end, the end is not known as long as both stand.
    return {"flags": frozenset(spans), "flag_ends": tuple(ends), "flag_since": tuple(begins)}


def _case_flags(case: Case, zone: ZoneInfo) -> Iterator[tuple[Flag, dt.datetime | None]]:
    """A hold with its end; a loan whose limitation has expired; and an arrangement, asked for only where nothing is
    overdue: another loan of the case, or a payment that is missed, is collected."""
    if case.limitation_expired:
        yield Flag.TIME_BARRED, None
    if case.stage == Stage.ON_HOLD:
        yield (
            Flag.HOLD,
            None if case.hold_until is None else dt.datetime.combine(case.hold_until, dt.time.min, tzinfo=zone),
        )
    if case.is_open and not case.days_past_due and case.arrangements.filter(state=Arrangement.State.ACTIVE).exists():
        yield Flag.ARRANGEMENT_KEPT, None


def _agency_flags(creditor: Creditor, at: dt.datetime, noticed: bool) -> list[Flag]:
    """What an agency lacks: its place on the creditor's list, a review within the year, the notice to the borrower."""
    if creditor.role != Creditor.Role.AGENCY:
        return []
    flags = [] if noticed else [Flag.OUTSOURCING_NOTICE_MISSING]
    if not creditor.agency_listed:
        flags.append(Flag.AGENCY_UNLISTED)
    reviewed, today = creditor.agency_reviewed_on, creditor.business_date(at)
    # The anniversary itself still counts; compared by parts, since not every year has a 29 February.
    if reviewed is None or (today.year - 1, today.month, today.day) > (reviewed.year, reviewed.month, reviewed.day):
        flags.append(Flag.AGENCY_EXPIRED)
    return flags


def _is_minor(borrower: Borrower, at: dt.datetime) -> bool:
    born = borrower.birth_date
    if born is None:
        return False
    today = at.astimezone(ZoneInfo(borrower.effective_time_zone)).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < ADULT_AT
