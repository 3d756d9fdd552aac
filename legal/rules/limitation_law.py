"""Which limitation holds for a creditor's pack, from the data beside this file, and how long guarantees hold."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from borrowers.rules.months import add_months
from legal.rules.limitation import CHINA, Law

FILE = Path(__file__).with_name("limitation_laws.toml")
LAST_INSTALMENT, OLDEST_UNPAID = "last_instalment", "oldest_unpaid"
# 民法典 692: where none was agreed; it is never suspended, interrupted or extended, and ends on its very day.
GUARANTEE_MONTHS = 6
GUARANTEE_CLAUSE = "民法典 692, 693"


@dataclass(frozen=True, slots=True)
class Regime:
    """`years` None: no term holds for all, the creditor's own must be set."""

    years: int | None
    source: str
    grade: str
    runs_from: str
    law: Law


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def regime_of(pack: str, own_years: int | None = None, own_source: str = "") -> Regime:
    """The regime of a pack; the creditor's own term, where one is set, takes the place of the pack's."""
    found = _data()[pack]
    years, source, grade = found.get("years"), str(found["source"]), str(found["grade"])
    if own_years is not None:
        years, source, grade = own_years, own_source, "M"
    law = CHINA if found.get("china") else Law(dict(found["restarts"]), (), source)
    return Regime(years, source, grade, str(found["runs_from"]), law)


def demands_by_message(channel: str, template: str) -> bool:
    """Whether a message in this wording asks for payment, so that its arrival is a demand."""
    return template in _data()["demands"].get(channel, [])


def acknowledging_outcomes() -> list[str]:
    return list(_data()["acknowledges"]["outcomes"])


def guarantee_until(due_on: dt.date, agreed_until: dt.date | None) -> dt.date:
    """The last day on which a guarantor can be held to a loan due on `due_on`; an agreed end that is not later than the
    due date counts as none agreed (692)."""
    if agreed_until is not None and agreed_until > due_on:
        return agreed_until
    return add_months(due_on, GUARANTEE_MONTHS)
