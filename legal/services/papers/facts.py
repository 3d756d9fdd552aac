"""What papers say about the parties, the contracts and the evidence, read from the files of the matter."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Max, Min, Q
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from borrowers.models import Borrower, ContactPoint, Creditor, Document, Instalment, Payment
from borrowers.models import Loan as LoanRow
from borrowers.money import amount_in_words, format_money
from cases.models import Letter
from cases.models.letter import LetterKind
from cases.services.letter_figures import postal_address
from legal.models import EvidenceBundle, Lawyer, LegalPaper, Mandate, Matter
from legal.rules import claim as claims
from legal.services.claim import claim_of
from legal.services.papers import content as papers
from legal.services.papers.fields import Filled
from legal.services.papers.words import WORDS, Words

ZERO = Decimal("0.00")


def scope_of(choice: str) -> str:
    """The scope of a claim by what was chosen on the form."""
    return claims.DUE if choice in ("", "due") else claims.ALL


@dataclass(frozen=True)
class Draft:
    """All that a builder is told. `full_id`: the ID number stands whole on the paper."""

    paper: LegalPaper
    on: dt.date
    number: str
    lawyer: Lawyer | None
    mandate: Mandate | None
    full_id: bool

    @property
    def matter(self) -> Matter:
        return self.paper.matter

    @property
    def creditor(self) -> Creditor:
        return self.matter.case.creditor

    @property
    def language(self) -> str:
        return self.paper.language

    @property
    def words(self) -> Words:
        return WORDS[self.language]

    @property
    def filled(self) -> Filled:
        return Filled(self.paper.kind, self.paper.content)

    def common(self) -> dict[str, Any]:
        """The values of `content.Paper`."""
        filled = self.paper.content
        return {
            "language": self.language,
            "number": self.number,
            "issued_on": self.on,
            "case_no": self.matter.case.case_no,
            "currency": self.matter.case.currency,
            "creditor": papers.Company(
                name=self.creditor.name,
                address=self.creditor.address,
                phone=self.creditor.phone,
                code=str(filled.get("plaintiff_code") or ""),
                representative=str(filled.get("plaintiff_representative") or ""),
            ),
            "debtor": _person(self),
            "firm": _firm(self),
        }

    def claiming(self, scope: str = claims.DUE, *, preserve: bool = False, with_costs: bool = True) -> dict[str, Any]:
        """The values of `content.Claiming`: what is claimed at the end of the day of the paper."""
        claim = claim_of(matter=self.matter, cut_off=self.on, scope=scope, preserve=preserve)
        costs = tuple(_cost(cost, self.words) for cost in claim.costs) if with_costs else ()
        loans = tuple(_loans(self, claim))
        total = claim.debt + sum((cost.amount for cost in costs), ZERO)
        parts = [("loan", loan.total) for loan in loans] + [("cost", cost.amount) for cost in costs]
        shown = [format_money(amount, claim.currency, self.language) for _kind, amount in parts]
        return {
            **self.common(),
            "cut_off": self.on,
            "loans": loans,
            "costs": costs,
            "principal": claim.principal,
            "interest": claim.interest,
            "penalty": claim.penalty,
            "fees": claim.fees,
            "total": total,
            "total_words": amount_in_words(total, claim.currency, self.language),
            "sum_formula": f"{' + '.join(shown)} = {format_money(total, claim.currency, self.language)}"
            if len(shown) > 1
            else "",
        }

    def payoff_rule(self, scope: str = claims.DUE) -> str:
        """How interest runs on from the day after the cut-off, in the words of the paper."""
        claim = claim_of(matter=self.matter, cut_off=self.on, scope=scope)
        rows = [(loan.contract_no or loan.account_no, loan.daily) for loan in claim.loans if loan.daily]
        return self.words.payoff(self.on, rows, claim.currency)


# --- Parties ------------------------------------------------------------------------------------------


def _person(draft: Draft) -> papers.Person:
    borrower, words, filled = draft.matter.case.borrower, draft.words, draft.paper.content
    address = postal_address(borrower)
    points = [p for p in borrower.contact_points.all() if p.owner == ContactPoint.Owner.DEBTOR and p.is_valid]
    phone = next((p.value for p in points if p.is_phone), "")
    email = next((p.value for p in points if p.kind == ContactPoint.Kind.EMAIL), "")
    return papers.Person(
        name=borrower.name,
        gender=words.genders.get(str(filled.get("gender") or ""), ""),
        id_kind=words.id_kinds.get(borrower.id_type, words.id_kinds[Borrower.IdType.OTHER]) if borrower.id_no else "",
        id_no=(borrower.id_no if draft.full_id else borrower.masked_id_no) or "",
        born_on=borrower.birth_date if draft.full_id else None,
        address=address.value if address else "",
        service_address=str(filled.get("service_address") or ""),
        phone=phone if draft.full_id else "",
        email=email if draft.full_id else "",
        employer=borrower.employer if draft.full_id else "",
    )


def _firm(draft: Draft) -> papers.Firm:
    firm, lawyer = draft.matter.firm, draft.lawyer
    return papers.Firm(
        name=firm.name if firm else "",
        address=firm.address if firm else "",
        phone=firm.phone if firm else "",
        email=firm.email if firm else "",
        licence_no=firm.licence_no if firm else "",
        lawyer=lawyer.name if lawyer else "",
        lawyer_licence_no=lawyer.licence_no if lawyer else "",
    )


def guarantors_of(matter: Matter) -> tuple[papers.Guarantor, ...]:
    """Guarantors as the placement named them, each once, with what is known of where they are."""
    found: dict[str, dict[str, str]] = {}
    points = matter.case.borrower.contact_points.filter(owner=ContactPoint.Owner.GUARANTOR, is_valid=True)
    for point in points.exclude(owner_name=""):
        known = found.setdefault(point.owner_name, {})
        key = "phone" if point.is_phone else "address" if point.kind == ContactPoint.Kind.ADDRESS else ""
        if key:
            known.setdefault(key, point.value)
    return tuple(papers.Guarantor(name=name, **known) for name, known in sorted(found.items()))


# --- Contracts ----------------------------------------------------------------------------------------


def _loans(draft: Draft, claim: claims.Claim) -> Iterator[papers.Loan]:
    """The claimed contracts with their terms and history. Three queries."""
    numbers = [loan.account_no for loan in claim.loans]
    rows = {
        row.account_no: row
        for row in LoanRow.objects.filter(creditor=draft.creditor, account_no__in=numbers).select_related("balance")
    }
    own = Q(number__lt=1000)
    terms = {
        row["loan"]: row
        for row in Instalment.objects.filter(own, loan__in=[r.pk for r in rows.values()])
        .order_by()
        .values("loan")
        .annotate(first=Min("due_on"), last=Max("due_on"), count=Max("number"))
    }
    paid = _payments([row.pk for row in rows.values()], draft.on)
    for loan in claim.loans:
        row = rows[loan.account_no]
        term: Any = terms.get(row.pk, {})
        sum_paid, last_paid = paid.get(row.pk, (ZERO, None))
        due = row.balance.next_due_on
        missed = due if due is not None and due <= draft.on else None
        yield papers.Loan(
            contract_no=loan.contract_no,
            account_no=loan.account_no,
            disbursed_on=row.disbursed_on,
            amount=row.principal,
            annual_rate=row.annual_rate,
            penalty_rate=row.penalty_rate,
            instalments=term.get("count", 0),
            first_due_on=term.get("first"),
            last_due_on=term.get("last"),
            paid=sum_paid,
            last_paid_on=last_paid,
            missed_since=missed,
            days_late=max(0, (draft.on - missed).days) if missed else 0,
            principal=loan.principal,
            interest=loan.interest,
            penalty=loan.penalty,
            fees=loan.fees,
            total=loan.total,
            lines=tuple(
                papers.Line(
                    label=draft.words.line(line.component, line.kind, line.label),
                    formula=line.formula,
                    amount=line.amount,
                )
                for line in loan.lines
            ),
        )


def _payments(loan_ids: list[int], on: dt.date) -> dict[int, tuple[Decimal, dt.date | None]]:
    found: dict[int, tuple[Decimal, dt.date | None]] = {}
    for payment in Payment.objects.filter(loan__in=loan_ids, paid_on__lte=on).order_by("paid_on", "pk"):
        total, last = found.get(payment.loan_id, (ZERO, None))
        found[payment.loan_id] = (total + payment.amount, payment.paid_on if payment.amount > 0 else last)
    return found


def _cost(cost: claims.CostLine, words: Words) -> papers.Line:
    return papers.Line(label=words.costs[cost.kind], formula=cost.formula, amount=cost.amount)


# --- Evidence -----------------------------------------------------------------------------------------


def exhibits_of(draft: Draft) -> tuple[papers.Exhibit, ...]:
    """What is on file for the borrower, numbered, in the order in which a court reads it: who, agreed, paid out, owed,
    demanded. Page ranges are those of the files put behind one another."""
    words = draft.words
    borrower = draft.matter.case.borrower
    files = Document.objects.filter(borrower=borrower).exclude(name__startswith="~").order_by("created_at", "pk")
    letters = {letter.document_id: letter for letter in Letter.objects.filter(case__borrower=borrower).order_by("pk")}
    own = set(LegalPaper.objects.filter(matter=draft.matter).exclude(document=None).values_list("document", flat=True))
    known = [file for file in files if file.pk not in own and file.kind in words.exhibit_order]
    known.sort(key=lambda file: words.exhibit_order.index(file.kind))
    found, page = [], 1
    for place, file in enumerate(known, start=1):
        pages = _pages_of(file)
        letter = letters.get(file.pk)
        name, proves = words.exhibit(file.kind, letter.kind if letter else "")
        found.append(
            papers.Exhibit(
                number=str(place),
                name=name,
                kind=words.documentary,
                form=words.electronic if letter else words.copy,
                source=draft.creditor.name,
                proves=proves,
                content=letter.number if letter else file.name,
                pages=_range(page, page + pages - 1) if pages else "",
                sha256=file.sha256,
            )
        )
        page += pages
    return tuple(found)


def bundled(draft: Draft) -> tuple[EvidenceBundle, tuple[papers.Exhibit, ...]] | None:
    """The newest bundle of the matter in the paper's language with its exhibits, as its own catalogue has them."""
    bundle = draft.matter.bundles.filter(language=draft.language).order_by("-pk").first()
    if bundle is None:
        return None
    columns = ("number", "name", "kind", "form", "source", "proves", "content", "sha256", "remarks")
    return bundle, tuple(
        papers.Exhibit(**{name: row[name] for name in columns}, pages=_range(row["page_from"], row["page_to"]))
        for row in bundle.manifest["exhibits"]
    )


def _range(first: int, last: int) -> str:
    return f"{first}–{last}" if last > first else str(first)


def _pages_of(file: Document) -> int:
    """Pages of a PDF; a picture is one; what cannot be read counts as none."""
    if file.mime_type.startswith("image/"):
        return 1
    if file.mime_type != "application/pdf":
        return 0
    try:
        return len(PdfReader(io.BytesIO(file.read())).pages)
    except (PyPdfError, OSError, RuntimeError, ValueError, KeyError):
        return 0


def demands_of(draft: Draft) -> str:
    """The letters of the case, in one sentence of the paper."""
    rows = [
        (draft.creditor.business_date(letter.issued_at), LetterKind(letter.kind), letter.number)
        for letter in Letter.objects.filter(case=draft.matter.case).order_by("pk")
    ]
    return draft.words.demands(rows)
