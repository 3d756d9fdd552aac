"""The split of all money, and the balance rows, brought up to date from what was booked.

Balances are sums. What the rules say is compared with what the stored rows add up to, and the difference is appended, so
that nothing is ever changed in place: penalty interest first, since a payment pays what has accrued by its day, then the
split. What is kept up so is the same as what would be reckoned from scratch.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from django.db import connection, transaction

from borrowers.models import Allocation, Instalment, LedgerEntry
from borrowers.models.ledger import Component
from borrowers.money import money_text, round_money
from borrowers.rules.allocation import allocate_lines
from borrowers.rules.penalty import Penalty, accrue_penalty
from borrowers.schedule import ZERO, Account, load_accounts
from borrowers.services.early_payoff import rebate_differences

_CHUNK = 500
PARTS = ("fee", "interest", "principal", "penalty")


def reallocate_loans(
    loan_ids: Sequence[int], fresh: Sequence[int] = (), through: Mapping[int, dt.date] | None = None
) -> int:
    """Bring penalty interest, the split and the balance rows of these loans up to date; returns the allocation rows
    written. `through` names loans whose penalty is to be booked up to a day; else it is up to the last day on which
    anything moved.

    Loans in `fresh` have no allocations yet: where the creditor's order is the usual one, no penalty is reckoned and
    nothing was reversed, one statement splits them all. The rest go through the calculators, so many at a time.
    """
    written = 0
    with transaction.atomic():
        usual = set(_usual(fresh))
        if usual:
            written += _allocate_fresh(sorted(usual))
        for chunk in _chunks([pk for pk in loan_ids if pk not in usual]):
            written += _reallocate(chunk, through or {})
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
                "c.payoff_interest <> 'earned' AND "
                f"{_is_empty_list('c.allocation_order')} AND NOT EXISTS "
                "(SELECT 1 FROM borrowers_payment p WHERE p.loan_id = l.id AND "
                "(p.reverses_id IS NOT NULL OR p.designated_id IS NOT NULL)) AND NOT EXISTS "
                "(SELECT 1 FROM borrowers_ledgerentry e WHERE e.loan_id = l.id) AND (COALESCE(l.penalty_rate, 0) = 0 "
                "OR NOT EXISTS (SELECT 1 FROM borrowers_penaltypolicy y WHERE y.creditor_id = c.id))"
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


def _reallocate(loan_ids: Sequence[int], through: Mapping[int, dt.date]) -> int:
    """Append the difference between the calculators' figures and the stored ones."""
    accounts = load_accounts(loan_ids)
    accrued: list[LedgerEntry] = []
    for pk, account in accounts.items():
        found = rebate_differences(account, accrue_to)
        account.entries += found
        found += _accrued(account, penalty_of(account, through.get(pk)))
        account.entries += [entry for entry in found if entry.kind == LedgerEntry.Kind.PENALTY]
        accrued += found
    LedgerEntry.objects.bulk_create(accrued, batch_size=1000)
    _refresh_cumulative([account for account in accounts.values() if account.entries])
    stored = _stored(loan_ids)
    rows: list[Allocation] = []
    for account in accounts.values():
        rows += _differences(account, stored)
    Allocation.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


# --- Penalty interest ----------------------------------------------------------------------------------


def penalty_of(account: Account, through: dt.date | None = None) -> Penalty | None:
    """What has accrued by `through`, or by the last day on which anything moved or was booked; None where no penalty
    is reckoned here."""
    if account.terms is None:
        return None
    booked_on = {e.on for e in account.entries if e.kind == LedgerEntry.Kind.PENALTY}
    moves = {p.paid_on for p in account.payments} | {e.on for e in account.entries}
    on = max(moves | ({through} if through else set()), default=None)
    if on is None:
        return None
    return accrue_penalty(
        on,
        account.due(),
        account.paid(),
        account.terms,
        account.pauses,
        account.order,
        account.across,
        account.adjustments(with_penalty=False),
        booked_on | ({through} if through else set()),
    )


def accrue_to(account: Account, on: dt.date) -> Penalty | None:
    """Let an account that was loaded show what has accrued by `on`, as if it were booked; nothing is saved. Returns how
    it was reckoned."""
    penalty = penalty_of(account, on)
    account.entries += list(_accrued(account, penalty))
    return penalty


def _accrued(account: Account, penalty: Penalty | None) -> Iterator[LedgerEntry]:
    """Entries for what has accrued and is not booked yet; or was booked, and did not accrue after all."""
    if penalty is None or account.terms is None:
        return
    keys = {i.number: i.pk for i in account.schedule}
    wanted: dict[tuple[int, dt.date], Decimal] = defaultdict(lambda: ZERO)
    for accrual in penalty.entries:
        wanted[keys[accrual.number], accrual.on] += accrual.amount
    for entry in account.entries:
        if entry.kind == LedgerEntry.Kind.PENALTY:
            wanted[entry.instalment_id, entry.on] -= entry.amount
    products = {keys[number]: product for number, (product, _amount) in penalty.by_number.items()}
    for (instalment_id, on), amount in sorted(wanted.items(), key=lambda item: (item[0][1], item[0][0])):
        if amount:
            yield LedgerEntry(
                loan=account.loan,
                instalment_id=instalment_id,
                kind=LedgerEntry.Kind.PENALTY,
                component=Component.PENALTY,
                on=on,
                amount=amount,
                detail={
                    "product": money_text(products.get(instalment_id, ZERO), account.loan.currency),
                    "rate": f"{penalty.rate:f}",
                    "days_in_year": account.terms.days_in_year,
                },
            )


