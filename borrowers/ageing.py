"""The nightly ageing: how late every open loan is on one day, in one statement over all of a creditor's loans.

It says for a set what `borrowers.rules.delinquency.assess` says for one loan, and writes only the rows that change.
A loan whose oldest unpaid instalment is not due yet is settled by arithmetic; the schedule is read for the others only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from borrowers.models import Creditor, Loan
from borrowers.rules import delinquency
from borrowers.rules.delinquency import DEFAULT_BUCKETS, Delinquency, Pause
from borrowers.schedule import schedules_of

# Variables in one statement; SQLite takes 32,766.
CHUNK = 5000


def age_loans(*, creditor: Creditor, on: dt.date, loan_ids: Sequence[int] | None = None) -> int:
    """Age the creditor's open loans (or those of `loan_ids`) to the day `on`; returns the number of rows that changed.

    `on` may lie before the last run: payments after it do not count then. Ageing all of them moves the creditor's
    `aged_on`; ageing some is for after a booking, with `on=creditor.aged_on`. Closed loans keep their last figures.
    """
    with transaction.atomic():
        if loan_ids is not None:
            ids = list(loan_ids)
            return sum(_age(creditor, on, ids[at : at + CHUNK]) for at in range(0, len(ids), CHUNK))
        if connection.vendor == "postgresql":
            # The sums over all schedules stay in memory; with the usual 4 MB they are sorted on disk.
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL work_mem = '128MB'")
        changed = _age(creditor, on, None)
        if Creditor.objects.filter(pk=creditor.pk).exclude(aged_on=on).update(aged_on=on):
            creditor.aged_on = on
    return changed


def buckets_of(creditor: Creditor) -> tuple[tuple[str, int], ...]:
    """The creditor's own bucket scheme, or the default one."""
    return tuple((str(name), int(first)) for name, first in creditor.buckets) or DEFAULT_BUCKETS


def clip_pauses(pauses: Iterable[Pause], oldest_due_on: dt.date | None) -> list[Pause]:
    """The part of each pause that lies within the present delinquency: a pause of long ago shortens no new one.

    The one place in Python where the product clips; the statement below does the same in SQL.
    """
    if oldest_due_on is None:
        return []
    return [
        Pause(max(pause.start, oldest_due_on), pause.end)
        for pause in pauses
        if pause.end is None or pause.end > oldest_due_on
    ]


def assess_loan(loan: Loan, on: dt.date) -> Delinquency:
    """One loan on the day `on` by the calculator, from its schedule, payments and clipped pauses: what the nightly
    statement must agree with, and what a screen may show for any other day. Five queries."""
    instalments = [due for _row, due in schedules_of([loan.pk])[loan.pk]]
    payments = [delinquency.Payment(row.paid_on, row.amount) for row in loan.payments.all()]
    pauses = [Pause(row.start, row.end) for row in loan.pauses.all()]
    oldest = delinquency.assess(on, instalments, payments).oldest_due_on
    return delinquency.assess(
        on,
        instalments,
        payments,
        clip_pauses(pauses, oldest),
        grace_days=loan.creditor.grace_days,
        buckets=buckets_of(loan.creditor),
    )


# --- SQL -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dialect:
    """The few words in which SQLite and PostgreSQL differ here."""

    greatest: str
    least: str
    days: str  # whole days from {start} to {end}
    back: str  # the date {days} days before {end}
    money: str  # SQLite computes in binary floating point: back to cents
    day: str  # a parameter that is a date

    def days_between(self, start: str, end: str) -> str:
        return self.days.format(start=start, end=end)

    def days_before(self, end: str, days: str) -> str:
        """The date that many days before `end`."""
        return self.back.format(end=end, days=days)

    def to_money(self, expression: str) -> str:
        return self.money.format(expression)


POSTGRESQL = Dialect("greatest", "least", "({end} - {start})", "({end} - {days})", "({})", "CAST(%(on)s AS date)")
SQLITE = Dialect(
    "max",
    "min",
    "CAST(julianday({end}) - julianday({start}) AS integer)",
    "date({end}, '-' || {days} || ' days')",
    "round({}, 2)",
    "%(on)s",
)


def dialect() -> Dialect:
    return POSTGRESQL if connection.vendor == "postgresql" else SQLITE


def bucket_sql(days: str, buckets: Sequence[tuple[str, int]], parameters: dict[str, Any]) -> str:
    """The bucket of the expression `days`; puts the names and first days into `parameters`."""
    whens = []
    for index, (name, first_day) in reversed(list(enumerate(buckets))):
        parameters[f"bucket_{index}"], parameters[f"first_{index}"] = name, first_day
        whens.append(f"WHEN {days} >= %(first_{index})s THEN %(bucket_{index})s")
    return f"CASE {' '.join(whens)} ELSE %(bucket_0)s END"


