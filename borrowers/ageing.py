"""The nightly recomputation: how late each loan is on a day. One set-based statement, writing only rows that change.

It agrees with borrowers.rules.delinquency loan by loan (tests/borrowers/ageing proves it on random loans). The
schedule's running total (Instalment.cumulative_due) turns the adding into looking: what is overdue is the running
total at the day less what was paid.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction

from borrowers.models import Creditor
from borrowers.rules.delinquency import DEFAULT_BUCKETS, check_buckets

# Pauses count from the oldest unpaid due date on, up to the day; what overlaps counts once: each stretch brings only
# what lies behind the end of all that began before it.
_STATEMENT = """
WITH money AS (
  SELECT b.loan_id, b.due_total, b.next_due_on, b.paid_total,
    CASE WHEN b.last_paid_on IS NULL OR b.last_paid_on <= {on} THEN {greatest}(0, b.paid_total)
         ELSE {greatest}(0, COALESCE((SELECT SUM(p.amount) FROM borrowers_payment p
                                      WHERE p.loan_id = b.loan_id AND p.paid_on <= {on}), 0)) END AS paid,
    CASE WHEN b.last_paid_on IS NULL OR b.last_paid_on <= {on} THEN b.next_due_on <= {on} ELSE {true} END AS may_be_late
  FROM borrowers_loanbalance b JOIN borrowers_loan l ON l.id = b.loan_id
  WHERE l.creditor_id = {creditor} AND l.status = 'open'{only}
), late AS (
  SELECT m.loan_id, MIN(i.due_on) AS oldest, MAX(i.cumulative_due) - m.paid AS overdue
  FROM money m JOIN borrowers_instalment i ON i.loan_id = m.loan_id AND i.due_on <= {on}
    AND ROUND(i.cumulative_due - m.paid, 2) > 0 AND i.principal + i.interest + i.fee > 0
  WHERE m.may_be_late
  GROUP BY m.loan_id, m.paid
), stretch AS (
  SELECT s.loan_id, s.begins, s.ends, MAX(s.ends) OVER (PARTITION BY s.loan_id ORDER BY s.begins, s.ends
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM (SELECT p.loan_id, {greatest}(p.start, late.oldest) AS begins, {least}(COALESCE(p."end", {on}), {on}) AS ends
        FROM borrowers_loanpause p JOIN late ON late.loan_id = p.loan_id) s
  WHERE s.begins < s.ends
), paused AS (
  SELECT loan_id, SUM({greatest}(0, {days_between_ends})) AS days FROM stretch GROUP BY loan_id
), figures AS (
  SELECT m.loan_id, ROUND({greatest}(0, m.due_total - m.paid), 2) AS outstanding,
    ROUND(COALESCE(late.overdue, 0), 2) AS overdue, COALESCE({days_late}, 0) AS dpd,
    CASE WHEN late.oldest IS NULL THEN 0
         ELSE {greatest}(0, {days_late} - {grace} - COALESCE(paused.days, 0)) END AS delinquent
  FROM money m LEFT JOIN late ON late.loan_id = m.loan_id LEFT JOIN paused ON paused.loan_id = m.loan_id
), graded AS (SELECT f.*, CASE {buckets} END AS bucket FROM figures f)
UPDATE borrowers_loanbalance AS b
SET outstanding_amount = g.outstanding, overdue_amount = g.overdue, days_past_due = g.dpd,
    delinquent_days = g.delinquent, bucket = g.bucket, changed_on = {on}
FROM graded g
WHERE b.loan_id = g.loan_id AND (b.days_past_due <> g.dpd OR b.overdue_amount <> g.overdue
  OR b.outstanding_amount <> g.outstanding OR b.delinquent_days <> g.delinquent OR b.bucket <> g.bucket
  OR b.changed_on IS NULL)
"""


def age_loans(*, creditor: Creditor, on: dt.date, loan_ids: Sequence[int] | None = None) -> int:
    """Age the open loans of one creditor to the business date `on`; returns the number of rows that changed.

    Without `loan_ids` all of them, and the creditor's `aged_on` becomes `on`; with them those alone, for figures
    that must not wait for the night.
    """
    sql = ageing_statement(creditor, on, loan_ids)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql)
            changed = max(cursor.rowcount, 0)
        if loan_ids is None and creditor.aged_on != on:
            creditor.aged_on = on
            creditor.save(update_fields=["aged_on"])
    return changed


def ageing_statement(creditor: Creditor, on: dt.date, loan_ids: Sequence[int] | None = None) -> str:
    """The SQL of `age_loans` for the connection's database; every value in it is a number, a date or a checked name."""
    if connection.vendor == "postgresql":
        day = f"DATE '{on.isoformat()}'"
        words = {
            "greatest": "GREATEST",
            "least": "LEAST",
            "true": "true",
            "days_late": f"{day} - late.oldest",
            "days_between_ends": "ends - GREATEST(begins, COALESCE(before, begins))",
        }
    else:
        day = f"'{on.isoformat()}'"
        words = {
            "greatest": "MAX",
            "least": "MIN",
            "true": "1",
            "days_late": f"CAST(julianday({day}) - julianday(late.oldest) AS integer)",
            "days_between_ends": "CAST(julianday(ends) - julianday(MAX(begins, COALESCE(before, begins))) AS integer)",
        }
    only = "" if loan_ids is None else f" AND l.id IN ({', '.join(str(int(pk)) for pk in loan_ids) or '0'})"
    return _STATEMENT.format(
        on=day, creditor=int(creditor.pk), grace=int(creditor.grace_days), only=only, buckets=_buckets(creditor), **words
    )


def _buckets(creditor: Creditor) -> str:
    """WHEN f.dpd >= 31 THEN 'M2' …, latest first."""
    scheme = check_buckets(creditor.buckets, "buckets") if creditor.buckets else DEFAULT_BUCKETS
    quoted = [(name.replace("'", "''").replace("%", "%%"), int(first)) for name, first in scheme]
    return " ".join(f"WHEN f.dpd >= {first} THEN '{name}'" for name, first in reversed(quoted))
