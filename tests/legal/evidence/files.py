"""Files as people hand them in: plain, turned, encrypted, broken, with a form; and pictures. All made here."""

from __future__ import annotations

import io
import struct
import zlib

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)


def pdf(*texts: str, rotate: int | str = 0, size: tuple[float, float] = (595, 842), crop: bool = False) -> bytes:
    """A page for each text, in Helvetica."""
    writer = PdfWriter()
    font = writer._add_object(
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
    )
    for text in texts:
        page = writer.add_blank_page(*size)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 24 Tf 72 {size[1] / 2} Td ({text}) Tj ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(stream)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        if rotate:
            page[NameObject("/Rotate")] = NumberObject(rotate) if isinstance(rotate, int) else NameObject(rotate)
        if crop:
            page[NameObject("/CropBox")] = ArrayObject(FloatObject(v) for v in (50, 100, size[0] - 50, size[1] - 100))
    return _bytes(writer)


def encrypted(password: str) -> bytes:
    writer = PdfWriter()
    writer.append(io.BytesIO(pdf("Secret")))
    writer.encrypt(user_password=password, owner_password="owner")
    return _bytes(writer)


def with_form() -> bytes:
    """A page with a filled field, whose text stands in the field's appearance alone."""
    writer = PdfWriter()
    writer.append(io.BytesIO(pdf("Form")))
    look = DecodedStreamObject()
    look.set_data(b"BT /F1 12 Tf 2 4 Td (Filled in by hand) Tj ET")
    look[NameObject("/Type")], look[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
    look[NameObject("/BBox")] = ArrayObject(FloatObject(value) for value in (0, 0, 200, 20))
    look[NameObject("/Resources")] = writer.pages[0]["/Resources"]
    field = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): TextStringObject("name"),
            NameObject("/F"): NumberObject(4),
            NameObject("/Rect"): ArrayObject(FloatObject(value) for value in (100, 100, 300, 120)),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): writer._add_object(look)}),
            NameObject("/P"): writer.pages[0].indirect_reference,
        }
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(field)])
    return _bytes(writer)


UNSEEN = (b"ATTACHED", b"HUNGON", b"NOTEDXML", b"NOTEDBY", b"RUNME", b"WRITTENBY")


def with_unseen() -> bytes:
    """A page with all that may hang on a paper without being seen: scripts, files, what programs noted."""
    writer = PdfWriter()
    writer.append(io.BytesIO(pdf("Plain")))
    writer.add_attachment("list.txt", UNSEEN[0])
    writer.add_metadata({"/Author": UNSEEN[5].decode()})
    run = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(UNSEEN[4].decode())}
    )
    writer.root_object[NameObject("/OpenAction")] = run
    page = writer.pages[0]
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): run})
    file, form, noted = DecodedStreamObject(), DecodedStreamObject(), DecodedStreamObject()
    file.set_data(UNSEEN[1])
    noted.set_data(UNSEEN[2])
    form.set_data(b"0 0 9 9 re f")
    form[NameObject("/Type")], form[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject(FloatObject(value) for value in (0, 0, 9, 9))
    hung = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Filespec"),
            NameObject("/EF"): DictionaryObject({NameObject("/F"): writer._add_object(file)}),
        }
    )
    form[NameObject("/AF")] = ArrayObject([hung])
    form[NameObject("/Metadata")] = writer._add_object(noted)
    form[NameObject("/PieceInfo")] = DictionaryObject({NameObject("/X"): TextStringObject(UNSEEN[3].decode())})
    resources = page["/Resources"]
    resources[NameObject("/XObject")] = DictionaryObject({NameObject("/X1"): writer._add_object(form)})
    resources[NameObject("/Properties")] = DictionaryObject({NameObject("/P1"): hung})
    return _bytes(writer)


def with_layers(base_off: bool = False) -> bytes:
    """A page with a layer that is on and one that is off."""
    writer = PdfWriter()
    writer.append(io.BytesIO(pdf("Page")))
    on, off = (
        writer._add_object(
            DictionaryObject({NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject(name)})
        )
        for name in ("on", "off")
    )
    shown: dict[NameObject, PdfObject] = {NameObject("/OFF"): ArrayObject([off])}
    if base_off:
        shown = {NameObject("/BaseState"): NameObject("/OFF"), NameObject("/ON"): ArrayObject([on])}
    writer.root_object[NameObject("/OCProperties")] = DictionaryObject(
        {NameObject("/OCGs"): ArrayObject([on, off]), NameObject("/D"): DictionaryObject(shown)}
    )
    page = writer.pages[0]
    page["/Resources"][NameObject("/Properties")] = DictionaryObject({NameObject("/L1"): on, NameObject("/L2"): off})
    stream = DecodedStreamObject()
    stream.set_data(
        b"/OC /L1 BDC BT /F1 24 Tf 72 300 Td (Layer on) Tj ET EMC /OC /L2 BDC BT /F1 24 Tf 72 200 Td (Layer off) Tj ET EMC"
    )
    page[NameObject("/Contents")] = ArrayObject([page.raw_get("/Contents"), writer._add_object(stream)])
    return _bytes(writer)


def page_again_and_again(times: int) -> bytes:
    """One page, named so many times."""
    writer = PdfWriter()
    writer.append(io.BytesIO(pdf("Again")))
    pages = writer.root_object["/Pages"]
    pages[NameObject("/Kids")] = ArrayObject([writer.pages[0].indirect_reference] * times)
    pages[NameObject("/Count")] = NumberObject(times)
    return _bytes(writer)


def png(width: int = 120, height: int = 60) -> bytes:
    """A red picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xc0\x10\x20" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _bytes(writer: PdfWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
