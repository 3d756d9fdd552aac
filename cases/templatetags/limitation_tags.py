"""The warning that limitation of a case's loans is running out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template

from cases.models import Case

register = template.Library()
# Days before the end from which it is told, and from which it is told louder (legal.services.limitation.WARN_DAYS).
TOLD, LOUDER = 180, 30


@register.inclusion_tag("cases/_limitation_tag.html")
def limitation_tag(case: Case, today: dt.date) -> dict[str, Any]:
    """Nothing while there is time; what expires next, with the days that are left; that one has expired."""
    left = None if case.limitation_expires_on is None else (case.limitation_expires_on - today).days
    # The day's run tells of an expiry in the night after it.
    over = case.limitation_expired or (left is not None and left < 0)
    return {
        "expired": case.is_open and over,
        "left": left if case.is_open and left is not None and 0 <= left <= TOLD else None,
        "is_near": left is not None and left <= LOUDER,
        "day": case.limitation_expires_on,
    }
