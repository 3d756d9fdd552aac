"""The case page: amounts with their making, masked numbers, timeline, moves, steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from borrowers.models import Allocation, AuditEvent, User
from cases.models import Case, ContactRecord, Plan, PlanStep, Stage, Strategy
from cases.stages import move_case
from cases.views.panels import loan_views
from tests.cases.views.conftest import House
from tests.factories import DAY, BorrowerFactory, CaseFactory, ContactPointFactory, CreditorFactory, PaymentFactory

Enter = Callable[[User], Client]


def page(client: Client, case: Case) -> str:
    return str(client.get(reverse("cases:case", args=[case.pk])).content.decode())


def test_the_overdue_amount_is_shown_with_its_making(house: House, enter: Enter) -> None:
    loan = house.case.loans.get()
    first = loan.instalments.get(number=1)
    payment = PaymentFactory.create(loan=loan, amount=Decimal("40.00"), paid_on=DAY)
    Allocation.objects.create(
        payment=payment, instalment=first, fee=Decimal(0), interest=Decimal("10.00"), principal=Decimal("30.00")
    )
    [view] = loan_views(house.case, DAY)
    assert (view.due_to_date, view.paid_to_date, view.overdue) == (
        Decimal("220.00"),
        Decimal("40.00"),
        Decimal("180.00"),
    )
    assert [(line.number, line.left, line.late_days) for line in view.lines[:3]] == [
        (1, Decimal("70.00"), 30),
        (2, Decimal("110.00"), 0),
        (3, Decimal("110.00"), 0),
    ]
    text = page(enter(house.collector), house.case)
    for part in ("¥220.00", "¥40.00", "¥180.00", "30 days late", "due today"):
        assert part in text


def test_money_paid_ahead_is_no_negative_debt(house: House) -> None:
    PaymentFactory(loan=house.case.loans.get(), amount=Decimal("500.00"), paid_on=DAY)
    [view] = loan_views(house.case, DAY)
    assert view.overdue == 0


def test_numbers_are_masked_until_shown_and_showing_leaves_a_trace(house: House, enter: Enter) -> None:
    client = enter(house.collector)
    text = page(client, house.case)
    assert house.phone.value not in text
    assert "4321" in text
    assert house.case.borrower.id_no not in text
    answer = client.post(reverse("cases:reveal", args=[house.case.pk, house.phone.pk]))
    assert f'href="tel:{house.phone.value}"' in answer.content.decode()
    event = AuditEvent.objects.get(action="reveal")
    assert (event.actor, event.subject_id, event.borrower) == (house.collector, house.phone.pk, house.case.borrower)
    assert house.phone.value not in event.new
    shown = client.post(reverse("cases:reveal_id", args=[house.case.pk])).content.decode()
    assert house.case.borrower.id_no in shown
    assert AuditEvent.objects.filter(action="reveal", field="id_no").count() == 1


def test_a_number_of_another_borrower_is_not_shown_through_ones_own_case(house: House, enter: Enter) -> None:
    foreign = ContactPointFactory.create(borrower=BorrowerFactory(creditor=house.creditor))
    address = reverse("cases:reveal", args=[house.case.pk, foreign.pk])
    assert enter(house.collector).post(address).status_code == 404
    assert not AuditEvent.objects.filter(action="reveal").exists()


def test_without_the_permission_nothing_is_shown_in_full(house: House, enter: Enter) -> None:
    house.collector.groups.get().permissions.remove(
        *house.collector.groups.get().permissions.filter(codename="reveal_contact")
    )
    address = reverse("cases:reveal", args=[house.case.pk, house.phone.pk])
    assert enter(house.collector).post(address).status_code == 403
    assert address not in page(enter(house.collector), house.case)


def test_the_gate_says_before_the_call_whether_a_number_may_be_used(house: House, enter: Enter) -> None:
    contact_person = ContactPointFactory.create(
        borrower=house.case.borrower, owner="contact_person", owner_name="Friend", value="+8615400009999"
    )
    text = page(enter(house.collector), house.case)
    assert "usable now" in text
    assert "not now" in text
    assert "A contact person may be asked only when" in text
    assert contact_person.value not in text


def test_the_timeline_is_merged_newest_first_and_paged(house: House, enter: Enter) -> None:
    now = timezone.now()
    for days in range(25):
        ContactRecord.objects.create(
            borrower=house.case.borrower,
            person_key=house.case.borrower.person_key,
            case=house.case,
            at=now - dt.timedelta(days=days),
            channel="phone",
            outcome="no_answer",
            gate_outcome="no_answer",
            notes=f"<img src=x onerror=alert({days})>",
        )
    PaymentFactory(loan=house.case.loans.get(), paid_on=DAY - dt.timedelta(days=1), payment_no="PAY-1")
    client, address = enter(house.collector), reverse("cases:timeline", args=[house.case.pk])
    first = client.get(address)
    kinds = [entry.kind for entry in first.context["entries"]]
    assert kinds[:4] == ["contact", "contact", "payment", "contact"]
    assert len(kinds) == 20
    assert "<img src=x" not in first.content.decode()
    second = client.get(address, {"page": "1"})
    assert len(second.context["entries"]) == 6
    assert second.context["next_page"] is None
    assert [entry.kind for entry in client.get(address, {"kind": "payment"}).context["entries"]] == ["payment"]


def test_queries_do_not_grow_with_the_case(house: House, enter: Enter) -> None:
    client, counts = enter(house.collector), []
    for _round in range(2):
        for _each in range(3):
            ContactPointFactory(borrower=house.case.borrower)
            PaymentFactory(loan=house.case.loans.get())
        with CaptureQueriesContext(connection) as queries:
            page(client, house.case)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 40


def test_other_cases_of_the_person_are_a_count_and_only_for_supervisors(house: House, enter: Enter) -> None:
    elsewhere = BorrowerFactory(creditor=CreditorFactory(name="Elsewhere"), person_key=house.case.borrower.person_key)
    CaseFactory(borrower=elsewhere)
    words = "1 open case of the same person at another creditor"
    assert words in page(enter(house.supervisor), house.case)
    assert words not in page(enter(house.collector), house.case)
    assert "Elsewhere" not in page(enter(house.supervisor), house.case)


def test_moves_are_those_the_person_may_make(house: House, enter: Enter) -> None:
    collector, supervisor = page(enter(house.collector), house.case), page(enter(house.supervisor), house.case)
    hold = reverse("cases:case_move", args=[house.case.pk, "put_on_hold"])
    assert hold not in collector
    assert hold in supervisor
    assert enter(house.collector).post(hold, {"reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("name", "stage"),
    [("put_on_hold", Stage.ON_HOLD), ("close_recalled", Stage.CLOSED), ("start_demanding", Stage.DEMANDING)],
)
def test_a_move_needs_its_reason_and_then_is_made(house: House, enter: Enter, name: str, stage: str) -> None:
    client, address = enter(house.supervisor), reverse("cases:case_move", args=[house.case.pk, name])
    if name != "start_demanding":
        assert "required" in client.post(address, {"reason": ""}).content.decode()
        assert Case.objects.get(pk=house.case.pk).stage == Stage.PREPARING
    known = {"kind": "illness", "until": "2026-03-20"} if name == "put_on_hold" else {}
    answer = client.post(address, {"reason": "asked by the creditor", **known}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "case-changed")
    assert Case.objects.get(pk=house.case.pk).stage == stage
    assert AuditEvent.objects.get(action=name).reason == "asked by the creditor"


def test_a_hold_shows_its_reason_and_end(house: House, enter: Enter) -> None:
    enter(house.supervisor).post(
        reverse("cases:case_move", args=[house.case.pk, "put_on_hold"]),
        {"kind": "illness", "reason": "in hospital", "until": "2026-04-01"},
    )
    text = page(enter(house.collector), house.case)
    assert "in hospital" in text
    assert "illness" in text
    assert "2026-04-01" in text


@pytest.fixture
def step(house: House) -> PlanStep:
    assert house.case.oldest_due_on is not None
    strategy = Strategy.objects.create(name="Calls", code="calls")
    plan = Plan.objects.create(
        case=house.case, strategy=strategy, strategy_version=1, anchor_on=house.case.oldest_due_on, made_on=DAY
    )
    return PlanStep.objects.create(
        plan=plan, code="call", anchor_on=plan.anchor_on, due_on=DAY, channel="phone", performer="collector"
    )


def test_a_step_is_done_by_the_person(house: House, enter: Enter, step: PlanStep) -> None:
    client = enter(house.collector)
    assert "phone call" in page(client, house.case)
    client.post(reverse("cases:step_done", args=[house.case.pk, step.pk]))
    step.refresh_from_db()
    assert (step.state, step.done_by) == ("done", house.collector)


def test_a_step_is_passed_over_only_with_a_reason(house: House, enter: Enter, step: PlanStep) -> None:
    client, address = enter(house.collector), reverse("cases:step_skip", args=[house.case.pk, step.pk])
    client.post(address, {"reason": " "})
    assert PlanStep.objects.get(pk=step.pk).state == "planned"
    client.post(address, {"reason": "called from the branch"})
    step.refresh_from_db()
    assert (step.state, step.reason) == ("skipped", "called from the branch")
    assert AuditEvent.objects.filter(action="skip_step", reason="called from the branch").count() == 1


def test_steps_of_the_system_are_not_for_people(house: House, enter: Enter, step: PlanStep) -> None:
    PlanStep.objects.filter(pk=step.pk).update(performer="system", channel="sms")
    assert enter(house.collector).post(reverse("cases:step_done", args=[house.case.pk, step.pk])).status_code == 404


def test_a_closed_case_offers_no_work(house: House, enter: Enter) -> None:
    move_case(house.case.pk, "close_paid", actor=None, on=DAY)
    text = page(enter(house.collector), house.case)
    assert reverse("cases:log_call", args=[house.case.pk]) not in text
    assert "Closed on 2026-03-02: paid" in text
