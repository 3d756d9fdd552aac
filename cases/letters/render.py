"""Content → HTML → PDF. One font configuration and one style sheet a process: new ones each time leak and are slow."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text import ffi
from weasyprint.text.fonts import FontConfiguration

from borrowers.money import amount_in_words, format_money
from cases.letters.check import check_content
from cases.letters.content import Contract, DemandLetter
from cases.letters.fetcher import FetchRefused, StaticOnlyFetcher
from cases.letters.fonts import STATIC_ROOT
from cases.letters.qr import qr_uri
from cases.letters.seal import seal_uri

_ONE_AT_A_TIME = threading.Lock()
# Missing fonts, refused files and unknown CSS are errors in a paper that a court may see, not remarks in a log.
_WARNINGS_THAT_STOP = ("Failed to load", "Font-face")


class RenderError(RuntimeError):
    """The letter could not be laid out as it should be."""


@dataclass(frozen=True)
class Place:
    """Where something stands: page (the first is 0), and its edges in points from the lower left corner."""

    page: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class RenderedLetter:
    """`seal` is where the element with that id stands, for a signature that is to be seen there."""

    pdf: bytes
    sha256: str
    pages: int
    seal: Place | None = None


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message.startswith(_WARNINGS_THAT_STOP):
            self.heard.append(message)


def check_library() -> str | None:
    """What is wrong with this machine's text libraries, or None. Without libharfbuzz-subset0 each letter takes
    5 to 46 times as long, and only a log line tells."""
    if ffi.harfbuzz_subset is None:
        return "libharfbuzz-subset0 is missing: letters would take many times as long"
    return None


@lru_cache(maxsize=1)
def _layout() -> tuple[FontConfiguration, CSS, StaticOnlyFetcher]:
    problem = check_library()
    if problem:
        raise RenderError(problem)
    fonts = FontConfiguration()
    fetcher = StaticOnlyFetcher()
    sheet = CSS(
        string=render_to_string("letters/letter.css"),
        base_url=STATIC_ROOT.as_uri() + "/",
        font_config=fonts,
        url_fetcher=fetcher,
    )
    return fonts, sheet, fetcher


def render_letter(content: DemandLetter) -> RenderedLetter:
    """A demand letter as PDF (legal papers: legal.services.papers). The same content gives the same bytes.

    Raises LetterRefused (cases.letters.check) when something is missing, RenderError when the layout fails.
    """
    check_content(content)
    return lay_out(letter_html(content), repr(content))


def render_paper(name: str, language: str, context: dict[str, Any]) -> RenderedLetter:
    """Another paper of the house (a statement, an agreement, a certificate) from letters/NAME_LANGUAGE.html, in the same
    layout. RenderError when the layout fails."""
    html = render_to_string(f"letters/{name}_{language.replace('-', '_')}.html", context)
    return lay_out(html.replace("’", "'") if language == "en" else html, html)


def lay_out(html: str, identity: str) -> RenderedLetter:
    """A page of HTML as PDF; the same `identity` gives the same bytes. RenderError when the layout fails.

    One at a time in a process: the fonts are shared, and the text libraries beneath them are not made for threads. Two
    papers drawn at the same moment by two threads of a server corrupt its memory.
    """
    with _ONE_AT_A_TIME:
        return _lay_out(html, identity)


def _lay_out(html: str, identity: str) -> RenderedLetter:
    fonts, sheet, fetcher = _layout()
    listener = _Listener()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(listener)
    try:
        document = HTML(string=html, base_url=STATIC_ROOT.as_uri() + "/", url_fetcher=fetcher).render(
            stylesheets=[sheet], font_config=fonts
        )
        pdf = document.write_pdf(pdf_identifier=hashlib.sha256(identity.encode()).digest()[:16], custom_metadata=False)
    except FetchRefused as refused:
        raise RenderError(str(refused)) from refused
    finally:
        logger.removeHandler(listener)
    if listener.heard:
        raise RenderError("; ".join(listener.heard))
    return RenderedLetter(pdf, hashlib.sha256(pdf).hexdigest(), len(document.pages), _seal(document.pages))


def _seal(pages: Sequence[Any]) -> Place | None:
    """The laid-out page counts in CSS pixels from its upper left corner; a PDF in points from the lower left one."""
    for number, page in enumerate(pages):
        if "seal" in page.anchors:
            left, top, right, bottom = page.anchors["seal"]
            edges = [round(edge * 0.75) for edge in (left, page.height - bottom, right, page.height - top)]
            return Place(number, (edges[0], edges[1], edges[2], edges[3]))
    return None


def letter_html(content: DemandLetter) -> str:
    """The page that is laid out; its wording stands in one template for each language."""
    template = f"letters/demand_{content.language.replace('-', '_')}.html"
    html = render_to_string(template, _context(content))
    # The face draws ’ as wide as a Chinese character, which tears English words apart.
    return html.replace("’", "'") if content.language == "en" else html


def shown_day(value: dt.date, language: str) -> str:
    """A date as papers write it."""
    if language == "zh-hans":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {value:%B %Y}"


def _context(content: DemandLetter) -> dict[str, Any]:
    def shown(amount: Any) -> str:
        return format_money(amount, content.currency, content.language)

    def day(value: dt.date) -> str:
        return shown_day(value, content.language)

    return {
        "letter": content,
        "contracts": [_contract(contract, shown, day) for contract in content.contracts],
        "total": shown(content.total),
        "total_words": amount_in_words(content.total, content.currency, content.language),
        "sum_formula": " + ".join(shown(contract.owed) for contract in content.contracts),
        "issued_on": day(content.issued_on),
        "cut_off": day(content.cut_off),
        "pay_by": day(content.pay_by),
        "seal": seal_uri(content.sender.name, content.sender.seal_svg),
        "qr": qr_uri(content.payment_reference),
        "author": content.sender.name,
        "created": content.issued_on.isoformat(),
    }


_FIGURES = ("principal", "interest", "fee", "penalty", "paid", "owed")


def _contract(contract: Contract, shown: Any, day: Any) -> dict[str, Any]:
    """One contract with every figure as printed, and the line by which its sum is recomputed."""
    totals = {
        name: sum((getattr(row, name) for row in contract.rows), start=contract.owed * 0)
        for name in ("principal", "interest", "fee", "penalty", "paid")
    }
    summands = [
        totals["principal"],
        totals["interest"],
        totals["fee"],
        *([totals["penalty"]] if totals["penalty"] else []),
    ]
    rate = f"{contract.annual_rate * 100:.4f}".rstrip("0").rstrip(".")
    return {
        "contract": contract,
        "disbursed_on": day(contract.disbursed_on),
        "amount": shown(contract.amount),
        "rate": f"{rate}%",
        "owed": shown(contract.owed),
        "has_penalty": bool(totals["penalty"]),
        "totals": {name: f"{value:,.2f}" for name, value in totals.items()},
        "formula": (
            f"{' + '.join(f'{part:,.2f}' for part in summands)} − {totals['paid']:,.2f} = {contract.owed:,.2f}"
        ),
        "rows": [
            {
                "label": row.label or row.number,
                "due_on": row.due_on.isoformat(),
                "days": row.days_past_due,
                **{name: f"{getattr(row, name):,.2f}" for name in _FIGURES},
            }
            for row in contract.rows
        ],
    }
