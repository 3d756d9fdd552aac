"""recall_loans FILE --creditor CODE: the accounts that a creditor takes back, from a table with a column account_no."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from borrowers.errors import InputError
from borrowers.intake.source import open_source
from borrowers.management.commands import refuse
from borrowers.models import Creditor
from cases.services.recall import recall_accounts


class Command(BaseCommand):
    help = (
        "Mark the accounts of a file (CSV or XLSX, column account_no) as recalled and close their cases. All or none."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--creditor", metavar="CODE", required=True)
        parser.add_argument("--reason", default="recalled by the creditor")

    def handle(self, *args: Any, **options: Any) -> None:
        creditor = Creditor.objects.filter(code=options["creditor"]).first()
        if creditor is None:
            refuse(self, f"recall_loans: no creditor has the code {options['creditor']!r}")
        path = Path(options["file"])
        try:
            accounts = _accounts(path)
        except InputError as refused:
            refuse(self, f"recall_loans: {refused}")
        try:
            recalled, closed = recall_accounts(
                creditor=creditor, account_nos=list(accounts), on=creditor.business_date(timezone.now()),
                reason=options["reason"], actor=None,
            )  # fmt: skip
        except InputError as refused:
            row = accounts.get(str(refused.params.get("account", "")))
            refuse(self, f"recall_loans: {path.name} row {row}, {refused}" if row else f"recall_loans: {refused}")
        self.stdout.write(f"{len(accounts)} accounts read, {recalled} recalled, {closed} cases closed")


def _accounts(path: Path) -> dict[str, int]:
    """Row of each account. InputError for what is no such table."""
    with open_source(path, only="recall") as tables:
        table = next(iter(tables.values()))
        if "account_no" not in table.header:
            raise InputError(f"{table.file} row 1, column account_no", "the column is missing")
        return {row.get("account_no", ""): line for line, row in table.rows()}
