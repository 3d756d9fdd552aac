"""Messages from templates, letters, and the development outbox."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from borrowers.models import User
from cases.models import DevelopmentDelivery, Letter, Message, MessageTemplate
from tests.cases.views.conftest import House
from tests.factories import ContactPointFactory

Enter = Callable[[User], Client]


@pytest.fixture
def template(house: House) -> MessageTemplate:
    return MessageTemplate.objects.create(
        code="soft",
        channel="sms",
        language="en",
        body="[{creditor}] {salutation}, {overdue_amount} on account {account} is overdue. Please call {phone}.",
    )


def address(house: House) -> str:
    return reverse("cases:compose", args=[house.case.pk])


def test_the_preview_has_the_figures_filled_in_and_queues_nothing(
    house: House, enter: Enter, template: MessageTemplate
) -> None:
    text = enter(house.collector).get(address(house)).content.decode()
    assert "¥110.00 on account" in text
    assert "1 SMS segment" in " ".join(text.split())
    assert "costs" not in text
    assert "Anna" not in text  # the name is masked in what leaves the house
    assert not Message.objects.exists()


def test_a_message_is_queued_once_a_day_for_each_template(
    house: House, enter: Enter, template: MessageTemplate
) -> None:
    client = enter(house.collector)
    answer = client.post(address(house), {"template": "sms:soft"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "case-changed")
    again = client.post(address(house), {"template": "sms:soft"}, headers={"HX-Request": "true"})
    assert "today already" in again.content.decode()
    message = Message.objects.get()
    assert message.to == house.phone.value
    assert "¥110.00" in message.body
    template.pk, template.code = None, "firm"
    template.save()
    client.post(address(house), {"template": "sms:firm"})
    assert Message.objects.count() == 2


def test_an_unknown_template_queues_nothing(house: House, enter: Enter, template: MessageTemplate) -> None:
    assert enter(house.collector).post(address(house), {"template": "sms:nothing"}).status_code == 200
    assert not Message.objects.exists()


def test_a_template_that_cannot_be_filled_in_says_what_is_missing(house: House, enter: Enter) -> None:
    MessageTemplate.objects.create(code="p", channel="sms", language="en", body="You promised {promise_amount}.")
    client = enter(house.collector)
    assert "{promise_amount}" in client.get(address(house)).content.decode()
    client.post(address(house), {"template": "sms:p"})
    assert not Message.objects.exists()


def test_a_message_that_nobody_can_get_is_refused_in_words(
    house: House, enter: Enter, template: MessageTemplate
) -> None:
    house.phone.delete()
    answer = enter(house.collector).post(address(house), {"template": "sms:soft"})
    assert 'role="alert"' in answer.content.decode()


def test_a_demand_letter_is_issued_and_listed(house: House, enter: Enter) -> None:
    ContactPointFactory(borrower=house.case.borrower, kind="address", value="7 Sample Lane, Sample City")
    client = enter(house.collector)
    answer = client.post(reverse("cases:issue_letter", args=[house.case.pk]), headers={"HX-Request": "true"})
    assert answer["HX-Trigger"] == "case-changed"
    letter = Letter.objects.get()
    text = client.get(reverse("cases:case", args=[house.case.pk])).content.decode()
    assert letter.number in text
    assert reverse("cases:letter_download", args=[letter.pk]) in text


def test_a_letter_without_an_address_says_what_is_missing(house: House, enter: Enter) -> None:
    client = enter(house.collector)
    answer = client.post(reverse("cases:issue_letter", args=[house.case.pk]), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "case-changed")
    assert not Letter.objects.exists()
    assert "notice-error" in client.get(reverse("cases:case", args=[house.case.pk])).content.decode()


def test_the_development_outbox_is_searched_and_escaped(house: House, enter: Enter) -> None:
    DevelopmentDelivery.objects.create(key="1", channel="sms", to="+8615400001111", body="<b>one</b>")
    DevelopmentDelivery.objects.create(key="2", channel="email", to="x@example.com", subject="S", body="two")
    client, outbox = enter(house.supervisor), reverse("cases:development_outbox")
    text = client.get(outbox).content.decode()
    assert "&lt;b&gt;one" in text
    assert "+8615400001111" not in text
    assert "two" in text
    found = client.get(outbox, {"q": "1111"}).content.decode()
    assert "one" in found
    assert "two" not in found


def test_what_the_message_costs_is_told_where_the_price_is_known(
    house: House, enter: Enter, template: MessageTemplate, settings: Any
) -> None:
    settings.SMS_SEGMENT_PRICE, settings.SMS_PRICE_CURRENCY = Decimal("0.045"), "CNY"
    template.body = "您好，请还款。" * 12
    template.save()
    text = enter(house.collector).get(address(house), {"template": "sms:soft"}).content.decode()
    assert "2 SMS segments (UCS-2) · costs CNY 0.090" in " ".join(text.split())
    enter(house.collector).post(address(house), {"template": "sms:soft"}, headers={"HX-Request": "true"})
    message = Message.objects.get()
    assert (message.segments, message.cost) == (2, Decimal("0.0900"))
