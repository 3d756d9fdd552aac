"""Lawyer's letters in the creditor's post: which of them it may print, and their papers following what the carrier tells
(settings.POSTED_ELSEWHERE, settings.POSTING_TOLD)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from cases.models import Letter, Posting
from legal.models import LegalPaper, PaperState
from legal.stages import move_paper

_State = Posting.State
_MOVES = {
    _State.DELIVERED: ("deliver", PaperState.DELIVERED),
    _State.RETURNED: ("come_back", PaperState.RETURNED),
}


def not_for_the_run() -> QuerySet[Any]:
    """The letters that no print run may take: of one that bears no electronic seal only the firm can make the original,
    with stamp and pen, and it posts it itself; of one that is delivered or back already, nothing is left to post."""
    for_the_run = Q(state=PaperState.ISSUED, figures__has_key="certificate") & ~Q(figures__certificate="")
    lawyers = Letter.objects.filter(paper__isnull=False)
    return lawyers.exclude(paper__in=LegalPaper.objects.filter(for_the_run)).order_by().values("pk")


def follow_posting(posting: Posting) -> None:
    """The paper of the letter is delivered or returned as its posting is, on the same day; a later word of the carrier
    moves it again. A letter lost after all proves no arrival: its paper counts as not arrived."""
    paper = LegalPaper.objects.filter(letter=posting.letter_id).first()
    if paper is None or posting.settled_on is None:
        return
    lost = posting.state == _State.LOST and paper.state == PaperState.DELIVERED
    name, state = _MOVES[_State.RETURNED] if lost else _MOVES.get(_State(posting.state), ("", ""))
    if not name or (paper.state == state and paper.delivered_on == posting.settled_on):
        return
    told = (posting.carrier, posting.tracking_no, posting.signed_by, posting.return_reason)
    move_paper(
        paper.pk,
        name,
        actor=None,
        detail={"posting": posting.pk},
        on=posting.settled_on,
        note=" · ".join(filter(None, told))[:300],
        receipt=paper.receipt,
    )
