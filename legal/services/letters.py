"""Lawyer's letters on their way: drafted by legal staff, approved by a lawyer, issued under a mandate.

Approval is a lawyer's own act: whoever gives it is linked to an active lawyer, with a licence number, of the matter's
firm. That lawyer signs. The same lawyer may have drafted it: the rule is that a lawyer stands for the paper, not that
two people have seen it. What is approved is the wording (language, deadline, facts); the figures are those of the
day of issue, by the same rule, so that no letter demands what was paid in between.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.errors import gettext_noop
from borrowers.models import User, record_event
from cases.letters.check import LetterRefused, Reason
from cases.letters.content import LANGUAGES
from cases.letters.render import render_letter
from cases.models import Case, Letter, Stage
from cases.policy.red_lines import lint_text
from cases.services.letters import DRAFT, file_letter, judge_letter, refuse_unless_fit
from legal.models import Lawyer, LegalPaper, Mandate, Matter, MatterState, PaperState
from legal.models.matter_states import OPEN_STATES
from legal.services.content import build_lawyers_content
from legal.services.matters import LegalRefused, check_works_matter
from legal.stages import move_matter, move_paper


def draft_lawyers_letter(*, matter: Matter, language: str, pay_by: dt.date, remarks: str, actor: User) -> LegalPaper:
    """A draft in the matter. LegalRefused when the matter is ended, or for wording that may not leave the house."""
    check_works_matter(matter, actor)
    if matter.state not in OPEN_STATES:
        raise LegalRefused(_("The matter is ended."))
    if language not in LANGUAGES:
        raise LegalRefused(_("There is no letter in this language."))
    findings = lint_text(remarks)
    if findings:
        raise LegalRefused(
            _("These words may not stand on a letter: %(words)s") % {"words": ", ".join(f.words for f in findings)}
        )
    with transaction.atomic():
        paper = LegalPaper.objects.create(
            matter=matter, language=language, pay_by=pay_by, remarks=remarks.strip(), drafted_by=actor
        )
        record_event(paper, "draft_paper", actor=actor, new=paper.state)
    return paper


def preview_paper(*, paper: LegalPaper, actor: User) -> bytes:
    """The PDF as it would be today, unnumbered; nothing is kept. LetterRefused with all that is missing."""
    if not LegalPaper.objects.visible_to(actor).filter(pk=paper.pk).exists():
        raise PermissionDenied(_("You may not do this."))
    matter = paper.matter
    content = build_lawyers_content(
        paper=paper,
        on=matter.case.creditor.business_date(timezone.now()),
        number=DRAFT,
        mandate=matter.mandate,
        lawyer=_signing_lawyer(paper) or matter.lawyer,
    )
    return render_letter(content).pdf


def review_paper(*, paper: LegalPaper, actor: User) -> LegalPaper:
    """Somebody has read the draft through."""
    check_works_matter(paper.matter, actor)
    return move_paper(paper.pk, "review", actor=actor, by=actor, at=timezone.now())


def approve_paper(*, paper: LegalPaper, actor: User) -> LegalPaper:
    """A lawyer of the firm stands for the draft. LegalRefused when the actor is none."""
    check_works_matter(paper.matter, actor, "legal.approve_paper")
    if _lawyer_of(actor, paper.matter) is None:
        raise LegalRefused(_("Only an active lawyer of the matter's firm, with a licence number, may approve."))
    return move_paper(paper.pk, "approve", actor=actor, by=actor, at=timezone.now())


def drop_paper(*, paper: LegalPaper, actor: User, reason: str) -> LegalPaper:
    """Not needed any more. MoveRefused without a reason or when it is issued."""
    check_works_matter(paper.matter, actor)
    return move_paper(paper.pk, "drop", actor=actor, reason=reason)


def issue_paper(*, paper: LegalPaper, actor: User, on: dt.date) -> Letter:
    """Number, draw and file an approved letter, with the figures of the day `on`.

    LetterRefused with every reason: no approval, no mandate on that day, data missing, the gate (its refusal is
    kept). A letter that fails takes no number. The matter moves to lawyer's letter.
    """
    check_works_matter(paper.matter, actor, "legal.approve_paper")
    paper = _fresh(paper)
    matter, case = paper.matter, paper.matter.case
    mandate, lawyer = valid_mandate(matter, on), _signing_lawyer(paper)
    content = build_lawyers_content(paper=paper, on=on, number=DRAFT, mandate=mandate, lawyer=lawyer)
    decision = judge_letter(case=case, actor=actor, at=timezone.now())
    refuse_unless_fit(content, decision, *_reasons_against(paper, lawyer))
    with transaction.atomic():
        Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
        if LegalPaper.objects.select_for_update(of=("self",)).get(pk=paper.pk).state != PaperState.APPROVED:
            raise LetterRefused((_NOT_APPROVED,))
        letter = file_letter(case=case, content=content, decision=decision, actor=actor)
        move_paper(paper.pk, "issue", actor=actor, on=on, letter=letter, figures=letter.figures)
        if matter.state == MatterState.REVIEW:
            move_matter(matter.pk, "letter_issued", actor=actor)
    return letter


def valid_mandate(matter: Matter, on: dt.date) -> Mandate | None:
    """The matter's mandate when it is this creditor's for this firm and in force on `on`."""
    mandate = matter.mandate
    if mandate is None or mandate.firm_id != matter.firm_id or mandate.creditor_id != matter.case.creditor_id:
        return None
    return mandate if mandate.covers(on) else None


_NOT_APPROVED = Reason("approval", gettext_noop("no lawyer has approved it"))


def _reasons_against(paper: LegalPaper, lawyer: Lawyer | None) -> list[Reason]:
    """What stands against issuing that does not stand on the paper; the rest is found by `check_content`."""
    reasons = []
    if paper.state != PaperState.APPROVED:
        reasons.append(_NOT_APPROVED)
    elif lawyer is None:
        reasons.append(Reason("lawyer", gettext_noop("whoever approved it is no active lawyer of the firm any more")))
    if paper.matter.state not in OPEN_STATES:
        reasons.append(Reason("matter", gettext_noop("the matter is ended")))
    if paper.matter.case.stage != Stage.LEGAL:
        reasons.append(Reason("case", gettext_noop("the case is not with legal any more")))
    if paper.matter.mandate is not None and paper.matter.firm is not None and not paper.matter.firm.is_active:
        reasons.append(Reason("firm", gettext_noop("the firm is not active")))
    return reasons


def _fresh(paper: LegalPaper) -> LegalPaper:
    related = (
        "matter__case__creditor",
        "matter__case__borrower__creditor",
        "matter__firm",
        "matter__mandate",
        "approved_by",
    )
    return LegalPaper.objects.select_related(*related).get(pk=paper.pk)


def _lawyer_of(user: User | None, matter: Matter) -> Lawyer | None:
    """The active, licensed lawyer of the matter's firm whose account this is."""
    if user is None or matter.firm_id is None:
        return None
    lawyers = Lawyer.objects.filter(user=user, firm_id=matter.firm_id, is_active=True).exclude(licence_no="")
    return lawyers.first()


def _signing_lawyer(paper: LegalPaper) -> Lawyer | None:
    return _lawyer_of(paper.approved_by, paper.matter)
