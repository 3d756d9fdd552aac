"""The kinds of papers: what each is made of, where it goes, under which rules it may be written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from borrowers.models import Creditor
from legal.models import LegalPaper
from legal.services.papers import builders_court as court
from legal.services.papers import builders_party as party
from legal.services.papers import content as papers
from legal.services.papers.facts import Draft

_Pack, Kind = Creditor.Pack, LegalPaper.Kind
EVERYWHERE = (_Pack.CN, _Pack.US_REG_F, _Pack.UK)


@dataclass(frozen=True)
class PaperKind:
    """`mark` stands in its numbers. What goes `to_borrower` passes the contact gate and masks the ID number. `needs` are
    parts that its wording must place; `required` what must not be empty on it."""

    content: type[papers.Paper]
    build: Callable[[Draft], Any] | None
    mark: str
    packs: tuple[str, ...] = EVERYWHERE
    to_borrower: bool = False
    needs: tuple[str, ...] = ("signature",)
    required: tuple[str, ...] = ()


_PARTIES = ("creditor.name", "creditor.address", "debtor.name", "debtor.address", "firm.name", "firm.lawyer")
_COURT = ("court", "creditor.code", "creditor.representative", *_PARTIES, "debtor.id_no")

KINDS: dict[str, PaperKind] = {
    Kind.LAWYERS_LETTER: PaperKind(
        papers.LawyersLetterPaper, None, "LS", to_borrower=True, needs=("letterhead", "arrears", "pay", "signature")
    ),
    Kind.COMPLAINT: PaperKind(
        papers.Complaint,
        court.build_complaint,
        "QS",
        (_Pack.CN,),
        needs=("claim", "exhibits", "signature"),
        required=(*_COURT, "rate_clause", "repayment_method", "exhibits"),
    ),
    Kind.PAYMENT_ORDER: PaperKind(
        papers.PaymentOrder,
        court.build_payment_order,
        "ZF",
        (_Pack.CN,),
        needs=("claim", "exhibits", "signature"),
        required=(*_COURT, "no_mutual_debt", "serviceable", "exhibits"),
    ),
    Kind.EVIDENCE_CATALOGUE: PaperKind(
        papers.Catalogue,
        court.build_catalogue,
        "ZJ",
        needs=("exhibits", "signature"),
        required=("exhibits", "firm.name"),
    ),
    Kind.POWER_OF_ATTORNEY: PaperKind(
        papers.Authority,
        court.build_authority,
        "WT",
        required=(
            "creditor.code",
            "creditor.representative",
            "creditor.address",
            "firm.name",
            "firm.lawyer",
            "firm.lawyer_licence_no",
        ),
    ),
    Kind.PRESERVATION: PaperKind(
        papers.Preservation, court.build_preservation, "BQ", (_Pack.CN,), required=(*_COURT, "leads", "grounds")
    ),
    Kind.SETTLEMENT: PaperKind(
        papers.Settlement,
        party.build_settlement,
        "HJ",
        to_borrower=True,
        needs=("claim", "pay", "signature"),
        required=(*_PARTIES, "plan", "account.holder", "account.bank", "account.number"),
    ),
    Kind.ENFORCEMENT: PaperKind(
        papers.Enforcement,
        court.build_enforcement,
        "ZX",
        (_Pack.CN,),
        required=(*_COURT, "title_no", "title_court", "effective_on", "performance_due_on", "principal", "leads"),
    ),
    Kind.ASSIGNMENT_NOTICE: PaperKind(
        papers.AssignmentNotice,
        party.build_assignment,
        "ZR",
        to_borrower=True,
        needs=("claim", "pay", "signature"),
        required=(
            *_PARTIES,
            "assignee.name",
            "assignee.address",
            "agreement_no",
            "account.holder",
            "account.bank",
            "account.number",
        ),
    ),
    Kind.VALIDATION_NOTICE: PaperKind(
        papers.ValidationNotice,
        party.build_validation,
        "VN",
        (_Pack.US_REG_F,),
        to_borrower=True,
        needs=(),
        required=("debtor.name", "debtor.address", "firm.name", "firm.address", "firm.phone", "current_creditor"),
    ),
}


def kinds_for(pack: str) -> list[str]:
    """The kinds that a creditor under these rules may have written."""
    return [kind for kind, paper in KINDS.items() if pack in paper.packs]
