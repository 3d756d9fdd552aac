"""Two people at one matter in the same moment: one of them is told that it has moved on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from borrowers.models import AuditEvent
from cases.models import Case
from legal.models import Matter
from legal.services.matters import LegalRefused, MoveRefused
from legal.services.moves import make_move
from legal.services.opening import open_matters
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import make_legal_case, today
from tests.legal.matters.life import put_in, told_by

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def both(*works: Callable[[], Any]) -> list[Any]:
    """Run them at the same time; → what each returned or raised."""
    start = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            start.wait()
            answers[place] = work()
        except (MoveRefused, LegalRefused) as refused:
            answers[place] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


@pytest.fixture
def setting() -> tuple[Any, Any, Case]:
    creditor = CreditorFactory.create()
    TeamFactory.create(creditors=[creditor])
    supervisor = UserFactory.create(role="supervisor", creditors=[creditor])
    legal = UserFactory.create(role="legal", creditors=[creditor])
    return creditor, legal, make_legal_case(creditor, supervisor)


def test_of_two_moves_one_is_made(setting: tuple[Any, Any, Case]) -> None:
    _creditor, legal, case = setting
    matter = put_in(Matter.objects.create(case=case, opened_on=today()), "hearing")
    judged, withdrawn = told_by("hand_down"), told_by("withdraw")
    answers = both(
        lambda: make_move(matter=matter, name="hand_down", actor=legal, **judged),
        lambda: make_move(matter=matter, name="withdraw", actor=legal, reason="agreed", **withdrawn),
    )
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(refused) == 1, answers
    state = Matter.objects.get().state
    assert state in ("judged", "withdrawn")
    assert AuditEvent.objects.filter(subject_type="matter", field="state").count() == 1
    assert Case.objects.get().stage == ("legal" if state == "judged" else "demanding")


def test_of_two_openings_one_matter_comes(setting: tuple[Any, Any, Case]) -> None:
    _creditor, legal, case = setting
    answers = both(*[lambda: open_matters(case_ids=[case.pk], actor=legal, on=today())] * 2)
    assert sorted(len(answer) for answer in answers) == [0, 1]
    assert Matter.objects.count() == 1
