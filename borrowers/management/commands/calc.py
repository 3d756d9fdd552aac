"""`manage.py calc NAME`: one JSON object in on standard input, one out on standard output (contracts.md 3)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.module_loading import import_string

from borrowers.errors import InputError, gettext_noop

INPUT_REFUSED, BAD_USAGE = 1, 2


class Command(BaseCommand):
    help = "Runs a calculator: reads one JSON object on standard input, writes one on standard output."
    # It touches no database and serves no page: nothing to check, and it starts at once.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help=", ".join(sorted(settings.CALCULATORS)))

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        path = settings.CALCULATORS.get(name)
        if path is None:
            known = ", ".join(sorted(settings.CALCULATORS))
            self._stop(BAD_USAGE, f"calc: no calculator named {name!r}; there are: {known}")
        calculate: Callable[[dict[str, Any]], dict[str, Any]] = import_string(path)
        try:
            result = calculate(read_object(sys.stdin.buffer.read()))
        except InputError as error:
            self._stop(INPUT_REFUSED, f"calc {name}: stdin: {error}")
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))

    def _stop(self, status: int, line: str) -> NoReturn:
        # Not CommandError: it would put its own name before the line.
        self.stderr.write(" ".join(line.split()))
        sys.exit(status)


def read_object(content: bytes) -> dict[str, Any]:
    """One JSON object; numbers keep the digits they were written with. InputError for anything else."""
    try:
        data = json.loads(content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise InputError("", gettext_noop("is not UTF-8 (byte %(at)s)"), at=error.start + 1) from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"line {error.lineno}, column {error.colno}",
            gettext_noop("is not JSON: %(why)s"),
            why=error.msg,
        ) from error
    except (RecursionError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("", gettext_noop("is not JSON that can be read: %(why)s"), why=error) from error
    if not isinstance(data, dict):
        raise InputError("", gettext_noop("must be one JSON object"))
    return data


def _refuse_constant(name: str) -> NoReturn:
    raise InputError("", gettext_noop("%(name)s is not a number"), name=name)
