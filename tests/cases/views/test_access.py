"""Who gets in where: for every address of a case, each kind of person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from borrowers.models import User
from cases.models import Case
from cases.urls import urlpatterns
from tests.cases.views.conftest import House

READS = ("case", "timeline", "next_case", "log_call", "compose", "add_conditions", "propose", "add_objection", "payoff")
WRITES = ("take_case", "reveal_id", "log_call", "compose", "issue_letter", "add_conditions", "propose", "add_objection")
WITH_MORE = {
    "reveal",
    "step_done",
    "step_skip",
    "case_move",
    "letter_download",
    "letter_preview",
    "dial",
    "end_condition",
    "place",
    "approve_arrangement",
    "correct",
    "accept_arrangement",
    "cancel_arrangement",
    "make_paper",
    "statement_csv",
    "paper_download",
    "objection",
    "objection_evidence",
    "answer_objection",
    "act_on_objection",
    "evidence_download",
}
Enter = Callable[[User], Client]


def address(name: str, case: Case) -> str:
    return reverse(f"cases:{name}", args=[case.pk])


def test_every_address_of_a_case_is_in_one_of_these_lists() -> None:
    names = {pattern.name for pattern in urlpatterns} - {
        "worklist",
        "objections",
        "development_outbox",
        "breaches",
        "outbox",
        "settle_message",
        "unsubscribe",
        "hook",
        "print_runs",
        "make_run",
        "print_run",
        "run_file",
        "compliance",
        "past_row",
        "times",
    }
    assert names == {*READS, *WRITES, *WITH_MORE}


@pytest.mark.parametrize("name", READS)
def test_nobody_reads_without_signing_in(house: House, client: Client, name: str) -> None:
    answer = client.get(address(name, house.case))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", WRITES)
def test_nobody_writes_without_signing_in(house: House, client: Client, name: str) -> None:
    assert client.post(address(name, house.case))["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", [name for name in READS if name != "next_case"])
def test_a_collector_reads_the_cases_of_the_team_and_no_others(house: House, enter: Enter, name: str) -> None:
    assert enter(house.collector).get(address(name, house.case)).status_code == 200
    assert enter(house.stranger).get(address(name, house.case)).status_code == 404


@pytest.mark.parametrize("name", WRITES)
def test_a_case_of_another_team_cannot_be_written_to(house: House, enter: Enter, name: str) -> None:
    assert enter(house.stranger).post(address(name, house.case)).status_code == 404


def test_contact_points_and_steps_of_another_team_are_out_of_reach(house: House, enter: Enter) -> None:
    client = enter(house.stranger)
    assert client.post(reverse("cases:reveal", args=[house.case.pk, house.phone.pk])).status_code == 404
    assert client.post(reverse("cases:step_done", args=[house.case.pk, 1])).status_code == 404
    assert client.post(reverse("cases:step_skip", args=[house.case.pk, 1])).status_code == 404
    assert client.get(reverse("cases:case_move", args=[house.case.pk, "start_reminding"])).status_code == 404


def test_a_supervisor_reads_the_cases_of_their_creditors(house: House, enter: Enter) -> None:
    assert enter(house.supervisor).get(address("case", house.case)).status_code == 200
    house.supervisor.creditors.clear()
    assert enter(house.supervisor).get(address("case", house.case)).status_code == 404


def test_legal_staff_read_a_case_once_it_was_sent_to_them_and_log_no_calls(house: House, enter: Enter) -> None:
    client = enter(house.legal)
    assert client.get(address("case", house.case)).status_code == 404
    Case.objects.filter(pk=house.case.pk).update(sent_to_legal_on=house.case.opened_on)
    assert client.get(address("case", house.case)).status_code == 200
    assert client.get(address("log_call", house.case)).status_code == 403
    assert client.get(address("compose", house.case)).status_code == 403


def test_the_development_outbox_is_for_supervisors(house: House, enter: Enter, client: Client) -> None:
    outbox = reverse("cases:development_outbox")
    assert client.get(outbox).status_code == 302
    assert enter(house.collector).get(outbox).status_code == 403
    assert enter(house.supervisor).get(outbox).status_code == 200
