"""Resident ID numbers, and masks."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from borrowers.identity import (
    FICTIONAL_REGION,
    birth_date_of,
    check_id_no,
    mask_email,
    mask_id,
    mask_name,
    mask_phone,
    with_check_digit,
)

GOOD = with_check_digit(FICTIONAL_REGION + "19900228" + "001")


def test_the_check_digit_follows_gb_11643():
    # Weights 2^(17−i) mod 11 over the 17 digits, mapped to 1 0 X 9 8 7 6 5 4 3 2.
    weights = [pow(2, 17 - i, 11) for i in range(17)]
    total = sum(w * int(d) for w, d in zip(weights, GOOD, strict=False))
    assert GOOD[17] == "10X98765432"[total % 11]
    assert check_id_no(GOOD) == GOOD
    assert birth_date_of(GOOD) == dt.date(1990, 2, 28)


def test_spelling_does_not_matter():
    with_x = next(n for i in range(99) if (n := with_check_digit(f"{FICTIONAL_REGION}199002280{i:02}")).endswith("X"))
    assert check_id_no(f" {with_x[:6]} {with_x[6:14]}-{with_x[14:].lower()} ") == with_x
    assert check_id_no("９９" + GOOD[2:]) == GOOD


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (GOOD[:-1], "17 characters"),
        (GOOD + "0", "19 characters"),
        ("", "0 characters"),
        ("A" + GOOD[1:], "characters other than"),
        (GOOD[:-1] + "Y", "characters other than"),
        ("九" + GOOD[1:], "characters other than"),
        (with_check_digit(FICTIONAL_REGION + "19900229" + "001"), "date of birth"),
        (with_check_digit(FICTIONAL_REGION + "19901301" + "001"), "date of birth"),
        (with_check_digit(FICTIONAL_REGION + "00000101" + "001"), "date of birth"),
    ],
)
def test_what_is_refused(number, words):
    with pytest.raises(InputError) as refusal:
        check_id_no(number)
    assert words in refusal.value.text


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen_and_never_repeated_in_the_message(place, by):
    wrong = GOOD[:place] + str((int(GOOD[place]) + by) % 10) + GOOD[place + 1 :]
    with pytest.raises(InputError) as refusal:
        check_id_no(wrong)
    assert wrong not in str(refusal.value)


def test_masks():
    assert mask_id("990000199002280012") == "990***********0012"
    assert mask_phone("+8615400001234") == "+86154****1234"
    assert mask_phone("+12025550101") == "+120****0101"
    assert mask_email("borrower@example.com") == "b*******@example.com"
    assert mask_name("张三") == "张*"
    assert mask_name("欧阳娜娜") == "欧***"
    assert mask_name("Borrower 00001") == "B******* 0****"
    assert mask_name("李") == "李*"


@given(st.text(max_size=24))
def test_a_mask_shows_no_more_than_seven_tenths_of_a_number(text):
    for mask in (mask_id, mask_phone):
        masked = mask(text)
        assert len(masked) == len(text)
        if text and "*" not in text:
            hidden = masked.count("*")
            assert hidden >= min(3, len(text))
