"""Objections: taken down with their clock and their hold on contact, given an owner, acknowledged, extended, withdrawn.

Answering is `cases.services.objection_answers`. The flag that stops contact stands from the first objection to the last
answer; whoever records such a flag opens an objection with it, so that nothing contested waits without a clock.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.errors import InputError
from borrowers.models import AuditEvent, Loan, User, record_event
from cases.models import Case, ContactCondition, ContactRecord, Objection
from cases.objection_moves import MoveRefused, move_objection
from cases.policy import Flag
from cases.policy.objection_clocks import clock_for, clock_of
from cases.services.conditions import end_condition, lock_person, record_condition
from cases.services.objection_freeze import freeze, unfreeze
from cases.services.permissions import WORKERS, check_may

Family, Channel = Objection.Family, Objection.Channel
ANSWER = "cases.answer_objection"
# What is taken down later than this was lost, not delayed: a date that far back is a slip of the pen.
OLDEST_DAYS = 366
WORDS_AT_MOST = 4_000

# The flag that keeps contact from happening while such an objection is open.
FLAG_OF: dict[str, Flag] = {
    Family.DISPUTE: Flag.DISPUTE_OPEN,
    Family.COMPLAINT: Flag.COMPLAINT_OPEN,
    Family.CREDIT_REPORT: Flag.DISPUTE_OPEN,
    Family.IDENTITY_THEFT: Flag.DISPUTE_OPEN,
}
_SOURCE_OF: dict[str, str] = {
    Channel.PHONE: ContactCondition.Source.CALL,
    Channel.SMS: ContactCondition.Source.REPLY,
    Channel.EMAIL: ContactCondition.Source.REPLY,
    Channel.POST: ContactCondition.Source.LETTER,
    Channel.AUTHORITY: ContactCondition.Source.LETTER,
    Channel.VISIT: ContactCondition.Source.STAFF,
}
_CHANNEL_OF: dict[str, str] = {
    ContactCondition.Source.CALL: Channel.PHONE,
    ContactCondition.Source.REPLY: Channel.SMS,
    ContactCondition.Source.PROVIDER: Channel.EMAIL,
    ContactCondition.Source.LETTER: Channel.POST,
    ContactCondition.Source.STAFF: Channel.VISIT,
}


class ObjectionRefused(ValueError):
    """It cannot be done; says why in the reader's language."""


def families_of(flag: str) -> list[str]:
    return [family for family, own in FLAG_OF.items() if own == flag]


# --- Taking down -----------------------------------------------------------------------------------------


def open_objection(
    *,
    case: Case,
    actor: User,
    family: str,
    topic: str,
    channel: str,
    received_on: dt.date,
    words: str,
    loan: Loan | None = None,
    owner: User | None = None,
) -> Objection:
    """Take down what the borrower contests or complains of: the clock runs from `received_on`, contact stops, what waits
    to be sent is cancelled, and a claim of identity theft freezes the case.

    ObjectionRefused with the reason; PermissionDenied for who does not work the case.
    """
    with transaction.atomic():
        case = locked_case(case)
        check_may(case, actor, *WORKERS)
        if not words.strip():
            raise ObjectionRefused(_("Say in the borrower's words what is contested."))
        _check_received(case, received_on)
        if loan is not None and not case.loans.filter(pk=loan.pk).exists():
            raise ObjectionRefused(_("The loan is not in this case."))
        if owner is not None:
            _check_owner(case, owner, complained_of(case, None, topic))
        objection = _write(case, actor, family, topic, channel, received_on, words, loan, owner)
        condition = record_condition(
            borrower=case.borrower,
            actor=actor,
            kind=ContactCondition.Kind.FLAG,
            code=FLAG_OF[family],
            words=objection.words[:300],
            source=_SOURCE_OF[channel],
            since=timezone.now(),
        )
        _link(objection, condition)
        if family == Family.IDENTITY_THEFT:
            freeze(objection, actor=actor)
    return objection


