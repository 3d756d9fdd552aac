"""A file on its way in: every row checked, then all that is good written in one transaction."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from borrowers.ageing import age_loans
from borrowers.export import escape_formula
from borrowers.intake import checks, write
from borrowers.intake.changes import record_changes
from borrowers.intake.cross_checks import cross_check
from borrowers.intake.source import FileRefused, Table, open_source
from borrowers.intake.staging import REFUSALS, STAGES, Filler, drop_stages, index_stages, make_stages
from borrowers.models import Creditor, Placement, User, record_event
from borrowers.services.followers import tell_money_moved
from borrowers.services.reallocation import reallocate_loans

Progress = Callable[[str, int], None]
# A refused amount such as -200.00 is shown as it stands; any other text is kept from being a formula.
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
GOOD_ROWS, ALL_OR_NOTHING = "good_rows", "all_or_nothing"
_REQUIRED_TABLES = {"placement": ("loans", "instalments"), "payments": ("payments",)}
_TABLES = {"placement": ("loans", "instalments", "contact_points", "payments"), "payments": ("payments",)}


@dataclass
class IntakeReport:
    """What a file holds and what comes of it. Loans are counted whole; payments and contact points by row."""

    rows: dict[str, int] = field(default_factory=dict)
    loans_new: int = 0
    loans_updated: int = 0
    loans_unchanged: int = 0
    loans_refused: int = 0
    payments_booked: int = 0
    payments_seen: int = 0
    rows_refused: int = 0
    seconds: float = 0.0
    # Of each refusal: file, row, column, value and reason.
    refusals: list[tuple[str, int, str, str, str]] = field(default_factory=list)

    def summary(self) -> dict[str, object]:
        values = asdict(self)
        del values["refusals"]
        return {**values, "seconds": round(self.seconds, 2)}

    def refusals_csv(self) -> str:
        if not self.refusals:
            return ""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("file", "row", "column", "value", "reason"))
        writer.writerows(
            (escape_formula(file), line, column, value if _NUMBER.fullmatch(value) else escape_formula(value), reason)
            for file, line, column, value, reason in self.refusals
        )
        return out.getvalue()


def check_upload(
    path: Path, creditor: Creditor, kind: str = "placement", progress: Progress | None = None
) -> IntakeReport:
    """Check everything and write nothing. Raises FileRefused when the file as a whole cannot be taken."""
    with transaction.atomic():
        try:
            report, _ = _stage(path, creditor, kind, progress)
            report.payments_booked, report.payments_seen = write.count_payments(creditor)
        finally:
            drop_stages()
    return report


def load_upload(
    path: Path,
    creditor: Creditor,
    kind: str = "placement",
    *,
    actor: User | None = None,
    accept: str = GOOD_ROWS,
    progress: Progress | None = None,
    placement: Placement | None = None,
) -> Placement:
    """Check and load. With `accept` all_or_nothing a file with any refusal changes nothing (state refused).

    Raises FileRefused; the database is as before then. `placement` is the row of an upload that was previewed.
    """
    digest = sha256_of(path)
    started = time.monotonic()
    with transaction.atomic():
        # Two loads of one creditor wait for each other.
        Creditor.objects.select_for_update().get(pk=creditor.pk)
        report, changed = _stage(path, creditor, kind, progress)
        row = placement or Placement(creditor=creditor, kind=kind, created_by=actor)
        row.file_name, row.file_sha256 = path.name if not row.file_name else row.file_name, digest
        refused = accept == ALL_OR_NOTHING and bool(report.refusals)
        row.state = Placement.State.REFUSED if refused else Placement.State.LOADED
        row.save()
        touched: list[int] = []
        if not refused:
            touched = _write(creditor, kind, row, report, changed, actor)
        drop_stages()
        report.seconds = time.monotonic() - started
        row.summary, row.refusals_csv = report.summary(), report.refusals_csv()
        row.loaded_at = None if refused else timezone.now()
        row.save()
        record_event(row, "refused" if refused else "loaded", actor=actor, new=row.file_name, **report.summary())
        if touched and creditor.aged_on:
            age_loans(creditor=creditor, on=creditor.aged_on, loan_ids=touched)
    return row


def _stage(path: Path, creditor: Creditor, kind: str, progress: Progress | None) -> tuple[IntakeReport, list[int]]:
    started = time.monotonic()
    report = IntakeReport()
    today = creditor.business_date(timezone.now())
    make_stages()
    with open_source(path, only="payments" if kind == "payments" else "") as tables:
        found = _wanted(path, tables, kind)
        for table in found:
            report.rows[table.name] = _check_table(table, creditor, today, progress)
    index_stages()
    accounts = _count("SELECT COUNT(DISTINCT account_no) FROM st_loans WHERE account_no <> ''")
    cross_check(creditor.pk, kind, {table.name: table.file for table in found})
    changed: list[int] = []
    if kind == "placement":
        good, report.loans_new = write.count_new(creditor)
        changed = write.changed_loans(creditor)
        report.loans_updated = len(changed)
        report.loans_unchanged = good - report.loans_new - len(changed)
        nameless = _count("SELECT COUNT(*) FROM st_refusals WHERE tab = 'loans' AND account_no = ''")
        report.loans_refused = accounts - good + min(nameless, report.rows.get("loans", 0))
    report.refusals = _refusals()
    report.rows_refused = len({(file, line) for file, line, *_ in report.refusals})
    report.seconds = time.monotonic() - started
    return report, changed


def _wanted(path: Path, tables: dict[str, Table], kind: str) -> list[Table]:
    for name in _REQUIRED_TABLES[kind]:
        if name not in tables:
            raise FileRefused(path.name, "the table %(name)s is missing", name=name)
    found = [tables[name] for name in _TABLES[kind] if name in tables]
    for table in found:
        for column in checks.REQUIRED[table.name]:
            if column not in table.header:
                raise FileRefused(f"{table.file} row 1, column {column}", "the column is missing")
    return found


def _check_table(table: Table, creditor: Creditor, today: dt.date, progress: Progress | None) -> int:
    check = {
        "loans": checks.check_loan,
        "instalments": checks.check_instalment,
        "contact_points": checks.check_contact_point,
        "payments": checks.payment_checker(today),
    }[table.name]
    count = 0
    with Filler(STAGES[table.name]) as rows, Filler(REFUSALS) as refusals:
        for line, row in table.rows():
            values, errors = check(creditor, row)
            rows.add(line, values)
            for column, value, reason in errors.found:
                refusals.add(line, (table.file, table.name, row.get("account_no", ""), column, value, reason))
            count += 1
            if progress and count % 10_000 == 0:
                progress(table.name, count)
    if progress:
        progress(table.name, count)
    return count


def _write(
    creditor: Creditor,
    kind: str,
    placement: Placement,
    report: IntakeReport,
    changed: Sequence[int],
    actor: User | None,
) -> list[int]:
    booked: list[int] = []
    if kind == "placement":
        record_changes(changed, creditor, placement, actor)
        write.write_borrowers(creditor)
        write.write_loans(creditor, placement)
        write.write_instalments(creditor)
        write.write_contact_points(creditor)
        booked = write.loans_with_entries(creditor)
    report.payments_booked, report.payments_seen, touched = write.write_payments(creditor, placement)
    with connection.cursor() as cursor:
        # New loans have no balance row yet.
        cursor.execute(
            "SELECT l.id FROM borrowers_loan l WHERE l.creditor_id = %s "
            "AND NOT EXISTS (SELECT 1 FROM borrowers_loanbalance b WHERE b.loan_id = l.id)",
            [creditor.pk],
        )
        fresh = [row[0] for row in cursor.fetchall()]
    # The file knows nothing of what was booked on a schedule: running totals get it back.
    loans = sorted({*fresh, *touched, *changed, *booked})
    reallocate_loans(loans, fresh=fresh)
    tell_money_moved(touched, paid=True)
    # A large file takes minutes: what was written meanwhile, by what was owed before, is seen only after the commit.
    transaction.on_commit(partial(tell_money_moved, touched, paid=True), robust=True)
    return loans


def _refusals() -> list[tuple[str, int, str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT file, line, col, value, reason FROM st_refusals ORDER BY file, line, col, reason"
        )
        return [(file, line, col or "", value or "", reason) for file, line, col, value, reason in cursor.fetchall()]


def _count(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def sha256_of(path: Path) -> str:
    """Of a file, in hexadecimal; "" of a folder. FileRefused when it cannot be read."""
    if path.is_dir():
        return ""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except FileNotFoundError as error:
        raise FileRefused(path.name, "there is no such file or folder") from error
    except OSError as error:
        raise FileRefused(path.name, "cannot be read: %(why)s", why=error.strerror or error) from error
    return digest.hexdigest()
