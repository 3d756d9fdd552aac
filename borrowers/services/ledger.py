"""Money received: booked once, split by the creditor's order, corrected by reversing entries.

Balances are sums. `reallocate_loans` brings the split and the balance rows of some loans up to date; it appends the
difference between what the rule says and what the stored rows add up to, so that nothing is ever changed in place.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Sum

from borrowers.ageing import age_loans
from borrowers.errors import InputError, gettext_noop
from borrowers.models import Allocation, Creditor, Instalment, Loan, Payment, User, record_event
from borrowers.money import round_money
from borrowers.rules import allocation as rule
from borrowers.rules.delinquency import Instalment as DueInstalment
from borrowers.rules.delinquency import Payment as PaidPayment

_CHUNK = 500
_ZERO = Decimal("0.00")


def record_payment(
    *, loan: Loan, payment_no: str, paid_on: dt.date, amount: Decimal, method: str = "", actor: User | None
) -> Payment:
    """Book one payment. InputError when the amount is not positive or the number was booked before."""
    if amount <= 0:
        raise InputError("amount", gettext_noop("must be more than 0"))
    return _book(loan, payment_no, paid_on, amount, method, None, actor)


def reverse_payment(
    *, payment: Payment, payment_no: str, on: dt.date, amount: Decimal | None = None, actor: User | None
) -> Payment:
    """Take a payment back, whole or in part, by a reversing entry on its own date.

    InputError when more would be taken back than is left of it, or when it is a reversal itself.
    """
    if payment.reverses_id is not None:
        raise InputError("payment", gettext_noop("a reversal cannot be reversed: book the payment anew"))
    with transaction.atomic():
        Loan.objects.select_for_update().get(pk=payment.loan_id)
        taken = payment.reversals.aggregate(total=Sum("amount"))["total"] or _ZERO
        left = payment.amount + taken
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            raise InputError("amount", gettext_noop("takes back more than the payment brought"))
        return _book(payment.loan, payment_no, on, -amount, payment.method, payment, actor)


def _book(
    loan: Loan, payment_no: str, on: dt.date, amount: Decimal, method: str, reverses: Payment | None, actor: User | None
) -> Payment:
    with transaction.atomic():
        loan = Loan.objects.select_for_update().select_related("creditor").get(pk=loan.pk)
        if loan.payments.filter(payment_no=payment_no).exists():
            raise InputError("payment_no", gettext_noop("was booked before"))
        payment: Payment = Payment.objects.create(
            loan=loan, payment_no=payment_no, paid_on=on, amount=amount, method=method, reverses=reverses
        )
        record_event(
            loan, "payment_reversed" if reverses else "payment_booked", actor=actor, field="payment",
            new=f"{payment_no}: {amount}", on=on.isoformat(),
        )  # fmt: skip
        reallocate_loans([loan.pk])
        if loan.creditor.aged_on:
            age_loans(creditor=loan.creditor, on=loan.creditor.aged_on, loan_ids=[loan.pk])
    return payment


def reallocate_loans(loan_ids: Sequence[int], fresh: Sequence[int] = ()) -> int:
    """Bring the split and the balance rows of these loans up to date; returns the allocation rows written.

    Loans in `fresh` have no allocations yet: where the creditor's order is the usual one and nothing was reversed,
    one statement splits them all. The rest go through the calculator, so many at a time.
    """
    written = 0
    with transaction.atomic():
        usual = set(_usual(fresh))
        if usual:
            written += _allocate_fresh(sorted(usual))
        for chunk in _chunks([pk for pk in loan_ids if pk not in usual]):
            written += _reallocate(chunk)
        for chunk in _chunks(loan_ids, 50_000):
            refresh_balances(chunk)
    return written


def _chunks(ids: Sequence[int], size: int = _CHUNK) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _usual(loan_ids: Sequence[int]) -> list[int]:
    """Those of the loans that the set-based split may take."""
    found: list[int] = []
    for chunk in _chunks(loan_ids, 50_000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT l.id FROM borrowers_loan l JOIN borrowers_creditor c ON c.id = l.creditor_id "  # noqa: S608 - whole numbers
                f"WHERE l.id IN ({_ids(chunk)}) AND c.allocation_across = 'oldest_first' AND "
                f"{_is_empty_list('c.allocation_order')} AND NOT EXISTS "
                "(SELECT 1 FROM borrowers_payment p WHERE p.loan_id = l.id AND p.reverses_id IS NOT NULL)"
            )
            found += [row[0] for row in cursor.fetchall()]
    return found


def _ids(loan_ids: Sequence[int]) -> str:
    return ", ".join(str(int(pk)) for pk in loan_ids)


def _is_empty_list(column: str) -> str:
    return f"{column} = CAST('[]' AS jsonb)" if connection.vendor == "postgresql" else f"{column} = '[]'"


# Each payment covers a stretch of the loan's money, each component of each instalment another; the split is where
# they overlap. `base` is what was due before the instalment; fee comes first in it, then interest, then principal.
_OVERLAP = "ROUND({greatest}(0, {least}(p.hi, {to}) - {greatest}(p.lo, {start})), 2)"
_FRESH = """
INSERT INTO borrowers_allocation (payment_id, instalment_id, fee, interest, principal, revision)
SELECT p.id, i.id, {fee}, {interest}, {principal}, 0
FROM (SELECT id, loan_id, SUM(amount) OVER w AS hi, SUM(amount) OVER w - amount AS lo FROM borrowers_payment
      WHERE loan_id IN ({ids}) WINDOW w AS (PARTITION BY loan_id ORDER BY paid_on, id)) p
