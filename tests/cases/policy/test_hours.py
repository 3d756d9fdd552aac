"""Night windows, consumer-local hours, inconvenient times, at their edges and through changes of the clock."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cases.policy import TimeWindow

from .builders import CN, NY, cn, consent, past, request, shown, uk, us, warned

WEEKDAYS = frozenset(range(5))


@pytest.mark.parametrize(
    ("when", "allowed"),
    [
        ("2026-11-23T07:59:59", False),
        ("2026-11-23T08:00:00", True),
        ("2026-11-23T21:59:59", True),
        ("2026-11-23T22:00:00", False),
        ("2026-11-23T00:00:00", False),
    ],
)
def test_cn_night_window_edges(when, allowed):
    assert cn(when).allowed is allowed


@pytest.mark.parametrize("channel", ["phone", "sms", "email", "visit"])
def test_cn_night_binds_every_channel_that_disturbs(channel):
    decision = cn("2026-11-23T22:30:00", channel=channel, collectors=2)
    assert (decision.rule, shown(decision, CN[0])) == ("night_window", "2026-11-24 08:00")
    assert "5.3" in decision.source
    assert not decision.overridable


def test_a_letter_has_no_hour():
    assert cn("2026-11-23T23:00:00", channel="post").allowed


def test_before_eight_waits_until_eight_of_the_same_day():
    assert shown(cn("2026-11-23T03:12:45"), CN[0]) == "2026-11-23 08:00"


def test_agreement_to_be_called_at_night_covers_only_its_debts_and_not_the_past():
    agreed = {"consents": (consent("night", "2026-11-20T10:00", debts=("A",)),)}
    assert cn("2026-11-23T22:30", more=agreed).allowed
    assert not cn("2026-11-23T22:30", more=agreed, debts=("A", "B")).allowed
    assert not cn("2026-11-19T22:30", more=agreed).allowed
    assert not cn("2026-11-23T22:30", more={"consents": (consent("call", "2026-11-20T10:00"),)}).allowed


@pytest.mark.parametrize(
    ("when", "allowed"),
    [("07:59:59", False), ("08:00:00", True), ("21:00:00", True), ("21:00:01", False), ("21:01:00", False)],
)
def test_reg_f_hours_edges_nine_sharp_is_allowed(when, allowed):
    assert us(f"2026-11-23T{when}").allowed is allowed


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_reg_f_hours_bind_messages_at_sending(channel):
    agreed = {"consents": tuple(consent(kind, "2026-11-20T10:00", NY[0]) for kind in ("text", "email"))}
    assert us("2026-11-23T20:59", channel=channel, more=agreed).allowed
    late = us("2026-11-23T21:30", channel=channel, more=agreed)
    assert (late.rule, shown(late, NY[0])) == ("hours", "2026-11-24 08:00")


def test_several_zones_all_must_fit():
    both = ("America/New_York", "America/Los_Angeles")
    early = us("2026-11-23T10:59:00", zones=both)  # 07:59 in Los Angeles
    assert early.reason_params["zone"] == "America/Los_Angeles"
    assert shown(early, both[0]) == "2026-11-23 11:00"
    assert us("2026-11-23T11:00:00", zones=both).allowed
    assert us("2026-11-23T21:00:00", zones=both).allowed
    assert shown(us("2026-11-23T21:01:00", zones=both), both[0]) == "2026-11-24 11:00"


def test_zones_that_share_only_two_hours_and_zones_that_never_fit():
    apart = ("Asia/Shanghai", "America/New_York")  # 13 hours in winter: 08-22 there is 19-09 here
    assert shown(cn("2026-11-23T12:00", zones=apart), apart[0]) == "2026-11-23 21:00"
    never = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London", "Asia/Shanghai", "America/Denver")
    assert cn("2026-11-23T12:00", zones=never).next_allowed_at is None


def test_the_single_instant_that_two_zones_share():
    # 13 hours apart: 08:00 in New York is 21:00 in Shanghai, and both ends are allowed; a minute later is too late.
    zones = ("America/New_York", "Asia/Shanghai")
    assert shown(us("2026-12-01T07:10", zones=zones), zones[0]) == "2026-12-01 08:00"
    assert us("2026-12-01T08:00", zones=zones).allowed
    assert shown(us("2026-12-01T08:01", zones=zones), zones[0]) == "2026-12-01 19:00"


@pytest.mark.parametrize(
    ("when", "wait"),
    [
        ("2026-03-07T22:00", timedelta(hours=9)),  # the night of 2026-03-08 lacks an hour
        ("2026-10-31T22:00", timedelta(hours=11)),  # that of 2026-11-01 has one twice
        ("2026-11-02T22:00", timedelta(hours=10)),
    ],
)
def test_nights_in_which_the_clock_changes(when, wait):
    decision = us(when)
    assert shown(decision, NY[0]).endswith("08:00")
    assert decision.next_allowed_at - request(when, NY).attempt.at == wait


def test_both_passes_of_the_repeated_hour_are_night():
    assert not us("2026-11-01T01:30:00-04:00").allowed
    assert not us("2026-11-01T01:30:00-05:00").allowed


def test_inconvenient_window_in_the_gap_ends_where_the_clock_jumps():
    # Inconvenient until 02:30, which does not exist on 2026-03-08: after 01:59 comes 03:00.
    window = TimeWindow(frozenset(range(7)), time(0, 0), time(2, 30))
    agreed = (consent("night", "2026-03-01T10:00", NY[0]),)
    decision = us("2026-03-08T01:10", more={"inconvenient": (window,), "consents": agreed})
    assert shown(decision, NY[0]) == "2026-03-08 03:00"


def test_inconvenient_window_that_the_clock_leaves_by_going_back():
    # Inconvenient 01:30-03:00: at 02:00 the clock goes back to 01:00, which is fit again.
    window = TimeWindow(frozenset(range(7)), time(1, 30), time(3, 0))
    agreed = (consent("night", "2026-10-01T10:00", NY[0]),)
    more = {"inconvenient": (window,), "consents": agreed}
    decision = us("2026-11-01T01:40:00-04:00", more=more)
    assert decision.next_allowed_at.isoformat() == "2026-11-01T06:00:00+00:00"


@pytest.mark.parametrize(
    ("when", "allowed"),
    [
        ("2026-11-23T14:59", True),
        ("2026-11-23T15:00", False),
        ("2026-11-23T16:59:59", False),
        ("2026-11-23T17:00", True),
        ("2026-11-28T15:30", True),  # a Saturday
    ],
)
def test_not_from_three_to_five_on_weekdays(when, allowed):
    window = TimeWindow(WEEKDAYS, time(15), time(17), words="not 3 to 5, I fetch the children")
    decision = us(when, more={"inconvenient": (window,)})
    assert decision.allowed is allowed
    if not allowed:
        assert "fetch the children" in decision.reason
        assert shown(decision, NY[0]) == "2026-11-23 17:00"


def test_weekdays_except_three_to_five():
    """Comment 6(b)(1)-1's consumer: on weekdays only 3 to 5 will do; weekends were not spoken of."""
    more = {"inconvenient": (TimeWindow(WEEKDAYS, time(15), time(17), outside=True),)}
    assert us("2026-11-23T15:00", more=more).allowed
    assert shown(us("2026-11-23T14:59", more=more), NY[0]) == "2026-11-23 15:00"
    assert shown(us("2026-11-27T17:00", more=more), NY[0]) == "2026-11-28 08:00"  # Friday: hours, then Saturday


