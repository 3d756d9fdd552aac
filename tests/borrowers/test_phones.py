"""Telephone numbers in one form."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from borrowers.phones import normalise_phone


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("15400000123", "CN", "+8615400000123"),
        ("154 0000 0123", "CN", "+8615400000123"),
        ("154-0000-0123", "CN", "+8615400000123"),
        ("+86 154 0000 0123", "US", "+8615400000123"),
        ("8615400000123", "CN", "+8615400000123"),
        ("008615400000123", "CN", "+8615400000123"),
        ("１５４００００\u30000123", "CN", "+8615400000123"),
        ("(010) 0000 0123", "CN", "+861000000123"),
        ("+861000000123", "CN", "+861000000123"),
        ("(202) 555-0101", "US", "+12025550101"),
        ("+12025550101", "CN", "+12025550101"),
        ("+1 202 555 0101", "CN", "+12025550101"),
        ("07700 900123", "GB", "+447700900123"),
        ("+447700900123", "CN", "+447700900123"),
        ("020 7946 0123", "GB", "+442079460123"),
    ],
)
def test_spellings_of_one_number(raw, region, e164):
    assert normalise_phone(raw, region) == e164


@pytest.mark.parametrize(
    ("raw", "region"),
    [
        ("", "CN"),
        ("  ", "CN"),
        ("n/a", "CN"),
        ("1540000012", "CN"),  # a digit short
        ("154000001234", "CN"),  # a digit too many
        ("12400000123", "CN"),  # no mobile begins with 12
        ("1.54E+10", "CN"),
        ("12345", "US"),
        ("+999123456789", "CN"),
        ("(202) 555-0101 ext. 7", "US"),
        ("15400000123;15400000124", "CN"),
    ],
)
def test_what_is_no_number_is_refused(raw, region):
    for _ in range(2):  # a refusal is not remembered as an answer
        with pytest.raises(InputError) as refusal:
            normalise_phone(raw, region)
        assert "\n" not in str(refusal.value)


def test_an_extension_is_told_apart():
    with pytest.raises(InputError, match="extension"):
        normalise_phone("(202) 555-0101 x7", "US")


@given(st.from_regex(r"\A154[0-9]{8}\Z"), st.sampled_from(["CN", "US", "GB"]))
def test_a_number_once_normalised_stays(national, region):
    e164 = normalise_phone(national, "CN")
    assert normalise_phone(e164, region) == e164


def test_the_usual_numbers_take_the_short_way():
    started = time.perf_counter()
    for n in range(10_000):
        normalise_phone(f"154{n:08}", "CN")
    # Some 1 µs each; the library alone takes 20.
    assert time.perf_counter() - started < 0.15
