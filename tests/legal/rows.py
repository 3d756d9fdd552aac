"""Matters in any state, made at once: for lists, where the way that led there does not matter."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

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


def workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook with one sheet of text cells, as small as programs read it."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in row) + "</row>"
        for row in rows
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{sheet}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{sheet}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return target.getvalue()
