"""What a move most likely tells: proposals for its form, which a person reads and changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils import timezone

from legal.models import LegalPaper, Matter
from legal.models.paper import OUT
from legal.rules.procedure import (
    SMALL,
    last_day_to_appeal,
    last_day_to_object,
    small_claim_fit,
    usual_performance_day,
)
from legal.services.claim import claim_of
from legal.services.matters import LegalRefused
from legal.services.moves import tariff

ONE_DAY = dt.timedelta(days=1)
# Columns that hold today unless the person says otherwise.
TODAY = frozenset(
    {
        "payment_order_on",
        "writ_issued_on",
        "order_opposed_on",
        "mediation_on",
        "filed_on",
        "accepted_on",
        "served_on",
        "judged_on",
        "appealed_on",
        "enforcement_applied_on",
        "terminated_on",
        "resumed_on",
        "ended_on",
        "claim_cut_off",
    }
)
# What is told only when it happened: never proposed by today's date when it may be left out.
_OPTIONAL_DAYS = frozenset({"served_on", "writ_served_on", "judgment_served_on"})


def suggest(*, matter: Matter, name: str, needs: list[str], sets: list[str]) -> dict[str, Any]:
    """Column → proposed value, for the columns that the move sets; what is known stays as it is."""
    today = matter.case.creditor.business_date(timezone.now())
    values: dict[str, Any] = {}
    for column in sets:
        known = getattr(matter, column)
        if column in TODAY and not (column in _OPTIONAL_DAYS and column not in needs):
            values[column] = today
        elif known not in (None, ""):
            values[column] = known
    special = _SPECIAL.get(name)
    if special is not None:
        values |= special(matter, today)
    return {column: value for column, value in values.items() if column in sets}


def _claim(matter: Matter, today: dt.date) -> Decimal:
    """What is owed today by the ledger, with the lawyer's fee, which is claimed as well."""
    try:
        debt = claim_of(matter=matter, cut_off=today).debt
    except LegalRefused:
        debt = matter.case.outstanding_amount
    return debt + (matter.lawyers_fee or Decimal(0))


def claim_written(matter: Matter, kind: str) -> tuple[dt.date, Decimal] | None:
    """(cut-off, claim) as they stand on the last issued paper of the kind: what the court reads is what is claimed, whatever
    the ledger says by the day of filing. The court's own fees are no part of the claim that they are reckoned on; the
    lawyer's fee is. None without such a paper."""
    papers = LegalPaper.objects.filter(matter=matter, kind=kind, state__in=OUT).order_by("-issued_on", "-pk")
    for figures in papers.values_list("figures", flat=True)[:1]:
        content = figures.get("content", {})
        if "cut_off" in content and "principal" in content:
            parts = [content[name] for name in ("principal", "interest", "penalty", "fees")]
            parts.append(content.get("enforcement_costs") or "0")
            return dt.date.fromisoformat(content["cut_off"]), sum(map(Decimal, parts), Decimal(0))
    return None


def _written(matter: Matter, kind: str, today: dt.date) -> dict[str, Any]:
    """The claim as it was written, else as it stands today."""
    written = claim_written(matter, kind)
    if written is None:
        return {"claimed_amount": _claim(matter, today)}
    return {"claim_cut_off": written[0], "claimed_amount": written[1]}


def _order(matter: Matter, today: dt.date) -> dict[str, Any]:
    told = _written(matter, LegalPaper.Kind.PAYMENT_ORDER, today)
    return {**told, "court_fee": tariff(matter, "apply_for_order", told)}


def _suit(matter: Matter, today: dt.date) -> dict[str, Any]:
    told = _written(matter, LegalPaper.Kind.COMPLAINT, today)
    return {**told, **_procedure(matter, told["claimed_amount"])}


def _opposed(matter: Matter, today: dt.date) -> dict[str, Any]:
    return _procedure(matter, matter.claimed_amount or Decimal(0))


def _procedure(matter: Matter, claim: Decimal) -> dict[str, Any]:
    """A small claim where the law makes it one, else summary procedure: what a court does with consumer loans."""
    wage = matter.court.average_wage if matter.court else None
    usual = Matter.Procedure.SMALL if small_claim_fit(claim, wage) == SMALL else Matter.Procedure.SUMMARY
    procedure = matter.procedure or usual
    told = {"claimed_amount": claim, "procedure": procedure}
    return {"procedure": procedure, "court_fee": tariff(matter, "file_suit", told)}


def _stands(matter: Matter, today: dt.date) -> dict[str, Any]:
    """The order stands from the day after the last on which it may be opposed."""
    first = last_day_to_object(matter.writ_served_on) + ONE_DAY if matter.writ_served_on else today
    effective = min(first, today)
    return {
        "effective_on": effective,
        "performance_due_on": effective,
        "awarded_principal": matter.claimed_amount,
        "outcome": Matter.Outcome.WON,
    }


def _agreed(matter: Matter, today: dt.date) -> dict[str, Any]:
    return {
        "effective_on": today,
        "performance_due_on": usual_performance_day(today),
        "outcome": Matter.Outcome.MEDIATED,
    }


def _judged(matter: Matter, today: dt.date) -> dict[str, Any]:
    """To be performed some days after it becomes effective: at once where there is no appeal."""
    small = matter.procedure == Matter.Procedure.SMALL
    return {"performance_due_on": usual_performance_day(today if small else last_day_to_appeal(today) + ONE_DAY)}


def _effective(matter: Matter, today: dt.date) -> dict[str, Any]:
    served = matter.judgment_served_on or matter.judged_on
    if served is None:
        return {}
    small = matter.procedure == Matter.Procedure.SMALL
    effective = min(served if small else last_day_to_appeal(served) + ONE_DAY, today)
    return {"effective_on": effective, "performance_due_on": usual_performance_day(effective)}


def _decided(matter: Matter, today: dt.date) -> dict[str, Any]:
    return {"effective_on": today, "performance_due_on": usual_performance_day(today)}


def _enforcement(matter: Matter, today: dt.date) -> dict[str, Any]:
    return {"enforcement_court": matter.enforcement_court or matter.court}


_SPECIAL: dict[str, Callable[[Matter, dt.date], dict[str, Any]]] = {
    "apply_for_order": _order,
    "file_suit": _suit,
    "oppose_order": _opposed,
    "order_stands": _stands,
    "confirm_mediation": _agreed,
    "mediate_in_court": _agreed,
    "hand_down": _judged,
    "become_effective": _effective,
    "decide_appeal": _decided,
    "apply_for_enforcement": _enforcement,
}
