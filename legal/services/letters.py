"""Lawyer's letters: drafted here, then on the way of every legal paper (legal.services.papers), whose steps stand here too."""

from __future__ import annotations

import datetime as dt

from borrowers.models import User
from legal.models import LegalPaper, Matter
from legal.services.papers.drafting import (
    approve_paper,
    draft_paper,
    drop_paper,
    preview_paper,
    reopen_paper,
    review_paper,
)
from legal.services.papers.issuing import issue_paper, valid_mandate


def draft_lawyers_letter(*, matter: Matter, language: str, pay_by: dt.date, remarks: str, actor: User) -> LegalPaper:
    """A draft in the matter. LegalRefused when the matter is ended, or for wording that may not leave the house."""
    return draft_paper(
        matter=matter,
        kind=LegalPaper.Kind.LAWYERS_LETTER,
        language=language,
        content={},
        pay_by=pay_by,
        remarks=remarks,
        actor=actor,
    )


__all__ = [
    "approve_paper",
    "draft_lawyers_letter",
    "drop_paper",
    "issue_paper",
    "preview_paper",
    "reopen_paper",
    "review_paper",
    "valid_mandate",
]
