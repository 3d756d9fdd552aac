"""PDFs as exhibits: read with care, bound into one, stamped and bookmarked.

An exhibit's page is taken over as it looks: its contents and what is drawn for its annotations (a visible seal, a filled
form). What acts or is not seen is left behind: scripts, links, attachments, what programs noted, and signatures, which do not
survive binding anyway; the signed original lies in the zip. Layers that are off stay off.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    RectangleObject,
    StreamObject,
    TextStringObject,
)

from borrowers.errors import InputError, gettext_noop

# Points between the stamp and the lower edge of the page.
STAMP_ABOVE_EDGE = 9.0
_KEPT = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents", "/Group")
_HIDDEN = 0b10 | 0b100000  # annotation flags: hidden, no view
# What hangs on a picture or a form that is drawn, and is not seen: files, what programs noted, pages of other files.
_UNSEEN = ("/AF", "/Metadata", "/PieceInfo", "/OPI", "/Ref")
# A file of 10 MB can name one page a million times.
MOST_PAGES = 10_000
Matrix = tuple[float, float, float, float, float, float]


def open_pdf(data: bytes, name: str) -> PdfReader:
    """A reader of a PDF that can be bound. InputError naming the file when it is encrypted, broken or empty."""
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise InputError(name, gettext_noop("the PDF is encrypted: hand it in without a password"))
        count = len(reader.pages)
    except InputError:
        raise
    except Exception as error:  # whatever a broken file makes the library say
        raise InputError(name, gettext_noop("the PDF is broken and cannot be read")) from error
    if count == 0:
        raise InputError(name, gettext_noop("the PDF has no page"))
    if count > MOST_PAGES:
        raise InputError(name, gettext_noop("the PDF has more than %(pages)d pages"), pages=MOST_PAGES)
    return reader


def count_pages(data: bytes, name: str) -> int:
    """How many pages the PDF has, each of which could be bound. InputError else."""
    binder = Binder()
    binder.add(data, name)
    return len(binder.writer.pages)


@dataclass
class Binder:
    """One PDF in the making."""

    writer: PdfWriter = field(default_factory=PdfWriter)
    # Layers of all exhibits, and those of them that are not shown.
    layers: list[Any] = field(default_factory=list)
    layers_off: list[Any] = field(default_factory=list)

    def add(self, data: bytes, name: str) -> int:
        """Append all pages of a PDF; returns how many. InputError as `open_pdf`."""
        reader = open_pdf(data, name)
        try:
            seen: set[int] = set()
            for page in reader.pages:
                self._add_page(page, seen)
            self._add_layers(reader)
        except Exception as error:  # a page that the reader can count and not read
            raise InputError(name, gettext_noop("the PDF is broken and cannot be read")) from error
        return len(reader.pages)

    def _add_page(self, page: PageObject, seen: set[int]) -> None:
        _leave_unseen(page.get("/Resources"), seen)
        # A page of its own, into which only what is drawn is copied: nothing leads back to the document it came from.
        fresh = self.writer.add_blank_page(width=1, height=1)
        for key in _KEPT:
            if key in page:
                # What an object refers to is copied once for each document: fonts are shared by its pages.
                fresh[NameObject(key)] = page.raw_get(key).clone(self.writer)
        boxes = [page.mediabox, page.cropbox]
        fresh[NameObject("/MediaBox")], fresh[NameObject("/CropBox")] = (RectangleObject(box) for box in boxes)
        fresh[NameObject("/Rotate")] = NumberObject(page.rotation % 360)  # what is no number is refused here
        appearances = _appearances(page)
        for form, _matrix in appearances:
            _leave_unseen(form, seen)
        drawn = [(form.clone(self.writer), matrix) for form, matrix in appearances]
        if drawn:
            _draw(self.writer, fresh, drawn)

    def _add_layers(self, reader: PdfReader) -> None:
        """A layer that is not shown in the exhibit is not shown in the bundle (ISO 32000-1, 8.11.4)."""
        told: Any = reader.root_object.get("/OCProperties")
        if told is None:
            return
        told = told.get_object()
        shown: Any = told.get("/D", DictionaryObject()).get_object()
        groups = list(told.get("/OCGs", ArrayObject()).get_object())
        off = list(shown.get("/OFF", ArrayObject()).get_object())
        if shown.get("/BaseState") == "/OFF":
            on = list(shown.get("/ON", ArrayObject()).get_object())
            off = [group for group in groups if group not in on]
        self.layers += [group.clone(self.writer) for group in groups]
        self.layers_off += [group.clone(self.writer) for group in off]

    def stamp(self, stamps: bytes) -> None:
        """Put page n of `stamps` at the foot of page n, the right way up for whoever looks at it."""
        reader = PdfReader(io.BytesIO(stamps))
        if len(reader.pages) != len(self.writer.pages):
            raise ValueError("a stamp for each page")
        for page, stamp in zip(self.writer.pages, reader.pages, strict=True):
            form = _form_of(stamp, self.writer)
            _draw(self.writer, page, [(form, _foot(page, float(stamp.mediabox.width)))])

    def bookmark(self, entries: Iterable[tuple[str, Sequence[tuple[str, int]]]]) -> None:
        """Groups with their exhibits: (title, [(title, page, from 1)]); a group leads to its first exhibit, one without
        any (the catalogue) to the first page."""
        for title, children in entries:
            parent = self.writer.add_outline_item(title=title, page_number=children[0][1] - 1 if children else 0)
            for name, page in children:
                self.writer.add_outline_item(title=name, page_number=page - 1, parent=parent)

    def write(self, target: IO[bytes], *, title: str, language: str) -> None:
        # Transparent stamps, and what exhibits of any age bring along.
        self.writer.pdf_header = "%PDF-1.7"
        self.writer.add_metadata({"/Title": title, "/Producer": "Fairdue"})
        self.writer.root_object[NameObject("/Lang")] = TextStringObject(language)
        self.writer.root_object[NameObject("/PageMode")] = NameObject("/UseOutlines")
        if self.layers:
            self.writer.root_object[NameObject("/OCProperties")] = DictionaryObject(
                {
                    NameObject("/OCGs"): ArrayObject(self.layers),
                    NameObject("/D"): DictionaryObject({NameObject("/OFF"): ArrayObject(self.layers_off)}),
                }
            )
        self.writer.write(target)


# --- What is left behind ---------------------------------------------------------------------------------


def _leave_unseen(start: Any, seen: set[int]) -> None:
    """Take what is not drawn off all that a page's resources lead to; `seen` are the objects of the file that were
    looked at already. The reader's copy is changed, the file is not."""
    waiting = [start]
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            if found.idnum in seen:
                continue
            seen.add(found.idnum)
            found = found.get_object()
        if isinstance(found, StreamObject):
            for key in _UNSEEN:
                found.pop(key, None)
        if isinstance(found, DictionaryObject):
            if found.get("/Type") in ("/Filespec", "/F"):
                found.pop("/EF", None)
            waiting += [found.raw_get(key) for key in found]
        elif isinstance(found, ArrayObject):
            waiting += [one for one in found if isinstance(one, (IndirectObject, DictionaryObject, ArrayObject))]


