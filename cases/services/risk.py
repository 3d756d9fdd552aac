"""Grades the open cases of a creditor by the active scorecard.

What a borrower's history is: the schedules, payments and promises up to the day, and the calls of the days before it.
Calls of the day itself count from the next day on, so that a day's run may be repeated and says the same.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, Sum

from borrowers.models import AuditEvent, Creditor, Instalment, Loan, Payment
from borrowers.models.audit import build_event
from borrowers.money import round_ratio
from borrowers.rules.risk import FACTORS, RiskAssessment, RiskFacts, Scorecard, assess_risk, parse_scorecard
from cases.models import Case, ContactRecord, Promise, RiskRecord, ScorecardVersion
from cases.services.defaults import active_scorecard
from cases.strategy.history import RepaymentHistory, monthly_due, repayment_history

CHUNK = 1000
REACHED = "conversation"  # the gate's word: somebody was spoken to; with party debtor, it was the borrower
MONTH = dt.timedelta(days=30)


def assess_cases(*, creditor: Creditor, on: dt.date, case_ids: Sequence[int] | None = None) -> int:
    """Assess the open cases (or those of `case_ids`) as of the day `on`; returns the number of new records.

    Repeating it for the same day writes nothing. A fixed number of queries for each 1,000 cases.
    """
    version = active_scorecard()
    scorecard = parse_scorecard(version.data)
    written = 0
    for chunk in case_chunks(creditor, case_ids, CHUNK):
        with transaction.atomic():
            written += _assess_chunk(creditor, version, scorecard, on, chunk)
    return written


def case_chunks(creditor: Creditor, case_ids: Sequence[int] | None, size: int) -> Iterator[list[Case]]:
    """The creditor's open cases with their borrowers, by number, so many at a time."""
    cases = Case.objects.open().filter(creditor=creditor).select_related("borrower").order_by("pk")
    if case_ids is not None:
        cases = cases.filter(pk__in=list(case_ids))
    last = 0
    while chunk := list(cases.filter(pk__gt=last)[:size]):
        last = chunk[-1].pk
        for case in chunk:
            case.creditor = creditor
        yield chunk


def _assess_chunk(
    creditor: Creditor, version: ScorecardVersion, scorecard: Scorecard, on: dt.date, cases: list[Case]
) -> int:
    facts = _gather_facts(creditor, on, cases)
    latest = _latest_records(cases)
    records: list[RiskRecord] = []
    regraded: list[Case] = []
    events: list[AuditEvent] = []
    for case in cases:
        assessment = assess_risk(facts[case.pk], scorecard, on)
        record = _record(case, version, assessment)
        old = latest.get(case.pk)
        if old is None or _substance(old) != _substance(record):
            records.append(record)
        if case.risk_grade != assessment.grade:
            events.append(
                build_event(
                    case, "grade_case", actor=None, field="risk_grade", old=case.risk_grade, new=assessment.grade
                )
            )
            case.risk_grade = assessment.grade
            regraded.append(case)
    RiskRecord.objects.bulk_create(records)
    for grade, group in groupby(sorted(regraded, key=lambda c: c.risk_grade), key=lambda c: c.risk_grade):
        Case.objects.filter(pk__in=[case.pk for case in group]).update(risk_grade=grade)
    AuditEvent.objects.bulk_create(events)
    return len(records)


def _record(case: Case, version: ScorecardVersion, assessment: RiskAssessment) -> RiskRecord:
    return RiskRecord(
        case=case,
        scorecard=version,
        on=assessment.on,
        grade=assessment.grade,
        willingness_points=assessment.willingness_points,
        capacity_points=assessment.capacity_points,
        reasons=[
            {
                "factor": reason.factor,
                "axis": reason.axis,
                "value": None if reason.value is None else str(reason.value),
                "points": reason.points,
                "max_points": reason.max_points,
                "code": reason.code,
                "missing": reason.missing,
            }
            for reason in assessment.reasons
        ],
    )


def _substance(record: RiskRecord) -> tuple[Any, ...]:
    """What makes a new record worth writing: all of it but a mere count of days, which grows with every day that
    nothing is paid; it is written when it changes the points."""
    reasons = [
        {**reason, "value": None} if FACTORS[reason["factor"]].unit == "days" else reason
        for reason in record.reasons
        if reason["factor"] in FACTORS
    ]
    return record.scorecard_id, record.grade, record.willingness_points, record.capacity_points, reasons


def _latest_records(cases: list[Case]) -> dict[int, RiskRecord]:
    newest = RiskRecord.objects.filter(case__in=cases).order_by().values("case").annotate(newest=Max("pk"))
    records = RiskRecord.objects.filter(pk__in=newest.values("newest"))
    return {record.case_id: record for record in records}


