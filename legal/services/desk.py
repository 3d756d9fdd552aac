"""What needs a member of the legal staff today: one query a list, with its count, however long the list is."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from borrowers.models import AuditEvent, Creditor, User
from cases.models import Case, Stage
from legal.models import CourtPaper, Deadline, LawFirm, LegalPaper, Matter, MatterState, PaperState
from legal.models.matter import MatterQuerySet
from legal.models.matter_states import BEFORE_COURT

# So many of each list stand on the desk; the whole list has a page of its own.
SHOWN = 10
# How far ahead the desk looks.
WEEK = dt.timedelta(days=7)
HEARINGS_WITHIN = dt.timedelta(days=30)
LIMITATION_WITHIN = dt.timedelta(days=180)
IDLE_DAYS = 30
# Limitation still runs while nothing was brought before a court.
_RUNNING = (*BEFORE_COURT, MatterState.MEDIATION)
# Where a matter waits for nobody but time or the debtor.
_RESTING = (MatterState.TERMINATED,)


@dataclass(frozen=True, slots=True)
class Narrow:
    """What the desk is narrowed to: one's own matters, a firm, a creditor, words; and what counts as idle."""

    mine: bool = False
    firm: LawFirm | None = None
    creditor: Creditor | None = None
    words: str = ""
    idle_days: int = IDLE_DAYS


