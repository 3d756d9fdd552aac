"""The order of exhibits in a bundle: their groups, their numbers, and the pages on which they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# What has to be shown, in the order in which a court asks: who, that it was agreed, that it was paid out, what is owed,
# that it was asked for, how, and what was agreed since.
GROUPS = ("identity", "contract", "disbursement", "account", "demand", "contact", "agreement", "other")


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One exhibit as the catalogue names it (证据目录). `key` tells it from all others of the matter; `file` is its path
    among the originals, `sha256` that of the file, `pages` how many it takes in the bundle, `document` the number under
    which it is filed here (None: drawn for this bundle)."""

    key: str
    group: str
    kind: str
    name: str
    form: str
    source: str
    proves: str
    content: str
    remarks: str
    file: str
    sha256: str
    size: int
    pages: int
    document: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An exhibit in its place: "2-1" is the first of the second group that the bundle has. Pages count from 1, the
    catalogue's own pages among them."""

    exhibit: Exhibit
    number: str
    page_from: int
    page_to: int


def in_order(exhibits: Iterable[Exhibit]) -> list[Exhibit]:
    """By group; within one, as they come. ValueError for a group that nobody knows."""
    found = list(exhibits)
    unknown = sorted({exhibit.group for exhibit in found} - set(GROUPS))
    if unknown:
        raise ValueError(f"no such group: {unknown[0]}")
    return sorted(found, key=lambda exhibit: GROUPS.index(exhibit.group))


def number_all(groups: Sequence[str]) -> list[str]:
    """The numbers of exhibits of these groups, which are in order: a group that is left out leaves no gap."""
    numbers: list[str] = []
    group, place, last = 0, 0, ""
    for name in groups:
        group, place = (group + 1, 1) if name != last else (group, place + 1)
        last = name
        numbers.append(f"{group}-{place}")
    return numbers


def place_all(exhibits: Sequence[Exhibit], catalogue_pages: int) -> list[Placed]:
    """Each exhibit with its number and pages, behind a catalogue of so many pages. ValueError for one without pages."""
    placed, page = [], catalogue_pages + 1
    ordered = in_order(exhibits)
    for exhibit, number in zip(ordered, number_all([one.group for one in ordered]), strict=True):
        if exhibit.pages < 1:
            raise ValueError(f"exhibit {exhibit.key} has no page")
        placed.append(Placed(exhibit, number, page, page + exhibit.pages - 1))
        page += exhibit.pages
    return placed
