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
    TextStringObject,
)


def pdf(*texts: str, rotate: int = 0, size: tuple[float, float] = (595, 842), crop: bool = False) -> bytes:
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
            page[NameObject("/Rotate")] = NumberObject(rotate)
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
