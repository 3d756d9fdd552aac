"""A signed PDF as it looks on paper: its visible seals drawn into the pages, its electronic signatures gone.

A signature covers the bytes of its own file. Bound together with others those bytes are no more, and the signature in
the whole would only be reported as broken: the copy says nothing of one.
"""

from __future__ import annotations

import io
from typing import Any

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject


def is_signed(data: bytes) -> bool:
    """Whether the PDF bears an electronic signature. What a signature covers (ByteRange) always stands in plain bytes."""
    return b"/ByteRange" in data


def page_count(data: bytes) -> int:
    return len(PdfReader(io.BytesIO(data)).pages)


def print_copy(data: bytes) -> bytes:
    """The same pages with every form field drawn where it stands, and without the form."""
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(data)), import_outline=False)
    for page in writer.pages:
        _draw_fields(writer, page)
    drawn = io.BytesIO()
    writer.write(drawn)
    # Taken page by page into a new file: what only the form pointed to, the signatures among it, stays behind.
    copy, target = PdfWriter(), io.BytesIO()
    for page in PdfReader(drawn).pages:
        copy.add_page(page)
    copy.write(target)
    return target.getvalue()


def _draw_fields(writer: PdfWriter, page: PageObject) -> None:
    """Put the appearance of each widget into the page's own content, and drop the widget."""
    kept = ArrayObject()
    drawing: list[str] = []
    for reference in page.get("/Annots", ArrayObject()):
        widget = reference.get_object()
        if widget.get("/Subtype") != "/Widget":
            kept.append(reference)
            continue
        look = _look_of(widget)
        if look is not None:
            name = f"/Field{len(drawing)}"
            _forms_of(page)[NameObject(name)] = look
            drawing.append(f"q {_placed(widget, look.get_object())} cm {name} Do Q")
    if not drawing and len(kept) == len(page.get("/Annots", ())):
        return
    page[NameObject("/Annots")] = kept
    if drawing:
        # What was drawn before is closed off, so that no scale of its own moves the seal.
        before, after = DecodedStreamObject(), DecodedStreamObject()
        before.set_data(b"q\n")
        after.set_data(b"\nQ\n" + "\n".join(drawing).encode("ascii") + b"\n")
        content = page.get("/Contents")
        parts = content.get_object() if content is not None else ArrayObject()
        old = list(parts) if isinstance(parts, ArrayObject) else [page.raw_get("/Contents")]
        page[NameObject("/Contents")] = ArrayObject(
            [writer._add_object(before), *old, writer._add_object(after)]  # noqa: SLF001 – pypdf has no other way
        )


def _look_of(widget: DictionaryObject) -> Any:
    """The reference to the widget's normal appearance, or None when it shows nothing."""
    looks = widget.get("/AP")
    if looks is None or "/N" not in looks.get_object():
        return None
    width, height = _size(widget["/Rect"])
    if not width or not height:
        return None
    look = looks.get_object().raw_get("/N")
    return look if "/BBox" in look.get_object() else None


def _forms_of(page: PageObject) -> DictionaryObject:
    """The page's own drawings by name. They may be shared between pages or inherited: the page gets a copy."""
    resources = DictionaryObject(page.get("/Resources", DictionaryObject()).get_object())
    drawings = DictionaryObject(resources.get("/XObject", DictionaryObject()).get_object())
    resources[NameObject("/XObject")] = drawings
    page[NameObject("/Resources")] = resources
    return drawings


def _placed(widget: DictionaryObject, look: DictionaryObject) -> str:
    """The matrix that brings the appearance's box into the widget's rectangle (ISO 32000-1, 12.5.5)."""
    left, bottom, right, top = _box(look["/BBox"])
    x, y, *_far = _box(widget["/Rect"])
    width, height = _size(widget["/Rect"])
    across = width / (right - left) if right > left else 1.0
    up = height / (top - bottom) if top > bottom else 1.0
    return f"{across:.5f} 0 0 {up:.5f} {x - left * across:.3f} {y - bottom * up:.3f}"


def _box(box: Any) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(value) for value in box)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _size(box: Any) -> tuple[float, float]:
    left, bottom, right, top = _box(box)
    return right - left, top - bottom
