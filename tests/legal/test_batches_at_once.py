"""Two people at one batch, or at one court paper, in the same moment: nothing is made twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from legal.models import CourtPaper, LegalPaper, Matter
from legal.services.batch_sheet import take_sheet
from legal.services.batch_steps import Order, Step, run_chunk
from legal.services.batches import make_batch
from legal.services.court_papers import take_court_papers
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import today
from tests.legal.matters.test_at_once import both
from tests.legal.rows import blank_pdf, matter_in

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people() -> tuple[Any, Any, Any]:
    creditor = CreditorFactory.create()
    TeamFactory.create(creditors=[creditor])
    return creditor, *(UserFactory.create(role="legal", creditors=[creditor]) for _ in range(2))


def test_each_paper_is_drafted_once(people: tuple[Any, Any, Any]) -> None:
    creditor, one, two = people
    ids = [matter_in(creditor, "review").pk for _ in range(8)]
    batch = make_batch(creditor=creditor, name="B", matter_ids=ids, actor=one)
    order = Order(Step.DRAFT, "lawyers_letter", pay_by=today() + dt.timedelta(days=9))
    answers = both(
        lambda: run_chunk(batch=batch, order=order, actor=one, seconds=60),
        lambda: run_chunk(batch=batch, order=order, actor=two, seconds=60),
    )
    assert all(answer.refused == [] for answer in answers), answers
    assert sorted(LegalPaper.objects.values_list("matter", flat=True)) == sorted(ids)


def test_a_matter_joins_one_of_two_batches(people: tuple[Any, Any, Any]) -> None:
    creditor, one, two = people
    matter = matter_in(creditor, "review")
    answers = both(
        lambda: make_batch(creditor=creditor, name="A", matter_ids=[matter.pk], actor=one),
        lambda: make_batch(creditor=creditor, name="B", matter_ids=[matter.pk], actor=two),
    )
    assert sum(isinstance(answer, Exception) for answer in answers) == 1, answers
    made = next(answer for answer in answers if not isinstance(answer, Exception))
    assert Matter.objects.get().batch == made


def test_a_sheet_that_two_hand_in_is_taken_once(people: tuple[Any, Any, Any]) -> None:
    creditor, one, two = people
    matter = matter_in(
        creditor, "filing", filed_on=today(), claim_cut_off=today(), claimed_amount=100, procedure="small"
    )
    batch = make_batch(creditor=creditor, name="B", matter_ids=[matter.pk], actor=one)
    rows = [(2, {"case_no": matter.case.case_no, "court_case_no": "X-2026-0001", "accepted_on": today().isoformat()})]
    answers = both(
        lambda: take_sheet(batch=batch, name="a.csv", rows=rows, actor=one, dry=False),
        lambda: take_sheet(batch=batch, name="a.csv", rows=rows, actor=two, dry=False),
    )
    assert sorted(len(answer.changed) for answer in answers) == [0, 1], answers
    assert all(answer.applied for answer in answers)


def test_the_same_court_paper_is_filed_once(people: tuple[Any, Any, Any]) -> None:
    creditor, one, two = people
    matter, files = matter_in(creditor, "filing"), [("a.pdf", blank_pdf())]
    answers = both(
        lambda: take_court_papers(files=files, received_on=today(), actor=one, matter=matter),
        lambda: take_court_papers(files=files, received_on=today(), actor=two, matter=matter),
    )
    assert sorted(answer[0].came for answer in answers) == ["filed", "twice"], answers
    assert CourtPaper.objects.count() == 1
