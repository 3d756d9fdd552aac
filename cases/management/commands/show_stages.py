"""Draws the states of cases, and of what the apps above bring: `manage.py show_stages`, or `--check` the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string


class Command(BaseCommand):
    help = "Write the pictures and tables of states in docs/ from the code (settings.STATE_DRAWINGS)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is out of date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        drawn = {name: text for drawing in settings.STATE_DRAWINGS for name, text in import_string(drawing)().items()}
        for name, text in drawn.items():
            path = Path(settings.BASE_DIR) / "docs" / name
            if not check:
                path.write_text(text, "utf-8")
            elif not path.exists() or path.read_text("utf-8") != text:
                raise CommandError(f"{path}: out of date, run manage.py show_stages")
