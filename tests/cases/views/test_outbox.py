"""The outbox screen: who sees which messages, what it tells of each, and how an unknown one is settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from borrowers.models import AuditEvent, User
from cases.models import ContactRecord, GateDecision, Message, MessagePart, ProviderEvent, ProviderState
from tests.cases.views.conftest import TEN, House
from tests.factories import DAY, BorrowerFactory, CaseFactory, CreditorFactory, LoanFactory, UserFactory

Enter = Callable[[User], Client]
OUTBOX = "/outbox/"


def decide(house: House, **values: Any) -> GateDecision:
    standard = {
        "borrower": house.case.borrower,
        "case": house.case,
        "moment": "send",
        "at": TEN,
        "channel": "sms",
        "party": "debtor",
        "allowed": True,
        "pack": "cn",
        "pack_version": "1",
    }
    return GateDecision.objects.create(**{**standard, **values})


def message(house: House, **values: Any) -> Message:
    case = values.get("case", house.case)
    return Message.objects.create(
        **{
            "key": f"test:{Message.objects.count()}",
            "borrower": case.borrower if case else house.case.borrower,
            "case": case,
            "purpose": "reminder",
            "day": DAY,
            "channel": "sms",
            "contact_point": house.phone,
            "to": "+8615400004321",
            "body": "Please pay.",
            "state": "sent",
            "not_before": TEN,
            "handed_at": TEN,
            "attempts": 1,
            "send_decision": decide(house),
            **values,
        }
    )


def event(**values: Any) -> ProviderEvent:
    standard = {
        "provider": "sample",
        "kind": "reply",
        "event_id": f"e-{ProviderEvent.objects.count()}",
        "sender": "+8615400009999",
        "text": "who is this?",
        "at": TEN,
        "result": "unmatched",
        "note": "no such number",
    }
    return ProviderEvent.objects.create(**{**standard, **values})


def listed(client: Client, **query: str) -> list[int]:
    return [row.pk for row in client.get(OUTBOX, query).context["page_obj"]]


def test_it_is_for_supervisors_alone(house: House, enter: Enter, client: Client) -> None:
    made = message(house)
    assert client.get(OUTBOX)["Location"].startswith(reverse("login"))
    for user in (house.collector, house.stranger, house.legal):
        assert enter(user).get(OUTBOX).status_code == 403
        assert enter(user).post(reverse("cases:settle_message", args=[made.pk])).status_code == 403
    assert listed(enter(house.supervisor)) == [made.pk]


def test_a_supervisor_of_another_creditor_sees_and_settles_nothing(house: House, enter: Enter) -> None:
    made = message(house, state="unknown")
    reminder = message(house, case=None, loan=LoanFactory(borrower=house.case.borrower))
    client = enter(UserFactory(role="supervisor", creditors=[CreditorFactory()]))
    assert listed(client) == []
    for row in (made, reminder):
        answer = client.post(reverse("cases:settle_message", args=[row.pk]), {"answer": "sent", "reason": "so"})
        assert answer.status_code == 404


def test_reminders_of_loans_without_a_case_are_there(house: House, enter: Enter) -> None:
    loan = LoanFactory(borrower=house.case.borrower)
    reminder = message(house, case=None, loan=loan)
    client = enter(house.supervisor)
    assert listed(client) == [reminder.pk]
    assert loan.account_no in client.get(OUTBOX).content.decode()


def test_each_state_tells_how_many_it_has_and_narrows(house: House, enter: Enter) -> None:
    sent, failed = message(house), message(house, state="failed", reason="not_sent|no credit")
    message(house, state="failed", channel="email", to="anna@example.com")
    client = enter(house.supervisor)
    answer = client.get(OUTBOX, {"channel": "sms"})
    counts = {line["state"]: line["count"] for line in answer.context["states"]}
    assert (counts["sent"], counts["failed"], counts["unknown"]) == (1, 1, 0)
    assert listed(client, channel="sms", state="failed") == [failed.pk]
    assert listed(client, state="sent") == [sent.pk]
    assert "it could not be sent: no credit" in answer.content.decode()
    assert "state=failed" in answer.content.decode()


@pytest.mark.parametrize("name", ["creditor", "channel", "day"])
def test_filters_narrow(house: House, enter: Enter, name: str) -> None:
    creditor = CreditorFactory()
    house.supervisor.creditors.add(creditor)
    wanted = message(
        house,
        case=CaseFactory(borrower=BorrowerFactory(creditor=creditor)) if name == "creditor" else house.case,
        channel="email" if name == "channel" else "sms",
        day=DAY + dt.timedelta(days=name == "day"),
    )
    message(house)
    values = {"creditor": creditor.pk, "channel": "email", "day": "2026-03-03"}
    assert listed(enter(house.supervisor), **{name: str(values[name])}) == [wanted.pk]


def test_the_decision_the_numbers_and_nothing_unmasked(house: House, enter: Enter) -> None:
    refused = decide(
        house,
        moment="queue",
        allowed=False,
        rule="night_window",
        source="GB/T 45251",
        reason_code="outside_hours",
        reason_params={"local_time": "23:00", "zone": "Asia/Shanghai", "opens": "08:00", "closes": "22:00"},
    )
    message(house, state="cancelled", send_decision=None, queue_decision=refused)
    sent = message(house, provider="sample")
    MessagePart.objects.create(message=sent, provider="sample", provider_id="part-17", state="delivered")
    text = enter(house.supervisor).get(OUTBOX).content.decode()
    assert "No collection at night" in text
    assert "night_window" not in text
    assert "part-17" in text
    assert "+8615400004321" not in text


def test_the_health_of_the_providers_is_seen(house: House, enter: Enter) -> None:
    ProviderState.objects.create(
        name="sample", refilled_at=TEN, failures=7, open_until=TEN + dt.timedelta(minutes=5), last_error="503 busy"
    )
    ProviderState.objects.create(name="other", refilled_at=TEN)
    text = enter(house.supervisor).get(OUTBOX).content.decode()
    assert "paused until 10:05:00" in text
    assert "7 failures in a row" in text
    assert "503 busy" in text


def test_an_unknown_message_is_settled_with_a_reason(house: House, enter: Enter) -> None:
    first, second = message(house, state="unknown"), message(house, state="unknown")
    client = enter(house.supervisor)
    assert "It was sent" in client.get(OUTBOX).content.decode()

    def settle(row: Message, answer: str, reason: str = "the provider's list of today") -> str:
        done = client.post(
            reverse("cases:settle_message", args=[row.pk]),
            {"answer": answer, "reason": reason, "query": "state=unknown"},
            follow=True,
        )
        assert done.redirect_chain == [("/outbox/?state=unknown", 302)]
        row.refresh_from_db()
        return done.content.decode()

    assert "A reason is needed" in settle(first, "sent", " ")
    assert "Say whether it was sent" in settle(first, "perhaps")
    assert first.state == "unknown"
    settle(first, "sent")
    assert first.state == "sent"
    settle(second, "not_sent")
    assert second.state in ("queued", "sent")  # a worker may be faster
    assert "settled already" in settle(first, "not_sent")
    assert ContactRecord.objects.filter(case=house.case).count() == 1
    assert AuditEvent.objects.filter(action="settle_unknown", actor=house.supervisor).count() == 2
    timeline = client.get(reverse("cases:timeline", args=[house.case.pk])).content.decode()
    assert "Unknown message settled" in timeline


def test_reports_that_match_nothing_have_a_tab(house: House, enter: Enter) -> None:
    odd = event()
    event(result="done")
    faulty = event(result="faulty", sender="", text="", provider_id="id-9")
    client = enter(house.supervisor)
    assert listed(client, tab="reports") == [faulty.pk, odd.pk]
    assert listed(client, tab="reports", q="id-9") == [faulty.pk]
    text = client.get(OUTBOX, {"tab": "reports"}).content.decode()
    assert "who is this?" in text
    assert "no such number" in text
    assert "+8615400009999" not in text
    assert not ProviderEvent.objects.visible_to(house.collector)


def test_queries_do_not_grow(house: House, enter: Enter) -> None:
    client = enter(house.supervisor)
    for tab in ("messages", "reports"):
        counts = []
        for _ in range(2):
            for _ in range(10):
                case = CaseFactory(borrower=BorrowerFactory(creditor=house.creditor))
                MessagePart.objects.create(
                    message=message(house, case=case), provider="sample", provider_id=str(MessagePart.objects.count())
                )
                event()
            with CaptureQueriesContext(connection) as queries:
                client.get(OUTBOX, {"tab": tab})
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 16
