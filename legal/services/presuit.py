"""The check before a suit: gathers what legal.rules.presuit asks of a matter, in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from borrowers.models import ContactPoint, Document, Instalment, Loan
from borrowers.models.loan import NUMBERS_OF_A_PLAN
from cases.models import Arrangement, Case, Letter, Message, Objection, Posting, Stage
from cases.services.hand_over import LIVE
from legal.models import LegalPaper, Matter, PaperState
from legal.models.limitation import LimitationEvent
from legal.rules import fees, presuit
from legal.rules.limitation import limitation
from legal.rules.presuit import Finding, LoanFacts, SuitFacts, check_suit

# Moves that bring a claim before a court: the check is made with what they tell.
FILING_MOVES = ("file_suit", "apply_for_order")


def check_matter(*, matter: Matter, on: dt.date, told: Mapping[str, Any] | None = None) -> tuple[Finding, ...]:
    """What the matter lacks for a suit as of the day `on`, with the columns that a move is about to tell."""
    return check_suit(suit_facts(matter=matter, on=on, told=told))


def suit_facts(*, matter: Matter, on: dt.date, told: Mapping[str, Any] | None = None) -> SuitFacts:
    known = {name: getattr(matter, name) for name in ("court", "venue_basis", "service_address", "procedure")}
    known |= {name: getattr(matter, name) for name in ("claimed_amount", "court_fee", "lawyers_fee")}
    known |= {name: value for name, value in (told or {}).items() if value not in (None, "")}
    case = _case_facts(matter.case_id)
    creditor, borrower = matter.case.creditor, matter.case.borrower
    papers = Counter(Document.objects.filter(borrower=borrower).values_list("kind", flat=True))
    claim = known["claimed_amount"] or case.outstanding_amount
    return SuitFacts(
        pack=creditor.pack,
        role=creditor.role,
        on=on,
        currency=case.currency,
        name=borrower.name,
        has_id_number=bool(borrower.id_no),
        has_id_paper=papers[Document.Kind.IDENTITY] > 0,
        has_address=case.has_address,  # type: ignore[attr-defined]  # annotated
        service_address=known["service_address"],
        loans=_loans(matter, papers, on),
        demand=_demand(case),
        has_court=known["court"] is not None,
        venue_basis=known["venue_basis"],
        claim=claim,
        court_fee=known["court_fee"] if known["court_fee"] is not None else fee_by_table(matter, claim, known),
        lawyers_fee=known["lawyers_fee"] or Decimal(0),
        grade=case.risk_grade,
        mandate_holds=_mandate_holds(matter, on),
        hold=case.hold_kind or ("other" if case.stage == Stage.ON_HOLD else ""),
        open_objections=case.objections_open,  # type: ignore[attr-defined]  # annotated
        live_arrangement=case.is_arranged,  # type: ignore[attr-defined]  # annotated
    )


def fee_by_table(matter: Matter, claim: Decimal, known: Mapping[str, Any], *, is_order: bool = False) -> Decimal:
    """The court's fee for that claim; 0 where there is no tariff (other countries')."""
    if matter.case.creditor.pack != "cn" or claim < 0:
        return Decimal(0)
    procedure = "payment_order" if is_order else known.get("procedure") or Matter.Procedure.SUMMARY
    return fees.court_fee(claim, str(procedure)).amount


def as_detail(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings as an event keeps them: in English, as they stood, and what it takes to say them in another language."""
    return [
        {
            "level": f.level,
            "code": f.code,
            "words": f.text(),
            "said": f.words,
            "values": {name: str(value) for name, value in f.values.items()},
            "clause": f.clause,
        }
        for f in findings
    ]


def words_of(findings: Iterable[Finding]) -> str:
    """In the reader's language, in one line."""
    return "; ".join(finding.text(_) for finding in findings)


