"""Many issued papers at once: one PDF in print order with its address list, or a zip with one file each.

A choice is kept as an event, so that the same set can be fetched in each form, and again. Whoever takes bytes out leaves
the same event on each letter as a single download does. A signed paper keeps its signature only in its own file: in the
one PDF it is left out, or stands as a print copy that says nothing of a signature (`cases.letters.print_copy`).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from borrowers.export import escape_formula
from borrowers.models import AuditEvent, ContactPoint, Creditor, User, record_event
from borrowers.models.audit import build_event
from borrowers.models.document import DocumentChanged
from cases.letters.print_copy import is_signed, page_count, print_copy
from cases.letters.print_run import bind_letters
from legal.models import LawFirm, LegalPaper, MatterBatch
from legal.models.paper import OUT
from legal.services.matters import LegalRefused

# One PDF is made in memory; more than this are fetched in several sets.
SET_AT_MOST = 500
CHOSEN = "choose_papers"
COLUMNS = ("position", "number", "kind", "name", "address", "case", "court_case_no", "pages", "first_page", "last_page")
# Who gets the paper: the borrower's own, and those that go to a court.
TO_BORROWER = (
    LegalPaper.Kind.LAWYERS_LETTER,
    LegalPaper.Kind.ASSIGNMENT_NOTICE,
    LegalPaper.Kind.VALIDATION_NOTICE,
    LegalPaper.Kind.SETTLEMENT,
)
_RELATED = (
    "matter__case__creditor",
    "matter__case__borrower",
    "matter__court",
    "matter__enforcement_court",
    "letter__document",
    "document",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which issued papers; None or empty does not narrow."""

    kind: str = ""
    issued_from: dt.date | None = None
    issued_until: dt.date | None = None
    batch: MatterBatch | None = None
    creditor: Creditor | None = None
    firm: LawFirm | None = None
    words: str = ""
    only_new: bool = False


def issued_papers(user: User, wanted: Wanted) -> QuerySet[LegalPaper]:
    """The person's papers whose bytes are fixed, in print order: by creditor, day of issue and number. `was_taken` says
    whether anybody took their bytes before."""
    papers = LegalPaper.objects.visible_to(user).filter(state__in=OUT).annotate(was_taken=_taken())
    told = {
        "kind": wanted.kind,
        "issued_on__gte": wanted.issued_from,
        "issued_on__lte": wanted.issued_until,
        "matter__batch": wanted.batch,
        "matter__case__creditor": wanted.creditor,
        "matter__firm": wanted.firm,
    }
    papers = papers.filter(**{name: value for name, value in told.items() if value})
    if wanted.words:
        papers = papers.filter(
            Q(number__icontains=wanted.words)
            | Q(letter__number__icontains=wanted.words)
            | Q(matter__case__case_no__icontains=wanted.words)
            | Q(matter__case__borrower__name__icontains=wanted.words)
        )
    if wanted.only_new:
        papers = papers.filter(was_taken=False)
    return in_print_order(papers)


def in_print_order(papers: QuerySet[LegalPaper]) -> QuerySet[LegalPaper]:
    return papers.select_related(*_RELATED).order_by("matter__case__creditor__code", "issued_on", "number", "pk")


def _taken() -> Q:
    """Of a letter the events stand on the letter, as a single download writes them; of other papers on the paper."""
    events = AuditEvent.objects.filter(action="downloaded")
    letters = events.filter(subject_type="letter", subject_id=OuterRef("letter"))
    papers = events.filter(subject_type="legalpaper", subject_id=OuterRef("pk"))
    return Q(Exists(letters)) | Q(Exists(papers))


def choose_papers(*, papers: QuerySet[LegalPaper], actor: User) -> AuditEvent:
    """Keep the choice: at most 500 of these papers, in their order, out of those that the actor sees. LegalRefused for
    none."""
    seen = LegalPaper.objects.visible_to(actor).filter(state__in=OUT)
    chosen = list(papers.filter(pk__in=seen.values("pk")).values_list("pk", flat=True)[:SET_AT_MOST])
    if not chosen:
        raise LegalRefused(_("No paper is chosen."))
    with transaction.atomic():
        return record_event(actor, CHOSEN, actor=actor, new=f"{len(chosen)}", papers=chosen)


def chosen_sets(user: User) -> QuerySet[AuditEvent]:
    """The person's own choices, newest first."""
    return AuditEvent.objects.filter(action=CHOSEN, subject_type="user", subject_id=user.pk, actor=user)


def papers_of(chosen: AuditEvent, actor: User) -> list[LegalPaper]:
    """The papers of a choice that the actor still sees, in print order. PermissionDenied for another's choice."""
    if chosen.action != CHOSEN or chosen.actor_id != actor.pk:
        raise PermissionDenied(_("You may not do this."))
    papers = LegalPaper.objects.visible_to(actor).filter(state__in=OUT, pk__in=chosen.detail["papers"])
    return list(in_print_order(papers))


@dataclass(frozen=True, slots=True)
class Placed:
    """A paper of the one PDF: where it begins and how long it is; `first` 0 is not in it, since it is signed."""

    paper: LegalPaper
    pages: int
    first: int
    signed: bool

    @property
    def last(self) -> int:
        return self.first + self.pages - 1 if self.first else 0


