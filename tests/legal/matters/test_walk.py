"""Any walk of moves, however odd what they tell: what must hold of a matter holds after each of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from borrowers.models import AuditEvent, User
from cases.models import Case
from legal.models import Matter
from legal.rules.matter_moves import AHEAD, DAYS, ONCE, ORDER, day_of
from legal.services.matters import LegalRefused, MoveRefused
from legal.services.moves import correct_matter, known_of, make_move
from legal.services.opening import open_matters
from tests.legal.conftest import today
from tests.legal.matters.life import ENDED, MOVES, ago, told_by

# Which move (mostly one that is legal now), by how many days what it tells is shifted, how much is awarded.
STEP = st.tuples(
    st.integers(0, 10**6),
    st.integers(0, 4),
    st.sampled_from([0, 0, 0, 1, -1]) | st.integers(-40, 60),
    st.sampled_from(["0", "500.00", "99999.00"]),
)


def name_of(state: str, number: int, kind: int) -> str:
    legal_now = [name for name, (sources, _target) in MOVES.items() if state in sources.split()]
    # The ends are left for the end: a walk that begins with one says little.
    on = [name for name in legal_now if name not in ("settle", "recall", "withdraw", "conclude")]
    choices = {0: [*MOVES], 1: ["correct", "open"], 2: legal_now}.get(kind, on) or [*MOVES]
    return choices[number % len(choices)]


def shifted(name: str, days: int, award: str) -> dict[str, Any]:
    told = told_by(name)
    for column, value in told.items():
        if isinstance(value, (dt.date, dt.datetime)):
            told[column] = value + dt.timedelta(days=days)
    if "awarded_principal" in told:
        told["awarded_principal"] = Decimal(award)
    return told


def take(matter: Matter, name: str, days: int, award: str, actor: User) -> None:
    if name == "open":
        open_matters(case_ids=[matter.case_id], actor=actor, on=today())
    elif name == "correct":
        correct_matter(matter=matter, actor=actor, reason="walk", filed_on=ago(70) + dt.timedelta(days=days))
    else:
        told = shifted(name, days, award)
        make_move(matter=matter, name=name, actor=actor, reason="walk", override="walk", **told)


def check(matter: Matter) -> None:
    known = known_of(matter)
    for later, earlier in set(ORDER) - ONCE:
        after, before = day_of(known[later]), day_of(known[earlier])
        assert after is None or before is None or after >= before, (matter.state, later, after, earlier, before)
    for name in set(DAYS) - AHEAD:
        assert known[name] is None or known[name] <= today()
    assert (matter.state in ENDED) == (matter.ended_on is not None)
    for name in ("claimed_amount", "court_fee", "awarded_principal"):
        assert known[name] is None or known[name] >= 0
    assert Matter.objects.open().filter(case=matter.case_id).count() <= 1
    case = Case.objects.get(pk=matter.case_id)
    if matter.state in ("withdrawn", "recalled") and not Matter.objects.open().filter(case=case).exists():
        assert case.stage != "legal"


@given(steps=st.lists(STEP, min_size=1, max_size=16))
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_walk(matter: Matter, legal: User, steps: list[tuple[int, int, int, str]]) -> None:
    with transaction.atomic():
        Matter.objects.update(opened_on=ago(120))
        for number, kind, days, award in steps:
            before = Matter.objects.latest("pk")
            _one_step(before, name_of(before.state, number, kind), days, award, legal)
        transaction.set_rollback(True)


def _one_step(before: Matter, name: str, days: int, award: str, legal: User) -> None:
    events = AuditEvent.objects.filter(subject_type="matter").count()
    try:
        with transaction.atomic():
            take(before, name, days, award, legal)
    except (LegalRefused, MoveRefused, PermissionDenied):
        after = Matter.objects.get(pk=before.pk)
        assert known_of(after) == known_of(before)
        assert AuditEvent.objects.filter(subject_type="matter").count() == events
        return
    after = Matter.objects.get(pk=before.pk)
    if before.state in ENDED:
        assert after.state == before.state, "an ended matter never moves"
    elif name in MOVES:
        assert after.state == MOVES[name][1]
        assert AuditEvent.objects.filter(subject_type="matter").count() == events + 1
    check(after)


@pytest.mark.parametrize("seed", range(3))
def test_a_walk_that_fits_reaches_the_end(matter: Matter, legal: User, seed: int) -> None:
    """The walk above would say nothing if hardly any move were made."""
    ways = [
        "apply_for_order issue_writ oppose_order accept fix_hearing hand_down become_effective apply_for_enforcement conclude",
        "start_mediation file_suit accept serve fix_hearing hand_down appeal decide_appeal conclude",
        "file_suit send_back apply_for_order issue_writ order_stands apply_for_enforcement terminate resume conclude",
    ]
    Matter.objects.update(opened_on=ago(120))
    for name in ways[seed].split():
        make_move(matter=matter, name=name, actor=legal, reason="walk", override="walk", **told_by(name))
        check(Matter.objects.get())
    assert Matter.objects.get().state == "concluded"
