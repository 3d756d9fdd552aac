"""`calc contact` exactly as the contract writes it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from borrowers.errors import InputError
from cases.policy.calculator import contact

FULL: dict[str, Any] = {
    "pack": "cn",
    "role": "creditor",
    "time_zones": ["Asia/Shanghai"],
    "attempt": {
        "at": "2026-11-23T22:30:00+08:00",
        "channel": "phone",
        "to": "+12025550101",
        "party": "debtor",
        "debts": ["A"],
        "collectors": 1,
    },
    "history": [
        {
            "at": "2026-11-23T09:00:00+08:00",
            "channel": "phone",
            "direction": "out",
            "to": "+12025550101",
            "party": "debtor",
            "outcome": "no_answer",
            "debts": ["A"],
        }
    ],
    "consents": [{"kind": "call", "at": "2026-11-20T09:00:00+08:00", "debts": ["A"]}],
    "flags": [],
    "opt_outs": [{"channel": "sms", "to": "+12025550101"}],
}


def changed(path: str, value: object) -> dict[str, Any]:
    data = copy.deepcopy(FULL)
    *parents, last = path.split(".")
    target: Any = data
    for part in parents:
        target = target[int(part)] if part.isdigit() else target[part]
    target[int(last) if last.isdigit() else last] = value
    return data


def test_a_refusal_in_the_words_of_the_contract():
    answer = json.loads(json.dumps(contact(FULL)))
    assert answer == {
        "allowed": False,
        "rule": "night_window",
        "source": "GB/T 45251-2025 §5.3; China Banking Association guideline",
        "reason": "It is 22:30 in Asia/Shanghai; contact is allowed from 08:00 to 22:00 in the person's local time.",
        "next_allowed_at": "2026-11-24T08:00:00+08:00",
        "warnings": [],
    }


def test_allowed_says_nothing_more():
    answer = contact(changed("attempt.at", "2026-11-23T12:00:00Z"))
    assert answer == {
        "allowed": True, "rule": None, "source": None, "reason": None, "next_allowed_at": None, "warnings": [],
    }  # fmt: skip


def test_warnings_name_rule_source_and_reason():
    data = changed("history.0.outcome", "wrong_number") | {"pack": "cn"}
    data["attempt"]["at"] = "2026-11-23T12:00:00+08:00"
    (warning,) = contact(data)["warnings"]
    assert set(warning) == {"rule", "source", "reason"}
    assert warning["rule"] == "wrong_number"


def test_only_what_is_needed_need_be_given():
    least = {
        "pack": "us_reg_f",
        "time_zones": ["America/New_York"],
        "attempt": {"at": "2026-11-23T06:00:00-05:00", "channel": "phone", "party": "debtor"},
    }
    assert contact(least)["rule"] == "hours"  # without a role the strictest one


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("pack", "de", "pack: 'de' is not known; use one of: cn, uk, us_reg_f"),
        ("role", "boss", "role: 'boss' is not known"),
        ("time_zones", [], "time_zones: name at least one"),
        ("time_zones", ["Mars/Olympus"], "time_zones: 'Mars/Olympus' is not an IANA time zone"),
        ("time_zones", ["../../etc/passwd"], "time_zones: "),
        ("attempt.at", "2026-11-23T22:30:00", r"attempt\.at: a time needs its offset"),
        ("attempt.at", "yesterday", r"attempt\.at: 'yesterday' is not a time"),
        ("attempt.at", "2026-11-23", r"attempt\.at: '2026-11-23' is not a time"),
        ("attempt.at", 1795000000, r"attempt\.at: "),
        ("attempt.at", None, r"attempt\.at: "),
        ("attempt.channel", "fax", r"attempt\.channel: 'fax' is not known; use one of: phone, sms, email, post, visit"),
        ("attempt.party", "neighbour", r"attempt\.party: "),
        ("attempt.collectors", 0, r"attempt\.collectors: "),
        ("attempt.collectors", "two", r"attempt\.collectors: "),
        ("attempt.debts", "A", r"attempt\.debts: "),
        ("attempt.colour", "red", r"attempt\.colour: is not a known key"),
        ("optouts", [], "optouts: is not a known key"),
        ("attempt", None, "attempt: "),
        ("history.0.outcome", "shrug", r"history\[0\]\.outcome: 'shrug' is not known; use one of: no_answer"),
        ("history.0.direction", "up", r"history\[0\]\.direction: "),
        ("history.0.at", "2026-11-23T09:00:00", r"history\[0\]\.at: a time needs its offset"),
        ("history", {}, "history: must be a list"),
        ("consents.0.kind", "fax", r"consents\[0\]\.kind: "),
        ("flags", ["sleepy"], r"flags\[0\]: 'sleepy' is not known; use one of: attorney, represented, cease"),
        ("opt_outs.0.channel", "fax", r"opt_outs\[0\]\.channel: "),
        ("opt_outs", [{}], "opt_outs: name a channel, an address, or both"),
        ("inconvenient", [{"days": ["someday"], "start": "15:00", "end": "17:00"}], r"inconvenient\[0\]\.days"),
        ("inconvenient", [{"days": ["mon"], "start": "3 pm", "end": "17:00"}], r"inconvenient\[0\]\.start"),
        ("inconvenient", [{"days": [], "start": "15:00", "end": "17:00"}], r"inconvenient\.days"),
    ],
)
def test_what_is_refused_and_how(path, value, told):
    with pytest.raises(InputError, match=told) as refusal:
        contact(changed(path, value))
    assert "\n" not in str(refusal.value)


def test_not_an_object():
    with pytest.raises(InputError):
        contact([])


def test_the_optional_keys():
    data = changed("attempt.at", "2026-11-23T15:30:00+08:00")
    data |= {
        "inconvenient": [{"days": ["mon", "tue"], "start": "15:00", "end": "24:00", "words": "after three I work"}],
        "flags": ["hold"],
        "flag_ends": {"hold": "2026-11-23T18:00:00+08:00"},
    }
    answer = contact(data)
    assert (answer["rule"], answer["next_allowed_at"]) == ("inconvenient_time", "2026-11-24T08:00:00+08:00")
    assert "after three I work" in answer["reason"]


def test_keys_of_the_callers_own_may_stand_in_the_history():
    data = changed("history.0.collector", "C-7")
    assert contact(data) == contact(FULL)


def test_the_input_is_not_touched():
    before = copy.deepcopy(FULL)
    contact(FULL)
    assert before == FULL
