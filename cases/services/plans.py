"""Plans of dated steps for the open cases of a creditor, and what comes next for each.

What is decided stands in cases.strategy, free of the database; here it is read, compared and written, 1,000 cases at a
time with a fixed number of reads.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from borrowers.models import Creditor, User
from borrowers.models.audit import record_event
from borrowers.rules.delinquency import DEFAULT_BUCKETS
from cases.models import Case, Plan, PlanStep, Promise, Stage
from cases.services.defaults import load_strategies
from cases.services.risk import case_chunks
from cases.stages import move_cases
from cases.strategy import reasons
from cases.strategy.conditions import CaseFacts
from cases.strategy.engine import (
    DatedStep,
    StrategyRule,
    broken_promise_step,
    choose_strategy,
    dated_steps,
    is_broken_promise,
)
from cases.strategy.priority import priority_of
from cases.strategy.revision import Circumstances, NewStep, StandingStep, revise

CHUNK = 1000
# Shown as the next step of a case whose borrower has promised to pay.
AWAIT_PROMISE = "promise"


def plan_cases(*, creditor: Creditor, on: dt.date, case_ids: Sequence[int] | None = None, because: str = "") -> int:
    """Make or revise the plans of the open cases (or those of `case_ids`) as of the day `on`, set next step and
    priority, and let prepared cases be reminded; returns the number of cases in which something changed.

    Cases on hold stay as they are. Repeating it for the same day changes nothing.
    """
    strategies = load_strategies()
    changed = _close_plans(creditor) if case_ids is None else 0
    for chunk in case_chunks(creditor, case_ids, CHUNK):
        cases = [case for case in chunk if case.stage != Stage.ON_HOLD]
        with transaction.atomic():
            changed += _PlanRun(creditor, strategies, on, because, cases).work()
    return changed


def revise_plan(*, case: Case, on: dt.date, because: str) -> None:
    """Revise one case's plan now; `because` (a code of cases.strategy.reasons or words) is noted when it changes."""
    plan_cases(creditor=case.creditor, on=on, case_ids=[case.pk], because=because)


def finish_step(*, step: PlanStep, actor: User | None, at: dt.datetime, note: str = "") -> PlanStep:
    """Mark a step as done at the instant `at` (by the system when `actor` is None), and set what comes next. A step
    that is done already stays as it is.

    PermissionDenied when the actor may not work the case; ValueError when the step was skipped.
    """
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).select_related("creditor").get(plan=step.plan_id)
        step = PlanStep.objects.select_for_update().get(pk=step.pk)
        _check_may_work(case, actor)
        if step.state == PlanStep.State.DONE:
            return step
        if step.state == PlanStep.State.SKIPPED:
            raise ValueError(_("The step was skipped: %(why)s") % {"why": step.reason_text})
        old, step.state = step.state, PlanStep.State.DONE
        step.done_at, step.done_by, step.reason = at, actor, note[:200]
        step.save(update_fields=["state", "done_at", "done_by", "reason"])
        record_event(
            step,
            "finish_step",
            actor=actor,
            field="state",
            old=old,
            new=step.state,
            reason=note,
            borrower_id=case.borrower_id,
            code=step.code,
        )
        if case.is_open:
            plan_cases(creditor=case.creditor, on=case.creditor.business_date(at), case_ids=[case.pk])
    return step


def _check_may_work(case: Case, actor: User | None) -> None:
    """A step of a legal case is finished by legal staff, who see it; the others by those who work it."""
    if actor is not None and not Case.objects.visible_to(actor).filter(pk=case.pk).exists():
        raise PermissionDenied(_("You may not do this."))


def _close_plans(creditor: Creditor) -> int:
    """Nothing is planned for closed cases."""
    PlanStep.objects.filter(
        state=PlanStep.State.PLANNED, plan__case__creditor=creditor, plan__case__closed_on__isnull=False
    ).update(state=PlanStep.State.SKIPPED, reason=reasons.CASE_CLOSED)
    closed = Case.objects.filter(creditor=creditor, closed_on__isnull=False)
    return closed.exclude(next_step="", next_step_on=None, priority=0).update(
        next_step="", next_step_on=None, priority=0
    )