@dataclass(frozen=True, slots=True)
class View:
    """Whose desk, narrowed to what, on which day of the reader's."""

    user: User
    narrow: Narrow
    today: dt.date
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the desk. `part` names the template of its rows, `tone` how pressing it is."""

    code: str
    title: Any
    part: str
    rows_of: Callable[[View], QuerySet[Any]]
    tone: str = ""
    # Whoever holds none of these does not see the list; empty: everybody at the desk.
    needs: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        return f"legal/desk/{self.part}.html"


@dataclass(slots=True)
class Listed:
    """A section with its first rows and how many there are."""

    section: Section
    rows: list[Any] = field(default_factory=list)
    count: int = 0

    @property
    def more(self) -> bool:
        return self.count > len(self.rows)


def _words(words: str, to_case: str) -> Q:
    """Case number, name or reference."""
    found = Q(**{f"{to_case}case_no__icontains": words}) | Q(**{f"{to_case}borrower__name__icontains": words})
    return found | Q(**{f"{to_case}borrower__ref__iexact": words})


def narrowed_matters(user: User, narrow: Narrow) -> MatterQuerySet:
    """The person's matters, narrowed. One's own are those of which one is the lawyer or that one opened."""
    matters = Matter.objects.visible_to(user)
    if narrow.mine:
        matters = matters.filter(Q(lawyer__user=user) | Q(opened_by=user))
    if narrow.firm is not None:
        matters = matters.filter(firm=narrow.firm)
    if narrow.creditor is not None:
        matters = matters.filter(case__creditor=narrow.creditor)
    if narrow.words:
        matters = matters.filter(_words(narrow.words, "case__") | Q(court_case_no__icontains=narrow.words))
    return matters


def _open_matters(view: View) -> QuerySet[Matter]:
    related = ("case__borrower", "case__creditor", "firm", "lawyer", "court")
    return narrowed_matters(view.user, view.narrow).open().select_related(*related)


def _deadlines(view: View) -> QuerySet[Deadline]:
    """Of the narrowed matters; one's own are also those that one owns in another's matter."""
    matters = narrowed_matters(view.user, dataclasses.replace(view.narrow, mine=False)).open()
    rows = Deadline.objects.visible_to(view.user).open().filter(matter__in=matters)
    if view.narrow.mine:
        own = narrowed_matters(view.user, view.narrow)
        rows = rows.filter(Q(owner=view.user) | Q(matter__in=own))
    return rows.select_related("matter__case__borrower", "matter__case__creditor", "matter__firm", "owner").order_by(
        "due_on", "pk"
    )


def overdue(view: View) -> QuerySet[Deadline]:
    return _deadlines(view).filter(due_on__lt=view.today)


def due_today(view: View) -> QuerySet[Deadline]:
    return _deadlines(view).filter(due_on=view.today)


def due_this_week(view: View) -> QuerySet[Deadline]:
    """From tomorrow on; hearings have a list of their own."""
    return (
        _deadlines(view)
        .filter(due_on__gt=view.today, due_on__lte=view.today + WEEK)
        .exclude(kind=Deadline.Kind.HEARING)
    )


def hearings(view: View) -> QuerySet[Matter]:
    """Hearings from now on, the next first."""
    rows = _open_matters(view).filter(hearing_at__gte=view.now, hearing_at__lt=view.now + HEARINGS_WITHIN)
    return rows.order_by("hearing_at", "pk")


def limitation(view: View) -> QuerySet[Matter]:
    """Matters that nothing has brought before a court, and whose limitation expires soon or has."""
    soon = Q(case__limitation_expires_on__lte=view.today + LIMITATION_WITHIN) | Q(case__limitation_expired=True)
    rows = _open_matters(view).filter(soon, state__in=_RUNNING)
    return rows.order_by(F("case__limitation_expires_on").asc(nulls_last=True), "pk")


def _papers(view: View, state: PaperState, oldest: str) -> QuerySet[LegalPaper]:
    matters = narrowed_matters(view.user, view.narrow).open()
    papers = LegalPaper.objects.visible_to(view.user).filter(matter__in=matters, state=state)
    return papers.select_related(
        "matter__case__borrower", "matter__case__creditor", "matter__firm", "drafted_by", "approved_by", "letter"
    ).order_by(oldest, "pk")


def to_issue(view: View) -> QuerySet[LegalPaper]:
    return _papers(view, PaperState.APPROVED, "approved_at")


def to_approve(view: View) -> QuerySet[LegalPaper]:
    return _papers(view, PaperState.REVIEWED, "reviewed_at")


def to_review(view: View) -> QuerySet[LegalPaper]:
    return _papers(view, PaperState.DRAFT, "drafted_at")


def court_papers(view: View) -> QuerySet[CourtPaper]:
    """Papers of courts of which nobody has said to which matter they belong."""
    return CourtPaper.objects.visible_to(view.user).waiting().select_related("filed_by").order_by("pk")


def idle(view: View) -> QuerySet[Matter]:
    """Open matters whose state has not changed for so many days, the longest first. A matter in review or closed for lack
    of assets is not among them: the one has a list of its own, the other waits for assets to be found."""
    since = view.now - dt.timedelta(days=view.narrow.idle_days)
    moves = AuditEvent.objects.filter(subject_type="matter", subject_id=OuterRef("pk"), field="state")
    rows = _open_matters(view).exclude(state__in=(MatterState.REVIEW, *_RESTING))
    rows = rows.filter(~Exists(moves.filter(at__gt=since)), opened_on__lte=timezone.localdate(since))
    moved = Subquery(moves.order_by("-id").values("at__date")[:1])
    return rows.annotate(moved_on=Coalesce(moved, F("opened_on"))).order_by("moved_on", "pk")


def in_review(view: View) -> QuerySet[Matter]:
    return _open_matters(view).filter(state=MatterState.REVIEW).order_by("opened_on", "pk")


def cases_to_open(user: User) -> QuerySet[Case]:
    """Cases with legal that have no open matter, longest waiting first."""
    open_matters = Matter.objects.open().filter(case=OuterRef("pk"))
    cases = Case.objects.visible_to(user).filter(stage=Stage.LEGAL).exclude(Exists(open_matters))
    return cases.select_related("borrower", "creditor").order_by("sent_to_legal_on", "pk")


def waiting_cases(view: View) -> QuerySet[Case]:
    """The same, narrowed; they belong to nobody and to no firm yet."""
    cases, narrow = cases_to_open(view.user), view.narrow
    if narrow.firm is not None:
        return cases.none()
    if narrow.creditor is not None:
        cases = cases.filter(creditor=narrow.creditor)
    return cases.filter(_words(narrow.words, "")) if narrow.words else cases


_STAFF = ("legal.view_matter",)
# In the order of their urgency.
SECTIONS: tuple[Section, ...] = (
    Section("overdue", _("Deadlines overdue"), "deadlines", overdue, "bad"),
    Section("today", _("Due today"), "deadlines", due_today, "bad"),
    Section("week", _("Due within a week"), "deadlines", due_this_week, "warn"),
    Section("hearings", _("Hearings ahead"), "hearings", hearings, "warn"),
    Section("limitation", _("Limitation about to expire"), "limitation", limitation, "bad"),
    Section("issue", _("Approved, to be issued"), "papers", to_issue),
    Section("approve", _("Read through, to be approved"), "papers", to_approve),
    Section("review", _("Drafts to be read through"), "papers", to_review),
    Section("court_papers", _("Papers of courts without a matter"), "court_papers", court_papers),
    Section("idle", _("Matters without a move"), "idle", idle, "warn"),
    Section("reviews", _("Matters in review"), "matters", in_review),
    Section("waiting", _("Sent to legal, no matter yet"), "waiting", waiting_cases, needs=_STAFF),
)


def sections_for(user: User) -> list[Section]:
    return [section for section in SECTIONS if not section.needs or any(map(user.has_perm, section.needs))]


def desk_lists(view: View) -> list[Listed]:
    """Every section of the person's desk with its first rows: one query each, which also counts."""
    listed = []
    for section in sections_for(view.user):
        rows = list(section.rows_of(view).annotate(in_all=Window(Count("pk")))[:SHOWN])
        listed.append(Listed(section, rows, rows[0].in_all if rows else 0))
    return listed
