"""Which strategy is for a case, and which dated steps it yields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cases.strategy.conditions import CaseFacts, condition_holds

# Formal steps build on each other and are never left out because their day has passed.
FORMAL_CHANNELS = frozenset({"demand_letter", "lawyers_letter", "legal_review", "legal"})
_NOTICE = "_notice"


@dataclass(frozen=True, slots=True)
class StepRule:
    """One action `day_offset` days after the oldest unpaid due date."""

    code: str
    day_offset: int
    channel: str
    template_code: str = ""
    condition: str = ""
    performer: str = "system"

    @property
    def is_formal(self) -> bool:
        """A letter, the review for court, the hand-over to legal staff, or the message that announces one (its template ends in `_notice`)."""
        return self.channel in FORMAL_CHANNELS or self.template_code.endswith(_NOTICE)


@dataclass(frozen=True, slots=True)
class StrategyRule:
    """A segment and its steps. `creditor` is a creditor's code, "" for all."""

    id: int
    code: str
    version: int
    condition: str = ""
    creditor: str = ""
    steps: tuple[StepRule, ...] = ()


@dataclass(frozen=True, slots=True)
class DatedStep:
    """A step of a plan as the strategy wants it; the same (code, anchor_on) is the same step for ever."""

    code: str
    anchor_on: dt.date
    due_on: dt.date
    channel: str
    template_code: str
    performer: str
    is_formal: bool


def choose_strategy(strategies: Sequence[StrategyRule], facts: CaseFacts) -> StrategyRule | None:
    """The first, in the order given, that is for this creditor and whose condition holds."""
    for strategy in strategies:
        if strategy.creditor in ("", facts.creditor) and condition_holds(strategy.condition, facts):
            return strategy
    return None


def dated_steps(strategy: StrategyRule, facts: CaseFacts, anchor_on: dt.date) -> tuple[DatedStep, ...]:
    """The steps whose condition holds, by date; steps of one day in the strategy's order."""
    steps = (_dated(rule, anchor_on) for rule in strategy.steps if condition_holds(rule.condition, facts))
    return tuple(sorted(steps, key=lambda step: step.due_on))


def _dated(rule: StepRule, anchor_on: dt.date) -> DatedStep:
    due_on = anchor_on + dt.timedelta(days=rule.day_offset)
    return DatedStep(rule.code, anchor_on, due_on, rule.channel, rule.template_code, rule.performer, rule.is_formal)


def broken_promise_step(promise_id: int, promised_for: dt.date, decided_on: dt.date) -> DatedStep:
    """A call about a broken promise, on the day it was found broken: once a promise."""
    return DatedStep(f"broken_promise_{promise_id}", promised_for, decided_on, "phone", "", "collector", True)


def is_broken_promise(code: str) -> bool:
    return code.startswith("broken_promise_")


def formal_steps(steps: Iterable[DatedStep]) -> list[DatedStep]:
    """The letters, reviews and their notices among `steps`."""
    return [step for step in steps if step.is_formal and not is_broken_promise(step.code)]