# --- Facts -------------------------------------------------------------------------------------------


def _gather_facts(creditor: Creditor, on: dt.date, cases: list[Case]) -> dict[int, RiskFacts]:
    borrower_ids = [case.borrower_id for case in cases]
    loans = dict(
        Loan.objects.filter(borrower__in=borrower_ids)
        .exclude(status=Loan.Status.RECALLED)
        .values_list("pk", "borrower_id")
    )
    histories, dues = _histories(creditor, on, loans)
    debts = _debts(borrower_ids)
    promises = _promises(borrower_ids, on)
    reach = _reachability(creditor, borrower_ids, on)
    facts = {}
    for case in cases:
        borrower, key = case.borrower, case.borrower_id
        history = histories.get(key, RepaymentHistory())
        kept, broken = promises.get(key, (None, None))
        facts[case.pk] = RiskFacts(
            times_late=history.times_late,
            longest_run_days=history.longest_run_days,
            broken_promises=broken,
            kept_promises=kept,
            contact_reachability=reach.get(key),
            monthly_income=borrower.monthly_income,
            monthly_due=dues.get(key),
            outstanding_debt=debts.get(key),
            credit_score=borrower.credit_score,
            employer_known=True if borrower.employer else None,
        )
    return facts


def _histories(
    creditor: Creditor, on: dt.date, loans: dict[int, int]
) -> tuple[dict[int, RepaymentHistory], dict[int, Decimal]]:
    """By borrower: how all loans were paid, and what the schedules ask a month."""
    payments = _by_loan(
        Payment.objects.filter(loan__in=loans, paid_on__lte=on)
        .order_by("loan_id", "paid_on", "pk")
        .values_list("loan_id", "paid_on", "amount")
    )
    instalments = _by_loan(
        Instalment.objects.filter(loan__in=loans, due_on__lte=on + MONTH)
        .order_by("loan_id", "due_on", "number")
        .values_list("loan_id", "due_on", "cumulative_due")
    )
    histories: dict[int, RepaymentHistory] = defaultdict(RepaymentHistory)
    dues: dict[int, Decimal] = defaultdict(Decimal)
    for loan_id, schedule in instalments.items():
        borrower_id = loans[loan_id]
        paid = payments.get(loan_id, [])
        histories[borrower_id] += repayment_history(schedule, paid, on, creditor.grace_days)
        dues[borrower_id] += monthly_due(schedule, on)
    return histories, dues


def _by_loan(rows: Iterable[tuple[int, dt.date, Decimal]]) -> dict[int, list[tuple[dt.date, Decimal]]]:
    return {loan: [(day, amount) for _, day, amount in group] for loan, group in groupby(rows, key=itemgetter(0))}


def _debts(borrower_ids: list[int]) -> dict[int, Decimal]:
    rows = (
        Loan.objects.filter(borrower__in=borrower_ids, status=Loan.Status.OPEN)
        .order_by()
        .values("borrower_id")
        .annotate(debt=Sum("balance__outstanding_amount"))
        .values_list("borrower_id", "debt")
    )
    return {borrower_id: debt for borrower_id, debt in rows if debt is not None}


def _promises(borrower_ids: list[int], on: dt.date) -> dict[int, tuple[int, int]]:
    """(kept, broken), of borrowers who have a promise that was decided by the day."""
    rows = (
        Promise.objects.filter(
            case__borrower__in=borrower_ids,
            state__in=[Promise.State.KEPT, Promise.State.BROKEN],
            decided_on__lte=on,
        )
        .order_by()
        .values("case__borrower_id")
        .annotate(
            kept=Count("pk", filter=Q(state=Promise.State.KEPT)),
            broken=Count("pk", filter=Q(state=Promise.State.BROKEN)),
        )
        .values_list("case__borrower_id", "kept", "broken")
    )
    return {borrower_id: (kept, broken) for borrower_id, kept, broken in rows}


def _reachability(creditor: Creditor, borrower_ids: list[int], on: dt.date) -> dict[int, Decimal]:
    """Share of our calls before the day in which the borrower was spoken to."""
    today = dt.datetime.combine(on, dt.time.min, tzinfo=creditor.zone)
    rows = (
        ContactRecord.objects.filter(
            borrower__in=borrower_ids,
            at__lt=today,
            direction=ContactRecord.Direction.OUT,
            channel="phone",
        )
        .order_by()
        .values("borrower_id")
        .annotate(
            attempts=Count("pk"),
            reached=Count("pk", filter=Q(gate_outcome=REACHED, party=ContactRecord.Party.DEBTOR)),
        )
        .values_list("borrower_id", "attempts", "reached")
    )
    return {borrower_id: round_ratio(Decimal(reached) / attempts) for borrower_id, attempts, reached in rows}
