"""Filters of every template: money, dates between business days, masking, query strings."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

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


MATCHED_BY = {
    "reference": _("reference"),
    "account": _("payer's account"),
    "name_and_amount": _("name and sum"),
    "name": _("payer's name"),
    "amount": _("sum"),
    "borrower": _("borrower's reference"),
    "several_loans": _("split over several loans"),
    "hand": _("by hand"),
}


@register.filter
def matched_by(rule: str) -> str:
    """{{ line.how|matched_by }}: the rule by which a line of a payment file was matched."""
    return str(MATCHED_BY.get(rule, rule))
