"""Make a creditor, or update the one with the same code."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.db import transaction

from borrowers.errors import InputError
from borrowers.management.commands import refuse
from borrowers.models import Creditor, record_event
from borrowers.money import check_currency


class Command(BaseCommand):
    help = "Makes a creditor; the same code again updates it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--name", required=True)
        parser.add_argument("--pack", required=True, choices=Creditor.Pack.values)
        parser.add_argument("--currency", required=True)
        parser.add_argument("--time-zone", required=True)
        parser.add_argument("--grace-days", type=int, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = {
            "name": options["name"],
            "pack": options["pack"],
            "currency": self._currency(options["currency"]),
            "time_zone": options["time_zone"],
        }
        if options["grace_days"] is not None:
            wanted["grace_days"] = options["grace_days"]
        with transaction.atomic():
            creditor = Creditor.objects.select_for_update().filter(code=options["code"]).first()
            new = creditor is None
            if creditor is None:
                language = "zh-hans" if options["pack"] == Creditor.Pack.CN else "en"
                creditor = Creditor(code=options["code"], language=language)
            old = {name: getattr(creditor, name) for name in wanted}
            for name, value in wanted.items():
                setattr(creditor, name, value)
            try:
                creditor.full_clean()
            except ValidationError as error:
                field, messages = next(iter(error.message_dict.items()))
                refuse(self, f"add_creditor: {field}: {messages[0]}")
            creditor.save()
            for name, value in wanted.items():
                if new or old[name] != value:
                    record_event(
                        creditor, "created" if new else "changed", actor=None, field=name,
                        old="" if new else old[name], new=value,
                    )  # fmt: skip
        self.stdout.write(f"creditor {creditor.code} {'made' if new else 'updated'}")

    def _currency(self, text: str) -> str:
        try:
            return check_currency(text, "currency")
        except InputError as error:
            refuse(self, f"add_creditor: {error}")