def _age(creditor: Creditor, on: dt.date, loan_ids: Sequence[int] | None) -> int:
    if loan_ids is not None and not loan_ids:
        return 0
    parameters: dict[str, Any] = {
        "on": on if connection.vendor == "postgresql" else on.isoformat(),
        "creditor": creditor.pk,
        "grace": creditor.grace_days,
    }
    among = ""
    if loan_ids is not None:
        names = [f"id_{index}" for index in range(len(loan_ids))]
        parameters |= dict(zip(names, loan_ids, strict=True))
        among = "AND loan.id IN (" + ", ".join(f"%({name})s" for name in names) + ")"
    words = dialect()
    statement = _STATEMENT.format(
        greatest=words.greatest,
        least=words.least,
        day=words.day,
        differs="IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT",
        among=among,
        bucket=bucket_sql("days", buckets_of(creditor), parameters),
        days_late=words.days_between("due.oldest", words.day),
        pause_days=words.days_between("began", "ended"),
        paid=words.to_money("COALESCE(SUM(payment.amount), 0)"),
        paid_total=words.to_money("balance.paid_total"),
        overdue=words.to_money("due.amount - received.paid"),
        outstanding=words.to_money(f"received.due_total - {words.least}(received.due_total, received.paid)"),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


# received: the money that counts on the day. late: the loans that may have something due and unpaid; a newer
#   payment or reversal makes the prepared figures useless for that day, then the entries are added up.
# looked: the schedules of those late loans of which the running total is not known for the day, because an instalment
#   fell due since, or the day lies before. What is found is kept in the row for the nights to come.
# due: what should have been paid by the day, and the oldest due date that the money does not reach.
# paused: days paused since then. Of overlapping pauses each counts from where all earlier ones have ended.
_STATEMENT = """
UPDATE borrowers_loanbalance SET
    changed_on = {day},
    days_past_due = figures.days,
    delinquent_days = figures.delinquent,
    bucket = figures.bucket,
    overdue_amount = figures.overdue,
    outstanding_amount = figures.outstanding,
    due_so_far = CASE WHEN figures.looked THEN figures.amount ELSE due_so_far END,
    fell_due_on = CASE WHEN figures.looked THEN figures.fell ELSE fell_due_on END,
    falls_due_on = CASE WHEN figures.looked THEN figures.falls ELSE falls_due_on END
FROM (
    WITH received AS (
        SELECT loan.id AS loan_id, balance.due_total,
            balance.last_paid_on > {day} OR balance.next_due_on <= {day} AS late,
            balance.due_so_far, balance.next_due_on,
            balance.due_so_far IS NOT NULL AND balance.fell_due_on <= {day}
                AND (balance.falls_due_on IS NULL OR balance.falls_due_on > {day})
                AND (balance.last_paid_on IS NULL OR balance.last_paid_on <= {day}) AS known,
            {greatest}(0, CASE WHEN balance.last_paid_on > {day}
                THEN (SELECT {paid} FROM borrowers_payment payment
                    WHERE payment.loan_id = loan.id AND payment.paid_on <= {day})
                ELSE {paid_total} END) AS paid
        FROM borrowers_loan loan JOIN borrowers_loanbalance balance ON balance.loan_id = loan.id
        WHERE loan.creditor_id = %(creditor)s AND loan.status = 'open' {among}
    ), looked AS (
        SELECT received.loan_id,
            MAX(CASE WHEN instalment.due_on <= {day} THEN instalment.cumulative_due END) AS amount,
            MIN(CASE WHEN instalment.due_on <= {day} AND instalment.cumulative_due > received.paid
                THEN instalment.due_on END) AS oldest,
            MAX(CASE WHEN instalment.due_on <= {day} THEN instalment.due_on END) AS fell,
            MIN(CASE WHEN instalment.due_on > {day} THEN instalment.due_on END) AS falls
        FROM received JOIN borrowers_instalment instalment ON instalment.loan_id = received.loan_id
        WHERE received.late AND NOT received.known
        GROUP BY received.loan_id
    ), due AS (
        SELECT loan_id, amount, oldest FROM looked
        UNION ALL
        SELECT loan_id, due_so_far, next_due_on FROM received WHERE late AND known
    ), clipped AS (
        SELECT pause.id, pause.loan_id, {greatest}(pause.start, due.oldest) AS began,
            {least}(COALESCE(pause."end", {day}), {day}) AS ended
        FROM borrowers_loanpause pause JOIN due ON due.loan_id = pause.loan_id
        WHERE due.oldest IS NOT NULL
    ), reached AS (
        SELECT loan_id, began, ended, MAX(ended) OVER (
            PARTITION BY loan_id ORDER BY began, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS before
        FROM clipped WHERE ended > began
    ), uncounted AS (
        SELECT loan_id, CASE WHEN before > began THEN before ELSE began END AS began, ended FROM reached
    ), paused AS (
        SELECT loan_id, SUM({greatest}(0, {pause_days})) AS days FROM uncounted GROUP BY loan_id
    ), counted AS (
        SELECT received.loan_id,
            COALESCE({days_late}, 0) AS days,
            COALESCE(paused.days, 0) AS paused_days,
            CASE WHEN due.oldest IS NULL THEN 0 ELSE {overdue} END AS overdue,
            {outstanding} AS outstanding,
            looked.loan_id IS NOT NULL AS looked, looked.amount, looked.fell, looked.falls
        FROM received
        LEFT JOIN due ON due.loan_id = received.loan_id
        LEFT JOIN looked ON looked.loan_id = received.loan_id
        LEFT JOIN paused ON paused.loan_id = received.loan_id
    )
    SELECT loan_id, days, overdue, outstanding, looked, amount, fell, falls, {bucket} AS bucket,
        {greatest}(0, days - %(grace)s - paused_days) AS delinquent
    FROM counted
) AS figures
WHERE borrowers_loanbalance.loan_id = figures.loan_id AND (
    borrowers_loanbalance.days_past_due <> figures.days
    OR borrowers_loanbalance.delinquent_days <> figures.delinquent
    OR borrowers_loanbalance.bucket <> figures.bucket
    OR borrowers_loanbalance.overdue_amount <> figures.overdue
    OR borrowers_loanbalance.outstanding_amount <> figures.outstanding
    OR figures.looked AND (borrowers_loanbalance.due_so_far {differs} figures.amount
        OR borrowers_loanbalance.fell_due_on {differs} figures.fell
        OR borrowers_loanbalance.falls_due_on {differs} figures.falls)
)
"""
