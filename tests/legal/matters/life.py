"""The life of a matter for tests: which columns are known in each state, and what each move tells."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from legal.models import Court, Matter

OPEN = (
    "review lawyers_letter payment_order mediation filing accepted served hearing judged appeal effective enforcement "
    "terminated resumed"
).split()
ENDED = "concluded settled withdrawn recalled".split()
STATES = [*OPEN, *ENDED]

# From where each move leads, and to where: written down once more, by hand.
MOVES: dict[str, tuple[str, str]] = {
    "apply_for_order": ("review lawyers_letter mediation", "payment_order"),
    "issue_writ": ("payment_order", "payment_order"),
    "order_stands": ("payment_order", "effective"),
    "oppose_order": ("payment_order", "filing"),
    "start_mediation": ("review lawyers_letter", "mediation"),
    "confirm_mediation": ("mediation", "effective"),
    "file_suit": ("review lawyers_letter payment_order mediation", "filing"),
    "accept": ("filing", "accepted"),
    "send_back": ("payment_order filing", "review"),
    "serve": ("accepted", "served"),
    "fix_hearing": ("accepted served hearing", "hearing"),
    "hand_down": ("served hearing", "judged"),
    "mediate_in_court": ("accepted served hearing", "effective"),
    "appeal": ("judged", "appeal"),
    "decide_appeal": ("appeal", "effective"),
    "become_effective": ("judged", "effective"),
    "apply_for_enforcement": ("effective", "enforcement"),
    "terminate": ("enforcement resumed", "terminated"),
    "resume": ("terminated", "resumed"),
    "conclude": ("judged effective enforcement resumed terminated", "concluded"),
    "withdraw": (
        "review lawyers_letter payment_order mediation filing accepted served hearing appeal",
        "withdrawn",
    ),
    "settle": (" ".join(OPEN), "settled"),
    "recall": (" ".join(OPEN), "recalled"),
}
# What counsel of the acting firm may record: what the court did.
COUNSEL = (
    "issue_writ order_stands oppose_order confirm_mediation accept send_back serve fix_hearing hand_down "
    "mediate_in_court appeal decide_appeal become_effective terminate"
).split()


def ago(days: int) -> dt.date:
    """So many days before today in China, where the sample creditor is."""
    return timezone.localdate() - dt.timedelta(days=days)


def court(**values: Any) -> Court:
    given = {"name": "Sample Basic Court", "average_wage": Decimal("100000.00"), "average_wage_year": 2025} | values
    made: Court = Court.objects.get_or_create(name=given.pop("name"), defaults=given)[0]
    return made


def told_by(name: str) -> dict[str, Any]:
    """All that the move needs, in order with `known_in`."""
    here = court()
    award = {"awarded_principal": Decimal("1000.00"), "awarded_interest": Decimal("90.00")}
    data: dict[str, dict[str, Any]] = {
        "apply_for_order": {
            "court": here,
            "payment_order_on": ago(100),
            "claim_cut_off": ago(100),
            "claimed_amount": Decimal("1320.00"),
        },
        "issue_writ": {"court_case_no": "(2026) Sample 1", "writ_issued_on": ago(95), "writ_served_on": ago(90)},
        "order_stands": {"effective_on": ago(60), "performance_due_on": ago(60), **award},
        "oppose_order": {"order_opposed_on": ago(80), "filed_on": ago(70), "court": here, "procedure": "summary"},
        "start_mediation": {"mediation_on": ago(110), "mediator": "Sample mediation centre"},
        "confirm_mediation": {
            "court": here,
            "court_case_no": "(2026) Sample 2",
            "effective_on": ago(60),
            "performance_due_on": ago(5),
            **award,
        },
        "file_suit": {
            "court": here,
            "procedure": "summary",
            "filed_on": ago(70),
            "claim_cut_off": ago(71),
            "claimed_amount": Decimal("1320.00"),
        },
        "accept": {"court_case_no": "(2026) Sample 3", "accepted_on": ago(60)},
        "send_back": {},
        "serve": {"served_on": ago(50), "served_by": "post"},
        "fix_hearing": {"hearing_at": dt.datetime.combine(ago(40), dt.time(1, 30), tzinfo=dt.UTC)},
        "hand_down": {
            "judged_on": ago(35),
            "outcome": "partly",
            "performance_due_on": ago(5),
            "judgment_served_on": ago(34),
            **award,
        },
        "mediate_in_court": {"effective_on": ago(30), "performance_due_on": ago(5), "outcome": "mediated", **award},
        "appeal": {"appealed_on": ago(25), "appeal_court": here},
        "decide_appeal": {"effective_on": ago(10), "outcome": "won", "performance_due_on": ago(5), **award},
        "become_effective": {"effective_on": ago(10), "performance_due_on": ago(5)},
        "apply_for_enforcement": {"enforcement_court": here, "enforcement_applied_on": ago(4)},
        "terminate": {"terminated_on": ago(2)},
        "resume": {"resumed_on": ago(2)},
        "conclude": {"ended_on": ago(0)},
        "withdraw": {"ended_on": ago(0)},
        "settle": {"ended_on": ago(0)},
        "recall": {"ended_on": ago(0)},
    }
    return data[name]


# By which moves each state is usually reached.
WAYS: dict[str, str] = {
    "review": "",
    "lawyers_letter": "",
    "payment_order": "apply_for_order issue_writ",
    "mediation": "start_mediation",
    "filing": "file_suit",
    "accepted": "file_suit accept",
    "served": "file_suit accept serve",
    "hearing": "file_suit accept serve fix_hearing",
    "judged": "file_suit accept serve fix_hearing hand_down",
    "appeal": "file_suit accept serve fix_hearing hand_down appeal",
    "effective": "file_suit accept serve fix_hearing hand_down become_effective",
    "enforcement": "file_suit accept serve fix_hearing hand_down become_effective apply_for_enforcement",
}
WAYS["terminated"] = WAYS["enforcement"] + " terminate"
WAYS["resumed"] = WAYS["terminated"] + " resume"


def put_in(matter: Matter, state: str) -> Matter:
    """The matter in that state, with what is known there: written past the door, as no product code may."""
    known: dict[str, Any] = {}
    for name in WAYS.get(state, "").split():
        known |= told_by(name)
    if state in ("terminated", "resumed"):
        known["terminated_on"] = ago(3)
    Matter.objects.filter(pk=matter.pk).update(state=state, opened_on=ago(120), **known)
    return Matter.objects.get(pk=matter.pk)
