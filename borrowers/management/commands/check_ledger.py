"""check_ledger: whether every balance is the sum of its entries; and what keeps penalty interest from being reckoned."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from borrowers.management.commands import of_creditor
from borrowers.models import Loan
from borrowers.services.ledger_check import check_balances, check_caps


class Command(BaseCommand):
    help = "Add up every loan's entries and name each balance that differs. Changes nothing; exit status 1 if any does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--creditor", metavar="CODE", help="only the loans of this creditor")

    def handle(self, *args: Any, **options: Any) -> None:
        ids = list(of_creditor(self, Loan.objects.all(), options["creditor"]).values_list("pk", flat=True))
        faults = 0
        for fault in check_balances(ids):
            faults += 1
            self.stderr.write(f"check_ledger: {fault}")
        warnings = 0
        for warning in check_caps(ids):
            warnings += 1
            self.stderr.write(f"check_ledger: warning: {warning}")
        told = f", {warnings} warnings" if warnings else ""
        self.stdout.write(f"{len(ids)} loans, {faults} faults{told}")
        if faults:
            sys.exit(1)
