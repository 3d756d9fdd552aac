"""Opening, assigning and ending matters, and filing mandates."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from borrowers.models import AuditEvent, User
from borrowers.services.file_types import MOST_BYTES
from cases.models import Case
from cases.stages import move_case
from legal.models import LawFirm, Lawyer, Matter
from legal.services.mandates import file_mandate
from legal.services.matters import (
    LegalRefused,
    MoveRefused,
    assign_firm,
    open_matter,
)
from legal.services.moves import make_move
from tests.factories import CaseFactory, CreditorFactory, UserFactory
from tests.legal.conftest import make_mandate, today


def test_a_matter_opens_once_on_a_case_with_legal(case: Case, legal: User) -> None:
    matter = open_matter(case=case, actor=legal, on=today())
    assert (matter.state, matter.opened_by) == ("review", legal)
    assert AuditEvent.objects.get(action="open_matter").borrower == case.borrower
    with pytest.raises(LegalRefused):
        open_matter(case=case, actor=legal, on=today())


def test_no_matter_on_a_case_that_was_taken_back(case: Case, legal: User, supervisor: User) -> None:
    move_case(case.pk, "take_back_from_legal", actor=supervisor, reason="paying again")
    with pytest.raises(LegalRefused):
        open_matter(case=case, actor=legal, on=today())


def test_who_may_not_open(case: Case, supervisor: User, creditor: Any) -> None:
    others = [
        supervisor,
        UserFactory.create(role="collector", team=creditor.teams.get()),
        UserFactory.create(role="legal", creditors=[CreditorFactory.create()]),
    ]
    for actor in others:
        with pytest.raises(PermissionDenied):
            open_matter(case=case, actor=actor, on=today())
    assert not Matter.objects.exists()


def test_firm_lawyer_and_mandate_belong_together(matter: Matter, firm: LawFirm, lawyer: Lawyer, legal: User) -> None:
    other = LawFirm.objects.create(name="Other", address="x", phone="1")
    mandate = make_mandate(CreditorFactory.create(), firm, legal)
    wrong: list[dict[str, Any]] = [
        {"firm": other, "lawyer": lawyer, "mandate": None},
        {"firm": firm, "lawyer": lawyer, "mandate": mandate},
    ]
    for given in wrong:
        with pytest.raises(LegalRefused):
            assign_firm(matter=matter, actor=legal, **given)
    other.is_active = False
    other.save()
    with pytest.raises(LegalRefused):
        assign_firm(matter=matter, firm=other, lawyer=None, mandate=None, actor=legal)
    assert Matter.objects.get().firm is None


def test_withdrawing_takes_the_case_back(matter: Matter, legal: User) -> None:
    with pytest.raises(MoveRefused):
        make_move(matter=matter, name="withdraw", actor=legal, reason=" ", ended_on=today())
    moved = make_move(matter=matter, name="withdraw", actor=legal, reason="not worth it", ended_on=today())
    assert (moved.state, moved.end_reason) == ("withdrawn", "not worth it")
    assert Case.objects.get(pk=matter.case_id).stage == "demanding"
    assert AuditEvent.objects.get(action="withdraw").actor == legal
    assert AuditEvent.objects.get(action="take_back_from_legal").reason == "not worth it"


def test_a_matter_is_settled_when_its_case_is_closed(matter: Matter, legal: User) -> None:
    with pytest.raises(LegalRefused):
        make_move(matter=matter, name="settle", actor=legal, ended_on=today())
    move_case(matter.case_id, "close_paid", actor=None, on=today())
    assert make_move(matter=matter, name="settle", actor=legal, ended_on=today()).state == "settled"


def test_legal_staff_see_only_what_was_sent_to_them(matter: Matter, legal: User, creditor: Any) -> None:
    CaseFactory.create(borrower__creditor=creditor)
    assert [case.pk for case in Case.objects.visible_to(legal)] == [matter.case_id]
    assert not Matter.objects.visible_to(
        UserFactory.create(role="legal", creditors=[CreditorFactory.create()])
    ).exists()
    assert not Matter.objects.visible_to(UserFactory.create(role="collector", team=creditor.teams.get())).exists()


def file(creditor: Any, firm: LawFirm, actor: User, data: bytes, **values: Any) -> Any:
    given = {"reference": "M-9", "valid_from": dt.date(2026, 1, 1), "valid_until": None} | values
    return file_mandate(creditor=creditor, firm=firm, data=data, actor=actor, **given)


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [(b"%PDF-1.4 x", "application/pdf"), (b"\x89PNG\r\n\x1a\nx", "image/png"), (b"\xff\xd8\xffx", "image/jpeg")],
)
def test_a_mandate_is_filed_by_what_it_is(
    creditor: Any, firm: LawFirm, legal: User, data: bytes, mime_type: str
) -> None:
    mandate = file(creditor, firm, legal, data)
    assert (mandate.document.kind, mandate.document.mime_type) == ("mandate", mime_type)
    assert mandate.document.read() == data


@pytest.mark.parametrize("data", [b"", b"MZ program", b"<html>", b"%PDF-" + b"x" * MOST_BYTES])
def test_other_files_are_no_mandates(creditor: Any, firm: LawFirm, legal: User, data: bytes) -> None:
    with pytest.raises(LegalRefused):
        file(creditor, firm, legal, data)


def test_a_mandates_reference_is_used_once_and_its_dates_run_forward(
    creditor: Any, firm: LawFirm, legal: User, supervisor: User
) -> None:
    with pytest.raises(LegalRefused):
        file(creditor, firm, legal, b"%PDF-", valid_until=dt.date(2025, 1, 1))
    file(creditor, firm, legal, b"%PDF-")
    with pytest.raises(LegalRefused):
        file(creditor, firm, legal, b"%PDF-")
    for actor in (supervisor, UserFactory.create(role="legal", creditors=[CreditorFactory.create()])):
        with pytest.raises(PermissionDenied):
            file(creditor, firm, actor, b"%PDF-", reference="M-10")
