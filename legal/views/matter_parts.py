"""What the page of a matter shows besides its forms: the way through its states, the facts in groups, its history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils import formats, timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from borrowers.models import AuditEvent
from borrowers.money import format_money
from cases.models import Case
from cases.strategy.reasons import reason_words
from legal.models import Matter, MatterState
from legal.models.matter_states import ENDED

S = MatterState
# The usual way of a suit, with the column that tells when each state was reached.
WAY: tuple[tuple[MatterState, str], ...] = (
    (S.REVIEW, "opened_on"),
    (S.LAWYERS_LETTER, ""),
    (S.FILING, "filed_on"),
    (S.ACCEPTED, "accepted_on"),
    (S.SERVED, "served_on"),
    (S.HEARING, "hearing_at"),
    (S.JUDGED, "judged_on"),
    (S.EFFECTIVE, "effective_on"),
    (S.ENFORCEMENT, "enforcement_applied_on"),
    (S.CONCLUDED, "ended_on"),
)
# States beside that way: shown only where they were reached, before the state named.
BESIDE: tuple[tuple[MatterState, str, MatterState], ...] = (
    (S.PAYMENT_ORDER, "payment_order_on", S.FILING),
    (S.MEDIATION, "mediation_on", S.FILING),
    (S.APPEAL, "appealed_on", S.EFFECTIVE),
    (S.TERMINATED, "terminated_on", S.CONCLUDED),
    (S.RESUMED, "resumed_on", S.CONCLUDED),
)

GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        _("Court"),
        ("court", "venue_basis", "procedure", "court_case_no", "judge", "clerk", "courtroom", "service_address"),
    ),
    (
        _("Before the suit"),
        (
            "payment_order_on",
            "writ_issued_on",
            "writ_served_on",
            "order_opposed_on",
            "mediation_on",
            "mediator",
        ),
    ),
    (_("Suit"), ("filed_on", "accepted_on", "served_on", "served_by", "hearing_at")),
    (
        _("Claim and cost"),
        ("claim_cut_off", "claimed_amount", "court_fee", "preservation_fee", "lawyers_fee"),
    ),
    (
        _("Judgment"),
        (
            "judged_on",
            "outcome",
            "awarded_principal",
            "awarded_interest",
            "awarded_costs",
            "judgment_served_on",
            "appealed_on",
            "appeal_court",
            "appeal_case_no",
            "effective_on",
            "performance_due_on",
        ),
    ),
    (
        _("Enforcement"),
        ("enforcement_court", "enforcement_case_no", "enforcement_applied_on", "terminated_on", "resumed_on"),
    ),
    (_("End"), ("ended_on", "end_reason")),
)


@dataclass(frozen=True)
class Stop:
    """One state on the way: `place` is past, now or ahead."""

    label: str
    on: dt.date | None
    place: str


def way_of(matter: Matter, visited: Iterable[str]) -> list[Stop]:
    """The states behind, the present one, and those that usually follow; of an ended matter nothing lies ahead."""
    seen, now = {*visited, S.REVIEW.value}, matter.state
    stops: list[tuple[MatterState, str]] = []
    for state, column in WAY:
        stops += [(s, c) for s, c, before in BESIDE if before == state and (s in seen or s == now)]
        stops.append((state, column))
    at = next((place for place, (state, _column) in enumerate(stops) if state == now), len(stops))
    found = []
    for place, (state, column) in enumerate(stops):
        if state == now:
            found.append(_stop(matter, state, column, "now"))
        elif state in seen and (place < at or now in ENDED):
            found.append(_stop(matter, state, column, "past"))
        elif place > at and now not in ENDED:
            found.append(Stop(str(state.label), None, "ahead"))
    if now in ENDED and now != S.CONCLUDED:
        found.append(_stop(matter, MatterState(now), "ended_on", "now"))
    return found


def _stop(matter: Matter, state: MatterState, column: str, place: str) -> Stop:
    value = getattr(matter, column) if column else None
    if isinstance(value, dt.datetime):
        value = value.astimezone(matter.case.creditor.zone).date()
    return Stop(str(state.label), value, place)


def facts_of(matter: Matter) -> list[tuple[Any, list[tuple[str, str]]]]:
    """(group, (name, value in words)) of everything that is known."""
    groups = []
    for title, names in GROUPS:
        lines = [(column_name(name), column_words(matter, name, getattr(matter, name))) for name in names]
        lines = [(name, words) for name, words in lines if words]
        if lines:
            groups.append((title, lines))
    return groups


def column_name(name: str) -> str:
    column = Matter._meta.get_field(name)
    return str(getattr(column, "verbose_name", name))


def column_words(matter: Matter, name: str, value: Any) -> str:
    """A column's value for a reader; the values of an event come as text."""
    if value in (None, ""):
        return ""
    column = Matter._meta.get_field(name)
    if isinstance(column, models.DecimalField):
        try:
            return format_money(Decimal(str(value)), matter.case.currency, get_language() or "en")
        except InvalidOperation:
            return str(value)
    if isinstance(column, models.DateTimeField):
        moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
        return formats.date_format(timezone.localtime(moment, matter.case.creditor.zone), "Y-m-d H:i")
    if isinstance(column, models.DateField):
        return str(value)
    choices = getattr(column, "flatchoices", None)
    return str(dict(choices).get(value, value)) if choices else str(value)


# --- History -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One event: what was done, what it told, what was warned of, and what the check before the suit had found."""

    event: AuditEvent
    reason: str
    told: list[tuple[str, str]]
    warned_of: list[str]
    check: list[str]
    override: str


def events_of(matter: Matter) -> list[AuditEvent]:
    """Newest first: a matter has few."""
    events = AuditEvent.objects.filter(subject_type="matter", subject_id=matter.pk)
    return list(events.select_related("actor").order_by("-id"))


def history_of(matter: Matter, events: Iterable[AuditEvent]) -> list[Line]:
    columns = {column.name for column in Matter._meta.concrete_fields}
    lines = []
    for event in events:
        told = [
            (column_name(key), column_words(matter, key, value))
            for key, value in event.detail.items()
            if key in columns
        ]
        if event.field in columns and event.field not in ("state", "firm"):
            old, new = column_words(matter, event.field, event.old), column_words(matter, event.field, event.new)
            told.append((column_name(event.field), f"{old or '–'} → {new or '–'}"))
        lines.append(
            Line(
                event,
                end_words(event.reason),
                told,
                [found_words(found) for found in event.detail.get("warned_of", [])],
                [found_words(found) for found in event.detail.get("check", []) if found["level"] != "ok"],
                event.detail.get("override", ""),
            )
        )
    return lines


def found_words(found: dict[str, Any] | str) -> str:
    """A finding that an event kept, in the reader's language; a column that it names, by the column's own name. The
    oldest events kept their text alone."""
    if isinstance(found, str) or "said" not in found:
        return found if isinstance(found, str) else str(found["words"])
    values = {key: column_name(value) if key.startswith("what") else value for key, value in found["values"].items()}
    said = gettext(found["said"])
    said = said % values if values else said
    return f"{said} ({found['clause']})" if found["clause"] else said


def end_words(reason: str) -> str:
    """Why: a case's own end and what strategies do come as codes, a person's words as they are."""
    return str(dict(Case.CloseReason.choices).get(reason, reason_words(reason, gettext)))


def visited_states(events: Iterable[AuditEvent]) -> set[str]:
    return {value for event in events if event.field == "state" for value in (event.old, event.new) if value}
