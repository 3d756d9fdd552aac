"""Cases follow the ledger: opened when a loan is past its grace days, joined by later loans, refreshed every night,
closed when nothing is overdue any more."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.db.models.functions import Length

from borrowers.ageing import bucket_sql, buckets_of, dialect
from borrowers.models import AuditEvent, Creditor, Loan
from borrowers.models.audit import build_event
from cases.models import Arrangement, Case, CaseLoan, Stage, Team
from cases.stages import MoveRefused, move_case
from cases.strategy.reasons import ALL_RECALLED, SETTLED

CHUNK = 1000


@dataclass(frozen=True)
class CaseChanges:
    """How many cases were opened, had their figures or loans changed, and were closed."""

    opened: int
    changed: int
    closed: int

    @property
    def total(self) -> int:
        return self.opened + self.changed + self.closed


def refresh_cases(*, creditor: Creditor, on: dt.date, case_ids: Sequence[int] | None = None) -> CaseChanges:
    """Open, extend, refresh and close the creditor's cases by its loans as aged to the day `on`.

    With `case_ids` none is opened and only those are extended, refreshed and closed: for money that came in by day.
    Every step is idempotent and works in transactions of its own, so that a run that was cut off is completed by the
    next one. Recalled and written-off loans count for nothing.
    """
    opened = _open_cases(creditor, on) if case_ids is None else 0
    changed = 0
    for chunk in _chunks(case_ids):
        joined = _join_loans(creditor, on, chunk)
        changed += max(joined, _refresh_figures(creditor, on, chunk))
    return CaseChanges(opened, changed, _close_cases(creditor, on, case_ids))


def _chunks(case_ids: Sequence[int] | None) -> Iterator[list[int] | None]:
    """The numbers so many at a time, or None once for all cases."""
    if case_ids is None:
        yield None
        return
    ids = list(case_ids)
    for at in range(0, len(ids), CHUNK):
        yield ids[at : at + CHUNK]


def _overdue(creditor: Creditor, more_than: int = 0) -> QuerySet[Loan]:
    return Loan.objects.filter(creditor=creditor, status=Loan.Status.OPEN, balance__days_past_due__gt=more_than)


# --- Opening -------------------------------------------------------------------------------------------


def _open_cases(creditor: Creditor, on: dt.date) -> int:
    """A case for each borrower with a loan past grace and no open case, with all of the overdue loans."""
    has_case = Case.objects.open().filter(borrower=OuterRef("borrower"))
    waiting = (
        _overdue(creditor, creditor.grace_days)
        .filter(~Exists(has_case))
        .order_by("borrower_id")
        .values_list("borrower_id", flat=True)
        .distinct()
    )
    team = _only_team(creditor)
    opened = last = 0
    while borrower_ids := list(waiting.filter(borrower_id__gt=last)[:CHUNK]):
        last = borrower_ids[-1]
        opened += _open_chunk(creditor, on, borrower_ids, team)
    return opened


def _only_team(creditor: Creditor) -> Team | None:
    """The team, when there is no choice."""
    teams = list(creditor.teams.order_by("pk")[:2])
    return teams[0] if len(teams) == 1 else None


@transaction.atomic
def _open_chunk(creditor: Creditor, on: dt.date, borrower_ids: list[int], team: Team | None) -> int:
    # One opener at a time for each creditor: the numbers have no gaps and nobody gets two cases.
    Creditor.objects.select_for_update(of=("self",)).get(pk=creditor.pk)
    served = set(Case.objects.open().filter(borrower__in=borrower_ids).values_list("borrower_id", flat=True))
    prefix = f"{creditor.code}-{on.year}-"
    start = _last_number(creditor, prefix) + 1
    cases = Case.objects.bulk_create(
        Case(
            case_no=f"{prefix}{number:06d}",
            creditor=creditor,
            borrower_id=borrower_id,
            team=team,
            opened_on=on,
            currency=creditor.currency,
        )
        for number, borrower_id in enumerate((b for b in borrower_ids if b not in served), start=start)
    )
    case_of = {case.borrower_id: case.pk for case in cases}
    loans: dict[int, list[int]] = defaultdict(list)
    for loan_id, borrower_id in _overdue(creditor).filter(borrower__in=case_of).values_list("pk", "borrower_id"):
        loans[case_of[borrower_id]].append(loan_id)
    CaseLoan.objects.bulk_create(
        CaseLoan(case_id=case_id, loan_id=loan_id, added_on=on) for case_id, ids in loans.items() for loan_id in ids
    )
    AuditEvent.objects.bulk_create(
        build_event(case, "open_case", actor=None, field="stage", new=Stage.PREPARING.value, loans=loans[case.pk])
        for case in cases
    )
    return len(cases)


def _last_number(creditor: Creditor, prefix: str) -> int:
    """The highest number given so far. By length first: the millionth case follows the 999999th."""
    numbers = Case.objects.filter(creditor=creditor, case_no__startswith=prefix).order_by()
    longest = numbers.aggregate(longest=Max(Length("case_no")))["longest"]
    if longest is None:
        return 0
    newest = numbers.annotate(length=Length("case_no")).filter(length=longest).aggregate(newest=Max("case_no"))
    return int(newest["newest"].removeprefix(prefix))


def _join_loans(creditor: Creditor, on: dt.date, case_ids: list[int] | None) -> int:
    """Overdue loans of borrowers with an open case that are not in it yet; returns the number of cases extended."""
    cases = Case.objects.open().filter(creditor=creditor)
    if case_ids is not None:
        cases = cases.filter(pk__in=case_ids)
    missing = (
        _overdue(creditor)
        .filter(borrower__cases__in=cases)
        .annotate(open_case=F("borrower__cases"))
        .filter(~Exists(CaseLoan.objects.filter(case=OuterRef("borrower__cases"), loan=OuterRef("pk"))))
        .order_by("pk")
        .values_list("pk", "open_case", "borrower_id", "account_no")
    )
    extended: set[int] = set()
    last = 0
    while rows := list(missing.filter(pk__gt=last)[:CHUNK]):
        last = rows[-1][0]
        with transaction.atomic():
            CaseLoan.objects.bulk_create(
                (CaseLoan(case_id=case_id, loan_id=loan_id, added_on=on) for loan_id, case_id, _, _ in rows),
                ignore_conflicts=True,
            )
            AuditEvent.objects.bulk_create(
                build_event(
                    Case(pk=case_id), "add_loan", actor=None, field="loans", new=account, borrower_id=borrower_id
                )
                for _, case_id, borrower_id, account in rows
            )
        extended.update(case_id for _, case_id, _, _ in rows)
    return len(extended)


# --- Figures -------------------------------------------------------------------------------------------

_FIGURES = """
UPDATE cases_case SET
    days_past_due = figures.days,
    delinquent_days = figures.delinquent,
    bucket = figures.bucket,
    oldest_due_on = figures.oldest,
    overdue_amount = figures.overdue,
    outstanding_amount = figures.outstanding
