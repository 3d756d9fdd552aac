"""The rules of contact by their titles: what a reader sees in place of a rule's code."""

from __future__ import annotations

from functools import cache

from django.utils.translation import gettext

from borrowers.errors import InputError, gettext_noop
from cases.models import GateDecision
from cases.policy import load_pack

# The house's own refusals (cases.services.contact_gate).
HOUSE_TITLES: dict[str, str] = {
    "house.contact_point_invalid": gettext_noop("The contact point is not in use"),
    "house.case_closed": gettext_noop("The case is closed"),
    "house.pack_unusable": gettext_noop("The contact rules cannot be applied"),
    "house.daily_cap": gettext_noop("Messages a day to one person"),
}


@cache
def _titles(pack: str) -> dict[str, str]:
    try:
        return {rule.terms.code: rule.terms.title for rule in load_pack(pack).rules}
    except InputError:
        return {}


def rule_title(pack: str, rule: str) -> str:
    """The rule's title in the reader's language; its code when this version of the pack does not know it."""
    title = HOUSE_TITLES.get(rule) or _titles(pack).get(rule)
    return gettext(title) if title else rule


def rule_of(decision: GateDecision) -> str:
    """The title of the rule that a decision names, "" when nothing stood in the way."""
    return rule_title(decision.pack, decision.rule) if decision.rule else ""


def source_of(decision: GateDecision) -> str:
    """Where the rule comes from: clauses as they are cited, the house's own in the reader's language."""
    return gettext(decision.source) if decision.source else ""
