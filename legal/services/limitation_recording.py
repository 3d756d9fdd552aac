"""What people record for the limitation of a loan, with its proof; what was wrong is withdrawn, never changed."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from borrowers.models import Document, Loan, User, record_event
from borrowers.models.document import file_document
from cases.models import Case
from legal.models import LimitationEvent
from legal.services.limitation import refresh_case
from legal.services.mandates import type_of
from legal.services.matters import LegalRefused

K = LimitationEvent.Kind
# Without a paper these are worth nothing in court.
NEEDS_PROOF = (K.DEMAND_DELIVERED, K.SIGNED_DEMAND, K.VOLUNTARY_PERFORMANCE, K.ASSIGNMENT_NOTICE)
NEEDS_UNTIL = (K.GUARANTEE_AGREED,)
MAY_HAVE_UNTIL = (K.SUSPENDED, K.GUARANTEE_AGREED)


def record_limitation(
    *,
    case: Case,
    loan: Loan,
    kind: str,
    on: dt.date,
    until: dt.date | None,
    note: str,
    proof: bytes | None,
    actor: User,
    today: dt.date,
) -> LimitationEvent:
    """Keep what happened, with its proof, and reckon the case anew. PermissionDenied; LegalRefused for a loan of another
    case, a day that lies ahead, an end before the beginning, or a proof that is missing or no picture or PDF."""
    _check(case, actor)
    _check_event(case, loan, kind, on, until, today, has_proof=proof is not None)
    with transaction.atomic():
        event: LimitationEvent = LimitationEvent.objects.create(
            loan=loan,
            kind=kind,
            on=on,
            until=until if kind in MAY_HAVE_UNTIL else None,
            note=note.strip(),
            proof=_file(proof, loan, kind, actor),
            by=actor,
        )
        record_event(event, "record_limitation", actor=actor, new=kind, on=on.isoformat(), loan=loan.account_no)
        refresh_case(case=case, on=today)
    return event


def _check(case: Case, actor: User) -> None:
    if (
        not actor.has_perm("legal.add_limitationevent")
        or not Case.objects.visible_to(actor).filter(pk=case.pk).exists()
    ):
        raise PermissionDenied(_("You may not do this."))


def _check_event(
    case: Case, loan: Loan, kind: str, on: dt.date, until: dt.date | None, today: dt.date, *, has_proof: bool
) -> None:
    if not case.loans.filter(pk=loan.pk).exists():
        raise LegalRefused(_("The loan is not in this case."))
    if kind not in K.values:
        raise LegalRefused(_("Nothing of this kind is recorded."))
    if on > today:
        raise LegalRefused(_("That day lies ahead."))
    if kind in NEEDS_UNTIL and until is None:
        raise LegalRefused(_("The day until which it was agreed is missing."))
    if until is not None and until < on:
        raise LegalRefused(_("It ends before it begins."))
    if kind in NEEDS_PROOF and not has_proof:
        raise LegalRefused(_("This counts only with its proof: add the paper."))


def _file(proof: bytes | None, loan: Loan, kind: str, actor: User) -> Document | None:
    if proof is None:
        return None
    mime_type, ending = type_of(proof)
    return file_document(
        data=proof,
        name=f"{loan.account_no}-{kind}.{ending}"[:255],
        mime_type=mime_type,
        kind=Document.Kind.RECEIPT,
        creditor=loan.creditor,
        borrower=loan.borrower,
        by=actor,
    )


def withdraw_limitation(
    *, case: Case, event: LimitationEvent, reason: str, actor: User, today: dt.date
) -> LimitationEvent:
    """Take a recorded event back, by a row of its own. LegalRefused without a reason, or twice."""
    _check(case, actor)
    if not reason.strip():
        raise LegalRefused(_("A reason is needed."))
    with transaction.atomic():
        # The row that is withdrawn is locked: two people cannot withdraw it at once.
        event = LimitationEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
        if event.withdraws_id is not None or LimitationEvent.objects.filter(withdraws=event).exists():
            raise LegalRefused(_("It is withdrawn already."))
        withdrawal: LimitationEvent = LimitationEvent.objects.create(
            loan=event.loan, kind=event.kind, on=event.on, until=event.until, note=reason.strip()[:300],
            withdraws=event, by=actor,
        )  # fmt: skip
        record_event(event, "withdraw_limitation", actor=actor, reason=reason.strip(), old=event.kind)
        refresh_case(case=case, on=today)
    return withdrawal
