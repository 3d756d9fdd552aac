"""Filters of every template: money, dates between business days, masking, query strings."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.translation import get_language

from borrowers.money import format_money

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """{{ loan.principal|money:loan.currency }} → ¥1,234.50, or an en dash where there is none."""
    if amount is None:
        return "–"
    return format_money(amount, currency, get_language() or "en")


@register.filter
def percent(rate: Decimal | None) -> str:
    """{{ loan.annual_rate|percent }}: 0.1407 → 14.07 %."""
    if rate is None:
        return "–"
    text = f"{rate * 100:.4f}".rstrip("0").rstrip(".")
    return f"{text} %"
