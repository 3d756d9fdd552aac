"""The last phase of the day: queues the messages that plans ask for, and reminders before the due date.

A message is written for today. `on` may lag behind the creditor's business date by two days at most (a run made up
for); steps of an older day are skipped: nobody is reminded today of what a day in the past would have said. A day that
lies ahead queues nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef

from borrowers.models import Creditor, Instalment, Loan
from borrowers.models.audit import AuditEvent, build_event
from cases.models import Arrangement, Case, Message, PlanStep, Strategy, StrategyStep
from cases.models.case import OPEN, WORKED
from cases.models.message import MessageTemplate
from cases.models.plan import Performer
from cases.services.messages import Figures, figures_of_cases
from cases.services.outbox_writing import Draft, wake_worker, write_messages
from cases.services.plans import plan_cases
from cases.strategy import reasons
from cases.strategy.conditions import CaseFacts, condition_holds

CHUNK = 500
LAG_AT_MOST = dt.timedelta(days=2)
_CHANNELS = tuple(MessageTemplate.Channel.values)


def queue_due_steps(*, creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    """Queue the messages of the plans' steps that are due by the day `on`; returns the number of steps changed.

    Of several that are due for one case and channel, only the newest goes out. A step whose message cannot be queued
    is skipped with the reason. Repeating it changes nothing: a step is done with once it is queued or skipped.
    """
    today = creditor.business_date(now)
    if on > today:
        return 0
    is_stale = today - on > LAG_AT_MOST
    changed, last = 0, 0
    due = PlanStep.objects.filter(
        state=PlanStep.State.PLANNED,
        performer=Performer.SYSTEM,
        channel__in=_CHANNELS,
        due_on__lte=on,
        plan__case__creditor=creditor,
        plan__case__stage__in=WORKED,
    )
    while True:
        plans = due.filter(plan_id__gt=last).order_by("plan_id").values_list("plan_id", flat=True).distinct()[:CHUNK]
        plan_ids = list(plans)
        if not plan_ids:
            return changed
        last = plan_ids[-1]
        with transaction.atomic():
            # First the cases, then their steps: the order in which everybody locks them.
            cases = Case.objects.filter(plan__in=plan_ids).select_related("borrower").order_by("pk")
            locked = {case.pk: case for case in cases.select_for_update(of=("self",))}
            for case in locked.values():
                case.creditor = case.borrower.creditor = creditor
            steps = list(due.filter(plan__in=plan_ids).select_related("plan").order_by("plan_id", "due_on", "pk"))
            changed += _queue_steps(creditor, on, now, locked, steps, is_stale=is_stale)


def _queue_steps(
    creditor: Creditor,
    on: dt.date,
    now: dt.datetime,
    cases: dict[int, Case],
    steps: Sequence[PlanStep],
    *,
    is_stale: bool,
) -> int:
    # The last of a case and channel wins: the steps come in order of their day.
    newest = {} if is_stale else {(step.plan.case_id, step.channel): step for step in steps}
    chosen = {step.pk for step in newest.values()}
    figures = figures_of_cases([cases[pk] for pk in {case_id for case_id, _channel in newest}], on)
    drafts = [_step_draft(step, *figures[step.plan.case_id]) for step in steps if step.pk in chosen]
    written = write_messages(drafts, creditor=creditor, now=now, keep_refused=True)
    queued = {
        result.draft.step.pk
        for result in written
        if result.draft.step and result.message is not None and result.message.state != Message.State.CANCELLED
    }
    why = {result.draft.step.pk: result.reason for result in written if result.draft.step}
    events: list[AuditEvent] = []
    for step in steps:
        if step.pk in queued:
            step.state = PlanStep.State.QUEUED
            continue
        step.state, step.reason = PlanStep.State.SKIPPED, why.get(step.pk) or reasons.DAY_PASSED
        events.append(
            build_event(
                step,
                "skip_step",
                actor=None,
                field="state",
                old=PlanStep.State.PLANNED,
                new=step.state,
                reason=step.reason,
                borrower_id=cases[step.plan.case_id].borrower_id,
                code=step.code,
            )
        )
    PlanStep.objects.bulk_update(steps, ["state", "reason"])
    AuditEvent.objects.bulk_create(events)
    plan_cases(creditor=creditor, on=on, case_ids=sorted({step.plan.case_id for step in steps}))
    if queued:
        wake_worker("cases.tasks.sweep_outbox")
    return len(steps)


def _step_draft(step: PlanStep, figures: Figures, loans: Sequence[Loan]) -> Draft:
    return Draft(
        purpose=step.template_code[:40],
        day=step.due_on,
        channel=step.channel,
        template_code=step.template_code,
        figures=figures,
        loans=loans,
        step=step,
    )


def queue_upcoming_reminders(*, creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    """Queue the reminders of instalments that are about to fall due, for loans without a case or under an
    arrangement; returns their number.

    A step "-3" is due from three days before the due date until the next step's day takes over, so that a day on which
    nothing ran is made up for; its key holds the due date, so that it goes out once. "Unpaid" is the ledger's word.
    """
    today = creditor.business_date(now)
    if not today - LAG_AT_MOST <= on <= today:
        return 0
    steps = _before_due_steps(creditor)
    written = 0
    for index, step in enumerate(steps):
        following = steps[index + 1].day_offset if index + 1 < len(steps) else 1
        # due_on + offset <= on < due_on + the next step's offset
        first, last = on - dt.timedelta(days=following - 1), on - dt.timedelta(days=step.day_offset)
        for loans in _loan_chunks(creditor, first, last):
            with transaction.atomic():
                written += _queue_reminders(creditor, on, now, step, loans)
    return written


def _before_due_steps(creditor: Creditor) -> list[StrategyStep]:
    """The steps of the strategy for this creditor's current loans that we send by ourselves, in order of days."""
    strategies = Strategy.objects.filter(before_due=True, is_active=True).order_by("position", "pk")
    for strategy in strategies.prefetch_related("steps"):
        if strategy.creditor_id in (None, creditor.pk):
            steps = [
                step
                for step in strategy.steps.all()
                if step.performer == Performer.SYSTEM and step.channel in _CHANNELS and step.day_offset <= 0
            ]
            return sorted(steps, key=lambda step: (step.day_offset, step.pk))
    return []


