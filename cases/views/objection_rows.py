"""Objections as lists show them: how their clock stands, and how many wait."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from borrowers.models import Creditor, User
from cases.models import Case, ContactCondition, Objection
from cases.policy.objection_clocks import SOON_DAYS, Urgency, urgency_of
from cases.services.objections import FLAG_OF


@dataclass(frozen=True)
class ObjectionRow:
    """One line: `days` are those left, negative when it is overdue."""

    objection: Objection
    urgency: Urgency
    days: int
    late_acknowledgement: bool

    @classmethod
    def of(cls, objection: Objection, now: dt.datetime) -> ObjectionRow:
        """Its case's creditor comes with it. A closed one is no more urgent than it was on the day of its answer."""
        today = objection.closed_on or objection.case.creditor.business_date(now)
        return cls(
            objection,
            urgency_of(objection.due_on, today),
            (objection.due_on - today).days,
            objection.state == Objection.State.RECEIVED
            and objection.acknowledge_by is not None
            and objection.acknowledge_by < today,
        )

    @property
    def days_over(self) -> int:
        return -self.days

    @property
    def tag(self) -> str:
        """The class of its tag."""
        if not self.objection.is_open:
            return ""
        return {Urgency.OVERDUE: "tag-bad", Urgency.SOON: "tag-warn"}.get(self.urgency, "")

    @property
    def presses(self) -> bool:
        """Whether a person who opens the case has to be told."""
        return self.objection.is_open and self.urgency is not Urgency.LATER


def in_tab(rows: QuerySet[Objection], user: User, tab: str) -> QuerySet[Objection]:
    """The open ones, or one's own of them, by due day; or the closed ones, the newest first."""
    if tab == "answered":
        return rows.filter(closed_on__isnull=False).order_by("-closed_on", "-id")
    rows = rows.filter(closed_on__isnull=True).order_by("due_on", "id")
    return rows.filter(owner=user) if tab == "mine" else rows


def counts_of(user: User, now: dt.datetime) -> dict[str, int]:
    """How many of those that one sees are open, soon due and overdue, each by its creditor's own day: two queries."""
    waiting = Objection.objects.visible_to(user).filter(closed_on__isnull=True)
    by_day = waiting.order_by().values_list("case__creditor", "due_on").annotate(Count("pk"))
    days = {pk: creditor.business_date(now) for pk, creditor in Creditor.objects.in_bulk().items()}
    counts: Counter[str] = Counter(soon_days=SOON_DAYS)
    for creditor_id, due_on, count in by_day:
        counts["open"] += count
        counts[urgency_of(due_on, days[creditor_id])] += count
    return {name: counts[name] for name in ("open", Urgency.SOON, Urgency.OVERDUE, "soon_days")}


def objection_rows(case: Case, now: dt.datetime) -> list[ObjectionRow]:
    """Those of one case, the open ones first by due day: one query."""
    rows = case.objections.select_related("owner", "loan").order_by("due_on", "id")
    for row in rows:
        row.case = case
    shown = [ObjectionRow.of(row, now) for row in rows]
    return sorted(shown, key=lambda row: not row.objection.is_open)


def flags_without_objection(rows: list[ObjectionRow], standing: list[ContactCondition]) -> list[ContactCondition]:
    """Flags of an objection that were recorded before there were any: they are taken up by hand."""
    covered = {FLAG_OF[row.objection.family] for row in rows if row.objection.is_open}
    flags = set(FLAG_OF.values())
    return [
        one
        for one in standing
        if one.kind == ContactCondition.Kind.FLAG and one.code in flags and one.code not in covered
    ]
