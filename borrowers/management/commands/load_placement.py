"""Load the accounts that a creditor hands over. Format: docs/placement.md."""

from __future__ import annotations

import csv
import io
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand

from borrowers.intake import FileRefused, check_upload, load_upload
from borrowers.intake.load import ALL_OR_NOTHING, GOOD_ROWS
from borrowers.management.commands import creditor_by_code, refuse
from borrowers.models import Placement


class Command(BaseCommand):
    help = "Loads a placement (folder, .zip or .xlsx): every row is checked before anything is written."
    kind: ClassVar[str] = "placement"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--creditor", required=True, metavar="CODE")
        parser.add_argument("--dry-run", action="store_true", help="check and report, write nothing")
        parser.add_argument(
            "--all-or-nothing",
            action="store_true",
            help="change nothing when any row is refused; else load the good ones",
        )
        parser.add_argument("--refusals", type=Path, help="where to write the refused rows (CSV)")

    def handle(self, *args: Any, **options: Any) -> None:
        creditor = creditor_by_code(self, options["creditor"])
        path: Path = options["path"]
        accept = ALL_OR_NOTHING if options["all_or_nothing"] else GOOD_ROWS
        try:
            if options["dry_run"]:
                report = check_upload(path, creditor, self.kind, self._progress)
                summary, refusals = report.summary(), report.refusals_csv()
                loaded = True
            else:
                placement = load_upload(path, creditor, self.kind, accept=accept, progress=self._progress)
                summary, refusals = placement.summary, placement.refusals_csv
                loaded = placement.state == Placement.State.LOADED
        except FileRefused as error:
            refuse(self, str(error))
        if not loaded:
            heading = "nothing loaded: rows were refused"
        else:
            heading = "nothing written (dry run)" if options["dry_run"] else "done"
        self._print(summary, heading)
        if refusals:
            self._write_refusals(refusals, options["refusals"] or Path(f"{path.resolve().stem}-refused.csv"))
            self.stderr.write(first_refusal(refusals))
        if not loaded:
            sys.exit(1)

    def _write_refusals(self, refusals: str, target: Path) -> None:
        """What was loaded stays loaded: a place that cannot be written is told and the rows go to the output."""
        try:
            target.write_text(refusals, encoding="utf-8")
        except OSError as error:
            self.stdout.write(f"refused rows: {target} cannot be written ({error.strerror or error}); here they are")
            self.stdout.write(refusals)
        else:
            self.stdout.write(f"refused rows: {target}")

    def _progress(self, table: str, rows: int) -> None:
        print(f"{table}: {rows:,} rows checked", file=sys.stderr)

    def _print(self, summary: dict[str, Any], heading: str) -> None:
        write = self.stdout.write
        write(heading)
        for table, rows in summary["rows"].items():
            write(f"rows read, {table}: {rows}")
        if self.kind == "placement":
            for name in ("new", "updated", "unchanged", "refused"):
                write(f"loans {name}: {summary[f'loans_{name}']}")
        write(f"payments booked: {summary['payments_booked']}, seen before: {summary['payments_seen']}")
        write(f"rows refused: {summary['rows_refused']}")
        write(f"seconds: {summary['seconds']}")


def first_refusal(refusals: str) -> str:
    """The first refused row as one line: file, row, column, value and what is wrong; then how many more there are."""
    first, *more = csv.DictReader(io.StringIO(refusals))
    value = f" {first['value']!r}" if first["value"] and not first["reason"].startswith("'") else ""
    column = f", column {first['column']}" if first["column"] else ""
    rest = f" (and {len(more)} more)" if more else ""
    return " ".join(f"{first['file']} row {first['row']}{column}:{value} {first['reason']}{rest}".split())
