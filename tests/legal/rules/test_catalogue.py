"""Numbers and pages of exhibits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal.rules.catalogue import GROUPS, Exhibit, number_all, place_all


def exhibit(group: str, pages: int = 1, key: str = "k") -> Exhibit:
    return Exhibit(key, group, "", "", "", "", "", "", "", "", "", 0, pages)


def test_a_group_that_is_not_there_leaves_no_gap() -> None:
    assert number_all(["identity", "contract", "contract", "other"]) == ["1-1", "2-1", "2-2", "3-1"]


def test_an_exhibit_without_pages_or_of_no_group_is_refused() -> None:
    with pytest.raises(ValueError, match="no page"):
        place_all([exhibit("other", 0)], 1)
    with pytest.raises(ValueError, match="no such group: nonsense"):
        place_all([exhibit("nonsense")], 1)


@given(st.lists(st.tuples(st.sampled_from(GROUPS), st.integers(1, 40)), min_size=1), st.integers(1, 5))
def test_each_page_belongs_to_one_exhibit_in_the_order_of_the_groups(given: list[tuple[str, int]], first: int) -> None:
    made = [exhibit(group, pages, str(place)) for place, (group, pages) in enumerate(given)]
    placed = place_all(made, first)
    pages = [page for one in placed for page in range(one.page_from, one.page_to + 1)]
    assert pages == list(range(first + 1, first + 1 + sum(pages for _group, pages in given)))
    order = [(GROUPS.index(one.exhibit.group), int(one.exhibit.key)) for one in placed]
    assert order == sorted(order)
    assert len({one.number for one in placed}) == len(placed)