def test_window_past_midnight_belongs_to_the_day_it_starts():
    more = {"inconvenient": (TimeWindow(frozenset({6}), time(20), time(10)),)}  # Sunday 20:00 to Monday 10:00
    assert shown(us("2026-11-23T09:00", more=more), NY[0]) == "2026-11-23 10:00"
    assert us("2026-11-24T09:00", more=more).allowed
    whole_day = {"inconvenient": (TimeWindow(frozenset({0}), time(0), time(0)),)}
    assert shown(us("2026-11-23T09:00", more=whole_day), NY[0]) == "2026-11-24 08:00"


def test_two_windows_are_waited_out_together():
    windows = (TimeWindow(WEEKDAYS, time(9), time(12)), TimeWindow(WEEKDAYS, time(12), time(20, 30)))
    assert shown(us("2026-11-23T09:30", more={"inconvenient": windows}), NY[0]) == "2026-11-23 20:30"


def test_always_inconvenient_is_never():
    whole_week = TimeWindow(frozenset(range(7)), time(0), time(0))
    assert us("2026-11-23T09:30", more={"inconvenient": (whole_week,)}).next_allowed_at is None


def test_uk_hours_only_warn():
    decision = uk("2026-11-23T21:30")
    assert decision.allowed
    assert "hours" in warned(decision)
    assert "hours" not in warned(uk("2026-11-23T20:30"))


def test_creditor_is_warned_by_reg_f_hours_not_bound():
    decision = us("2026-11-23T23:00", role="creditor")
    assert decision.allowed
    assert "hours" in warned(decision)


def test_day_limits_follow_the_borrowers_day_not_the_offset_of_the_input():
    calls = [past(f"2026-11-23T{hour}:00", "conversation") for hour in ("09", "10", "11")]
    # 2026-11-24T00:30 in UTC is 08:30 in Shanghai of the next day.
    assert cn("2026-11-24T00:30:00+00:00", calls).allowed
    assert not cn("2026-11-23T13:30:00+00:00", calls).allowed
