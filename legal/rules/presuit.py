"""What a suit lacks before it is filed: facts in, findings out. Facts that nobody knows count as missing.

Levels: `blocking` (the law forbids the suit, nobody may override it), `missing` (a court would ask for it, or the suit
would be lost without it), `warning` (to be thought of), `ok`.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from borrowers.errors import gettext_noop
from borrowers.money import format_money, round_money

FILE = Path(__file__).with_name("recovery.toml")
BLOCKING, MISSING, WARNING, OK = "blocking", "missing", "warning", "ok"
LEVELS = (BLOCKING, MISSING, WARNING, OK)
# How a demand came to the borrower, the strongest first.
SIGNED, DELIVERED, MESSAGE, SENT, NONE = "signed", "delivered", "message", "sent", "none"
NO_COURT, DOMICILE, PERFORMANCE, AGREEMENT = "", "domicile", "performance", "agreement"
# Where a suit about a time-barred debt is forbidden, and by what; elsewhere it is a defence that the borrower may raise.
BARRED_BY = {"us_reg_f": "12 CFR 1006.26(b)", "uk": "FCA CONC 7.15; Limitation Act 1980"}
EXPIRED = "expired"
# A limitation that ends within these days.
NEAR_DAYS = 90
# Holds during which enforcement stands still in the United Kingdom.
BREATHING = frozenset({"breathing_space", "mental_health_crisis"})


@dataclass(frozen=True, slots=True)
class LoanFacts:
    """One loan of the case. `scheduled` is the principal of its schedule; limitation as legal.rules.limitation states it
    (None: it could not be told)."""

    account_no: str
    contract_no: str
    principal: Decimal
    scheduled: Decimal | None
    has_contract: bool = False
    has_disbursement_proof: bool = False
    limitation_state: str | None = None
    expires_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class SuitFacts:
    """A matter before the suit, in the currency of the case. `role` is whether we act as creditor, debt collector or
    agency; `service_address` is where the contract lets a court serve
    papers; `mandate_holds` whether a firm acts with a mandate in force; `hold` the kind of a hold on the case."""

    pack: str
    role: str
    on: dt.date
    currency: str
    name: str = ""
    has_id_number: bool = False
    has_id_paper: bool = False
    has_address: bool = False
    service_address: str = ""
    loans: Sequence[LoanFacts] = ()
    demand: str = NONE
    has_court: bool = False
    venue_basis: str = NO_COURT
    claim: Decimal = Decimal(0)
    court_fee: Decimal = Decimal(0)
    lawyers_fee: Decimal = Decimal(0)
    grade: str = ""
    mandate_holds: bool = False
    hold: str = ""
    open_objections: int = 0
    live_arrangement: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """`words` is an English template in the %(name)s style, filled from `values`; `clause` the law it comes from."""

    level: str
    code: str
    words: str
    values: Mapping[str, object] = field(default_factory=dict)
    clause: str = ""

    def text(self, gettext: Callable[[str], str] = str) -> str:
        said = gettext(self.words)
        return said % self.values if self.values else said


@cache
def recovery_rates() -> dict[str, Decimal]:
    """Expected share by risk grade (grade M)."""
    raw: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {grade: Decimal(rate) for grade, rate in raw["rates"].items()}


def check_suit(facts: SuitFacts) -> tuple[Finding, ...]:
    """One finding or more for each item of the checklist, in its order."""
    return (
        *_identity(facts),
        *_service(facts),
        *_contracts(facts),
        *_demand(facts),
        *_venue(facts),
        *_limitation(facts),
        *_cost(facts),
        *_mandate(facts),
        *_standstill(facts),
    )


def stands_in_the_way(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those for which a suit is refused."""
    return tuple(finding for finding in findings if finding.level in (BLOCKING, MISSING))


def is_blocked(findings: Sequence[Finding]) -> bool:
    """Whether even who may override must not file it."""
    return any(finding.level == BLOCKING for finding in findings)


def _identity(facts: SuitFacts) -> Iterator[Finding]:
    if not facts.name or not facts.has_id_number:
        yield Finding(MISSING, "identity", gettext_noop("the borrower's name or ID number is missing"))
    elif not facts.has_id_paper:
        yield Finding(MISSING, "id_paper", gettext_noop("a copy of the borrower's identity paper is missing"))
    else:
        yield Finding(OK, "identity", gettext_noop("name, ID number and identity paper are on file"))


def _service(facts: SuitFacts) -> Iterator[Finding]:
    if facts.has_address:
        yield Finding(OK, "service", gettext_noop("there is a postal address for service"))
    elif facts.service_address:
        words = gettext_noop("no postal address, but an address for service was agreed")
        yield Finding(OK, "service", words, clause="民诉法 90" if facts.pack == "cn" else "")
    else:
        words = gettext_noop("there is no address for service: it would have to be by public notice")
        yield Finding(MISSING, "service", words, clause="民诉法 95" if facts.pack == "cn" else "")


def _each(loans: Sequence[LoanFacts], holds: Callable[[LoanFacts], bool]) -> str:
    """The accounts for which it does not hold."""
    return ", ".join(loan.account_no for loan in loans if not holds(loan))


