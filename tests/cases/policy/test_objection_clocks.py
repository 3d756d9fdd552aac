"""The clocks of objections and the limits of holds: data against a naive count, and the figures of the rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from cases.models import HoldKind, Objection
from cases.policy import Flag, pack_names
from cases.policy.hold_limits import hold_end, hold_limits
from cases.policy.objection_clocks import (
    SOON_DAYS,
    Family,
    Urgency,
    clock_for,
    clock_of,
    clocks,
    remedies,
    remedies_for,
    urgency_of,
)
from cases.policy.red_lines import lint_text

DAY = dt.date(2026, 3, 2)
ONE = dt.timedelta(days=1)
days = st.dates(dt.date(2022, 1, 1), dt.date(2090, 1, 1))


def naive(received: dt.date, count: int) -> dt.date:
    """The last of so many days, the day of receipt not counted, one by one."""
    day = received
    for _ in range(count):
        day += ONE
    return day


@given(clock=st.sampled_from(clocks()), received=days)
def test_every_clock_counts_as_a_naive_count_does(clock, received):
    assert clock.due_day(received) == naive(received, clock.days)
    due = [clock.due_day(received, used) for used in range(len(clock.extensions) + 1)]
    assert due == sorted(set(due))
    for used, count in enumerate(clock.extensions, start=1):
        assert clock.due_day(received, used) == naive(received, count)
    with pytest.raises(InputError, match="cannot be extended"):
        clock.due_day(received, len(clock.extensions) + 1)
    acknowledged = clock.acknowledge_day(received)
    assert acknowledged is None or acknowledged == naive(received, clock.acknowledge_days) <= clock.due_day(received)


@pytest.mark.parametrize(
    ("pack", "family", "count", "extensions"),
    [
        ("cn", "complaint", 15, (30, 60)),
        ("cn", "credit_report", 20, ()),
        ("uk", "complaint", 7 * 8, ()),
    ],
)
def test_the_figures_of_the_rules(pack, family, count, extensions):
    clock = clock_for(pack, family, DAY)
    assert (clock.days, clock.extensions) == (count, extensions)
    assert clock.grade in {"P", "S"}
    assert clock_of(clock.code) == clock


def test_a_written_dispute_in_the_united_states_asks_for_verification_and_no_other():
    assert [clock.code for clock in clocks() if clock.needs_verification] == ["us_dispute"]
    assert "1006.38(d)(2)" in clock_for("us_reg_f", "dispute", DAY).source


@pytest.mark.parametrize("pack", pack_names())
@pytest.mark.parametrize("family", Family)
def test_every_pack_has_a_clock_and_a_remedy_in_both_languages_for_every_kind(pack, family):
    assert clock_for(pack, family, DAY).pack == pack
    assert len(remedies_for(pack, family, "en", DAY)) == len(remedies_for(pack, family, "zh-hans", DAY)) >= 1


def test_every_figure_says_where_it_comes_from_and_every_printed_line_may_leave_the_house():
    entries: list[Any] = [*clocks(), *remedies(), *hold_limits().values()]
    for entry in entries:
        assert entry.source
        assert entry.grade in {"P", "S", "M"}
        assert entry.effective_on <= dt.date(2026, 11, 25)
    assert [lint_text(text) for remedy in remedies() for text in remedy.text.values() if lint_text(text)] == []


def test_the_kinds_are_those_of_the_models():
    assert set(Family) == set(Objection.Family.values)
    assert set(hold_limits()) == set(HoldKind.values)
    assert {limit.flag for limit in hold_limits().values()} - {""} <= set(Flag)


def test_no_clock_is_known_before_its_law():
    with pytest.raises(InputError, match="no time to answer"):
        clock_for("cn", "complaint", dt.date(2019, 12, 31))


@given(due=days, ahead=st.integers(-400, 400))
def test_a_clock_is_overdue_only_after_its_last_day(due, ahead):
    today = due - dt.timedelta(days=ahead)
    expected = Urgency.OVERDUE if today > due else Urgency.SOON if ahead <= SOON_DAYS else Urgency.LATER
    assert urgency_of(due, today) is expected


# --- Holds -------------------------------------------------------------------------------------------------


@given(kind=st.sampled_from(sorted(hold_limits())), pack=st.sampled_from(pack_names()), ahead=st.integers(-5, 200))
def test_a_hold_ends_after_it_begins_and_within_its_days(kind, pack, ahead):
    limit, until = hold_limits()[kind], DAY + ahead * ONE
    fits = ahead > 0 and (limit.max_days is None or ahead <= limit.max_days)
    if fits and (limit.is_offered(pack) or not limit.offered):
        assert hold_end(kind, pack, DAY, until) == until
    else:
        with pytest.raises(InputError):
            hold_end(kind, pack, DAY, until)


def test_only_what_nobody_can_know_begins_without_an_end():
    open_ended = {kind for kind, limit in hold_limits().items() if limit.until_released}
    assert open_ended == {"mental_health_crisis", "bankruptcy", "death", "identity_theft"}
    assert hold_end("death", "cn", DAY, None) is None
    with pytest.raises(InputError, match="needs its end"):
        hold_end("illness", "cn", DAY, None)


def test_breathing_space_is_sixty_days_and_a_crisis_the_treatment_and_thirty():
    assert hold_end("breathing_space", "uk", DAY, DAY + 60 * ONE) == DAY + 60 * ONE
    with pytest.raises(InputError, match="60 days at most"):
        hold_end("breathing_space", "uk", DAY, DAY + 61 * ONE)
    with pytest.raises(InputError, match="no hold that is made here"):
        hold_end("breathing_space", "cn", DAY, DAY + ONE)
    treated = DAY + 10 * ONE
    # The 30 days after the treatment are held, and the one that follows is free.
    assert hold_end("mental_health_crisis", "uk", DAY, None, treated) == naive(treated, 30) + ONE
