"""Deadlines follow a matter through its moves; people finish them and add their own; who sees what."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from borrowers.models import AuditEvent
from borrowers.services.ledger import record_payment
from legal.models import Court, Deadline, Matter
from legal.services.deadline_sync import refresh_creditor
from legal.services.deadlines import (
    add_deadline,
    deadlines_due,
    finish_deadline,
    open_deadlines,
    record_preservation,
    release_preservation,
    renew_preservation,
    reopen_deadline,
)
from legal.services.matters import LegalRefused
from legal.stages import move_matter, move_matters
from tests.factories import CreditorFactory, UserFactory
from tests.legal.conftest import make_legal_case, today

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)
D = Decimal


@pytest.fixture
def court(db):
    return Court.objects.create(name="Sample Court")


@pytest.fixture
def filed(matter, court, legal):
    return move_matter(
        matter.pk, "file_suit", actor=legal, court=court, procedure="summary", filed_on=today(),
        claim_cut_off=today(), claimed_amount=D("100.00"),
    )  # fmt: skip


def dues(matter):
    return {row.kind: row for row in Deadline.objects.filter(matter=matter)}


class TestFollowing:
    def test_each_move_makes_moves_and_closes_them(self, filed, legal):
        move_matter(filed.pk, "accept", actor=legal, court_case_no="X-1", accepted_on=today())
        fee = dues(filed)["court_fee"]
        assert (fee.basis_on, fee.closed_as, fee.owner, fee.grade) == (today(), "", legal, "P")
        move_matter(filed.pk, "serve", actor=legal, served_on=today(), served_by="post")
        assert dues(filed)["court_fee"].closed_as == "met"
        assert dues(filed)["answer"].due_on >= today() + 15 * ONE
        at = dt.datetime.combine(today() + 20 * ONE, dt.time(6), tzinfo=dt.UTC)
        move_matter(filed.pk, "fix_hearing", actor=legal, hearing_at=at)
        hearing = dues(filed)["hearing"]
        assert (hearing.at, hearing.due_on) == (at, today() + 20 * ONE)
        move_matter(filed.pk, "fix_hearing", actor=legal, hearing_at=at + 7 * ONE)
        rows = Deadline.objects.filter(matter=filed, kind="hearing").order_by("due_on")
        assert [row.closed_as for row in rows] == ["gone", ""]
        move_matter(filed.pk, "settle", actor=legal, ended_on=today())
        assert not Deadline.objects.filter(matter=filed).open().exists()

    def test_many_at_once_have_theirs_too(self, matter, creditor, supervisor, legal, court):
        ids = [matter.pk]
        for _ in range(2):
            case = make_legal_case(creditor, supervisor)
            ids.append(Matter.objects.create(case=case, opened_on=today()).pk)
        move_matters(ids, "start_mediation", actor=legal, mediation_on=today(), mediator="Sample Centre")
        assert Deadline.objects.filter(matter__in=ids, kind="mediation").count() == 3

    def test_limitation_stands_until_a_court_has_it(self, matter, creditor, legal, court):
        refresh_creditor(creditor=creditor, on=today())
        assert dues(matter)["limitation"].ref == matter.case.loans.get().account_no
        move_matter(
            matter.pk, "file_suit", actor=legal, court=court, procedure="summary", filed_on=today(),
            claim_cut_off=today(), claimed_amount=D("100.00"),
        )  # fmt: skip
        assert dues(matter)["limitation"].closed_as

    def test_a_payment_puts_off_the_time_to_apply_for_enforcement(self, matter, creditor):
        effective = today() - 700 * ONE
        Matter.objects.filter(pk=matter.pk).update(
            state="effective", effective_on=effective, performance_due_on=effective + 10 * ONE
        )
        loan = matter.case.loans.get()
        loan.instalments.update(due_on=effective - 90 * ONE)
        refresh_creditor(creditor=creditor, on=today())
        before = dues(matter)["enforcement"]
        record_payment(loan=loan, payment_no="P1", paid_on=today() - 9 * ONE, amount=D("1.00"), actor=None)
        refresh_creditor(creditor=creditor, on=today())
        after = dues(matter)["enforcement"]
        assert after.pk == before.pk
        assert before.due_on - today() < 60 * ONE < 700 * ONE < after.due_on - today()
        assert "part_payment" in {reason["kind"] for reason in after.reasons}

    def test_the_days_run_twice_changes_nothing(self, filed, creditor, legal):
        move_matter(filed.pk, "accept", actor=legal, court_case_no="X-1", accepted_on=today())
        refresh_creditor(creditor=creditor, on=today())
        assert refresh_creditor(creditor=creditor, on=today()) == 0

    def test_what_a_person_closed_stays_closed_and_a_corrected_date_opens_what_closed_itself(
        self, filed, creditor, legal
    ):
        move_matter(filed.pk, "accept", actor=legal, court_case_no="X-1", accepted_on=today())
        fee = finish_deadline(deadline=dues(filed)["court_fee"], note="paid", actor=legal, on=today())
        assert (fee.closed_as, fee.done_by) == ("done", legal)
        refresh_creditor(creditor=creditor, on=today())
        assert dues(filed)["court_fee"].closed_as == "done"
        reopen_deadline(deadline=fee, actor=legal)
        assert dues(filed)["court_fee"].closed_as == ""
        Matter.objects.filter(pk=filed.pk).update(served_on=today())
        refresh_creditor(creditor=creditor, on=today())
        assert dues(filed)["court_fee"].closed_as == "met"
        Matter.objects.filter(pk=filed.pk).update(served_on=None)
        refresh_creditor(creditor=creditor, on=today())
        assert dues(filed)["court_fee"].closed_as == ""

    def test_more_matters_cost_no_more_queries(self, filed, creditor, supervisor, django_assert_max_num_queries):
        for _ in range(5):
            Matter.objects.create(
                case=make_legal_case(creditor, supervisor), opened_on=today(), state="accepted", accepted_on=today()
            )
        with django_assert_max_num_queries(32):
            assert refresh_creditor(creditor=creditor, on=today()) >= 5


class TestPreservation:
    def test_it_is_renewed_and_released(self, matter, legal):
        held = record_preservation(
            matter=matter, asset="deposit", what="Sample Bank 0001", amount=D("500.00"), since=today(), until=None,
            actor=legal,
        )  # fmt: skip
        first = dues(matter)["preservation"]
        assert first.due_on == today().replace(year=today().year + 1)
        renew_preservation(held=held, since=today() + ONE, until=None, actor=legal)
        rows = Deadline.objects.filter(matter=matter, kind="preservation").order_by("due_on")
        assert [row.closed_as for row in rows] == ["gone", ""]
        with pytest.raises(LegalRefused):
            renew_preservation(held=held, since=today(), until=None, actor=legal)
        release_preservation(held=held, on=today(), actor=legal)
        assert not Deadline.objects.filter(matter=matter, kind="preservation").open().exists()
        with pytest.raises(LegalRefused):
            release_preservation(held=held, on=today(), actor=legal)


class TestByHand:
    def test_a_person_adds_one_for_themselves_or_for_somebody_who_sees_the_matter(self, matter, legal, clerk):
        made = add_deadline(matter=matter, title="Call", due_on=today(), note="", owner=clerk, actor=legal)
        assert (made.owner, made.source, made.name) == (clerk, "manual", "Call")
        assert AuditEvent.objects.filter(action="add_deadline").exists()
        refresh_creditor(creditor=matter.case.creditor, on=today() + ONE)
        made.refresh_from_db()
        assert made.closed_as == ""
        stranger = UserFactory(role="legal", creditors=[CreditorFactory()])
        with pytest.raises(LegalRefused):
            add_deadline(matter=matter, title="Call", due_on=today(), note="", owner=stranger, actor=legal)

    @pytest.mark.parametrize("role", ["collector", "supervisor", "stranger"])
    def test_others_may_not(self, matter, role, creditor, supervisor):
        actor = {
            "supervisor": supervisor,
            "collector": UserFactory(role="collector", team=creditor.teams.first()),
            "stranger": UserFactory(role="legal", creditors=[CreditorFactory()]),
        }[role]
        with pytest.raises(PermissionDenied):
            add_deadline(matter=matter, title="Call", due_on=today(), note="", owner=None, actor=actor)


class TestWhoSeesWhat:
    def test_overdue_first_and_only_ones_own(self, filed, legal, clerk):
        kept = {
            name: add_deadline(matter=filed, title=name, due_on=today() + n * ONE, note="", owner=None, actor=legal).pk
            for name, n in [("far", 30), ("soon", 3), ("late", -3)]
        }
        rows = list(deadlines_due(legal, today()))
        mine = [row for row in rows if row.pk in kept.values()]
        assert [(row.title, vars(row)["is_overdue"]) for row in mine] == [("late", True), ("soon", False)]
        assert rows[0].pk == kept["late"]
        stranger = UserFactory(role="legal", creditors=[CreditorFactory()])
        assert list(deadlines_due(stranger, today())) == []
        assert list(open_deadlines(clerk, "mine")) == []
        assert kept["far"] in {row.pk for row in open_deadlines(clerk)}

    def test_of_a_firm_only_its_matters(self, ready, legal, lawyer, supervisor):
        add_deadline(matter=ready, title="x", due_on=today(), note="", owner=None, actor=legal)
        assert {row.title for row in open_deadlines(legal, "firm")} >= {"x"}
        Matter.objects.update(firm=None)
        assert list(open_deadlines(supervisor, "firm")) == []

    def test_a_long_list_costs_one_query(self, filed, legal, django_assert_num_queries):
        for n in range(5):
            add_deadline(matter=filed, title=str(n), due_on=today(), note="", owner=None, actor=legal)
        user = type(legal).objects.get(pk=legal.pk)
        user.has_perm("legal.view_matter")
        with django_assert_num_queries(1):
            assert [row.matter.case.borrower.name for row in deadlines_due(user, today())]
