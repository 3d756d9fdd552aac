"""Court fees (诉讼费用交纳办法 13–16): acceptance, enforcement, preservation, from the dated table beside this file.

The text has no rule for rounding: figures stay exact and are rounded to the cent at the end.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from borrowers.errors import InputError, gettext_noop
from borrowers.money import money_text, round_money

FILE = Path(__file__).with_name("fees.toml")
PROCEDURES = ("ordinary", "summary", "small", "mediated", "payment_order")


@dataclass(frozen=True, slots=True)
class Fee:
    """`amount` in yuan, rounded; `formula` is how it came about; `clause` of 诉讼费用交纳办法."""

    amount: Decimal
    formula: str
    clause: str


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def court_fee(claim: Decimal, procedure: str = "ordinary") -> Fee:
    """The fee for accepting a claim about money. InputError: an unknown procedure, a negative claim."""
    known = _tables()["procedures"]
    if procedure not in known:
        raise InputError("procedure", gettext_noop("must be one of %(ways)s"), ways=", ".join(known))
    _check(claim, "claim")
    exact, formula = _by_bracket(claim, _tables()["court"]["brackets"])
    divisor, clause = known[procedure]["divisor"], str(known[procedure]["clause"])
    if divisor > 1:
        exact, formula = exact / divisor, f"({formula}) ÷ {divisor}"
    return _fee(exact, formula, clause)


def enforcement_fee(amount: Decimal) -> Fee:
    """The fee for enforcing `amount`; not prepaid (20), the debtor bears it (38). InputError: a negative amount."""
    _check(amount, "amount")
    exact, formula = _by_bracket(amount, _tables()["enforcement"]["brackets"])
    return _fee(exact, formula, str(_tables()["enforcement"]["clause"]))


def preservation_fee(amount: Decimal) -> Fee:
    """The fee for preserving property worth `amount`, at most 5,000. InputError: a negative amount."""
    _check(amount, "amount")
    table = _tables()["preservation"]
    exact, formula = _by_bracket(amount, table["brackets"])
    limit = Decimal(table["limit"])
    if exact > limit:
        exact, formula = limit, f"{formula} > {money_text(limit)}"
    return _fee(exact, formula, str(table["clause"]))


def _check(amount: Decimal, where: str) -> None:
    if amount < 0:
        raise InputError(where, gettext_noop("must not be negative"))


def _by_bracket(amount: Decimal, brackets: list[dict[str, Any]]) -> tuple[Decimal, str]:
    bracket = next(b for b in brackets if "at_most" not in b or amount <= b["at_most"])
    rate, plus = Decimal(bracket["rate"]), Decimal(bracket["plus"])
    if not rate:
        return plus, money_text(plus)
    sign = "+" if plus >= 0 else "−"
    return amount * rate + plus, f"{money_text(amount)} × {rate.normalize():f} {sign} {money_text(abs(plus))}"


def _fee(exact: Decimal, formula: str, clause: str) -> Fee:
    amount = round_money(exact)
    return Fee(amount, f"{formula} = {money_text(amount)}", clause)
