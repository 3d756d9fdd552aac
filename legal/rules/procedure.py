"""Civil procedure as bounds and times: small claims, payment orders, appeals; from the dated table beside this file."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from legal.rules.calendar_days import roll_forward

FILE = Path(__file__).with_name("procedure.toml")
# How a claim stands to the bounds of small claims.
SMALL, BY_AGREEMENT, TOO_LARGE, UNKNOWN = "small", "by_agreement", "too_large", "unknown"


@cache
def table() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def small_claim_fit(claim: Decimal, average_wage: Decimal | None) -> str:
    """Whether `claim` is a small claim by law, by agreement of both sides, or none; UNKNOWN without the wage
    (民诉法 165)."""
    if not average_wage:
        return UNKNOWN
    bounds = table()["small_claims"]
    if claim <= average_wage * Decimal(bounds["at_most"]):
        return SMALL
    if claim <= average_wage * Decimal(bounds["by_agreement_at_most"]):
        return BY_AGREEMENT
    return TOO_LARGE


def last_day_to_object(writ_served_on: dt.date) -> dt.date:
    """To pay or oppose a payment order (民诉法 227); rolled over days of rest (民诉法 85)."""
    return roll_forward(writ_served_on + dt.timedelta(days=table()["payment_order"]["days_to_object"]))


def last_day_to_appeal(judgment_served_on: dt.date) -> dt.date:
    """民诉法 171; rolled over days of rest (民诉法 85)."""
    return roll_forward(judgment_served_on + dt.timedelta(days=table()["appeal"]["days"]))


def usual_performance_day(effective_on: dt.date) -> dt.date:
    """A proposal: what judgments usually give."""
    return effective_on + dt.timedelta(days=table()["performance"]["days"])
