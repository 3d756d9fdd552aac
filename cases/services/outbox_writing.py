"""Writes messages down: text, recipient, the gate's decision, one row with one key. Many at once, in few queries."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import transaction

from borrowers.errors import InputError
from borrowers.models import ContactPoint, Creditor, Loan
from cases.channels.segments import segments, sms_cost
from cases.models import GateDecision, Message, MessageTemplate, PlanStep
from cases.policy import Pack, load_pack
from cases.services.contact_gate import decide_contact
from cases.services.gate_facts import PersonFacts, load_facts
from cases.services.messages import Figures, choose_template, load_templates, word_message
from cases.strategy import reasons

log = logging.getLogger(__name__)

# A refusal that ends within this time lets the message wait (the night); a longer one drops it.
WAIT_AT_MOST = dt.timedelta(hours=24)
_POINT_KIND = {"sms": ContactPoint.Kind.MOBILE, "email": ContactPoint.Kind.EMAIL}


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written. `contact_point` None lets the outbox choose; `day` is part of the key."""

    purpose: str
    day: dt.date
    channel: str
    template_code: str
    figures: Figures
    loans: Sequence[Loan]
    loan: Loan | None = None
    step: PlanStep | None = None
    contact_point: ContactPoint | None = None

    @property
    def key(self) -> str:
        """Unique by (case, step, purpose, day), or by (loan, purpose, day) where there is no case."""
        case, step = self.figures.case, self.step
        if case is not None:
            anchor = f"{step.code}:{step.anchor_on}" if step else ":"
            return f"case:{case.pk}:step:{anchor}:{self.purpose}:{self.day}"
        if self.loan is None:
            raise ValueError("a message is about a case or about a loan")
        return f"loan:{self.loan.pk}:{self.purpose}:{self.day}"


@dataclass(slots=True)
class Written:
    """What came of a draft: a queued message (`is_new`: written now), or why there is none."""

    draft: Draft
    message: Message | None = None
    is_new: bool = False
    reason: str = ""
    decision: GateDecision | None = None


@dataclass(slots=True)
class _Desk:
    """What all drafts of one batch share."""

    now: dt.datetime
    pack: Pack | None
    pack_error: InputError | None
    facts: dict[int, PersonFacts]
    templates: dict[tuple[str, str], list[MessageTemplate]] = field(default_factory=dict)

    def template(self, draft: Draft) -> MessageTemplate:
        name = (draft.template_code, draft.channel)
        if name not in self.templates:
            self.templates[name] = load_templates(*name)
        return choose_template(self.templates[name], draft.figures.borrower)


def write_messages(
    drafts: Sequence[Draft], *, creditor: Creditor, now: dt.datetime, keep_refused: bool = False
) -> list[Written]:
    """Write the drafts of one creditor, in their order. Runs inside the caller's transaction.

    Judged for the instant `now`: a refusal that ends within a day makes the message wait for that end; any other keeps
    it from being queued, with the decision stored all the same. `keep_refused` then writes it as cancelled, so that
    its key is taken and a repetition of the day asks no more.
    """
    taken = {message.key: message for message in Message.objects.filter(key__in=[draft.key for draft in drafts])}
    desk = _open_desk([draft for draft in drafts if draft.key not in taken], creditor, now)
    results: list[Written] = []
    seen: set[str] = set()
    for draft in drafts:
        if draft.key in taken or draft.key in seen:
            results.append(Written(draft, taken.get(draft.key), reason="" if draft.key in taken else "duplicate"))
            continue
        seen.add(draft.key)
        results.append(_write(draft, desk))
    GateDecision.objects.bulk_create([result.decision for result in results if result.decision is not None])
    made = [result for result in results if result.is_new and result.message is not None]
    for result in made:
        # Only now does the decision have its number.
        result.message.queue_decision = result.decision  # type: ignore[union-attr]  # filtered above
    Message.objects.bulk_create(
        [
            result.message
            for result in made
            if result.message is not None and (keep_refused or result.message.state == Message.State.QUEUED)
        ]
    )
    for result in made:
        if result.message is not None and result.message.state != Message.State.QUEUED:
            result.message, result.is_new = None, False
    return results


