"""Several letters as one PDF for the printer: each begins on a sheet of its own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from pypdf import PdfReader, PdfWriter


@dataclass(frozen=True, slots=True)
class Bound:
    """The whole as PDF, its number of pages, and the page on which each letter begins (the first is 1)."""

    pdf: bytes
    pages: int
    starts: tuple[int, ...]


def bind_letters(letters: Sequence[tuple[str, bytes]]) -> Bound:
    """Bind (title, PDF) in the order given. A letter with an odd number of pages is followed by an empty one, so that
    printed on both sides the next letter has its own sheet; each title is a bookmark. The same input gives the same
    bytes. ValueError without letters."""
    if not letters:
        raise ValueError("a print run without letters")
    writer, starts = PdfWriter(), []
    for title, data in letters:
        if len(writer.pages) % 2:
            writer.add_blank_page()
        starts.append(len(writer.pages) + 1)
        writer.append(PdfReader(io.BytesIO(data)), import_outline=False)
        writer.add_outline_item(title=title, page_number=starts[-1] - 1)
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    target = io.BytesIO()
    writer.write(target)
    return Bound(target.getvalue(), len(writer.pages), tuple(starts))
