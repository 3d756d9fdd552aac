"""Words for the figures of a matter: parts of a claim, what happened to limitation, how near a deadline is."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from legal.models import Deadline, LimitationEvent, LoanLimitation

register = template.Library()

COMPONENTS = {
    "principal": _("Principal"),
    "interest": _("Interest"),
    "penalty": _("Penalty interest"),
    "fee": _("Fees"),
}
LINES = {
    "overdue": "",
    "accelerated": _("declared due"),
    "unearned": _("interest not earned by the cut-off"),
}
COSTS = {
    "court_fee": _("Court fee"),
    "preservation_fee": _("Fee for preservation"),
    "lawyers_fee": _("Lawyer’s fee"),
}
HAPPENED: dict[str, Any] = {
    **dict(LimitationEvent.Kind.choices),
    "due": _("debt fell due"),
    "demand_delivered": _("demand arrived"),
    "demand_sent": _("demand sent, arrival not proved"),
    "part_payment": _("part was paid"),
    "acknowledgement": _("debt acknowledged"),
    "plan_agreed": _("plan agreed"),
    "proceedings_started": _("proceedings begun"),
    "proceedings_ended": _("proceedings ended"),
    "term": _("term ran out"),
}
EFFECTS = {
    "starts": _("starts"),
    "restarts": _("restarts"),
    "stops": _("stops"),
    "revives": _("revives"),
    "none": _("no effect"),
    "unproven": _("unproven: no effect"),
    "too_late": _("too late: no effect"),
    "expires": _("expires"),
}
VIA = {
    "letter": _("letter"),
    "paper": _("legal paper"),
    "sms": _("SMS"),
    "email": _("e-mail"),
    "ledger": _("payment"),
    "promise": _("promise, recording"),
    "call": _("call, recording"),
    "arrangement": _("arrangement"),
    "matter": _("matter"),
    "recorded": _("recorded"),
}


@register.filter
def component_words(code: str) -> Any:
    return COMPONENTS.get(code, code)


@register.filter
def line_words(code: str) -> Any:
    return LINES.get(code, code)


@register.filter
def cost_words(code: str) -> Any:
    return COSTS.get(code, code)


@register.filter
def happened_words(code: str) -> Any:
    return HAPPENED.get(code, code)


@register.filter
def effect_words(code: str) -> Any:
    return EFFECTS.get(code, code)


@register.filter
def via_words(code: str) -> Any:
    return VIA.get(code, code)


@register.filter
def limitation_words(state: str) -> Any:
    return dict(LoanLimitation.State.choices).get(state, state)


@register.filter
def limitation_class(state: str) -> str:
    """Looks of a state's tag."""
    return {"expired": "tag-bad", "suspended": "tag-warn", "in_proceedings": "tag-teal"}.get(state, "")


@register.simple_tag
def days_left(day: dt.date | None, today: dt.date) -> int | None:
    return None if day is None else (day - today).days


@register.filter
def deadline_class(deadline: Deadline, today: dt.date) -> str:
    """Looks of an open deadline's day: over, within a week, further away."""
    if deadline.closed_as:
        return "tag-good" if deadline.closed_as != Deadline.Closed.GONE else ""
    left = (deadline.due_on - today).days
    return "tag-bad" if left < 0 else "tag-warn" if left <= 7 else ""
