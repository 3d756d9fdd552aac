"""Loading a placement beside raw COPY of the same rows into tables with the same indexes, on PostgreSQL."""

from __future__ import annotations

import csv
import datetime as dt
import os
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from tests.benchmarks.harness import measure_in_turn, report
from tests.servers import postgres

TABLES = ("borrower", "contactpoint", "loan", "instalment", "payment", "allocation", "loanbalance")


def write_files(folder: Path, size: int) -> None:
    """`size` loans of 12 instalments, two contact points and five payments each, as a creditor would send them."""
    first = dt.date(2025, 7, 5)
    due = [(first + dt.timedelta(days=31 * index)).isoformat() for index in range(12)]
    with (
        (folder / "loans.csv").open("w", newline="") as loans,
        (folder / "instalments.csv").open("w", newline="") as instalments,
        (folder / "contact_points.csv").open("w", newline="") as points,
        (folder / "payments.csv").open("w", newline="") as payments,
    ):
        loan, instalment, point, payment = (csv.writer(file) for file in (loans, instalments, points, payments))
        loan.writerow(
            ("account_no", "borrower_ref", "name", "birth_date", "monthly_income", "currency", "principal", "annual_rate",
             "disbursed_on", "contract_no", "branch")
        )  # fmt: skip
        instalment.writerow(("account_no", "number", "due_on", "principal", "interest", "fee"))
        point.writerow(("borrower_ref", "kind", "value", "owner", "consent", "preferred"))
        payment.writerow(("account_no", "payment_no", "paid_on", "amount", "method"))
        for index in range(size):
            account, ref = f"A{index:08d}", f"B{index:08d}"
            loan.writerow(
                (account, ref, f"样本{index}", "1990-01-01", "6500.00", "CNY", "12000.00", "0.18", "2025-06-05", f"C{index}", "x")
            )  # fmt: skip
            point.writerow((ref, "mobile", f"1540{index % 10_000_000:07d}", "debtor", "yes", "yes"))
            point.writerow((ref, "email", f"b{index}@example.com", "debtor", "unknown", "no"))
            for number in range(12):
                instalment.writerow((account, number + 1, due[number], "1000.00", f"{180 - 15 * number}.00", "0.00"))
            for number in range(5 - index % 2):
                amount = Decimal(1180 - 15 * number)
                payment.writerow((account, f"P{number}", due[number], f"{amount}.00", "card"))


def run(size: int) -> None:
    """Print load, unchanged reload and COPY side by side."""
    with postgres(shared_buffers="2GB") as url, tempfile.TemporaryDirectory() as name:
        os.environ.update(DATABASE_URL=url, DEBUG="1", DJANGO_SETTINGS_MODULE="config.settings")
        import django

        django.setup()
        folder = Path(name)
        write_files(folder, size)
        _measure(folder, size)


def _measure(folder: Path, size: int) -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from borrowers.intake import load_upload
    from borrowers.models import Creditor

    settings.DEBUG = False
    call_command("migrate", verbosity=0)
    creditor = Creditor.objects.create(code="BENCH", name="Benchmark")

    def sql(text: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(text)

    for table in TABLES:
        sql(f"CREATE TABLE bench_{table} (LIKE borrowers_{table} INCLUDING ALL)")

    def load() -> float:
        sql("TRUNCATE " + ", ".join(f"borrowers_{table}" for table in TABLES) + " CASCADE")
        start = time.perf_counter()
        placement = load_upload(folder, creditor)
        seconds = time.perf_counter() - start
        assert placement.summary["loans_new"] == size, placement.summary
        return seconds

    def again() -> None:
        assert load_upload(folder, creditor).summary["loans_unchanged"] == size

    def copy() -> float:
        sql("TRUNCATE " + ", ".join(f"bench_{table}" for table in TABLES))
        return sum(_copy(table, folder) for table in TABLES)

    rows = 0
    timings = measure_in_turn([("load, with every check", load), ("the same file again", again), ("raw COPY", copy)])
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT COUNT(*) FROM bench_{table}")
            rows += cursor.fetchone()[0]
    report(f"Placement of {size:,} loans", timings, rows)


def _copy(table: str, folder: Path) -> float:
    """Seconds of COPY of the loaded rows into the twin table; writing the file out does not count."""
    from django.db import connection

    path = folder / f"{table}.copy"
    with (
        connection.cursor() as cursor,
        path.open("wb") as out,
        cursor.cursor.copy(f"COPY borrowers_{table} TO STDOUT") as rows,
    ):
        out.writelines(rows)
    start = time.perf_counter()
    with (
        connection.cursor() as cursor,
        path.open("rb") as source,
        cursor.cursor.copy(f"COPY bench_{table} FROM STDIN") as rows,
    ):
        while piece := source.read(1 << 20):
            rows.write(piece)
    return time.perf_counter() - start
