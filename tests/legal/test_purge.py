"""A matter keeps its borrower's data; once it has ended they go, its papers' words and bytes with them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from borrowers.models import LoanBalance, User
from borrowers.models.document import Document, file_document
from borrowers.services.erasing import plain, registers
from cases.models import Case
from cases.services.purge import purge_creditor
from cases.stages import move_case
from legal.models import (
    CourtPaper,
    Deadline,
    EvidenceBundle,
    ExhibitPaper,
    LegalPaper,
    LimitationEvent,
    LoanLimitation,
    Mandate,
    Matter,
    Preservation,
)
from tests.cases.closing.full_file import SECRET, everything, stored_bytes
from tests.factories import CaseFactory, UserFactory
from tests.legal.conftest import today

pytestmark = [pytest.mark.django_db, pytest.mark.loose_ledger]


@pytest.fixture
def case(settings: Any, tmp_path: Any) -> Case:
    settings.MEDIA_ROOT = tmp_path / "files"
    case: Case = CaseFactory.create(borrower__name=SECRET)
    LoanBalance.objects.update(outstanding_amount=0)
    return move_case(
        case.pk,
        "close_recalled",
        actor=UserFactory.create(is_superuser=True),
        reason="x",
        on=today().replace(year=2020),
    )


def make_matter(case: Case, state: str) -> Matter:
    return Matter.objects.create(case=case, state=state, opened_on=today())


def purge(case: Case) -> dict[str, int]:
    return dict(purge_creditor(creditor=case.creditor, on=today()).kept)


@pytest.mark.parametrize(("state", "kept"), [("review", {"open matter": 1}), ("withdrawn", {}), ("settled", {})])
def test_an_open_matter_keeps_the_data(case: Case, state: str, kept: dict[str, int]) -> None:
    make_matter(case, state)
    assert purge(case) == kept
    assert Case.objects.get().purged_on == (None if kept else today())


def test_nothing_of_the_person_is_left_in_the_legal_file(case: Case) -> None:
    matter, person = make_matter(case, "withdrawn"), UserFactory.create()
    LegalPaper.objects.create(
        matter=matter, language="en", drafted_by=person, document=make_document(case, person), state="dropped"
    )
    CourtPaper.objects.create(
        matter=matter, document=make_document(case, person), name="x", mime_type="x", sha256="x", received_on=today(),
        filed_by=person,
    )  # fmt: skip
    common = {"matter": matter, "added_by": person}
    ExhibitPaper.objects.create(document=make_document(case, person), name="x", source="x", proves="x", **common)
    EvidenceBundle.objects.create(
        matter=matter, number="B-1", language="en", cut_off=today(), pages=1, manifest={}, made_by=person,
        made_at=timezone.now(), pdf=make_document(case, person), zip=make_document(case, person),
    )  # fmt: skip
    Deadline.objects.create(matter=matter, kind="other", source="manual", due_on=today())
    Preservation.objects.create(matter=matter, asset="deposit", what="x", since=today(), recorded_by=person)
    loan = case.loans.get()
    LoanLimitation.objects.get_or_create(loan=loan, defaults={"reckoned_on": today()})
    LimitationEvent.objects.create(
        loan=loan, kind="acknowledgement", on=today(), note="x", by=person, proof=make_document(case, person)
    )
    for entry in registers():
        if entry.model._meta.app_label == "legal" and entry.erased:
            with_texts = {name: [SECRET] if value in ({}, []) else SECRET for name, value in entry.erased.items()}
            assert plain(entry.model).filter(**{entry.path: case.borrower_id}).update(**with_texts), entry.model
    assert purge(case) == {}
    assert {where for where, value in everything() if SECRET in value} == set()
    assert stored_bytes() == []


def make_document(case: Case, person: User) -> Document:
    """As an uploaded one may be: filed to nobody, with bytes of its own."""
    data = f"{SECRET} {Document.objects.count()}".encode()
    return file_document(
        data=data, name="x", mime_type="text/plain", kind="other", creditor=case.creditor, borrower=None, by=person
    )


def test_a_creditors_mandate_stays(case: Case) -> None:
    document = make_document(case, UserFactory.create())
    assert Mandate._meta.get_field("document").related_model is Document
    purge(case)
    assert document.read().startswith(SECRET.encode())
