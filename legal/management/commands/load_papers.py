"""Loads the wordings of legal papers that come with the program: `manage.py load_papers`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from legal.services.papers.templates import load_default_papers


class Command(BaseCommand):
    help = "Make the default wordings of legal papers that are missing; nothing is written over."

    def handle(self, *args: Any, **options: Any) -> None:
        load_default_papers()
