"""Matters on their way through plainly fictional courts: one in each state that a legal desk sees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from borrowers.models import User
from cases.models import Stage
from legal.demo.files import file_papers
from legal.models import Court, LawFirm, Lawyer, Mandate, Matter, MatterState
from legal.services.claim import claim_of
from legal.services.matters import assign_firm
from legal.services.moves import make_move
from legal.services.suggestions import suggest
from legal.stages import matter_moves

Say = Callable[[str], None]
# By these moves each matter goes; those that are left stay in review.
WAYS = (
    "file_suit accept serve fix_hearing hand_down become_effective apply_for_enforcement",
    "file_suit accept serve fix_hearing hand_down",
    "file_suit accept serve fix_hearing",
    "apply_for_order issue_writ",
    "file_suit accept serve fix_hearing hand_down become_effective apply_for_enforcement terminate",
    "file_suit accept",
    "start_mediation",
    "file_suit",
)
OVERRIDE = "示例：催收函回执原件随诉状另行提交"
REASON = "示例"
FEE = Decimal("500.00")


def tell_matters(*, today: dt.date, users: dict[str, User], firm: LawFirm, say: Say) -> None:
    """Move some of the open matters along; two of the longest overdue, and those beyond the ways, stay where they are."""
    courts = make_courts()
    matters = (
        Matter.objects.open()
        .filter(case__stage=Stage.LEGAL, case__creditor__pack="cn")
        .filter(state__in=[MatterState.REVIEW, MatterState.LAWYERS_LETTER])
        .select_related("case__creditor", "case__borrower", "court")
        .order_by("-case__days_past_due", "pk")
    )
    told = 0
    for number, (matter, way) in enumerate(zip(matters[2:], WAYS, strict=False)):
        _acts(matter, firm, users["legal"])
        file_papers(matter, users["legal"])
        _walk(matter, way.split(), courts[number % len(courts)], today, users["legal"])
        told += 1
    say(f"matters on their way: {told}")


def make_courts() -> list[Court]:
    """Courts that do not exist; their wages are no real figures."""
    return [
        Court.objects.create(
            name=name,
            level=level,
            region="示例省",
            address="示例省示例市样板区正义路 1 号",
            phone="+86 10 0000 0200",
            average_wage=Decimal("90000.00"),
            average_wage_year=2025,
        )
        for name, level in (
            ("示例市样板区人民法院", Court.Level.BASIC),
            ("示例市虚构区人民法院", Court.Level.BASIC),
            ("示例互联网法院", Court.Level.INTERNET),
        )
    ]


def _acts(matter: Matter, firm: LawFirm, by: User) -> None:
    """A matter that its strategy opened has no firm yet."""
    if matter.firm_id is None:
        mandate = Mandate.objects.get(creditor=matter.case.creditor, firm=firm)
        assign_firm(matter=matter, firm=firm, lawyer=Lawyer.objects.get(firm=firm, user=by), mandate=mandate, actor=by)


def _walk(matter: Matter, way: list[str], court: Court, today: dt.date, by: User) -> None:
    """Each move with what its form would propose, on days that go before today one after another."""
    for name in way:
        matter = Matter.objects.select_related("case__creditor", "case__borrower", "court").get(pk=matter.pk)
        move = next(move for move in matter_moves(matter, by) if move.name == name)
        told = suggest(matter=matter, name=name, needs=move.custom["needs"], sets=move.custom["sets"])
        told |= _told(matter, name, court, today)
        if name == "fix_hearing" and name == way[-1]:
            told["hearing_at"] += dt.timedelta(days=60)  # its day is still to come
        reason = REASON if move.custom.get("needs_reason") else ""
        make_move(matter=matter, name=name, actor=by, reason=reason, override=OVERRIDE, **told)


def _told(matter: Matter, name: str, court: Court, today: dt.date) -> dict[str, Any]:
    def ago(days: int) -> dt.date:
        return today - dt.timedelta(days=days)

    number = f"（{today.year}）示例民初 {matter.pk:04d} 号"
    claim = matter.claimed_amount or Decimal(0)
    hearing = dt.datetime.combine(ago(45), dt.time(9, 30), tzinfo=matter.case.creditor.zone)
    data: dict[str, dict[str, Any]] = {
        "file_suit": {
            "court": court,
            "venue_basis": Matter.Venue.AGREEMENT,
            "filed_on": ago(80),
            "lawyers_fee": FEE,
            **_claim(matter, ago(80), FEE),
        },
        "accept": {"court_case_no": number, "accepted_on": ago(72), "judge": "张示例"},
        "serve": {"served_on": ago(62), "served_by": Matter.Service.POST},
        "fix_hearing": {"hearing_at": hearing, "courtroom": "第三法庭"},
        "hand_down": {
            "judged_on": ago(40),
            "judgment_served_on": ago(36),
            "outcome": Matter.Outcome.PARTLY,
            "awarded_principal": claim - claim // 10,
            "awarded_costs": Decimal("100.00"),
        },
        "become_effective": {"effective_on": ago(18), "performance_due_on": ago(8)},
        "apply_for_enforcement": {"enforcement_court": court, "enforcement_applied_on": ago(6)},
        "terminate": {"terminated_on": ago(1), "enforcement_case_no": number.replace("民初", "执")},
        "apply_for_order": {
            "court": court,
            "venue_basis": Matter.Venue.AGREEMENT,
            "payment_order_on": ago(30),
            **_claim(matter, ago(30)),
        },
        "issue_writ": {
            "court_case_no": number.replace("民初", "民督"),
            "writ_issued_on": ago(20),
            "writ_served_on": ago(6),
        },
        "start_mediation": {"mediation_on": ago(9), "mediator": "示例调解中心"},
    }
    return data[name]


def _claim(matter: Matter, cut_off: dt.date, fee: Decimal = Decimal(0)) -> dict[str, Any]:
    """What was owed on that day, and nothing of the fee that was proposed for today's claim."""
    if matter.claimed_amount is not None:
        return {}
    debt = claim_of(matter=matter, cut_off=cut_off).debt
    return {"claim_cut_off": cut_off, "claimed_amount": max(debt, Decimal(1)) + fee, "court_fee": None}
