"""Logging a call from the case page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from borrowers.models import ContactPoint, User
from cases.models import Case, ContactRecord, Promise, Stage
from tests.cases.views.conftest import House
from tests.factories import DAY, ContactPointFactory

Enter = Callable[[User], Client]


def call(house: House, point: ContactPoint | None = None, **more: object) -> dict[str, object]:
    return {"contact_point": (point or house.phone).pk, "direction": "out", "outcome": "no_answer", **more}


@pytest.fixture
def refused(house: House) -> ContactPoint:
    """A contact person, while nobody has yet tried the borrower's own number in vain."""
    return ContactPointFactory.create(borrower=house.case.borrower, owner="contact_person", value="+8615400009999")


def address(house: House) -> str:
    return reverse("cases:log_call", args=[house.case.pk])


def test_the_form_shows_each_number_with_the_verdict_before_the_call(
    house: House, enter: Enter, refused: ContactPoint
) -> None:
    text = enter(house.collector).get(address(house)).content.decode()
    assert text.index("usable now") < text.index("not now")
    assert "A contact person may be asked only when" in text
    assert f'value="{refused.pk}"' in text
    assert house.phone.value not in text


def test_a_call_without_answer(house: House, enter: Enter) -> None:
    tomorrow = (DAY + dt.timedelta(days=1)).isoformat()
    answer = enter(house.collector).post(
        address(house),
        call(house, notes="rang ten times", next_action="call_again", next_action_on=tomorrow),
        headers={"HX-Request": "true"},
    )
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "case-changed")
    record = ContactRecord.objects.get()
    assert (record.outcome, record.party, record.notes, record.is_breach) == (
        "no_answer",
        "debtor",
        "rang ten times",
        False,
    )
    assert record.next_action_on == DAY + dt.timedelta(days=1)
    assert record.actor == house.collector


def test_a_promise_needs_its_sum_and_day_and_keeps_what_was_typed(house: House, enter: Enter) -> None:
    client = enter(house.collector)
    answer = client.post(address(house), call(house, outcome="promise", notes="will pay"))
    assert answer.status_code == 200
    assert "A promise needs its sum and its day." in answer.content.decode()
    assert "will pay" in answer.content.decode()
    assert not ContactRecord.objects.exists()
    due_on = DAY + dt.timedelta(days=4)
    client.post(
        address(house),
        call(
            house, outcome="promise", promise_amount="60.00", promise_due_on=due_on.isoformat(), promise_means="wallet"
        ),
    )
    promise = Promise.objects.get()
    assert (promise.amount, promise.due_on, promise.means) == (Decimal(60), due_on, "wallet")
    assert Case.objects.get(pk=house.case.pk).stage == Stage.NEGOTIATING


def test_a_promise_beyond_the_limits_is_refused_in_words_and_nothing_is_written(house: House, enter: Enter) -> None:
    far = (DAY + dt.timedelta(days=300)).isoformat()
    answer = enter(house.collector).post(
        address(house), call(house, outcome="promise", promise_amount="60", promise_due_on=far, promise_means="card")
    )
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert not ContactRecord.objects.exists()


def test_a_sum_typed_for_another_outcome_is_no_promise(house: House, enter: Enter) -> None:
    enter(house.collector).post(address(house), call(house, outcome="refuses", promise_amount="60"))
    assert ContactRecord.objects.get().outcome == "refuses"
    assert not Promise.objects.exists()


def test_a_call_in_spite_of_the_gate_is_confirmed_and_marked(house: House, enter: Enter, refused: ContactPoint) -> None:
    client = enter(house.collector)
    answer = client.post(address(house), call(house, refused))
    assert "The gate refuses this number now" in answer.content.decode()
    assert not ContactRecord.objects.exists()
    client.post(address(house), call(house, refused, breach="on"))
    record = ContactRecord.objects.get()
    assert record.is_breach
    assert record.decision is not None
    assert not record.decision.allowed


def test_a_call_that_came_in_needs_no_confirmation(house: House, enter: Enter, refused: ContactPoint) -> None:
    enter(house.collector).post(address(house), call(house, refused, direction="in", outcome="will_relay"))
    assert not ContactRecord.objects.get().is_breach


def test_somebody_else_at_the_borrowers_telephone_is_not_the_borrower(house: House, enter: Enter) -> None:
    enter(house.collector).post(address(house), call(house, outcome="will_relay"))
    assert ContactRecord.objects.get().party == "other"


def test_a_number_of_another_borrower_is_no_choice(house: House, enter: Enter) -> None:
    answer = enter(house.collector).post(address(house), call(house, ContactPointFactory()))
    assert answer.status_code == 200
    assert not ContactRecord.objects.exists()


def test_what_was_said_is_text_and_never_markup(house: House, enter: Enter) -> None:
    client = enter(house.collector)
    client.post(address(house), call(house, notes="<script>alert(1)</script>"))
    text = client.get(reverse("cases:timeline", args=[house.case.pk])).content.decode()
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text