def wake_worker(task: str, *arguments: int) -> None:
    """After the commit, ask a worker to look. Best effort: the sweep finds what no worker was told of."""
    transaction.on_commit(partial(_publish, task, arguments), robust=True)


def choose_point(points: Iterable[ContactPoint], channel: str) -> ContactPoint | None:
    """The debtor's own, in use, agreed to or not spoken of; the preferred one first, then the oldest."""
    fitting = [
        point
        for point in points
        if point.kind == _POINT_KIND[channel]
        and point.owner == ContactPoint.Owner.DEBTOR
        and point.is_valid
        and point.consent != ContactPoint.Consent.NO
    ]
    return min(fitting, key=lambda point: (not point.preferred, point.pk), default=None)


def _open_desk(drafts: Sequence[Draft], creditor: Creditor, now: dt.datetime) -> _Desk:
    borrowers = {draft.figures.borrower.pk: draft.figures.borrower for draft in drafts}
    try:
        pack = load_pack(creditor.pack)
        facts = load_facts(list(borrowers.values()), pack=pack, at=now) if borrowers else {}
    except InputError as error:
        points: dict[int, list[ContactPoint]] = {pk: [] for pk in borrowers}
        for point in ContactPoint.objects.filter(borrower__in=borrowers):
            points[point.borrower_id].append(point)
        return _Desk(now, None, error, {pk: PersonFacts(points=points[pk]) for pk in borrowers})
    return _Desk(now, pack, None, facts)


def _write(draft: Draft, desk: _Desk) -> Written:
    borrower, case = draft.figures.borrower, draft.figures.case
    facts = desk.facts[borrower.pk]
    point = draft.contact_point or choose_point(facts.points, draft.channel)
    if point is None:
        return Written(draft, reason=reasons.NO_CONTACT_POINT)
    try:
        template = desk.template(draft)
        wording = word_message(template, draft.figures)
    except InputError as error:
        log.warning("message %s cannot be worded: %s", draft.key, error)
        return Written(draft, reason=reasons.reason_of(reasons.WORDING, error.text)[:200])
    decision = decide_contact(
        facts=facts,
        pack=desk.pack,
        pack_error=desk.pack_error,
        borrower=borrower,
        case=case,
        contact_point=point,
        channel=draft.channel,
        at=desk.now,
        party=point.owner,
        moment=GateDecision.Moment.QUEUE,
        loans=draft.loans,
    )
    starts_at = time_to_go(decision, desk.now)
    message = Message(
        key=draft.key,
        borrower=borrower,
        case=case,
        loan=draft.loan,
        step=draft.step,
        purpose=draft.purpose,
        day=draft.day,
        channel=draft.channel,
        contact_point=point,
        to=point.value,
        subject=wording.subject[:200],
        body=wording.body,
        values=[list(pair) for pair in wording.values.items()],
        template=template,
        template_version=template.version,
        not_before=starts_at or desk.now,
    )
    if draft.channel == MessageTemplate.Channel.SMS:
        message.segments = segments(wording.body).count
        message.cost = sms_cost(wording.body, settings.SMS_SEGMENT_PRICE)
    if starts_at is None:
        message.state = Message.State.CANCELLED
        message.reason = gate_reason(decision)
    # A refused message is kept or dropped by the caller's wish; its reason is told either way.
    return Written(draft, message, is_new=True, reason=message.reason, decision=decision)


def time_to_go(decision: GateDecision, now: dt.datetime) -> dt.datetime | None:
    """When a message so decided may go: now, at the end of a short refusal, or (None) not at all."""
    if decision.allowed:
        return now
    later = decision.next_allowed_at
    return later if later is not None and later <= now + WAIT_AT_MOST else None


def gate_reason(decision: GateDecision) -> str:
    return reasons.reason_of(reasons.GATE, decision.reason)[:200]


def _publish(task: str, arguments: tuple[int, ...]) -> None:
    try:
        current_app.send_task(task, args=arguments, retry=False)
    except Exception as error:  # whatever the broker throws: the message is a row, the sweep will find it
        log.warning("%s %s was not published: %s", task, arguments, error)
