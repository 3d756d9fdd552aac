"""The papers that are drawn for a bundle, each a table with its heading; and pictures as pages."""

from __future__ import annotations

import base64
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

from PIL import Image

from borrowers.errors import InputError, gettext_noop
from cases.letters.fonts import drawable_text
from cases.letters.render import RenderError, render_paper
from legal.evidence.pages import Binder
from legal.evidence.words import columns, words

Row = Sequence[Any]
# A sheet of A4 scanned at 600 dots an inch has 35 million.
MOST_PIXELS = 80_000_000
# What is laid out at one time takes a quarter of a megabyte a row.
ROWS_AT_ONCE = 400


def draw_table(
    name: str,
    *,
    language: str,
    number: str,
    title: str,
    about: Iterable[str],
    sections: Iterable[tuple[str, Iterable[Row]]],
    on: dt.date,
    author: str,
    notes: Iterable[str] = (),
) -> bytes:
    """A list as PDF: `sections` of (heading, rows), each row with a text for each of the columns of `name`. A long one is
    drawn in pieces, since the layout holds the whole of what it draws in memory."""
    heads = columns(name, language)
    context = {
        "title": title,
        "about": [words(language)["bundle"].format(number=number), *about],
        "widths": sorted({head["width"] for head in heads}),
        "nothing": words(language)["nothing"],
        "letter": {"number": number},
        "author": author,
        "created": on.isoformat(),
    }
    pieces = _pieces(sections)
    drawn = []
    for place, piece in enumerate(pieces):
        shown = [{"heading": heading, "columns": heads, "rows": _cells(rows, heads)} for heading, rows in piece]
        is_last = place == len(pieces) - 1
        more = {"sections": shown, "goes_on": place > 0, "notes": list(notes) if is_last else []}
        drawn.append(render_paper("evidence_table", language, context | more).pdf)
    return drawn[0] if len(drawn) == 1 else _joined(drawn, title, language)


def _pieces(sections: Iterable[tuple[str, Iterable[Row]]]) -> list[list[tuple[str, list[Row]]]]:
    """The sections cut so that no piece has more than ROWS_AT_ONCE rows; there is one at least."""
    pieces: list[list[tuple[str, list[Row]]]] = [[]]
    room = ROWS_AT_ONCE
    for heading, rows in sections:
        waiting, told = list(rows), heading
        while True:
            taken, waiting = waiting[:room], waiting[room:]
            pieces[-1].append((told, taken))
            room -= len(taken)
            if not waiting:
                break
            pieces.append([])
            room, told = ROWS_AT_ONCE, ""
    return pieces


def _cells(rows: Iterable[Row], heads: Sequence[dict[str, Any]]) -> list[list[dict[str, str]]]:
    return [
        [{"text": drawable_text(str(text)), "look": head["look"]} for text, head in zip(row, heads, strict=True)]
        for row in rows
    ]


def _joined(drawn: Iterable[bytes], title: str, language: str) -> bytes:
    binder, target = Binder(), io.BytesIO()
    for piece in drawn:
        binder.add(piece, title)
    binder.write(target, title=title, language="zh-Hans" if language == "zh-hans" else "en")
    return target.getvalue()


def draw_picture(data: bytes, mime_type: str, name: str, *, language: str, on: dt.date) -> bytes:
    """A picture as one page, the right way up. InputError naming the file when it cannot be drawn."""
    check_picture(data, name)
    uri = f"data:{mime_type};base64,{base64.b64encode(data).decode()}"
    context = {
        "uri": uri,
        "name": drawable_text(name),
        "letter": {"number": ""},
        "author": "",
        "created": on.isoformat(),
    }
    try:
        return render_paper("evidence_picture", language, context).pdf
    except RenderError as error:
        raise InputError(name, gettext_noop("the picture is broken and cannot be drawn")) from error


def check_picture(data: bytes, name: str) -> None:
    """InputError naming the file when the picture is not whole, or larger than any paper that was scanned: the layout
    would draw what there is of it and say nothing."""
    broken = InputError(name, gettext_noop("the picture is broken and cannot be drawn"))
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise InputError(name, gettext_noop("the picture is too large: at most 80 million pixels"))
            is_jpeg = picture.format == "JPEG"
            picture.verify()
    except InputError:
        raise
    except Exception as error:  # whatever a broken file makes the library say
        raise broken from error
    if is_jpeg and b"\xff\xd9" not in data[-4096:]:
        raise broken


def draw_stamps(*, language: str, number: str, total: int) -> bytes:
    """A strip for each page, to be put at its foot."""
    context = {"pages": range(1, total + 1), "total": total, "number": number}
    return render_paper("evidence_stamps", language, context).pdf