# --- Drawing on a page ----------------------------------------------------------------------------------


def _draw(writer: PdfWriter, page: PageObject, drawn: Sequence[tuple[Any, Matrix]]) -> None:
    """Draw forms over what the page shows. Its own contents are not touched, only closed in."""
    resources = DictionaryObject(page.get("/Resources", DictionaryObject()).get_object())
    forms = DictionaryObject(resources.get("/XObject", DictionaryObject()).get_object())
    calls = []
    for form, matrix in drawn:
        name = _free_name(forms)
        forms[NameObject(name)] = form.indirect_reference or _added(writer, form)
        numbers = " ".join(f"{value:.4f}" for value in matrix)
        calls.append(f"q {numbers} cm {name} Do Q")
    resources[NameObject("/XObject")] = forms
    page[NameObject("/Resources")] = resources
    before, after = _stream("q\n"), _stream("\nQ\n" + "\n".join(calls) + "\n")
    page[NameObject("/Contents")] = ArrayObject([_added(writer, before), *_contents(page), _added(writer, after)])


def _added(writer: PdfWriter, made: Any) -> Any:
    """A reference to a new object of the PDF in the making; the library has no public name for it."""
    return writer._add_object(made)  # noqa: SLF001


def _free_name(forms: DictionaryObject) -> str:
    number = len(forms)
    while f"/Fd{number}" in forms:
        number += 1
    return f"/Fd{number}"


