"""What a revision may and may not change."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cases.strategy.engine import DatedStep, broken_promise_step
from cases.strategy.revision import Circumstances, StandingStep, revise

DUE = dt.date(2026, 3, 1)


def day(offset: int) -> dt.date:
    return DUE + dt.timedelta(days=offset)


def step(code: str, offset: int, channel: str = "phone", anchor: dt.date = DUE) -> DatedStep:
    formal = channel in ("demand_letter", "lawyers_letter", "legal_review")
    return DatedStep(code, anchor, anchor + dt.timedelta(days=offset), channel, "", "collector", formal)


def standing(code: str, offset: int, state: str = "planned", reason: str = "", channel: str = "phone", id: int = 1):
    return StandingStep(id, code, DUE, day(offset), channel, "", "collector", state, reason)


def added(revision):
    return {new.step.code: (new.state, new.step.due_on) for new in revision.added}


def changed(revision):
    return {old.code: (old.state, old.due_on, old.reason) for old in revision.changed}


def test_first_plan_on_the_first_day_plans_everything():
    revision = revise([], [step("a", 1), step("b", 3)], Circumstances(on=day(1)))
    assert added(revision) == {"a": ("planned", day(1)), "b": ("planned", day(3))}


def test_steps_whose_day_has_passed_are_skipped_with_the_reason():
    revision = revise([], [step("a", 1), step("b", 3)], Circumstances(on=day(2)))
    assert added(revision) == {"a": ("skipped", day(1)), "b": ("planned", day(3))}
    assert revision.added[0].reason == "too_late"


def test_formal_steps_that_were_missed_begin_today_and_keep_their_distances():
    wanted = [
        step("letter", 31, "demand_letter"),
        step("lawyer", 41, "lawyers_letter"),
        step("review", 100, "legal_review"),
    ]
    revision = revise([], wanted, Circumstances(on=day(50)))
    assert added(revision) == {
        "letter": ("planned", day(50)),
        "lawyer": ("planned", day(60)),
        "review": ("planned", day(119)),
    }


def test_formal_step_of_a_new_strategy_follows_the_one_that_is_late():
    late = standing("letter", 31, channel="demand_letter")
    wanted = [step("letter", 31, "demand_letter"), step("lawyer", 41, "lawyers_letter")]
    assert added(revise([late], wanted, Circumstances(on=day(45)))) == {"lawyer": ("planned", day(55))}


def test_done_and_queued_steps_stay_and_the_rest_gives_way():
    old = [standing("a", 1, "done", id=1), standing("b", 3, "queued", id=2), standing("c", 5, id=3)]
    revision = revise(old, [step("d", 9)], Circumstances(on=day(4), because="replaced|m2"))
    assert changed(revision) == {"c": ("skipped", day(5), "replaced|m2")}
    assert added(revision) == {"d": ("planned", day(9))}


def test_due_and_not_yet_done_stays_due():
    """After an outage, or when nobody came to it: a step is not lost, and a new strategy does not put it off."""
    old = standing("letter", 31, channel="demand_letter")
    later = [step("letter", 61, "demand_letter")]
    assert not revise([old], later, Circumstances(on=day(62), fresh=True))
    assert not revise([standing("a", 1)], [step("a", 1)], Circumstances(on=day(20), fresh=False))


def test_new_version_moves_what_is_still_to_come():
    revision = revise([standing("a", 9)], [step("a", 12, "sms")], Circumstances(on=day(4)))
    assert changed(revision) == {"a": ("planned", day(12), "")}
    assert revision.changed[0].channel == "sms"


def test_open_promise_silences_calls_and_lets_letters_wait():
    old = [standing("call", 5, id=1), standing("letter", 6, channel="demand_letter", id=2), standing("after", 9, id=3)]
    wanted = [step("call", 5), step("letter", 6, "demand_letter"), step("after", 9), step("new", 7)]
    now = Circumstances(on=day(4), fresh=False, promise_until=day(8))
    revision = revise(old, wanted, now)
    assert changed(revision) == {
        "call": ("skipped", day(5), f"promise_open|{day(8)}"),
        "letter": ("planned", day(9), ""),
    }
    assert added(revision) == {"new": ("skipped", day(7))}


def test_step_of_the_promised_day_itself_waits_and_the_next_days_does_not():
    wanted = [step("on", 8), step("after", 9)]
    assert added(revise([], wanted, Circumstances(on=day(4), promise_until=day(8)))) == {
        "on": ("skipped", day(8)),
        "after": ("planned", day(9)),
    }


def test_steps_skipped_for_a_promise_come_back_when_it_ends_early():
    old = [
        standing("past", 5, "skipped", "promise_open|x", id=1),
        standing("to_come", 7, "skipped", "promise_open|x", id=2),
    ]
    revision = revise(old, [step("past", 5), step("to_come", 7)], Circumstances(on=day(6), fresh=False))
    assert changed(revision) == {"to_come": ("planned", day(7), "")}


def test_steps_missed_for_good_do_not_come_back():
    old = standing("a", 9, "skipped", "too_late")
    assert not revise([old], [step("a", 9)], Circumstances(on=day(4), fresh=False))


def test_broken_promise_is_called_about_once():
    call = broken_promise_step(7, day(5), day(6))
    first = revise([], [], Circumstances(on=day(6), extra=(call,)))
    assert added(first) == {"broken_promise_7": ("planned", day(6))}
    done = StandingStep(1, call.code, call.anchor_on, call.due_on, "phone", "", "collector", "done")
    assert not revise([done], [], Circumstances(on=day(7), extra=(call,)))


def test_call_about_a_promise_that_was_kept_after_all_is_dropped():
    call = broken_promise_step(7, day(5), day(6))
    planned = StandingStep(1, call.code, call.anchor_on, call.due_on, "phone", "", "collector")
    assert changed(revise([planned], [], Circumstances(on=day(7)))) == {
        "broken_promise_7": ("skipped", day(6), "promise_over")
    }


# --- Properties: a case lives through days on which anything may change -----------------------------------

CODES = {"a": "phone", "b": "sms", "letter": "demand_letter", "lawyer": "lawyers_letter", "c": "phone"}
strategies = st.dictionaries(st.sampled_from(sorted(CODES)), st.integers(0, 40), max_size=5)
days = st.lists(
    st.tuples(
        st.integers(0, 4),  # days that pass
        strategies,
        st.sampled_from([0, 30]),  # the anchor may move on and back
        st.one_of(st.none(), st.integers(0, 8)),  # an open promise, so many days ahead
        st.booleans(),  # whether what is due is done today
    ),
    max_size=12,
)


def apply(rows, revision):
    by_id = {row.id: row for row in rows} | {row.id: row for row in revision.changed}
    fresh = [
        StandingStep(
            len(by_id) + 1 + index,
            new.step.code,
            new.step.anchor_on,
            new.step.due_on,
            new.step.channel,
            new.step.template_code,
            new.step.performer,
            new.state,
            new.reason,
        )
        for index, new in enumerate(revision.added)
    ]
    return [*by_id.values(), *fresh]


@given(days)
def test_nothing_fires_twice_done_stays_and_a_second_look_changes_nothing(life):
    rows: list[StandingStep] = []
    today, fired, last = DUE, [], None
    for passed, strategy, anchor_shift, promise, act in life:
        today += dt.timedelta(days=passed)
        anchor = DUE + dt.timedelta(days=anchor_shift)
        wanted = [step(code, offset, CODES[code], anchor) for code, offset in strategy.items()]
        until = None if promise is None else today + dt.timedelta(days=promise)
        now = Circumstances(on=today, fresh=strategy != last, promise_until=until)
        last = strategy
        done_before = {row for row in rows if row.state == "done"}
        rows = apply(rows, revise(rows, wanted, now))

        assert done_before <= set(rows)
        assert len({row.key for row in rows}) == len(rows)
        planned = {row.key for row in rows if row.state == "planned"}
        assert planned <= {(s.code, s.anchor_on) for s in wanted}
        if until is not None:
            assert not [row for row in rows if row.state == "planned" and row.due_on <= until]
        assert not revise(rows, wanted, replace(now, fresh=False))

        if act:
            due = [row for row in rows if row.state == "planned" and row.due_on <= today]
            fired += [row.key for row in due]
            rows = [replace(row, state="done") if row in due else row for row in rows]
    assert len(fired) == len(set(fired))