def _contracts(facts: SuitFacts) -> Iterator[Finding]:
    if not facts.loans:
        yield Finding(MISSING, "loans", gettext_noop("no loan is left to be claimed"))
        return
    checks: tuple[tuple[str, Callable[[LoanFacts], bool], str, str], ...] = (
        (
            "contract",
            lambda loan: bool(loan.contract_no) and loan.has_contract,
            gettext_noop("contract or its number is missing: %(accounts)s"),
            gettext_noop("the contracts are on file"),
        ),
        (
            "disbursement",
            lambda loan: loan.has_disbursement_proof,
            gettext_noop("proof that the money was paid out is missing: %(accounts)s"),
            gettext_noop("proof that the money was paid out is on file"),
        ),
        (
            "schedule",
            lambda loan: loan.scheduled == loan.principal,
            gettext_noop("the schedule does not add up to the principal lent: %(accounts)s"),
            gettext_noop("the schedules add up to the principal lent"),
        ),
    )
    for code, holds, wrong, right in checks:
        accounts = _each(facts.loans, holds)
        yield Finding(MISSING, code, wrong, {"accounts": accounts}) if accounts else Finding(OK, code, right)


def _demand(facts: SuitFacts) -> Iterator[Finding]:
    clause = "民法典 195(1)" if facts.pack == "cn" else ""
    said = {
        SIGNED: (OK, gettext_noop("a demand was signed for")),
        DELIVERED: (OK, gettext_noop("a demand was delivered, with proof")),
        MESSAGE: (WARNING, gettext_noop("demands arrived by message only; none by letter is proved")),
        SENT: (MISSING, gettext_noop("a demand was sent, but nothing proves that it arrived")),
        NONE: (MISSING, gettext_noop("no demand was made")),
    }[facts.demand]
    yield Finding(said[0], "demand", said[1], clause=clause)


def _venue(facts: SuitFacts) -> Iterator[Finding]:
    clause = "民诉法 24, 35" if facts.pack == "cn" else ""
    if not facts.has_court:
        yield Finding(MISSING, "court", gettext_noop("no court is chosen"), clause=clause)
    elif not facts.venue_basis:
        yield Finding(MISSING, "venue", gettext_noop("it is not said why this court is the right one"), clause=clause)
    else:
        yield Finding(OK, "venue", gettext_noop("court and venue are chosen"), clause=clause)


def _limitation(facts: SuitFacts) -> Iterator[Finding]:
    expired = ", ".join(loan.account_no for loan in facts.loans if loan.limitation_state == EXPIRED)
    unknown = ", ".join(loan.account_no for loan in facts.loans if loan.limitation_state is None)
    ends = [loan.expires_on for loan in facts.loans if loan.expires_on and loan.limitation_state != EXPIRED]
    # Regulation F binds debt collectors, not a creditor in its own name.
    barred = "" if (facts.pack, facts.role) == ("us_reg_f", "creditor") else BARRED_BY.get(facts.pack, "")
    if expired and barred:
        words = gettext_noop("time-barred, so that no suit may be brought or threatened: %(accounts)s")
        yield Finding(BLOCKING, "limitation", words, {"accounts": expired}, barred)
    elif expired:
        words = gettext_noop("limitation has expired, a defence if the borrower raises it: %(accounts)s")
        yield Finding(MISSING, "limitation", words, {"accounts": expired}, "民法典 192" if facts.pack == "cn" else "")
    elif unknown:
        words = gettext_noop("limitation cannot be told: %(accounts)s")
        yield Finding(MISSING, "limitation", words, {"accounts": unknown})
    elif ends and (min(ends) - facts.on).days <= NEAR_DAYS:
        words = gettext_noop("limitation ends on %(day)s")
        yield Finding(WARNING, "limitation", words, {"day": min(ends)}, "民法典 188" if facts.pack == "cn" else "")
    elif facts.loans:
        words = (
            gettext_noop("limitation runs until %(day)s at the earliest")
            if ends
            else gettext_noop("limitation stands still")
        )
        yield Finding(
            OK, "limitation", words, {"day": min(ends)} if ends else {}, "民法典 188" if facts.pack == "cn" else ""
        )


def _cost(facts: SuitFacts) -> Iterator[Finding]:
    """What it costs against what it is expected to bring."""
    rate = recovery_rates().get(facts.grade, recovery_rates()[""])
    expected = round_money(facts.claim * rate, facts.currency)
    cost = facts.court_fee + facts.lawyers_fee
    values = {
        "cost": format_money(cost, facts.currency),
        "expected": format_money(expected, facts.currency),
        "percent": f"{rate * 100:.0f} %",
    }
    if cost >= expected:
        words = gettext_noop("it costs %(cost)s and is expected to bring %(expected)s (%(percent)s of the claim)")
        yield Finding(WARNING, "cost", words, values)
    else:
        words = gettext_noop("%(cost)s of cost against %(expected)s expected (%(percent)s of the claim)")
        yield Finding(OK, "cost", words, values)


def _mandate(facts: SuitFacts) -> Iterator[Finding]:
    if facts.mandate_holds:
        yield Finding(OK, "mandate", gettext_noop("a law firm acts with a mandate in force"))
    else:
        words = gettext_noop("no law firm acts with a mandate in force: the creditor's own staff must go to court")
        yield Finding(WARNING, "mandate", words)


def _standstill(facts: SuitFacts) -> Iterator[Finding]:
    """What says that there should be no suit now."""
    if facts.pack == "uk" and facts.hold in BREATHING:
        words = gettext_noop("enforcement stands still during a breathing space")
        yield Finding(BLOCKING, "standstill", words)
    elif facts.hold:
        yield Finding(MISSING, "hold", gettext_noop("the case is on hold"))
    if facts.open_objections:
        yield Finding(MISSING, "objection", gettext_noop("an objection of the borrower is not answered"))
    if facts.live_arrangement:
        yield Finding(MISSING, "arrangement", gettext_noop("an arrangement is being kept or talked about"))
