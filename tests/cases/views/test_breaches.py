"""The list of breaches: who sees which, what it tells, how it is narrowed, and its file."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from borrowers.models import User
from cases.models import ContactRecord, GateDecision
from tests.cases.views.conftest import TEN, House
from tests.factories import CaseFactory, CreditorFactory, UserFactory

Enter = Callable[[User], Client]
BREACHES = "/breaches/"


def contact(
    house: House, *, is_breach: bool = True, decided: dict[str, Any] | None = None, **values: Any
) -> ContactRecord:
    case = values.pop("case", house.case)
    decision = GateDecision.objects.create(
        **{
            "borrower": case.borrower,
            "case": case,
            "moment": "record",
            "at": TEN,
            "channel": "phone",
            "party": "debtor",
            "allowed": False,
            "rule": "connected_calls",
            "source": "GB/T 45251",
            "reason_code": "connected_calls",
            "reason_params": {"count": 3, "limit": 3, "day": "2026-03-02"},
            "next_allowed_at": TEN + dt.timedelta(hours=22),
            "pack": "cn",
            **(decided or {}),
        }
    )
    return ContactRecord.objects.create(
        **{
            "borrower": case.borrower,
            "person_key": case.borrower.person_key,
            "case": case,
            "at": TEN,
            "channel": "phone",
            "to": "+8615400004321",
            "outcome": "no_answer",
            "gate_outcome": "no_answer",
            "decision": decision,
            "is_breach": is_breach,
            "actor": house.collector,
            **values,
        }
    )


def listed(client: Client, **query: str) -> list[int]:
    return [row.pk for row in client.get(BREACHES, query).context["page_obj"]]


def test_it_is_for_supervisors_alone(house: House, enter: Enter, client: Client) -> None:
    made = contact(house)
    assert client.get(BREACHES)["Location"].startswith(reverse("login"))
    for user in (house.collector, house.stranger, house.legal):
        assert enter(user).get(BREACHES).status_code == 403
    assert listed(enter(house.supervisor)) == [made.pk]
    assert listed(enter(UserFactory(role="supervisor", creditors=[CreditorFactory()]))) == []


def test_it_tells_who_when_whom_and_against_which_rule(house: House, enter: Enter) -> None:
    contact(house)
    text = enter(house.supervisor).get(BREACHES).content.decode()
    assert "Answered calls a day" in text
    assert "GB/T 45251" in text
    assert "2026-03-03 08:00" in text
    assert f'href="/cases/{house.case.pk}/"' in text
    assert "Anna Sample" in text
    assert house.collector.username in text
    assert "+8615400004321" not in text
    assert "connected_calls" not in text.split("<tbody>")[1]


def test_the_newest_stands_first_and_ordinary_contacts_are_not_there(house: House, enter: Enter) -> None:
    old = contact(house, at=TEN - dt.timedelta(days=1))
    new = contact(house)
    contact(house, is_breach=False)
    assert listed(enter(house.supervisor)) == [new.pk, old.pk]


@pytest.mark.parametrize("name", ["creditor", "collector", "rule", "since", "until"])
def test_filters_narrow(house: House, enter: Enter, name: str) -> None:
    creditor = CreditorFactory()
    house.supervisor.creditors.add(creditor)
    wanted = contact(
        house,
        case=CaseFactory(borrower__creditor=creditor) if name == "creditor" else house.case,
        actor=house.stranger if name == "collector" else house.collector,
        decided={"rule": "night_window"} if name == "rule" else {},
        at=TEN + dt.timedelta(days={"since": 2, "until": -2}.get(name, 0)),
    )
    contact(house)
    values = {
        "creditor": creditor.pk,
        "collector": house.stranger.pk,
        "rule": "night_window",
        "since": "2026-03-04",
        "until": "2026-02-28",
    }
    assert listed(enter(house.supervisor), **{name: str(values[name])}) == [wanted.pk]


def test_overrides_have_a_tab_of_their_own(house: House, enter: Enter) -> None:
    contact(house)
    allowed = contact(
        house,
        is_breach=False,
        decided={"allowed": True, "override_by": house.supervisor, "override_reason": "asked to be called back"},
    )
    client = enter(house.supervisor)
    assert listed(client, tab="overrides") == [allowed.pk]
    assert "asked to be called back" in client.get(BREACHES, {"tab": "overrides"}).content.decode()


def test_the_file_holds_what_the_filter_finds_and_no_formulas(house: House, enter: Enter) -> None:
    house.case.borrower.name = "=HYPERLINK(1)"
    house.case.borrower.save()
    contact(house)
    contact(house, at=TEN - dt.timedelta(days=9))
    answer = enter(house.supervisor).get(BREACHES, {"format": "csv", "since": "2026-03-01"})
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["borrower"] == "'=HYPERLINK(1)"
    assert row["number"].startswith("'+86154")
    assert "4321" in row["number"]
    assert "*" in row["number"]
    assert (row["rule"], row["rule_title"]) == ("connected_calls", "Answered calls a day")
    assert row["next_allowed_at"] == "2026-03-03T08:00:00+08:00"
    assert enter(house.collector).get(BREACHES, {"format": "csv"}).status_code == 403


def test_queries_do_not_grow(house: House, enter: Enter) -> None:
    client, counts = enter(house.supervisor), []
    for _ in range(2):
        for _ in range(10):
            contact(house, case=CaseFactory(borrower__creditor=house.creditor))
        with CaptureQueriesContext(connection) as queries:
            client.get(BREACHES)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def test_the_menu_leads_there_and_the_administration_too(house: House, enter: Enter) -> None:
    link = f'href="{BREACHES}"'
    assert link in enter(house.supervisor).get("/cases/").content.decode()
    assert link not in enter(house.collector).get("/cases/").content.decode()
    contact(house)
    text = enter(house.supervisor).get(reverse("admin:cases_contactrecord_changelist")).content.decode()
    assert link in text


def test_the_administration_names_rules_by_their_titles(house: House, enter: Enter) -> None:
    decision = contact(house).decision
    assert decision is not None
    client = enter(house.supervisor)
    for address in (
        reverse("admin:cases_gatedecision_changelist"),
        reverse("admin:cases_gatedecision_change", args=[decision.pk]),
    ):
        assert "Answered calls a day" in client.get(address).content.decode()
