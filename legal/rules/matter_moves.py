"""Whether what a move is told fits what is known: dates in order, sums in bounds, what the procedure allows.

Columns go by their names: `known` is what the matter has, `told` what the move sets, both with None or "" for nothing.
A finding is an error (the move is refused) or a warning (the person is asked once more, and the event keeps it).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from borrowers.errors import gettext_noop
from borrowers.money import money_text
from legal.rules.procedure import (
    BY_AGREEMENT,
    TOO_LARGE,
    UNKNOWN,
    last_day_to_appeal,
    last_day_to_object,
    small_claim_fit,
)

ERROR, WARNING = "error", "warning"
CHINA = "cn"

# (a day, one that it is not before). A day that a move tells is held against what is known of the others.
ORDER: tuple[tuple[str, str], ...] = (
    ("payment_order_on", "claim_cut_off"),
    ("writ_issued_on", "payment_order_on"),
    ("writ_served_on", "writ_issued_on"),
    ("order_opposed_on", "writ_served_on"),
    ("filed_on", "claim_cut_off"),
    ("filed_on", "payment_order_on"),
    ("filed_on", "order_opposed_on"),
    ("filed_on", "mediation_on"),
    ("accepted_on", "filed_on"),
    ("served_on", "accepted_on"),
    ("hearing_at", "accepted_on"),
    ("judged_on", "accepted_on"),
    ("judged_on", "served_on"),
    ("judged_on", "hearing_at"),
    ("judgment_served_on", "judged_on"),
    ("appealed_on", "judged_on"),
    ("appealed_on", "judgment_served_on"),
    ("effective_on", "mediation_on"),
    ("effective_on", "writ_served_on"),
    ("effective_on", "accepted_on"),
    ("effective_on", "judged_on"),
    ("effective_on", "judgment_served_on"),
    ("effective_on", "appealed_on"),
    ("performance_due_on", "judged_on"),
    ("performance_due_on", "effective_on"),
    ("enforcement_applied_on", "effective_on"),
    ("terminated_on", "enforcement_applied_on"),
    ("terminated_on", "resumed_on"),
    ("resumed_on", "terminated_on"),
)
# Judged only in the move that tells them: enforcement is closed and resumed in turns, so that neither is always the earlier;
# and a suit after a payment order is reckoned up to a later day than the order was.
ONCE = frozenset(
    {
        ("terminated_on", "resumed_on"),
        ("resumed_on", "terminated_on"),
        ("payment_order_on", "claim_cut_off"),
    }
)
# What may lie ahead; all other days have been.
AHEAD = frozenset({"hearing_at", "performance_due_on"})
DAYS = (
    "opened_on",
    "claim_cut_off",
    "payment_order_on",
    "writ_issued_on",
    "writ_served_on",
    "order_opposed_on",
    "mediation_on",
    "filed_on",
    "accepted_on",
    "served_on",
    "hearing_at",
    "judged_on",
    "judgment_served_on",
    "appealed_on",
    "effective_on",
    "performance_due_on",
    "enforcement_applied_on",
    "terminated_on",
    "resumed_on",
    "ended_on",
)
SUMS = (
    "claimed_amount",
    "court_fee",
    "preservation_fee",
    "lawyers_fee",
    "awarded_principal",
    "awarded_interest",
    "awarded_costs",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """`fields` are the columns it is about; `words` an English template in the %(name)s style, filled from `values`.
    A value that is itself the name of a column is said by the column's own name."""

    level: str
    code: str
    fields: tuple[str, ...]
    words: str
    values: Mapping[str, object] = field(default_factory=dict)
    clause: str = ""

    def text(self, gettext: Callable[[str], str] = str, name_of: Callable[[str], str] = str) -> str:
        values = {key: name_of(value) if key.startswith("what") else value for key, value in self.values.items()}  # type: ignore[arg-type]
        said = gettext(self.words)
        said = said % values if values else said
        return f"{said} ({self.clause})" if self.clause else said


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a move is judged by besides the matter: the creditor's pack and day, the wage that bounds small claims, and
    the fee of the tariff for the claim as it will stand (None where there is no tariff)."""

    pack: str
    today: dt.date
    average_wage: Decimal | None = None
    tariff: Decimal | None = None


def check_move(
    name: str, known: Mapping[str, Any], told: Mapping[str, Any], around: Surroundings
) -> tuple[Finding, ...]:
    """Everything that stands against the move `name`, or should be thought of first; errors before warnings."""
    whole = {**known, **{key: value for key, value in told.items() if not _empty(value)}}
    found = [*_days(whole, told, around), *_sums(whole, told), *_award(whole, told)]
    if name in ("withdraw", "settle", "recall", "conclude"):
        found += _end(known, told)
    if around.pack == CHINA:
        found += _procedure(name, whole, told, around)
    return tuple(sorted(found, key=lambda finding: finding.level != ERROR))


def check_correction(known: Mapping[str, Any], told: Mapping[str, Any], around: Surroundings) -> tuple[Finding, ...]:
    """What stands against other values for columns that are set already: the order is held both ways."""
    whole = {**known, **told}
    found = [
        _out_of_order(whole, later, earlier)
        for later, earlier in ORDER
        if (later in told or earlier in told) and (later, earlier) not in ONCE
    ]
    found += [_future(whole, name, around.today) for name in DAYS if name in told]
    return tuple(finding for finding in [*found, *_sums(whole, told), *_award(whole, told)] if finding is not None)


def _empty(value: Any) -> bool:
    return value is None or value == ""


def day_of(value: Any) -> dt.date | None:
    """A day, also of a hearing's instant (which comes in the creditor's own time)."""
    if isinstance(value, dt.datetime):
        return value.date()
    return None if _empty(value) else value


def _out_of_order(whole: Mapping[str, Any], later: str, earlier: str) -> Finding | None:
    after, before = day_of(whole.get(later)), day_of(whole.get(earlier))
    if after is None or before is None or after >= before:
        return None
    return Finding(
        ERROR,
        "order",
        (later, earlier),
        gettext_noop("“%(what)s” (%(day)s) lies before “%(what_earlier)s” (%(earlier)s)"),
        {"what": later, "day": after, "what_earlier": earlier, "earlier": before},
    )


def _future(whole: Mapping[str, Any], name: str, today: dt.date) -> Finding | None:
    day = day_of(whole.get(name))
    if name in AHEAD or day is None or day <= today:
        return None
    words = gettext_noop("“%(what)s” (%(day)s) lies in the future")
    return Finding(ERROR, "future", (name,), words, {"what": name, "day": day})


def _days(whole: Mapping[str, Any], told: Mapping[str, Any], around: Surroundings) -> Iterator[Finding]:
    for name in told:
        if name in DAYS and (finding := _future(whole, name, around.today)):
            yield finding
    for later, earlier in ORDER:
        if not _empty(told.get(later)) and (finding := _out_of_order(whole, later, earlier)):
            yield finding


def _sums(whole: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[Finding]:
    for name in SUMS:
        if name in told and not _empty(told[name]) and told[name] < 0:
            yield Finding(ERROR, "negative", (name,), gettext_noop("“%(what)s” must not be negative"), {"what": name})
    claim = told.get("claimed_amount")
    if claim is not None and claim == 0:
        yield Finding(ERROR, "no_claim", ("claimed_amount",), gettext_noop("nothing is claimed"))


def _award(whole: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the award fits the outcome and the claim. Interest runs on after the cut-off, so that all together may
    come to more than was claimed; the principal may not."""
    if not {"awarded_principal", "awarded_interest", "outcome"} & set(told):
        return
    if _empty(whole.get("awarded_principal")):
        return
    principal: Decimal = whole["awarded_principal"]
    interest: Decimal = whole.get("awarded_interest") or Decimal(0)
    outcome, claim = whole.get("outcome"), whole.get("claimed_amount")
    if outcome == "lost" and principal + interest > 0:
        words = gettext_noop("a claim that was lost is awarded 0")
        yield Finding(ERROR, "lost_with_award", ("outcome", "awarded_principal"), words)
    if outcome in ("won", "partly") and principal + interest == 0:
        words = gettext_noop("it was won, and nothing is awarded")
        yield Finding(WARNING, "won_without_award", ("outcome", "awarded_principal"), words)
    if claim is not None and not _empty(claim) and principal + interest > claim:
        yield Finding(
            WARNING,
            "award_above_claim",
            ("awarded_principal",),
            gettext_noop("more is awarded (%(award)s) than was claimed (%(claim)s)"),
            {"award": money_text(principal + interest), "claim": money_text(claim)},
        )


