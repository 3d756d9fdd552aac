"""Rounding, reading and writing out of money."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.errors import InputError
from borrowers.money import (
    amount_in_words,
    check_currency,
    chinese_capitals,
    format_money,
    money_from_number,
    money_text,
    parse_money,
    parse_signed_money,
    round_money,
    round_ratio,
)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.005", "CNY", "0.01"),
        ("0.015", "CNY", "0.02"),
        ("2.675", "USD", "2.68"),
        ("-0.005", "CNY", "-0.01"),
        ("-0.001", "CNY", "0.00"),
        ("0.0049999", "CNY", "0.00"),
        ("0.5", "JPY", "1"),
        ("7", "CNY", "7.00"),
    ],
)
def test_halves_go_away_from_zero(amount, currency, rounded):
    assert str(round_money(Decimal(amount), currency)) == rounded


@pytest.mark.parametrize(
    ("text", "amount"),
    [("0", "0.00"), ("1234.50", "1234.50"), ("1234.5", "1234.50"), (" 7 ", "7.00"), ("007", "7.00"),
     ("999999999999.99", "999999999999.99")],
)  # fmt: skip
def test_amounts_that_are_read(text, amount):
    assert str(parse_money(text)) == amount


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "missing"),
        ("1.005", "more than 2 decimals"),
        ("1.000", "more than 2 decimals"),
        ("-0.01", "negative"),
        ("1e3", "exponent"),
        ("1E-2", "exponent"),
        ("NaN", "not an amount"),
        ("Infinity", "not an amount"),
        ("1,234.50", "thousands separators"),
        ("1,234", "thousands separators"),
        ("1.234,50", "thousands separators"),
        ("1 234", "thousands separators"),
        ("1_234", "thousands separators"),
        ("¥12", "not an amount"),
        ("１２", "not an amount"),
        (".5", "not an amount"),
        ("5.", "not an amount"),
        ("+5", "not an amount"),
        ("0x10", "not an amount"),
        ("1234567890123", "larger"),
        ("1\n2", "not an amount"),
    ],
)
def test_amounts_that_are_refused(text, words):
    with pytest.raises(InputError) as refusal:
        parse_money(text, "loans.csv row 2, principal")
    assert str(refusal.value).startswith("loans.csv row 2, principal: ")
    assert words in refusal.value.text
    assert "\n" not in str(refusal.value)


def test_a_reversal_may_be_negative_and_yen_have_no_decimals():
    assert parse_signed_money("-12.5") == Decimal("-12.50")
    assert str(parse_signed_money("-0")) == "0.00"
    with pytest.raises(InputError, match="more than 0 decimals"):
        parse_money("1.5", currency="JPY")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1E+400", "1E-400", "0.001", "1000000000000"])
def test_numbers_that_are_no_amount(number):
    with pytest.raises(InputError):
        money_from_number(Decimal(number))


def test_numbers_keep_their_value():
    assert str(money_from_number(Decimal("1E+2"))) == "100.00"
    assert str(money_from_number(Decimal(str(694.27)))) == "694.27"


def test_on_a_screen():
    assert format_money(Decimal("1234.5"), "CNY", "zh-hans") == "¥1,234.50"
    assert format_money(Decimal("1234.5"), "USD", "en") == "US$1,234.50"
    assert format_money(Decimal("-0.5"), "GBP", "en") == "-£0.50"
    assert format_money(Decimal("1234567.5"), "JPY", "en") == "JP¥1,234,568"
    assert format_money(Decimal("1234.5"), "SEK", "en") == "SEK 1,234.50"
    assert format_money(Decimal("1234.5"), "SEK", "zh-hans") == "1,234.50 SEK"


def test_in_a_file():
    assert money_text(Decimal("1234.5")) == "1234.50"
    assert money_text(Decimal("1E+5")) == "100000.00"
    assert money_text(Decimal("-0.004")) == "0.00"


@given(st.decimals(0, 999999999999, places=2))
def test_what_is_written_is_read_again(amount):
    assert parse_money(money_text(amount)) == amount


@given(st.decimals(-(10**9), 10**9, places=6))
def test_rounding_moves_by_half_a_cent_at_most(amount):
    assert abs(round_money(amount) - amount) <= Decimal("0.005")


def test_ratios_and_currencies():
    assert round_ratio(Decimal(2) / 3) == Decimal("0.6667")
    assert check_currency(" cny") == "CNY"
    with pytest.raises(InputError, match=r"^loans\.csv row 3: "):
        check_currency("RMB", "loans.csv row 3")


CAPITALS = [
    ("0", "零元整"),
    ("0.05", "伍分"),
    ("0.3", "叁角整"),
    ("0.35", "叁角伍分"),
    ("1", "壹元整"),
    ("10", "壹拾元整"),
    ("10.05", "壹拾元零伍分"),
    ("1005", "壹仟零伍元整"),
    ("1234.50", "壹仟贰佰叁拾肆元伍角整"),
    ("1234.56", "壹仟贰佰叁拾肆元伍角陆分"),
    ("1409.50", "壹仟肆佰零玖元伍角整"),
    ("6007.14", "陆仟零柒元壹角肆分"),
    ("325.04", "叁佰贰拾伍元零肆分"),
    ("10000", "壹万元整"),
    ("100500", "壹拾万零伍佰元整"),
    ("100000000", "壹亿元整"),
    ("100000005", "壹亿零伍元整"),
    ("1234.565", "壹仟贰佰叁拾肆元伍角柒分"),  # rounded, not cut off
    ("0.999", "壹元整"),
]


@pytest.mark.parametrize(("amount", "words"), CAPITALS)
def test_chinese_capitals(amount, words):
    assert chinese_capitals(Decimal(amount)) == words


DIGITS = {c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def cents_of(words: str) -> int:
    """Reads capitals back by the value of each character."""
    total = section = digit = 0
    for character in words.removesuffix("整"):
        if character in DIGITS:
            digit = DIGITS[character]
        elif character in UNITS:
            section, digit = section + digit * UNITS[character], 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10**6, 0, 0
        elif character == "亿":
            total, section, digit = (total + (section + digit) * 100) * 10**8, 0, 0
        elif character == "元":
            total, section, digit = total + (section + digit) * 100, 0, 0
        else:
            total, digit = total + digit * {"角": 10, "分": 1}[character], 0
    return total


@given(st.integers(0, 10**11))
def test_capitals_say_the_amount(cents):
    words = chinese_capitals(Decimal(cents) / 100)
    assert cents_of(words) == cents
    assert words.endswith("整") == (cents % 10 == 0)
    assert "零零" not in words


def test_in_words():
    amount = Decimal("1234.50")
    assert amount_in_words(amount, "CNY", "zh-hans") == "人民币壹仟贰佰叁拾肆元伍角整"
    assert amount_in_words(amount, "USD", "zh-hans") == "美元壹仟贰佰叁拾肆元伍角整"
    assert amount_in_words(amount, "CNY", "en") == "one thousand two hundred and thirty-four yuan and fifty fen"
    assert amount_in_words(Decimal("1.01"), "USD", "en") == "one US dollar and one cent"
    assert amount_in_words(Decimal(1005), "CNY", "en") == "one thousand and five yuan"
    assert amount_in_words(Decimal(0), "CNY", "en") == "zero yuan"
    assert amount_in_words(Decimal("1000100.2"), "USD", "en") == ("one million one hundred US dollars and twenty cents")
    assert amount_in_words(Decimal("999.6"), "JPY", "en") == "one thousand Japanese yen"
    for language in ("en", "zh-hans"):
        with pytest.raises(InputError):
            amount_in_words(Decimal(-1), "CNY", language)