def _case_facts(case_id: int) -> Case:
    """The case with all that is known about demands, addresses and what should keep it out of court: one query."""
    case = Q(case=OuterRef("pk"))
    letters = Posting.objects.filter(letter__case=OuterRef("pk"), state=Posting.State.DELIVERED)
    papers = LegalPaper.objects.filter(matter__case=OuterRef("pk"), kind=LegalPaper.Kind.LAWYERS_LETTER)
    recorded = LimitationEvent.objects.standing().filter(loan__cases=OuterRef("pk"))
    objections = Objection.objects.open().filter(case).order_by().values("case").annotate(n=Count("pk")).values("n")
    return Case.objects.annotate(
        has_address=Exists(
            ContactPoint.objects.filter(
                borrower=OuterRef("borrower"),
                kind=ContactPoint.Kind.ADDRESS,
                owner=ContactPoint.Owner.DEBTOR,
                is_valid=True,
            )
        ),
        was_signed=Exists(letters.exclude(signed_by=""))
        | Exists(papers.filter(state=PaperState.DELIVERED, receipt__isnull=False))
        | Exists(recorded.filter(kind=LimitationEvent.Kind.SIGNED_DEMAND)),
        was_delivered=Exists(letters)
        | Exists(papers.filter(state=PaperState.DELIVERED))
        | Exists(recorded.filter(kind=LimitationEvent.Kind.DEMAND_DELIVERED)),
        was_messaged=Exists(Message.objects.filter(case, state=Message.State.DELIVERED)),
        was_sent=Exists(Letter.objects.filter(case)) | Exists(Message.objects.filter(case, state=Message.State.SENT)),
        is_arranged=Exists(Arrangement.objects.filter(case, state__in=LIVE)),
        objections_open=Coalesce(Subquery(objections), 0),
    ).get(pk=case_id)


def _demand(case: Any) -> str:
    if case.was_signed:
        return presuit.SIGNED
    if case.was_delivered:
        return presuit.DELIVERED
    if case.was_messaged:
        return presuit.MESSAGE
    return presuit.SENT if case.was_sent else presuit.NONE


def _loans(matter: Matter, papers: Counter[str], on: dt.date) -> tuple[LoanFacts, ...]:
    """The loans that are claimed. Papers are filed for the borrower, not for a loan: each loan uses up one of a kind.
    An arrangement's instalments move what was lent and do not add to it."""
    of_contract = Instalment.objects.filter(loan=OuterRef("pk"), number__lt=NUMBERS_OF_A_PLAN)
    contract = of_contract.order_by().values("loan").annotate(total=Sum("principal"), last=Max("due_on"))
    loans = (
        Loan.objects.filter(cases=matter.case_id, status=Loan.Status.OPEN)
        .annotate(
            scheduled=Subquery(contract.values("total")),
            last_due_on=Subquery(contract.values("last")),
            limitation_state=F("limitation__state"),
            in_time=F("limitation__suit_ok"),
            expires_on=F("limitation__expires_on"),
        )
        .order_by("pk")
    )
    contracts, proofs = papers[Document.Kind.CONTRACT], papers[Document.Kind.DISBURSEMENT]
    facts: list[LoanFacts] = []
    for loan in loans:
        has_contract = bool(loan.contract_url) or contracts > 0
        contracts -= not loan.contract_url
        state, expires_on = _limitation(loan, matter.case.creditor.pack, on)
        facts.append(
            LoanFacts(
                account_no=loan.account_no,
                contract_no=loan.contract_no,
                principal=loan.principal,
                scheduled=loan.scheduled,
                has_contract=has_contract,
                has_disbursement_proof=proofs > 0,
                limitation_state=state,
                expires_on=expires_on,
            )
        )
        proofs -= 1
    return tuple(facts)


def _limitation(loan: Any, pack: str, on: dt.date) -> tuple[str | None, dt.date | None]:
    """As the day's run last reckoned it. Of a loan that no run has reached yet, from the last due date alone."""
    if loan.in_time is not None:
        return (presuit.EXPIRED if not loan.in_time else loan.limitation_state or None), loan.expires_on
    if pack != "cn" or loan.last_due_on is None:
        return None, None
    found = limitation(loan.last_due_on, (), on)
    return found.state, found.expires_on


def _mandate_holds(matter: Matter, on: dt.date) -> bool:
    mandate = matter.mandate
    if mandate is None or mandate.firm_id != matter.firm_id or mandate.creditor_id != matter.case.creditor_id:
        return False
    return mandate.covers(on)
