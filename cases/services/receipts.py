"""Takes in what providers report: first stored, then acted on, each report once and whenever it comes.

A receipt may overtake our own commit of the sending; it then waits for the next sweep. It is no contact of its own: the
message was the contact, and the receipt tells how it ended.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from borrowers.models import record_event
from cases.channels.reports import RECEIPT, ReportedEvent
from cases.models import Message, MessagePart, ProviderEvent
from cases.services.contact_log import lock_chain
from cases.services.contact_points import take_out_of_use
from cases.services.outbox_cancelling import lock_case
from cases.services.outbox_sending import accept_reported
from cases.strategy import reasons

log = logging.getLogger(__name__)

# A report that fits nothing of ours by then never will.
MATCHED_WITHIN = dt.timedelta(hours=1)
CHUNK = 200
FINAL = (Message.State.DELIVERED, Message.State.FAILED, Message.State.EXPIRED)
_Result = ProviderEvent.Result


def store_events(events: Sequence[ReportedEvent]) -> int:
    """Keep the reports and act on them; returns how many were new. A report that was stored before is passed over.

    Once this returns the provider may forget them: what could not be acted on now is taken up by the next sweep.
    """
    rows = [_row(event) for event in events]
    names = {(row.provider, row.event_id) for row in rows}
    with transaction.atomic():
        known = ProviderEvent.objects.filter(event_id__in={event_id for _provider, event_id in names})
        before = set(known.values_list("provider", "event_id"))
        ProviderEvent.objects.bulk_create(rows, ignore_conflicts=True)
    new = names - before
    waiting = ProviderEvent.objects.filter(
        event_id__in={event_id for _provider, event_id in new}, result=_Result.WAITING
    )
    for pk, provider, event_id in waiting.order_by("pk").values_list("pk", "provider", "event_id"):
        if (provider, event_id) in new:
            _act_safely(pk)
    return len(new)


def keep_unreadable(*, provider: str, digest: str, raw: bytes, why: str, now: dt.datetime) -> None:
    """A report that nobody can read is kept for a person to look at; the same once."""
    ProviderEvent.objects.get_or_create(
        provider=provider,
        event_id=f"faulty:{digest}"[:150],
        defaults={
            "kind": ProviderEvent.Kind.RECEIPT,
            "at": now,
            "done_at": now,
            "result": _Result.FAULTY,
            "note": why[:300],
            "raw": {"body": raw[:5000].decode("utf-8", "replace").replace("\x00", "")},
        },
    )


def act_on_waiting(now: dt.datetime) -> int:
    """Act on what was stored and not acted on; returns how many are settled now."""
    waiting = ProviderEvent.objects.filter(result=_Result.WAITING).order_by("pk").values_list("pk", flat=True)
    return sum(_act_safely(pk, now) for pk in list(waiting[:CHUNK]))


def act_on_event(event_id: int, now: dt.datetime | None = None) -> bool:
    """Act on one stored report, if nobody has; True when it is settled."""
    now = now or timezone.now()
    with transaction.atomic():
        event = (
            ProviderEvent.objects.select_for_update(skip_locked=True)
            .filter(pk=event_id, result=_Result.WAITING)
            .first()
        )
        if event is None:
            return False
        if event.kind == RECEIPT:
            matched = _take_receipt(event)
        else:
            # Imported here: replies record conditions, which look at messages.
            from cases.services.replies import take_reply

            matched = take_reply(event=event, now=now)
        if not matched and event.kind == RECEIPT and now - event.received_at < MATCHED_WITHIN:
            return False
        event.result, event.done_at = _Result.DONE if matched else _Result.UNMATCHED, now
        event.save(update_fields=["result", "done_at", "message", "note"])
        return True


def _act_safely(pk: int, now: dt.datetime | None = None) -> bool:
    """One report that we cannot digest must not keep the others waiting."""
    try:
        return act_on_event(pk, now)
    except Exception:
        log.exception("report %s", pk)
        return False


def _row(event: ReportedEvent) -> ProviderEvent:
    return ProviderEvent(
        provider=event.provider,
        kind=event.kind,
        event_id=event.event_id[:150],
        provider_id=event.provider_id[:100],
        message_key=event.message_key[:150],
        state=event.state,
        code=event.code[:60],
        bad_address=event.bad_address,
        channel=event.channel,
        sender=event.sender[:300],
        recipient=event.recipient[:300],
        text=event.text,
        at=event.at,
        raw=dict(event.raw),
    )


def _take_receipt(event: ProviderEvent) -> bool:
    """Settle the message that the receipt names; False when there is none (yet)."""
    part = _part(event)
    named = Message.objects.filter(pk=part.message_id) if part else Message.objects.filter(key=event.message_key)
    found = named.values_list("case_id", "borrower_id").first() if part or event.message_key else None
    message = None
    if found is not None:
        lock_case(found[0])
        if not found[0]:
            lock_chain(found[1])
        message = (
            named.select_for_update(of=("self",)).select_related("borrower", "case", "loan", "contact_point").first()
        )
    if message is None:
        return False
    event.message = message
    if message.state in (Message.State.SENDING, Message.State.UNKNOWN, Message.State.QUEUED) and message.attempts:
        # The provider knows it, so it went: nobody needs to ask any more, and nobody may send it again.
        accept_reported(message=message, provider_ids=[event.provider_id] if event.provider_id else [], at=event.at)
        message.refresh_from_db(fields=["state"])
    if event.state:
        known = MessagePart.objects.filter(pk=part.pk) if part else MessagePart.objects.filter(message=message)
        known.update(state=event.state)
    _settle(message, event)
    return True


def _part(event: ProviderEvent) -> MessagePart | None:
    """The part that the receipt names, by its number or another spelling of it (`raw["also"]`)."""
    named = MessagePart.objects.filter(provider=event.provider)
    for number in (event.provider_id, *event.raw.get("also", ())):
        if number and (part := named.filter(provider_id=number).first()):
            return part
    return None


def _settle(message: Message, event: ProviderEvent) -> None:
    """The message's state from those of its parts: lost when one is, delivered when all are."""
    states = set(MessagePart.objects.filter(message=message).values_list("state", flat=True)) or {event.state}
    lost = next((state for state in (Message.State.FAILED, Message.State.EXPIRED) if state in states), None)
    new = lost or (Message.State.DELIVERED if states == {Message.State.DELIVERED} else None)
    may_change = message.state == Message.State.SENT or (
        message.state in FINAL and message.settled_at is not None and event.at > message.settled_at
    )
    if new is not None and may_change and new != message.state:
        old, message.state, message.settled_at = message.state, new, event.at
        message.reason = reasons.reason_of(reasons.NOT_DELIVERED, event.code or new)[:300] if lost else ""
        message.save(update_fields=["state", "settled_at", "reason"])
        record_event(
            message,
            "message_reported",
            actor=None,
            field="state",
            old=old,
            new=new,
            reason=event.code,
            borrower_id=message.borrower_id,
            provider=event.provider,
        )
    if event.bad_address and message.contact_point is not None:
        take_out_of_use(message.contact_point, why="invalid", because=event.code)
