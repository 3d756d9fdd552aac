"""Matters in any state, made at once: for lists, where the way that led there does not matter."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from pypdf import PdfWriter
from weasyprint import HTML

from borrowers.models.document import file_document
from cases.models import Case
from legal.models import LegalPaper, Matter
from tests.factories import CaseFactory

OPENED = dt.date(2026, 3, 2)


def legal_case(creditor: Any, **values: Any) -> Case:
    """A case that was sent to legal."""
    given = {"stage": "legal", "sent_to_legal_on": OPENED, "team": creditor.teams.first()} | values
    return CaseFactory.create(borrower__creditor=creditor, **given)


def matter_in(creditor: Any, state: str, **values: Any) -> Matter:
    """A matter that stands in `state`; `case__…` are the case's values."""
    of_case = {name.removeprefix("case__"): values.pop(name) for name in list(values) if name.startswith("case__")}
    given = {"opened_on": OPENED} | values
    return Matter.objects.create(case=legal_case(creditor, **of_case), state=state, **given)


def text_pdf(*paragraphs: str) -> bytes:
    """A PDF with text, as courts send them."""
    body = "".join(f"<p>{words}</p>" for words in paragraphs)
    made: bytes = HTML(string=f'<html lang="zh-Hans"><body>{body}</body></html>').write_pdf()
    return made


def blank_pdf(pages: int = 1, title: str = "") -> bytes:
    """A PDF with so many empty pages; the title makes its bytes its own."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=595, height=842)
    writer.add_metadata({"/Title": title})
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def issued_paper(matter: Matter, by: Any, data: bytes, number: str, **values: Any) -> LegalPaper:
    """A paper with these bytes as issued."""
    document = file_document(
        data=data,
        name=f"{number}.pdf",
        mime_type="application/pdf",
        kind="letter",
        creditor=matter.case.creditor,
        borrower=matter.case.borrower,
        by=by,
    )
    given = {"kind": "complaint", "state": "issued", "language": "zh-hans", "issued_on": OPENED} | values
    return LegalPaper.objects.create(
        matter=matter, drafted_by=by, approved_by=by, document=document, number=number, **given
    )
