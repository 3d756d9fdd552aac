"""`manage.py calc`: the contract's JSON in and out, one line for what is wrong, and no database."""

from __future__ import annotations

import io
import json
import sys

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.module_loading import import_string

from borrowers.calculators import allocation, delinquency
from borrowers.errors import InputError

INSTALMENTS = [
    {"number": 1, "due_on": "2026-09-20", "principal": "100.00", "interest": "10.00", "fee": "1.00"},
    {"number": 2, "due_on": "2026-10-20", "principal": "100.00", "interest": "8.00", "fee": "2.00"},
    {"number": 3, "due_on": "2026-12-20", "principal": "100.00", "interest": "6.00", "fee": "0.00"},
]
LATE = {
    "on": "2026-11-23",
    "grace_days": 3,
    "instalments": INSTALMENTS,
    "payments": [{"paid_on": "2026-09-20", "amount": "111.00"}, {"paid_on": "2026-11-01", "amount": "10.00"}],
    "pauses": [{"start": "2026-11-01", "end": "2026-11-06"}],
}
SPLIT = {
    "order": ["fee", "interest", "principal"],
    "across": "by_component",
    "instalments": INSTALMENTS,
    "payments": [{"paid_on": "2026-11-01", "amount": "115.00"}],
}


@pytest.fixture
def run(monkeypatch, capsys):
    """run(name, text) → (status, standard output, standard error)."""

    def _run(name: str, text: str | bytes) -> tuple[int, str, str]:
        content = text if isinstance(text, bytes) else text.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        status = 0
        try:
            call_command("calc", name)
        except SystemExit as stop:
            status = int(stop.code or 0)
        out = capsys.readouterr()
        return status, out.out, out.err

    return _run


# No test here has database access: pytest-django lets a query fail.
def test_delinquency_as_the_contract_has_it(run):
    status, out, err = run("delinquency", json.dumps(LATE))
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "days_past_due": 34,
        "delinquent_days": 26,
        "bucket": "M2",
        "oldest_due_on": "2026-10-20",
        "overdue_amount": "100.00",
        "outstanding_amount": "206.00",
    }


def test_allocation_as_the_contract_has_it(run):
    status, out, _ = run("allocation", json.dumps(SPLIT))
    assert status == 0
    assert json.loads(out) == {
        "payments": [
            {"paid_on": "2026-11-01", "fee": "3.00", "interest": "18.00", "principal": "94.00", "excess": "0.00"}
        ],
        "instalments": [
            {"number": 1, "fee": "0.00", "interest": "0.00", "principal": "6.00"},
            {"number": 2, "fee": "0.00", "interest": "0.00", "principal": "100.00"},
            {"number": 3, "fee": "0.00", "interest": "6.00", "principal": "100.00"},
        ],
    }


def test_numbers_are_taken_as_they_were_written(run):
    text = json.dumps(LATE).replace('"111.00"', "111").replace('"10.00"}, {"paid', '10.0}, {"paid')
    assert run("delinquency", text)[1] == run("delinquency", json.dumps(LATE))[1]
    status, _, err = run("delinquency", json.dumps(LATE).replace('"111.00"', "111.001"))
    assert (status, "payments[0].amount: '111.001' has more than 2 decimals" in err) == (1, True)


def test_nothing_overdue_has_no_due_date():
    result = delinquency({"on": "2026-01-01", "instalments": INSTALMENTS, "more": "is ignored"})
    assert (result["oldest_due_on"], result["bucket"], result["outstanding_amount"]) == (None, "M0", "327.00")


def test_a_negative_payment_is_a_reversal():
    taken_back = [*SPLIT["payments"], {"paid_on": "2026-11-02", "amount": "-115.00"}]
    result = allocation({**SPLIT, "payments": taken_back})
    assert result["payments"][1]["principal"] == "-94.00"
    assert [i["principal"] for i in result["instalments"]] == ["100.00"] * 3


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"on": "23/11/2026"}, "on"),
        ({"on": "2026-02-30"}, "on"),
        ({"on": 20261123}, "on"),
        ({"on": "2026-11-23T00:00:00"}, "on"),
        ({"grace_days": -1}, "grace_days"),
        ({"grace_days": True}, "grace_days"),
        ({"grace_days": 1.5}, "grace_days"),
        ({"instalments": None}, "instalments"),
        ({"instalments": {"number": 1}}, "instalments"),
        ({"instalments": [1]}, "instalments[0]"),
        ({"instalments": [INSTALMENTS[0], INSTALMENTS[0]]}, "instalments[1].number"),
        ({"instalments": [{**INSTALMENTS[0], "principal": "-1"}]}, "instalments[0].principal"),
        ({"instalments": [{**INSTALMENTS[0], "fee": True}]}, "instalments[0].fee"),
        ({"instalments": [{"number": 1, "due_on": "2026-01-01"}]}, "instalments[0].principal"),
        ({"payments": [{"paid_on": "2026-01-01", "amount": "1,5"}]}, "payments[0].amount"),
        ({"payments": [{"paid_on": "2026-01-01", "amount": None}]}, "payments[0].amount"),
        ({"payments": [{"paid_on": "2026-01-01", "amount": float("nan")}]}, "payments[0].amount"),
        ({"pauses": [{"start": "2026-01-02", "end": "2026-01-01"}]}, "pauses[0].end"),
        ({"pauses": [{"end": "2026-01-01"}]}, "pauses[0].start"),
    ],
)
def test_bad_input_is_named_by_its_place(change, where):
    with pytest.raises(InputError) as refusal:
        delinquency({**LATE, **change})
    assert refusal.value.where == where
    assert refusal.value.text
    assert "Value error" not in refusal.value.text


@pytest.mark.parametrize(
    ("change", "where"),
    [({"order": ["fee"]}, "order"), ({"order": [1]}, "order[0]"), ({"across": "sideways"}, "across"),
     ({"across": 3}, "across"), ({"payments": [{"paid_on": "2026-01-01", "amount": -1}]}, "payments[0].amount")],
)  # fmt: skip
def test_bad_allocation_input(change, where):
    with pytest.raises(InputError) as refusal:
        allocation({**SPLIT, **change})
    assert refusal.value.where == where


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", '{"on": NaN}', b"\xff\xfe{}", "[" * 100_000, '{"on": "2026-11-23"}', "9" * 5000,
     '{"on": "a\\nb", "instalments": []}'],
)  # fmt: skip
def test_whatever_comes_is_answered_in_one_line(run, text):
    status, out, err = run("delinquency", text)
    assert (status, out) == (1, "")
    assert err.startswith("calc delinquency: stdin: ")
    assert err.count("\n") == 1


def test_an_unknown_name_lists_the_known(run):
    status, out, err = run("horoscope", "{}")
    assert (status, out) == (2, "")
    assert "allocation" in err
    assert "delinquency" in err


def test_a_byte_order_mark_is_no_harm(run):
    assert run("delinquency", b"\xef\xbb\xbf" + json.dumps(LATE).encode())[0] == 0


def test_every_calculator_named_in_the_settings_exists():
    for path in settings.CALCULATORS.values():
        assert callable(import_string(path))
