"""Limitation of actions as a state with its reasons (民法典 188–195, 诉讼时效规定).

- It runs from the due date. What interrupts it (195) starts it anew from that day; a plan, from the last day of the plan
  where that is given (189).
- Proceedings stop it until they end; then it starts anew (195).
- A suspension counts in the last six months only; the time then ends six months after the cause has ended (194).
- A demand that is not known to have arrived restarts nothing.
- Once it has expired, only the debtor's own agreement, voluntary performance or signature revives it (192).
- Never longer than twenty years from the due date (188).

That is China's law, `CHINA`. What restarts it elsewhere is data (limitation_laws.toml): a `Law` of another country has its
own, and neither this suspension nor this long stop nor these days of rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from borrowers.errors import InputError, gettext_noop
from borrowers.rules.months import add_months
from legal.rules.calendar_days import roll_forward

RUNNING, INTERRUPTED, IN_PROCEEDINGS = "running", "interrupted", "in_proceedings"
SUSPENDED, EXPIRED, REVIVED = "suspended", "expired", "revived"
STATES = (RUNNING, INTERRUPTED, IN_PROCEEDINGS, SUSPENDED, EXPIRED, REVIVED)

LONG_STOP_YEARS = 20
LAST_MONTHS = 6

STARTED, ENDED, SUSPENSION, SENT = "proceedings_started", "proceedings_ended", "suspended", "demand_sent"
# What interrupts, with its clause.
INTERRUPTING = {
    "demand_delivered": "民法典 195(1)",
    "part_payment": "民法典 195(2)",
    "acknowledgement": "民法典 195(2)",
    "plan_agreed": "民法典 195(2)",
    "assignment_notice": "诉讼时效规定 17",
    "signed_demand": "民法典 195(1)",
    "voluntary_performance": "民法典 195(2)",
}
REVIVING = ("signed_demand", "voluntary_performance", "plan_agreed")
KINDS = (*INTERRUPTING, STARTED, ENDED, SUSPENSION, SENT)
# Of one day: what stops the clock before what restarts it, the end of proceedings after their beginning.
_RANK = {SUSPENSION: 0, STARTED: 2, ENDED: 3}


@dataclass(frozen=True, slots=True)
class Law:
    """What restarts limitation (kind → clause), what revives it, where its term stands; whether what else China's law
    knows (suspension in the last six months, twenty years at most, days of rest, proceedings that restart) applies."""

    interrupting: Mapping[str, str]
    reviving: tuple[str, ...]
    source: str
    is_china: bool = False


CHINA = Law(INTERRUPTING, REVIVING, "民法典 188", is_china=True)


@dataclass(frozen=True, slots=True)
class Event:
    """`until` (the last day) is for suspensions and plans only; without it a suspension lasts. `via` and `ref` tell what
    it was (a letter and its number) and change nothing."""

    kind: str
    on: dt.date
    until: dt.date | None = None
    via: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """What one event did: `effect` is starts, restarts, stops, revives, none, unproven, too_late or expires."""

    on: dt.date
    kind: str
    effect: str
    source: str
    via: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Limitation:
    """`expires_on` is the last day on which a suit is in time; None while proceedings or a suspension without end stop
    the clock."""

    state: str
    expires_on: dt.date | None
    reasons: tuple[Reason, ...]


def limitation(due_on: dt.date, events: Iterable[Event], on: dt.date, years: int = 3, law: Law = CHINA) -> Limitation:
    """Where limitation stands on the day `on`. Events after that day do not count.

    InputError: an unknown kind, an end before its beginning, or years below 1.
    """
    if years < 1:
        raise InputError("years", gettext_noop("must be at least 1"))
    known = [event for place, event in enumerate(events) if _checked(event, place) and event.on <= on]
    clock = _Clock(due_on, years, [event for event in known if event.kind == SUSPENSION], law)
    for event in sorted(known, key=lambda event: (event.on, _RANK.get(event.kind, 1))):
        clock.take(event)
    return clock.read(on)


def _checked(event: Event, place: int) -> bool:
    if event.kind not in KINDS:
        raise InputError(f"events[{place}].kind", gettext_noop("must be one of %(ways)s"), ways=", ".join(KINDS))
    if event.until is not None and event.until < event.on:
        raise InputError(
            f"events[{place}].until",
            gettext_noop("%(end)s is before the start %(start)s"),
            end=event.until,
            start=event.on,
        )
    return True


class _Clock:
    """Limitation while its events pass. `since` is the day from which the present term runs."""

    def __init__(self, due_on: dt.date, years: int, suspensions: list[Event], law: Law = CHINA) -> None:
        self.due_on, self.years, self.since, self.law = due_on, years, due_on, law
        self.suspensions = sorted(suspensions, key=lambda event: event.on) if law.is_china else []
        self.state, self.open_proceedings = RUNNING, 0
        self.reasons: list[Reason] = [Reason(due_on, "due", "starts", law.source)]

    def take(self, event: Event) -> None:
        if event.on < self.due_on:
            self._note(event, "none", self.law.source)
        elif not self.law.is_china:
            self._take_elsewhere(event)
        elif event.kind == SUSPENSION:
            inside = self._suspends(event, self._raw_end(event.on, but=event))
            self._note(event, "stops" if inside else "none", "民法典 194")
        elif event.kind == SENT:
            self._note(event, "unproven", "民法典 195(1)")
        elif event.kind == ENDED:
            self._end_proceedings(event)
        elif not self.open_proceedings and self._has_expired(event.on):
            self._take_late(event)
        elif event.kind == STARTED:
            self.open_proceedings += 1
            self._note(event, "stops", "民法典 195(3)")
        else:
            self._restart(event, INTERRUPTED, "restarts", INTERRUPTING[event.kind])

    def _take_elsewhere(self, event: Event) -> None:
        """Only what that law names restarts it; a suit in time keeps it while it lasts, and its end gives no new term."""
        if event.kind == STARTED and not self._has_expired(event.on):
            self.open_proceedings += 1
            self._note(event, "stops", self.law.source)
        elif event.kind == ENDED and self.open_proceedings:
            self.open_proceedings -= 1
            self._note(event, "none", self.law.source)
        elif event.kind not in self.law.interrupting:
            self._note(event, "none", self.law.source)
        elif not self.open_proceedings and self._has_expired(event.on):
            self._take_late(event)
        else:
            self._restart(event, INTERRUPTED, "restarts", self.law.interrupting[event.kind])

    def _end_proceedings(self, event: Event) -> None:
        if not self.open_proceedings:
            self._note(event, "none", "民法典 195")
            return
        self.open_proceedings -= 1
        if self.open_proceedings:
            self._note(event, "none", "民法典 195(3)")
        else:
            self._restart(event, INTERRUPTED, "restarts", "民法典 195(3)")

    def _take_late(self, event: Event) -> None:
        clause = "民法典 192" if self.law.is_china else self.law.source
        if event.kind in self.law.reviving:
            self._restart(event, REVIVED, "revives", clause)
        else:
            self._note(event, "too_late", clause)

    def _restart(self, event: Event, state: str, effect: str, source: str) -> None:
        """A plan runs from its last day, whatever else restarts it meanwhile."""
        plan_ends = event.until if event.kind == "plan_agreed" and event.until else event.on
        self.since = max(self.since, event.on, plan_ends)
        self.state = state
        self._note(event, effect, source)

    def _note(self, event: Event, effect: str, source: str) -> None:
        self.reasons.append(Reason(event.on, event.kind, effect, source, event.via, event.ref))

    # --- The end of the term ---------------------------------------------------------------------------

    def _suspends(self, event: Event, end: dt.date | None) -> bool:
        """Whether it lies, with any of its days, in the last six months before `end`."""
        if end is None:
            return True
        return event.on <= roll_forward(end) and (event.until is None or event.until > add_months(end, -LAST_MONTHS))

    def _counting(self, by: dt.date, but: Event | None = None) -> Iterator[tuple[Event, dt.date, dt.date | None]]:
        """The suspensions that began by that day and count, each with the end of the term before and after it; after
        one without end there is none."""
        end = add_months(self.since, 12 * self.years)
        for event in self.suspensions:
            if event is but or event.on > by or not self._suspends(event, end):
                continue
            after = None if event.until is None else max(end, add_months(event.until, LAST_MONTHS))
            yield event, end, after
            if after is None:
                return
            end = after

    def _raw_end(self, by: dt.date, but: Event | None = None) -> dt.date | None:
        """The end of the term with those suspensions; None while one without end stops it."""
        end: dt.date | None = add_months(self.since, 12 * self.years)
        for _event, _before, after in self._counting(by, but):
            end = after
        return end

    def _end(self, by: dt.date) -> dt.date | None:
        """The last day, never behind the long stop, rolled over days of rest."""
        end = self._raw_end(by)
        if not self.law.is_china:
            return end
        stop = add_months(self.due_on, 12 * LONG_STOP_YEARS)
        return None if end is None else roll_forward(min(end, stop))

    def _has_expired(self, day: dt.date) -> bool:
        end = self._end(day)
        return end is not None and end < day

    def read(self, on: dt.date) -> Limitation:
        if self.open_proceedings:
            return Limitation(IN_PROCEEDINGS, None, tuple(self.reasons))
        end = self._end(on)
        if end is not None and end < on:
            self.reasons.append(Reason(end, "term", "expires", self.law.source))
            return Limitation(EXPIRED, end, tuple(self.reasons))
        return Limitation(SUSPENDED if self._stands_still(on) else self.state, end, tuple(self.reasons))

    def _stands_still(self, on: dt.date) -> bool:
        """Whether a suspension stops the clock on that very day."""
        return any(
            (event.until is None or on <= event.until) and on > add_months(before, -LAST_MONTHS)
            for event, before, _after in self._counting(on)
        )
