"""Which matter a court's paper belongs to: by the numbers it bears, and for a person's eye by the names on it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import Q
from pypdf import PageObject, PdfReader

from borrowers.models import User
from legal.models import CourtPaper, Matter
from legal.rules.court_numbers import chinese_numbers, normalise, tokens, year_and_number

logger = logging.getLogger(__name__)

PAGES_READ = 5
# Drawing instructions of a page, unpacked. A page of text has some thousand bytes of them; a small file can hide so many
# that reading them takes minutes.
MOST_DRAWN = 2_000_000
MOST_TEXT = 50_000
# A number of another form must be this long: shorter ones stand on any paper by chance.
SHORTEST_NUMBER = 6
SHORTEST_NAME = 2
SUGGESTED = 5
_NUMBER_FIELDS = ("court_case_no", "appeal_case_no", "enforcement_case_no")


@dataclass(frozen=True, slots=True)
class Bearing:
    """What a paper says of itself: Chinese case numbers normalised, other tokens in capitals, its text."""

    in_name: tuple[str, ...]
    numbers: tuple[str, ...]
    name_tokens: frozenset[str]
    all_tokens: frozenset[str]
    text: str


def bearing_of(name: str, data: bytes, mime_type: str) -> Bearing:
    """Read name and, of a PDF, the first pages. A file that cannot be read is one without text."""
    text = _text_of(data) if mime_type == "application/pdf" else ""
    in_name = tuple(chinese_numbers(name))
    every = tuple(dict.fromkeys([*in_name, *chinese_numbers(text)]))
    stem = name.rpartition(".")[0] or name
    named = frozenset(tokens(stem))
    return Bearing(in_name, every, named, named | tokens(text), text)


def _text_of(data: bytes) -> str:
    parts: list[str] = []
    try:
        reader = PdfReader(io.BytesIO(data))
        for page in reader.pages[:PAGES_READ]:
            if _drawn(page) <= MOST_DRAWN:
                parts.append(page.extract_text())
            if sum(map(len, parts)) > MOST_TEXT:
                break
    except Exception:  # whatever the library makes of a damaged or locked file: it is kept all the same
        logger.info("a court paper has no text that can be read", exc_info=True)
    return "\n".join(parts)[:MOST_TEXT]


def _drawn(page: PageObject) -> int:
    """How many bytes draw the page, with the pictures of text that it places."""
    contents = page.get_contents()
    size = len(contents.get_data()) if contents is not None else 0
    placed = (page.get("/Resources") or {}).get("/XObject") or {}
    forms = (one.get_object() for one in placed.values())
    return size + sum(len(form.get_data()) for form in forms if form.get("/Subtype") == "/Form")


def matters_of(bearing: Bearing, actor: User) -> list[Matter]:
    """The actor's matters whose number the paper bears. The file's name was given by a person for this paper: when it
    names matters, the text is not asked. Our own case number counts like the court's; several matters of one case are
    told apart by what is open. A paper that goes by another number and only cites the matter's is none of its papers,
    unless its borrower is named on it, as on a judgment of the second instance."""
    named = _with_numbers(bearing.in_name, bearing.name_tokens, actor)
    if named:
        return named
    found = _with_numbers(bearing.numbers, bearing.all_tokens, actor)
    return [] if len(found) == 1 and not _is_about(bearing, found[0]) else found


def _is_about(bearing: Bearing, matter: Matter) -> bool:
    if not bearing.numbers or bearing.numbers[0] in _numbers_of(matter) or matter.case.case_no in bearing.all_tokens:
        return True
    return "".join(matter.case.borrower.name.split()) in "".join(bearing.text.split())


def matters_numbered(number: str, actor: User) -> list[Matter]:
    """The actor's matters with this number, ours or the court's; of several of one case the open one."""
    text = number.strip()
    found = {normalise(text), text.upper(), text}
    return _with_numbers(chinese_numbers(text), frozenset(found), actor)


def _with_numbers(numbers: Sequence[str], found: frozenset[str], actor: User) -> list[Matter]:
    matters = Matter.objects.visible_to(actor).select_related("case__creditor", "case__borrower")
    long_tokens = {token for token in found if len(token) >= SHORTEST_NUMBER}
    wanted = long_tokens.union(numbers)
    query = _may_have(numbers)
    if long_tokens:
        query |= Q(case__case_no__in=long_tokens)
        for field in _NUMBER_FIELDS:
            query |= Q(**{f"{field}__in": long_tokens})
    bearing = [
        matter for matter in matters.filter(query).distinct() if wanted & {matter.case.case_no, *_numbers_of(matter)}
    ]
    if len(bearing) > 1 and len({matter.case_id for matter in bearing}) == 1:
        still_open = [matter for matter in bearing if matter.is_open]
        return still_open if len(still_open) == 1 else bearing
    return bearing


def _may_have(numbers: Iterable[str]) -> Q:
    """Matters that may have one of these Chinese numbers, however its brackets, spaces and zeros were written;
    `_numbers_of` tells."""
    query = Q(pk__in=[])
    for number in numbers:
        year, running = year_and_number(number)
        for field in _NUMBER_FIELDS:
            query |= Q(**{f"{field}__contains": year}) & Q(**{f"{field}__contains": running})
    return query


def _numbers_of(matter: Matter) -> set[str]:
    return {normalise(getattr(matter, field)) for field in _NUMBER_FIELDS if getattr(matter, field)}


def names_on(name: str, text: str, actor: User) -> list[int]:
    """Open matters of the actor's whose borrower is named on the paper, newest first, a few of them."""
    words = f"{name}\n{text}"
    people = Matter.objects.visible_to(actor).open().order_by("-pk").values_list("pk", "case__borrower__name")
    found = (pk for pk, borrower in people.iterator() if len(borrower) >= SHORTEST_NAME and borrower in words)
    return list(islice(found, SUGGESTED))


def suggestions(papers: Iterable[CourtPaper], actor: User) -> dict[int, list[Matter]]:
    """For each waiting paper the actor's matters it may belong to: those whose number it bears (when they are several),
    and open ones whose borrower is named on it. Two queries, however many papers."""
    waiting = list(papers)
    matters = Matter.objects.visible_to(actor).select_related("case__creditor", "case__borrower", "court")
    numbers = {number for paper in waiting for number in paper.numbers}
    numbered = list(matters.filter(_may_have(numbers)).distinct()[:200]) if numbers else []
    named = matters.in_bulk({pk for paper in waiting for pk in paper.named})
    chosen: dict[int, list[Matter]] = {}
    for paper in waiting:
        fitting = [matter for matter in numbered if _numbers_of(matter).intersection(paper.numbers)]
        fitting += [named[pk] for pk in paper.named if pk in named and named[pk] not in fitting]
        chosen[paper.pk] = fitting[:SUGGESTED]
    return chosen