def _stream(text: str) -> StreamObject:
    made = DecodedStreamObject()
    made.set_data(text.encode("ascii"))
    return made


def _contents(page: PageObject) -> list[Any]:
    """References to the streams of a page."""
    if "/Contents" not in page:
        return []
    found = page.raw_get("/Contents")
    whole = found.get_object()
    if isinstance(whole, ArrayObject):
        return list(whole)
    return [found] if isinstance(whole, StreamObject) else []


def _form_of(page: PageObject, writer: PdfWriter) -> Any:
    """A whole page as a form that can be drawn on others."""
    form = DecodedStreamObject()
    contents = page.get_contents()
    form.set_data(contents.get_data() if contents is not None else b"")
    form[NameObject("/Type")] = NameObject("/XObject")
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject(FloatObject(value) for value in page.mediabox)
    form[NameObject("/Resources")] = page.raw_get("/Resources").clone(writer)
    return _added(writer, form.flate_encode()).get_object()


def _foot(page: PageObject, width: float) -> Matrix:
    """Where a stamp of that width is drawn: in the middle of the lower edge as the page is looked at, which /Rotate turns
    clockwise."""
    box = page.cropbox
    left, bottom, right, top = (float(value) for value in (box.left, box.bottom, box.right, box.top))
    turned = (page.rotation or 0) % 360
    shown = (top - bottom) if turned in (90, 270) else (right - left)
    x, y = (shown - width) / 2, STAMP_ABOVE_EDGE
    if turned == 90:
        return (0, 1, -1, 0, right - y, bottom + x)
    if turned == 180:
        return (-1, 0, 0, -1, right - x, top - y)
    if turned == 270:
        return (0, -1, 1, 0, left + y, top - x)
    return (1, 0, 0, 1, left + x, bottom + y)


def _appearances(page: PageObject) -> list[tuple[Any, Matrix]]:
    """What is drawn for the page's annotations, and where (ISO 32000-1, 12.5.5): a seal that can be seen, a filled form."""
    drawn = []
    annotations: Any = page.get("/Annots") or []
    for reference in annotations.get_object() if hasattr(annotations, "get_object") else annotations:
        annotation = reference.get_object()
        if not isinstance(annotation, DictionaryObject) or int(annotation.get("/F", 0)) & _HIDDEN:
            continue
        form = _normal_appearance(annotation)
        if form is not None and "/Rect" in annotation and annotation.get("/Subtype") != "/Popup":
            rect: Any = annotation["/Rect"]
            drawn.append((form, _fitting(form, [float(value) for value in rect])))
    return drawn


def _normal_appearance(annotation: DictionaryObject) -> Any:
    appearance = annotation.get("/AP")
    normal = appearance.get_object().get("/N") if appearance is not None else None
    found = normal.get_object() if normal is not None else None
    if found is not None and not isinstance(found, StreamObject):  # one for each state of a box to be ticked
        state = found.get(annotation.get("/AS", "/Off"))
        found = state.get_object() if state is not None else None
    return found if isinstance(found, StreamObject) and "/BBox" in found else None


def _fitting(form: Any, rect: list[float]) -> Matrix:
    """The matrix that takes the form's box, turned by its own matrix, onto the annotation's rectangle."""
    a, b, c, d, e, f = (float(value) for value in form.get("/Matrix", (1, 0, 0, 1, 0, 0)))
    x0, y0, x1, y1 = (float(value) for value in form["/BBox"])
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in (x0, x1) for y in (y0, y1)]
    left, bottom = min(x for x, _y in corners), min(y for _x, y in corners)
    width, height = max(x for x, _y in corners) - left, max(y for _x, y in corners) - bottom
    to_left, to_bottom = min(rect[0], rect[2]), min(rect[1], rect[3])
    across = (max(rect[0], rect[2]) - to_left) / width if width else 1.0
    up = (max(rect[1], rect[3]) - to_bottom) / height if height else 1.0
    return (across, 0, 0, up, to_left - left * across, to_bottom - bottom * up)
