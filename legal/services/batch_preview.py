"""How the papers of a batch would look: the first three of a kind, before any of them is drafted."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from borrowers.models import User
from cases.letters.print_run import bind_letters
from cases.services.letter_figures import language_of
from cases.services.reveals import PERMISSION as REVEAL
from cases.services.reveals import reveal_id_number
from legal.models import Matter, MatterBatch, PaperState
from legal.services.batches import check_works_batch, matters_of
from legal.services.matters import LegalRefused
from legal.services.papers.drafting import draft_paper, preview_paper, starting_content
from legal.services.papers.kinds import KINDS, kinds_for

SHOWN = 3


def preview_batch(*, batch: MatterBatch, kind: str, actor: User, language: str = "") -> bytes:
    """One PDF with the first three: what is drafted already as it stands, else as it would be drafted now; nothing is kept.
    LegalRefused for no matter or an unknown kind; LetterRefused with what the first of them lacks."""
    check_works_batch(batch, actor)
    if kind not in kinds_for(batch.creditor.pack):
        raise LegalRefused(_("The creditor's rules do not know this kind of paper."))
    related = ("case__creditor", "case__borrower__creditor", "batch", "firm", "lawyer", "mandate", "court")
    matters = matters_of(batch, actor).filter(pk__in=Matter.objects.open().values("pk")).select_related(*related)
    parts = [(matter.case.case_no, _preview(matter, kind, language, actor)) for matter in matters[:SHOWN]]
    if not parts:
        raise LegalRefused(_("There is no open matter in this batch."))
    return bind_letters(parts).pdf


def _preview(matter: Matter, kind: str, language: str, actor: User) -> bytes:
    papers = matter.papers.filter(kind=kind).exclude(state=PaperState.DROPPED).select_related(
        "matter__case__creditor", "matter__case__borrower__creditor", "matter__firm", "matter__mandate", "matter__lawyer",
        "matter__court", "approved_by", "template",
    )  # fmt: skip
    paper = papers.order_by("pk").first()
    if paper is not None:
        return preview_paper(paper=paper, actor=actor)
    with transaction.atomic():
        paper = draft_paper(
            matter=matter,
            kind=kind,
            language=language or language_of(matter.case.borrower),
            content=starting_content(matter=matter, kind=kind),
            actor=actor,
        )
        data = preview_paper(paper=paper, actor=actor)
        transaction.set_rollback(True)
    # That an ID number was seen stays on record, though the draft does not.
    if not KINDS[kind].to_borrower and matter.case.borrower.id_no and actor.has_perm(REVEAL):
        reveal_id_number(case=matter.case, actor=actor)
    return data