def _loan_chunks(creditor: Creditor, first: dt.date, last: dt.date) -> Iterator[list[Loan]]:
    """Open loans, nothing overdue, whose next unpaid instalment is due from `first` to `last`, without an open case or under an
    arrangement."""
    in_case = Case.objects.filter(borrower=OuterRef("borrower"), stage__in=OPEN)
    # Of an arrangement, its own payments are reminded of, and nothing else.
    arranged = Arrangement.objects.filter(loan=OuterRef("pk"), state=Arrangement.State.ACTIVE)
    loans = (
        Loan.objects.filter(
            ~Exists(in_case) | Exists(arranged),
            creditor=creditor,
            status=Loan.Status.OPEN,
            balance__next_due_on__range=(first, last),
        )
        .select_related("borrower", "balance")
        .order_by("pk")
    )
    after = 0
    while chunk := list(loans.filter(pk__gt=after)[:CHUNK]):
        after = chunk[-1].pk
        yield chunk


def _queue_reminders(
    creditor: Creditor, on: dt.date, now: dt.datetime, step: StrategyStep, loans: Sequence[Loan]
) -> int:
    due: dict[int, Instalment] = {}
    rows = Instalment.objects.filter(loan__in=loans).order_by("loan_id", "-number")
    wanted = {loan.pk: loan.balance.next_due_on for loan in loans}
    for instalment in rows.filter(due_on__in=set(wanted.values())):
        if instalment.due_on == wanted[instalment.loan_id]:
            due[instalment.loan_id] = instalment
    drafts: list[Draft] = []
    for loan in loans:
        loan.creditor = loan.borrower.creditor = creditor
        instalment = due[loan.pk]
        unpaid = instalment.cumulative_due - loan.balance.paid_total
        if unpaid <= 0 or not _condition_holds(step, loan):
            continue
        drafts.append(
            Draft(
                purpose=step.code,
                day=instalment.due_on,
                channel=step.channel,
                template_code=step.template_code,
                figures=Figures(loan.borrower, on, None, loan.account_no, instalment.due_on, unpaid),
                loans=[loan],
                loan=loan,
            )
        )
    results = write_messages(drafts, creditor=creditor, now=now, keep_refused=True)
    queued = sum(1 for result in results if result.is_new and result.message is not None)
    if queued:
        wake_worker("cases.tasks.sweep_outbox")
    return queued


def _condition_holds(step: StrategyStep, loan: Loan) -> bool:
    """The strategy's and the step's conditions, asked of a loan on which nothing is overdue."""
    facts = CaseFacts(
        bucket="M0",
        days_past_due=0,
        grade="",
        overdue_amount=loan.balance.overdue_amount,
        outstanding_amount=loan.balance.outstanding_amount,
        stage="",
        creditor=loan.creditor.code,
        currency=loan.currency,
    )
    return condition_holds(step.strategy.condition, facts) and condition_holds(step.condition, facts)