@dataclass
class _PlanRun:
    """One chunk of cases on its way through: what was read, and what is to be written."""

    creditor: Creditor
    strategies: Sequence[StrategyRule]
    on: dt.date
    because: str
    cases: list[Case]
    plans: dict[int, Plan] = field(default_factory=dict)
    steps: dict[int, list[PlanStep]] = field(default_factory=lambda: defaultdict(list))
    promises: dict[int, Promise] = field(default_factory=dict)
    made: set[int] = field(default_factory=set)
    revised_plans: list[Plan] = field(default_factory=list)
    new_steps: list[PlanStep] = field(default_factory=list)
    revised_steps: list[PlanStep] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)

    def work(self) -> int:
        self._read()
        wanted = [(case, *self._wanted(case)) for case in self.cases]
        self._make_plans(wanted)
        for case, strategy, steps in wanted:
            if case.pk in self.plans:
                self._revise(case, strategy, steps)
        followers = [case for case in self.cases if self._set_next(case)]
        self._write(followers)
        prepared = [c.pk for c in self.cases if c.stage == Stage.PREPARING and c.risk_grade and c.pk in self.plans]
        if prepared:
            self.touched |= {case.pk for case in move_cases(prepared, "start_reminding", actor=None)}
        return len(self.touched)

    def _read(self) -> None:
        # Whoever finishes a step or takes a promise waits until the plan stands.
        list(Case.objects.select_for_update().filter(pk__in=[c.pk for c in self.cases]).order_by("pk").values("pk"))
        self.plans = {plan.case_id: plan for plan in Plan.objects.filter(case__in=self.cases)}
        case_of = {plan.pk: plan.case_id for plan in self.plans.values()}
        for step in PlanStep.objects.filter(plan__in=case_of).order_by("pk"):
            self.steps[case_of[step.plan_id]].append(step)
        newest = (
            Promise.objects.filter(case__in=self.cases)
            .exclude(state=Promise.State.CANCELLED)
            .order_by()
            .values("case")
            .annotate(newest=Max("pk"))
        )
        self.promises = {p.case_id: p for p in Promise.objects.filter(pk__in=newest.values("newest"))}

    def _open_promise(self, case: Case) -> Promise | None:
        promise = self.promises.get(case.pk)
        return promise if promise is not None and promise.state == Promise.State.OPEN else None

    def _broken_promise(self, case: Case) -> tuple[DatedStep, ...]:
        """The call about the newest promise, when it was broken."""
        promise = self.promises.get(case.pk)
        if promise is None or promise.state != Promise.State.BROKEN or promise.decided_on is None:
            return ()
        return (broken_promise_step(promise.pk, promise.due_on, promise.decided_on),)

    def _wanted(self, case: Case) -> tuple[StrategyRule | None, tuple[DatedStep, ...]]:
        if case.oldest_due_on is None:
            return None, ()
        facts = CaseFacts(
            bucket=case.bucket,
            days_past_due=case.days_past_due,
            grade=case.risk_grade,
            overdue_amount=case.overdue_amount,
            outstanding_amount=case.outstanding_amount,
            # A case that is prepared is about to be reminded: a condition on the stage says the same before and after.
            stage=Stage.REMINDING.value if case.stage == Stage.PREPARING else case.stage,
            creditor=self.creditor.code,
            currency=case.currency,
            promise_open=self._open_promise(case) is not None,
        )
        strategy = choose_strategy(self.strategies, facts)
        return strategy, () if strategy is None else dated_steps(strategy, facts, case.oldest_due_on)

    def _make_plans(self, wanted: Sequence[tuple[Case, StrategyRule | None, tuple[DatedStep, ...]]]) -> None:
        plans = []
        for case, strategy, _steps in wanted:
            if case.pk in self.plans or strategy is None or case.oldest_due_on is None:
                continue
            plans.append(
                Plan(
                    case=case,
                    strategy_id=strategy.id,
                    strategy_version=strategy.version,
                    anchor_on=case.oldest_due_on,
                    made_on=self.on,
                )
            )
        self.plans |= {plan.case_id: plan for plan in Plan.objects.bulk_create(plans)}
        self.made = {plan.case_id for plan in plans}
        self.touched |= self.made

    def _revise(self, case: Case, strategy: StrategyRule | None, steps: tuple[DatedStep, ...]) -> None:
        """Compare the plan with what is wanted now, and note the difference."""
        plan = self.plans[case.pk]
        is_new = case.pk in self.made
        reason = "" if is_new else self._plan_reason(case, plan, strategy)
        open_promise = self._open_promise(case)
        now = Circumstances(
            on=self.on,
            fresh=is_new or reason.partition("|")[0] in (reasons.REPLACED, reasons.NEW_VERSION),
            promise_until=open_promise.due_on if open_promise else None,
            because=reasons.NO_STRATEGY if strategy is None else reason or reasons.CONDITION,
            extra=self._broken_promise(case),
        )
        rows = {row.pk: row for row in self.steps[case.pk]}
        revision = revise([_standing(row) for row in rows.values()], steps, now)
        for new in revision.added:
            row = _new_row(plan, new)
            self.new_steps.append(row)
            self.steps[case.pk].append(row)
        for step in revision.changed:
            row = rows[step.id]
            row.due_on, row.channel, row.template_code = step.due_on, step.channel, step.template_code
            row.performer, row.state, row.reason = step.performer, step.state, step.reason
            self.revised_steps.append(row)
        if not is_new and (reason or revision):
            self._note_revision(plan, case, strategy, reason or self.because or reasons.FACTS)

    def _plan_reason(self, case: Case, plan: Plan, strategy: StrategyRule | None) -> str:
        """Why the plan as a whole is another one now; "" when it is the same."""
        if strategy is None:
            return ""
        if plan.strategy_id != strategy.id:
            return reasons.reason_of(reasons.REPLACED, strategy.code)
        if plan.strategy_version != strategy.version:
            return reasons.reason_of(reasons.NEW_VERSION, strategy.version)
        if plan.anchor_on != case.oldest_due_on:
            return reasons.reason_of(reasons.NEW_ANCHOR, case.oldest_due_on)
        return ""

    def _note_revision(self, plan: Plan, case: Case, strategy: StrategyRule | None, because: str) -> None:
        if strategy is not None:
            plan.strategy_id, plan.strategy_version = strategy.id, strategy.version
            plan.anchor_on = case.oldest_due_on or plan.anchor_on
        plan.revision += 1
        plan.revised_on, plan.revised_because = self.on, because[:200]
        self.revised_plans.append(plan)
        self.touched.add(case.pk)

    def _set_next(self, case: Case) -> bool:
        """Set next step and priority on the case; True when one of them changed."""
        planned = [row for row in self.steps[case.pk] if row.state == PlanStep.State.PLANNED]
        planned.sort(key=lambda row: row.due_on)
        next_step, next_step_on = (planned[0].code, planned[0].due_on) if planned else ("", None)
        promise = self._open_promise(case)
        if promise is not None and (next_step_on is None or promise.due_on < next_step_on):
            next_step, next_step_on = AWAIT_PROMISE, promise.due_on
        priority = priority_of(
            broken_promise=any(is_broken_promise(row.code) for row in planned),
            bucket=case.bucket,
            buckets=[name for name, _day in self.creditor.buckets or DEFAULT_BUCKETS],
            overdue_amount=case.overdue_amount,
            grade=case.risk_grade,
            next_step_on=next_step_on,
            on=self.on,
        )
        new = (next_step, next_step_on, priority)
        if (case.next_step, case.next_step_on, case.priority) == new:
            return False
        case.next_step, case.next_step_on, case.priority = new
        self.touched.add(case.pk)
        return True

    def _write(self, followers: list[Case]) -> None:
        PlanStep.objects.bulk_create(self.new_steps)
        if self.revised_steps:
            # What went out or was done meanwhile stays.
            open_steps = PlanStep.objects.filter(state__in=[PlanStep.State.PLANNED, PlanStep.State.SKIPPED])
            open_steps.bulk_update(
                self.revised_steps, ["due_on", "channel", "template_code", "performer", "state", "reason"]
            )
        if self.revised_plans:
            Plan.objects.bulk_update(
                self.revised_plans,
                ["strategy", "strategy_version", "anchor_on", "revision", "revised_on", "revised_because"],
            )
        if followers:
            Case.objects.bulk_update(followers, ["next_step", "next_step_on", "priority"])


def _standing(row: PlanStep) -> StandingStep:
    return StandingStep(
        id=row.pk,
        code=row.code,
        anchor_on=row.anchor_on,
        due_on=row.due_on,
        channel=row.channel,
        template_code=row.template_code,
        performer=row.performer,
        state=row.state,
        reason=row.reason,
    )


def _new_row(plan: Plan, new: NewStep) -> PlanStep:
    return PlanStep(
        plan=plan,
        code=new.step.code,
        anchor_on=new.step.anchor_on,
        due_on=new.step.due_on,
        channel=new.step.channel,
        template_code=new.step.template_code,
        performer=new.step.performer,
        state=new.state,
        reason=new.reason,
    )
