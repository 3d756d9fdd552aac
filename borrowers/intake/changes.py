"""What a file changes in loans that are here already: one audit event a value, from what to what."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from borrowers.models import AuditEvent, Creditor, Loan, Placement, User
from borrowers.models.audit import build_event

_MONEY = {"principal", "interest", "fee", "monthly_income"}
_RATES = {"annual_rate", "penalty_rate"}
_LOAN = (
    "product",
    "currency",
    "principal",
    "annual_rate",
    "penalty_rate",
    "disbursed_on",
    "contract_no",
    "contract_url",
)
_BORROWER = (
    "name", "id_type", "id_no_index", "birth_date", "language", "time_zone", "monthly_income", "employer", "credit_score",
)  # fmt: skip
_INSTALMENT = ("due_on", "principal", "interest", "fee")
_CHUNK = 500


def record_changes(loan_ids: Sequence[int], creditor: Creditor, placement: Placement, actor: User | None) -> None:
    """Write the events. Must run before the new values do: it reads the old ones from the tables."""
    for start in range(0, len(loan_ids), _CHUNK):
        loans = list(
            Loan.objects.filter(pk__in=loan_ids[start : start + _CHUNK])
            .select_related("borrower")
            .prefetch_related("instalments")
        )
        accounts = [loan.account_no for loan in loans]
        offered = {
            row["account_no"]: row for row in _staged("st_loans", (*_LOAN, *_BORROWER, "extra", "line"), accounts)
        }
        schedules: dict[str, list[dict[str, Any]]] = {}
        for row in _staged("st_instalments", ("number", *_INSTALMENT), accounts):
            schedules.setdefault(row["account_no"], []).append(row)
        AuditEvent.objects.bulk_create(
            [
                build_event(
                    loan, "updated_by_placement", actor=actor, field=field, old=old, new=new, placement=placement.pk
                )
                for loan in loans
                for field, old, new in _changes(loan, offered[loan.account_no], schedules.get(loan.account_no, []))
            ]
        )


def _staged(table: str, columns: Sequence[str], accounts: Sequence[str]) -> list[dict[str, Any]]:
    names = ("account_no", *columns)
    marks = ", ".join(["%s"] * len(accounts))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(names)} FROM {table} WHERE account_no IN ({marks}) ORDER BY line",  # noqa: S608 - own names
            list(accounts),
        )
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _changes(loan: Loan, offered: dict[str, Any], schedule: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for owner, columns in ((loan, _LOAN), (loan.borrower, _BORROWER)):
        for column in columns:
            old, new = _stored(column, getattr(owner, column)), _text(column, offered[column])
            if old != new:
                # Neither the ID number nor its index is told.
                yield ("id_no", "***", "***") if column == "id_no_index" else (column, old, new)
    extra = json.loads(offered["extra"])
    for key in sorted({*loan.extra, *extra}):
        if loan.extra.get(key) != extra.get(key):
            yield key[:40], str(loan.extra.get(key, "")), str(extra.get(key, ""))
    stored = {row.number: row for row in loan.instalments.all()}
    for row in schedule:
        known = stored.get(row["number"])
        old = "" if known is None else " ".join(_stored(column, getattr(known, column)) for column in _INSTALMENT)
        new = " ".join(_text(column, row[column]) for column in _INSTALMENT)
        if old != new:
            yield f"instalment {row['number']}", old, new


def _stored(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column in _MONEY:
        return f"{Decimal(value):.2f}"
    if column in _RATES:
        return f"{Decimal(value):.6f}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _text(column: str, value: Any) -> str:
    """A staged value as `_stored` writes it. Money stands there in cents; SQLite gives dates and rates its own way."""
    if value is None:
        return ""
    return _stored(
        column, Decimal(value) / 100 if column in _MONEY else Decimal(str(value)) if column in _RATES else value
    )
