"""Steps of a plan that are over: passed over by hand, or done because their message left."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from borrowers.models import User, record_event
from cases.models import Case, PlanStep
from cases.services.plans import plan_cases
from cases.strategy.reasons import NOT_KNOWN_IF_SENT


def finish_sent_step(*, step_id: int, borrower_id: int, at: dt.datetime) -> None:
    """The message of a queued step has left at the instant `at`, inside the caller's transaction.

    Nothing is planned anew: what comes next was set when the step was queued. A step that was given up because nobody
    knew whether its message went is done as well.
    """
    step = (
        PlanStep.objects.filter(
            Q(state=PlanStep.State.QUEUED) | Q(state=PlanStep.State.SKIPPED, reason=NOT_KNOWN_IF_SENT), pk=step_id
        )
        .select_for_update(of=("self",))
        .first()
    )
    if step is None:
        return
    old, step.state, step.reason, step.done_at = step.state, PlanStep.State.DONE, "", at
    step.save(update_fields=["state", "reason", "done_at"])
    record_event(
        step, "finish_step", actor=None, field="state", old=old, new=step.state, borrower_id=borrower_id, code=step.code
    )


def skip_step(*, step: PlanStep, actor: User, reason: str, at: dt.datetime) -> PlanStep:
    """Mark a planned step as passed over, with a person's reason, and set what comes next.

    PermissionDenied when the actor may not work the case; ValueError without a reason or when the step is not planned.
    """
    with transaction.atomic():
        step = PlanStep.objects.select_for_update(of=("self",)).select_related("plan__case__creditor").get(pk=step.pk)
        case = step.plan.case
        if not (actor.has_perm("cases.work_case") and Case.objects.visible_to(actor).filter(pk=case.pk).exists()):
            raise PermissionDenied
        if step.state != PlanStep.State.PLANNED or not reason.strip():
            raise ValueError("only a planned step is passed over, and with a reason")
        step.state, step.reason = PlanStep.State.SKIPPED, reason.strip()[:200]
        step.save(update_fields=["state", "reason"])
        record_event(
            step,
            "skip_step",
            actor=actor,
            field="state",
            old=PlanStep.State.PLANNED,
            new=step.state,
            reason=reason.strip(),
            borrower_id=case.borrower_id,
            code=step.code,
        )
        plan_cases(creditor=case.creditor, on=case.creditor.business_date(at), case_ids=[case.pk])
    return step