def follow_flag(
    *,
    condition: ContactCondition,
    actor: User | None,
    contact: ContactRecord | None = None,
    words: str = "",
    is_theft: bool = False,
) -> Objection | None:
    """The objection that belongs to a flag which was just told of, in `contact` and in these words: one that waits for
    it, else a new one. None when the borrower has no case to keep it in. Called by cases.services.conditions, inside
    its transaction.

    `is_theft`: it was said that somebody else borrowed. That is a claim of its own, whatever else is contested.
    """
    waiting = Objection.objects.open().filter(
        case__borrower=condition.borrower_id, family__in=families_of(condition.code)
    )
    found = list(waiting.filter(condition=None).order_by("pk")) or list(waiting.order_by("pk"))
    for objection in found:
        _link(objection, condition)
    if found and not (is_theft and not waiting.filter(family=Family.IDENTITY_THEFT).exists()):
        return found[0]
    case = contact.case if contact is not None and contact.case is not None else _case_of(condition)
    if case is None:
        return None
    family = Family.DISPUTE if condition.code == Flag.DISPUTE_OPEN else Family.COMPLAINT
    objection = _write(
        Case.objects.select_related("creditor", "borrower").get(pk=case.pk),
        actor,
        Family.IDENTITY_THEFT if is_theft else family,
        Objection.Topic.NOT_MINE if is_theft else Objection.Topic.OTHER,
        contact.channel if contact is not None else _CHANNEL_OF[condition.source],
        condition.borrower.creditor.business_date(contact.at if contact is not None else condition.since),
        words or condition.words,
        None,
        None,
    )
    _link(objection, condition)
    if is_theft:
        freeze(objection, actor=actor)
    return objection


def _case_of(condition: ContactCondition) -> Case | None:
    """The open case of the borrower, else the newest."""
    cases = Case.objects.filter(borrower=condition.borrower_id).order_by("pk")
    return cases.open().last() or cases.last()


def _write(
    case: Case,
    actor: User | None,
    family: str,
    topic: str,
    channel: str,
    received_on: dt.date,
    words: str,
    loan: Loan | None,
    owner: User | None,
) -> Objection:
    try:
        clock = clock_for(case.creditor.pack, family, received_on)
    except InputError as refused:
        raise ObjectionRefused(refused.translated(_)) from refused
    # Nobody looks into what was said about themselves: a complaint waits for a supervisor to give it to somebody.
    own = case.assigned_to if family != Family.COMPLAINT and topic != Objection.Topic.CONDUCT else None
    objection = Objection.objects.create(
        case=case,
        loan=loan,
        number=f"{case.case_no}-OBJ{case.objections.count() + 1}",
        family=family,
        topic=topic,
        channel=channel,
        received_on=received_on,
        words=words.strip()[:WORDS_AT_MOST],
        owner=owner or own,
        clock=clock.code,
        due_on=clock.due_day(received_on),
        acknowledge_by=clock.acknowledge_day(received_on),
        opened_by=actor,
    )
    record_event(
        objection, "open_objection", actor=actor, field="state", new=objection.state, reason=objection.words[:500],
        case=case.pk, family=family, topic=topic, due_on=objection.due_on.isoformat(), clock=clock.code,
        worked_by=case.assigned_to_id,
    )  # fmt: skip
    return objection


def complained_of(case: Case, objection: Objection | None, topic: str) -> int | None:
    """Whose conduct a complaint is about: who worked the case when it came in, whoever has it since. `objection` None: it
    comes in now."""
    if topic != Objection.Topic.CONDUCT:
        return None
    opened = AuditEvent.objects.filter(
        subject_type="objection", subject_id=objection.pk if objection else 0, action="open_objection"
    ).first()
    told: int | None = (opened.detail if opened else {}).get("worked_by", case.assigned_to_id)
    return told


def _link(objection: Objection, condition: ContactCondition) -> None:
    if objection.condition_id != condition.pk:
        objection.condition = condition
        objection.save(update_fields=["condition"])


def _check_received(case: Case, received_on: dt.date) -> None:
    today = case.creditor.business_date(timezone.now())
    if received_on > today:
        raise ObjectionRefused(_("It cannot have come in after today."))
    if received_on < today - dt.timedelta(days=OLDEST_DAYS):
        raise ObjectionRefused(_("It came in more than a year ago: check the date."))


def _check_owner(case: Case, owner: User, complained_of: int | None) -> None:
    works = any(owner.has_perm(permission) for permission in WORKERS)
    if not owner.is_active or not works or not Case.objects.visible_to(owner).filter(pk=case.pk).exists():
        raise ObjectionRefused(_("%(person)s does not work this case.") % {"person": owner})
    if owner.pk == complained_of:
        raise ObjectionRefused(_("Nobody looks into a complaint about themselves."))


# --- On the way to the answer ------------------------------------------------------------------------------


