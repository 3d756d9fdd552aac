"""The calculators of contracts.md 3 in JSON: checked on the way in, plain strings on the way out.

Each takes and returns a dict of JSON values and raises InputError with the place, like `payments[2].amount`.
Unknown keys are ignored, wrong types refused. Amounts come as strings or numbers and leave as strings. The
product's own code calls the rules behind them, so a figure here and one on a letter cannot differ.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from borrowers.errors import InputError, gettext_noop
from borrowers.money import money_from_number, money_text, parse_signed_money, shown
from borrowers.rules import allocation as allocation_rules
from borrowers.rules import delinquency as delinquency_rules
from borrowers.rules import penalty as penalty_rules
from borrowers.rules.reference_rates import PublishedRate, lpr_table

_DATE = gettext_noop("%(value)s is not a date: write YYYY-MM-DD")
_WHOLE = gettext_noop("%(value)s is not a whole number")
_NEGATIVE = gettext_noop("%(value)s: the amount must not be negative")
_AMOUNT = gettext_noop("%(value)s is not an amount: write digits with a dot, like 1234.50")
_RATE = gettext_noop("%(value)s is not a yearly rate: write a fraction, like 0.18 for 18 %%")
FOUR_TIMES_LPR = "4lpr"
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _to_date(value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        if isinstance(value, str) and _ISO_DATE.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise InputError("", _DATE, value=shown(str(value)))


def _to_signed_money(value: object) -> Decimal:
    if isinstance(value, str):
        return parse_signed_money(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        # str() gives back the digits that were written, not the nearest binary fraction.
        return money_from_number(Decimal(str(value)))
    raise InputError("", _AMOUNT, value=shown(str(value)))


def _to_money(value: object) -> Decimal:
    amount = _to_signed_money(value)
    if amount < 0:
        raise InputError("", _NEGATIVE, value=shown(str(value)))
    return amount


def _to_whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    raise InputError("", _WHOLE, value=shown(str(value)))


def _to_rate(value: object) -> Decimal:
    """A yearly fraction of at most 1: a rate above 100 % is a per cent written as it is said, and refused."""
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"0(\.[0-9]{1,8})?|1(\.0{1,8})?", text):
        raise InputError("", _RATE, value=shown(text))
    return Decimal(text)


def _to_cap(value: object) -> Decimal | str | None:
    """A yearly fraction, FOUR_TIMES_LPR, or None for no cap."""
    return FOUR_TIMES_LPR if value == FOUR_TIMES_LPR else None if value is None else _to_rate(value)


DateValue = Annotated[dt.date, BeforeValidator(_to_date)]
_SignedMoney = Annotated[Decimal, BeforeValidator(_to_signed_money)]
MoneyValue = Annotated[Decimal, BeforeValidator(_to_money)]
WholeValue = Annotated[int, BeforeValidator(_to_whole)]
_Rate = Annotated[Decimal, BeforeValidator(_to_rate)]
_Cap = Annotated[Decimal | str | None, BeforeValidator(_to_cap)]


class _Instalment(BaseModel):
    number: WholeValue
    due_on: DateValue
    principal: MoneyValue
    interest: MoneyValue = Decimal(0)
    fee: MoneyValue = Decimal(0)

    def to_rule(self) -> delinquency_rules.Instalment:
        return delinquency_rules.Instalment(self.number, self.due_on, self.principal, self.interest, self.fee)


class _Payment(BaseModel):
    paid_on: DateValue
    amount: _SignedMoney

    def to_rule(self) -> delinquency_rules.Payment:
        return delinquency_rules.Payment(self.paid_on, self.amount)


class _Pause(BaseModel):
    start: DateValue
    end: DateValue | None = None


class _DelinquencyInput(BaseModel):
    on: DateValue
    grace_days: Annotated[WholeValue, Field(ge=0)] = 0
    instalments: list[_Instalment]
    payments: list[_Payment] = []
    pauses: list[_Pause] = []


class _AllocationInput(BaseModel):
    order: list[str] = list(allocation_rules.DEFAULT_ORDER)
    across: str = allocation_rules.OLDEST_FIRST
    instalments: list[_Instalment]
    payments: list[_Payment] = []


class _PenaltyInput(BaseModel):
    on: DateValue
    rate: _Rate
    cap: _Cap = None
    contract_on: DateValue | None = None
    running_rate: _Rate = Decimal(0)
    base: str = penalty_rules.PRINCIPAL
    days_in_year: WholeValue = 365
    order: list[str] = list(allocation_rules.DEFAULT_ORDER)
    across: str = allocation_rules.OLDEST_FIRST
    instalments: list[_Instalment]
    payments: list[_Payment] = []
    pauses: list[_Pause] = []


def delinquency(data: dict[str, Any]) -> dict[str, Any]:
    """How late a loan is: {"on", "grace_days", "instalments", "payments", "pauses"} → {"days_past_due",
    "delinquent_days", "bucket", "oldest_due_on", "overdue_amount", "outstanding_amount"}."""
    given = checked(_DelinquencyInput, data)
    pauses = _pauses(given.pauses)
    instalments = [i.to_rule() for i in given.instalments]
    delinquency_rules.check_numbers(instalments)
    state = delinquency_rules.assess(
        given.on,
        instalments,
        [p.to_rule() for p in given.payments],
        pauses,
        given.grace_days,
    )
    return {
        "days_past_due": state.days_past_due,
        "delinquent_days": state.delinquent_days,
        "bucket": state.bucket,
        "oldest_due_on": state.oldest_due_on.isoformat() if state.oldest_due_on else None,
        "overdue_amount": money_text(state.overdue_amount),
        "outstanding_amount": money_text(state.outstanding_amount),
    }


def allocation(data: dict[str, Any]) -> dict[str, Any]:
    """What each payment pays: {"order", "across", "instalments", "payments"} → {"payments": parts of each,
    in order of date, those of one day as given, "instalments": what is still owed, as given}."""
    given = checked(_AllocationInput, data)
    split = allocation_rules.allocate(
        [i.to_rule() for i in given.instalments],
        [p.to_rule() for p in given.payments],
        given.order,
        given.across,
    )
    return {
        "payments": [
            {
                "paid_on": p.paid_on.isoformat(),
                "fee": money_text(p.fee),
                "interest": money_text(p.interest),
                "principal": money_text(p.principal),
                "excess": money_text(p.excess),
            }
            for p in split.payments
        ],
        "instalments": [
            {
                "number": o.number,
                "fee": money_text(o.fee),
                "interest": money_text(o.interest),
                "principal": money_text(o.principal),
            }
            for o in split.owed
        ],
    }


def penalty(data: dict[str, Any]) -> dict[str, Any]:
    """Penalty interest on what is overdue: {"on", "rate", "cap": yearly fraction | "4lpr", "contract_on" (for 4lpr),
    "running_rate", "base": "principal" | "principal_and_interest", "days_in_year": 365 | 360, "order", "across",
    "instalments", "payments", "pauses"} → {"penalty", "rate" (after the cap), "cap", "lpr", "lpr_published_on",
    "product", "instalments": [{"number", "product", "penalty", "formula"}], "lines": [{"number", "start", "end",
    "base", "days", "product"}]}. Payments pay what has accrued by their day, behind interest."""
    given = checked(_PenaltyInput, data)
    cap, published = _cap_of(given)
    terms = penalty_rules.PenaltyTerms(given.rate, cap, given.running_rate, given.base, given.days_in_year)
    accrued = penalty_rules.accrue_penalty(
        given.on,
        [i.to_rule() for i in given.instalments],
        [p.to_rule() for p in given.payments],
        terms,
        _pauses(given.pauses),
        given.order,
        given.across,
    )
    return {
        "penalty": money_text(accrued.amount),
        "rate": f"{accrued.rate:f}",
        "cap": None if cap is None else f"{cap:f}",
        "lpr": f"{published.rate:f}" if published else None,
        "lpr_published_on": published.published_on.isoformat() if published else None,
        "product": money_text(accrued.product),
        "instalments": [
            {
                "number": number,
                "product": money_text(product),
                "penalty": money_text(amount),
                "formula": _formula(terms, product, amount),
            }
            for number, (product, amount) in accrued.by_number.items()
        ],
        "lines": [
            {
                "number": line.number,
                "start": line.start.isoformat(),
                "end": line.end.isoformat(),
                "base": money_text(line.base),
                "days": line.days,
                "product": money_text(line.product),
            }
            for line in accrued.lines
        ],
    }


def _formula(terms: penalty_rules.PenaltyTerms, product: Decimal, amount: Decimal) -> str:
    text = f"{money_text(product)} × {terms.effective_rate:f} ÷ {terms.days_in_year} = "
    whole = terms.penalty_of(product)
    return text + (money_text(amount) if amount == whole else f"{money_text(whole)} > {money_text(amount)} (cap)")


def _cap_of(given: _PenaltyInput) -> tuple[Decimal | None, PublishedRate | None]:
    """The cap as a yearly fraction, and the LPR it was made from."""
    if not isinstance(given.cap, str):
        return given.cap, None
    if given.contract_on is None:
        raise InputError("contract_on", gettext_noop("is missing"))
    published = lpr_table().on(given.contract_on, "contract_on")
    return published.rate * penalty_rules.LPR_TIMES, published


def _pauses(given: list[_Pause]) -> list[delinquency_rules.Pause]:
    for index, pause in enumerate(given):
        if pause.end is not None and pause.end < pause.start:
            raise InputError(
                f"pauses[{index}].end",
                gettext_noop("%(end)s is before the start %(start)s"),
                end=pause.end,
                start=pause.start,
            )
    return [delinquency_rules.Pause(pause.start, pause.end) for pause in given]


# pydantic's own words are about Python; these are about the input. Anything else keeps pydantic's.
_MESSAGES = {
    "missing": gettext_noop("is missing"),
    "list_type": gettext_noop("must be a list"),
    "model_type": gettext_noop("must be an object with named values"),
    "string_type": gettext_noop("must be a text"),
    "greater_than_equal": gettext_noop("must not be negative"),
}


Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], data: object) -> Model:
    """`data` as a `model`; the first thing wrong with it as InputError."""
    try:
        return model.model_validate(data)
    except ValidationError as refusal:
        first = refusal.errors(include_url=False)[0]
        raise input_error_from(first["loc"], first["type"], first["msg"], first.get("ctx")) from refusal


def input_error_from(
    loc: tuple[int | str, ...], kind: str, message: str, context: dict[str, Any] | None = None
) -> InputError:
    """One error of pydantic's as InputError: ("payments", 2, "amount") becomes payments[2].amount."""
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    inner = (context or {}).get("error")
    if isinstance(inner, InputError):
        return InputError(where, inner.message, **inner.params)
    return InputError(where, _MESSAGES.get(kind, message))
