"""Demand letters: made from the ledger, let through by the contact gate, numbered, filed for good, read back.

`file_letter` numbers and files the lawyer's letter as well (legal.services.letters).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.errors import gettext_noop
from borrowers.models import User
from borrowers.models.audit import record_event
from borrowers.models.document import Document, file_document
from borrowers.services.entries import book_penalty
from cases.letters.check import LetterRefused, Reason, check_content
from cases.letters.content import DemandLetter, LetterContent, to_json
from cases.letters.legal_basis import legal_basis_for
from cases.letters.render import RenderedLetter, render_letter
from cases.models import Case, ContactRecord, GateDecision, Letter, LetterCounter, PlanStep
from cases.models.contact import Channel
from cases.models.letter import LetterKind
from cases.models.plan import StepChannel
from cases.outcomes import SENT
from cases.services.contact_gate import judge
from cases.services.contact_log import write_contact
from cases.services.letter_figures import (
    ZERO,
    account_of,
    addressee_of,
    contracts_of,
    language_of,
    postal_address,
    sender_of,
    small_sum_reasons,
)
from cases.services.permissions import check_may
from cases.services.plans import finish_step
from cases.stages import move_case_if_legal

# A demand gives this long when nobody says otherwise.
DAYS_TO_PAY = 10
# How letters go out, as printed.
DELIVERY = {"zh-hans": "挂号信", "en": "registered post"}
DRAFT = "DRAFT"
_NUMBER_MARK = {LetterKind.DEMAND: "CS", LetterKind.LAWYER: "LS"}
_STEP_OF = {LetterKind.DEMAND: StepChannel.DEMAND_LETTER, LetterKind.LAWYER: StepChannel.LAWYERS_LETTER}


def build_demand_content(*, case: Case, on: dt.date, pay_by: dt.date, language: str, number: str) -> DemandLetter:
    """The whole demand as of the day `on`. LetterRefused when figures contradict each other; what else may be
    missing is found by `check_content`."""
    creditor = case.creditor
    contracts = contracts_of(case=case, on=on)
    return DemandLetter(
        language=language,
        number=number,
        issued_on=on,
        delivery=DELIVERY.get(language, ""),
        sender=sender_of(creditor),
        authority=creditor.authority,
        creditor=creditor.name,
        addressee=addressee_of(case.borrower),
        currency=case.currency,
        cut_off=on,
        contracts=contracts,
        total=sum((contract.owed for contract in contracts), ZERO),
        pay_by=pay_by,
        account=account_of(creditor),
        payment_reference=case.case_no,
        complaint_line=creditor.complaint_line,
        legal_basis=legal_basis_for(creditor.pack, language) if language in DELIVERY else (),
    )


def draft_demand_letter(*, case: Case, actor: User, on: dt.date, language: str | None = None) -> bytes:
    """How a letter of today would look, as PDF; nothing is numbered, judged or kept."""
    check_may_issue(case, actor)
    content = build_demand_content(
        case=case,
        on=on,
        pay_by=on + dt.timedelta(days=DAYS_TO_PAY),
        language=language or language_of(case.borrower),
        number=DRAFT,
    )
    return render_letter(content).pdf


def issue_demand_letter(
    *,
    case: Case,
    actor: User,
    on: dt.date,
    pay_by: dt.date | None = None,
    language: str | None = None,
    step: PlanStep | None = None,
    override_reason: str = "",
) -> Letter:
    """Number, draw, file and note a demand letter with the figures of the day `on`.

    LetterRefused with every reason, the gate's refusal among them, which is kept; PermissionDenied. With
    `override_reason` a supervisor overrides the gate (OverrideRefused when the rule allows none). A letter that
    fails takes no number.
    """
    check_may_issue(case, actor)
    content = build_demand_content(
        case=case,
        on=on,
        pay_by=pay_by or on + dt.timedelta(days=DAYS_TO_PAY),
        language=language or language_of(case.borrower),
        number=DRAFT,
    )
    decision = judge_letter(case=case, actor=actor, at=timezone.now(), override_reason=override_reason)
    refuse_unless_fit(content, decision)
    with transaction.atomic():
        letter = file_letter(case=case, content=content, decision=decision, actor=actor, step=step)
        move_case_if_legal(case, "start_demanding", actor=actor)
    return letter


def check_may_issue(case: Case, actor: User) -> None:
    check_may(case, actor, "cases.issue_letter", words=_("You may not issue letters in this case."))


def judge_letter(*, case: Case, actor: User, at: dt.datetime, override_reason: str = "") -> GateDecision:
    """The gate's word on a letter to the borrower now; not saved yet."""
    return judge(
        borrower=case.borrower,
        case=case,
        contact_point=postal_address(case.borrower),
        channel=Channel.POST,
        at=at,
        party=ContactRecord.Party.DEBTOR,
        moment=GateDecision.Moment.LETTER,
        store=False,
        override_by=actor if override_reason else None,
        override_reason=override_reason,
    )


def refuse_unless_fit(content: LetterContent, decision: GateDecision, *further: Reason) -> None:
    """LetterRefused with all that stands against this letter. A refusal of the gate is kept before that."""
    reasons = [*further, *small_sum_reasons(content.total)]
    try:
        check_content(content)
    except LetterRefused as refused:
        reasons.extend(refused.reasons)
    if not decision.allowed:
        decision.save()
        words = gettext_noop("the contact gate refuses a letter now: %(reason)s (%(source)s)")
        reasons.append(Reason("gate", words, {"reason": decision.reason, "source": decision.source}))
    if reasons:
        raise LetterRefused(tuple(reasons))


