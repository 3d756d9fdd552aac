"""Conditions of contact are recorded and ended here: consents, opt-outs, times, places, flags, notices.

Nothing is edited: a condition ends, and another begins. Which stand, and for whom: `cases.services.standing`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from borrowers.models import Borrower, User, record_event
from cases.models import Case, ContactCondition, ContactRecord, Message, Objection
from cases.policy import Flag, TimeWindow
from cases.policy.history import address_key
from cases.services.condition_checks import (
    ANSWERED,
    HOLD_DAYS,
    HOLD_DAYS_AT_MOST,
    ConditionRefused,
    ConditionRequest,
    check_begin,
    check_end,
    checked,
    is_hold,
)
from cases.services.condition_presets import PRESETS, Asks, Preset
from cases.services.outbox_cancelling import STOPPABLE
from cases.services.standing import PERSONAL, conditions_of, is_personal
from cases.strategy.reasons import RECORDED, reason_of

__all__ = [
    "HOLD_DAYS",
    "HOLD_DAYS_AT_MOST",
    "PERSONAL",
    "PRESETS",
    "Asks",
    "ConditionRefused",
    "ConditionRequest",
    "Preset",
    "conditions_of",
    "end_condition",
    "is_personal",
    "lock_person",
    "record_condition",
    "record_conditions",
]

Kind = ContactCondition.Kind

# Under these no pack lets a message go; what waits is cancelled, so that it does not leave when they end.
STOPPING = frozenset(
    {
        Flag.ATTORNEY,
        Flag.REPRESENTED,
        Flag.CEASE,
        Flag.DISPUTE_OPEN,
        Flag.COMPLAINT_OPEN,
        Flag.BREATHING_SPACE,
        Flag.MENTAL_HEALTH_CRISIS,
        Flag.DEBT_ADVISER,
        Flag.DECEASED,
        Flag.INCAPABLE,
        Flag.BANKRUPT,
        Flag.MINOR,
        Flag.HOLD,
        Flag.ARRANGEMENT_KEPT,
    }
)
# Flags that say somebody's name: another name is another condition.
_NAMING = frozenset({Flag.ATTORNEY, Flag.REPRESENTED, Flag.DEBT_ADVISER})
# Flags that the borrower set and may take back by a word to any collector.
_OWN_WISH = frozenset({Flag.WORKPLACE_PROHIBITED})


def record_condition(
    *,
    borrower: Borrower,
    actor: User | None,
    kind: str,
    code: str = "",
    to: str = "",
    loans: Sequence[str] = (),
    window: TimeWindow | None = None,
    words: str = "",
    proof: str = "",
    source: str,
    since: dt.datetime,
    until: dt.datetime | None = None,
    contact: ContactRecord | None = None,
) -> ContactCondition:
    """Record one condition; the same one, if it stands already, is returned as it is.

    What stops contact cancels the messages that wait for it, of the person at every creditor if it is personal. A
    hold by a person ends after HOLD_DAYS unless told otherwise. `actor` None: the house itself (a reply, a provider's
    report). Raises ConditionRefused, PermissionDenied.
    """
    request = ConditionRequest(kind, code, to, tuple(loans), window, words, proof, until)
    [condition] = record_conditions(
        borrower=borrower, actor=actor, requests=[request], source=source, since=since, contact=contact
    )
    return condition


def record_conditions(
    *,
    borrower: Borrower,
    actor: User | None,
    requests: Sequence[ConditionRequest],
    source: str,
    since: dt.datetime,
    contact: ContactRecord | None = None,
) -> list[ContactCondition]:
    """As record_condition, several at once: all or none."""
    # Imported here: the gate reads conditions, and what can be worked asks the gate.
    from cases.services.workable import refresh_workable

    now = timezone.now()
    if source not in ContactCondition.Source.values:
        raise ConditionRefused(_("“%(source)s” is not a known source.") % {"source": source})
    check_begin(since, now)
    with transaction.atomic():
        lock_person(borrower)
        _check_may_work(borrower, actor)
        made = [_record(borrower, actor, checked(request, borrower, actor, now), source, since, contact, now)
                for request in requests]  # fmt: skip
        for request, (condition, is_new) in zip(requests, made, strict=True):
            if is_new or _claims_theft(condition, contact):
                _open_objection(condition, actor, contact, request.words)
        if any(is_new for _condition, is_new in made):
            refresh_workable(person_keys=[borrower.person_key], now=now)
    return [condition for condition, _is_new in made]


def end_condition(
    *, condition: ContactCondition, actor: User | None, at: dt.datetime, reason: str, answered: bool = False
) -> ContactCondition:
    """End a condition at the instant `at`, for a reason that is always asked for.

    Whoever works the case may take down that the borrower changed their mind. A flag is lifted by those who may
    `cases.end_flag`; that of an objection by its answer alone (`answered`). Raises ConditionRefused, PermissionDenied.
    """
    from cases.services.workable import refresh_workable

    now = timezone.now()
    with transaction.atomic():
        lock_person(condition.borrower)
        row = ContactCondition.objects.select_for_update(of=("self",)).get(pk=condition.pk)
        _check_may_work(row.borrower, actor)
        lifts_flag = row.kind == Kind.FLAG and row.code not in _OWN_WISH
        if actor is not None and lifts_flag and not answered and not actor.has_perm("cases.end_flag"):
            raise PermissionDenied(_("Only a supervisor may end a flag that stops contact."))
        if not answered:
            _check_answered(row)
        if not reason.strip():
            raise ConditionRefused(_("A reason is needed."))
        if row.ended_at is not None:
            raise ConditionRefused(_("This has ended already."))
        check_end(row, at, now)
        row.ended_at, row.ended_by, row.end_reason = at, actor, reason.strip()[:300]
        row.save(update_fields=["ended_at", "ended_by", "end_reason"])
        record_event(row, "condition_ended", actor=actor, field=row.kind, old=row.code or row.to, reason=reason.strip())
        refresh_workable(person_keys=[row.borrower.person_key], now=now)
    condition.ended_at, condition.ended_by, condition.end_reason = row.ended_at, row.ended_by, row.end_reason
    return row


def lock_person(borrower: Borrower) -> None:
    """The first locks in the order: the person's files at every creditor, then their cases.

    Weaker than a deletion, so that rows which refer to them can be written meanwhile.
    """
    files = Borrower.objects.filter(person_key=borrower.person_key).order_by("pk")
    list(files.select_for_update(no_key=True).values_list("pk", flat=True))
    cases = Case.objects.filter(borrower__person_key=borrower.person_key).order_by("pk")
    list(cases.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def _check_may_work(borrower: Borrower, actor: User | None) -> None:
    if actor is None:
        return
    may = actor.has_perm("cases.work_case") or actor.has_perm("cases.supervise_case")
    if not may or not Case.objects.visible_to(actor).filter(borrower=borrower).exists():
        raise PermissionDenied(_("You may not do this."))


def _check_answered(condition: ContactCondition) -> None:
    """Contact does not begin again while what was contested waits for its answer, whichever of its flags that is."""
    # Imported here: opening an objection records its flag.
    from cases.services.objections import families_of

    if condition.kind != Kind.FLAG:
        return
    waiting = Objection.objects.open().filter(
        case__borrower=condition.borrower_id, family__in=families_of(condition.code)
    )
    first = waiting.order_by("due_on").first()
    if first is not None:
        raise ConditionRefused(_("It ends with the answer to the objection %(number)s.") % {"number": first.number})


def _claims_theft(condition: ContactCondition, contact: ContactRecord | None) -> bool:
    """Whether it was said that somebody else borrowed: that freezes, also where the debt is contested already."""
    return condition.code == Flag.DISPUTE_OPEN and contact is not None and contact.outcome == "fraud_claim"


def _open_objection(condition: ContactCondition, actor: User | None, contact: ContactRecord | None, words: str) -> None:
    """Who says that the debt is contested, or complains, is owed an answer: the flag brings its objection."""
    # Imported here: opening an objection records its flag.
    from cases.services.objections import follow_flag

    if condition.kind == Kind.FLAG and condition.code in ANSWERED:
        is_theft = _claims_theft(condition, contact)
        follow_flag(condition=condition, actor=actor, contact=contact, words=words.strip(), is_theft=is_theft)


# --- What is written -----------------------------------------------------------------------------------


def _record(
    borrower: Borrower,
    actor: User | None,
    request: ConditionRequest,
    source: str,
    since: dt.datetime,
    contact: ContactRecord | None,
    now: dt.datetime,
) -> tuple[ContactCondition, bool]:
    """The condition, and whether it is new. The person's files are locked, so that two do not both find none."""
    standing = ContactCondition.objects.standing(max(since, now)).filter(
        borrower=borrower, kind=request.kind, code=request.code
    )
    for row in standing.order_by("-pk"):
        if _is_same(row, request, since):
            return row, False
    window = request.window
    condition = ContactCondition.objects.create(
        borrower=borrower,
        person_key=borrower.person_key,
        contact=contact,
        kind=request.kind,
        code=request.code,
        to=request.to,
        loans=list(request.loans),
        days=sorted(window.days) if window else [],
        starts=window.start if window else None,
        ends=window.end if window else None,
        outside=window.outside if window else False,
        words=request.words,
        proof=request.proof,
        source=source,
        since=since,
        until=request.until,
        recorded_by=actor,
    )
    record_event(
        condition, "condition_recorded", actor=actor, field=request.kind, new=request.code, reason=request.words,
        until=request.until.isoformat() if request.until else "", source=source,
    )  # fmt: skip
    _cancel_messages(condition)
    return condition, True


