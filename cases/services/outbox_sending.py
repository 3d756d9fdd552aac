"""The door through which messages leave: claim, commit, call the provider, write down what it said.

Locks are taken in one order everywhere: case, then message, then step.
"""

from __future__ import annotations

import datetime as dt
import logging
import random

from django.db import transaction
from django.db.models import F

from borrowers.models import ContactPoint, Payment, record_event
from cases.channels import AmbiguousError, Outgoing, PassingError, PermanentError, Receipt, channel_for
from cases.models import Case, ContactRecord, GateDecision, Message, PlanStep, Promise, Stage
from cases.outcomes import OUTCOMES, SENT
from cases.services.contact_gate import judge
from cases.services.outbox_writing import gate_reason, time_to_go
from cases.services.plans import finish_step
from cases.strategy import reasons

log = logging.getLogger(__name__)

# Passing errors are tried so often, at 1, 2, 4, 8, 16 minutes and a little more; then the message has failed.
ATTEMPTS_AT_MOST = 6
# Longer than any adapter waits for its provider: whoever claimed it then is not at it any more.
STUCK_AFTER = dt.timedelta(minutes=5)
# What has waited longer says something that was true then.
EXPIRES_AFTER = dt.timedelta(days=2)
CHUNK = 100
SWEEP_AT_MOST = 2000


def dispatch(message_id: int, now: dt.datetime) -> str:
    """Send one message if it is due and nobody else has it; returns the state in which it is left, "" if untouched."""
    message = _claim(message_id, now)
    if message is None:
        return ""
    if message.state != Message.State.SENDING:
        return message.state
    channel = channel_for(message.channel)
    try:
        receipt = channel.send(_outgoing(message))
    except PassingError as error:
        return _try_again(message, str(error), now)
    except PermanentError as error:
        return _fail(message, str(error), bad_address=error.bad_address)
    except AmbiguousError as error:
        log.warning("message %s: %s", message.key, error)
        return _leave_open(message, can_look_up=channel.can_look_up)
    except Exception:  # an adapter's own fault: nobody knows how far it came
        log.exception("message %s", message.key)
        return _leave_open(message, can_look_up=channel.can_look_up)
    return _accepted(message, receipt, now)


def _outgoing(message: Message) -> Outgoing:
    language = message.template.language if message.template else ""
    return Outgoing(message.key, message.to, message.subject, message.body, language)


def sweep(now: dt.datetime) -> int:
    """Send what is due, and settle what was interrupted; returns the number of messages that changed.

    Any number of sweeps may run at once: each message is claimed by one of them.
    """
    done = _reconcile(now)
    passed = 0
    while passed < SWEEP_AT_MOST:
        due = Message.objects.filter(state=Message.State.QUEUED, not_before__lte=now)
        ids = list(due.order_by("not_before", "pk").values_list("pk", flat=True)[:CHUNK])
        # Two sweeps over one list in one order would meet at every row.
        random.shuffle(ids)
        moved = sum(1 for pk in ids if dispatch(pk, now))
        done += moved
        passed += len(ids)
        if not moved:
            break
    return done


def cancel_pending(*, case: Case, reason: str) -> int:
    """Cancel what has not been claimed yet; its steps are skipped. Returns the number of messages.

    Runs inside the caller's transaction, which has locked the case. Also for the reminders of its loans before the
    case was opened.
    """
    return _cancel(list(Message.objects.filter(case=case, state=Message.State.QUEUED).order_by("pk")), reason)