def _end(known: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[Finding]:
    """It ends after all that has happened in it."""
    ended = day_of(told.get("ended_on"))
    if ended is None:
        return
    for name in DAYS:
        day = day_of(known.get(name))
        if name not in AHEAD and name != "ended_on" and day is not None and day > ended:
            words = gettext_noop("“%(what)s” (%(day)s) lies before “%(what_earlier)s” (%(earlier)s)")
            values = {"what": "ended_on", "day": ended, "what_earlier": name, "earlier": day}
            yield Finding(ERROR, "order", ("ended_on", name), words, values)


# --- China ---------------------------------------------------------------------------------------------


def _procedure(name: str, whole: Mapping[str, Any], told: Mapping[str, Any], around: Surroundings) -> Iterator[Finding]:
    if name in ("file_suit", "oppose_order", "accept"):
        yield from _small_claim(whole, around)
    if not _empty(told.get("court_fee")) and around.tariff is not None and told["court_fee"] != around.tariff:
        words = gettext_noop("the court fee (%(fee)s) is not that of the tariff (%(tariff)s)")
        values = {"fee": money_text(told["court_fee"]), "tariff": money_text(around.tariff)}
        yield Finding(WARNING, "fee_differs", ("court_fee",), words, values, "诉讼费用交纳办法 13–16")
    if name == "oppose_order":
        yield from _opposed(whole)
    elif name == "order_stands":
        yield from _stands(whole)
    elif name == "appeal":
        yield from _appeal(whole)
    elif name == "become_effective":
        yield from _effective(whole)
    elif name == "apply_for_enforcement":
        yield from _enforcement(whole)


def _small_claim(whole: Mapping[str, Any], around: Surroundings) -> Iterator[Finding]:
    claim = whole.get("claimed_amount")
    if whole.get("procedure") != "small" or _empty(claim):
        return
    fit = small_claim_fit(claim, around.average_wage)  # type: ignore[arg-type]  # not empty
    said = {
        TOO_LARGE: (ERROR, gettext_noop("the claim is too large for a small claim")),
        BY_AGREEMENT: (WARNING, gettext_noop("it is a small claim only if both sides agree")),
        UNKNOWN: (WARNING, gettext_noop("the average wage that bounds small claims is not known for this court")),
    }.get(fit)
    if said is not None:
        yield Finding(said[0], f"small_{fit}", ("procedure", "claimed_amount"), said[1], clause="民诉法 165")


def _opposed(whole: Mapping[str, Any]) -> Iterator[Finding]:
    served, opposed = whole.get("writ_served_on"), whole.get("order_opposed_on")
    if _empty(served):
        words = gettext_noop("it is not known when the payment order was served")
        yield Finding(ERROR, "writ_not_served", ("writ_served_on",), words, clause="民诉法 227")
    elif not _empty(opposed) and opposed > (last := last_day_to_object(served)):  # type: ignore[operator,arg-type]
        words = gettext_noop("the last day to object was %(day)s: an objection after it does not count")
        yield Finding(ERROR, "opposed_too_late", ("order_opposed_on",), words, {"day": last}, "民诉法 227")


def _stands(whole: Mapping[str, Any]) -> Iterator[Finding]:
    served, effective = whole.get("writ_served_on"), whole.get("effective_on")
    if _empty(served):
        words = gettext_noop("it is not known when the payment order was served")
        yield Finding(ERROR, "writ_not_served", ("writ_served_on",), words, clause="民诉法 227")
    elif not _empty(effective) and effective <= (last := last_day_to_object(served)):  # type: ignore[operator,arg-type]
        words = gettext_noop("the debtor may object until %(day)s")
        yield Finding(ERROR, "stands_too_early", ("effective_on",), words, {"day": last}, "民诉法 227")


def _appeal(whole: Mapping[str, Any]) -> Iterator[Finding]:
    if whole.get("procedure") == "small":
        words = gettext_noop("a small claim is final: there is no appeal")
        yield Finding(ERROR, "small_is_final", ("procedure",), words, clause="民诉法 165")
    served, appealed = whole.get("judgment_served_on"), whole.get("appealed_on")
    if not _empty(served) and not _empty(appealed) and appealed > (last := last_day_to_appeal(served)):  # type: ignore[operator,arg-type]
        words = gettext_noop("the last day to appeal was %(day)s")
        yield Finding(WARNING, "appeal_late", ("appealed_on",), words, {"day": last}, "民诉法 171")


def _effective(whole: Mapping[str, Any]) -> Iterator[Finding]:
    served, effective = whole.get("judgment_served_on"), whole.get("effective_on")
    if whole.get("procedure") == "small" or _empty(effective):
        return
    if _empty(served):
        words = gettext_noop("it is not known when the judgment was served, from when the time to appeal runs")
        yield Finding(WARNING, "judgment_not_served", ("judgment_served_on",), words, clause="民诉法 171")
    elif effective <= (last := last_day_to_appeal(served)):  # type: ignore[operator,arg-type]
        words = gettext_noop("an appeal is possible until %(day)s")
        yield Finding(WARNING, "appeal_possible", ("effective_on",), words, {"day": last}, "民诉法 171")


def _enforcement(whole: Mapping[str, Any]) -> Iterator[Finding]:
    due, applied = whole.get("performance_due_on"), whole.get("enforcement_applied_on")
    if not _empty(due) and not _empty(applied) and applied <= due:  # type: ignore[operator]
        words = gettext_noop("it may still be performed until %(day)s")
        yield Finding(WARNING, "not_due_yet", ("enforcement_applied_on",), words, {"day": due}, "民诉法 250")
