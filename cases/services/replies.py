"""Takes in what people answer to messages: kept as a contact that they began, and heeded at once where it is a wish."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Max, Q

from borrowers.errors import InputError
from borrowers.models import Borrower, ContactPoint
from borrowers.phones import normalise_phone
from cases.models import Case, ContactCondition, ContactRecord, Message, ProviderEvent
from cases.models.case import OPEN
from cases.models.contact import Channel
from cases.outcomes import WRONG_NUMBER
from cases.policy.reply_words import Meaning, first_words, meaning_of
from cases.services.contact_gate import note_incoming
from cases.services.contact_log import write_contact
from cases.services.contact_points import take_out_of_use

REPLIED = "replied"
_KINDS = {
    Channel.SMS: (ContactPoint.Kind.MOBILE, ContactPoint.Kind.LANDLINE),
    Channel.EMAIL: (ContactPoint.Kind.EMAIL,),
}
# What a reply means, for the list of reports; staff read it in their language.
NOTES = {meaning: f"reply:{meaning}" for meaning in Meaning}


def take_reply(*, event: ProviderEvent, now: dt.datetime) -> bool:
    """Keep one reply with the person it comes from and heed it; False when nobody here has that number or address.

    Several files may hold the number: the reply belongs to the one that was written to last. A wish to be left alone
    holds for the person at every creditor, and for every person who has the number. Runs in the caller's transaction.
    """
    channel = Channel(event.channel)
    points = _points(channel, event.sender)
    if not points:
        return False
    point = _addressed(points)
    borrower = point.borrower
    case = Case.objects.filter(borrower=borrower, stage__in=OPEN).order_by("-pk").first()
    text = first_words(event.text) if channel == Channel.EMAIL else event.text.strip()
    meaning = meaning_of(text)
    # Imported here: conditions look at messages, which are sent by what is settled here.
    from cases.services.conditions import lock_person

    # The first locks in the order, before the entry takes the end of its chain.
    persons = {each.borrower.person_key: each.borrower for each in points}
    for key in sorted(persons):
        lock_person(persons[key])
    record = _keep(borrower, case, point, channel, event, text)
    event.note = NOTES[meaning]
    if meaning is Meaning.OPT_OUT:
        _opt_out(points, channel, event, text, record)
    elif meaning is Meaning.WRONG_NUMBER:
        for each in points:
            take_out_of_use(each, why=WRONG_NUMBER, because=text[:200])
    # Imported here: what can be worked asks the gate, which reads what is kept here.
    from cases.services.workable import refresh_workable

    refresh_workable(person_keys={each.borrower.person_key for each in points}, now=now)
    return True


def _points(channel: Channel, sender: str) -> list[ContactPoint]:
    """All contact points with that number or address, in use or not."""
    value = sender.strip().lower() if channel == Channel.EMAIL else _phone(sender)
    found = ContactPoint.objects.filter(kind__in=_KINDS[channel], value=value).select_related("borrower__creditor")
    return list(found.order_by("pk")) if value else []


def _phone(sender: str) -> str:
    """E.164 of what a provider calls a sender, which may lack the plus or the country; "" for no number at all."""
    bare = sender.strip()
    for spelling, region in ((bare, ""), (f"+{bare}", ""), (bare, "CN")):
        try:
            return normalise_phone(spelling, region)
        except InputError:
            continue
    return ""


def _addressed(points: Sequence[ContactPoint]) -> ContactPoint:
    """Of several files with one number the one that was written to last; else the one with an open case, the newest."""
    written = dict(
        Message.objects.filter(contact_point__in=points, sent_at__isnull=False)
        .order_by()
        .values("contact_point")
        .annotate(last=Max("sent_at"))
        .values_list("contact_point", "last")
    )
    worked = set(
        Case.objects.filter(Q(borrower__in={point.borrower_id for point in points}), stage__in=OPEN).values_list(
            "borrower", flat=True
        )
    )
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    return max(points, key=lambda point: (written.get(point.pk, never), point.borrower_id in worked, point.pk))


def _keep(
    borrower: Borrower, case: Case | None, point: ContactPoint, channel: Channel, event: ProviderEvent, text: str
) -> ContactRecord:
    decision = note_incoming(
        borrower=borrower, case=case, contact_point=point, channel=channel, at=event.at, party=point.owner
    )
    return write_contact(
        borrower=borrower,
        case=case,
        at=event.at,
        channel=channel,
        outcome=REPLIED,
        contact_point=point,
        direction=ContactRecord.Direction.IN,
        to=point.value,
        party=point.owner,
        notes=text[:5000],
        decision=decision,
    )


def _opt_out(
    points: Sequence[ContactPoint], channel: Channel, event: ProviderEvent, text: str, record: ContactRecord
) -> None:
    # Imported here: conditions look at messages, which are sent by what is settled here.
    from cases.services.conditions import record_condition

    by_person = {point.borrower.person_key: point for point in reversed(points)}
    for point in by_person.values():
        record_condition(
            borrower=point.borrower,
            actor=None,
            kind=ContactCondition.Kind.OPT_OUT,
            code=channel,
            to=point.value,
            words=text[:300],
            proof=f"{event.provider} {event.event_id}"[:200],
            source=ContactCondition.Source.REPLY,
            since=event.at,
            contact=record if point.borrower_id == record.borrower_id else None,
        )
