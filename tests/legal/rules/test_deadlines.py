"""Deadlines: term by term, and against a calendar on which the days are struck off one by one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from legal.models import Deadline
from legal.rules import calendar_days
from legal.rules.calendar_days import is_rest_day
from legal.rules.deadlines import GONE, MET, OPEN, LoanTerm, MatterFacts, Preserved, deadlines_of, table, warnings_of
from legal.rules.limitation import Event

ONE = dt.timedelta(days=1)
DAY = dt.date(2026, 4, 15)


def day(text):
    return dt.date.fromisoformat(text)


def found(on=DAY, **facts):
    return {(due.kind, due.ref): due for due in deadlines_of(MatterFacts(**facts), on)}


def only(kind, on=DAY, ref="", **facts):
    return found(on, **facts)[kind, ref]


# (what is told, kind, days of its term, whether it rolls)
TERMS = [
    ("writ_issued_on", "order_service", 30, True),
    ("writ_served_on", "order_objection", 15, True),
    ("accepted_on", "court_fee", 7, True),
    ("served_on", "answer", 15, True),
    ("judgment_served_on", "appeal", 15, True),
    ("mediation_on", "mediation", 30, True),
]


def naive(start, days, rolls):
    """Strike off the days one by one, the first not counted; then go on over days of rest."""
    today, left = start, days
    while left:
        today += ONE
        left -= 1
    while rolls and is_rest_day(today):
        today += ONE
    return today


@given(st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31)), st.sampled_from(TERMS))
def test_terms_are_those_of_a_calendar_struck_off_day_by_day(start, term):
    column, kind, days, rolls = term
    due = only(kind, start, **{column: start})
    assert due.due_on == naive(start, days, rolls)
    assert (due.basis_on, due.state) == (start, OPEN)


@given(st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31)))
def test_service_by_notice_comes_before_the_answer(start):
    facts = found(start, served_on=start, served_by_notice=True)
    notice = facts["notice_service", ""].due_on
    assert notice == naive(start, 30, rolls=False)
    assert facts["answer", ""].due_on == naive(notice, 15, rolls=True)


class TestWhatMeetsThem:
    @pytest.mark.parametrize(
        ("kind", "facts"),
        [
            ("order_service", {"writ_issued_on": DAY, "writ_served_on": DAY}),
            ("order_objection", {"writ_served_on": DAY, "order_opposed_on": DAY + ONE}),
            ("order_objection", {"writ_served_on": DAY, "effective_on": DAY + 20 * ONE}),
            ("court_fee", {"accepted_on": DAY, "fee_paid_on": DAY + ONE}),
            ("court_fee", {"accepted_on": DAY, "served_on": DAY + ONE}),
            ("appeal", {"judgment_served_on": DAY, "appealed_on": DAY + ONE}),
            ("mediation", {"mediation_on": DAY, "filed_on": DAY + ONE}),
            ("performance", {"performance_due_on": DAY, "enforcement_applied_on": DAY + ONE}),
        ],
    )
    def test_the_later_step(self, kind, facts):
        assert only(kind, DAY + 40 * ONE, **facts).state == MET

    def test_what_needs_no_step_passes(self):
        facts = {"hearing_on": DAY, "served_on": DAY - 15 * ONE}
        assert {only(kind, DAY, **facts).state for kind in ("hearing", "answer")} == {OPEN}
        assert {only(kind, DAY + 2 * ONE, **facts).state for kind in ("hearing", "answer")} == {MET}

    def test_what_needs_one_stays_open_when_its_day_is_over(self):
        assert only("appeal", DAY + 90 * ONE, judgment_served_on=DAY).state == OPEN

    def test_a_final_judgment_has_no_appeal(self):
        assert ("appeal", "") not in found(judgment_served_on=DAY, is_final=True)

    def test_all_of_an_ended_matter_are_gone(self):
        assert {due.state for due in found(judgment_served_on=DAY, mediation_on=DAY, over_on=DAY).values()} == {GONE}

    def test_elsewhere_only_what_a_court_fixed_is_known(self):
        dues = found(is_china=False, hearing_on=DAY, performance_due_on=DAY, judgment_served_on=DAY, served_on=DAY)
        assert set(dues) == {("hearing", ""), ("performance", "")}


class TestEnforcement:
    def test_two_years_from_the_end_of_performance(self):
        due = only("enforcement", effective_on=day("2026-02-02"), performance_due_on=day("2026-02-12"))
        assert (due.basis_on, due.due_on) == (day("2026-02-12"), day("2028-02-14"))  # 12 February 2028 is a Saturday

    def test_else_from_the_effective_day(self):
        assert only("enforcement", effective_on=day("2026-02-02")).basis_on == day("2026-02-02")

    def test_a_payment_interrupts_it(self):
        paid = Event("part_payment", day("2026-03-09"))
        due = only("enforcement", effective_on=day("2026-02-02"), interruptions=[paid])
        assert due.due_on == day("2028-03-09")
        assert (day("2026-03-09"), "part_payment", "restarts") in due.reasons

    def test_what_was_before_it_does_not(self):
        paid = Event("part_payment", day("2026-01-09"))
        assert only("enforcement", effective_on=day("2026-02-02"), interruptions=[paid]).due_on == day("2028-02-02")

    def test_applied_for_it_is_met_and_closed_for_lack_of_assets_it_has_no_limit(self):
        base = {"effective_on": DAY}
        assert only("enforcement", enforcement_applied_on=DAY, **base).state == MET
        assert only("enforcement", terminated_on=DAY, **base).state == GONE


class TestHeld:
    @pytest.mark.parametrize(("asset", "until"), [("deposit", 2027), ("movable", 2028), ("real_estate", 2029)])
    def test_a_preservation_lasts_by_its_kind(self, asset, until):
        due = only("preservation", ref="7", preserved=[Preserved("7", asset, DAY)])
        assert due.due_on == DAY.replace(year=until)  # on its very day, of rest or not
        assert due.grade == "S"

    def test_or_as_the_court_ruled_until_it_is_released(self):
        ruled = Preserved("7", "deposit", DAY, until=DAY + ONE)
        assert only("preservation", ref="7", preserved=[ruled]).due_on == DAY + ONE
        released = Preserved("7", "deposit", DAY, released_on=DAY)
        assert only("preservation", ref="7", preserved=[released]).state == GONE

    def test_loans_have_their_limitation_and_their_guarantee(self):
        loan = LoanTerm("A1", DAY, DAY + 90 * ONE, guarantee_until=DAY + 30 * ONE)
        dues = found(loans=[loan])
        assert dues["limitation", "A1"].due_on == DAY + 90 * ONE
        assert dues["guarantee", "A1"].state == OPEN
        sued = found(loans=[loan], in_court=True, filed_on=DAY + 30 * ONE)
        assert {due.state for due in sued.values()} == {MET}
        late = found(loans=[loan], in_court=True, filed_on=DAY + 31 * ONE)
        assert late["guarantee", "A1"].state == OPEN
        assert only("guarantee", DAY + 30 * ONE, ref="A1", loans=[loan]).state == OPEN
        assert only("guarantee", DAY + 31 * ONE, ref="A1", loans=[loan]).state == GONE


def test_every_kind_of_the_table_is_one_of_the_model():
    assert {key for key, value in table().items() if isinstance(value, dict)} == set(Deadline.Kind) - {"other"}


def test_warnings_are_those_of_the_kind_and_those_of_all():
    assert warnings_of("appeal") == (7, 3, 1, 0)
    assert warnings_of("guarantee") == (60, 30, 7, 3, 1, 0)


class TestCourtDays:
    @pytest.mark.parametrize(
        ("date", "rest"),
        [
            ("2025-01-26", False), ("2025-01-31", True), ("2025-10-11", False), ("2026-02-14", False),
            ("2026-02-15", True), ("2026-02-23", True), ("2026-10-10", False), ("2026-10-09", False),
        ],
    )  # fmt: skip
    def test_made_up_days_of_announced_years(self, date, rest):
        assert is_rest_day(day(date)) is rest

    def test_an_operator_adds_a_year(self, tmp_path, monkeypatch):
        file = tmp_path / "court_days.toml"
        file.write_text("rest = [2027-02-11]\nwork = [2027-02-14]\n")
        self.use(file, monkeypatch)
        try:
            assert is_rest_day(day("2027-02-11"))
            assert not is_rest_day(day("2027-02-14"))  # a Sunday
        finally:
            monkeypatch.undo()
            self.forget()

    def test_a_day_stands_in_one_list(self, tmp_path, monkeypatch):
        file = tmp_path / "court_days.toml"
        file.write_text("rest = [2027-02-11]\nwork = [2027-02-11]\n")
        self.use(file, monkeypatch)
        try:
            with pytest.raises(InputError):
                is_rest_day(day("2027-02-11"))
        finally:
            monkeypatch.undo()
            self.forget()

    def use(self, file, monkeypatch):
        monkeypatch.setattr(calendar_days, "FILE", file)
        self.forget()

    def forget(self):
        calendar_days.added_days.cache_clear()
        calendar_days.is_rest_day.cache_clear()
