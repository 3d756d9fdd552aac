"""Load the accounts that a creditor hands over. Format: docs/placement.md."""

from __future__ import annotations

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
        self._print(summary, dry_run=options["dry_run"])
        if refusals:
            target: Path = options["refusals"] or Path(f"{path.stem or 'placement'}-refused.csv")
            target.write_text(refusals, encoding="utf-8")
            self.stdout.write(f"refused rows: {target}")
        if not loaded:
            refuse(self, f"{path.name}: {summary['rows_refused']} rows refused, nothing was loaded")

    def _progress(self, table: str, rows: int) -> None:
        print(f"{table}: {rows:,} rows checked", file=sys.stderr)

    def _print(self, summary: dict[str, Any], dry_run: bool) -> None:
        write = self.stdout.write
        write("nothing written (dry run)" if dry_run else "done")
        for table, rows in summary["rows"].items():
            write(f"rows read, {table}: {rows}")
        if self.kind == "placement":
            for name in ("new", "updated", "unchanged", "refused"):
                write(f"loans {name}: {summary[f'loans_{name}']}")
        write(f"payments booked: {summary['payments_booked']}, seen before: {summary['payments_seen']}")
        write(f"rows refused: {summary['rows_refused']}")
        write(f"seconds: {summary['seconds']}")