def assign_objection(*, objection: Objection, owner: User, actor: User) -> Objection:
    """Give it to somebody who works the case. Who may answer gives it to anybody, the others take it themselves."""
    with transaction.atomic():
        case, objection = locked(objection)
        check_may(case, actor, *WORKERS)
        if owner.pk != actor.pk and not actor.has_perm(ANSWER):
            raise PermissionDenied(_("You may take it yourself; a supervisor gives it to others."))
        check_open(objection)
        _check_owner(case, owner, complained_of(case, objection, objection.topic))
        old, objection.owner = objection.owner, owner
        objection.save(update_fields=["owner"])
        record_event(objection, "assign_objection", actor=actor, field="owner", old=old, new=owner)
    return objection


def acknowledge_objection(*, objection: Objection, actor: User, on: dt.date) -> Objection:
    """Note that the borrower was told that it arrived. ObjectionRefused when that was done."""
    with transaction.atomic():
        case, objection = locked(objection)
        check_may(case, actor, *WORKERS)
        try:
            return move_objection(objection.pk, "acknowledge", actor=actor, on=on)
        except MoveRefused as refused:
            raise ObjectionRefused(_("It was acknowledged already.")) from refused


def extend_objection(*, objection: Objection, actor: User, reason: str, on: dt.date) -> Objection:
    """Take the next extension that the law, or the house, allows. ObjectionRefused without a reason, when there is none
    left, or when the time is over: an extension is told before that."""
    with transaction.atomic():
        case, objection = locked(objection)
        check_may(case, actor, ANSWER)
        check_open(objection)
        if not reason.strip():
            raise ObjectionRefused(_("A reason is needed."))
        if on > objection.due_on:
            raise ObjectionRefused(_("Its time is over: it is not extended any more, it is answered."))
        try:
            due_on = clock_of(objection.clock).due_day(objection.received_on, objection.extensions + 1)
        except InputError as refused:
            raise ObjectionRefused(refused.translated(_)) from refused
        old, objection.due_on = objection.due_on, due_on
        objection.extensions += 1
        objection.extension_reason = reason.strip()[:300]
        objection.save(update_fields=["due_on", "extensions", "extension_reason"])
        record_event(
            objection, "extend_objection", actor=actor, field="due_on", old=old, new=due_on, reason=reason.strip()
        )
    return objection


def withdraw_objection(*, objection: Objection, actor: User, reason: str, on: dt.date) -> Objection:
    """The borrower took it back: contact may go on, and what was frozen is free again."""
    with transaction.atomic():
        case, objection = locked(objection)
        check_may(case, actor, ANSWER)
        check_open(objection)
        if not reason.strip():
            raise ObjectionRefused(_("A reason is needed."))
        move_objection(objection.pk, "withdraw", actor=actor, reason=reason, on=on)
        objection = Objection.objects.select_related("case").get(pk=objection.pk)
        lift_flag(objection, actor=actor, reason=reason)
        unfreeze(objection, on=on, actor=actor)
    return objection


def lift_flag(objection: Objection, *, actor: User, reason: str) -> None:
    """End the flag of an objection that is closed, unless another open one of the borrower needs it."""
    flag, borrower = FLAG_OF[objection.family], objection.case.borrower_id
    if Objection.objects.open().filter(case__borrower=borrower, family__in=families_of(flag)).exists():
        return
    now = timezone.now()
    standing = ContactCondition.objects.standing(now).filter(
        borrower=borrower, kind=ContactCondition.Kind.FLAG, code=flag
    )
    for condition in standing.select_related("borrower"):
        end_condition(
            condition=condition, actor=actor, at=now, reason=f"{objection.number}: {reason}"[:300], answered=True
        )


# --- Common ------------------------------------------------------------------------------------------------


def locked_case(case: Case) -> Case:
    """The case with its person's files and cases locked first, in the order that everybody keeps."""
    lock_person(case.borrower)
    return Case.objects.select_for_update(of=("self",)).select_related("creditor", "borrower__creditor").get(pk=case.pk)


def locked(objection: Objection) -> tuple[Case, Objection]:
    case = locked_case(Case.objects.select_related("borrower").get(pk=objection.case_id))
    row = Objection.objects.select_for_update(of=("self",)).select_related("owner").get(pk=objection.pk)
    row.case = case
    return case, row


def check_open(objection: Objection) -> None:
    if not objection.is_open:
        raise ObjectionRefused(_("It is closed already."))
