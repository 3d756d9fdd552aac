"""Content and wording → PDF."""

from __future__ import annotations

import logging
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from cases.letters.qr import qr_uri
from cases.letters.render import RenderedLetter, RenderError, lay_out
from cases.letters.seal import seal_uri
from legal.models import LegalPaper
from legal.services.matters import LegalRefused
from legal.services.papers import content as papers
from legal.services.papers.wording import draw_wording

logger = logging.getLogger(__name__)
Kind = LegalPaper.Kind
# As it stands in the title of the file; and how the creditor signs, where the firm does not sign alone.
_TITLES = {
    Kind.LAWYERS_LETTER: ("Lawyer’s letter", "律师函"),
    Kind.COMPLAINT: ("Civil complaint", "民事起诉状"),
    Kind.PAYMENT_ORDER: ("Application for a payment order", "支付令申请书"),
    Kind.EVIDENCE_CATALOGUE: ("Evidence catalogue", "证据目录"),
    Kind.POWER_OF_ATTORNEY: ("Power of attorney", "授权委托书"),
    Kind.PRESERVATION: ("Application for preservation", "财产保全申请书"),
    Kind.SETTLEMENT: ("Settlement agreement", "和解协议"),
    Kind.ENFORCEMENT: ("Application for enforcement", "强制执行申请书"),
    Kind.ASSIGNMENT_NOTICE: ("Notice of assignment", "债权转让通知书"),
    Kind.VALIDATION_NOTICE: ("Validation notice", "债务确认通知"),
}
_SIGNS = {
    Kind.COMPLAINT: ("Plaintiff", "具状人"),
    Kind.PAYMENT_ORDER: ("Applicant", "申请人"),
    Kind.PRESERVATION: ("Applicant", "申请人"),
    Kind.ENFORCEMENT: ("Applicant", "申请人"),
    Kind.POWER_OF_ATTORNEY: ("Principal", "委托人"),
    Kind.SETTLEMENT: ("Party A", "甲方"),
    Kind.ASSIGNMENT_NOTICE: ("Assignor", "转让人"),
}
_CHINESE = "zh-hans"


def title_of(kind: str, language: str) -> str:
    return _TITLES[Kind(kind)][language == _CHINESE]


def draw_paper(
    kind: str, body: str, content: papers.Paper, *, seal_svg: str = "", signed: bool = False
) -> RenderedLetter:
    """The paper as PDF; the same content, wording and seal give the same bytes. `signed`: room is left for the seal that
    comes with the signature; else the firm's own picture of its seal stands there, or an empty circle for a stamp.

    LegalRefused when the layout fails or is too long: one paper that cannot be drawn keeps no other from being issued.
    """
    party = _SIGNS.get(Kind(kind))
    extra: dict[str, Any] = {
        "by_firm": party is None,
        "appointed": kind == Kind.POWER_OF_ATTORNEY,
        "party_words": party[content.language == _CHINESE] if party else "",
        "signed": signed,
        "seal": seal_uri(content.firm.name, seal_svg) if seal_svg and not signed else "",
        "qr": qr_uri(content.case_no),
    }
    shown = draw_wording(body, content, extra)
    page = {
        "title": title_of(kind, content.language),
        "body": shown,
        "number": content.number,
        "layout": "letter" if party is None and kind != Kind.EVIDENCE_CATALOGUE else "court-paper",
        "author": content.firm.name,
        "created": content.issued_on.isoformat(),
    }
    html = render_to_string(f"letters/legal_page_{content.language.replace('-', '_')}.html", page)
    # The face draws ’ as wide as a Chinese character, which tears English words apart.
    try:
        return lay_out(html.replace("’", "'") if content.language == "en" else html, html)
    except RenderError as error:
        logger.exception("a paper of case %s cannot be drawn", content.case_no)
        raise LegalRefused(_("The paper cannot be drawn: %(error)s") % {"error": error}) from error
