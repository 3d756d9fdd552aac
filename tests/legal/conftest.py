"""A matter with all that a lawyer's letter needs; tests take away what they are about."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from borrowers.models import User
from borrowers.models.document import file_document
from cases.models import Case
from cases.stages import move_case
from legal.models import LawFirm, Lawyer, Mandate, Matter
from legal.services.matters import assign_firm, open_matter
from tests.factories import CaseFactory, ContactPointFactory, CreditorFactory, TeamFactory, UserFactory


def today() -> dt.date:
    return timezone.localdate()


def make_legal_case(creditor: Any, supervisor: User, **values: Any) -> Case:
    case = CaseFactory.create(borrower__creditor=creditor, team=creditor.teams.first(), **values)
    ContactPointFactory.create(borrower=case.borrower, kind="address", value="2 Sample Lane, Sample City")
    move_case(case.pk, "start_reminding", actor=None)
    move_case(case.pk, "send_to_legal", actor=supervisor, reason="no answer", on=today())
    return Case.objects.select_related("creditor", "borrower__creditor").get(pk=case.pk)


def make_mandate(creditor: Any, firm: LawFirm, by: User, **values: Any) -> Mandate:
    document = file_document(
        data=b"%PDF-1.7 sample",
        name="m.pdf",
        mime_type="application/pdf",
        kind="mandate",
        creditor=creditor,
        borrower=None,
        by=by,
    )
    given = {"reference": "M-1", "valid_from": dt.date(2026, 1, 1)} | values
    return Mandate.objects.create(creditor=creditor, firm=firm, document=document, **given)


@pytest.fixture
def creditor(db: None) -> Any:
    made = CreditorFactory.create(code="LEND", name="Sample Lender")
    TeamFactory.create(creditors=[made])
    return made


@pytest.fixture
def supervisor(creditor: Any) -> User:
    return UserFactory.create(role="supervisor", creditors=[creditor])


@pytest.fixture
def legal(creditor: Any) -> User:
    """A lawyer with an account."""
    return UserFactory.create(role="legal", creditors=[creditor], username="lawyer")


@pytest.fixture
def clerk(creditor: Any) -> User:
    """Legal staff without a licence."""
    return UserFactory.create(role="legal", creditors=[creditor], username="clerk")


@pytest.fixture
def firm(db: None) -> LawFirm:
    return LawFirm.objects.create(
        name="Sample & Partners", licence_no="F-1", address="3 Sample Square, Sample City", phone="+861000000300"
    )


@pytest.fixture
def lawyer(firm: LawFirm, legal: User) -> Lawyer:
    return Lawyer.objects.create(firm=firm, name="Sample Lawyer", licence_no="L-1", user=legal)


@pytest.fixture
def case(creditor: Any, supervisor: User) -> Case:
    return make_legal_case(creditor, supervisor)


@pytest.fixture
def matter(case: Case, legal: User) -> Matter:
    return open_matter(case=case, actor=legal, on=today())


@pytest.fixture
def ready(matter: Matter, firm: LawFirm, lawyer: Lawyer, legal: User) -> Matter:
    """The matter with firm, lawyer and mandate."""
    mandate = make_mandate(matter.case.creditor, firm, legal)
    return assign_firm(matter=matter, firm=firm, lawyer=lawyer, mandate=mandate, actor=legal)
