"""The worklist: whose cases, in which order, found how, at what cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from borrowers.models import AuditEvent, User
from cases.models import Case, ContactRecord
from tests.cases.views.conftest import TEN, House
from tests.factories import (
    DAY,
    BorrowerFactory,
    CaseFactory,
    ContactPointFactory,
    CreditorFactory,
    LoanFactory,
    UserFactory,
    with_schedule,
)

Enter = Callable[[User], Client]
WORKLIST = "/cases/"


def more_cases(house: House, count: int, **values: Any) -> list[Case]:
    values = {"team": house.team, "assigned_to": house.collector, "workable_from": TEN, **values}
    return [CaseFactory.create(borrower=BorrowerFactory(creditor=house.creditor), **values) for _ in range(count)]


def shown(client: Client, **query: str) -> list[str]:
    return [case.case_no for case in client.get(WORKLIST, query).context["page_obj"]]


def test_mine_comes_first_and_the_tabs_show_the_rest(house: House, enter: Enter) -> None:
    colleague = UserFactory(role="collector", team=house.team)
    [theirs] = more_cases(house, 1, assigned_to=colleague)
    [free] = more_cases(house, 1, assigned_to=None)
    client = enter(house.collector)
    assert shown(client) == [house.case.case_no]
    assert set(shown(client, tab="team")) == {house.case.case_no, theirs.case_no, free.case_no}
    assert shown(client, tab="unassigned") == [free.case_no]
    assert shown(enter(house.stranger), tab="all") == []
    assert len(shown(enter(house.supervisor))) == 3


def test_the_most_urgent_stands_first(house: House, enter: Enter) -> None:
    [later] = more_cases(house, 1, priority=5, next_step_on=DAY + dt.timedelta(days=1))
    [now] = more_cases(house, 1, priority=5, next_step_on=DAY)
    [urgent] = more_cases(house, 1, priority=9)
    [open_end] = more_cases(house, 1, priority=5)
    expected = [urgent, now, later, open_end, house.case]
    assert shown(enter(house.collector)) == [case.case_no for case in expected]


@pytest.mark.parametrize(
    "text", ["Anna", "anna sample", "SAMPLE-2026-000001", "4321", "15400004321", "+86 154 0000 4321"]
)
def test_search_finds_by_name_number_and_the_end_of_a_phone(house: House, enter: Enter, text: str) -> None:
    more_cases(house, 2)
    assert shown(enter(house.collector), q=text) == [house.case.case_no]


def test_search_finds_by_account_and_reference(house: House, enter: Enter) -> None:
    [other] = more_cases(house, 1)
    client = enter(house.collector)
    assert shown(client, q=other.loans.get().account_no) == [other.case_no]
    assert shown(client, q=other.borrower.ref) == [other.case_no]
    assert house.case.case_no not in shown(client, q="321")


@pytest.mark.parametrize(
    ("field", "value", "query"),
    [
        ("bucket", "M3", {"bucket": "M3"}),
        ("risk_grade", "D", {"grade": "D"}),
        ("next_step_on", DAY, {"due": "today"}),
        ("next_step_on", DAY + dt.timedelta(days=7), {"due": "week"}),
    ],
)
def test_filters_narrow(house: House, enter: Enter, field: str, value: object, query: dict[str, str]) -> None:
    [wanted] = more_cases(house, 1, **{field: value})
    more_cases(house, 1, next_step_on=DAY + dt.timedelta(days=8))
    assert shown(enter(house.collector), **query) == [wanted.case_no]


def test_totals_are_of_all_that_is_found_not_of_the_page(house: House, enter: Enter) -> None:
    more_cases(house, 60)
    answer = enter(house.collector).get(WORKLIST)
    [line] = answer.context["totals"]
    assert line["count"] == 61
    assert line["overdue"] == 61 * house.case.overdue_amount
    assert len(answer.context["page_obj"].object_list) == 50
    assert "Page 1 of 2" in answer.content.decode()


def test_htmx_gets_the_table_without_the_frame(house: House, enter: Enter) -> None:
    text = enter(house.collector).get(WORKLIST, headers={"HX-Request": "true"}).content.decode()
    assert text.strip().startswith('<div id="worklist">')
    assert "<html" not in text


def test_a_name_is_text_and_never_markup(house: House, enter: Enter) -> None:
    borrower = BorrowerFactory(creditor=house.creditor, name="<script>alert(2)</script>")
    CaseFactory(borrower=borrower, team=house.team, assigned_to=house.collector, workable_from=TEN)
    text = enter(house.collector).get(WORKLIST).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(2)" in text


def test_queries_do_not_grow_with_the_cases(house: House, enter: Enter) -> None:
    client = enter(house.collector)
    for show, most in (("", 26), ("all", 32)):
        counts = []
        for more in (4, 20):
            for case in more_cases(house, more):
                ContactPointFactory(borrower=case.borrower)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(WORKLIST, {"show": show}).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert counts[0] <= most


def test_an_unassigned_case_is_taken_once(house: House, enter: Enter) -> None:
    [free] = more_cases(house, 1, assigned_to=None)
    colleague = UserFactory(role="collector", team=house.team)
    enter(house.collector).post(reverse("cases:take_case", args=[free.pk]))
    enter(colleague).post(reverse("cases:take_case", args=[free.pk]))
    free = Case.objects.get(pk=free.pk)
    assert free.assigned_to == house.collector
    assert AuditEvent.objects.filter(subject_type="case", subject_id=free.pk, action="take_case").count() == 1


def test_the_next_case_follows_the_worklist_as_it_was_filtered(house: House, enter: Enter) -> None:
    [second] = more_cases(house, 1, bucket="M2", priority=-1)
    [third] = more_cases(house, 1, bucket="M1", priority=-2)
    client = enter(house.collector)
    client.get(WORKLIST)
    assert client.get(reverse("cases:next_case", args=[house.case.pk]))["Location"] == f"/cases/{second.pk}/"
    client.get(WORKLIST, {"bucket": "M1"})
    assert client.get(reverse("cases:next_case", args=[house.case.pk]))["Location"] == f"/cases/{third.pk}/"
    assert client.get(reverse("cases:next_case", args=[third.pk]))["Location"] == WORKLIST


def test_a_case_with_two_loans_is_listed_once(house: House, enter: Enter) -> None:
    more = with_schedule(LoanFactory(borrower=house.case.borrower, account_no="A9-1"), first_due=DAY)
    house.case.loans.add(more, through_defaults={"added_on": DAY})
    assert shown(enter(house.collector), q="A") == [house.case.case_no]


# --- Only what can be worked now -------------------------------------------------------------------------


def test_only_what_can_be_worked_now_is_listed_and_the_rest_counted(house: House, enter: Enter) -> None:
    more_cases(house, 2, workable_from=TEN + dt.timedelta(hours=2))
    more_cases(house, 1, workable_from=None)
    client = enter(house.collector)
    answer = client.get(WORKLIST)
    assert shown(client) == [house.case.case_no]
    assert answer.context["totals"][0]["count"] == 1
    text = " ".join(answer.content.decode().split())
    assert "<b>3</b> more cannot be worked now" in text
    assert "When" not in text


def test_the_rest_is_shown_on_request_with_reason_and_time(house: House, enter: Enter) -> None:
    Case.objects.filter(pk=house.case.pk).update(workable_from=TEN + dt.timedelta(hours=22))
    for minutes in (5, 10, 15):
        ContactRecord.objects.create(
            borrower=house.case.borrower,
            person_key=house.case.borrower.person_key,
            case=house.case,
            at=TEN - dt.timedelta(minutes=minutes),
            channel="phone",
            to=house.phone.value,
            outcome="conversation",
            gate_outcome="conversation",
        )
    [alone] = more_cases(house, 1, workable_from=None)
    client = enter(house.collector)
    assert shown(client) == []
    answer = client.get(WORKLIST, {"show": "all"})
    assert {case.case_no for case in answer.context["page_obj"]} == {house.case.case_no, alone.case_no}
    text = " ".join(answer.content.decode().split())
    assert "from 2026-03-03 08:00" in text
    assert "Answered calls a day" in text
    assert "no number in use" in text
    assert "<b>2</b> of them cannot be worked now" in text
    assert 'value="all" checked' in text


def test_the_switch_stays_with_filters_and_tabs(house: House, enter: Enter) -> None:
    [later] = more_cases(house, 1, workable_from=None, bucket="M2")
    client = enter(house.collector)
    answer = client.get(WORKLIST, {"show": "all", "bucket": "M2"})
    assert [case.case_no for case in answer.context["page_obj"]] == [later.case_no]
    text = answer.content.decode()
    assert "?tab=team&amp;show=all" in text
    assert "bucket=M2" in text.split("of them cannot be worked now")[1].split("</a>")[0]


def test_at_night_nobody_is_offered(house: House, enter: Enter) -> None:
    client = enter(house.collector)
    with time_machine.travel(TEN + dt.timedelta(hours=12)):
        assert shown(client) == []
        assert "1</b> more cannot be worked now" in client.get(WORKLIST).content.decode()


def test_the_next_case_can_be_worked_and_follows_the_one_just_closed(house: House, enter: Enter) -> None:
    [done] = more_cases(house, 1, priority=-1)
    more_cases(house, 1, priority=-2, workable_from=None)
    [ahead] = more_cases(house, 1, priority=-3)
    client = enter(house.collector)
    client.get(WORKLIST)
    Case.objects.filter(pk=done.pk).update(workable_from=TEN + dt.timedelta(days=1))
    assert client.get(reverse("cases:next_case", args=[done.pk]))["Location"] == f"/cases/{ahead.pk}/"
    assert client.get(reverse("cases:next_case", args=[house.case.pk]))["Location"] == f"/cases/{ahead.pk}/"


def test_buckets_are_offered_by_their_creditors_own_names(house: House, enter: Enter) -> None:
    CreditorFactory(buckets=[["secret", 0]])
    house.creditor.buckets = [["fresh", 0], ["early", 1], ["late", 15]]
    house.creditor.save()
    [late] = more_cases(house, 1, bucket="late")
    client = enter(house.collector)
    choices = [name for name, _label in client.get(WORKLIST).context["filter"].form.fields["bucket"].choices]
    assert choices == ["", "fresh", "early", "late"]
    assert shown(client, bucket="late") == [late.case_no]
