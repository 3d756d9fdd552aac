"""Where checked rows wait: temporary tables of the connection, the same on SQLite and PostgreSQL.

Money stands in whole cents. Rows go in by COPY on PostgreSQL and by executemany on SQLite.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.db import connection

_CHUNK = 5_000


@dataclass(frozen=True)
class Stage:
    """One staging table. `line` is the row number in the file, the first column of each."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def column_list(self) -> str:
        return "line, " + ", ".join(name for name, _ in self.columns)


LOANS = Stage(
    "st_loans",
    (
        ("account_no", "text"), ("borrower_ref", "text"), ("name", "text"), ("id_type", "text"), ("id_no", "text"),
        ("id_no_index", "text"), ("person_key", "text"), ("birth_date", "date"), ("language", "text"),
        ("time_zone", "text"), ("monthly_income", "bigint"), ("employer", "text"), ("credit_score", "integer"),
        ("product", "text"), ("currency", "text"), ("principal", "bigint"), ("annual_rate", "numeric"),
        ("penalty_rate", "numeric"), ("disbursed_on", "date"), ("contract_no", "text"), ("contract_url", "text"),
        ("extra", "text"),
    ),
)  # fmt: skip
INSTALMENTS = Stage(
    "st_instalments",
    (
        ("account_no", "text"), ("number", "integer"), ("due_on", "date"), ("principal", "bigint"),
        ("interest", "bigint"), ("fee", "bigint"),
    ),
)  # fmt: skip
CONTACT_POINTS = Stage(
    "st_contact_points",
    (
        ("borrower_ref", "text"), ("kind", "text"), ("value", "text"), ("owner", "text"), ("owner_name", "text"),
        ("consent", "text"), ("preferred", "boolean"),
    ),
)  # fmt: skip
PAYMENTS = Stage(
    "st_payments",
    (
        ("account_no", "text"), ("payment_no", "text"), ("paid_on", "date"), ("amount", "bigint"), ("method", "text"),
        ("reversed_payment_no", "text"),
    ),
)  # fmt: skip
# What is refused, and the accounts that are refused with it.
REFUSALS = Stage(
    "st_refusals",
    (("file", "text"), ("tab", "text"), ("account_no", "text"), ("col", "text"), ("value", "text"), ("reason", "text")),
)
STAGES = {"loans": LOANS, "instalments": INSTALMENTS, "contact_points": CONTACT_POINTS, "payments": PAYMENTS}
_ALL = (*STAGES.values(), REFUSALS)


def make_stages() -> None:
    """Fresh, empty staging tables of this connection."""
    with connection.cursor() as cursor:
        for stage in _ALL:
            cursor.execute(f"DROP TABLE IF EXISTS {stage.name}")
            columns = ", ".join(f"{name} {kind}" for name, kind in stage.columns)
            cursor.execute(f"CREATE TEMPORARY TABLE {stage.name} (line integer, {columns})")


def drop_stages() -> None:
    with connection.cursor() as cursor:
        for stage in _ALL:
            cursor.execute(f"DROP TABLE IF EXISTS {stage.name}")


def index_stages() -> None:
    """Indexes for the cross checks, made once the rows are in."""
    with connection.cursor() as cursor:
        for stage, columns in (
            (LOANS, "account_no"),
            (LOANS, "borrower_ref"),
            (INSTALMENTS, "account_no, number"),
            (PAYMENTS, "account_no, payment_no"),
        ):
            name = f"{stage.name}_{columns.split(',')[0]}"
            cursor.execute(f"CREATE INDEX {name} ON {stage.name} ({columns})")
        if connection.vendor == "postgresql":
            for stage in STAGES.values():
                cursor.execute(f"ANALYZE {stage.name}")


class Filler(AbstractContextManager["Filler"]):
    """Puts rows into one staging table, in chunks: memory does not grow with the file."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._rows: list[Sequence[object]] = []

    def add(self, line: int, values: Iterable[object]) -> None:
        self._rows.append((line, *values))
        if len(self._rows) >= _CHUNK:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            copy_rows(self._stage.name, self._stage.column_list, self._rows)
            self._rows = []

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self._flush()


def copy_rows(table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    """Append rows to a table by the quickest way that the database has."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 - own names
