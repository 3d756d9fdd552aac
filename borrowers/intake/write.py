"""From the staging tables into the house: one statement a table, writing only what is new or differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from borrowers.models import Creditor, Placement

_MONEY = "{0} / 100.0"
BORROWER = (
    "name", "id_type", "id_no_index", "person_key", "birth_date", "language", "time_zone", "monthly_income", "employer",
    "credit_score",
)  # fmt: skip
_LOAN = (
    "product", "currency", "principal", "annual_rate", "penalty_rate", "disbursed_on", "contract_no", "contract_url",
    "extra",
)  # fmt: skip
_INSTALMENT = ("due_on", "principal", "interest", "fee", "cumulative_due")


def _differs(table: str, columns: Sequence[str]) -> str:
    """Condition that a stored row is unlike the one offered, nulls compared as values."""
    word = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    # jsonb has no order of keys; as text it would differ by spaces.
    return " OR ".join(f"{table}.{name} {word} excluded.{name}" for name in columns)


def _upsert(table: str, key: str, columns: Sequence[str], always: Sequence[str] = ()) -> str:
    changes = ", ".join(f"{name} = excluded.{name}" for name in (*columns, *always))
    return f" ON CONFLICT ({key}) DO UPDATE SET {changes} WHERE {_differs(table, columns)}"


def _execute(sql: str, params: Sequence[Any] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return max(cursor.rowcount, 0)


def _value(sql: str, params: Sequence[Any] = ()) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


def json_value(column: str) -> str:
    return f"CAST({column} AS jsonb)" if connection.vendor == "postgresql" else column


def _money(column: str, precision: str = "18,2") -> str:
    """Whole cents as money: exact on PostgreSQL, the nearest double on SQLite, as Django stores it there."""
    return f"CAST({column} AS numeric({precision})) / 100" if connection.vendor == "postgresql" else f"{column} / 100.0"


_LOAN_CHANGED = """
    SELECT l.id FROM st_loans s JOIN borrowers_loan l ON l.creditor_id = %s AND l.account_no = s.account_no
    WHERE ROUND(l.principal * 100) <> s.principal OR l.disbursed_on <> s.disbursed_on OR l.currency <> s.currency
       OR ROUND(l.annual_rate * 1000000) <> ROUND(s.annual_rate * 1000000) OR l.product <> s.product
       OR COALESCE(ROUND(l.penalty_rate * 1000000), -1) <> COALESCE(ROUND(s.penalty_rate * 1000000), -1)
       OR l.contract_no <> s.contract_no OR l.contract_url <> s.contract_url OR {extra}
    UNION
    SELECT l.id FROM st_instalments s JOIN borrowers_loan l ON l.creditor_id = %s AND l.account_no = s.account_no
    LEFT JOIN borrowers_instalment i ON i.loan_id = l.id AND i.number = s.number
    WHERE i.id IS NULL OR i.due_on <> s.due_on OR ROUND(i.principal * 100) <> s.principal
       OR ROUND(i.interest * 100) <> s.interest OR ROUND(i.fee * 100) <> s.fee
    UNION
    SELECT l.id FROM st_loans s JOIN (SELECT MAX(line) AS line FROM st_loans GROUP BY borrower_ref) last
      ON last.line = s.line
    JOIN borrowers_loan l ON l.creditor_id = %s AND l.account_no = s.account_no
    JOIN borrowers_borrower b ON b.id = l.borrower_id
    WHERE {borrower}