JOIN (SELECT id, loan_id, fee, interest, cumulative_due AS cum, cumulative_due - principal - interest - fee AS base
      FROM borrowers_instalment WHERE loan_id IN ({ids})) i
  ON i.loan_id = p.loan_id AND ROUND(p.hi - i.base, 2) > 0 AND ROUND(i.cum - p.lo, 2) > 0
"""


def _allocate_fresh(loan_ids: Sequence[int]) -> int:
    scalar = (
        {"greatest": "GREATEST", "least": "LEAST"}
        if connection.vendor == "postgresql"
        else {"greatest": "MAX", "least": "MIN"}
    )
    parts = {
        "fee": _OVERLAP.format(start="i.base", to="i.base + i.fee", **scalar),
        "interest": _OVERLAP.format(start="i.base + i.fee", to="i.base + i.fee + i.interest", **scalar),
        "principal": _OVERLAP.format(start="i.base + i.fee + i.interest", to="i.cum", **scalar),
    }
    written = 0
    for chunk in _chunks(loan_ids, 20_000):
        with connection.cursor() as cursor:
            cursor.execute(_FRESH.format(ids=_ids(chunk), **parts))
            written += max(cursor.rowcount, 0)
    return written


def _reallocate(loan_ids: Sequence[int]) -> int:
    """Append the difference between the calculator's split and the stored one."""
    creditors: dict[int, Creditor] = {}
    loans = {loan.pk: loan for loan in Loan.objects.filter(pk__in=loan_ids)}
    for creditor in Creditor.objects.filter(pk__in={loan.creditor_id for loan in loans.values()}):
        creditors[creditor.pk] = creditor
    schedules: dict[int, list[Instalment]] = defaultdict(list)
    for instalment in Instalment.objects.filter(loan_id__in=loan_ids).order_by("loan_id", "due_on", "number"):
        schedules[instalment.loan_id].append(instalment)
    payments: dict[int, list[Payment]] = defaultdict(list)
    for payment in Payment.objects.filter(loan_id__in=loan_ids).order_by("loan_id", "paid_on", "id"):
        payments[payment.loan_id].append(payment)
    stored: dict[tuple[int, int], tuple[Decimal, Decimal, Decimal, int]] = {}
    for row in Allocation.objects.filter(payment__loan_id__in=loan_ids):
        fee, interest, principal, revision = stored.get((row.payment_id, row.instalment_id), (_ZERO, _ZERO, _ZERO, -1))
        stored[row.payment_id, row.instalment_id] = (
            fee + row.fee, interest + row.interest, principal + row.principal, max(revision, row.revision),
        )  # fmt: skip
    rows: list[Allocation] = []
    for pk in sorted(loans):
        rows += _differences(creditors[loans[pk].creditor_id], schedules[pk], payments[pk], stored)
    Allocation.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def _differences(
    creditor: Creditor,
    schedule: Sequence[Instalment],
    payments: Sequence[Payment],
    stored: dict[tuple[int, int], tuple[Decimal, Decimal, Decimal, int]],
) -> Iterator[Allocation]:
    lines = rule.allocate_lines(
        [DueInstalment(row.number, row.due_on, row.principal, row.interest, row.fee) for row in schedule],
        [
            PaidPayment(row.paid_on, row.amount, key=str(row.pk), reverses=str(row.reverses_id or ""))
            for row in payments
        ],
        order=tuple(creditor.allocation_order) or rule.DEFAULT_ORDER,
        across=creditor.allocation_across,
    )
    numbers = {row.number: row.pk for row in schedule}
    wanted = {
        (int(line.payment_key), numbers[line.instalment_number]): (line.fee, line.interest, line.principal)
        for line in lines
    }
    keys = {row.pk for row in payments}
    for key in sorted({*wanted, *(key for key in stored if key[0] in keys)}):
        fee, interest, principal, revision = stored.get(key, (_ZERO, _ZERO, _ZERO, -1))
        target = wanted.get(key, (_ZERO, _ZERO, _ZERO))
        parts = [
            round_money(new - old, creditor.currency)
            for new, old in zip(target, (fee, interest, principal), strict=True)
        ]
        if any(parts):
            yield Allocation(
                payment_id=key[0], instalment_id=key[1], fee=parts[0], interest=parts[1], principal=parts[2],
                revision=revision + 1,
            )  # fmt: skip


