"""A case 40 days late with a number to call, its people, at ten in the morning of DAY."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from cases.models import Objection
from cases.services.objections import open_objection
from tests.cases.arrangements.conftest import case, people
from tests.factories import DAY, ContactPointFactory

__all__ = ["case", "people"]
TEN = dt.datetime.combine(DAY, dt.time(10), tzinfo=ZoneInfo("Asia/Shanghai"))
PDF = b"%PDF-1.7 sample"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(TEN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def phone(case):
    return ContactPointFactory(borrower=case.borrower, value="+8615400004321", preferred=True)


@pytest.fixture
def take(case, people) -> Callable[..., Objection]:
    """Take down an objection of the case: a dispute about the amount, on the phone, today, unless told otherwise."""

    def make(actor: Any = None, **values: Any) -> Objection:
        given = {
            "family": "dispute",
            "topic": "amount",
            "channel": "phone",
            "received_on": DAY,
            "words": "I paid the first instalment in cash.",
            **values,
        }
        return open_objection(case=case, actor=actor or people["collector"], **given)

    return make
