"""Demand letters from the ledger to the filed PDF."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from borrowers.models import Allocation, AuditEvent, Creditor, User
from cases.letters.check import LetterRefused
from cases.letters.content import DemandLetter, from_json
from cases.letters.render import render_letter
from cases.models import Case, ContactRecord, GateDecision, Letter, LetterCounter, Plan, PlanStep, Strategy
from cases.services import letters as service
from cases.services.letters import build_demand_content, issue_demand_letter
from tests.factories import (
    DAY,
    CaseFactory,
    ContactPointFactory,
    CreditorFactory,
    PaymentFactory,
    TeamFactory,
    UserFactory,
)

PAY_BY = DAY + dt.timedelta(days=10)


def make_case(team: Any, **values: Any) -> Case:
    """A case with an address, one loan: 110.00 due 30 days ago and 110.00 due on DAY."""
    case = CaseFactory.create(borrower__creditor=team.creditors.get(), team=team, **values)
    ContactPointFactory.create(borrower=case.borrower, kind="address", value="2 Sample Lane, Sample City")
    return Case.objects.select_related("creditor", "borrower__creditor").get(pk=case.pk)


@pytest.fixture
def team(db: None) -> Any:
    return TeamFactory.create(creditors=[CreditorFactory.create(code="LEND")])


@pytest.fixture
def collector(team: Any) -> User:
    return UserFactory.create(role="collector", team=team)


@pytest.fixture
def case(team: Any) -> Case:
    return make_case(team)


def pay(case: Case, amount: Decimal, on: dt.date, *, allocate: bool = True) -> None:
    loan = case.loans.get()
    payment = PaymentFactory.create(loan=loan, amount=amount, paid_on=on)
    if allocate:
        Allocation.objects.create(
            payment=payment, instalment=loan.instalments.get(number=1), fee=0, interest=10, principal=amount - 10
        )


def content_of(case: Case, on: dt.date = DAY) -> DemandLetter:
    return build_demand_content(case=case, on=on, pay_by=on + dt.timedelta(days=10), language="en", number="X")


def test_content_lists_what_is_due_and_unpaid_at_the_cut_off(case: Case) -> None:
    pay(case, Decimal("60.00"), DAY - dt.timedelta(days=5))
    content = content_of(case)
    (contract,) = content.contracts
    assert [(row.number, row.paid, row.owed, row.days_past_due) for row in contract.rows] == [
        (1, Decimal("60.00"), Decimal("50.00"), 30),
        (2, Decimal("0.00"), Decimal("110.00"), 0),
    ]
    assert content.total == contract.owed == Decimal("160.00")
    assert content.payment_reference == case.case_no
    assert content.addressee.address == "2 Sample Lane, Sample City"


def test_a_payment_after_the_cut_off_does_not_count(case: Case) -> None:
    pay(case, Decimal("60.00"), DAY)
    assert content_of(case, DAY - dt.timedelta(days=1)).total == Decimal("110.00")


def test_money_that_is_not_allocated_refuses(case: Case) -> None:
    pay(case, Decimal("60.00"), DAY, allocate=False)
    with pytest.raises(LetterRefused) as refused:
        content_of(case)
    assert [reason.code for reason in refused.value.reasons] == ["figures"]


def test_issue_files_the_letter_with_its_figures(case: Case, collector: User) -> None:
    letter = issue_demand_letter(case=case, actor=collector, on=DAY)
    assert letter.number == "LEND-CS-2026-000001"
    assert (letter.amount, letter.cut_off, letter.pay_by) == (Decimal("220.00"), DAY, PAY_BY)
    data = letter.document.read()
    assert data.startswith(b"%PDF")
    assert letter.document.sha256 == hashlib.sha256(data).hexdigest()
    stored = Letter.objects.get()
    again = from_json(stored.figures)
    assert again.number == letter.number
    assert render_letter(again).pdf == data
    event = AuditEvent.objects.get(action="issue_letter")
    assert (event.actor, event.subject_id, event.new) == (collector, letter.pk, letter.number)
    assert event.detail["sha256"] == letter.document.sha256


def test_issue_notes_contact_gate_decision_and_stage(case: Case, collector: User) -> None:
    letter = issue_demand_letter(case=case, actor=collector, on=DAY)
    contact = ContactRecord.objects.get()
    assert (contact.channel, contact.outcome, contact.gate_outcome) == ("post", "sent", "sent")
    assert contact.loans == [case.loans.get().account_no]
    assert contact.decision == letter.decision == GateDecision.objects.get()
    assert (letter.decision.moment, letter.decision.channel, letter.decision.allowed) == ("letter", "post", True)
    assert Case.objects.get(pk=case.pk).stage == "demanding"


def test_issue_finishes_the_step_that_is_due(case: Case, collector: User) -> None:
    strategy = Strategy.objects.create(name="S", code="s")
    plan = Plan.objects.create(case=case, strategy=strategy, strategy_version=1, anchor_on=DAY, made_on=DAY)
    step = PlanStep.objects.create(
        plan=plan, code="letter", anchor_on=DAY, due_on=DAY, channel="demand_letter", performer="collector"
    )
    letter = issue_demand_letter(case=case, actor=collector, on=DAY)
    step.refresh_from_db()
    assert letter.step == step
    assert (step.state, step.done_by) == ("done", collector)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"authority": ""}, "authority"),
        ({"account_number": ""}, "account.number"),
        ({"complaint_line": ""}, "complaint_line"),
        ({"address": " "}, "sender.address"),
    ],
)
def test_missing_data_refuses_with_the_reason(case: Case, collector: User, change: dict[str, str], code: str) -> None:
    Creditor.objects.filter(pk=case.creditor_id).update(**change)
    case = Case.objects.get(pk=case.pk)
    with pytest.raises(LetterRefused) as refused:
        issue_demand_letter(case=case, actor=collector, on=DAY)
    assert [reason.code for reason in refused.value.reasons] == [code]
    assert not Letter.objects.exists()


def test_all_reasons_are_told_at_once(case: Case, collector: User) -> None:
    case.borrower.contact_points.all().delete()
    Creditor.objects.filter(pk=case.creditor_id).update(authority="", account_bank="")
    with pytest.raises(LetterRefused) as refused:
        issue_demand_letter(case=Case.objects.get(pk=case.pk), actor=collector, on=DAY)
    assert {reason.code for reason in refused.value.reasons} == {"authority", "account.bank", "addressee.address"}


def test_nothing_overdue_and_cents_refuse(case: Case, collector: User) -> None:
    with pytest.raises(LetterRefused) as refused:
        issue_demand_letter(case=case, actor=collector, on=DAY - dt.timedelta(days=31))
    assert "nothing_due" in [reason.code for reason in refused.value.reasons]
    pay(case, Decimal("109.50"), DAY - dt.timedelta(days=2))
    with pytest.raises(LetterRefused) as refused:
        issue_demand_letter(case=case, actor=collector, on=DAY - dt.timedelta(days=1))
    assert [reason.code for reason in refused.value.reasons] == ["too_small"]


def test_the_gate_may_refuse_and_its_word_is_kept(case: Case, collector: User) -> None:
    case.borrower.contact_points.update(consent="no")
    with pytest.raises(LetterRefused) as refused:
        issue_demand_letter(case=case, actor=collector, on=DAY)
    assert [reason.code for reason in refused.value.reasons] == ["gate"]
    decision = GateDecision.objects.get()
    assert not decision.allowed
    assert decision.rule
    assert not LetterCounter.objects.exists()


def test_a_second_letter_with_the_same_figures_is_refused(case: Case, collector: User) -> None:
    issue_demand_letter(case=case, actor=collector, on=DAY)
    with pytest.raises(LetterRefused) as refused:
        issue_demand_letter(case=case, actor=collector, on=DAY)
    assert [reason.code for reason in refused.value.reasons] == ["second"]
    assert LetterCounter.objects.get().last == Letter.objects.count() == 1


def test_numbers_run_per_creditor_and_year(team: Any, collector: User) -> None:
    first, second, third = (make_case(team) for _ in range(3))
    numbers = [issue_demand_letter(case=row, actor=collector, on=DAY).number for row in (first, second)]
    numbers.append(issue_demand_letter(case=third, actor=collector, on=dt.date(2027, 1, 4)).number)
    assert numbers == ["LEND-CS-2026-000001", "LEND-CS-2026-000002", "LEND-CS-2027-000001"]


def test_a_letter_that_fails_leaves_no_gap(team: Any, collector: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(content: Any) -> None:
        raise RuntimeError("no paper")

    with monkeypatch.context() as patch:
        patch.setattr(service, "render_letter", fail)
        with pytest.raises(RuntimeError):
            issue_demand_letter(case=make_case(team), actor=collector, on=DAY)
    assert issue_demand_letter(case=make_case(team), actor=collector, on=DAY).sequence == 1


def test_only_who_may_issue_and_sees_the_case(case: Case) -> None:
    stranger = UserFactory.create(role="collector", team=TeamFactory.create())
    legal = UserFactory.create(role="legal", creditors=[case.creditor])
    for actor in (stranger, legal):
        with pytest.raises(PermissionDenied):
            issue_demand_letter(case=case, actor=actor, on=DAY)
    assert not GateDecision.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_language_is_the_borrowers_unless_given(case: Case, collector: User, language: str) -> None:
    case.borrower.language = language
    assert issue_demand_letter(case=case, actor=collector, on=DAY).language == language


class TestDownload:
    def test_gives_the_filed_bytes_and_notes_it(self, case: Case, collector: User, client: Client) -> None:
        letter = issue_demand_letter(case=case, actor=collector, on=DAY)
        client.force_login(collector)
        response = client.get(reverse("cases:letter_download", args=[letter.pk]))
        assert response.status_code == 200
        assert hashlib.sha256(response.content).hexdigest() == letter.document.sha256
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == f'attachment; filename="{letter.number}.pdf"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert AuditEvent.objects.get(action="downloaded").actor == collector

    def test_a_changed_file_is_never_given_out(
        self, case: Case, collector: User, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        letter = issue_demand_letter(case=case, actor=collector, on=DAY)
        path = Path(default_storage.path(letter.document.path))
        good = path.read_bytes()
        client.force_login(collector)
        try:
            path.write_bytes(good + b"changed")
            response = client.get(reverse("cases:letter_download", args=[letter.pk]))
        finally:
            path.write_bytes(good)
        assert response.status_code == 500
        assert b"%PDF" not in response.content
        assert letter.number in response.content.decode()
        assert "not as it was filed" in caplog.text
        assert not AuditEvent.objects.filter(action="downloaded").exists()

    def test_others_do_not_find_it(self, case: Case, collector: User, client: Client) -> None:
        letter = issue_demand_letter(case=case, actor=collector, on=DAY)
        url = reverse("cases:letter_download", args=[letter.pk])
        assert client.get(url).status_code == 302
        others = [
            UserFactory.create(role="collector", team=TeamFactory.create()),
            UserFactory.create(role="supervisor", creditors=[CreditorFactory.create()]),
            UserFactory.create(role="legal", creditors=[case.creditor]),
            UserFactory.create(role="operator", creditors=[case.creditor]),
        ]
        for other in others:
            client.force_login(other)
            assert client.get(url).status_code == 404

    def test_preview_keeps_nothing(self, case: Case, collector: User, client: Client) -> None:
        client.force_login(collector)
        response = client.get(reverse("cases:letter_preview", args=[case.pk]))
        assert response.content.startswith(b"%PDF")
        assert not Letter.objects.exists()
        assert not GateDecision.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_letters_at_the_same_time_get_numbers_without_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    team = TeamFactory.create(creditors=[CreditorFactory.create(code="LEND")])
    collector = UserFactory.create(role="collector", team=team)
    cases = [make_case(team) for _ in range(9)]
    failing = cases[4].case_no
    draw, start, failures = service.render_letter, threading.Barrier(9), []

    def draw_or_fail(content: Any) -> Any:
        if content.payment_reference == failing:
            raise RuntimeError("no paper")
        return draw(dataclasses.replace(content))

    monkeypatch.setattr(service, "render_letter", draw_or_fail)

    def issue(case: Case) -> None:
        try:
            start.wait(timeout=30)
            issue_demand_letter(case=case, actor=collector, on=DAY)
        except RuntimeError as error:
            failures.append(str(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=issue, args=[case]) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert failures == ["no paper"]
    assert sorted(Letter.objects.values_list("sequence", flat=True)) == list(range(1, 9))
    assert LetterCounter.objects.get().last == 8
    assert connection.vendor == "postgresql"