def _is_same(row: ContactCondition, request: ConditionRequest, since: dt.datetime) -> bool:
    """True if `row`, which stands, says all that the request says."""
    if address_key(row.to) != address_key(request.to) or set(row.loans) != set(request.loans):
        return False
    window = request.window
    if window is not None:
        told = (sorted(window.days), window.start, window.end, window.outside)
        if (sorted(row.days), row.starts, row.ends, row.outside) != told:
            return False
    if row.kind in (Kind.CONSENT, Kind.NOTICE):
        return row.since >= since  # its day counts: given anew, it is fresh
    if row.code in _NAMING and request.words and row.words != request.words:
        return False
    if is_hold(request) and row.until is not None and request.until is not None:
        # A hold without a word of its end is given one by the clock: the day is what was meant.
        return row.until.date() == request.until.date()
    return row.until == request.until


def _cancel_messages(condition: ContactCondition) -> None:
    """Cancel what waits and may not go any more. Inconvenient hours cancel nothing: the message waits for its hour."""
    # Imported here: the outbox asks the gate, and the gate reads conditions.
    from cases.services.outbox import cancel_messages

    stops = condition.kind == Kind.OPT_OUT or (condition.kind == Kind.FLAG and condition.code in STOPPING)
    if not stops:
        return
    messages = Message.objects.filter(STOPPABLE)
    if is_personal(condition.kind, condition.code):
        messages = messages.filter(borrower__person_key=condition.borrower.person_key)
    else:
        messages = messages.filter(borrower=condition.borrower)
    if condition.kind == Kind.OPT_OUT:
        if condition.code:
            messages = messages.filter(channel=condition.code)
        if condition.to:
            key = address_key(condition.to)
            meant = [pk for pk, to in messages.values_list("pk", "to") if address_key(to) == key]
            messages = Message.objects.filter(pk__in=meant)
    cancel_messages(messages=messages, reason=reason_of(RECORDED, condition.code or condition.kind))
