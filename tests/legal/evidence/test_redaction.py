"""What is covered before papers leave the house, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal.evidence.redaction import Known, cover, cover_numbers

KNOWN = Known.of(
    own=["Borrower Sample", "+8615400001234", "own@example.com", "1 Sample Road"],
    others=["Aunt Sample", "Li", "+8615400008888", "+861062345678", "样本姨妈", "9 Other Lane, Sample City"],
    kept=["CASE-20260001", "6200000000000001", "LN13900007777"],
)


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("Ring Aunt Sample.", "Ring [x]."),
        ("她叫样本姨妈，电话15400007777。", "她叫[x]，电话[x]。"),
        ("tel. 154 0000 7777 or +86 154-0000-7777", "tel. [x] or [x]"),
        ("lives at 9 Other Lane, Sample City", "lives at [x]"),
        ("write to strange@example.com", "write to [x]"),
        ("ID 990101199001011234", "ID [x]"),
        # However a known number is written.
        ("008615400008888, (0086) 154 0000 8888", "[x], [x]"),
        ("154.0000.8888 / 154  0000\n8888 / 154_0000_8888", "[x] / [x] / [x]"),
        ("１５４－００００－８８８８", "[x]"),
        ("一五四零零零零八八八八 or 幺五四〇〇〇〇八八八八", "[x] or [x]"),
        ("一五四-零零零零 八八八八, 154零零零零8888", "[x], [x]"),
        ("154\u200b0000\u200b8888, tel15400008888, wx15400008888", "[x], tel[x], wx[x]"),
        ("010-62345678, (010) 6234 5678, 6234.5678", "[x], [x], [x]"),
        # And mobile numbers of whomever.
        ("139.0000.7777, tel13900007777, 0086 139/0000/7777", "[x], tel[x], [x]"),
        ("他说一三九零零零零七七七七", "他说[x]"),
        # However a known name is written; a short one is not found within a word.
        ("AUNT SAMPLE, aunt  sample, Sample, Aunt", "[x], [x], [x]"),
        ("样本 姨妈来过", "[x]来过"),
        ("Li limits Aunt Samples", "[x] limits Aunt Samples"),
        ("write to STRANGE＠example.com", "write to [x]"),
    ],
)
def test_other_peoples_data_are_covered(text: str, covered: str) -> None:
    assert cover(text, KNOWN, "[x]") == covered


@pytest.mark.parametrize(
    "text",
    [
        "Borrower Sample on +86 154 0000 1234, 15400001234 or own@example.com",
        "pays 1,234,567.00 or 12345678.90 on 2026-12-01 or 20261201",
        "account 6200 0000 0000 0001, case CASE-20260001, recording REC-20260001",
        "parcel EX123456789, letter LEND-CS-2026-000001",
        "3 calls, 120 days, law no. 45251-2025",
        "154.0000.1234, tel15400001234, 一五四零零零零一二三四",
        "2026.11.25 10:30, 13,900,007,777.00, 192.168.100.200, 0.000175",
        "contract LN13900007777",
    ],
)
def test_the_borrowers_own_data_and_plain_figures_stand(text: str) -> None:
    assert cover(text, KNOWN, "[x]") == text


@given(
    st.text(alphabet="abc 样本。,", max_size=20),
    st.integers(10_000_000_000, 19_999_999_999),
    st.text(alphabet="xyz 话:", max_size=20),
)
def test_a_strange_number_is_never_left(before: str, number: int, after: str) -> None:
    if str(number) not in "15400001234":
        shown = cover(f"{before} {number} {after}", KNOWN, "[x]")
        assert str(number) not in shown
        assert cover(shown, KNOWN, "[x]") == shown


def test_what_is_the_borrowers_as_well_is_not_covered() -> None:
    shared = Known.of(own=["+8615400001234"], others=["+8615400001234", "A"])
    assert cover("+8615400001234, plan A", shared, "[x]") == "+8615400001234, plan A"


def test_a_reference_keeps_its_own_digits() -> None:
    reference = "REC-20261101093000-15400008888-13900007777-0215400006666.wav"
    assert cover_numbers(reference, KNOWN, "[x]", also=["+8615400006666"]) == "REC-20261101093000-[x]-[x]-02[x].wav"
    assert cover_numbers("20261101093000-15400001234", KNOWN, "[x]") == "20261101093000-15400001234"
