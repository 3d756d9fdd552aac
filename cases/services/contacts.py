"""Books a contact that a person made: the call, what the gate says of it, and what follows from its outcome."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from borrowers.models import ContactPoint, User
from cases.models import Case, ContactRecord, DialledCall, GateDecision, PlanStep
from cases.models.contact import Channel
from cases.models.plan import StepChannel
from cases.outcomes import ENDS_NUMBER, NEXT_ACTIONS, NONPAYMENT_REASONS, OPENS_TALKS, OUTCOMES, PROMISE, Outcome
from cases.services.conditions import ConditionRequest, lock_person, record_conditions
from cases.services.contact_gate import judge, note_incoming
from cases.services.contact_log import write_contact
from cases.services.contact_points import mark_out_of_use
from cases.services.outbox import cancel_pending
from cases.services.outcome_conditions import SOURCE_OF_CHANNEL, conditions_of_outcome
from cases.services.permissions import WORKERS, check_may
from cases.services.plans import finish_step
from cases.services.promises import make_promise
from cases.services.workable import refresh_workable
from cases.stages import move_case_if_legal
from cases.strategy.reasons import CONTACTED, reason_of

# A call may be noted later, not remembered: three days cover a weekend.
BACKDATED_AT_MOST = dt.timedelta(days=3)
# Clocks of two machines are never quite the same.
CLOCK_SKEW = dt.timedelta(minutes=1)
TWICE_WITHIN = dt.timedelta(seconds=60)
_OWING = (ContactRecord.Party.DEBTOR, ContactRecord.Party.GUARANTOR)


class ContactRefused(ValueError):
    """The contact cannot be booked as told; says why in the reader's language."""


def book_contact(
    *,
    case: Case,
    actor: User,
    contact_point: ContactPoint | None,
    channel: str,
    at: dt.datetime,
    direction: str = "out",
    party: str = "",
    outcome: str,
    nonpayment_reason: str = "",
    notes: str = "",
    next_action: str = "",
    next_action_on: dt.date | None = None,
    recording_ref: str = "",
    promise_amount: Decimal | None = None,
    promise_due_on: dt.date | None = None,
    promise_means: str = "",
    override_reason: str = "",
    conditions: Sequence[ConditionRequest] = (),
    dialled: DialledCall | None = None,
) -> ContactRecord:
    """Write the contact with the gate's decision at its instant, and do what its outcome brings, all or nothing.

    A call out that the gate refuses is a fact all the same: it is recorded, marked as a breach (unless the actor is a
    supervisor who gives an `override_reason` where the pack allows one). A contact that came in is never a breach.
    `party` defaults to the owner of the contact point. `conditions` is what was said about further contact; some
    outcomes leave one standing by themselves (outcome_conditions). `dialled` is the call that the exchange made, whose
    recording is taken unless another is named. Raises ContactRefused, PromiseRefused, OverrideRefused,
    ConditionRefused, PermissionDenied.
    """
    result = _check_words(outcome, nonpayment_reason, next_action, channel, direction)
    _check_time(at)
    with transaction.atomic():
        lock_person(case.borrower)  # conditions reach the person's other cases: all are locked, in one order
        case = Case.objects.select_for_update(of=("self",)).select_related("borrower__creditor").get(pk=case.pk)
        check_may(case, actor, *WORKERS)
        party = party or (contact_point.owner if contact_point else ContactRecord.Party.DEBTOR)
        _check_party(case, contact_point, party, result)
        _check_not_twice(case, actor, contact_point, channel, direction, outcome)
        asked = [
            *conditions,
            *conditions_of_outcome(outcome=outcome, point=contact_point, party=party, notes=notes, asked=conditions),
        ]
        if dialled is not None:
            recorded = _check_dialled(case, dialled)
            recording_ref = recording_ref.strip() or recorded
        decision = _decide(case, actor, contact_point, channel, at, direction, party, recording_ref, override_reason)
        record = write_contact(
            borrower=case.borrower,
            case=case,
            at=at,
            channel=channel,
            outcome=outcome,
            contact_point=contact_point,
            direction=direction,
            to=contact_point.value if contact_point else "",
            party=party,
            nonpayment_reason=nonpayment_reason,
            notes=notes.strip(),
            next_action=next_action,
            next_action_on=next_action_on,
            recording_ref=recording_ref.strip(),
            decision=decision,
            is_breach=direction == ContactRecord.Direction.OUT and not decision.allowed,
            actor=actor,
        )
        _follow_up(case, actor, record, result)
        if result.code == PROMISE:
            if promise_amount is None or promise_due_on is None:
                raise ContactRefused(_("A promise needs its sum and its day."))
            make_promise(
                case=case,
                amount=promise_amount,
                due_on=promise_due_on,
                means=promise_means or "transfer",
                contact=record,
                actor=actor,
                on=case.borrower.creditor.business_date(at),
            )
        if dialled is not None:
            DialledCall.objects.filter(pk=dialled.pk).update(contact=record)
        if asked:
            record_conditions(
                borrower=case.borrower,
                actor=actor,
                requests=asked,
                source=SOURCE_OF_CHANNEL[channel],
                since=at,
                contact=record,
            )
        refresh_workable(person_keys=[record.person_key], now=timezone.now())
        return record