"""


def changed_loans(creditor: Creditor) -> list[int]:
    """Loans that are here already and differ from the file, in themselves, in their schedule or in their borrower.

    Of several rows of one borrower the last one holds, as in write_borrowers.
    """
    extra = "l.extra <> CAST(s.extra AS jsonb)" if connection.vendor == "postgresql" else "l.extra <> s.extra"
    with connection.cursor() as cursor:
        word = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
        cents = "CAST(ROUND(b.monthly_income * 100) AS bigint)"
        borrower = " OR ".join(
            f"{cents if name == 'monthly_income' else 'b.' + name} {word} s.{name}" for name in BORROWER
        )
        cursor.execute(_LOAN_CHANGED.format(extra=extra, borrower=borrower), [creditor.pk] * 3)
        return [row[0] for row in cursor.fetchall()]


def count_new(creditor: Creditor) -> tuple[int, int]:
    """(loans of the file, those of them that are not here yet)."""
    total = _value("SELECT COUNT(*) FROM st_loans")
    known = _value(
        "SELECT COUNT(*) FROM st_loans s JOIN borrowers_loan l ON l.creditor_id = %s AND l.account_no = s.account_no",
        [creditor.pk],
    )
    return total, total - known


def write_borrowers(creditor: Creditor) -> None:
    names = ", ".join(BORROWER)
    values = ", ".join(_money("s.monthly_income") if name == "monthly_income" else f"s.{name}" for name in BORROWER)
    _execute(
        f"INSERT INTO borrowers_borrower (creditor_id, ref, id_no, created_at, {names}) "  # noqa: S608 - own names
        f"SELECT %s, s.borrower_ref, s.id_no, CURRENT_TIMESTAMP, {values} FROM st_loans s "
        "JOIN (SELECT MAX(line) AS line FROM st_loans GROUP BY borrower_ref) last ON last.line = s.line WHERE true"
        + _upsert("borrowers_borrower", "creditor_id, ref", BORROWER, always=("id_no",)),
        [creditor.pk],
    )


def write_loans(creditor: Creditor, placement: Placement) -> None:
    special = {"principal": _money("s.principal"), "extra": json_value("s.extra")}
    values = ", ".join(special.get(name, f"s.{name}") for name in _LOAN)
    _execute(
        f"INSERT INTO borrowers_loan (creditor_id, borrower_id, placement_id, account_no, status, {', '.join(_LOAN)}) "  # noqa: S608 - own names
        f"SELECT %s, b.id, %s, s.account_no, 'open', {values} FROM st_loans s "
        "JOIN borrowers_borrower b ON b.creditor_id = %s AND b.ref = s.borrower_ref WHERE true"
        + _upsert("borrowers_loan", "creditor_id, account_no", _LOAN),
        [creditor.pk, placement.pk, creditor.pk],
    )


def write_instalments(creditor: Creditor) -> None:
    money = ", ".join(_money(f"s.{name}") for name in ("principal", "interest", "fee", "cumulative_due"))
    _execute(
        f"INSERT INTO borrowers_instalment (loan_id, number, {', '.join(_INSTALMENT)}) "  # noqa: S608 - own names
        f"SELECT l.id, s.number, s.due_on, {money} FROM (SELECT *, SUM(principal + interest + fee) OVER "
        "(PARTITION BY account_no ORDER BY due_on, number) AS cumulative_due FROM st_instalments) s "
        "JOIN borrowers_loan l ON l.creditor_id = %s AND l.account_no = s.account_no WHERE true"
        + _upsert("borrowers_instalment", "loan_id, number", _INSTALMENT),
        [creditor.pk],
    )


def loans_with_entries(creditor: Creditor) -> list[int]:
    """Loans of the file on which more was booked than payments."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id FROM st_loans s JOIN borrowers_loan l ON l.creditor_id = %s AND l.account_no = s.account_no "
            "WHERE EXISTS (SELECT 1 FROM borrowers_ledgerentry e WHERE e.loan_id = l.id)",
            [creditor.pk],
        )
        return [row[0] for row in cursor.fetchall()]


def write_contact_points(creditor: Creditor) -> int:
    """New contact points only: what staff learned of one (not in use, consent) is not undone by a file."""
    return _execute(
        "INSERT INTO borrowers_contactpoint (borrower_id, kind, value, owner, owner_name, consent, preferred, "
        "is_valid, invalid_reason, place) SELECT b.id, s.kind, s.value, s.owner, s.owner_name, s.consent, s.preferred, "
        "%s, '', '' FROM st_contact_points s JOIN borrowers_borrower b ON b.creditor_id = %s AND b.ref = s.borrower_ref "
        "WHERE true ORDER BY s.line ON CONFLICT (borrower_id, kind, value) DO NOTHING",
        [True, creditor.pk],
    )


def write_payments(creditor: Creditor, placement: Placement) -> tuple[int, int, list[int]]:
    """Book what is new: (booked, seen before, loans touched). Reversals go in behind what they reverse."""
    total = _value("SELECT COUNT(*) FROM st_payments")
    touched = "SELECT DISTINCT l.id FROM st_payments s JOIN borrowers_loan l ON l.creditor_id = %s AND l.account_no = s.account_no"
    unseen = (
        " WHERE NOT EXISTS (SELECT 1 FROM borrowers_payment p WHERE p.loan_id = l.id AND p.payment_no = s.payment_no)"
    )
    with connection.cursor() as cursor:
        cursor.execute(touched + unseen, [creditor.pk])
        loans = [row[0] for row in cursor.fetchall()]
    booked = 0
    for reversal in (False, True):
        amount = _money("-s.amount" if reversal else "s.amount")
        join = (
            " JOIN borrowers_payment o ON o.loan_id = l.id AND o.payment_no = s.reversed_payment_no" if reversal else ""
        )
        booked += _execute(
            "INSERT INTO borrowers_payment (loan_id, payment_no, paid_on, amount, method, reverses_id, placement_id, "  # noqa: S608 - own names
            f"recorded_at) SELECT l.id, s.payment_no, s.paid_on, {amount}, s.method, {'o.id' if reversal else 'NULL'}, "
            "%s, CURRENT_TIMESTAMP FROM st_payments s JOIN borrowers_loan l ON l.creditor_id = %s "
            f"AND l.account_no = s.account_no{join}{unseen} AND s.reversed_payment_no {'<>' if reversal else '='} '' "
            "ORDER BY s.paid_on, s.line",
            [placement.pk, creditor.pk],
        )
    return booked, total - booked, loans


def count_payments(creditor: Creditor) -> tuple[int, int]:
    """(payments of the file that would be booked, those seen before), for a look that writes nothing."""
    total = _value("SELECT COUNT(*) FROM st_payments")
    seen = _value(
        "SELECT COUNT(*) FROM st_payments s JOIN borrowers_loan l ON l.creditor_id = %s "
        "AND l.account_no = s.account_no JOIN borrowers_payment p ON p.loan_id = l.id AND p.payment_no = s.payment_no",
        [creditor.pk],
    )
    return total - seen, seen