def file_letter(
    *,
    case: Case,
    content: LetterContent,
    decision: GateDecision,
    actor: User,
    step: PlanStep | None = None,
    draw: Callable[[Any], RenderedLetter] | None = None,
) -> Letter:
    """Give the checked content the next number, draw it and keep it: letter, file, contact, step and event.

    Must be inside a transaction. The case's row is locked first and the counter's second, always in this order, so
    the next number waits until this letter stands or falls. When the transaction fails after the file was written,
    that file stays in its folder without a row: its name is its hash, nobody refers to it, and it harms nothing.
    """
    kind = LetterKind.DEMAND if isinstance(content, DemandLetter) else LetterKind.LAWYER
    case = Case.objects.select_for_update(of=("self",)).select_related("creditor", "borrower").get(pk=case.pk)
    _refuse_second(case, kind, content.cut_off)
    counter = _locked_counter(case, kind, content.issued_on.year)
    counter.last += 1
    number = f"{case.creditor.code}-{_NUMBER_MARK[kind]}-{counter.year}-{counter.last:06d}"
    numbered = dataclasses.replace(content, number=number)
    drawn: Callable[[Any], RenderedLetter] = draw or render_letter
    rendered = drawn(numbered)
    # What is demanded stands in the ledger: the penalty interest that has accrued by the cut-off is booked with it.
    book_penalty(loan_ids=list(case.loans.values_list("pk", flat=True)), on=content.cut_off)
    decision.save()
    letter = Letter.objects.create(
        creditor=case.creditor,
        case=case,
        kind=kind,
        year=counter.year,
        sequence=counter.last,
        number=number,
        language=content.language,
        cut_off=content.cut_off,
        pay_by=content.pay_by,
        amount=content.total,
        currency=content.currency,
        figures=to_json(numbered),
        document=file_document(
            data=rendered.pdf,
            name=f"{number}.pdf",
            mime_type="application/pdf",
            kind=Document.Kind.LETTER,
            creditor=case.creditor,
            borrower=case.borrower,
            by=actor,
        ),
        pages=rendered.pages,
        step=step or _due_step(case, kind, content.issued_on),
        decision=decision,
        issued_by=actor,
    )
    counter.save(update_fields=["last"])
    _note_contact(letter, content, decision, actor)
    record_event(
        letter,
        "issue_letter",
        actor=actor,
        new=number,
        borrower_id=case.borrower_id,
        amount=str(content.total),
        cut_off=content.cut_off.isoformat(),
        sha256=rendered.sha256,
    )
    if letter.step is not None and letter.step.state != PlanStep.State.SKIPPED:
        finish_step(step=letter.step, actor=actor, at=decision.at)
    return letter


def _locked_counter(case: Case, kind: str, year: int) -> LetterCounter:
    """The counter's row, locked; made first when it is missing, whoever else makes it at the same time."""
    wanted = LetterCounter(creditor=case.creditor, kind=kind, year=year)
    LetterCounter.objects.bulk_create([wanted], ignore_conflicts=True)
    return LetterCounter.objects.select_for_update().get(creditor=case.creditor, kind=kind, year=year)


def _refuse_second(case: Case, kind: str, cut_off: dt.date) -> None:
    """One letter of a kind with the figures of one day: a second click is no second demand."""
    same = Letter.objects.filter(case=case, kind=kind, cut_off=cut_off).first()
    if same is not None:
        words = gettext_noop("letter %(number)s with the figures of this day is issued already")
        raise LetterRefused((Reason("second", words, {"number": same.number}),))


def _due_step(case: Case, kind: LetterKind, on: dt.date) -> PlanStep | None:
    """The planned step that this letter does, when nobody named one."""
    steps = PlanStep.objects.filter(plan__case=case, channel=_STEP_OF[kind], state=PlanStep.State.PLANNED)
    return steps.filter(due_on__lte=on).order_by("due_on", "id").first()


def _note_contact(letter: Letter, content: LetterContent, decision: GateDecision, actor: User) -> None:
    """The letter is a contact: the timeline shows it and the gate counts it."""
    write_contact(
        borrower=letter.case.borrower,
        case=letter.case,
        at=decision.at,
        channel=Channel.POST,
        outcome=SENT,
        loans=[contract.account_no for contract in content.contracts],
        contact_point=decision.contact_point,
        to=content.addressee.address,
        notes=letter.number,
        decision=decision,
        actor=actor,
    )


def read_letter(*, letter: Letter, actor: User) -> bytes:
    """The bytes as issued; who took them is noted. DocumentChanged or FileNotFoundError when they are not there any
    more as filed; PermissionDenied."""
    if not Letter.objects.visible_to(actor).filter(pk=letter.pk).exists():
        raise PermissionDenied(_("You may not see this letter."))
    data = letter.document.read()
    with transaction.atomic():
        record_event(
            letter,
            "downloaded",
            actor=actor,
            new=letter.number,
            borrower_id=letter.case.borrower_id,
            sha256=letter.document.sha256,
        )
    return data
