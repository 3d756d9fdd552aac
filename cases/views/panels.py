"""What the case page shows, gathered: each function a fixed number of queries, whatever the size of the case."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext

from borrowers.models import Instalment, Loan, Payment, User
from borrowers.rules import delinquency
from borrowers.schedule import loans_without_cap, paid_by_instalment, schedules_of
from cases.models import Case, ContactCondition, PlanStep
from cases.models.case import OPEN
from cases.models.plan import Performer
from cases.services.contact_gate import decision_words, judge_contact_points, warning_words
from cases.services.plans import AWAIT_PROMISE
from cases.services.standing import conditions_of, is_personal

# Whose steps are done on the case page: the system does its own, legal staff theirs at their desk.
PEOPLE = (Performer.COLLECTOR, Performer.SUPERVISOR)


@dataclass
class InstalmentLine:
    """One due date: what was owed, paid and is left; `late_days` is 0 unless due before `on` and unpaid."""

    number: int
    due_on: dt.date
    principal: Decimal
    interest: Decimal
    fee: Decimal
    penalty: Decimal
    paid: Decimal
    late_days: int
    is_due: bool
    label: str

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest + self.fee + self.penalty

    @property
    def left(self) -> Decimal:
        return self.total - self.paid


@dataclass
class LoanView:
    """One loan of the case with its schedule and payments, as of `on`."""

    loan: Loan
    on: dt.date
    lines: list[InstalmentLine] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    # It bears no penalty interest only because no LPR is on record for its day.
    lacks_cap: bool = False

    @property
    def due_to_date(self) -> Decimal:
        return sum((line.total for line in self.lines if line.is_due), Decimal(0))

    @property
    def paid_to_date(self) -> Decimal:
        return sum((payment.amount for payment in self.payments if payment.paid_on <= self.on), Decimal(0))

    @property
    def overdue(self) -> Decimal:
        """What is due and unpaid: money pays the oldest first, and what was paid ahead is no negative debt."""
        return max(Decimal(0), self.due_to_date - self.paid_to_date)

    @property
    def has_penalty(self) -> bool:
        return any(line.penalty for line in self.lines)

    @property
    def shown_lines(self) -> list[InstalmentLine]:
        """Without those from which an arrangement, or its end, moved everything."""
        return [line for line in self.lines if line.total or line.paid]

    @property
    def late_count(self) -> int:
        return sum(1 for line in self.lines if line.is_due and line.left > 0)


def _line(instalment: Instalment, due: delinquency.Instalment, paid: Decimal, on: dt.date) -> InstalmentLine:
    is_due = instalment.due_on <= on
    return InstalmentLine(
        number=instalment.number,
        due_on=instalment.due_on,
        principal=due.principal,
        interest=due.interest,
        fee=due.fee,
        penalty=due.penalty,
        paid=paid,
        late_days=(on - instalment.due_on).days if is_due and paid < due.total else 0,
        is_due=is_due,
        label=instalment.label,
    )


def loan_views(case: Case, on: dt.date) -> list[LoanView]:
    """The loans of a case with schedule, payments and the making of the overdue amount: five queries."""
    views = {
        loan.pk: LoanView(loan=loan, on=on) for loan in case.loans.select_related("balance").order_by("account_no")
    }
    paid = paid_by_instalment(list(views))
    for pk, rows in schedules_of(list(views)).items():
        views[pk].lines = [_line(row, due, paid.get(row.pk, Decimal(0)), on) for row, due in rows]
    payments = Payment.objects.filter(loan__in=views).select_related("reverses")
    for payment in payments.order_by("-paid_on", "-id"):
        views[payment.loan_id].payments.append(payment)
    for loan in loans_without_cap(view.loan for view in views.values()):
        views[loan.pk].lacks_cap = loan.status == Loan.Status.OPEN
    return list(views.values())


@dataclass
class PointView:
    """One contact point with what the gate says of it now."""

    point: Any
    decision: Any

    @property
    def usable(self) -> bool:
        return bool(self.point.is_valid and (self.decision is None or self.decision.allowed))

    @property
    def refused(self) -> bool:
        """By the gate; a point that is merely out of use is not refused."""
        return self.decision is not None and not self.decision.allowed

    @property
    def why_not(self) -> str:
        return decision_words(self.decision) if self.refused else ""

    @property
    def warnings(self) -> list[str]:
        """What the gate warns of where it allows the contact."""
        return warning_words(self.decision) if self.usable and self.decision is not None else []

    @property
    def zone(self) -> str:
        """The borrower's time zone where it is not the reader's: a contact's hour is judged there."""
        zone = self.decision.borrower.effective_time_zone
        return "" if zone == timezone.get_current_timezone_name() else str(zone)

    @property
    def allowed_from(self) -> str:
        """The first allowed minute on the borrower's clock; "" when time alone does not allow it."""
        later = self.decision.next_allowed_at
        if later is None:
            return ""
        return f"{later.astimezone(ZoneInfo(self.decision.borrower.effective_time_zone)):%Y-%m-%d %H:%M}"


def point_views(case: Case, at: dt.datetime) -> list[PointView]:
    """The borrower's contact points, phones before the rest and usable ones first, each with its verdict at `at`."""
    decisions = judge_contact_points(case=case, at=at)
    points = [PointView(point, decisions.get(point.pk)) for point in case.borrower.contact_points.all()]
    points.sort(
        key=lambda view: (
            not view.point.is_phone,
            not view.usable,
            not view.point.is_valid,
            view.point.owner != "debtor",
        )
    )
    return points


@dataclass
class ConditionView:
    """One condition of contact that stands."""

    condition: ContactCondition
    is_personal: bool
    may_end: bool


def condition_views(case: Case, user: User, at: dt.datetime) -> list[ConditionView]:
    """What stands about contacting the borrower, newest first: one query."""
    works, lifts = user.has_perm("cases.work_case"), user.has_perm("cases.end_flag")
    standing = conditions_of([case.borrower.person_key], [case.borrower_id], at)
    return [
        ConditionView(one, is_personal(one.kind, one.code), works and (one.kind != ContactCondition.Kind.FLAG or lifts))
        for one in reversed(standing)
    ]


def other_case_count(case: Case, user: User) -> int | None:
    """At how many other creditors the same person is worked on; a count for supervisors, None for others."""
    if not user.has_perm("cases.supervise_case"):
        return None
    others = Case.objects.filter(borrower__person_key=case.borrower.person_key, stage__in=OPEN)
    return others.exclude(pk=case.pk).count()


def label_next_steps(cases: Iterable[Case]) -> None:
    """Set `next_step_label`, the words of the code in `next_step`, on the cases: one query."""
    cases = list(cases)
    planned = PlanStep.objects.filter(plan__case__in=cases, state=PlanStep.State.PLANNED)
    words = {(step.plan.case_id, step.code): step.get_channel_display() for step in planned.select_related("plan")}
    for case in cases:
        label = gettext("promise due") if case.next_step == AWAIT_PROMISE else words.get((case.pk, case.next_step), "")
        case.next_step_label = label  # type: ignore[attr-defined]


def steps_by_state(case: Case) -> dict[str, list[Any]]:
    """The steps of the plan, what is still to come apart from what is over."""
    groups: dict[str, list[Any]] = defaultdict(list)
    plan = getattr(case, "plan", None)
    if plan is not None:
        for step in plan.steps.select_related("done_by"):
            groups["over" if step.state in ("done", "skipped") else "ahead"].append(step)
    return dict(groups)
