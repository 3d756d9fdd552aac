"""What is covered before papers leave the house, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal.evidence.redaction import Known, cover

KNOWN = Known.of(
    own=["Borrower Sample", "+8615400001234", "own@example.com", "1 Sample Road"],
    others=["Aunt Sample", "+8615400008888", "样本姨妈", "9 Other Lane, Sample City"],
    kept=["CASE-20260001", "6200000000000001"],
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
