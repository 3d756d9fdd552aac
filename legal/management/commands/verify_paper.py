"""Whether a signed paper is as it was issued: `manage.py verify_paper FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from borrowers.management.commands import refuse
from legal.models import FirmCertificate
from legal.services.signing import Standing, verify_paper

_WORDS = {
    Standing.CHANGED: "changed since it was signed",
    Standing.UNSIGNED: "not signed",
    Standing.UNREADABLE: "no PDF that can be read",
}


class Command(BaseCommand):
    help = "Say whether a signed paper is intact, by whom and when it was signed; exit status 1 when it is not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            verdict = verify_paper(file.read_bytes())
        except OSError as error:
            refuse(self, f"verify_paper: {file}: cannot be read: {error.strerror}")
        if verdict.standing != Standing.INTACT:
            refuse(self, f"verify_paper: {file}: {_WORDS[verdict.standing]}")
        known = FirmCertificate.objects.filter(fingerprint=verdict.fingerprint).select_related("firm").first()
        self.stdout.write(f"{file}: intact")
        self.stdout.write(f"signed by: {verdict.signer}")
        self.stdout.write(
            f"at: {verdict.signed_at:%Y-%m-%dT%H:%M:%S%z} ({'time stamp' if verdict.stamped else 'signer'})"
        )
        self.stdout.write(f"certificate on file: {known.firm if known else 'no'}")
        self.stdout.write(f"trusted root: {'yes' if verdict.trusted else 'no'}")
