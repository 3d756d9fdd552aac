"""Takes in one mail that came to the house's address: what a mail server pipes it into, or a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from borrowers.errors import InputError, gettext_noop
from cases.channels.incoming_mail import read_mail
from cases.services.receipts import store_events


class Command(BaseCommand):
    help = "Take in one mail (RFC 5322) from a file or from standard input: a delivery report or an answer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, help="the mail; standard input if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path | None = options["path"]
        try:
            raw = sys.stdin.buffer.read() if path is None else path.read_bytes()
            events = read_mail(raw, timezone.now())
        except (OSError, ValueError) as error:
            refusal = InputError(str(path or "-"), gettext_noop("%(why)s"), why=str(error))
            self.stderr.write(str(refusal))
            sys.exit(1)
        new = store_events(events)
        self.stdout.write(f"{len(events)} reports, {new} new")