def _check_words(outcome: str, nonpayment_reason: str, next_action: str, channel: str, direction: str) -> Outcome:
    if outcome not in OUTCOMES:
        raise ContactRefused(_("“%(outcome)s” is not a known outcome.") % {"outcome": outcome})
    if nonpayment_reason and nonpayment_reason not in NONPAYMENT_REASONS:
        raise ContactRefused(_("“%(reason)s” is not a known reason.") % {"reason": nonpayment_reason})
    if next_action and next_action not in NEXT_ACTIONS:
        raise ContactRefused(_("“%(action)s” is not a known action.") % {"action": next_action})
    if channel not in Channel.values:
        raise ContactRefused(_("“%(channel)s” is not a known channel.") % {"channel": channel})
    if direction not in ContactRecord.Direction.values:
        raise ContactRefused(_("A contact is either outgoing or incoming."))
    return OUTCOMES[outcome]


def _check_time(at: dt.datetime) -> None:
    now = timezone.now()
    if at > now + CLOCK_SKEW:
        raise ContactRefused(_("A contact cannot be booked before it was made."))
    if at < now - BACKDATED_AT_MOST:
        raise ContactRefused(
            _("A contact is booked within %(days)d days of being made.") % {"days": BACKDATED_AT_MOST.days}
        )


def _check_party(case: Case, point: ContactPoint | None, party: str, outcome: Outcome) -> None:
    if party not in ContactRecord.Party.values:
        raise ContactRefused(_("“%(party)s” is nobody whom we know.") % {"party": party})
    if point is not None and point.borrower_id != case.borrower_id:
        raise ContactRefused(_("This contact point belongs to another borrower."))
    if outcome.group == "debtor" and party not in _OWING:
        raise ContactRefused(_("This outcome is of a talk with the borrower, not with somebody who owes nothing."))


def _check_not_twice(
    case: Case, actor: User, point: ContactPoint | None, channel: str, direction: str, outcome: str
) -> None:
    """The same note again within a minute is a key pressed twice. A second call with another outcome is none.

    The case's row is locked, so that two requests at once do not both find nothing.
    """
    since = timezone.now() - TWICE_WITHIN
    same = ContactRecord.objects.filter(
        case=case, actor=actor, contact_point=point, channel=channel, direction=direction, outcome=outcome
    )
    if same.filter(recorded_at__gt=since).exists():
        raise ContactRefused(_("You booked this very contact less than a minute ago."))


def _check_dialled(case: Case, dialled: DialledCall) -> str:
    """The recording of the dialled call, which is of this case and not booked yet; its row is locked."""
    row = DialledCall.objects.select_for_update(of=("self",)).get(pk=dialled.pk)
    if row.case_id != case.pk:
        raise ContactRefused(_("This call was dialled for another case."))
    if row.contact_id is not None:
        raise ContactRefused(_("This call is booked already."))
    return row.recording_ref


def _decide(
    case: Case,
    actor: User,
    point: ContactPoint | None,
    channel: str,
    at: dt.datetime,
    direction: str,
    party: str,
    recording_ref: str,
    override_reason: str,
) -> GateDecision:
    if direction == ContactRecord.Direction.IN:
        return note_incoming(
            borrower=case.borrower, case=case, contact_point=point, channel=channel, at=at, party=party
        )
    return judge(
        borrower=case.borrower,
        case=case,
        contact_point=point,
        channel=channel,
        at=at,
        party=party,
        moment=GateDecision.Moment.RECORD,
        recording_ref=recording_ref.strip(),
        override_by=actor if override_reason.strip() else None,
        override_reason=override_reason,
    )


def _follow_up(case: Case, actor: User, record: ContactRecord, outcome: Outcome) -> None:
    """What the outcome brings with it."""
    if outcome.code in ENDS_NUMBER and record.contact_point is not None:
        mark_out_of_use(record.contact_point, why=outcome.code, actor=actor)
    if outcome.code in OPENS_TALKS:
        move_case_if_legal(case, "start_negotiating", actor=actor, reason=reason_of(CONTACTED, outcome.code))
    if outcome.stops_contact and record.party in _OWING:
        cancel_pending(case=case, reason=reason_of(CONTACTED, outcome.code))
    if record.channel == Channel.PHONE and record.party in _OWING:
        _finish_due_call(case, actor, record)


def _finish_due_call(case: Case, actor: User, record: ContactRecord) -> None:
    """The call that the plan asked for by the day of this one is made, whoever began it; one that lies ahead stands."""
    on = case.borrower.creditor.business_date(record.at)
    step = (
        PlanStep.objects.filter(
            plan__case=case, channel=StepChannel.PHONE, state=PlanStep.State.PLANNED, due_on__lte=on
        )
        .order_by("due_on", "pk")
        .first()
    )
    if step is not None:
        finish_step(step=step, actor=actor, at=record.at, note=record.outcome)
