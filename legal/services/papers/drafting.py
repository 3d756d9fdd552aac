"""Papers before they go out: drafted, changed, looked at, read through, approved, taken up again, dropped.

Approval is a lawyer's own act: whoever gives it is linked to an active lawyer, with a licence number, of the matter's
firm. That lawyer signs. The same lawyer may have drafted it: the rule is that a lawyer stands for the paper, not that two
people have seen it. What is approved is what was filled in and the version of the wording; the figures are those of the
day of issue, by the same rule, so that nothing is demanded that was paid in between.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.models import Creditor, User, record_event
from cases.letters.check import LetterRefused, Reason, check_content
from cases.letters.content import LANGUAGES
from cases.models import Case
from cases.policy.red_lines import lint_text
from cases.services.letters import DRAFT
from cases.services.reveals import PERMISSION as REVEAL
from cases.services.reveals import reveal_id_number
from legal.models import Lawyer, LegalPaper, Mandate, Matter, PaperState, PaperTemplate
from legal.models.matter_states import OPEN_STATES
from legal.services.claim import declared_on
from legal.services.content import build_lawyers_content
from legal.services.matters import LegalRefused, check_works_matter
from legal.services.papers.builders_party import view_letter
from legal.services.papers.check import reasons_against
from legal.services.papers.content import Paper
from legal.services.papers.drawing import draw_paper
from legal.services.papers.facts import Draft
from legal.services.papers.fields import FIELDS, Field, initial_of
from legal.services.papers.kinds import KINDS, kinds_for
from legal.services.papers.templates import template_in_force
from legal.stages import move_paper

Kind = LegalPaper.Kind


def starting_content(*, matter: Matter, kind: str) -> dict[str, Any]:
    """What a new paper of the kind begins with: what the creditor's last one kept, how much the matter claims, then the edits
    of the matter's batch."""
    values = initial_of(kind)
    last = (
        LegalPaper.objects.filter(kind=kind, matter__case__creditor=matter.case.creditor_id)
        .exclude(state=PaperState.DROPPED)
        .first()
    )
    if last is not None:
        kept = [field.name for field in FIELDS[kind] if field.kept]
        values |= {name: last.content[name] for name in kept if last.content.get(name) not in (None, "")}
    known = {field.name: field for field in FIELDS[kind]}
    if "scope" in known:
        values |= {name: value for name, value in _claimed(matter, known["scope"]).items() if name in known}
    if matter.batch is not None:
        values |= {k: v for k, v in matter.batch.edits.get(kind, {}).items() if k in known}
    return values


def _claimed(matter: Matter, scope: Field) -> dict[str, Any]:
    """As the matter's own claim has it: loans that were declared due are due in whole, and so are all where that was kept for
    the matter. A paper that asked for less than the claim beside it would be filed like that."""
    declared = declared_on(matter.case_id, matter.case.creditor.business_date(timezone.now()))
    if declared is not None:
        return {"scope": "declared", "accelerated_on": declared.isoformat()}
    offered = {str(value) for value, _label in scope.choices}
    return {"scope": "by_suit"} if matter.claims_all and "by_suit" in offered else {}


def draft_paper(
    *,
    matter: Matter,
    kind: str,
    language: str,
    content: dict[str, Any],
    actor: User,
    pay_by: dt.date | None = None,
    remarks: str = "",
) -> LegalPaper:
    """A draft in the matter. LegalRefused when the matter is ended, for a kind that its creditor's rules do not know, or
    for wording that may not leave the house."""
    check_works_matter(matter, actor)
    _check_draft(matter, kind, language)
    check_fields(names_of(kind), content)
    check_wording([remarks, content])
    with transaction.atomic():
        paper = LegalPaper.objects.create(
            matter=matter,
            kind=kind,
            language=language,
            pay_by=pay_by,
            remarks=remarks.strip(),
            content=content,
            drafted_by=actor,
        )
        record_event(paper, "draft_paper", actor=actor, field="state", new=paper.state, kind=str(kind))
    return paper


def edit_paper(
    *,
    paper: LegalPaper,
    content: dict[str, Any],
    actor: User,
    language: str | None = None,
    pay_by: dt.date | None = None,
    remarks: str = "",
) -> LegalPaper:
    """Change what was filled in, while it is a draft. LegalRefused later, and as draft_paper."""
    check_works_matter(paper.matter, actor)
    language = language or paper.language
    _check_draft(paper.matter, paper.kind, language)
    check_fields(names_of(paper.kind), content)
    check_wording([remarks, content])
    with transaction.atomic():
        row = LegalPaper.objects.select_for_update(of=("self",)).get(pk=paper.pk)
        if row.state != PaperState.DRAFT:
            raise LegalRefused(_("Only a draft can be changed: take it back to draft first."))
        changed = [name for name in {**row.content, **content} if row.content.get(name) != content.get(name)]
        row.content, row.language, row.pay_by, row.remarks = content, language, pay_by, remarks.strip()
        row.save(update_fields=["content", "language", "pay_by", "remarks"])
        record_event(row, "edit_paper", actor=actor, changed=sorted(changed))
    return row


def preview_paper(*, paper: LegalPaper, actor: User) -> bytes:
    """The PDF as it would be today, unnumbered; nothing is kept. A lawyer's letter that lacks something is refused with
    all of it (LetterRefused); of any other paper one sees how far it is, gaps as gaps (`gaps_of`).

    Who may not see ID numbers sees them masked; who sees one has revealed it.
    """
    _check_sees(paper, actor)
    draft = draft_of(paper=paper, actor=actor, on=_today(paper))
    content = content_of(draft, strict=True)
    if draft.full_id and paper.matter.case.borrower.id_no:
        reveal_id_number(case=paper.matter.case, actor=actor)
    template = paper.template or template_for(paper)
    return draw_paper(paper.kind, template.body, content, seal_svg=_seal(paper)).pdf


