"""A small house at ten in the morning of DAY: one creditor, two teams, one case of the first team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from borrowers.models import ContactPoint, Creditor, User
from cases.models import Case, Team
from tests.factories import (
    DAY,
    BorrowerFactory,
    CaseFactory,
    ContactPointFactory,
    CreditorFactory,
    TeamFactory,
    UserFactory,
)

TEN = dt.datetime.combine(DAY, dt.time(10), tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass
class House:
    creditor: Creditor
    team: Team
    collector: User
    stranger: User
    supervisor: User
    legal: User
    case: Case
    phone: ContactPoint


@pytest.fixture
def at_ten() -> Iterator[None]:
    """Within the hours of the contact rules, whenever the tests are run."""
    with time_machine.travel(TEN, tick=True):
        yield


@pytest.fixture
def house(db: None, at_ten: None) -> House:
    creditor = CreditorFactory(aged_on=DAY)
    team, other = TeamFactory(creditors=[creditor]), TeamFactory(creditors=[creditor])
    collector = UserFactory(role="collector", team=team)
    borrower = BorrowerFactory(creditor=creditor, name="Anna Sample", id_type="other", id_no="X0000010012")
    phone = ContactPointFactory(borrower=borrower, value="+8615400004321", preferred=True)
    return House(
        creditor=creditor,
        team=team,
        collector=collector,
        stranger=UserFactory(role="collector", team=other),
        supervisor=UserFactory(role="supervisor", creditors=[creditor]),
        legal=UserFactory(role="legal", creditors=[creditor]),
        case=CaseFactory(
            borrower=borrower,
            team=team,
            assigned_to=collector,
            case_no="SAMPLE-2026-000001",
            workable_from=TEN - dt.timedelta(hours=1),
        ),
        phone=phone,
    )


@pytest.fixture
def enter() -> Callable[[User], Client]:
    """A browser of that person's."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
