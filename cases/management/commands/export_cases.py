"""`manage.py export_cases [--format csv|json] [--creditor CODE]`: contracts.md part 2."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from borrowers.export import FORMATS, write_rows
from borrowers.management.commands import of_creditor
from cases.models import Case, CaseLoan
from cases.models.case import CaseQuerySet

COLUMNS = (
    "case_no",
    "account_nos",
    "borrower_ref",
    "stage",
    "days_past_due",
    "delinquent_days",
    "bucket",
    "overdue_amount",
    "outstanding_amount",
    "risk_grade",
    "next_step",
    "next_step_on",
    "assigned_to",
)
CHUNK = 1000


class Command(BaseCommand):
    help = "Write each open case."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=FORMATS, default="csv")
        parser.add_argument("--creditor", metavar="CODE", help="only the cases of this creditor")

    def handle(self, *args: Any, **options: Any) -> None:
        cases = of_creditor(self, Case.objects.open(), options["creditor"])
        self.stdout.ending = ""
        write_rows(self.stdout, COLUMNS, _rows(cases), options["format"])


def _rows(cases: CaseQuerySet) -> Iterator[dict[str, Any]]:
    last = 0
    chosen = cases.select_related("borrower", "assigned_to").order_by("pk")
    while chunk := list(chosen.filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1].pk
        accounts: dict[int, list[str]] = defaultdict(list)
        parts = CaseLoan.objects.filter(case__in=chunk).order_by("pk")
        for case_id, account_no in parts.values_list("case_id", "loan__account_no"):
            accounts[case_id].append(account_no)
        for case in chunk:
            yield {name: getattr(case, name, None) for name in COLUMNS} | {
                "account_nos": accounts[case.pk],
                "borrower_ref": case.borrower.ref,
                "risk_grade": case.risk_grade or None,
                "next_step": case.next_step or None,
                "assigned_to": case.assigned_to.get_username() if case.assigned_to else None,
            }