FROM (
    WITH summed AS (
        SELECT open_case.id AS case_id,
            COALESCE(MAX(balance.days_past_due), 0) AS days,
            COALESCE(MAX(balance.delinquent_days), 0) AS delinquent,
            COALESCE({overdue}, 0) AS overdue,
            COALESCE({outstanding}, 0) AS outstanding
        FROM cases_case open_case
        LEFT JOIN cases_caseloan part ON part.case_id = open_case.id
        LEFT JOIN borrowers_loan loan ON loan.id = part.loan_id AND loan.status = 'open'
        LEFT JOIN borrowers_loanbalance balance ON balance.loan_id = loan.id
        WHERE open_case.creditor_id = %(creditor)s AND open_case.closed_on IS NULL {among}
        GROUP BY open_case.id
    )
    SELECT case_id, days, delinquent, overdue, outstanding, {bucket} AS bucket,
        CASE WHEN days > 0 THEN {oldest} END AS oldest
    FROM summed
) AS figures
WHERE cases_case.id = figures.case_id AND (
    cases_case.days_past_due <> figures.days
    OR cases_case.delinquent_days <> figures.delinquent
    OR cases_case.bucket <> figures.bucket
    OR cases_case.oldest_due_on IS DISTINCT FROM figures.oldest
    OR cases_case.overdue_amount <> figures.overdue
    OR cases_case.outstanding_amount <> figures.outstanding
)
"""


def _refresh_figures(creditor: Creditor, on: dt.date, case_ids: list[int] | None) -> int:
    """Sums and worst values over the open loans of each open case, in one statement; writes only what differs.

    The bucket is that of the worst loan, and the oldest due date is as many days back as that loan is late.
    """
    if case_ids is not None and not case_ids:
        return 0
    on_postgresql = connection.vendor == "postgresql"
    words = dialect()
    parameters: dict[str, Any] = {"creditor": creditor.pk, "on": on if on_postgresql else on.isoformat()}
    among = ""
    if case_ids is not None:
        names = [f"id_{index}" for index in range(len(case_ids))]
        parameters |= dict(zip(names, case_ids, strict=True))
        among = "AND open_case.id IN (" + ", ".join(f"%({name})s" for name in names) + ")"
    statement = _FIGURES.format(
        overdue=words.to_money("SUM(balance.overdue_amount)"),
        outstanding=words.to_money("SUM(balance.outstanding_amount)"),
        oldest=words.days_before(words.day, "days"),
        bucket=bucket_sql("days", buckets_of(creditor), parameters),
        among=among,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def refresh_after_money(loan_ids: Collection[int], *, paid: bool) -> None:
    """Money moved on these loans: the open cases that they are in show it at once, not the next morning. Told by the ledger
    (settings.MONEY_MOVED); done after its commit, since a case is locked before its loans. Stages stay for the day's run."""
    cases: dict[int, set[int]] = defaultdict(set)
    ids = list(loan_ids)
    for at in range(0, len(ids), CHUNK):
        rows = CaseLoan.objects.filter(loan__in=ids[at : at + CHUNK], case__closed_on=None)
        for creditor_id, case_id in rows.values_list("case__creditor", "case"):
            cases[creditor_id].add(case_id)
    for creditor_id, case_ids in cases.items():
        transaction.on_commit(partial(_refresh_now, creditor_id, sorted(case_ids)), robust=True)


