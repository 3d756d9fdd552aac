"""Which days a matter must not miss, from what is known of it: days, clauses and warnings are data (deadlines.toml).

The day from which a term is counted is not counted itself (民法典 201), and its last day rolls over days of rest (203) where
the law says so. Terms that end by themselves, such as a preservation or a guarantee, do not roll.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from borrowers.rules.months import add_months
from legal.rules import procedure
from legal.rules.calendar_days import roll_forward
from legal.rules.limitation import Event, limitation

FILE = Path(__file__).with_name("deadlines.toml")
# How a deadline stands.
OPEN, MET, GONE = "open", "met", "gone"


@cache
def table() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Preserved:
    """What a court holds; `ref` tells it from others of the matter."""

    ref: str
    asset: str
    since: dt.date
    until: dt.date | None = None
    released_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class LoanTerm:
    """Of one loan of the matter: from when its limitation runs and its last day in time (None while it is stopped), and
    the last day of its guarantee (None: nobody guarantees it, or the guarantor was claimed on)."""

    ref: str
    due_on: dt.date
    expires_on: dt.date | None = None
    is_expired: bool = False
    guarantee_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class MatterFacts:
    """What a matter's deadlines follow from. `over_on`: it ended on that day. `is_china`: its terms are China's; elsewhere
    only the days that a court has fixed are known. `interruptions` are what interrupts the time to apply for
    enforcement."""

    is_china: bool = True
    is_final: bool = False
    in_court: bool = False
    hearing_at: dt.datetime | None = None
    hearing_on: dt.date | None = None
    payment_order_on: dt.date | None = None
    writ_issued_on: dt.date | None = None
    writ_served_on: dt.date | None = None
    order_opposed_on: dt.date | None = None
    mediation_on: dt.date | None = None
    filed_on: dt.date | None = None
    accepted_on: dt.date | None = None
    fee_paid_on: dt.date | None = None
    served_on: dt.date | None = None
    served_by_notice: bool = False
    judged_on: dt.date | None = None
    judgment_served_on: dt.date | None = None
    appealed_on: dt.date | None = None
    effective_on: dt.date | None = None
    performance_due_on: dt.date | None = None
    enforcement_applied_on: dt.date | None = None
    terminated_on: dt.date | None = None
    over_on: dt.date | None = None
    preserved: Sequence[Preserved] = ()
    loans: Sequence[LoanTerm] = ()
    interruptions: Sequence[Event] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Due:
    """One deadline: counted from `basis_on`, due on `due_on`. `state` is open, met (by a later step, or passed by itself)
    or gone; `reasons` tell of what moved it."""

    kind: str
    basis_on: dt.date
    due_on: dt.date
    state: str = OPEN
    ref: str = ""
    at: dt.datetime | None = None
    reasons: tuple[tuple[dt.date, str, str], ...] = ()

    @property
    def clause(self) -> str:
        return str(table()[self.kind]["clause"])

    @property
    def grade(self) -> str:
        return str(table()[self.kind]["grade"])


def warnings_of(kind: str) -> tuple[int, ...]:
    """Days before a deadline of that kind on which its people are reminded, the longest first."""
    own = table().get(kind, {}).get("warn", ())
    return tuple(sorted({*own, *table()["reminders"]}, reverse=True))


def deadlines_of(facts: MatterFacts, on: dt.date) -> tuple[Due, ...]:
    """All that follow from the matter as it stands on the day `on`; those of an ended matter are gone."""
    found = [*_fixed(facts, on)]
    if facts.is_china:
        found += [
            *_before_suit(facts),
            *_suit(facts, on),
            *_after_judgment(facts, on),
            *_held(facts),
            *_loans(facts, on),
        ]
    if facts.over_on is not None:
        return tuple(_with(due, GONE) if due.state == OPEN else due for due in found)
    return tuple(found)


def _with(due: Due, state: str) -> Due:
    return Due(due.kind, due.basis_on, due.due_on, state, due.ref, due.at, due.reasons)


def _term(kind: str, basis: dt.date) -> dt.date:
    """`basis` plus the days of the kind, rolled where the table says so."""
    entry = table()[kind]
    last = basis + dt.timedelta(days=entry["days"])
    return roll_forward(last) if entry.get("rolls") else last


def _state(kind: str, due_on: dt.date, on: dt.date | None, *later: dt.date | None) -> str:
    """Met once one of the later steps is known, or by itself once its day is over."""
    if any(later) or (on is not None and table()[kind].get("passes") and due_on < on):
        return MET
    return OPEN


def _fixed(facts: MatterFacts, on: dt.date) -> Iterator[Due]:
    """Days that a court has fixed."""
    if facts.hearing_on is not None:
        state = _state("hearing", facts.hearing_on, on, facts.judged_on, facts.effective_on)
        yield Due("hearing", facts.hearing_on, facts.hearing_on, state, at=facts.hearing_at)
    if facts.performance_due_on is not None:
        state = _state("performance", facts.performance_due_on, on, facts.enforcement_applied_on)
        yield Due("performance", facts.performance_due_on, facts.performance_due_on, state)


def _before_suit(facts: MatterFacts) -> Iterator[Due]:
    ended = (facts.order_opposed_on, facts.filed_on, facts.effective_on)
    if facts.writ_issued_on is not None:
        days = procedure.table()["payment_order"]["lapses_unserved_after_days"]
        due_on = roll_forward(facts.writ_issued_on + dt.timedelta(days=days))
        state = _state("order_service", due_on, None, facts.writ_served_on, *ended)
        yield Due("order_service", facts.writ_issued_on, due_on, state)
    if facts.writ_served_on is not None:
        due_on = procedure.last_day_to_object(facts.writ_served_on)
        yield Due("order_objection", facts.writ_served_on, due_on, _state("order_objection", due_on, None, *ended))
    if facts.mediation_on is not None:
        due_on = _term("mediation", facts.mediation_on)
        later = (facts.payment_order_on, facts.filed_on, facts.effective_on)
        state = _state("mediation", due_on, None, *(day for day in later if day and day >= facts.mediation_on))
        yield Due("mediation", facts.mediation_on, due_on, state)


def _suit(facts: MatterFacts, on: dt.date) -> Iterator[Due]:
    heard = (facts.judged_on, facts.effective_on)
    if facts.accepted_on is not None:
        due_on = _term("court_fee", facts.accepted_on)
        # The court goes on only once it is paid.
        state = _state("court_fee", due_on, None, facts.fee_paid_on, facts.served_on, facts.hearing_on, *heard)
        yield Due("court_fee", facts.accepted_on, due_on, state)
    served = facts.served_on
    if served is not None and facts.served_by_notice:
        due_on = _term("notice_service", served)
        yield Due("notice_service", served, due_on, _state("notice_service", due_on, on, *heard))
        served = due_on
    if served is not None:
        due_on = _term("answer", served)
        yield Due("answer", served, due_on, _state("answer", due_on, on, *heard))
    if facts.judgment_served_on is not None and not facts.is_final:
        due_on = procedure.last_day_to_appeal(facts.judgment_served_on)
        state = _state("appeal", due_on, None, facts.appealed_on, facts.effective_on)
        yield Due("appeal", facts.judgment_served_on, due_on, state)


def _after_judgment(facts: MatterFacts, on: dt.date) -> Iterator[Due]:
    """Two years from the end of the time for performance, else from the effective day; interrupted as limitation is. After
    an enforcement was closed for lack of assets there is no limit (解释 517)."""
    basis = facts.performance_due_on or facts.effective_on
    if basis is None or facts.effective_on is None:
        return
    years = table()["enforcement"]["years"]
    reckoned = limitation(basis, [event for event in facts.interruptions if event.on >= basis], on, years)
    if reckoned.expires_on is None:
        return
    state = OPEN
    if facts.enforcement_applied_on is not None:
        state = MET
    elif facts.terminated_on is not None:
        state = GONE
    reasons = tuple((reason.on, reason.kind, reason.effect) for reason in reckoned.reasons)
    yield Due("enforcement", basis, reckoned.expires_on, state, reasons=reasons)


def _held(facts: MatterFacts) -> Iterator[Due]:
    for held in facts.preserved:
        years = table()["preservation"]["years"][held.asset]
        until = held.until or add_months(held.since, 12 * years)
        yield Due("preservation", held.since, until, GONE if held.released_on else OPEN, held.ref)


def _loans(facts: MatterFacts, on: dt.date) -> Iterator[Due]:
    """Limitation until a court has the matter; the guarantee until somebody sued in its time (693). Once they have run
    out nobody can do anything about them any more: they are no deadlines then, and the loan's limitation tells of it."""
    sued = facts.filed_on or facts.payment_order_on
    for loan in facts.loans:
        if loan.expires_on is not None and not loan.is_expired:
            state = MET if facts.in_court else OPEN
            yield Due("limitation", loan.due_on, loan.expires_on, state, loan.ref)
        if loan.guarantee_until is not None:
            in_time = sued is not None and sued <= loan.guarantee_until
            state = MET if in_time else OPEN if on <= loan.guarantee_until else GONE
            yield Due("guarantee", loan.due_on, loan.guarantee_until, state, loan.ref)
