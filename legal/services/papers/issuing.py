"""Papers going out: numbered without gaps, drawn with the figures of the day, signed, filed for good; read back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.errors import gettext_noop
from borrowers.models import Document, User, record_event
from borrowers.models.document import file_document
from cases.letters.check import LetterRefused, Reason, check_content
from cases.letters.content import LawyersLetter
from cases.letters.render import RenderedLetter
from cases.models import Case, ContactCondition, GateDecision, Stage
from cases.models.contact import Channel
from cases.outcomes import SENT
from cases.services.conditions import record_condition
from cases.services.contact_log import write_contact
from cases.services.letters import DRAFT, file_letter, judge_letter, refuse_unless_fit
from cases.services.reveals import reveal_id_number
from legal.models import FirmCertificate, LegalPaper, Mandate, Matter, MatterState, PaperCounter, PaperState
from legal.models.matter_states import OPEN_STATES
from legal.services.certificates import certificate_of
from legal.services.content import build_lawyers_content
from legal.services.matters import check_works_matter
from legal.services.papers import content as papers
from legal.services.papers.builders_party import view_letter
from legal.services.papers.check import reasons_against
from legal.services.papers.drafting import content_of, draft_of, signing_lawyer, template_for
from legal.services.papers.drawing import draw_paper, title_of
from legal.services.papers.facts import Draft
from legal.services.papers.kinds import KINDS
from legal.services.signing import Standing, Verdict, sign_paper, verify_paper
from legal.stages import move_matter, move_paper

Kind = LegalPaper.Kind
_NOT_APPROVED = Reason("approval", gettext_noop("no lawyer has approved it"))


def issue_paper(*, paper: LegalPaper, actor: User, on: dt.date) -> LegalPaper:
    """Number, draw, sign and file an approved paper, with the figures of the day `on`.

    LetterRefused with every reason: no approval, no mandate for a lawyer's letter on that day, data missing, the gate
    for what goes to the borrower (its refusal is kept); LegalRefused when the firm's certificate has run out or signing
    fails. A paper that fails takes no number. A firm without a certificate issues unsigned, for stamp and pen.
    """
    check_works_matter(paper.matter, actor, "legal.approve_paper")
    paper = _fresh(paper)
    certificate = certificate_of(paper.matter.firm, timezone.now())
    if paper.kind == Kind.LAWYERS_LETTER:
        return _issue_letter(paper, certificate, actor, on)
    return _issue_document(paper, certificate, actor, on)


def valid_mandate(matter: Matter, on: dt.date) -> Mandate | None:
    """The matter's mandate when it is this creditor's for this firm and in force on `on`."""
    mandate = matter.mandate
    if mandate is None or mandate.firm_id != matter.firm_id or mandate.creditor_id != matter.case.creditor_id:
        return None
    return mandate if mandate.covers(on) else None


# --- The lawyer's letter, which is a letter of the case as well ----------------------------------------


def _issue_letter(paper: LegalPaper, certificate: FirmCertificate | None, actor: User, on: dt.date) -> LegalPaper:
    matter, case = paper.matter, paper.matter.case
    mandate, lawyer = valid_mandate(matter, on), signing_lawyer(paper)
    content = build_lawyers_content(paper=paper, on=on, number=DRAFT, mandate=mandate, lawyer=lawyer)
    decision = judge_letter(case=case, actor=actor, at=timezone.now())
    refuse_unless_fit(content, decision, *_reasons(paper))
    draft = Draft(paper=paper, on=on, number=DRAFT, lawyer=lawyer, mandate=mandate, full_id=False)
    with transaction.atomic():
        _lock(paper)
        letter = file_letter(
            case=case, content=content, decision=decision, actor=actor, draw=partial(_draw_letter, draft, certificate)
        )
        figures = _figures(paper, letter.figures, certificate)
        moved = move_paper(paper.pk, "issue", actor=actor, on=on, letter=letter, figures=figures)
        if matter.state == MatterState.REVIEW:
            move_matter(matter.pk, "letter_issued", actor=actor)
    return moved


def _draw_letter(draft: Draft, certificate: FirmCertificate | None, letter: LawyersLetter) -> RenderedLetter:
    check_content(letter)
    return _draw(draft.paper, view_letter(draft, letter), certificate)


# --- The others ----------------------------------------------------------------------------------------


def _issue_document(paper: LegalPaper, certificate: FirmCertificate | None, actor: User, on: dt.date) -> LegalPaper:
    matter, case, kind = paper.matter, paper.matter.case, KINDS[paper.kind]
    draft = draft_of(paper=paper, actor=actor, on=on)
    reasons = [*_reasons(paper), *reasons_against(paper.kind, content_of(draft))]
    decision = judge_letter(case=case, actor=actor, at=timezone.now()) if kind.to_borrower else None
    if decision is not None and not decision.allowed:
        decision.save()
        words = gettext_noop("the contact gate refuses a letter now: %(reason)s (%(source)s)")
        reasons.append(Reason("gate", words, {"reason": decision.reason, "source": decision.source}))
    if reasons:
        raise LetterRefused(tuple(reasons))
    with transaction.atomic():
        _lock(paper)
        if not kind.to_borrower and case.borrower.id_no:
            reveal_id_number(case=case, actor=actor)
            draft = dataclasses.replace(draft, full_id=True)
        number = _next_number(paper, on.year)
        content = content_of(dataclasses.replace(draft, number=number))
        rendered = _draw(paper, content, certificate)
        document = file_document(
            data=rendered.pdf,
            name=f"{number}.pdf",
            mime_type="application/pdf",
            kind=Document.Kind.LETTER if kind.to_borrower else Document.Kind.OTHER,
            creditor=case.creditor,
            borrower=case.borrower,
            by=actor,
        )
        figures = _figures(paper, papers.to_json(content), certificate)
        moved = move_paper(paper.pk, "issue", actor=actor, on=on, document=document, number=number, figures=figures)
        record_event(moved, "issue_paper", actor=actor, new=number, matter=matter.pk, sha256=rendered.sha256)
        if decision is not None:
            _note_contact(moved, content, decision, actor)
    return moved


def _next_number(paper: LegalPaper, year: int) -> str:
    """The next number of the kind for the creditor and year. Its counter stays locked until the paper stands or falls."""
    creditor = paper.matter.case.creditor
    wanted = PaperCounter(creditor=creditor, kind=paper.kind, year=year)
    PaperCounter.objects.bulk_create([wanted], ignore_conflicts=True)
    counter = PaperCounter.objects.select_for_update().get(creditor=creditor, kind=paper.kind, year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"{creditor.code}-{KINDS[paper.kind].mark}-{year}-{counter.last:06d}"


def _note_contact(paper: LegalPaper, content: papers.Paper, decision: GateDecision, actor: User) -> None:
    """What goes to the borrower is a contact; the validation notice opens the time in which the debt can be disputed."""
    decision.save()
    case = paper.matter.case
    contact = write_contact(
        borrower=case.borrower,
        case=case,
        at=decision.at,
        channel=Channel.POST,
        outcome=SENT,
        contact_point=decision.contact_point,
        to=content.debtor.address,
        notes=paper.number,
        decision=decision,
        actor=actor,
    )
    if paper.kind == Kind.VALIDATION_NOTICE:
        record_condition(
            borrower=case.borrower,
            actor=None,
            kind=ContactCondition.Kind.NOTICE,
            code="validation_notice",
            proof=paper.number,
            source=ContactCondition.Source.STAFF,
            since=decision.at,
            contact=contact,
        )


# --- Common --------------------------------------------------------------------------------------------


def _lock(paper: LegalPaper) -> None:
    """The case before the paper, as everywhere. What was so before may not be so any more: a matter may have been withdrawn
    while its paper was made ready."""
    Case.objects.select_for_update(of=("self",)).get(pk=paper.matter.case_id)
    LegalPaper.objects.select_for_update(of=("self",)).get(pk=paper.pk)
    if reasons := _reasons(_fresh(paper)):
        raise LetterRefused(tuple(reasons))


def _reasons(paper: LegalPaper) -> list[Reason]:
    """What stands against issuing that does not stand on the paper."""
    reasons = []
    if paper.state != PaperState.APPROVED:
        reasons.append(_NOT_APPROVED)
    elif signing_lawyer(paper) is None:
        reasons.append(Reason("lawyer", gettext_noop("whoever approved it is no active lawyer of the firm any more")))
    if paper.matter.state not in OPEN_STATES:
        reasons.append(Reason("matter", gettext_noop("the matter is ended")))
    if paper.matter.case.stage != Stage.LEGAL:
        reasons.append(Reason("case", gettext_noop("the case is not with legal any more")))
    if paper.matter.firm is not None and not paper.matter.firm.is_active:
        reasons.append(Reason("firm", gettext_noop("the firm is not active")))
    return reasons


def _draw(paper: LegalPaper, content: papers.Paper, certificate: FirmCertificate | None) -> RenderedLetter:
    """Drawn in the wording that was approved and, where the firm has a certificate, signed."""
    template = paper.template or template_for(paper)
    seal = paper.matter.firm.seal_svg if paper.matter.firm else ""
    rendered = draw_paper(paper.kind, template.body, content, seal_svg=seal, signed=certificate is not None)
    if certificate is None:
        return rendered
    reason = f"{title_of(paper.kind, paper.language)} {content.number}"
    signed = sign_paper(rendered, certificate=certificate, reason=reason, seal_svg=seal)
    return dataclasses.replace(rendered, pdf=signed, sha256=hashlib.sha256(signed).hexdigest())


def _figures(paper: LegalPaper, content: dict[str, Any], certificate: FirmCertificate | None) -> dict[str, Any]:
    template = paper.template or template_for(paper)
    return {
        "content": content,
        "template": {"id": template.pk, "version": template.version},
        "certificate": certificate.fingerprint if certificate else "",
    }


def _fresh(paper: LegalPaper) -> LegalPaper:
    related = (
        "matter__case__creditor",
        "matter__case__borrower__creditor",
        "matter__firm",
        "matter__mandate",
        "matter__court",
        "matter__appeal_court",
        "matter__enforcement_court",
        "approved_by",
        "template",
    )
    return LegalPaper.objects.select_related(*related).get(pk=paper.pk)


# --- Afterwards ----------------------------------------------------------------------------------------


def read_paper(*, paper: LegalPaper, actor: User) -> bytes:
    """The bytes as issued; who took them is noted. DocumentChanged or FileNotFoundError when they are not there any more
    as filed; PermissionDenied."""
    if not LegalPaper.objects.visible_to(actor).filter(pk=paper.pk).exists() or paper.file is None:
        raise PermissionDenied(_("You may not do this."))
    data = paper.file.read()
    with transaction.atomic():
        record_event(paper, "downloaded", actor=actor, new=paper.number, sha256=paper.file.sha256)
    return data


def verdict_on(document: Document) -> Verdict:
    """What is so of an issued paper's file: its bytes against what was filed, then its signature."""
    try:
        data = document.read()
    except (OSError, RuntimeError):
        return Verdict(Standing.CHANGED)
    return verify_paper(data)
