"""Cases that their strategy hands over to legal staff: steps of the channel `legal` that the system performs.

A step waits, day after day, while something stands in the way: an open promise, an arrangement that is talked about or
kept, an objection that is not answered, a hold, or a flag by which nobody may collect. It is not skipped for that: what
is due and not yet done stays due.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from borrowers.models import Creditor
from borrowers.models.audit import AuditEvent, build_event
from cases.models import Arrangement, Case, ContactCondition, Objection, PlanStep, Promise, Stage
from cases.models.plan import Performer, StepChannel
from cases.policy import Flag
from cases.services.plans import plan_cases
from cases.services.standing import PERSONAL
from cases.stages import move_cases
from cases.strategy import reasons

CHUNK = 500
# From where the move to legal leads.
SENDABLE = (Stage.REMINDING, Stage.DEMANDING, Stage.NEGOTIATING)
LIVE = (
    Arrangement.State.PROPOSED,
    Arrangement.State.APPROVED,
    Arrangement.State.ACCEPTED,
    Arrangement.State.ACTIVE,
)
# What the pack makes of contact is one thing; with one of these nobody should be sued without a person having looked.
STOPPING = (
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
    Flag.TIME_BARRED,
    Flag.VULNERABLE,
)


def hand_over_due(*, creditor: Creditor, on: dt.date, now: dt.datetime) -> list[int]:
    """Send to legal the cases whose strategy does so by the day `on`; returns their numbers.

    Each chunk in a transaction of its own, with a fixed number of statements for each step code; repeating it changes nothing.
    """
    moved: list[int] = []
    if on > creditor.business_date(now):  # a day that lies ahead decides nothing
        return moved
    last = 0
    while case_ids := _due_cases(creditor, on, now, last):
        last = case_ids[-1]
        with transaction.atomic():
            moved += _hand_over(creditor, on, now, case_ids)
    return moved


def free_to_send(cases: QuerySet[Case], now: dt.datetime) -> QuerySet[Case]:
    """Those of `cases` that nothing keeps from being handed over without a person deciding it."""
    at_creditor = Q(borrower=OuterRef("borrower"))
    personal = Q(person_key=OuterRef("borrower__person_key"), code__in=PERSONAL)
    flags = ContactCondition.objects.standing(now).filter(
        at_creditor | personal, kind=ContactCondition.Kind.FLAG, code__in=[flag.value for flag in STOPPING]
    )
    return cases.filter(
        ~Exists(Promise.objects.filter(case=OuterRef("pk"), state=Promise.State.OPEN)),
        ~Exists(Arrangement.objects.filter(case=OuterRef("pk"), state__in=LIVE)),
        ~Exists(Objection.objects.open().filter(case=OuterRef("pk"))),
        ~Exists(flags),
        stage__in=SENDABLE,
        overdue_amount__gt=0,
    )


def _due_steps(creditor: Creditor, on: dt.date) -> QuerySet[PlanStep]:
    return PlanStep.objects.filter(
        state=PlanStep.State.PLANNED,
        channel=StepChannel.LEGAL,
        performer=Performer.SYSTEM,
        due_on__lte=on,
        plan__case__creditor=creditor,
    )


def _due_cases(creditor: Creditor, on: dt.date, now: dt.datetime, last: int) -> list[int]:
    steps = _due_steps(creditor, on).filter(plan__case=OuterRef("pk"))
    cases = free_to_send(Case.objects.filter(Exists(steps), creditor=creditor, pk__gt=last), now)
    return list(cases.order_by("pk").values_list("pk", flat=True)[:CHUNK])


def _hand_over(creditor: Creditor, on: dt.date, now: dt.datetime, case_ids: list[int]) -> list[int]:
    """Move those that are still free, with the cases locked first, as everybody does; then finish their steps."""
    list(Case.objects.select_for_update().filter(pk__in=case_ids).order_by("pk").values("pk"))
    free = set(free_to_send(Case.objects.filter(pk__in=case_ids), now).values_list("pk", flat=True))
    steps = list(
        _due_steps(creditor, on)
        .filter(plan__case__in=free)
        .select_related("plan")
        .order_by("plan__case_id", "due_on", "pk")
    )
    first: dict[str, list[int]] = {}
    seen: set[int] = set()
    for step in steps:
        if step.plan.case_id not in seen:
            seen.add(step.plan.case_id)
            first.setdefault(step.code, []).append(step.plan.case_id)
    moved: dict[int, Case] = {}
    for code, ids in first.items():
        reason = reasons.reason_of(reasons.BY_STRATEGY, code)
        moved |= {case.pk: case for case in move_cases(ids, "send_to_legal", actor=None, reason=reason, on=on)}
    done = [step for step in steps if step.plan.case_id in moved]
    _finish(done, moved, now)
    if moved:
        plan_cases(creditor=creditor, on=on, case_ids=sorted(moved))
    return sorted(moved)


def _finish(steps: list[PlanStep], cases: dict[int, Case], now: dt.datetime) -> None:
    events: list[AuditEvent] = []
    for step in steps:
        step.state, step.done_at = PlanStep.State.DONE, now
        events.append(
            build_event(
                step,
                "finish_step",
                actor=None,
                field="state",
                old=PlanStep.State.PLANNED,
                new=step.state,
                borrower_id=cases[step.plan.case_id].borrower_id,
                code=step.code,
            )
        )
    if steps:
        PlanStep.objects.bulk_update(steps, ["state", "done_at"])
        AuditEvent.objects.bulk_create(events)
