"""Inconvenient times as borrowers say them, in English and Chinese: "weekdays except 3 to 5", "周末不要打".

What is named is inconvenient, with or without a "not". "Only" says what is convenient: all else is not; after days
("on weekdays only after 7pm") it is about those days alone. "Except" spares a part of what is named. A bare "fine" is
refused: it says nothing of the rest. Nothing is guessed in silence: what is not understood raises InputError, and what
is understood is shown back (`window_words`) to be confirmed. Conventions:

- an hour from 1 to 6 without am or pm is in the afternoon, 7 to 12 as they stand; two digits with minutes (03:30), and
  0 and 13 to 24, are meant on the 24-hour clock;
- of two hours the unmarked one is where it makes the shortest span: 9 to 5 is 9:00 to 17:00, 3 to 5pm 15:00 to 17:00;
- before 10 is 0:00 to 10:00, after 18 is 18:00 to 24:00; morning 6 to 12, noon and lunch 12 to 14, afternoon 12 to 18,
  evening 18 to 24, night 22 to 8, working hours weekdays 9 to 18.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from borrowers.errors import InputError, gettext_noop

from .facts import TimeWindow
from .time_tokens import (
    CN_DAYS,
    DAY_KINDS,
    MIDNIGHT,
    NOT_UNDERSTOOD,
    OFFICE,
    SPANS,
    WEEK,
    WEEKDAYS,
    WHOLE,
    Clock,
    Span,
    Token,
    clock_of,
    clock_time,
    day_numbers,
    span_of,
    tokens_of,
)
from .window_words import window_words

__all__ = ["window_words", "windows_from_words"]

_NO_TIME = gettext_noop("no day and no time of day is named in “%(words)s”")
_ALONE = gettext_noop("“%(words)s” names a single time: say before, after, or from when to when")
_FINE = gettext_noop("“%(words)s” says when it is convenient: say when it is not, or that only then it is")
_TOO_MUCH = gettext_noop("“%(words)s” says too much at once: say it in two sentences")
_NOTHING_LEFT = gettext_noop("“%(words)s” leaves no time that would be inconvenient")


@dataclass(slots=True)
class _Part:
    """What is named together: days (none told: every day) and spans of the day (none told: the whole day)."""

    days: frozenset[int] = frozenset()
    spans: list[Span] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.days and not self.spans


@dataclass(slots=True)
class _Clause:
    base: _Part = field(default_factory=_Part)
    spared: _Part = field(default_factory=_Part)
    scope: frozenset[int] = frozenset()
    says: set[str] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        return self.base.is_empty and self.spared.is_empty and not self.scope


def windows_from_words(text: str) -> tuple[TimeWindow, ...]:
    """The inconvenient times that `text` tells of, each with these words; InputError says what was not understood."""
    words = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\n", ";").strip()
    if len(words) > 300:  # what a condition keeps
        raise InputError("", gettext_noop("the words are too long"))
    clauses = _Reader(words).read()
    if not clauses:
        raise InputError("", _NO_TIME, words=words)
    if sum("only" in clause.says and not clause.scope for clause in clauses) > 1:
        raise InputError("", _TOO_MUCH, words=words)
    found = [window for clause in clauses for window in _windows(clause, words)]
    if not found:
        raise InputError("", _NOTHING_LEFT, words=words)
    return tuple(dict.fromkeys(TimeWindow(days, *span, outside, words) for days, span, outside in found))


class _Reader:
    """Reads tokens from left to right into clauses."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.tokens = tokens_of(words)
        self.at = 0
        self.clauses: list[_Clause] = []
        self.clause = _Clause()
        self.sparing = False
        self.fresh = False  # a comma was read since the last thing named
        self.said_after = ""  # what was said last after something was named: "weekends, no"

    def kind(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead][0] if self.at + ahead < len(self.tokens) else ""

    def next(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def read(self) -> list[_Clause]:
        while self.at < len(self.tokens):
            self._read_one()
        self._close()
        return self.clauses

    def _read_one(self) -> None:
        kind = self.kind()
        if kind in ("neg", "only", "pos"):
            self._say(self.next()[0])
        elif kind in ("except", "outside"):
            self._spare(self.next()[0])
        elif kind in ("weekdays", "weekend", "week", "cnday", "day"):
            self._name(self._days(), [])
        elif kind in ("comma", "and"):
            self.fresh = self.next()[0] == "comma" or self.fresh
        elif kind == "stop":
            self.next()
            self._close()
        elif kind == "office":
            self.next()
            self._name(WEEKDAYS, [OFFICE])
        else:
            self._name(frozenset(), [self._span()])

    def _say(self, kind: str) -> None:
        """A word that says how it is meant. After a comma, or a second one of another kind, it begins a clause."""
        clause = self.clause
        named = not clause.is_empty
        again = kind == "neg" and "neg" in clause.says and self.kind() not in ("", "stop", "comma", "neg", "pos")
        other = kind != "pos" and bool(clause.says - {kind, "neg", "pos"})
        if named and clause.says and (self.fresh or again or other):
            self._close()
        elif named and kind == "only" and clause.base.days and not clause.base.spans and self._time_follows():
            clause.scope, clause.base = clause.base.days, _Part()
        if not self.clause.is_empty:
            self.said_after = kind
        self.clause.says.add(kind)

    def _time_follows(self) -> bool:
        kinds = [kind for kind, _match in self.tokens[self.at :]]
        return bool(kinds) and kinds[0] not in ("stop", "comma", "and") and not set(kinds) & set(DAY_KINDS)

    def _spare(self, kind: str) -> None:
        self.clause.says.add("except")
        if kind == "except":
            self.sparing = True
        elif self.sparing:
            self.sparing = False  # the end of 除了 … 以外
        elif self.clause.base.spans:
            self.clause.spared.spans, self.clause.base.spans = self.clause.base.spans, []
        else:
            self.clause.spared.days, self.clause.base.days = self.clause.base.days, frozenset()

    def _name(self, days: frozenset[int], spans: list[Span]) -> None:
        part = self.clause.spared if self.sparing else self.clause.base
        if self.said_after and "neg" in self.clause.says and not self.sparing and self.fresh:
            # "no weekends, mornings neither" begins anew, and so does what has its own words: "weekends no, mornings no".
            self._begin_alike()
            part = self.clause.base
        elif self.fresh and part.spans and days:
            # "mornings, weekends": two things, both meant alike.
            self._begin_alike()
            part = self.clause.base
        elif self.said_after == "pos" and not self.clause.is_empty:
            raise InputError("", _TOO_MUCH, words=self.words)
        self.fresh = False
        part.days |= days
        part.spans += spans

    def _begin_alike(self) -> None:
        says = self.clause.says
        if says - {"neg", "pos"}:
            raise InputError("", _TOO_MUCH, words=self.words)
        self._close()
        # What has words of its own needs none of the others'.
        until = next((kind for kind, _match in self.tokens[self.at :] if kind in ("neg", "only", "comma", "stop")), "")
        self.clause.says = set() if until in ("neg", "only") else set(says)

    def _close(self) -> None:
        if not self.clause.is_empty:
            self.clauses.append(self.clause)
        elif self.clause.says and not self.clauses:
            raise InputError("", _NO_TIME, words=self.words)
        self.clause, self.sparing, self.fresh, self.said_after = _Clause(), False, False, ""

    def _days(self) -> frozenset[int]:
        first = day_numbers(*self.next())
        if self.kind() == "to" and self.kind(1) in ("day", "cnday", "time") and len(first) == 1:
            second = self._second_day()
            if second is not None:
                [start] = first
                return frozenset((start + step) % 7 for step in range((second - start) % 7 + 1))
        return first

    def _second_day(self) -> int | None:
        kind, match = self.tokens[self.at + 1]
        if kind == "time":  # 周一至五
            bare = match["time"].strip()
            if self.tokens[self.at - 1][0] != "cnday" or bare not in CN_DAYS:
                return None
            number = CN_DAYS[bare]
        else:
            [number, *_more] = day_numbers(kind, match)
        self.at += 2
        return number

    def _span(self) -> Span:
        kind = self.kind()
        if kind == "span":
            word = self.next()[1]["span"]
            return SPANS[word if word in SPANS else word.removesuffix("s")]
        if kind == "whole":
            self.next()
            return WHOLE
        lead = self.next()[0] if kind in ("before", "after", "between", "from", "to") else ""
        start = self._clock()
        if self.kind() in ("cnbefore", "cnafter"):
            lead = self.next()[0]
        elif self.kind() == "to" or (lead == "between" and self.kind() == "and"):
            self.next()
            return span_of(start, self._clock())
        if lead in ("before", "to", "cnbefore", "after", "from", "cnafter") and start.alone % 1440:
            edge = clock_time(start.alone)
            return (MIDNIGHT, edge) if lead in ("before", "to", "cnbefore") else (edge, MIDNIGHT)
        raise InputError("", _ALONE, words=self.words)

    def _clock(self) -> Clock:
        kind = self.kind()
        if kind == "noon":
            self.next()
            return Clock(720, True)
        if kind == "midnight":
            self.next()
            return Clock(1440, True)
        if kind != "time":
            raise InputError("", NOT_UNDERSTOOD, words=self.words)
        return clock_of(self.next()[1], self.words)


# --- What it means -------------------------------------------------------------------------------------

_Found = tuple[frozenset[int], Span, bool]


def _windows(clause: _Clause, words: str) -> list[_Found]:
    base, spared, says = clause.base, clause.spared, clause.says
    if "pos" in says and not says & {"neg", "only"}:
        raise InputError("", _FINE, words=words)
    if "only" in says:
        if says & {"except", "neg"}:
            raise InputError("", _TOO_MUCH, words=words)
        days = base.days or WEEK
        others = frozenset() if clause.scope else WEEK - days
        found: list[_Found] = [(others, WHOLE, False)] if others else []
        return found + (_all_but(clause.scope or days, base.spans, words) if base.spans else [])
    days = base.days or WEEK
    if "except" not in says:
        return [(days, span, False) for span in base.spans or [WHOLE]]
    if spared.is_empty:
        raise InputError("", _NO_TIME, words=words)
    if spared.spans and base.spans and base.spans != [WHOLE]:
        raise InputError("", _TOO_MUCH, words=words)
    if not spared.spans:
        left = days - spared.days
        return [(left, span, False) for span in base.spans or [WHOLE]] if left else []
    partly = days & spared.days if spared.days else days
    found = [(days - partly, WHOLE, False)] if days - partly else []
    return found + (_all_but(partly, spared.spans, words) if partly else [])


def _all_but(days: frozenset[int], spans: list[Span], words: str) -> list[_Found]:
    """All of these days but the spans."""
    if len(spans) == 1:
        [(start, end)] = spans
        if start == end:
            return []
        return [(days, (start, end), True)] if start < end else [(days, (end, start), False)]
    ordered = sorted(spans)
    edges = [MIDNIGHT, *(edge for span in ordered for edge in span)]
    if any(start >= end and end != MIDNIGHT for start, end in ordered) or edges[:-1] != sorted(edges[:-1]):
        raise InputError("", _TOO_MUCH, words=words)
    ends = [*(start for start, _end in ordered), MIDNIGHT]
    starts = [MIDNIGHT, *(end for _start, end in ordered)]
    gaps = list(zip(starts, ends, strict=True))
    if ordered[-1][1] == MIDNIGHT:
        gaps.pop()
    return [(days, gap, False) for gap in gaps if gap[0] != gap[1] or len(gaps) == 1]
