"""The `contact` calculator at the ends of the calendar: one line that says so, never an arithmetic error."""

import pytest

from borrowers.errors import InputError
from cases.policy.calculator import contact


def question(at="2026-11-23T12:00:00+08:00", **more):
    return {
        "pack": "cn", "role": "creditor", "time_zones": ["Asia/Shanghai"], "history": [], "consents": [], "flags": [],
        "opt_outs": [], "attempt": {"at": at, "channel": "phone", "to": "1", "party": "debtor", "debts": ["L1"]}, **more,
    }  # fmt: skip


OUT_OF_RANGE = [
    "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00", "0001-01-02T00:00:00-14:00",
    "1899-12-31T23:59:59+00:00", "9991-01-01T00:00:00+00:00", "9999-12-31T23:59:59-14:00",
]  # fmt: skip


@pytest.mark.parametrize("at", OUT_OF_RANGE)
def test_an_attempt_out_of_range_is_refused_in_words(at):
    with pytest.raises(InputError, match="out of range") as refusal:
        contact(question(at))
    assert "attempt" in refusal.value.where


@pytest.mark.parametrize("at", OUT_OF_RANGE)
def test_so_is_a_past_contact_or_consent(at):
    past = {"at": at, "channel": "phone", "to": "1", "party": "debtor", "outcome": "no_answer", "debts": []}
    for more in ({"history": [past]}, {"consents": [{"kind": "call", "at": at, "debts": []}]}):
        with pytest.raises(InputError, match="out of range"):
            contact(question(**more))


@pytest.mark.parametrize("at", ["1900-06-01T12:00:00+08:00", "9990-06-01T12:00:00+08:00"])
def test_the_years_at_the_edges_are_still_answered(at):
    assert contact(question(at))["allowed"]
