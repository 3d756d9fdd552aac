"""check_contact_log: whether the contact log is still what was written."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from borrowers.management.commands import creditor_by_code
from borrowers.models import Creditor
from cases.models import ContactRecord
from cases.services.contact_chain import check_creditor


class Command(BaseCommand):
    help = (
        "Follow each borrower's chain of contacts and the daily seals, and name the first thing of each that does not "
        "fit. Changes nothing; exit status 1 if any does."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--creditor", metavar="CODE", help="only the contacts of this creditor")

    def handle(self, *args: Any, **options: Any) -> None:
        creditors = list(Creditor.objects.order_by("code"))
        if options["creditor"] is not None:
            creditors = [creditor_by_code(self, options["creditor"])]
        faults = 0
        for creditor in creditors:
            for fault in check_creditor(creditor):
                faults += 1
                self.stderr.write(f"check_contact_log: {creditor.code}: {fault}")
        entries = ContactRecord.objects.filter(borrower__creditor__in=creditors).count()
        self.stdout.write(f"{entries} contacts, {faults} faults")
        if faults:
            sys.exit(1)
