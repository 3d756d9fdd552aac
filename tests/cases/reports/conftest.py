"""A message that was sent, and reports about it."""

import itertools

import pytest
import time_machine

from cases.channels.reports import ReportedEvent
from cases.services.outbox import dispatch, queue_message
from tests.cases.outbox.conftest import NOON, TODAY, make_case, make_template
from tests.cases.outbox.conftest import provider as provider  # the fixture

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def case(db):
    make_template()
    return make_case()


def write(case, purpose="test"):
    return queue_message(
        borrower=case.borrower, case=case, loan=None, step=None, purpose=purpose, day=TODAY, channel="sms",
        template_code="reminder", now=NOON,
    )  # fmt: skip


@pytest.fixture
def sent(case, provider):
    provider()
    message = write(case)
    assert dispatch(message.pk, NOON) == "sent"
    message.refresh_from_db()
    return message


def receipt(message=None, **more):
    values = {
        "provider": "test",
        "kind": "receipt",
        "event_id": f"r-{next(_numbers)}",
        "at": NOON,
        "state": "delivered",
        "provider_id": message.provider_id if message else "",
    }
    return ReportedEvent(**{**values, **more})


def reply(sender, text, **more):
    values = {
        "provider": "test",
        "kind": "reply",
        "event_id": f"a-{next(_numbers)}",
        "at": NOON,
        "channel": "sms",
        "sender": sender,
        "recipient": "10690000",
        "text": text,
    }
    return ReportedEvent(**{**values, **more})