def _claim(message_id: int, now: dt.datetime) -> Message | None:
    """Take the message, with the gate's second decision, or find why it must not go. Returns it as it then stands,
    in state sending when it is ours; None when it is not due, or in other hands."""
    found = Message.objects.filter(pk=message_id).values_list("case_id", flat=True)
    with transaction.atomic():
        for case_id in found:
            _lock_case(case_id)
        message = (
            Message.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("borrower__creditor", "case", "loan__balance", "contact_point", "template")
            .filter(pk=message_id, state=Message.State.QUEUED, not_before__lte=now)
            .first()
        )
        if message is None:
            return None
        why = _overtaken(message, now)
        if why:
            _cancel([message], why, Message.State.EXPIRED if why == reasons.EXPIRED else Message.State.CANCELLED)
            return message
        assert message.contact_point is not None  # else it was overtaken
        decision = judge(
            borrower=message.borrower,
            case=message.case,
            contact_point=message.contact_point,
            channel=message.channel,
            at=now,
            party=message.contact_point.owner,
            moment=GateDecision.Moment.SEND,
            loans=[message.loan] if message.loan else None,
        )
        if not decision.allowed:
            later = time_to_go(decision, now)
            if later is None:
                _cancel([message], gate_reason(decision))
                return message
            message.not_before = later
            message.save(update_fields=["not_before"])
            return message
        claimed = Message.objects.filter(pk=message.pk, state=Message.State.QUEUED).update(
            state=Message.State.SENDING,
            send_decision=decision,
            claimed_at=now,
            attempts=F("attempts") + 1,
            provider=channel_for(message.channel).name,
        )
        if not claimed:  # cannot be while we hold the row; a database without row locks decides here
            transaction.set_rollback(True)
            return None
    message.state, message.send_decision, message.claimed_at = Message.State.SENDING, decision, now
    message.attempts += 1
    return message


def _overtaken(message: Message, now: dt.datetime) -> str:
    """Why it must not go any more, whatever the gate says; "" when it may."""
    case, loan = message.case, message.loan
    if message.contact_point is None or message.contact_point.value != message.to:
        return reasons.NO_CONTACT_POINT
    if now - message.queued_at > EXPIRES_AFTER:
        return reasons.EXPIRED
    if case is None and message.borrower.creditor.business_date(now) > message.day:
        return reasons.EXPIRED  # speaks of a due date to come, and it has come
    loans = [loan.pk] if loan else []
    if case is not None:
        if not case.is_open:
            return reasons.CASE_CLOSED
        if case.stage == Stage.ON_HOLD:
            return reasons.ON_HOLD
        promise = Promise.objects.filter(case=case, state=Promise.State.OPEN).first()
        # A step's reminder is for those who have not promised; what a person writes by hand may well be about it.
        if promise is not None and message.step_id and not message.purpose.startswith("promise"):
            return reasons.reason_of(reasons.PROMISE_OPEN, promise.due_on)
        loans = list(case.case_loans.values_list("loan_id", flat=True))
    # Its figures are those of when it was written: any money since makes them untrue.
    if Payment.objects.filter(loan__in=loans, recorded_at__gt=message.queued_at).exists():
        return reasons.PAID
    return ""


def _accepted(message: Message, receipt: Receipt, now: dt.datetime) -> str:
    """The provider has it: state, contact and step in one transaction, once."""
    with transaction.atomic():
        _lock_case(message.case_id)
        if not _settle(message, Message.State.SENT, provider_id=receipt.provider_ids[0][:100], sent_at=now, reason=""):
            return ""
        ContactRecord.objects.create(
            borrower=message.borrower,
            person_key=message.borrower.person_key,
            case=message.case,
            loans=_account_numbers(message),
            contact_point=message.contact_point,
            at=now,
            channel=message.channel,
            to=message.to,
            party=message.contact_point.owner if message.contact_point else ContactRecord.Party.DEBTOR,
            outcome=SENT,
            gate_outcome=OUTCOMES[SENT].gate_outcome,
            notes=message.body,
            decision=message.send_decision,
        )
        for step in PlanStep.objects.filter(pk__in=[message.step_id], state=PlanStep.State.QUEUED):
            finish_step(step=step, actor=None, at=now)
    return Message.State.SENT


def _account_numbers(message: Message) -> list[str]:
    if message.loan is not None:
        return [message.loan.account_no]
    case = message.case
    return list(case.loans.order_by("pk").values_list("account_no", flat=True)) if case else []