def place_papers(papers: Sequence[LegalPaper], *, with_copies: bool) -> list[Placed]:
    """Where each paper stands in the one PDF: each begins on an odd page, so that printed on both sides it has sheets of
    its own. Reads each file once, one at a time. LegalRefused when one is not as it was issued."""
    placed, end = [], 0
    for paper, data in _files(papers):
        signed = is_signed(data)
        pages = page_count(data)
        if signed and not with_copies:
            placed.append(Placed(paper, pages, 0, signed))
            continue
        first = end + 1 + end % 2
        placed.append(Placed(paper, pages, first, signed))
        end = first + pages - 1
    return placed


def write_print_pdf(*, papers: Sequence[LegalPaper], actor: User, target: IO[bytes], with_copies: bool) -> int:
    """The one PDF in print order; returns how many papers stand in it. LegalRefused when none can."""
    parts = []
    taken = []
    for paper, data in _files(papers):
        if is_signed(data):
            if not with_copies:
                continue
            parts.append((number_of(paper), print_copy(data)))
        else:
            parts.append((number_of(paper), data))
        taken.append(paper)
    if not parts:
        raise LegalRefused(_("All of these papers are signed: take the zip, or print copies."))
    target.write(bind_letters(parts).pdf)
    _note(taken, actor, "print")
    return len(taken)


def write_zip(*, papers: Sequence[LegalPaper], actor: User, target: IO[bytes]) -> int:
    """Each paper as it was issued, byte for byte, with the address list; one file at a time in memory."""
    taken = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, (paper, data) in enumerate(_files(papers), start=1):
            archive.writestr(f"{place:04d}-{number_of(paper)}.pdf", data)
            taken.append(paper)
        archive.writestr("addresses.csv", address_list(place_papers(papers, with_copies=True)))
    _note(taken, actor, "zip")
    return len(taken)


def address_list(placed: Sequence[Placed]) -> bytes:
    """CSV in the order of the PDF, for Excel: UTF-8 with its mark, formulas escaped. Pages are empty for what is not in
    the PDF."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for position, one in enumerate(placed, start=1):
        case = one.paper.matter.case
        name, address = addressee(one.paper)
        words = (number_of(one.paper), str(one.paper.get_kind_display()), name, address, case.case_no)
        writer.writerow(
            [
                position,
                *map(escape_formula, words),
                escape_formula(one.paper.matter.court_case_no),
                one.pages,
                one.first or "",
                one.last or "",
            ]
        )
    return text.getvalue().encode("utf-8-sig")


def addressee(paper: LegalPaper) -> tuple[str, str]:
    """(name, address) to which the paper goes: as printed on it, else the borrower's address in use, or the court's."""
    if paper.kind not in TO_BORROWER:
        matter = paper.matter
        court = matter.enforcement_court if paper.kind == LegalPaper.Kind.ENFORCEMENT else matter.court
        return (court.name, court.address) if court is not None else ("", "")
    # A letter's figures are its content; other papers keep theirs beside template and certificate.
    content = paper.figures.get("content", paper.figures)
    printed = content.get("addressee") or content.get("debtor") or {}
    if isinstance(printed, dict) and printed.get("address"):
        return str(printed.get("name") or paper.matter.case.borrower.name), str(printed["address"])
    points = paper.matter.case.borrower.contact_points.filter(
        kind=ContactPoint.Kind.ADDRESS, owner=ContactPoint.Owner.DEBTOR, is_valid=True
    )
    found = points.first()
    return paper.matter.case.borrower.name, found.value if found is not None else ""


def number_of(paper: LegalPaper) -> str:
    if paper.letter is not None:
        return paper.letter.number
    return paper.number or f"{paper.matter.case.case_no}-{paper.kind}-{paper.pk}"


def _files(papers: Sequence[LegalPaper]) -> Iterator[tuple[LegalPaper, bytes]]:
    for paper in papers:
        document = paper.file
        try:
            if document is None:
                raise FileNotFoundError(paper.pk)
            data = document.read()
        except (DocumentChanged, FileNotFoundError) as error:
            words = _("%(number)s is not as it was issued, or its file is missing: nothing is given out.")
            raise LegalRefused(words % {"number": number_of(paper)}) from error
        yield paper, data


def _note(papers: Sequence[LegalPaper], actor: User, form: str) -> None:
    """On each letter the event that a single download leaves."""
    events = []
    for paper in papers:
        document = paper.file
        assert document is not None  # its bytes were read
        events.append(
            build_event(
                paper.letter if paper.letter is not None else paper,
                "downloaded",
                actor=actor,
                new=number_of(paper),
                borrower_id=paper.matter.case.borrower_id,
                sha256=document.sha256,
                form=form,
            )
        )
    with transaction.atomic():
        AuditEvent.objects.bulk_create(events)


def said_of(placed: Sequence[Placed]) -> str:
    """How many of them are signed and what that means for the PDF; empty for none."""
    count = sum(one.signed for one in placed)
    if not count:
        return ""
    words = ngettext(
        "%(count)d of them is signed. Binding it into one PDF would break its signature, so it comes as it is in the zip.",
        "%(count)d of them are signed. Binding them into one PDF would break their signatures, so they come as they are in "
        "the zip.",
        count,
    )
    return words % {"count": count}
