"""Loads what a new installation starts with: `manage.py load_defaults`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cases.services.defaults import load_defaults


class Command(BaseCommand):
    help = "Make the default strategies, message templates and scorecard that are missing; nothing is written over."

    def handle(self, *args: Any, **options: Any) -> None:
        load_defaults()
