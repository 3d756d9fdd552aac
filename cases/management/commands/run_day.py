"""`manage.py run_day [--on DATE] [--creditor CODE]`: contracts.md part 2."""

from __future__ import annotations

import datetime as dt
import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from borrowers.models import Creditor
from cases.day import DayIsRunning, DaySummary, run_day

INPUT_REFUSED = 1


def _date(text: str) -> dt.date:
    try:
        on = dt.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-11-23") from None
    # A slip of the year must not get half-way through the phases: those before it would already have written.
    if not 1950 <= on.year <= 2200:
        raise ArgumentTypeError(f"{text!r} is not a day to run: its year must lie between 1950 and 2200")
    return on


class Command(BaseCommand):
    help = "Run the day: age loans, refresh cases, assess risk, plan, check promises, queue what is due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=_date, help="the day to run; default: each creditor's own date now")
        parser.add_argument("--creditor", metavar="CODE", help="only this creditor; default: all active ones")

    def handle(self, *args: Any, **options: Any) -> None:
        creditors = None
        if options["creditor"] is not None:
            creditors = list(Creditor.objects.filter(code=options["creditor"]))
            if not creditors:
                self.stderr.write(f"run_day: no creditor has the code {options['creditor']!r}")
                sys.exit(INPUT_REFUSED)
        try:
            summary = run_day(on=options["on"], now=timezone.now(), creditors=creditors, progress=self._say)
        except DayIsRunning as error:
            self.stderr.write(f"run_day: {error}")
            sys.exit(INPUT_REFUSED)
        self._print(summary)

    def _say(self, line: str) -> None:
        self.stderr.write(line)

    def _print(self, summary: DaySummary) -> None:
        self.stdout.write(f"{'phase':<10} {'changed':>10} {'seconds':>9}")
        rows = summary.by_phase()
        for name, (changed, seconds) in rows.items():
            self.stdout.write(f"{name:<10} {changed:>10} {seconds:>9.2f}")
        total = sum(seconds for _, seconds in rows.values())
        self.stdout.write(f"{'total':<10} {summary.changed:>10} {total:>9.2f}")
