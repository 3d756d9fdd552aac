"""Make the role groups (collector, supervisor, legal, operator) with their permissions."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from borrowers.services.roles import ROLE_PERMISSIONS, set_up_roles


class Command(BaseCommand):
    help = "Makes the role groups with their permissions; groups that have some keep them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--add-missing", action="store_true", help="after an update: also give existing groups what they lack"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        set_up_roles(add_missing=options["add_missing"])
        self.stdout.write("roles: " + ", ".join(ROLE_PERMISSIONS))
