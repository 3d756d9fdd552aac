"""`manage.py verify_evidence FILE`: whether a bundle is what was made, from its files and, at hand, from the database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from borrowers.management.commands import refuse
from legal.evidence.verify import Check, EvidenceFault, Note, open_source
from legal.models import EvidenceBundle
from legal.services.evidence_check import check_against_database


class Command(BaseCommand):
    help = (
        "Check an evidence bundle: its zip, or its PDF with manifest.json beside it. Prints a line for each check and "
        "names the first thing that does not fit; exit status 1 then."
    )
    requires_system_checks: list[str] = []  # its files can be checked where nothing else runs

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--files-only", action="store_true", help="do not ask the database")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            refuse(self, f"verify_evidence: {path}: there is no such file")
        try:
            for line in _lines(path, ask_database=not options["files_only"]):
                self.stdout.write(f"{'NOTE ' if isinstance(line, Note) else 'ok   '} {line}")
        except EvidenceFault as fault:
            self.stdout.write(f"FAULT {fault}")
            self.stderr.write(f"verify_evidence: {path}: {fault}")
            sys.exit(1)
        self.stdout.write("all that was checked fits")


def _lines(path: Path, *, ask_database: bool) -> Iterator[str]:
    check = Check(open_source(path))
    yield from check.run()
    if not ask_database:
        return
    try:
        is_ours = EvidenceBundle._meta.db_table in connection.introspection.table_names()
    except DatabaseError:
        is_ours = False
    if not is_ours:
        yield "database: not at hand; checked by its own files alone"
        return
    yield from check_against_database(check, path.read_bytes() if check.source.is_whole else None)
