"""Whatever is written into `calc contact`: an answer, or one line that says what is wrong."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from borrowers.errors import InputError
from cases.policy import Channel, ConsentKind, Direction, Flag, Outcome, Party, Place, Purpose, Role, pack_names
from cases.policy.calculator import contact

ANSWER = {"allowed", "rule", "source", "reason", "next_allowed_at", "warnings"}

# What people and programs write where something else is wanted; times at the ends of what a calendar holds.
ODD: list[Any] = [
        "", " ", "\n", "a\nb", "{words}", "{", "%s", "%(value)s", "\x00", "\ud800", "x" * 300, "sms", "24:00", "12:00",
        "2026-11-23T12:00:00+08:00", "2026-03-08T02:30:00-05:00", "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00",
        "0001-01-05T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00", "9999-12-31T23:59:59-14:00",
        "9998-12-01T00:00:00Z", "2026-11-23T12:00:00.000001+23:59", "20261123T120000Z", "2026-W48-1T12:00:00Z",
        "1883-11-18T12:03:57Z", "Asia", "Asia/Shanghai", "America/St_Johns", "Africa/Monrovia", "localtime", "../x", "UTC",
        0, 1, -1, 10**30, 1.5, float("inf"), float("nan"), True, None, [], {}, [[]], [None], {"": None},
]  # fmt: skip
VALUES = st.sampled_from(ODD) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def words(kind: Any) -> st.SearchStrategy[str]:
    return st.sampled_from([str(member) for member in kind])


INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(
    lambda at: at.isoformat() + "+05:45"
) | st.just("2026-11-23T12:00:00+08:00")
ADDRESS = st.sampled_from(["", "+12025550101", "A@example.com"])
DEBTS = st.lists(st.sampled_from(["A", "B", ""]), max_size=3)
CLOCKS = st.sampled_from(["00:00", "01:30", "02:30:30", "15:00", "24:00"])
CONTACT = st.fixed_dictionaries(
    {"at": INSTANTS, "channel": words(Channel), "party": words(Party), "outcome": words(Outcome)},
    optional={"direction": words(Direction), "to": ADDRESS, "debts": DEBTS, "purpose": words(Purpose)},
)
GOOD = st.fixed_dictionaries(
    {
        "pack": st.sampled_from(pack_names()),
        "time_zones": st.lists(
            st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]), min_size=1, max_size=3
        ),
        "attempt": st.fixed_dictionaries(
            {"at": INSTANTS, "channel": words(Channel), "party": words(Party)},
            optional={
                "to": ADDRESS,
                "debts": DEBTS,
                "collectors": st.integers(1, 3),
                "purpose": words(Purpose),
                "place": words(Place),
                "recording_ref": st.text(max_size=3),
            },
        ),
    },
    optional={
        "role": words(Role),
        "history": st.lists(CONTACT, max_size=8),
        "consents": st.lists(
            st.fixed_dictionaries({"kind": words(ConsentKind), "at": INSTANTS}, optional={"debts": DEBTS}), max_size=2
        ),
        "flags": st.lists(words(Flag), max_size=3),
        "opt_outs": st.lists(st.fixed_dictionaries({"channel": words(Channel), "to": ADDRESS}), max_size=2),
        "inconvenient": st.lists(
            st.fixed_dictionaries(
                {"days": st.lists(st.sampled_from(["mon", "fri", "sun"]), min_size=1), "start": CLOCKS, "end": CLOCKS},
                optional={"words": st.text(max_size=5), "outside": st.booleans()},
            ),
            max_size=2,
        ),
        "inconvenient_places": st.lists(words(Place), max_size=2),
        "flag_ends": st.dictionaries(words(Flag), INSTANTS, max_size=2),
        "flag_since": st.dictionaries(words(Flag), INSTANTS, max_size=2),
        "debtor_numbers": st.lists(ADDRESS, max_size=2),
        "debtor_unreachable": st.booleans() | st.none(),
        **{
            name: INSTANTS | st.none()
            for name in (
                "treatment_ended_at", "number_checked_at", "email_notice_sent_at", "validation_notice_sent_at",
            )
        },
    },
)  # fmt: skip


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value at which something else could stand."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, each in inner for path in paths(each, (*here, key)))]


@st.composite
def spoilt(draw: Any) -> Any:
    """A good question with nothing, one or two places written over."""
    data: Any = copy.deepcopy(draw(GOOD))
    for _ in range(draw(st.integers(0, 2))):
        *parents, last = draw(st.sampled_from(paths(data)[1:])) if paths(data)[1:] else (None,)
        target = data
        for step in parents:
            target = target[step]
        if last is not None:
            target[last] = draw(VALUES)
    return data


def check(data: Any) -> str:
    answer: dict[str, Any] = {}
    try:
        answer = contact(data)
    except InputError as refusal:
        told = str(refusal)
    else:
        told = ""
    if told:
        assert len(told.splitlines()) == 1
        return "refused"
    assert set(answer) == ANSWER
    assert (answer["rule"] is None) == (answer["source"] is None) == (answer["reason"] is None) == answer["allowed"]
    assert all(set(warning) == {"rule", "source", "reason"} for warning in answer["warnings"])
    assert all(all(warning.values()) for warning in answer["warnings"])
    json.dumps(answer)
    later = answer["next_allowed_at"]
    assert later is None or datetime.fromisoformat(later).utcoffset() is not None
    return "answered"


@settings(max_examples=400, deadline=None)
@given(data=spoilt())
def test_an_answer_or_one_line(data):
    event(check(data))


@settings(max_examples=100, deadline=None)
@given(data=GOOD)
def test_what_is_well_formed_is_answered_or_refused_for_a_window_that_ends_before_it_starts(data):
    windows = [window for window in data.get("inconvenient", []) if window.get("outside")]
    wants_answer = not windows and not any(not o["to"] and not o["channel"] for o in data.get("opt_outs", []))
    assert check(data) == "answered" or not wants_answer


@settings(max_examples=150, deadline=None)
@given(data=VALUES)
def test_whatever_stands_where_the_question_should(data):
    check(data)


# Everything that can be told, so that every key has a place to be written over.
AT = "2026-11-23T12:00:00+08:00"
FULL: dict[str, Any] = {
    "pack": "us_reg_f",
    "role": "agency",
    "time_zones": ["Asia/Shanghai", "Australia/Lord_Howe"],
    "attempt": {
        "at": AT, "channel": "email", "to": "a@example.com", "party": "debtor", "debts": ["A", "B"], "collectors": 1,
        "purpose": "collection", "place": "home", "recording_ref": "r",
    },
    "history": [
        {
            "at": "2026-11-01T12:00:00+08:00", "channel": "phone", "direction": "out", "to": "+12025550101",
            "party": "debtor", "outcome": "conversation", "debts": ["A"], "purpose": "collection",
        },
        {"at": "2026-11-22T12:00:00+08:00", "channel": "phone", "party": "debtor", "outcome": "conversation"},
    ],
    "consents": [{"kind": "call", "at": "2026-11-22T12:00:00+08:00", "debts": ["A", "B"]}],
    "flags": ["breathing_space", "validation_notice_missing", "workplace_prohibited"],
    "opt_outs": [{"channel": "sms", "to": "+12025550101"}],
    "inconvenient": [{"days": ["mon"], "start": "11:00", "end": "13:00", "outside": False, "words": "at lunch"}],
    "inconvenient_places": ["workplace"],
    "flag_ends": {"workplace_prohibited": "2026-12-01T12:00:00+08:00"},
    "flag_since": {"breathing_space": "2026-11-01T12:00:00+08:00"},
    "debtor_numbers": ["+12025550101"],
    "debtor_unreachable": None,
    "treatment_ended_at": "2026-11-01T12:00:00+08:00",
    "number_checked_at": "2026-11-01T12:00:00+08:00",
    "email_notice_sent_at": "2026-11-01T12:00:00+08:00",
    "validation_notice_sent_at": "2026-11-01T12:00:00+08:00",
}  # fmt: skip


def put(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = target = copy.deepcopy(data)
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = copy.deepcopy(value)
    return changed


@pytest.mark.parametrize("pack", pack_names())
@pytest.mark.parametrize("channel", ["phone", "email"])
def test_every_odd_value_in_every_place(pack, channel):
    whole = put(put(FULL, ("pack",), pack), ("attempt", "channel"), channel)
    assert check(whole) == "answered"
    told = {check(put(whole, path, odd)) for path in paths(whole)[1:] for odd in ODD}
    assert told == {"answered", "refused"}
