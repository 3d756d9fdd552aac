"""What is done with all matters of a batch at once: prepared, papers drafted, read, approved, issued, suits filed.

Each step is done in pieces of a few seconds, matter by matter in the order of their keys, each in transactions of its
own; the caller comes back with the last key until nothing is left. What is done already is no part of a step any more, so
that one that is run twice, by two people, or again after it was cut off, does nothing twice. A matter that is refused
keeps no other from being done: it is an exception with its reason. `dry` finds the exceptions and changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from time import monotonic
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.errors import InputError
from borrowers.models import User
from cases.letters.check import LetterRefused
from cases.services.letter_figures import language_of
from legal.models import Court, LegalPaper, Matter, MatterBatch, MatterState, PaperState
from legal.models.matter_states import BEFORE_COURT
from legal.models.paper import OUT
from legal.services.batches import check_works_batch, matter_edits, matters_of
from legal.services.claim import claim_of
from legal.services.matters import LegalRefused, MoveRefused, assign_firm
from legal.services.moves import PREPARED, make_move, may_prepare, prepare_matter
from legal.services.papers.drafting import (
    approve_paper,
    draft_paper,
    edit_paper,
    gaps_of,
    lawyer_of,
    review_paper,
    starting_content,
)
from legal.services.papers.issuing import issue_paper, valid_mandate
from legal.services.papers.kinds import kinds_for
from legal.services.suggestions import claim_written, suggest

# How long one piece may take: a person watches, and the server answers others.
SECONDS = 4.0
REFUSALS = (LetterRefused, LegalRefused, MoveRefused, InputError, PermissionDenied)


class Step(StrEnum):
    PREPARE = "prepare"
    DRAFT = "draft"
    REVIEW = "review"
    APPROVE = "approve"
    ISSUE = "issue"
    FILE = "file"


PERMISSIONS = {Step.APPROVE: "legal.approve_paper", Step.ISSUE: "legal.approve_paper"}
OF_PAPERS = (Step.DRAFT, Step.REVIEW, Step.APPROVE, Step.ISSUE)
_FROM = {Step.REVIEW: PaperState.DRAFT, Step.APPROVE: PaperState.REVIEWED, Step.ISSUE: PaperState.APPROVED}
# From where a suit is filed.
_FILED_FROM = (*BEFORE_COURT, MatterState.PAYMENT_ORDER, MatterState.MEDIATION)


@dataclass(frozen=True, slots=True)
class Order:
    """A step with what it is told: the kind of papers; of drafts their language (empty: each borrower's) and deadline; of
    suits the court (None: each matter's own) and the day."""

    step: Step
    kind: str = ""
    language: str = ""
    pay_by: dt.date | None = None
    court: Court | None = None
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A matter that a step passed over, and why, in the reader's language."""

    matter: Matter
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Chunk:
    """What one piece of a step came to. `after` is the key to go on with; nothing is left when `left` is 0."""

    done: int = 0
    refused: list[Refused] = field(default_factory=list)
    after: int = 0
    left: int = 0


def waiting_for(batch: MatterBatch, order: Order, actor: User) -> list[int]:
    """Keys of the batch's matters with which the step has something to do, in order."""
    matters = matters_of(batch, actor).filter(pk__in=Matter.objects.open().values("pk"))
    batch = MatterBatch.objects.select_related("creditor").get(pk=batch.pk)  # what it says now
    return list(_SELECT[order.step](matters, batch, order))


def run_chunk(
    *, batch: MatterBatch, order: Order, actor: User, after: int = 0, dry: bool = False, seconds: float = SECONDS
) -> Chunk:
    """Do the step for matters behind the key `after` until the time is over, at least for one. PermissionDenied for whoever
    may not do this step at all."""
    check_works_batch(batch, actor)
    check_works_batch(batch, actor, PERMISSIONS.get(order.step, "legal.work_matter"))
    todo = [pk for pk in waiting_for(batch, order, actor) if pk > after]
    chunk, started = Chunk(after=after, left=len(todo)), monotonic()
    for pk in todo:
        if chunk.left < len(todo) and monotonic() - started > seconds:
            break
        matter = _fresh(pk)
        try:
            (_try if dry else _do)(matter, order, actor)
        except REFUSALS as refusal:
            chunk.refused.append(Refused(matter, _reasons(refusal)))
        else:
            chunk.done += 1
        chunk.after, chunk.left = pk, chunk.left - 1
    return chunk


def _reasons(refusal: Exception) -> tuple[str, ...]:
    if isinstance(refusal, LetterRefused):
        return tuple(refusal.translated(_))
    if isinstance(refusal, InputError):
        return (refusal.translated(_),)
    return (str(refusal) or _("You may not do this."),)


def _fresh(pk: int) -> Matter:
    related = ("case__creditor", "case__borrower__creditor", "batch", "firm", "lawyer", "mandate", "court")
    return Matter.objects.select_related(*related).get(pk=pk)


def _do(matter: Matter, order: Order, actor: User) -> None:
    _ACTS[order.step](matter, order, actor)


def _try(matter: Matter, order: Order, actor: User) -> None:
    """Do it and take it back; an issue, which would draw the paper and file it on disk, is only checked."""
    if order.step == Step.ISSUE:
        _check_issue(matter, order, actor)
        return
    with transaction.atomic():
        _do(matter, order, actor)
        transaction.set_rollback(True)


# --- Which matters a step is about -----------------------------------------------------------------------


def _to_prepare(matters: QuerySet[Matter], batch: MatterBatch, order: Order) -> list[int]:
    """Those no court has yet, and of which something differs from what the batch says."""
    told = matter_edits(batch)
    return [
        matter.pk
        for matter in matters
        if may_prepare(matter) and any(getattr(matter, name) != value for name, value in told.items())
    ]


def _to_draft(matters: QuerySet[Matter], batch: MatterBatch, order: Order) -> list[int]:
    """Those that have no paper of the kind, or a draft that does not say yet what the batch says."""
    edits = batch.edits.get(order.kind, {})
    found: dict[int, list[LegalPaper]] = {}
    papers = LegalPaper.objects.filter(matter__in=matters, kind=order.kind).exclude(state=PaperState.DROPPED)
    for paper in papers.order_by("pk"):
        found.setdefault(paper.matter_id, []).append(paper)
    return [
        pk
        for pk in matters.values_list("pk", flat=True)
        if pk not in found or any(_lacks(paper, edits) for paper in found[pk])
    ]


def _lacks(paper: LegalPaper, edits: dict[str, Any]) -> bool:
    return paper.state == PaperState.DRAFT and any(paper.content.get(name) != value for name, value in edits.items())


def _with_paper(matters: QuerySet[Matter], batch: MatterBatch, order: Order) -> QuerySet[Any]:
    papers = LegalPaper.objects.filter(matter=OuterRef("pk"), kind=order.kind, state=_FROM[order.step])
    return matters.filter(Exists(papers)).values_list("pk", flat=True)


def _to_file(matters: QuerySet[Matter], batch: MatterBatch, order: Order) -> QuerySet[Any]:
    return matters.filter(state__in=_FILED_FROM).values_list("pk", flat=True)


_SELECT: dict[Step, Callable[[QuerySet[Matter], MatterBatch, Order], Any]] = {
    Step.PREPARE: _to_prepare,
    Step.DRAFT: _to_draft,
    Step.REVIEW: _with_paper,
    Step.APPROVE: _with_paper,
    Step.ISSUE: _with_paper,
    Step.FILE: _to_file,
}


# --- What is done with one -------------------------------------------------------------------------------


def _prepare(matter: Matter, order: Order, actor: User) -> None:
    assert matter.batch is not None  # it is one of a batch's
    told = matter_edits(matter.batch)
    firm = told.get("firm", matter.firm)
    who = {name: told.get(name, getattr(matter, name)) for name in ("lawyer", "mandate")}
    with transaction.atomic():
        if firm is not None and (firm != matter.firm or any(getattr(matter, n) != v for n, v in who.items())):
            assign_firm(matter=matter, firm=firm, actor=actor, **_of_firm(firm, who))
        columns = {name: told[name] for name in PREPARED if name in told}
        if columns:
            prepare_matter(matter=matter, actor=actor, **columns)


def _of_firm(firm: Any, who: dict[str, Any]) -> dict[str, Any]:
    """A lawyer or mandate that a matter had of another firm does not come along."""
    return {name: row if row is None or row.firm_id == firm.pk else None for name, row in who.items()}


def _draft(matter: Matter, order: Order, actor: User) -> None:
    assert matter.batch is not None  # as above
    edits = matter.batch.edits.get(order.kind, {})
    with transaction.atomic():
        # Whoever drafts beside us waits here, and then finds the paper.
        Matter.objects.select_for_update(of=("self",)).get(pk=matter.pk)
        papers = LegalPaper.objects.filter(matter=matter, kind=order.kind).exclude(state=PaperState.DROPPED)
        drafts = list(papers.select_related("matter__case"))
        for paper in drafts:
            if _lacks(paper, edits):
                content = {**paper.content, **edits}
                edit_paper(paper=paper, content=content, actor=actor, pay_by=paper.pay_by, remarks=paper.remarks)
        if not drafts:
            draft_paper(
                matter=matter,
                kind=order.kind,
                language=order.language or language_of(matter.case.borrower),
                content=starting_content(matter=matter, kind=order.kind),
                pay_by=order.pay_by,
                actor=actor,
            )


def _papers(matter: Matter, order: Order) -> QuerySet[LegalPaper]:
    papers = LegalPaper.objects.filter(matter=matter, kind=order.kind, state=_FROM[order.step])
    return papers.select_related(
        "matter__case__creditor", "matter__case__borrower__creditor", "matter__firm", "matter__mandate", "matter__court",
        "matter__lawyer", "matter__batch", "approved_by", "template",
    ).order_by("pk")  # fmt: skip


def _review(matter: Matter, order: Order, actor: User) -> None:
    for paper in _papers(matter, order):
        review_paper(paper=paper, actor=actor)


def _approve(matter: Matter, order: Order, actor: User) -> None:
    """An authorised lawyer stands for each of them: what a paper lacks is found before, not when it is issued."""
    for paper in _papers(matter, order):
        if lawyer_of(actor, matter) is not None and (gaps := gaps_of(paper=paper, actor=actor)):
            raise LetterRefused(tuple(gaps))
        approve_paper(paper=paper, actor=actor)


def _issue(matter: Matter, order: Order, actor: User) -> None:
    for paper in _papers(matter, order):
        issue_paper(paper=paper, actor=actor, on=_today(matter))


def _check_issue(matter: Matter, order: Order, actor: User) -> None:
    for paper in _papers(matter, order):
        if lawyer_of(paper.approved_by, matter) is None:
            raise LegalRefused(_("whoever approved it is no active lawyer of the firm any more"))
        if paper.kind == LegalPaper.Kind.LAWYERS_LETTER and valid_mandate(matter, _today(matter)) is None:
            raise LegalRefused(_("there is no mandate for the law firm on this day"))
        if gaps := gaps_of(paper=paper, actor=actor):
            raise LetterRefused(tuple(gaps))


def _file(matter: Matter, order: Order, actor: User) -> None:
    """With the claim that its complaint states (where none is written, the ledger's up to that day), the procedure that the
    move's own form would propose, and the court's fee by the tariff."""
    if LegalPaper.Kind.COMPLAINT in kinds_for(matter.case.creditor.pack) and not _is_written(matter):
        raise LegalRefused(_("No complaint was issued."))
    move = next((move for move in matter.get_available_state_transitions() if move.name == "file_suit"), None)  # type: ignore[attr-defined]
    if move is None:
        raise MoveRefused(_("This step cannot be taken from “%(state)s”.") % {"state": matter.get_state_display()})
    if order.court is not None:
        matter.court = order.court
    told = suggest(matter=matter, name="file_suit", needs=move.custom["needs"], sets=move.custom["sets"])
    day = order.on or _today(matter)
    told["filed_on"] = day
    if claim_written(matter, LegalPaper.Kind.COMPLAINT) is None:
        debt = claim_of(matter=matter, cut_off=day).debt
        told |= {"claim_cut_off": day, "claimed_amount": debt + (matter.lawyers_fee or Decimal(0))}
    # By the tariff for this claim, unless somebody entered another before.
    told.pop("court_fee", None)
    make_move(matter=matter, name="file_suit", actor=actor, **told)


def _is_written(matter: Matter) -> bool:
    return LegalPaper.objects.filter(matter=matter, kind=LegalPaper.Kind.COMPLAINT, state__in=OUT).exists()


_ACTS: dict[Step, Callable[[Matter, Order, User], None]] = {
    Step.PREPARE: _prepare,
    Step.DRAFT: _draft,
    Step.REVIEW: _review,
    Step.APPROVE: _approve,
    Step.ISSUE: _issue,
    Step.FILE: _file,
}


def _today(matter: Matter) -> dt.date:
    return matter.case.creditor.business_date(timezone.now())
