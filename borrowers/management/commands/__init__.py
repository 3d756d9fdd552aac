"""What the commands share: how one says no, and how one finds a creditor."""

from __future__ import annotations

import sys
from typing import Any, NoReturn, TypeVar

from django.core.management.base import BaseCommand
from django.db.models import QuerySet

from borrowers.models import Creditor

Rows = TypeVar("Rows", bound=QuerySet[Any])


def refuse(command: BaseCommand, line: str) -> NoReturn:
    """One line on standard error, exit status 1: the input is refused and nothing was changed."""
    command.stderr.write(command.style.ERROR(" ".join(line.split())))
    sys.exit(1)


def of_creditor(command: BaseCommand, rows: Rows, code: str | None) -> Rows:
    """Those of the creditor with this code, or all; refuses when there is no such creditor."""
    if code is None:
        return rows
    if not Creditor.objects.filter(code=code).exists():
        refuse(command, f"{name_of(command)}: no creditor has the code {code!r}")
    return rows.filter(creditor__code=code)


def name_of(command: BaseCommand) -> str:
    """As it is called."""
    return type(command).__module__.rpartition(".")[2]


def creditor_by_code(command: BaseCommand, code: str) -> Creditor:
    """The creditor with this code; refuses when there is none."""
    creditor = Creditor.objects.filter(code=code).first()
    if creditor is None:
        refuse(command, f"there is no creditor {code}: make it with add_creditor")
    return creditor
