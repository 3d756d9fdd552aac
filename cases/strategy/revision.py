"""What changes in a plan when its case changes: steps added, skipped, dated anew, taken up again.

Done and queued steps are never touched, so nothing fires twice. What is due and not yet done stays due.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cases.strategy import reasons
from cases.strategy.engine import DatedStep, formal_steps, is_broken_promise

PLANNED, QUEUED, DONE, SKIPPED = "planned", "queued", "done", "skipped"
ONE_DAY = dt.timedelta(days=1)
# Skipped because of something that may pass: taken up again when it has, if the day is still to come.
_PASSING = (reasons.PROMISE_OPEN, reasons.REPLACED, reasons.NEW_ANCHOR, reasons.CONDITION, reasons.NO_STRATEGY)


@dataclass(frozen=True, slots=True)
class StandingStep:
    """A step as it stands in the plan; `id` names its row."""

    id: int
    code: str
    anchor_on: dt.date
    due_on: dt.date
    channel: str
    template_code: str
    performer: str
    state: str = PLANNED
    reason: str = ""

    @property
    def key(self) -> tuple[str, dt.date]:
        return self.code, self.anchor_on


@dataclass(frozen=True, slots=True)
class NewStep:
    step: DatedStep
    state: str = PLANNED
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """`changed` holds standing steps with their new values."""

    added: tuple[NewStep, ...] = ()
    changed: tuple[StandingStep, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The day, whether strategy or version differ from those the plan was last made by, the date of the open promise,
    and what to write on steps that are no longer wanted."""

    on: dt.date
    fresh: bool = True
    promise_until: dt.date | None = None
    because: str = reasons.CONDITION
    extra: tuple[DatedStep, ...] = field(default=())


def revise(standing: Iterable[StandingStep], wanted: Iterable[DatedStep], now: Circumstances) -> Revision:
    """The difference between the plan as it stands and as it should be on the day.

    Wanted steps whose day has passed are added as skipped, not fired all at once; formal steps are not left out but
    begin today and keep their distances. While a promise is open, messages and calls up to its date are skipped and
    formal steps wait until the day after it.
    """
    by_key = {step.key: step for step in standing}
    wanted = [*wanted, *now.extra]
    wanted_keys = {(step.code, step.anchor_on) for step in wanted}
    delay = _delay(wanted, by_key, now.on)
    added, changed = [], []
    for step in wanted:
        old = by_key.get((step.code, step.anchor_on))
        if old is None:
            added.append(_new(step, delay, now))
        elif (new := _kept(old, step, now)) != old:
            changed.append(new)
    changed.extend(
        replace(old, state=SKIPPED, reason=_why_unwanted(old, now))
        for old in by_key.values()
        if old.state == PLANNED and old.key not in wanted_keys
    )
    return Revision(tuple(added), tuple(changed))


def _delay(wanted: list[DatedStep], by_key: dict[tuple[str, dt.date], StandingStep], on: dt.date) -> dt.timedelta:
    """By how much new formal steps come later than their days: as late as those before them already are."""
    longest = dt.timedelta(0)
    for step in formal_steps(wanted):
        old = by_key.get((step.code, step.anchor_on))
        if old is None:
            longest = max(longest, on - step.due_on)
        elif old.state == PLANNED:
            longest = max(longest, max(old.due_on, on) - step.due_on)
    return longest


def _new(step: DatedStep, delay: dt.timedelta, now: Circumstances) -> NewStep:
    if is_broken_promise(step.code):
        return NewStep(replace(step, due_on=max(step.due_on, now.on)))
    if step.is_formal:
        step = replace(step, due_on=step.due_on + delay)
    elif step.due_on < now.on:
        return NewStep(step, SKIPPED, reasons.TOO_LATE)
    if _waits(step.due_on, now):
        if not step.is_formal:
            return NewStep(step, SKIPPED, _promise_reason(now))
        step = replace(step, due_on=_after_promise(now))
    return NewStep(step)


def _kept(old: StandingStep, step: DatedStep, now: Circumstances) -> StandingStep:
    """The standing step that is still wanted, with what the strategy and the promise make of it."""
    if old.state in (DONE, QUEUED):
        return old
    new = old
    if old.state == SKIPPED:
        if old.reason.partition("|")[0] not in _PASSING or (step.due_on < now.on and not step.is_formal):
            return old
        due_on = max(step.due_on, now.on)
        if _waits(due_on, now) and not step.is_formal:
            return old
        new = replace(old, state=PLANNED, reason="", due_on=due_on)
    if now.fresh or old.state == SKIPPED:
        # Due and not yet done stays due: a change of strategy never puts it off.
        due_on = new.due_on if new.due_on <= now.on else max(step.due_on, now.on)
        new = replace(
            new, due_on=due_on, channel=step.channel, template_code=step.template_code, performer=step.performer
        )
    if _waits(new.due_on, now):
        if step.is_formal:
            return replace(new, due_on=_after_promise(now))
        if not _waits(max(step.due_on, now.on), now):
            return replace(new, due_on=max(step.due_on, now.on))
        return replace(new, state=SKIPPED, reason=_promise_reason(now))
    return new


def _waits(due_on: dt.date, now: Circumstances) -> bool:
    return now.promise_until is not None and due_on <= now.promise_until


def _after_promise(now: Circumstances) -> dt.date:
    assert now.promise_until is not None
    return now.promise_until + ONE_DAY


def _promise_reason(now: Circumstances) -> str:
    return reasons.reason_of(reasons.PROMISE_OPEN, now.promise_until)


def _why_unwanted(old: StandingStep, now: Circumstances) -> str:
    return reasons.PROMISE_OVER if is_broken_promise(old.code) else now.because
