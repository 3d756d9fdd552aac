"""What the commands share: how one says no, and how one finds a creditor."""

from __future__ import annotations

import sys
from typing import NoReturn

from django.core.management.base import BaseCommand

from borrowers.models import Creditor


def refuse(command: BaseCommand, line: str) -> NoReturn:
    """One line on standard error, exit status 1: the input is refused and nothing was changed."""
    command.stderr.write(command.style.ERROR(" ".join(line.split())))
    sys.exit(1)


def creditor_by_code(command: BaseCommand, code: str) -> Creditor:
    """The creditor with this code; refuses when there is none."""
    creditor = Creditor.objects.filter(code=code).first()
    if creditor is None:
        refuse(command, f"there is no creditor {code}: make it with add_creditor")
    return creditor