def _try_again(message: Message, why: str, now: dt.datetime) -> str:
    if message.attempts >= ATTEMPTS_AT_MOST:
        return _fail(message, why)
    wait = dt.timedelta(minutes=2 ** (message.attempts - 1)) * random.uniform(1.0, 1.3)  # noqa: S311  # no secret
    # Where nothing was settled, a reconciliation took it meanwhile.
    settled = _settle(message, Message.State.QUEUED, not_before=now + wait, reason=why[:300])
    return Message.State.QUEUED if settled else ""


def _fail(message: Message, why: str, *, bad_address: bool = False) -> str:
    with transaction.atomic():
        _lock_case(message.case_id)
        reason = reasons.reason_of(reasons.NOT_SENT, why)
        if not _settle(message, Message.State.FAILED, reason=reason[:300]):
            return ""
        _skip_steps([message], reason)
        point = message.contact_point
        if bad_address and point is not None:
            ContactPoint.objects.filter(pk=point.pk).update(is_valid=False, invalid_reason="returned")
            record_event(
                point, "contact_point_out_of_use", actor=None, field="is_valid", old=True, new=False, reason=why
            )
    return Message.State.FAILED


def _leave_open(message: Message, *, can_look_up: bool) -> str:
    """Nobody knows whether it went. A provider that can be asked is asked by a later sweep; else it stays unknown."""
    if can_look_up:
        return Message.State.SENDING
    with transaction.atomic():
        _lock_case(message.case_id)
        if not _settle(message, Message.State.UNKNOWN, reason=reasons.NOT_KNOWN_IF_SENT):
            return ""
        _skip_steps([message], reasons.NOT_KNOWN_IF_SENT)
    return Message.State.UNKNOWN


def _reconcile(now: dt.datetime) -> int:
    """Ask the provider about messages whose sender vanished between claim and answer."""
    stuck = Message.objects.filter(state=Message.State.SENDING, claimed_at__lt=now - STUCK_AFTER)
    related = stuck.select_related("borrower__creditor", "case", "loan", "contact_point", "send_decision")
    settled = 0
    for message in related.order_by("claimed_at")[:SWEEP_AT_MOST]:
        channel = channel_for(message.channel)
        try:
            receipt = channel.lookup(_outgoing(message), message.claimed_at or now)
        except PassingError as error:
            log.warning("message %s cannot be looked up now: %s", message.key, error)
            continue
        if receipt is not None:
            settled += bool(_accepted(message, receipt, now))
        elif channel.can_look_up:
            settled += _settle(message, Message.State.QUEUED, not_before=now, reason="")
        else:
            settled += bool(_leave_open(message, can_look_up=False))
    return settled


def _settle(message: Message, state: str, **values: object) -> int:
    """Leave the state sending, for the attempt that we made and no other; 1 when it was still ours."""
    ours = Message.objects.filter(pk=message.pk, state=Message.State.SENDING, attempts=message.attempts)
    return ours.update(state=state, **values)


def _cancel(messages: list[Message], reason: str, state: str = Message.State.CANCELLED) -> int:
    queued = Message.objects.filter(pk__in=[message.pk for message in messages], state=Message.State.QUEUED)
    count = queued.update(state=state, reason=reason[:300])
    for message in messages:
        message.state, message.reason = state, reason[:300]
    _skip_steps(messages, reason)
    return count


def _skip_steps(messages: list[Message], reason: str) -> None:
    """Their steps will not come about: the next run of the day sets what comes after them."""
    steps = [message.step_id for message in messages if message.step_id]
    if steps:
        queued = PlanStep.objects.filter(pk__in=steps, state=PlanStep.State.QUEUED)
        queued.update(state=PlanStep.State.SKIPPED, reason=reason[:200])


def _lock_case(case_id: int | None) -> None:
    """The first lock in the order; weaker than a deletion, so that rows which refer to the case can be written."""
    if case_id is not None:
        Case.objects.select_for_update(no_key=True).filter(pk=case_id).values_list("pk").first()
