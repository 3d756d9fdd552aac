"""Which loan a line pays: certain or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.rules.matching import Candidate, Line, match

D = Decimal
ONE = Candidate(1, ("A10001", "HT-2025-000017"), "Sam Sample", (D("310.00"), D("620.00")), ("6222 0001",))
TWO = Candidate(2, ("A100012", "HT-2025-000018"), "Sam Sample", (D("310.00"),))
THREE = Candidate(3, ("A20003", "HT-2025-000019"), "Tina Test", (D("99.00"),))
ALL = (ONE, TWO, THREE)


@pytest.mark.parametrize(
    ("line", "key", "how"),
    [
        (Line(D(1), reference="repayment HT-2025-000017 thanks"), 1, "reference"),
        (Line(D(1), reference="还款ＨＴ２０２５ ０００００１７"), None, ""),  # one nought too many
        (Line(D(1), reference="还款ＨＴ２０２５ ００００１７"), 1, "reference"),
        (Line(D(1), reference="A100012"), 2, "reference"),  # and not A10001, which begins it
        (Line(D(1), reference="A10001"), 1, "reference"),
        (Line(D(1), payer_account="62220001"), 1, "account"),
        (Line(D("620.00"), payer_name="sam sample"), 1, "name_and_amount"),
        (Line(D("310.00"), payer_name="Sam Sample"), None, ""),  # two of that name and sum
        (Line(D(5), payer_name="Tina Test"), None, ""),  # a name alone decides nothing
        (Line(D("99.00")), None, ""),  # nor a sum alone
        (Line(D(1), reference="HT-2025-000017 and HT-2025-000019"), None, ""),
        (Line(D("99.00"), reference="HT-2025-000017 HT-2025-000019", payer_name="Tina Test"), None, ""),
    ],
)
def test_certain_or_not_at_all(line, key, how):
    found = match(line, ALL)
    assert (found.key, found.how) == (key, how)
    assert bool(found.suggestions) == (key is None and line.reference != "还款ＨＴ２０２５ ０００００１７")


def test_the_likelier_suggestion_stands_first_with_its_reason():
    found = match(Line(D("99.00"), payer_name="Sam Sample"), ALL)
    assert [(s.key, s.why) for s in found.suggestions] == [(1, "name"), (2, "name"), (3, "amount")]


texts = st.sampled_from(["", "A10001", "A100012", "HT-2025-000017", "HT-2025-000019", "rent", "A10001 A20003"])
lines = st.builds(
    Line,
    st.sampled_from([D(1), D("310.00"), D("620.00"), D("99.00")]),
    texts,
    st.sampled_from(["", "Sam Sample", "Tina Test", "Nobody"]),
    st.sampled_from(["", "62220001", "7"]),
)


@given(lines, st.permutations(ALL))
def test_the_order_of_the_loans_does_not_matter_and_doubt_books_nothing(line, candidates):
    found = match(line, candidates)
    assert found == match(line, ALL)
    if found.key is not None:
        assert match(line, [*candidates, Candidate(9, **_same(found.key))]).key is None
    assert len({s.key for s in found.suggestions}) == len(found.suggestions)


def _same(key):
    twin = next(candidate for candidate in ALL if candidate.key == key)
    return {
        "references": twin.references, "name": twin.name, "amounts": twin.amounts, "payer_accounts": twin.payer_accounts,
    }  # fmt: skip
