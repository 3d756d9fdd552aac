"""Candidates → one PDF with catalogue, stamps and bookmarks, one zip with the originals, and the manifest of both.

Originals and what is made of them lie on disk, and each is read when its turn comes: what memory holds at one time is the
PDF while it is bound, and one exhibit.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from borrowers.errors import InputError, gettext_noop
from cases.letters.fonts import drawable_text
from cases.letters.render import render_paper, shown_day
from legal.evidence.candidates import Candidate, LogExport
from legal.evidence.manifest import (
    FORMAT,
    LEDGER,
    LOG,
    MOST_BYTES,
    NAME,
    file_entry,
    sealed,
    sha256,
    software,
    to_bytes,
)
from legal.evidence.pages import Binder, open_pdf
from legal.evidence.papers import draw_picture, draw_stamps
from legal.evidence.redaction import MARKS
from legal.evidence.words import words
from legal.rules.catalogue import GROUPS, Exhibit, Placed, number_all, place_all

_EXTENSIONS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
_UNFIT = re.compile(r"[^\w.()（）-]+")


@dataclass(frozen=True, slots=True)
class Order:
    """What a bundle is made from. `left_out`: (key, name, reason) of what was not handed in."""

    number: str
    case_no: str
    language: str
    cut_off: dt.date
    made_at: dt.datetime
    submitted_by: str
    about: tuple[str, ...]
    copies: int
    candidates: Sequence[Candidate]
    left_out: Sequence[tuple[str, str, str]]
    log: LogExport
    ledger: bytes
    seal: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """The PDF and the zip lie in the folder that was given."""

    pdf: Path
    zip: Path
    manifest: dict[str, Any]
    pages: int


@dataclass(frozen=True, slots=True)
class _Stored:
    """An exhibit on disk: the original, and the PDF that is bound in its place if that is another."""

    exhibit: Exhibit
    original: Path
    bound: Path


def build(order: Order, folder: Path) -> Built:
    """Make the bundle in an empty folder. InputError naming the file that cannot be bound, or when there is nothing to
    bind or too much of it."""
    if not order.candidates:
        raise InputError("", gettext_noop("there is no exhibit"))
    stored = _store(order, folder)
    placed, catalogue, catalogue_pages = _catalogue(order, [one.exhibit for one in stored])
    pdf = folder / "bundle.pdf"
    _bind(order, stored, placed, catalogue, pdf)
    pages = placed[-1].page_to
    told = {**file_entry(f"{order.number}.pdf", pdf.read_bytes()), "pages": pages, "catalogue_pages": catalogue_pages}
    others = {LOG: order.log.lines, LEDGER: order.ledger}
    manifest = _manifest(order, placed, told, others)
    return Built(pdf, _pack(folder, order, stored, pdf, others, manifest), manifest, pages)


def _store(order: Order, folder: Path) -> list[_Stored]:
    """Read or draw each exhibit once, and count its pages."""
    ordered = sorted(order.candidates, key=lambda candidate: GROUPS.index(candidate.group))
    stored, total = [], 0
    for place, (candidate, number) in enumerate(zip(ordered, number_all([c.group for c in ordered]), strict=True)):
        data = candidate.read(order.number)
        total += len(data)
        if total > MOST_BYTES:
            raise InputError(
                candidate.name, gettext_noop("the bundle would be larger than 300 MB: leave something out")
            )
        if candidate.mime_type not in _EXTENSIONS:
            raise InputError(candidate.name, gettext_noop("it is neither a PDF nor a PNG or JPEG picture"))
        original = bound = folder / f"{place}.original"
        original.write_bytes(data)
        page_data = data
        if candidate.is_picture:
            page_data = draw_picture(
                data, candidate.mime_type, candidate.name, language=order.language, on=order.cut_off
            )
            bound = folder / f"{place}.pdf"
            bound.write_bytes(page_data)
        pages = len(open_pdf(page_data, candidate.name).pages)
        file = f"exhibits/{number}-{_file_name(candidate)}"
        stored.append(_Stored(_exhibit(candidate, file, data, pages), original, bound))
    return stored


def _exhibit(candidate: Candidate, file: str, data: bytes, pages: int) -> Exhibit:
    texts = ("key", "group", "kind", "name", "form", "source", "proves", "content", "remarks", "document")
    told = {name: getattr(candidate, name) for name in texts}
    return Exhibit(**told, file=file, sha256=sha256(data), size=len(data), pages=pages)


def _file_name(candidate: Candidate) -> str:
    """A name that every file system takes, with the ending that its contents have."""
    stem = (
        candidate.name.rsplit(".", 1)[0] if candidate.name.lower().endswith((".pdf", ".png", ".jpg", ".jpeg")) else ""
    )
    safe = _UNFIT.sub("-", stem or candidate.name).strip("-.")[:60] or "exhibit"
    return f"{safe}.{_EXTENSIONS[candidate.mime_type]}"


# --- The catalogue ----------------------------------------------------------------------------------------


def _catalogue(order: Order, exhibits: Sequence[Exhibit]) -> tuple[list[Placed], bytes, int]:
    """Where each exhibit stands depends on how long the catalogue is, and it on them: drawn until both agree."""
    pages = 1
    for _try in range(5):
        placed = place_all(exhibits, pages)
        drawn = render_paper("evidence_catalogue", order.language, _catalogue_context(order, placed))
        if drawn.pages == pages:
            return placed, drawn.pdf, pages
        pages = drawn.pages
    raise InputError("", gettext_noop("the catalogue could not be laid out"))


def _catalogue_context(order: Order, placed: Sequence[Placed]) -> dict[str, Any]:
    paper = words(order.language)
    groups = [
        {"number": number, "name": paper[f"group_{name}"], "rows": [_row(one) for one in rows]}
        for number, (name, rows) in enumerate(groupby(placed, key=lambda one: one.exhibit.group), start=1)
    ]
    comma = "；" if order.language == "zh-hans" else "; "
    return {
        "letter": {"number": order.number},
        "about": [paper["bundle"].format(number=order.number), *order.about],
        "groups": groups,
        "left_out": comma.join(f"{drawable_text(name)} ({drawable_text(why)})" for _key, name, why in order.left_out),
        "log_length": order.log.length,
        "log_hash": order.log.head,
        "mark": MARKS[order.language],
        "submitted_by": order.submitted_by,
        "issued_on": shown_day(order.cut_off, order.language),
        "copies": order.copies,
        "count": len(placed),
        "pages": placed[-1].page_to,
        "author": order.submitted_by,
        "created": order.cut_off.isoformat(),
    }


def _row(placed: Placed) -> dict[str, str]:
    exhibit = placed.exhibit
    texts = {name: drawable_text(getattr(exhibit, name)) for name in ("name", "kind", "form", "source", "proves")}
    pages = f"{placed.page_from}–{placed.page_to}" if placed.page_to > placed.page_from else str(placed.page_from)
    return {
        **texts,
        "number": placed.number,
        "content": drawable_text(exhibit.content),
        "remarks": drawable_text(exhibit.remarks),
        "pages": pages,
        "sha256": exhibit.sha256,
    }


# --- The PDF and the zip --------------------------------------------------------------------------------


def _bind(order: Order, stored: Sequence[_Stored], placed: Sequence[Placed], catalogue: bytes, target: Path) -> None:
    binder, paper = Binder(), words(order.language)
    binder.add(catalogue, NAME)
    for one in stored:
        binder.add(one.bound.read_bytes(), one.exhibit.name)
    binder.stamp(draw_stamps(language=order.language, number=order.number, total=placed[-1].page_to))
    binder.bookmark(
        [
            (paper["catalogue"], []),
            *(
                (paper[f"group_{name}"], [(f"{one.number} {one.exhibit.name}", one.page_from) for one in rows])
                for name, rows in groupby(placed, key=lambda one: one.exhibit.group)
            ),
        ]
    )
    with target.open("wb") as file:
        binder.write(file, title=order.number, language="zh-Hans" if order.language == "zh-hans" else "en")


def _manifest(
    order: Order,
    placed: Iterable[Placed],
    pdf: dict[str, Any],
    others: dict[str, bytes],
) -> dict[str, Any]:
    exhibits = [
        {
            **{key: value for key, value in dataclasses.asdict(one.exhibit).items() if key != "pages"},
            "number": one.number,
            "page_from": one.page_from,
            "page_to": one.page_to,
        }
        for one in placed
    ]
    return sealed(
        {
            "format": FORMAT,
            "software": software(),
            "bundle": order.number,
            "case": order.case_no,
            "language": order.language,
            "cut_off": order.cut_off.isoformat(),
            "made_at": order.made_at.astimezone(dt.UTC).isoformat(timespec="seconds"),
            "pdf": pdf,
            "exhibits": exhibits,
            "files": [file_entry(file, data) for file, data in others.items()],
            "contact_log": {
                "file": LOG,
                "length": order.log.length,
                "head": order.log.head,
                "covered": order.log.covered,
                "seal": order.seal,
            },
            "left_out": [{"key": key, "name": called, "reason": reason} for key, called, reason in order.left_out],
        }
    )


def _pack(
    folder: Path,
    order: Order,
    stored: Sequence[_Stored],
    pdf: Path,
    others: dict[str, bytes],
    manifest: dict[str, Any],
) -> Path:
    target = folder / "bundle.zip"
    at = order.made_at.astimezone(dt.UTC)
    moment = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    with zipfile.ZipFile(target, "w") as packed:

        def put(name: str, data: bytes, how: int = zipfile.ZIP_STORED) -> None:
            packed.writestr(zipfile.ZipInfo(name, moment), data, how)

        put(manifest["pdf"]["file"], pdf.read_bytes())
        for name, data in (*others.items(), (NAME, to_bytes(manifest))):
            put(name, data, zipfile.ZIP_DEFLATED)
        for one in stored:
            put(one.exhibit.file, one.original.read_bytes())
    return target
