"""load_bank_file PATH --creditor CODE --source NAME: a payment file by the columns of its source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from borrowers.intake import FileRefused
from borrowers.management.commands import refuse
from borrowers.models import PaymentLine, PaymentSource
from borrowers.services.payment_files import load_file


class Command(BaseCommand):
    help = "Load a bank's or wallet's payment file: certain lines are booked, the others wait or are refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="PATH")
        parser.add_argument("--creditor", metavar="CODE", required=True)
        parser.add_argument("--source", metavar="NAME", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        source = (
            PaymentSource.objects.filter(creditor__code=options["creditor"], name=options["source"])
            .select_related("creditor")
            .first()
        )
        if source is None:
            refuse(self, f"load_bank_file: creditor {options['creditor']!r} has no source {options['source']!r}")
        path = Path(options["path"])
        if not path.is_file():
            refuse(self, f"load_bank_file: {path.name}: there is no such file")
        try:
            today = source.creditor.business_date(timezone.now())
            file = load_file(path=path, source=source, file_name=path.name, on=today, actor=None)
        except FileRefused as refused:
            refuse(self, f"load_bank_file: {refused}")
        lines = file.lines.order_by("row")
        counts = {state: lines.filter(state=state).count() for state in PaymentLine.State.values}
        self.stdout.write(f"{file.row_count} lines: " + ", ".join(f"{n} {state}" for state, n in counts.items()))
        for line in lines.filter(state=PaymentLine.State.REFUSED):
            self.stderr.write(f"load_bank_file: {path.name} row {line.row}, {line.reason}")
