"""What is in the house on a matter that proves something, named for the catalogue. Nothing is drawn or read here yet."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal

from django.utils.functional import cached_property

from borrowers.export import csv_cell
from borrowers.models import Document, Loan
from borrowers.money import format_money
from borrowers.schedule import load_account
from borrowers.services.account import Statement, statement_of
from cases.letters.render import render_paper, shown_day
from cases.models import Arrangement, CasePaper, Letter, Posting
from cases.models.letter import LetterKind
from cases.services.letter_figures import addressee_of, sender_of
from cases.services.papers import line_words, statement_context
from legal.evidence.candidates import Candidate
from legal.evidence.redaction import cover, cover_numbers
from legal.models import ExhibitPaper, LegalPaper, Matter
from legal.models.paper import OUT, PaperState
from legal.services.evidence_records import Records

_KIND = Document.Kind
# Kind of a file on the borrower → the group in which it stands.
_GROUP_OF = {
    _KIND.IDENTITY: "identity",
    _KIND.CONTRACT: "contract",
    _KIND.DISBURSEMENT: "disbursement",
    _KIND.RECEIPT: "demand",
    _KIND.AGREEMENT: "agreement",
    _KIND.OTHER: "other",
}
_PAPERS = {
    LegalPaper.Kind.SETTLEMENT: "agreement",
    LegalPaper.Kind.ASSIGNMENT_NOTICE: "demand",
    LegalPaper.Kind.VALIDATION_NOTICE: "demand",
}


class Gathering(Records):
    """All candidates of one matter: its records, and everything else."""

    @cached_property
    def loans(self) -> list[Loan]:
        return list(self.case.loans.select_related("creditor").order_by("account_no"))

    @cached_property
    def statements(self) -> dict[int, Statement]:
        return {loan.pk: statement_of(loan=loan, on=self.cut_off) for loan in self.loans}

    def candidates(self) -> list[Candidate]:
        return [
            *self._documents(),
            *self._accounts(),
            *self._letters(),
            *self._papers(),
            *self.tables(),
        ]

    # --- Files that were handed over or handed in ----------------------------------------------------------

    def _documents(self) -> Iterator[Candidate]:
        papers = {
            paper.document_id: paper
            for paper in ExhibitPaper.objects.filter(matter__case__borrower=self.case.borrower_id)
        }
        slips = set(
            Arrangement.objects.filter(case__borrower=self.case.borrower_id, slip__isnull=False).values_list(
                "slip", flat=True
            )
        )
        files = Document.objects.filter(borrower=self.case.borrower_id, kind__in=_GROUP_OF).exclude(path="")
        # What was handed over and handed in again is one exhibit, with what the catalogue was told of it.
        once: dict[str, Document] = {}
        for document in files.order_by("created_at", "pk"):
            kept = once.setdefault(document.sha256, document)
            if document.pk in papers and kept.pk not in papers:
                once[document.sha256] = document
        for document in once.values():
            kind = _KIND.AGREEMENT if document.pk in slips else document.kind
            yield self._document(document, str(kind), papers.get(document.pk))

    def _document(self, document: Document, kind: str, paper: ExhibitPaper | None) -> Candidate:
        filed = shown_day(self.case.creditor.business_date(document.created_at), self.language)
        return Candidate(
            key=f"document:{document.pk}",
            group=_GROUP_OF[_KIND(kind)],
            kind=self.words[f"kind_{kind}"],
            name=paper.name if paper else cover_numbers(document.name, self.known, self.mark),
            form=self.words[f"form_{paper.form if paper else 'copy'}"],
            source=paper.source if paper else self.words["source_file"],
            proves=paper.proves if paper else self.words[f"proves_{kind}"],
            content=filed,
            remarks=paper.remarks if paper else "",
            mime_type=document.mime_type,
            read=lambda _number: document.read(),
            document=document.pk,
        )

    # --- Schedule and account ------------------------------------------------------------------------------

    def _accounts(self) -> Iterator[Candidate]:
        as_of = self.words["content_as_of"].format(on=shown_day(self.cut_off, self.language))
        for loan in self.loans:
            contract = loan.contract_no or loan.account_no
            yield self.drawn(
                f"schedule:{loan.account_no}", "account", "account", self.words["name_schedule"].format(contract=contract),
                "schedule", "source_ledger", self.words["content_count"].format(count=loan.instalments.count()),
                lambda number, loan=loan: self._schedule(loan, number),
            )  # fmt: skip
            yield self.drawn(
                f"statement:{loan.account_no}", "account", "account", self.words["name_statement"].format(contract=contract),
                "statement", "source_ledger", as_of,
                lambda number, loan=loan: self._statement(loan, number),
            )  # fmt: skip

    def _schedule(self, loan: Loan, number: str) -> bytes:
        account, running, rows = load_account(loan), Decimal(0), []
        for instalment, due in zip(account.schedule, account.due(), strict=True):
            running += due.total
            parts = (due.principal, due.interest, due.fee, due.total, running)
            rows.append([instalment.label or instalment.number, instalment.due_on, *(f"{part:,.2f}" for part in parts)])
        title = self.words["name_schedule"].format(contract=loan.contract_no or loan.account_no)
        return self.table("schedule", number, title, [("", rows)], [loan.currency])

    def _statement(self, loan: Loan, number: str) -> bytes:
        sender = sender_of(self.case.creditor)
        context = {
            "letter": {"number": number, "sender": sender, "addressee": addressee_of(self.case.borrower)},
            "issued_on": shown_day(self.cut_off, self.language),
            "author": sender.name,
            "created": self.cut_off.isoformat(),
            **statement_context(self.statements[loan.pk], self.language),
        }
        return render_paper("statement", self.language, context).pdf

    def ledger_csv(self) -> bytes:
        """Every line of every loan's account with its formula, as of the cut-off."""
        target = io.StringIO()
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(
            ["account_no", "on", "kind", "what", "instalment", "change", "owed", "due", "credit", "formula"]
        )
        for loan in self.loans:
            statement = self.statements[loan.pk]
            for line in statement.lines:
                label = statement.labels.get(line.number or 0, "")
                cells = [
                    loan.account_no, line.on, line.kind, line_words(line.kind, line.text, label), label, line.amount,
                    line.owed, line.due, line.credit, line.formula,
                ]  # fmt: skip
                writer.writerow([csv_cell(cell) for cell in cells])
        return target.getvalue().encode()

    # --- Demands -------------------------------------------------------------------------------------------

    def _letters(self) -> Iterator[Candidate]:
        letters = Letter.objects.filter(case=self.case).select_related("document", "creditor", "posting")
        for letter in letters.exclude(document__path="").order_by("issued_at", "pk"):
            is_lawyers = letter.kind == LetterKind.LAWYER
            on = shown_day(self.case.creditor.business_date(letter.issued_at), self.language)
            total = format_money(letter.amount, letter.currency, self.language)
            yield Candidate(
                key=f"letter:{letter.pk}",
                group="demand",
                kind=self.words["kind_letter"],
                name=self.words["name_lawyer" if is_lawyers else "name_demand"].format(number=letter.number),
                form=self.words["form_electronic"],
                source=self.case.creditor.name,
                proves=self.words["proves_lawyer" if is_lawyers else "proves_demand"],
                content=self.words["content_letter"].format(on=on, sum=total),
                remarks=self._delivery(letter),
                mime_type=letter.document.mime_type,
                read=lambda _number, letter=letter: letter.document.read(),  # type: ignore[misc]  # bound now
                document=letter.document_id,
            )

    def _delivery(self, letter: Letter) -> str:
        posting: Posting | None = getattr(letter, "posting", None)
        if posting is None or posting.posted_on is None:
            return ""  # what is missing is said to us, not to the court
        carrier, tracking = posting.carrier, posting.tracking_no
        told = [
            self.words["posted"].format(
                on=shown_day(posting.posted_on, self.language), carrier=carrier, tracking=tracking
            )
        ]
        if posting.state in (Posting.State.DELIVERED, Posting.State.RETURNED) and posting.settled_on is not None:
            told.append(self.words[posting.state].format(on=shown_day(posting.settled_on, self.language)))
        if posting.signed_by:
            told.append(self.words["signed_by"].format(name=cover(posting.signed_by, self.known, self.mark)))
        return "; ".join(one.strip() for one in told)

    def _papers(self) -> Iterator[Candidate]:
        """Agreements of the case, and issued papers of its matters that are no court's business alone."""
        for paper in CasePaper.objects.filter(case=self.case, kind=CasePaper.Kind.AGREEMENT).order_by("pk"):
            yield self._filed(paper.document, "agreement", f"agreement:{paper.pk}", paper.number, paper.on)
        issued = LegalPaper.objects.filter(
            matter__case=self.case, state__in=OUT, kind__in=_PAPERS, document__isnull=False
        ).select_related("document")
        for own in issued.order_by("pk"):
            assert own.document is not None
            group = _PAPERS[LegalPaper.Kind(own.kind)]
            yield self._filed(own.document, group, f"paper:{own.pk}", own.number, own.issued_on or self.cut_off, own)

    def _filed(
        self, document: Document, group: str, key: str, number: str, on: dt.date, paper: LegalPaper | None = None
    ) -> Candidate:
        is_agreement = group == "agreement"
        name = f"{paper.get_kind_display()} {number}" if paper else self.words["name_agreement"].format(number=number)
        return Candidate(
            key=key,
            group=group,
            kind=self.words["kind_agreement" if is_agreement else "kind_letter"],
            name=name,
            form=self.words["form_electronic"],
            source=self.case.creditor.name,
            proves=self.words["proves_agreement" if is_agreement else "proves_demand"],
            content=shown_day(on, self.language),
            remarks=cover(paper.delivery_note, self.known, self.mark) if paper else "",
            mime_type=document.mime_type,
            read=lambda _number: document.read(),
            document=document.pk,
        )


def missing_of(matter: Matter) -> list[str]:
    """What a court will ask for and the house does not have, in the order in which it asks. Three queries."""
    case = matter.case
    files = set(
        Document.objects.filter(borrower=case.borrower_id, kind__in=_GROUP_OF)
        .exclude(path="")
        .values_list("kind", flat=True)
        .distinct()
    )
    missing = [str(kind) for kind in (_KIND.IDENTITY, _KIND.CONTRACT, _KIND.DISBURSEMENT) if kind not in files]
    postings = list(Letter.objects.filter(case=case).values_list("posting__state", flat=True))
    if not postings:
        missing.append("demand")
    delivered = _KIND.RECEIPT in files or Posting.State.DELIVERED in postings
    if not delivered and not LegalPaper.objects.filter(matter__case=case, state=PaperState.DELIVERED).exists():
        missing.append("delivery")
    return missing


__all__ = ["Gathering", "missing_of"]
