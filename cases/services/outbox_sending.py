"""The door through which messages leave: claim, commit, call the provider, write down what it said.

Locks are taken in one order everywhere: case (where there is none, the person's chain of contacts), then message, then
step.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import time
from collections.abc import Collection, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cases.channels import AmbiguousError, Channel, Outgoing, PassingError, PermanentError, Receipt, channel_for
from cases.models import ContactRecord, Message, MessagePart
from cases.models.message import MessageTemplate
from cases.outcomes import SENT
from cases.services.contact_log import lock_chain, write_contact
from cases.services.contact_points import mark_out_of_use
from cases.services.outbox_cancelling import lock_case, skip_steps
from cases.services.outbox_claiming import claim_messages
from cases.services.outbox_pace import Grant, give_back, note_failure, note_success, take_tokens
from cases.services.outbox_writing import wake_worker
from cases.services.staff_mail import sweep_staff_mails
from cases.services.steps import finish_sent_step
from cases.services.workable import refresh_workable
from cases.strategy import reasons

log = logging.getLogger(__name__)

# Passing errors are tried so often, after 1, 2, 4, 8, 16 minutes and a little more; then the message has failed.
ATTEMPTS_AT_MOST = 6
# No wait between two tries is longer, whatever a provider asks for.
WAIT_AT_MOST = dt.timedelta(hours=1)
# So many are claimed at once, and held no longer than this before the provider is called: the gate's word is fresh.
CHUNK = 50
HOLD = dt.timedelta(seconds=30)
# A sweep ends after so many seconds; the next one comes with the next minute.
SWEEP_SECONDS = 50.0
# Seconds between two looks at rows that others hold.
_BREATH = 0.2
# A provider that has not answered a question about a message for so long will not: it stays unknown.
ASK_AT_MOST = dt.timedelta(days=1)
# Of these nobody knows for certain that it did not go, once it was handed over.
_OPEN_STATES = (Message.State.SENDING, Message.State.UNKNOWN, Message.State.QUEUED)
CHANNELS = tuple(MessageTemplate.Channel.values)


class Clock:
    """The instant the work began, and the time that has passed since: what a test says and what really passes."""

    def __init__(self, now: dt.datetime) -> None:
        self._start, self._begun = now, time.perf_counter()

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self._begun

    @property
    def now(self) -> dt.datetime:
        return self._start + dt.timedelta(seconds=self.elapsed)


def dispatch(message_id: int, now: dt.datetime) -> str:
    """Send one message if it is due and nobody else has it; returns the state in which it is left, "" if untouched."""
    channel = (
        Message.objects.filter(pk=message_id, state=Message.State.QUEUED).values_list("channel", flat=True).first()
    )
    if channel is None or not _send_chunk(channel, Clock(now), 1, [message_id]):
        return ""
    return Message.objects.values_list("state", flat=True).get(pk=message_id)


def sweep(now: dt.datetime) -> int:
    """Send what is due, and settle what was interrupted; returns the number of messages that changed.

    Any number of sweeps may run at once: each message is claimed by one of them. One that finds a full chunk calls
    for another worker.
    """
    # Imported here: what is reported settles messages, through this module.
    from cases.services.receipts import act_on_waiting

    clock = Clock(now)
    done = act_on_waiting(clock.now) + _reconcile(clock.now)
    for name in CHANNELS:
        done += _sweep_channel(name, clock)
    return done + sweep_staff_mails(clock.now)


def _sweep_channel(name: str, clock: Clock) -> int:
    done, called = 0, False
    try:
        channel_for(name)
    except ImportError as error:
        # The other channels must not wait for it; its messages stay queued.
        log.error("the client of the provider for %s is not installed: %s", name, error)
        return 0
    while clock.elapsed < SWEEP_SECONDS:
        # Looked at before tokens are asked for: an idle provider's row is not written each minute.
        due = Message.objects.filter(channel=name, state=Message.State.QUEUED, not_before__lte=clock.now)
        waiting = len(due.values_list("pk")[: CHUNK + 1])
        if not waiting:
            break
        if waiting > CHUNK and not called:
            wake_worker("cases.tasks.sweep_outbox")
            called = True
        moved = _send_chunk(name, clock, CHUNK)
        if moved is None:
            break
        done += moved
        if not moved and waiting <= CHUNK:
            break  # others have what is left
        if not moved:
            time.sleep(_BREATH)  # the oldest are all in somebody's hands, such as the day's run
    return done


def _send_chunk(name: str, clock: Clock, limit: int, only: Collection[int] | None = None) -> int | None:
    """Claim and send at most `limit`; how many changed. None: the provider must be left alone for now."""
    provider = channel_for(name)
    grant = take_tokens(provider.name, name, limit, clock.now)
    while grant.count == 0:
        if grant.wait > 1.0 or only is not None:
            return None
        time.sleep(grant.wait)
        grant = take_tokens(provider.name, name, limit, clock.now)
    claim = claim_messages(channel=name, provider=provider.name, limit=grant.count, now=clock.now, only=only)
    unused, sent = grant.count - len(claim.held), 0
    for place, message in enumerate(claim.held):
        if clock.now - (message.claimed_at or clock.now) > HOLD or not _send(message, provider, clock, grant):
            rest = claim.held[place:] if message.handed_at is None else claim.held[place + 1 :]
            sent += message.handed_at is not None
            unused += _release(rest)
            break
        sent += 1
    give_back(provider.name, grant, unused, clock.now)
    return claim.settled + sent


def _send(message: Message, provider: Channel, clock: Clock, grant: Grant) -> bool:
    """Hand one claimed message over and write down what came of it; False when the provider is to be left alone."""
    if not _hand_over(message, clock.now):
        return True  # cancelled since it was claimed
    try:
        receipt = provider.send(outgoing(message))
    except PassingError as error:
        _try_again(message, error, clock.now)
        if not error.about_recipient:
            return not note_failure(provider.name, str(error), clock.now, error.retry_after)
    except PermanentError as error:
        _fail(message, str(error), bad_address=error.bad_address)
    except AmbiguousError as error:
        log.warning("message %s: %s", message.key, error)
        _leave_open(message, can_look_up=provider.can_look_up)
        return not note_failure(provider.name, str(error), clock.now)
    except Exception:  # an adapter's own fault: nobody knows how far it came
        log.exception("message %s", message.key)
        _leave_open(message, can_look_up=provider.can_look_up)
        return not note_failure(provider.name, "a fault of the adapter", clock.now)
    else:
        _accepted(message, receipt.provider_ids, clock.now)
    if grant.failed_before:
        note_success(provider.name)
    return True


def outgoing(message: Message) -> Outgoing:
    """What the adapter is told of a message."""
    template = message.template
    return Outgoing(
        message.key,
        message.to,
        message.subject,
        message.body,
        language=template.language if template else "",
        template=template.provider_template if template else "",
        values=dict(message.values),
    )


def _hand_over(message: Message, now: dt.datetime) -> bool:
    """The last look: still ours, and neither cancelled nor given to somebody else. From here on it may have left."""
    ours = Message.objects.filter(
        pk=message.pk, state=Message.State.SENDING, claimed_at=message.claimed_at, handed_at=None
    )
    if not ours.update(handed_at=now, attempts=F("attempts") + 1):
        return False
    message.handed_at = now
    message.attempts += 1
    return True


def _release(messages: Sequence[Message]) -> int:
    """Back into the queue what was claimed and certainly never left; returns how many."""
    count = 0
    for message in messages:
        held = Message.objects.filter(
            pk=message.pk, state=Message.State.SENDING, claimed_at=message.claimed_at, handed_at=None
        )
        count += held.update(state=Message.State.QUEUED, claimed_at=None)
    return count


def accept_reported(*, message: Message, provider_ids: Sequence[str] = (), at: dt.datetime) -> bool:
    """The provider says later, or a person does, that it took over a message whose fate was not known; True when that
    settled it. Writes the contact and finishes the step, as an answer in time would have done."""
    return _accepted(message, tuple(provider_ids), at, from_states=_OPEN_STATES)


def _accepted(
    message: Message,
    provider_ids: tuple[str, ...],
    now: dt.datetime,
    from_states: Sequence[str] = (Message.State.SENDING,),
) -> bool:
    """The provider has it: state, parts, contact and step in one transaction, once."""
    with transaction.atomic():
        lock_case(message.case_id)
        chain = lock_chain(message.borrower_id) if message.case_id is None else None
        first = provider_ids[0][:100] if provider_ids else ""
        values = {"state": Message.State.SENT, "provider_id": first, "sent_at": now, "reason": ""}
        ours = Message.objects.filter(pk=message.pk, state__in=from_states, attempts=message.attempts)
        if not ours.update(**values):
            return False
        # A provider that repeats a number breaks its own promise; the message it names first keeps it.
        MessagePart.objects.bulk_create(
            [
                MessagePart(message=message, number=number, provider=message.provider, provider_id=part[:100])
                for number, part in enumerate(provider_ids, start=1)
            ],
            ignore_conflicts=True,
        )
        write_contact(
            borrower=message.borrower,
            case=message.case,
            at=message.handed_at or now,
            channel=message.channel,
            outcome=SENT,
            loans=[message.loan.account_no] if message.loan is not None else None,
            contact_point=message.contact_point,
            to=message.to,
            party=message.contact_point.owner if message.contact_point else ContactRecord.Party.DEBTOR,
            notes=message.body,
            decision=message.send_decision,
            chain=chain,
        )
        if message.step_id is not None:
            finish_sent_step(step_id=message.step_id, borrower_id=message.borrower_id, at=now)
    return True


def _try_again(message: Message, error: PassingError, now: dt.datetime) -> None:
    if message.attempts >= ATTEMPTS_AT_MOST:
        _fail(message, str(error))
        return
    backoff = settings.OUTBOX_BACKOFF_SECONDS * 2 ** (message.attempts - 1)
    seconds = max(backoff, error.retry_after or 0.0) * random.uniform(1.0, 1.3)  # noqa: S311  # no secret
    wait = min(dt.timedelta(seconds=seconds), WAIT_AT_MOST)
    # Where nothing was settled, a reconciliation took it meanwhile.
    _settle(
        message, Message.State.QUEUED, not_before=now + wait, claimed_at=None, handed_at=None, reason=str(error)[:300]
    )


def _fail(message: Message, why: str, *, bad_address: bool = False) -> None:
    with transaction.atomic():
        lock_case(message.case_id)
        reason = reasons.reason_of(reasons.NOT_SENT, why)
        if not _settle(message, Message.State.FAILED, reason=reason[:300]):
            return
        skip_steps([message], reason)
        point = message.contact_point
        if bad_address and point is not None and mark_out_of_use(point, why="returned", because=why):
            refresh_workable(person_keys=[message.borrower.person_key], now=message.handed_at or timezone.now())


def _leave_open(message: Message, *, can_look_up: bool) -> bool:
    """Nobody knows whether it went. A provider that can be asked is asked by a later sweep; else it stays unknown."""
    if can_look_up:
        return False
    with transaction.atomic():
        lock_case(message.case_id)
        if not _settle(message, Message.State.UNKNOWN, reason=reasons.NOT_KNOWN_IF_SENT):
            return False
        skip_steps([message], reasons.NOT_KNOWN_IF_SENT)
    return True


def _reconcile(now: dt.datetime) -> int:
    """Settle what was claimed and then left alone: by a worker that died, or a provider that did not answer."""
    before = now - dt.timedelta(seconds=settings.OUTBOX_STUCK_SECONDS)
    stuck = Message.objects.filter(state=Message.State.SENDING, claimed_at__lt=before)
    # Never handed over: nobody has to be asked.
    settled = stuck.filter(handed_at=None).update(state=Message.State.QUEUED, claimed_at=None)
    related = ("borrower__creditor", "case", "loan", "contact_point", "send_decision", "template")
    asked = stuck.filter(handed_at__lt=before).select_related(*related).order_by("claimed_at")
    for message in asked[: CHUNK * 4]:
        settled += _ask(message, now)
    return settled


def _ask(message: Message, now: dt.datetime) -> int:
    """Settle one message by what its provider knows of it; 1 when that is settled now."""
    provider, handed = channel_for(message.channel), message.handed_at or now
    if provider.name != message.provider:
        # The installation has changed its provider: this one knows nothing of it.
        return int(_leave_open(message, can_look_up=False))
    try:
        receipt: Receipt | None = provider.lookup(outgoing(message), handed)
    except PassingError as error:
        log.warning("message %s cannot be looked up now: %s", message.key, error)
        return int(now - handed > ASK_AT_MOST and _leave_open(message, can_look_up=False))
    if receipt is not None:
        return int(_accepted(message, receipt.provider_ids, now))
    if provider.can_look_up:
        return _settle(message, Message.State.QUEUED, not_before=now, claimed_at=None, handed_at=None, reason="")
    return int(_leave_open(message, can_look_up=False))


def _settle(message: Message, state: str, **values: object) -> int:
    """Leave the state sending, for the attempt that we made and no other; 1 when it was still ours."""
    ours = Message.objects.filter(pk=message.pk, state=Message.State.SENDING, attempts=message.attempts)
    return ours.update(state=state, **values)
