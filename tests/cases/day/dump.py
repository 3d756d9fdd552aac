"""All that the day's run writes, row by row, in a form in which two databases can be compared."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models

# The clock, and numbers that only say in which order rows were inserted.
CLOCK = (models.DateTimeField,)
NUMBERS = {"id", "subject_id", "key", "seconds"}


def dump(*, exact: bool = False) -> dict[str, list[str]]:
    """Model → its rows as sorted texts. `exact` takes every column in; else what two honest runs may differ in is left
    out: times of the clock, row numbers, and how often an interrupted phase counted its work."""
    found: dict[str, list[str]] = {}
    for model in apps.get_models():
        if model._meta.app_label not in {"borrowers", "cases", "legal"}:
            continue
        columns = [field.attname for field in model._meta.concrete_fields if exact or _is_stable(field)]
        rows = model._base_manager.order_by("pk").values(*columns)
        found[model._meta.label] = sorted(str(row) for row in rows)
    return found


def _is_stable(field: models.Field[Any, Any]) -> bool:
    if isinstance(field, CLOCK) or field.name in NUMBERS:
        return False
    if field.model._meta.label == "cases.DayRun" and field.name == "changed":
        return False
    # Rows of the portfolio keep their numbers; what a run makes need not.
    return field.related_model is None or field.related_model._meta.app_label == "borrowers"
