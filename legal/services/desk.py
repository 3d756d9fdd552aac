"""What waits for legal staff: one query a list, however long."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from borrowers.models import User
from cases.models import Case, Stage
from legal.models import LegalPaper, Matter, MatterState, PaperState

# Long lists are cut: the oldest come first, so what is cut waits shortest.
SHOWN = 50
RECENT = dt.timedelta(days=30)


def cases_to_open(user: User) -> QuerySet[Case]:
    """Cases with legal that have no open matter, longest waiting first."""
    open_matters = Matter.objects.open().filter(case=OuterRef("pk"))
    cases = Case.objects.visible_to(user).filter(stage=Stage.LEGAL).exclude(Exists(open_matters))
    return cases.select_related("borrower", "creditor").order_by("sent_to_legal_on", "pk")


def desk_lists(user: User, now: dt.datetime) -> dict[str, Any]:
    """The five lists of the desk."""
    matters = Matter.objects.visible_to(user).select_related("case__borrower", "case__creditor", "firm", "lawyer")
    papers = LegalPaper.objects.visible_to(user).select_related(
        "matter__case__borrower", "matter__firm", "drafted_by", "approved_by", "letter"
    )
    return {
        "waiting": cases_to_open(user)[:SHOWN],
        "reviews": matters.filter(state=MatterState.REVIEW).order_by("opened_on", "pk")[:SHOWN],
        "drafts": papers.filter(state__in=[PaperState.DRAFT, PaperState.REVIEWED]).order_by("drafted_at", "pk")[:SHOWN],
        "approved": papers.filter(state=PaperState.APPROVED).order_by("approved_at", "pk")[:SHOWN],
        "issued": papers.filter(state=PaperState.ISSUED, letter__issued_at__gte=now - RECENT)[:SHOWN],
    }
