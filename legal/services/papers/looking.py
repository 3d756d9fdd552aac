"""How a wording would look before it is saved: over a sample, or over a matter as it stands today."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.models import User
from legal.models import LegalPaper, Matter
from legal.services.papers.drafting import content_of, draft_of, starting_content
from legal.services.papers.drawing import draw_paper
from legal.services.papers.kinds import KINDS
from legal.services.papers.sample import sample_of
from legal.services.papers.templates import WordingRefused
from legal.services.papers.wording import check_wording


def look_at_wording(*, kind: str, language: str, body: str, actor: User, matter: Matter | None = None) -> bytes:
    """The PDF; nothing is kept and no ID number is shown in full. WordingRefused as when it is saved; PermissionDenied."""
    if not actor.has_perm("legal.view_papertemplate"):
        raise PermissionDenied(_("You may not do this."))
    problems = check_wording(KINDS[kind].content, body, KINDS[kind].needs)
    if problems:
        raise WordingRefused(problems)
    if matter is None:
        return draw_paper(kind, body, sample_of(KINDS[kind].content, language)).pdf
    if not Matter.objects.visible_to(actor).filter(pk=matter.pk).exists():
        raise PermissionDenied(_("You may not do this."))
    last = LegalPaper.objects.filter(matter=matter, kind=kind).first()
    values = last.content if last is not None else starting_content(matter=matter, kind=kind)
    paper = LegalPaper(matter=matter, kind=kind, language=language, content=values, pay_by=timezone.localdate())
    today = matter.case.creditor.business_date(timezone.now())
    return draw_paper(kind, body, content_of(draft_of(paper=paper, actor=actor, on=today, full_id=False))).pdf