def _refresh_cumulative(accounts: Sequence[Account]) -> None:
    """The running total due of each instalment, with the entries on it."""
    changed: list[Instalment] = []
    for account in accounts:
        total = ZERO
        for instalment, due in zip(account.schedule, account.effective(), strict=True):
            total += due.total
            if instalment.cumulative_due != total:
                instalment.cumulative_due = total
                changed.append(instalment)
    Instalment.objects.bulk_update(changed, ["cumulative_due"], batch_size=500)


# --- The split -----------------------------------------------------------------------------------------


def _stored(loan_ids: Sequence[int]) -> dict[tuple[int, int], tuple[list[Decimal], int]]:
    """By payment and instalment: the parts as they add up, and the last revision."""
    stored: dict[tuple[int, int], tuple[list[Decimal], int]] = {}
    for row in Allocation.objects.filter(payment__loan_id__in=loan_ids):
        parts, revision = stored.get((row.payment_id, row.instalment_id), ([ZERO] * len(PARTS), -1))
        stored[row.payment_id, row.instalment_id] = (
            [part + getattr(row, name) for part, name in zip(parts, PARTS, strict=True)],
            max(revision, row.revision),
        )
    return stored


def _differences(account: Account, stored: dict[tuple[int, int], tuple[list[Decimal], int]]) -> Iterator[Allocation]:
    lines = allocate_lines(account.due(), account.paid(), account.order, account.across, account.adjustments())
    numbers = {row.number: row.pk for row in account.schedule}
    wanted = {
        (int(line.payment_key), numbers[line.instalment_number]): [getattr(line, name) for name in PARTS]
        for line in lines
    }
    keys = {row.pk for row in account.payments}
    for key in sorted({*wanted, *(key for key in stored if key[0] in keys)}):
        held, revision = stored.get(key, ([ZERO] * len(PARTS), -1))
        target = wanted.get(key, [ZERO] * len(PARTS))
        parts = [round_money(new - old, account.creditor.currency) for new, old in zip(target, held, strict=True)]
        if any(parts):
            yield Allocation(
                payment_id=key[0],
                instalment_id=key[1],
                **dict(zip(PARTS, parts, strict=True)),
                revision=revision + 1,
            )


# --- Balances ------------------------------------------------------------------------------------------

# Block 1 of the balance row. An overdue amount that a payment made too large is cut to what is still owed; ageing sets
# it right in the same transaction.
_BALANCES = """
INSERT INTO borrowers_loanbalance (loan_id, due_total, paid_total, principal_paid, last_paid_on, outstanding_principal,
  outstanding_amount, next_due_on, changed_on, days_past_due, delinquent_days, bucket, overdue_amount)
SELECT q.id, q.due, q.paid, q.principal_paid, q.last_paid_on, ROUND(q.principal - q.principal_paid, 2),
  ROUND({greatest}(0, q.due - {greatest}(0, q.paid)), 2),
  (SELECT MIN(i.due_on) FROM borrowers_instalment i
   WHERE i.loan_id = q.id AND ROUND(i.cumulative_due - {greatest}(0, q.paid), 2) > 0),
  NULL, 0, 0, 'M0', 0
FROM (
  SELECT l.id, l.principal + COALESCE(e.principal, 0) AS principal,
    COALESCE((SELECT MAX(i.cumulative_due) FROM borrowers_instalment i WHERE i.loan_id = l.id), 0) AS due,
    ROUND(COALESCE(p.paid, 0), 2) AS paid, p.last_paid_on, ROUND(COALESCE(a.principal_paid, 0), 2) AS principal_paid
  FROM borrowers_loan l
  LEFT JOIN (SELECT loan_id, SUM(amount) AS paid, MAX(paid_on) AS last_paid_on FROM borrowers_payment
             WHERE loan_id IN ({ids}) GROUP BY loan_id) p ON p.loan_id = l.id
  LEFT JOIN (SELECT p.loan_id, SUM(a.principal) AS principal_paid FROM borrowers_allocation a
             JOIN borrowers_payment p ON p.id = a.payment_id WHERE p.loan_id IN ({ids}) GROUP BY p.loan_id) a
         ON a.loan_id = l.id
  LEFT JOIN (SELECT loan_id, SUM(amount) AS principal FROM borrowers_ledgerentry
             WHERE component = 'principal' AND loan_id IN ({ids}) GROUP BY loan_id) e ON e.loan_id = l.id
  WHERE l.id IN ({ids})
) q WHERE true
ON CONFLICT (loan_id) DO UPDATE SET due_total = excluded.due_total, paid_total = excluded.paid_total,
  principal_paid = excluded.principal_paid, last_paid_on = excluded.last_paid_on,
  outstanding_principal = excluded.outstanding_principal, outstanding_amount = excluded.outstanding_amount,
  next_due_on = excluded.next_due_on, due_so_far = NULL, fell_due_on = NULL, falls_due_on = NULL,
  overdue_amount = {least}(borrowers_loanbalance.overdue_amount, excluded.outstanding_amount)
"""


def refresh_balances(loan_ids: Sequence[int]) -> None:
    """Write block 1 of the balance rows of these loans from schedule, entries, payments and allocations.

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
