"""`manage.py purge_data [--on DATE] [--creditor CODE] [--dry-run]`: remove personal data whose day has come."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from borrowers.management.commands import refuse
from borrowers.models import Creditor
from cases.services.purge import PurgeSummary, purge_creditor
from cases.services.purge_files import purge_files


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-11-23") from None


class Command(BaseCommand):
    help = "Remove the personal data of borrowers whose closed cases have been kept as long as the law asks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=_date, help="the day; default: each creditor's own date now")
        parser.add_argument("--creditor", metavar="CODE", help="only this creditor; default: all, active or not")
        parser.add_argument("--dry-run", action="store_true", help="say what would go and what stays; remove nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        creditors = Creditor.objects.order_by("code")
        if options["creditor"] is not None:
            creditors = creditors.filter(code=options["creditor"])
            if not creditors:
                refuse(self, f"purge_data: no creditor has the code {options['creditor']!r}")
        now, dry_run = timezone.now(), bool(options["dry_run"])
        days = [(creditor, options["on"] or creditor.business_date(now)) for creditor in creditors]
        early = next((creditor for creditor, on in days if on > creditor.business_date(now)), None)
        if early is not None and not dry_run:
            refuse(self, f"purge_data: {options['on']} has not come yet at {early.code}: add --dry-run to look ahead")
        for creditor, on in days:
            summary = purge_creditor(creditor=creditor, on=on, dry_run=dry_run, progress=self.stderr.write)
            self._print(summary, purge_files(creditor=creditor, on=on, dry_run=dry_run), dry_run=dry_run)

    def _print(self, summary: PurgeSummary, files: int, *, dry_run: bool) -> None:
        write = self.stdout.write
        would = "would be " if dry_run else ""
        write(f"{summary.creditor} {summary.on}: {summary.due} borrowers due, {summary.purged} {would}purged")
        for reason, count in sorted(summary.kept.items()):
            write(f"  kept, {reason}: {count}")
        for table, count in sorted(summary.rows.items()):
            if count:
                write(f"  rows emptied, {table}: {count}")
        if files:
            write(f"  refused rows and old uploads {would}emptied: {files}")
