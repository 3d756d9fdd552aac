"""The check of a bundle from its files alone: every hash made anew, the chain followed, the catalogue held against both.

Each check is a line; the first that does not fit ends the check.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from cases.contact_hashes import LinkFault, follow
from legal.evidence.log_lines import LineFault, links_of
from legal.evidence.manifest import MOST_BYTES, NAME, ManifestFault, from_bytes, sha256


class EvidenceFault(Exception):
    """The first thing that does not fit; str() names it."""


class Note(str):
    """A line of the check that is no fault and that somebody should know."""


@dataclass
class Source:
    """The files of a bundle, out of its zip or beside its PDF. `is_whole`: every file must be there."""

    names: list[str]
    read: Callable[[str], bytes]
    is_whole: bool


def open_source(path: Path) -> Source:
    """EvidenceFault when it is neither a zip nor a PDF with its manifest beside it."""
    if zipfile.is_zipfile(path):
        packed = zipfile.ZipFile(path)  # read until the process ends
        return Source(packed.namelist(), _reader_of(packed), is_whole=True)
    folder = path.parent
    if not (folder / NAME).is_file():
        raise EvidenceFault(f"{path.name} is no zip, and there is no {NAME} beside it")
    names = [str(file.relative_to(folder)) for file in sorted(folder.rglob("*")) if file.is_file()]
    return Source(names, lambda name: (folder / name).read_bytes(), is_whole=False)


def _reader_of(packed: zipfile.ZipFile) -> Callable[[str], bytes]:
    def read(name: str) -> bytes:
        if packed.getinfo(name).file_size > 2 * MOST_BYTES:  # with what binding adds
            raise EvidenceFault(f"{name} is larger than any bundle that is made")
        try:
            return packed.read(name)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
            raise EvidenceFault(f"{name} cannot be read out of the zip: {error}") from error
        except Exception as error:  # zlib's own errors
            raise EvidenceFault(f"{name} cannot be read out of the zip: {error}") from error

    return read


@dataclass
class Check:
    """One check after the other. `manifest` is there once the first has passed."""

    source: Source
    manifest: dict[str, Any] | None = None
    # The file that a fault is told of when reading it fails.
    looked_at: str = ""

    def run(self) -> Iterator[str]:
        """A line for each check that passed; EvidenceFault with the first that did not."""
        try:
            yield from self._run()
        except EvidenceFault:
            raise
        except Exception as error:  # a manifest or a PDF with the right hash that is none: somebody made it up
            where = self.looked_at or NAME
            raise EvidenceFault(f"{where} cannot be read: {type(error).__name__} {error}".rstrip()) from error

    def _run(self) -> Iterator[str]:
        yield self._read_manifest()
        assert self.manifest is not None
        yield self._same_files()
        for entry in self._entries():
            if line := self._same_bytes(entry):
                yield line
        reader = self._open_pdf()
        yield self._page_ranges(reader)
        yield self._bookmarks(reader)
        yield self._catalogue(reader)
        yield from self._originals()
        yield self._chain()

    def _read_manifest(self) -> str:
        if NAME not in self.source.names:
            raise EvidenceFault(f"{NAME} is missing")
        try:
            self.manifest = from_bytes(self.source.read(NAME))
        except ManifestFault as fault:
            raise EvidenceFault(f"{NAME}: {fault}") from fault
        return f"{NAME}: as it was written, {self.manifest['bundle']}, made with {self.manifest['software']}"

    def _entries(self) -> list[dict[str, Any]]:
        assert self.manifest is not None
        return [self.manifest["pdf"], *self.manifest["files"], *self.manifest["exhibits"]]

    def _same_files(self) -> str:
        wanted = {entry["file"] for entry in self._entries()} | {NAME}
        names = self.source.names
        if not self.source.is_whole:
            return f"files: {len(wanted & set(names))} of {len(wanted)} are at hand"
        twice = sorted({name for name in names if names.count(name) > 1})
        for found, words in ((sorted(wanted - set(names)), "is missing"), (sorted(set(names) - wanted), "is strange"),
                             (twice, "is there twice")):  # fmt: skip
            if found:
                raise EvidenceFault(f"{found[0]} {words}")
        return f"files: all {len(wanted)} are there and no other"

    def _same_bytes(self, entry: dict[str, Any]) -> str:
        name = entry["file"]
        if name not in self.source.names:
            return ""  # looked at beside a PDF: told above
        data = self.source.read(name)
        if sha256(data) != entry["sha256"] or len(data) != entry["size"]:
            raise EvidenceFault(f"{name}: its bytes are not those of the manifest")
        return f"{name}: SHA-256 {entry['sha256']}"

    # --- The PDF -------------------------------------------------------------------------------------------

    def _open_pdf(self) -> PdfReader:
        assert self.manifest is not None
        name = self.manifest["pdf"]["file"]
        if name not in self.source.names:
            raise EvidenceFault(f"{name} is missing")
        self.looked_at = name
        return PdfReader(BytesIO(self.source.read(name)))

    def _page_ranges(self, reader: PdfReader) -> str:
        assert self.manifest is not None
        told, page = self.manifest["pdf"], self.manifest["pdf"]["catalogue_pages"]
        for exhibit in self.manifest["exhibits"]:
            if exhibit["page_from"] != page + 1 or exhibit["page_to"] < exhibit["page_from"]:
                raise EvidenceFault(f"exhibit {exhibit['number']} does not begin on page {page + 1}")
            page = exhibit["page_to"]
        if page != told["pages"] or len(reader.pages) != page:
            raise EvidenceFault(f"{told['file']} has {len(reader.pages)} pages, the manifest tells of {page}")
        return f"pages: {page}, each of them in one exhibit or the catalogue"

    def _bookmarks(self, reader: PdfReader) -> str:
        assert self.manifest is not None
        found = {title.split(" ", 1)[0]: page for title, page in _flat(reader, reader.outline)}
        for exhibit in self.manifest["exhibits"]:
            if found.get(exhibit["number"]) != exhibit["page_from"]:
                raise EvidenceFault(f"exhibit {exhibit['number']} has no bookmark on page {exhibit['page_from']}")
        return f"bookmarks: {len(self.manifest['exhibits'])} exhibits"

    def _catalogue(self, reader: PdfReader) -> str:
        """Number, pages and hash of each exhibit stand in the printed catalogue."""
        assert self.manifest is not None
        pages = reader.pages[: self.manifest["pdf"]["catalogue_pages"]]
        text = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))
        for exhibit in self.manifest["exhibits"]:
            first, last = exhibit["page_from"], exhibit["page_to"]
            shown = f"{first}–{last}" if last > first else str(first)
            if exhibit["sha256"] not in text or shown not in text or exhibit["number"] not in text:
                raise EvidenceFault(f"the catalogue does not show exhibit {exhibit['number']} as the manifest does")
        return f"catalogue: shows number, pages and hash of {len(self.manifest['exhibits'])} exhibits"

    def _originals(self) -> Iterator[str]:
        """Each PDF among the originals has as many pages as the bundle gives it."""
        assert self.manifest is not None
        count = 0
        for exhibit in self.manifest["exhibits"]:
            if not exhibit["file"].endswith(".pdf") or exhibit["file"] not in self.source.names:
                continue
            self.looked_at = exhibit["file"]
            pages = len(PdfReader(BytesIO(self.source.read(exhibit["file"]))).pages)
            if pages != exhibit["page_to"] - exhibit["page_from"] + 1:
                raise EvidenceFault(f"{exhibit['file']} has {pages} pages, the bundle gives it others")
            count += 1
        yield f"originals: {count} PDFs have the pages that the bundle gives them"

    # --- The contact log -----------------------------------------------------------------------------------

    def _chain(self) -> str:
        assert self.manifest is not None
        self.looked_at = NAME
        told = self.manifest["contact_log"]
        self.looked_at = told["file"]
        if told["file"] not in self.source.names:
            return "contact log: not at hand"
        try:
            end = follow(links_of(self.source.read(told["file"])))
        except LineFault as fault:
            raise EvidenceFault(f"{told['file']}: {fault}") from fault
        if isinstance(end, LinkFault):
            raise EvidenceFault(f"{told['file']}: {end.words}")
        if (end.length, end.hash) != (told["length"], told["head"]):
            raise EvidenceFault(f"{told['file']}: it ends with entry {end.length}, the manifest with {told['length']}")
        return f"contact log: {end.length} entries in one chain, {told['covered']} of them covered"


def _flat(reader: PdfReader, outline: Any) -> Iterator[tuple[str, int]]:
    """Bookmarks with their pages, from 1."""
    for item in outline:
        if isinstance(item, list):
            yield from _flat(reader, item)
        else:
            yield str(item.title), (reader.get_destination_page_number(item) or 0) + 1
