"""Limitation: examples clause by clause, and against a calendar that is walked one day at a time."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from borrowers.rules.months import add_months
from legal.rules.calendar_days import is_rest_day, roll_forward
from legal.rules.limitation import INTERRUPTING, KINDS, REVIVING, Event, Law, limitation
from legal.rules.limitation_law import guarantee_until, regime_of

DUE = dt.date(2023, 3, 15)
ONE = dt.timedelta(days=1)


def day(text):
    return dt.date.fromisoformat(text)


def at(on, *events, due=DUE, years=3):
    result = limitation(
        due, [Event(kind, day(when), day(until) if until else None) for kind, when, until in events], day(on), years
    )
    return result.state, str(result.expires_on)


@pytest.mark.parametrize(
    ("on", "events", "expected"),
    [
        ("2024-01-01", [], ("running", "2026-03-16")),  # 15 March 2026 is a Sunday
        ("2026-03-16", [], ("running", "2026-03-16")),
        ("2026-03-17", [], ("expired", "2026-03-16")),
        ("2024-06-01", [("demand_sent", "2024-05-06", None)], ("running", "2026-03-16")),
        ("2024-06-01", [("demand_delivered", "2024-05-06", None)], ("interrupted", "2027-05-06")),
        ("2024-06-01", [("demand_delivered", "2023-01-06", None)], ("running", "2026-03-16")),  # not due yet
        ("2024-06-01", [("plan_agreed", "2024-05-06", "2025-05-06")], ("interrupted", "2028-05-08")),
        ("2024-06-01", [("proceedings_started", "2024-05-06", None)], ("in_proceedings", "None")),
        (
            "2024-12-01",
            [("proceedings_started", "2024-05-06", None), ("proceedings_ended", "2024-11-11", None)],
            ("interrupted", "2027-11-11"),
        ),
        ("2024-12-01", [("suspended", "2024-05-06", "2024-08-01")], ("running", "2026-03-16")),
        ("2026-01-15", [("suspended", "2026-01-06", "2026-03-02")], ("suspended", "2026-09-02")),
        ("2026-04-15", [("suspended", "2026-01-06", "2026-03-02")], ("running", "2026-09-02")),
        ("2026-01-15", [("suspended", "2026-01-06", None)], ("suspended", "None")),
        ("2025-06-15", [("suspended", "2025-05-06", "2025-12-01")], ("running", "2026-06-01")),
        ("2026-05-01", [("demand_delivered", "2026-03-17", None)], ("expired", "2026-03-16")),
        ("2026-05-01", [("part_payment", "2026-03-17", None)], ("expired", "2026-03-16")),
        ("2026-05-01", [("signed_demand", "2026-03-17", None)], ("revived", "2029-03-19")),
        ("2026-05-01", [("voluntary_performance", "2026-03-17", None)], ("revived", "2029-03-19")),
        ("2026-05-01", [("proceedings_started", "2026-03-17", None)], ("expired", "2026-03-16")),
        ("2024-01-01", [("demand_delivered", "2024-05-06", None)], ("running", "2026-03-16")),  # has not happened yet
    ],
)
def test_clause_by_clause(on, events, expected):
    assert at(on, *events) == expected


def test_the_reasons_say_what_each_event_did():
    events = [Event("demand_sent", day("2024-01-10")), Event("part_payment", day("2024-06-03"))]
    reasons = limitation(DUE, events, day("2028-01-01")).reasons
    assert [(r.kind, r.effect) for r in reasons] == [
        ("due", "starts"), ("demand_sent", "unproven"), ("part_payment", "restarts"), ("term", "expires"),
    ]  # fmt: skip
    assert all(reason.source for reason in reasons)


def test_twenty_years_are_the_end_of_it():
    events = [Event("part_payment", add_months(DUE, 24 * step)) for step in range(1, 10)]
    state = limitation(DUE, events, day("2041-04-01"))
    assert state.expires_on == roll_forward(day("2043-03-15"))


@given(st.lists(st.sampled_from(sorted(INTERRUPTING)), max_size=3), st.integers(0, 40))
def test_of_one_day_the_order_does_not_matter(kinds, offset):
    events = [Event(kind, DUE + offset * ONE) for kind in [*kinds, "demand_sent"]]
    forth, back = (limitation(DUE, order, DUE + 90 * ONE) for order in (events, events[::-1]))
    assert (forth.state, forth.expires_on) == (back.state, back.expires_on)


class Walk:
    """A calendar walked one day at a time."""

    def __init__(self, due, years):
        self.years, self.end, self.term, self.suits = years, add_months(due, 12 * years), "running", 0

    def late(self, today):
        return not self.suits and today > roll_forward(self.end)

    def happen(self, kind, today):
        late = self.late(today)
        if kind == "proceedings_ended" and self.suits:
            self.suits -= 1
            if not self.suits:
                self.end, self.term = add_months(today, 12 * self.years), "interrupted"
        elif kind == "proceedings_started" and not late:
            self.suits += 1
        elif kind in INTERRUPTING and (not late or kind in REVIVING):
            self.end, self.term = add_months(today, 12 * self.years), "revived" if late else "interrupted"

    def stand_still(self, today, suspensions):
        """Whether the day is one of a suspension in the last six months; the end moves with it."""
        lasting = [until for on, until in suspensions if on <= today and (until is None or today <= until)]
        if not lasting or not add_months(self.end, -6) < today <= roll_forward(self.end):
            return False
        # It does not run out while it stands still, and has six months when that ends.
        self.end = max(self.end, add_months(today, 6) if today in lasting else today + ONE)
        return True

    def state(self, today, held):
        return "in_proceedings" if self.suits else "expired" if self.late(today) else "suspended" if held else self.term


def naive(due, events, on, years):
    """(state on the day, last day in time or None)."""
    rank = {"suspended": 0, "proceedings_started": 2, "proceedings_ended": 3}
    known = sorted((e for e in events if e.on <= on), key=lambda e: (e.on, rank.get(e.kind, 1)))
    suspensions = [(e.on, e.until) for e in known if e.kind == "suspended"]
    walk, answer = Walk(due, years), ""
    for today in (due + n * ONE for n in range((on - due).days + 2000)):
        for event in known:
            if event.on == today:
                walk.happen(event.kind, today)
        held = walk.stand_still(today, suspensions)
        if today == on:
            answer = walk.state(today, held)
        if today >= on and walk.suits:
            return answer, None
        if today >= on and walk.late(today):
            return answer, roll_forward(walk.end)
    return answer, None


offsets = st.integers(0, 900).map(lambda days: DUE + days * ONE)
happenings = st.builds(
    lambda kind, on, length: Event(kind, on, None if length is None or kind != "suspended" else on + length * ONE),
    st.sampled_from(sorted({*KINDS} - {"plan_agreed"})),
    offsets,
    st.none() | st.integers(0, 400),
)


@given(st.lists(happenings, max_size=5), offsets)
def test_equals_a_calendar_walked_day_by_day(events, on):
    # With one suspension at a time the walk needs no rule of its own for those that overlap.
    spans = sorted((e.on, e.until or dt.date.max) for e in events if e.kind == "suspended")
    assume(all(before[1] < after[0] for before, after in pairwise(spans)))
    result = limitation(DUE, events, on, 1)
    assert (result.state, result.expires_on) == naive(DUE, events, on, 1)


class TestCalendar:
    @pytest.mark.parametrize(
        ("start", "months", "end"),
        [("2024-02-29", 36, "2027-02-28"), ("2023-08-31", 6, "2024-02-29"), ("2023-12-31", -6, "2023-06-30")],
    )
    def test_a_term_ends_on_the_day_of_the_same_number_or_the_months_last(self, start, months, end):
        assert add_months(day(start), months) == day(end)

    @pytest.mark.parametrize(
        ("date", "rest"),
        [
            ("2024-10-01", True), ("2024-10-12", False),  # a Saturday on which work was made up
            ("2024-10-13", True), ("2024-10-14", False), ("2025-01-28", True), ("2025-02-08", False),
        ],
    )  # fmt: skip
    def test_days_of_rest(self, date, rest):
        assert is_rest_day(day(date)) is rest

    def test_the_spring_festival_moves_an_end_behind_it(self):
        assert roll_forward(day("2025-01-28")) == day("2025-02-05")


class TestOtherLaws:
    """Elsewhere the term runs by the calendar alone, and only what that law names restarts it."""

    LAW = Law({"part_payment": "s. 29", "acknowledgement": "s. 30"}, (), "Sample Act s. 5")

    @given(
        st.lists(
            st.builds(
                lambda kind, days, length: Event(
                    kind, DUE + days * ONE, None if kind != "suspended" else DUE + (days + length) * ONE
                ),
                st.sampled_from(sorted({*KINDS} - {"proceedings_started", "proceedings_ended"})),
                st.integers(0, 900),
                st.integers(0, 400),
            ),
            max_size=6,
        ),
        st.integers(0, 1500),
    )
    def test_equals_the_day_by_day_walk(self, events, days):
        on, end, state = DUE + days * ONE, add_months(DUE, 12), "running"
        for today in (DUE + n * ONE for n in range(days + 1)):
            for event in events:
                if event.on == today and event.kind in self.LAW.interrupting and today <= end:
                    end, state = add_months(today, 12), "interrupted"
        result = limitation(DUE, events, on, 1, self.LAW)
        assert (result.state, result.expires_on) == ("expired" if on > end else state, end)

    def test_a_suit_in_time_keeps_it_and_gives_no_new_term(self):
        suit = [Event("proceedings_started", DUE + 100 * ONE)]
        assert limitation(DUE, suit, DUE + 500 * ONE, 1, self.LAW).expires_on is None
        ended = [*suit, Event("proceedings_ended", DUE + 200 * ONE)]
        assert limitation(DUE, ended, DUE + 300 * ONE, 1, self.LAW).expires_on == add_months(DUE, 12)

    def test_nobody_guesses_a_term_for_the_united_states(self):
        assert regime_of("us_reg_f").years is None
        assert regime_of("us_reg_f", 4, "Sample statute").years == 4
        assert (regime_of("cn").years, regime_of("uk").years, regime_of("uk").grade) == (3, 6, "S")


class TestGuarantee:
    @given(st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), st.none() | st.integers(-400, 400))
    def test_six_months_unless_a_later_end_was_agreed(self, due, agreed):
        until = None if agreed is None else due + agreed * ONE
        expected = until if until is not None and until > due else add_months(due, 6)
        assert guarantee_until(due, until) == expected
