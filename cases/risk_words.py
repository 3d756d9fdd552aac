"""A risk assessment in the words of the case page."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from borrowers.rules.risk import FACTORS, REASON_CODES
from cases.models import RiskRecord

GRADE_WORDS = {
    "A": _("able and willing"),
    "B": _("able, less willing"),
    "C": _("willing, less able"),
    "D": _("less able and less willing"),
    "E": _("hardly able and hardly willing"),
}


@dataclass(frozen=True, slots=True)
class RiskSentence:
    """One reason: `axis` willingness or capacity, the factor's `label`, the `sentence`, its points of `max_points`
    (None in records that did not keep it), and whether the datum was missing."""

    axis: str
    label: str
    sentence: str
    points: int
    max_points: int | None
    missing: bool


def grade_words(grade: str) -> str:
    """What the grade says, such as “able and willing”; "" for no grade. Which of B and C is which is the
    scorecard's choice: see `risk_sentences` for the reasons."""
    return str(GRADE_WORDS.get(grade, ""))


def risk_sentences(record: RiskRecord) -> list[RiskSentence]:
    """The reasons of a record, in the scorecard's order, in the language of the reader."""
    return [_sentence(reason) for reason in record.reasons]


def _sentence(reason: dict) -> RiskSentence:
    factor, code = reason["factor"], reason["code"]
    kind = FACTORS.get(factor)
    template = REASON_CODES.get(code, code)
    shown = "" if kind is None else _value_words(kind.unit, reason.get("value"))
    return RiskSentence(
        axis=reason["axis"],
        label=gettext(kind.label) if kind else factor,
        sentence=gettext(template) % {"value": shown} if "%(" in template else gettext(template),
        points=reason["points"],
        max_points=reason.get("max_points"),
        missing=reason["missing"],
    )


def _value_words(unit: str, value: str | None) -> str:
    if value is None:
        return ""
    number = Decimal(value)
    if unit == "count":
        return ngettext("%(n)d time", "%(n)d times", int(number)) % {"n": int(number)}
    if unit == "days":
        return ngettext("%(n)d day", "%(n)d days", int(number)) % {"n": int(number)}
    if unit == "share":
        return f"{number * 100:.0f} %"
    return f"{number:f}"
