"""The check before a suit: each item there and missing, and what the law forbids."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal.rules import presuit
from legal.rules.presuit import LoanFacts, SuitFacts, check_suit, is_blocked, stands_in_the_way

ON = dt.date(2026, 11, 25)
LOAN = LoanFacts(
    "A1", "C-A1", Decimal("1200.00"), Decimal("1200.00"), True, True, "running", ON + dt.timedelta(days=700)
)
READY = SuitFacts(
    pack="cn",
    role="creditor",
    on=ON,
    currency="CNY",
    name="Borrower 1",
    has_id_number=True,
    has_id_paper=True,
    has_address=True,
    loans=(LOAN,),
    demand="delivered",
    has_court=True,
    venue_basis="agreement",
    claim=Decimal("5000.00"),
    court_fee=Decimal("25.00"),
    grade="B",
    mandate_holds=True,
)


def found(facts: SuitFacts) -> dict[str, str]:
    return {finding.code: finding.level for finding in check_suit(facts) if finding.level != "ok"}


def test_a_file_in_order_lacks_nothing() -> None:
    assert found(READY) == {}
    assert {finding.code for finding in check_suit(READY)} == {
        "identity",
        "service",
        "contract",
        "disbursement",
        "schedule",
        "demand",
        "venue",
        "limitation",
        "cost",
        "mandate",
    }


@pytest.mark.parametrize(
    ("changes", "code", "level"),
    [
        ({"has_id_number": False}, "identity", "missing"),
        ({"has_id_paper": False}, "id_paper", "missing"),
        ({"has_address": False}, "service", "missing"),
        ({"loans": ()}, "loans", "missing"),
        ({"loans": (replace(LOAN, contract_no=""),)}, "contract", "missing"),
        ({"loans": (replace(LOAN, has_contract=False),)}, "contract", "missing"),
        ({"loans": (LOAN, replace(LOAN, has_disbursement_proof=False))}, "disbursement", "missing"),
        ({"loans": (replace(LOAN, scheduled=Decimal("1199.99")),)}, "schedule", "missing"),
        ({"loans": (replace(LOAN, scheduled=None),)}, "schedule", "missing"),
        ({"demand": "none"}, "demand", "missing"),
        ({"demand": "sent"}, "demand", "missing"),
        ({"demand": "message"}, "demand", "warning"),
        ({"has_court": False}, "court", "missing"),
        ({"venue_basis": ""}, "venue", "missing"),
        ({"loans": (replace(LOAN, limitation_state="expired"),)}, "limitation", "missing"),
        ({"loans": (replace(LOAN, limitation_state=None),)}, "limitation", "missing"),
        ({"loans": (replace(LOAN, expires_on=ON + dt.timedelta(days=90)),)}, "limitation", "warning"),
        ({"grade": "E", "lawyers_fee": Decimal("1000.00")}, "cost", "warning"),
        ({"mandate_holds": False}, "mandate", "warning"),
        ({"hold": "illness"}, "hold", "missing"),
        ({"open_objections": 1}, "objection", "missing"),
        ({"live_arrangement": True}, "arrangement", "missing"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, Any], code: str, level: str) -> None:
    assert found(replace(READY, **changes)) == {code: level}


def test_an_agreed_address_serves_as_well() -> None:
    assert found(replace(READY, has_address=False, service_address="borrower@example.com")) == {}


@pytest.mark.parametrize(
    ("pack", "role", "level"),
    [
        ("us_reg_f", "debt_collector", "blocking"),
        ("us_reg_f", "agency", "blocking"),
        ("us_reg_f", "creditor", "missing"),
        ("uk", "creditor", "blocking"),
        ("cn", "agency", "missing"),
    ],
)
def test_no_suit_on_a_time_barred_debt(pack: str, role: str, level: str) -> None:
    expired = replace(LOAN, limitation_state="expired")
    facts = replace(READY, pack=pack, role=role, loans=(LOAN, expired))
    assert found(facts)["limitation"] == level
    assert is_blocked(check_suit(facts)) == (level == "blocking")


def test_a_breathing_space_forbids_it_in_the_united_kingdom() -> None:
    assert found(replace(READY, pack="uk", hold="breathing_space")) == {"standstill": "blocking"}
    assert found(replace(READY, hold="breathing_space")) == {"hold": "missing"}


def test_cost_is_held_against_what_it_is_expected_to_bring() -> None:
    cost = next(f for f in check_suit(replace(READY, court_fee=Decimal("2500.00"))) if f.code == "cost")
    assert cost.level == "warning"
    assert "¥2,500.00" in cost.text()
    assert "50 %" in cost.text()


@given(
    st.builds(
        SuitFacts,
        pack=st.sampled_from(["cn", "us_reg_f", "uk"]),
        role=st.sampled_from(["creditor", "debt_collector", "agency"]),
        on=st.just(ON),
        currency=st.just("CNY"),
        demand=st.sampled_from(["signed", "delivered", "message", "sent", "none"]),
        claim=st.decimals(0, 10**9, places=2),
        grade=st.sampled_from(["A", "B", "C", "D", "E", "", "?"]),
        hold=st.sampled_from(["", "illness", "breathing_space"]),
        loans=st.lists(
            st.builds(
                LoanFacts,
                account_no=st.just("A1"),
                contract_no=st.sampled_from(["", "C"]),
                principal=st.just(Decimal(1)),
                scheduled=st.sampled_from([None, Decimal(1), Decimal(2)]),
                limitation_state=st.sampled_from([None, "running", "expired", "in_proceedings"]),
                expires_on=st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
            ),
            max_size=3,
        ),
    )
)
def test_every_item_is_answered_once_and_can_be_said(facts: SuitFacts) -> None:
    findings = check_suit(facts)
    codes = [finding.code for finding in findings]
    assert len(codes) == len(set(codes))
    assert all(finding.text() and finding.level in presuit.LEVELS for finding in findings)
    assert list(stands_in_the_way(findings)) == [f for f in findings if f.level in ("missing", "blocking")]
    assert not is_blocked(findings) or stands_in_the_way(findings)
