"""Draws the stages of a case into docs: `manage.py show_stages`, or `--check` that they are up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.stage_drawing import draw_markdown, draw_svg, read_moves


class Command(BaseCommand):
    help = "Write docs/stages.md and docs/stages.svg from the code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is out of date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        moves = read_moves()
        for name, text in (("stages.md", draw_markdown(moves)), ("stages.svg", draw_svg(moves))):
            path = Path(settings.BASE_DIR) / "docs" / name
            if not check:
                path.write_text(text, "utf-8")
            elif not path.exists() or path.read_text("utf-8") != text:
                raise CommandError(f"{path}: out of date, run manage.py show_stages")
