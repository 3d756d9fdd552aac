"""The legal calculators of contracts.md 3 in JSON: checked on the way in, plain strings on the way out."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from borrowers.calculators import DateValue, MoneyValue, WholeValue, checked
from borrowers.money import money_text
from legal.rules import delayed_interest as delayed_rules
from legal.rules import fees
from legal.rules import limitation as limitation_rules


class _CourtFeeInput(BaseModel):
    claim: MoneyValue
    procedure: str


class _AmountInput(BaseModel):
    amount: MoneyValue


class _Payment(BaseModel):
    paid_on: DateValue
    amount: MoneyValue


class _DelayedInterestInput(BaseModel):
    base: MoneyValue
    deadline: DateValue
    payments: list[_Payment] = []
    on: DateValue


class _Event(BaseModel):
    kind: str
    on: DateValue
    until: DateValue | None = None


class _LimitationInput(BaseModel):
    due_on: DateValue
    years: WholeValue = 3
    events: list[_Event] = []
    on: DateValue


def court_fee(data: dict[str, Any]) -> dict[str, Any]:
    """The court's acceptance fee: {"claim", "procedure": "ordinary" | "summary" | "small" | "mediated" |
    "payment_order"} → {"fee", "formula", "clause"}."""
    given = checked(_CourtFeeInput, data)
    return _shown(fees.court_fee(given.claim, given.procedure))


def enforcement_fee(data: dict[str, Any]) -> dict[str, Any]:
    """{"amount"} → {"fee", "formula", "clause"}."""
    return _shown(fees.enforcement_fee(checked(_AmountInput, data).amount))


def preservation_fee(data: dict[str, Any]) -> dict[str, Any]:
    """{"amount"} → {"fee", "formula", "clause"}."""
    return _shown(fees.preservation_fee(checked(_AmountInput, data).amount))


def _shown(fee: fees.Fee) -> dict[str, Any]:
    return {"fee": money_text(fee.amount), "formula": fee.formula, "clause": fee.clause}


def delayed_interest(data: dict[str, Any]) -> dict[str, Any]:
    """Interest for delayed performance: {"base", "deadline", "payments", "on"} → {"interest", "interest_paid",
    "base_left", "product", "formula", "lines": [{"amount", "from", "until", "days", "product", "paid"}]}."""
    given = checked(_DelayedInterestInput, data)
    result = delayed_rules.delayed_interest(
        given.base, given.deadline, [(p.paid_on, p.amount) for p in given.payments], given.on
    )
    rate, interest = delayed_rules.DAILY_RATE, money_text(result.interest)
    return {
        "interest": interest,
        "interest_paid": money_text(result.interest_paid),
        "base_left": money_text(result.base_left),
        "product": money_text(result.product),
        "formula": f"{money_text(result.product)} × {rate:f} = {interest}",
        "lines": [
            {
                "amount": money_text(line.amount),
                "from": given.deadline.isoformat(),
                "until": line.until.isoformat(),
                "days": line.days,
                "product": money_text(line.product),
                "paid": line.paid,
            }
            for line in result.lines
        ],
    }


def limitation(data: dict[str, Any]) -> dict[str, Any]:
    """Limitation of actions: {"due_on", "years", "events": [{"kind", "on", "until"}], "on"} → {"state", "expires_on"
    (the last day in time; null while the clock is stopped without end), "reasons": [{"on", "kind", "effect",
    "source"}]}."""
    given = checked(_LimitationInput, data)
    result = limitation_rules.limitation(
        given.due_on,
        [limitation_rules.Event(event.kind, event.on, event.until) for event in given.events],
        given.on,
        given.years,
    )
    return {
        "state": result.state,
        "expires_on": result.expires_on.isoformat() if result.expires_on else None,
        "reasons": [
            {"on": reason.on.isoformat(), "kind": reason.kind, "effect": reason.effect, "source": reason.source}
            for reason in result.reasons
        ],
    }
