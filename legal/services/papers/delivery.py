"""What became of a paper that went out: delivered or returned, told by a person with what proves it.

What the carrier tells of a lawyer's letter comes through legal.services.posting.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.models import Document, User
from borrowers.models.document import file_document
from cases.models import Posting
from cases.services.posting_told import tell_posting
from legal.models import LegalPaper, PaperState
from legal.services.mandates import type_of
from legal.services.matters import LegalRefused, MoveRefused, check_works_matter
from legal.stages import move_paper


def deliver_paper(
    *, paper: LegalPaper, actor: User, on: dt.date, note: str, arrived: bool, proof: bytes | None = None
) -> LegalPaper:
    """It arrived, or came back, on that day; with the slip that proves it. LegalRefused for a day before it was issued or
    in the future, an arrival without any proof, or a file that is none; MoveRefused unless it is out and nothing was told
    of it. A letter that went out in a print run is settled there with it."""
    check_works_matter(paper.matter, actor)
    today = paper.matter.case.creditor.business_date(timezone.now())
    if paper.issued_on is not None and not paper.issued_on <= on <= today:
        raise LegalRefused(_("The day lies before the paper was issued, or in the future."))
    if arrived and proof is None and not note.strip():
        raise LegalRefused(_("What proves that it arrived? A file or a remark is needed."))
    mime_type, ending = type_of(proof) if proof is not None else ("", "")
    with transaction.atomic():
        receipt = None
        if proof is not None:
            receipt = file_document(
                data=proof,
                name=f"{paper.number}-receipt.{ending}"[:255],
                mime_type=mime_type,
                kind=Document.Kind.RECEIPT,
                creditor=paper.matter.case.creditor,
                borrower=paper.matter.case.borrower,
                by=actor,
            )
        # The posting before its paper, as the carrier's file takes them.
        related = ("letter__case__borrower__creditor", "letter__decision", "contact_point")
        postings = Posting.objects.select_for_update(of=("self",)).select_related(*related)
        posting = postings.filter(letter=paper.letter_id).first() if paper.letter_id else None
        if LegalPaper.objects.select_for_update().get(pk=paper.pk).state in (PaperState.DELIVERED, PaperState.RETURNED):
            raise MoveRefused(_("What became of it is noted already."))
        name = "deliver" if arrived else "come_back"
        moved = move_paper(paper.pk, name, actor=actor, on=on, note=note.strip()[:300], receipt=receipt)
        if posting is not None:
            told: dict[str, Any] = {
                "state": Posting.State.DELIVERED if arrived else Posting.State.RETURNED,
                "settled_on": on,
            }
            told |= {} if arrived else {"return_reason": note.strip()[:200]}
            tell_posting(posting=posting, changes=told, actor=actor)
    return moved
