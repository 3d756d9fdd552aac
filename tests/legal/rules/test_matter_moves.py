"""What a move may tell: days in order and not ahead, sums in bounds, what the procedure allows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal.rules.matter_moves import AHEAD, DAYS, ONCE, ORDER, Surroundings, check_correction, check_move, day_of
from legal.rules.procedure import (
    BY_AGREEMENT,
    SMALL,
    TOO_LARGE,
    UNKNOWN,
    last_day_to_appeal,
    last_day_to_object,
    small_claim_fit,
)

TODAY = dt.date(2026, 11, 25)
CHINA = Surroundings("cn", TODAY)
ABROAD = Surroundings("uk", TODAY)


def codes(name: str, known: dict[str, Any], told: dict[str, Any], around: Surroundings = CHINA) -> set[str]:
    return {finding.code for finding in check_move(name, known, told, around)}


def levels(name: str, known: dict[str, Any], told: dict[str, Any], around: Surroundings = CHINA) -> dict[str, str]:
    return {finding.code: finding.level for finding in check_move(name, known, told, around)}


@pytest.mark.parametrize(("later", "earlier"), ORDER)
def test_no_day_lies_before_what_came_before_it(later: str, earlier: str) -> None:
    before, after = TODAY - dt.timedelta(days=10), TODAY - dt.timedelta(days=9)
    assert "order" in codes("x", {earlier: after}, {later: before}, ABROAD)
    assert codes("x", {earlier: before}, {later: before}, ABROAD) == set()
    assert codes("x", {earlier: before}, {later: after}, ABROAD) == set()
    # What is not told in this move was judged when it was.
    assert codes("x", {earlier: after, later: before}, {}, ABROAD) == set()


@pytest.mark.parametrize("name", DAYS)
def test_what_has_happened_does_not_lie_ahead(name: str) -> None:
    tomorrow = TODAY + dt.timedelta(days=1)
    assert codes("x", {}, {name: tomorrow}, ABROAD) == (set() if name in AHEAD else {"future"})
    assert codes("x", {}, {name: TODAY}, ABROAD) == set()


def test_a_hearing_counts_by_its_day_in_the_creditors_time() -> None:
    zone = dt.timezone(dt.timedelta(hours=8))
    hearing = dt.datetime(2026, 11, 20, 0, 30, tzinfo=zone)
    assert day_of(hearing) == dt.date(2026, 11, 20)
    assert codes("hand_down", {"hearing_at": hearing}, {"judged_on": dt.date(2026, 11, 19)}, ABROAD) == {"order"}
    assert codes("hand_down", {"hearing_at": hearing}, {"judged_on": dt.date(2026, 11, 20)}, ABROAD) == set()


def test_enforcement_is_closed_and_resumed_in_turns() -> None:
    first, second, third = (TODAY - dt.timedelta(days=n) for n in (30, 20, 10))
    assert codes("resume", {"terminated_on": first}, {"resumed_on": second}) == set()
    assert codes("terminate", {"terminated_on": first, "resumed_on": second}, {"terminated_on": third}) == set()
    assert codes("terminate", {"terminated_on": first, "resumed_on": third}, {"terminated_on": second}) == {"order"}


def test_it_ends_after_all_that_happened_in_it() -> None:
    known = {"opened_on": TODAY - dt.timedelta(days=9), "filed_on": TODAY - dt.timedelta(days=3)}
    assert codes("withdraw", known, {"ended_on": TODAY - dt.timedelta(days=4)}) == {"order"}
    assert codes("withdraw", known, {"ended_on": TODAY - dt.timedelta(days=3)}) == set()
    ahead = known | {"hearing_at": dt.datetime(2027, 1, 5, tzinfo=dt.UTC)}
    assert codes("withdraw", ahead, {"ended_on": TODAY}) == set()


@pytest.mark.parametrize("name", ["claimed_amount", "court_fee", "awarded_interest"])
def test_no_sum_is_negative(name: str) -> None:
    assert "negative" in codes("x", {}, {name: Decimal("-0.01")}, ABROAD)
    assert "negative" not in codes("x", {}, {name: Decimal("0.01")}, ABROAD)


def test_a_suit_claims_something() -> None:
    assert codes("file_suit", {}, {"claimed_amount": Decimal(0)}, ABROAD) == {"no_claim"}


def test_an_award_fits_outcome_and_claim() -> None:
    claim = {"claimed_amount": Decimal("100.00")}

    def award(outcome: str, principal: str, interest: str = "0") -> dict[str, str]:
        told = {"outcome": outcome, "awarded_principal": Decimal(principal), "awarded_interest": Decimal(interest)}
        return levels("hand_down", claim, told)

    assert award("won", "100.00") == {}
    assert award("lost", "0") == {}
    assert award("lost", "1") == {"lost_with_award": "error"}
    assert award("won", "0") == {"won_without_award": "warning"}
    assert award("won", "100.00", "0.01") == {"award_above_claim": "warning"}


@pytest.mark.parametrize(
    ("claim", "wage", "fit"),
    [
        ("50000.00", "100000", SMALL),
        ("50000.01", "100000", BY_AGREEMENT),
        ("200000.00", "100000", BY_AGREEMENT),
        ("200000.01", "100000", TOO_LARGE),
        ("1", None, UNKNOWN),
    ],
)
def test_small_claims_are_bounded_by_the_wage_of_the_province(claim: str, wage: str | None, fit: str) -> None:
    average = Decimal(wage) if wage else None
    assert small_claim_fit(Decimal(claim), average) == fit
    found = levels(
        "file_suit", {}, {"procedure": "small", "claimed_amount": Decimal(claim)}, Surroundings("cn", TODAY, average)
    )
    assert (
        found
        == {
            SMALL: {},
            BY_AGREEMENT: {"small_by_agreement": "warning"},
            TOO_LARGE: {"small_too_large": "error"},
            UNKNOWN: {"small_unknown": "warning"},
        }[fit]
    )


def test_a_fee_beside_the_tariff_is_warned_of() -> None:
    around = Surroundings("cn", TODAY, tariff=Decimal("360.00"))
    assert levels("accept", {}, {"court_fee": Decimal("720.00")}, around) == {"fee_differs": "warning"}
    assert levels("accept", {}, {"court_fee": Decimal("360.00")}, around) == {}


def test_a_payment_order_is_opposed_within_fifteen_days_and_stands_after_them() -> None:
    served = dt.date(2026, 11, 2)
    last = last_day_to_object(served)
    assert last == dt.date(2026, 11, 17)
    known = {"writ_served_on": served}
    after = last + dt.timedelta(days=1)
    assert codes("oppose_order", known, {"order_opposed_on": last}) == set()
    assert codes("oppose_order", known, {"order_opposed_on": after}) == {"opposed_too_late"}
    assert codes("order_stands", known, {"effective_on": last}) == {"stands_too_early"}
    assert codes("order_stands", known, {"effective_on": after}) == set()
    assert codes("order_stands", {}, {"effective_on": after}) == {"writ_not_served"}
    assert codes("oppose_order", {}, {"order_opposed_on": last}) == {"writ_not_served"}


def test_the_last_day_rolls_over_a_weekend() -> None:
    assert last_day_to_object(dt.date(2026, 11, 6)) == dt.date(2026, 11, 23)  # the 21st is a Saturday
    assert last_day_to_appeal(dt.date(2026, 11, 6)) == dt.date(2026, 11, 23)


def test_a_small_claim_is_final_and_other_judgments_wait_for_the_appeal() -> None:
    served = {"judgment_served_on": dt.date(2026, 11, 2)}
    small = served | {"procedure": "small"}
    appealed = {"appealed_on": dt.date(2026, 11, 3)}
    assert levels("appeal", small, appealed) == {"small_is_final": "error"}
    assert levels("appeal", served, appealed) == {}
    assert levels("appeal", served, {"appealed_on": dt.date(2026, 11, 18)}) == {"appeal_late": "warning"}
    assert levels("become_effective", served, {"effective_on": dt.date(2026, 11, 17)}) == {"appeal_possible": "warning"}
    assert levels("become_effective", served, {"effective_on": dt.date(2026, 11, 18)}) == {}
    assert levels("become_effective", {}, {"effective_on": TODAY}) == {"judgment_not_served": "warning"}
    assert levels("become_effective", small, {"effective_on": dt.date(2026, 11, 2)}) == {}


def test_enforcement_before_the_time_for_performance_is_over_is_warned_of() -> None:
    known = {"performance_due_on": TODAY}
    assert levels("apply_for_enforcement", known, {"enforcement_applied_on": TODAY}) == {"not_due_yet": "warning"}


def test_abroad_the_rules_of_china_are_not_asked() -> None:
    told = {"procedure": "small", "claimed_amount": Decimal(1000000000)}
    assert codes("file_suit", {}, told, ABROAD) == set()
    assert codes("appeal", {"procedure": "small"}, {"appealed_on": TODAY}, ABROAD) == set()


def test_a_finding_is_said_with_the_names_of_its_columns() -> None:
    finding = check_move("x", {"filed_on": TODAY}, {"accepted_on": TODAY - dt.timedelta(days=1)}, ABROAD)[0]
    said = finding.text(name_of={"accepted_on": "accepted on", "filed_on": "filed on"}.__getitem__)
    assert said == "“accepted on” (2026-11-24) lies before “filed on” (2026-11-25)"


DAY = st.dates(dt.date(2026, 1, 1), dt.date(2027, 3, 1))


@given(known=st.dictionaries(st.sampled_from(DAYS), DAY), told=st.dictionaries(st.sampled_from(DAYS), DAY))
def test_what_passes_a_correction_is_in_order(known: dict[str, Any], told: dict[str, Any]) -> None:
    """Of a correction that is let through, every pair with a corrected day is in order, and no such day is ahead."""
    if check_correction(known, told, ABROAD):
        return
    whole = known | told
    for later, earlier in set(ORDER) - ONCE:
        if {later, earlier} & set(told) and later in whole and earlier in whole:
            assert whole[later] >= whole[earlier]
    assert all(day <= TODAY for name, day in told.items() if name not in AHEAD)


@given(known=st.dictionaries(st.sampled_from(DAYS), DAY), told=st.dictionaries(st.sampled_from(DAYS), DAY))
def test_errors_come_before_warnings_and_everything_can_be_said(known: dict[str, Any], told: dict[str, Any]) -> None:
    found = check_move("conclude", known, told, CHINA)
    assert [f.level for f in found] == sorted((f.level for f in found), key="error warning".split().index)
    assert all(f.text() for f in found)
