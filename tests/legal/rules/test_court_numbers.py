"""Case numbers of courts are found however they are written, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal.rules.court_numbers import chinese_numbers, normalise, tokens, year_and_number

FULL = str.maketrans("0123456789()", "０１２３４５６７８９（）")


@pytest.mark.parametrize(
    "written",
    [
        "（2026）沪0115民初12345号",
        "(2026)沪0115民初12345号",
        "〔2026〕沪0115民初12345号",
        "【2026】 沪 0115 民初 12345 号",
        "（２０２６）沪０１１５民初１２３４５号",
        "2026沪0115民初12345号",
        "( 2026 )沪01\n15民 初123\n45号",
    ],
)
def test_one_number_however_it_is_written(written: str) -> None:
    assert chinese_numbers(f"受理案件通知书 {written} 原告") == ["（2026）沪0115民初12345号"]
    assert normalise(written) == "（2026）沪0115民初12345号"


@pytest.mark.parametrize(
    "number",
    [
        "（2025）最高法民终12号",
        "（2026）京01执恢7号",
        "（2026）苏0102民诉前调8号",
        "（2026）兵0101民督3号",
        "（2026）粤03执异21号之一",
    ],
)
def test_other_kinds_of_numbers(number: str) -> None:
    assert chinese_numbers(number) == [number]


def test_several_are_found_once_each_in_their_order() -> None:
    text = "（2026）沪0115民初2号、(2026)沪0115民初1号，见（2026）沪0115民初2号"
    assert chinese_numbers(text) == ["（2026）沪0115民初2号", "（2026）沪0115民初1号"]


def test_digits_that_stand_in_it_however_it_is_written() -> None:
    assert year_and_number("（2026）粤03执异21号之一") == ("2026", "21")
    assert year_and_number(normalise("(2026) 示例民初 0022 号")) == ("2026", "22")


@pytest.mark.parametrize(
    "text",
    [
        "国办发〔2026〕5号",
        "（2026）公告12号",
        "2026年第15号",
        "法释〔2020〕17号",
        "（2026）第3号",
        "合同编号 2026-01号",
        "",
    ],
)
def test_other_numbers_of_papers_are_none(text: str) -> None:
    assert chinese_numbers(text) == []


@given(
    year=st.integers(1990, 2099),
    sign=st.sampled_from("京沪粤苏浙川"),
    code=st.integers(1, 9999),
    kind=st.sampled_from(["民初", "民终", "执", "民督", "执保", "民诉前调"]),
    number=st.integers(1, 9_999_999),
    full=st.booleans(),
    gap=st.sampled_from(["", " ", "\n", "\u3000"]),
    around=st.text(alphabet="原告被告，。一二 \n甲乙", max_size=10),
)
def test_the_form_is_a_fixed_point(
    year: int, sign: str, code: int, kind: str, number: int, full: bool, gap: str, around: str
) -> None:
    court = f"{sign}{code:04d}"
    written = gap.join([f"({year})", court, kind, str(number), "号"])
    if full:
        written = written.translate(FULL)
    wanted = f"（{year}）{court}{kind}{number}号"
    assert normalise(written) == wanted
    assert normalise(wanted) == wanted
    assert wanted in chinese_numbers(f"{around}。{written}。{around}")


def test_numbers_of_another_form() -> None:
    assert {"2:26-CV-01234", "LEND-2026-000007"} <= tokens("Case 2:26-cv-01234, ref. lend-2026-000007.")
    assert normalise("2:26-cv-01234 ") == "2:26-CV-01234"