def _refresh_now(creditor_id: int, case_ids: list[int]) -> None:
    creditor = Creditor.objects.get(pk=creditor_id)
    if creditor.aged_on is not None:
        for chunk in _chunks(case_ids):
            _refresh_figures(creditor, creditor.aged_on, chunk)


# --- Closing -------------------------------------------------------------------------------------------


def _close_all(cases: QuerySet[Case], move: str, on: dt.date, case_ids: Sequence[int] | None, reason: str = "") -> int:
    """Those of `cases` (of `case_ids`, if given), each through the one door."""
    closed = 0
    for chunk in _chunks(case_ids):
        wanted = cases if chunk is None else cases.filter(pk__in=chunk)
        for case_id in list(wanted.order_by("pk").values_list("pk", flat=True)):
            try:
                move_case(case_id, move, actor=None, on=on, reason=reason)
            except MoveRefused:  # closed by hand a moment ago
                continue
            closed += 1
    return closed


def _close_cases(creditor: Creditor, on: dt.date, case_ids: Sequence[int] | None) -> int:
    """Close what has no loan past due, each through the one door: its event and its pending messages go with it."""
    late = CaseLoan.objects.filter(
        case=OuterRef("pk"), loan__status=Loan.Status.OPEN, loan__balance__days_past_due__gt=0
    )
    # While an arrangement runs nothing is overdue, and nothing is paid yet: the case waits for it.
    arranged = Arrangement.objects.filter(case=OuterRef("pk"), state=Arrangement.State.ACTIVE)
    cases = Case.objects.open().filter(~Exists(late), creditor=creditor)
    # Accounts that were all taken back are not paid: such a case closes under its own name, or, where one of them was
    # written off, is a supervisor's to close.
    loans = CaseLoan.objects.filter(case=OuterRef("pk"))
    taken_back = [Loan.Status.RECALLED, Loan.Status.WRITTEN_OFF]
    recalled = cases.filter(Exists(loans), ~Exists(loans.exclude(loan__status=Loan.Status.RECALLED)))
    paid = cases.filter(~Exists(arranged), Exists(loans.exclude(loan__status__in=taken_back)))
    # Where part of the debt was forgiven for the rest, the case is settled, and no more is said than that.
    agreed = Arrangement.objects.filter(
        case=OuterRef("pk"), state=Arrangement.State.COMPLETED, kind=Arrangement.Kind.SETTLEMENT, forgiven_total__gt=0
    )
    return (
        _close_all(recalled, "close_recalled", on, case_ids, ALL_RECALLED)
        + _close_all(paid.filter(Exists(agreed)), "close_settled", on, case_ids, SETTLED)
        + _close_all(paid.filter(~Exists(agreed)), "close_paid", on, case_ids)
    )
