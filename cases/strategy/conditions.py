"""Conditions of strategies and steps: small typed expressions, such as  bucket in ["M1", "M2"] and overdue_amount >= 500.

rule-engine parses them; nothing of the machine is reachable from one. An unknown name, a wrong type or a way to
read the clock is refused when the condition is saved.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import rule_engine

from borrowers.errors import InputError, gettext_noop


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a condition may ask of a case. Amounts in the case's currency; `creditor` is the creditor's code;
    `grade` is "" before the first assessment."""

    bucket: str
    days_past_due: int
    grade: str
    overdue_amount: Decimal
    outstanding_amount: Decimal
    stage: str
    creditor: str
    currency: str
    promise_open: bool = False


FACT_TYPES = {
    "bucket": rule_engine.DataType.STRING,
    "days_past_due": rule_engine.DataType.FLOAT,
    "grade": rule_engine.DataType.STRING,
    "overdue_amount": rule_engine.DataType.FLOAT,
    "outstanding_amount": rule_engine.DataType.FLOAT,
    "stage": rule_engine.DataType.STRING,
    "creditor": rule_engine.DataType.STRING,
    "currency": rule_engine.DataType.STRING,
    "promise_open": rule_engine.DataType.BOOLEAN,
}
# A value of each type, to run a new condition once: some errors show only then.
_SAMPLE = {
    "bucket": "M1",
    "days_past_due": 1,
    "grade": "A",
    "overdue_amount": Decimal(1),
    "outstanding_amount": Decimal(1),
    "stage": "reminding",
    "creditor": "A",
    "currency": "CNY",
    "promise_open": False,
}


def check_condition(text: str, where: str = "condition") -> None:
    """InputError when `text` is no condition on the facts of a case. Empty is right: it holds always."""
    if not text.strip():
        return
    # `$` leads to the clock and to functions, `~` to regular expressions that may never end.
    for sign in "$~":
        if sign in text:
            raise InputError(where, gettext_noop("“%(sign)s” may not be used in a condition"), sign=sign)
    try:
        rule, _names = _compile(text)
    except rule_engine.errors.SymbolResolutionError as error:
        raise InputError(
            where,
            gettext_noop("there is no fact “%(name)s”: use one of %(known)s"),
            name=error.symbol_name,
            known=", ".join(FACT_TYPES),
        ) from error
    except rule_engine.errors.EngineError as error:
        raise InputError(where, gettext_noop("cannot be read: %(why)s"), why=error.message) from error
    if rule.statement.expression.result_type != rule_engine.DataType.BOOLEAN:
        raise InputError(where, gettext_noop("must be a question with yes or no for an answer"))
    try:
        rule.matches(_SAMPLE)
    except rule_engine.errors.EngineError as error:
        raise InputError(where, gettext_noop("cannot be worked out: %(why)s"), why=error.message) from error


def condition_holds(text: str, facts: CaseFacts) -> bool:
    """Whether the condition holds. One that cannot be worked out for these facts does not."""
    if not text.strip():
        return True
    _rule, names = _compile(text)
    return _matches(text, tuple((name, getattr(facts, name)) for name in names))


@lru_cache(maxsize=512)
def _compile(text: str) -> tuple[rule_engine.Rule, tuple[str, ...]]:
    """The parsed rule, and the facts it looks at."""
    context = rule_engine.Context(type_resolver=dict(FACT_TYPES), default_timezone=dt.UTC)
    rule = rule_engine.Rule(text, context=context)
    return rule, tuple(sorted(set(context.symbols) & set(FACT_TYPES)))


@lru_cache(maxsize=20_000)
def _matches(text: str, values: tuple[tuple[str, object], ...]) -> bool:
    """Most conditions look at bucket and grade alone: over many cases they are asked the same few questions."""
    rule, _names = _compile(text)
    try:
        return bool(rule.matches(dict(values)))
    except rule_engine.errors.EngineError:
        return False