# Block 1 of the balance row. An overdue amount that a payment made too large is cut to what is still owed; ageing sets
# it right in the same transaction.
_BALANCES = """
INSERT INTO borrowers_loanbalance (loan_id, due_total, paid_total, principal_paid, last_paid_on, outstanding_principal,
  outstanding_amount, next_due_on, changed_on, days_past_due, delinquent_days, bucket, overdue_amount)
SELECT q.id, q.due, q.paid, q.principal_paid, q.last_paid_on, ROUND(q.principal - q.principal_paid, 2),
  ROUND({greatest}(0, q.due - {greatest}(0, q.paid)), 2),
  (SELECT MIN(i.due_on) FROM borrowers_instalment i
   WHERE i.loan_id = q.id AND ROUND(i.cumulative_due - {greatest}(0, q.paid), 2) > 0
     AND i.principal + i.interest + i.fee > 0),
  NULL, 0, 0, 'M0', 0
FROM (
  SELECT l.id, l.principal,
    COALESCE((SELECT MAX(i.cumulative_due) FROM borrowers_instalment i WHERE i.loan_id = l.id), 0) AS due,
    ROUND(COALESCE(p.paid, 0), 2) AS paid, p.last_paid_on, ROUND(COALESCE(a.principal_paid, 0), 2) AS principal_paid
  FROM borrowers_loan l
  LEFT JOIN (SELECT loan_id, SUM(amount) AS paid, MAX(paid_on) AS last_paid_on FROM borrowers_payment
             WHERE loan_id IN ({ids}) GROUP BY loan_id) p ON p.loan_id = l.id
  LEFT JOIN (SELECT p.loan_id, SUM(a.principal) AS principal_paid FROM borrowers_allocation a
             JOIN borrowers_payment p ON p.id = a.payment_id WHERE p.loan_id IN ({ids}) GROUP BY p.loan_id) a
         ON a.loan_id = l.id
  WHERE l.id IN ({ids})
) q WHERE true
ON CONFLICT (loan_id) DO UPDATE SET due_total = excluded.due_total, paid_total = excluded.paid_total,
  principal_paid = excluded.principal_paid, last_paid_on = excluded.last_paid_on,
  outstanding_principal = excluded.outstanding_principal, outstanding_amount = excluded.outstanding_amount,
  next_due_on = excluded.next_due_on, due_so_far = NULL, fell_due_on = NULL, falls_due_on = NULL,
  overdue_amount = {least}(borrowers_loanbalance.overdue_amount, excluded.outstanding_amount)
"""


def refresh_balances(loan_ids: Sequence[int]) -> None:
    """Write block 1 of the balance rows of these loans from schedule, payments and allocations.

    SQLite adds in doubles: what is kept or compared is rounded to the cent.
    """
    if not loan_ids:
        return
    postgres = connection.vendor == "postgresql"
    sql = _BALANCES.format(
        ids=_ids(loan_ids),
        greatest="GREATEST" if postgres else "MAX",
        least="LEAST" if postgres else "MIN",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