def gaps_of(*, paper: LegalPaper, actor: User) -> list[Reason]:
    """What the paper lacks as things stand today."""
    _check_sees(paper, actor)
    draft = draft_of(paper=paper, actor=actor, on=_today(paper))
    try:
        return list(reasons_against(paper.kind, content_of(draft, strict=True)))
    except LetterRefused as refused:
        return list(refused.reasons)


def review_paper(*, paper: LegalPaper, actor: User) -> LegalPaper:
    """Somebody has read the draft through."""
    check_works_matter(paper.matter, actor)
    return move_paper(paper.pk, "review", actor=actor, by=actor, at=timezone.now())


def approve_paper(*, paper: LegalPaper, actor: User) -> LegalPaper:
    """A lawyer of the firm stands for the draft, in the wording that is in force. LegalRefused when the actor is none."""
    check_works_matter(paper.matter, actor, "legal.approve_paper")
    if lawyer_of(actor, paper.matter) is None:
        raise LegalRefused(_("Only an active lawyer of the matter's firm, with a licence number, may approve."))
    template = template_for(paper)
    return move_paper(paper.pk, "approve", actor=actor, by=actor, at=timezone.now(), template=template)


def reopen_paper(*, paper: LegalPaper, actor: User, reason: str) -> LegalPaper:
    """Back to draft: it is read and approved anew. MoveRefused without a reason."""
    check_works_matter(paper.matter, actor)
    return move_paper(paper.pk, "reopen", actor=actor, reason=reason)


def drop_paper(*, paper: LegalPaper, actor: User, reason: str) -> LegalPaper:
    """Not needed any more. MoveRefused without a reason or when it is issued."""
    check_works_matter(paper.matter, actor)
    return move_paper(paper.pk, "drop", actor=actor, reason=reason)


# --- What a paper is made from -------------------------------------------------------------------------


def draft_of(
    *,
    paper: LegalPaper,
    actor: User,
    on: dt.date,
    number: str = DRAFT,
    mandate: Mandate | None = None,
    full_id: bool = True,
) -> Draft:
    """The paper on a day, as its builder takes it: by the lawyer who approved it, else the matter's. The ID number is
    whole on court papers for who may see it."""
    matter = paper.matter
    return Draft(
        paper=paper,
        on=on,
        number=number,
        lawyer=signing_lawyer(paper) or matter.lawyer,
        mandate=mandate or matter.mandate,
        full_id=full_id and not KINDS[paper.kind].to_borrower and actor.has_perm(REVEAL),
    )


def content_of(draft: Draft, *, strict: bool = False) -> Paper:
    """The content of the paper. LetterRefused when a letter's figures contradict each other and, with `strict`, when a
    lawyer's letter lacks anything."""
    build = KINDS[draft.paper.kind].build
    if build is not None:
        content: Paper = build(draft)
        return content
    letter = build_lawyers_content(
        paper=draft.paper, on=draft.on, number=draft.number, mandate=draft.mandate, lawyer=draft.lawyer
    )
    if strict:
        check_content(letter)
    return view_letter(draft, letter)


def template_for(paper: LegalPaper) -> PaperTemplate:
    """The wording in force for the paper's creditor. LegalRefused where there is none."""
    creditor: Creditor = paper.matter.case.creditor
    return template_in_force(kind=paper.kind, language=paper.language, creditor=creditor)


def lawyer_of(user: User | None, matter: Matter) -> Lawyer | None:
    """The active, licensed lawyer of the matter's firm whose account this is."""
    if user is None or matter.firm_id is None:
        return None
    lawyers = Lawyer.objects.filter(user=user, firm_id=matter.firm_id, is_active=True).exclude(licence_no="")
    return lawyers.first()


def signing_lawyer(paper: LegalPaper) -> Lawyer | None:
    return lawyer_of(paper.approved_by, paper.matter)


def _today(paper: LegalPaper) -> dt.date:
    return paper.matter.case.creditor.business_date(timezone.now())


def _seal(paper: LegalPaper) -> str:
    return paper.matter.firm.seal_svg if paper.matter.firm else ""


def _check_sees(paper: LegalPaper, actor: User) -> None:
    if not LegalPaper.objects.visible_to(actor).filter(pk=paper.pk).exists():
        raise PermissionDenied(_("You may not do this."))


def _check_draft(matter: Matter, kind: str, language: str) -> None:
    if matter.state not in OPEN_STATES:
        raise LegalRefused(_("The matter is ended."))
    if language not in LANGUAGES:
        raise LegalRefused(_("There is no letter in this language."))
    pack = Case.objects.values_list("creditor__pack", flat=True).get(pk=matter.case_id)
    if kind not in kinds_for(pack):
        raise LegalRefused(_("The creditor's rules do not know this kind of paper."))


def names_of(kind: str) -> set[str]:
    """The fields of a kind of paper."""
    return {field.name for field in FIELDS[kind]}


def check_fields(known: Iterable[str], content: Mapping[str, Any]) -> None:
    """LegalRefused when something was filled in that is no field of the paper."""
    unknown = set(content) - set(known)
    if unknown:
        raise LegalRefused(_("This paper has no field: %(names)s") % {"names": ", ".join(sorted(unknown))})


def check_wording(filled: Any) -> None:
    """LegalRefused when any text in what was filled in, however deep, may not leave the house."""
    findings = [finding for text in _texts(filled) for finding in lint_text(text)]
    if findings:
        raise LegalRefused(
            _("These words may not stand on a letter: %(words)s") % {"words": ", ".join(f.words for f in findings)}
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
