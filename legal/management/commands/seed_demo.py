"""Fill an empty installation with the demonstration; on a filled one, only say the logins."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from borrowers.models import Creditor
from legal.demo.build import CREDITORS, LOGINS, PASSWORD, build_demo


class Command(BaseCommand):
    help = "Fills in fictional borrowers and a sample of real loans; leaves existing data alone."

    def handle(self, *args: Any, **options: Any) -> None:
        if not Creditor.objects.filter(code__in=[plan.code for plan in CREDITORS]).exists():
            # All or nothing: a demonstration that was interrupted leaves no half.
            with transaction.atomic():
                build_demo(lambda line: self.stdout.write(f"  {line}"))
        self.stdout.write("Logins (password for all: " + PASSWORD + ")")
        for username, role in LOGINS:
            self.stdout.write(f"  {username:12} {role}")
