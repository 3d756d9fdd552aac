"""Arrangements from proposal to end: authority, proof, the ledger, the case."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied

from borrowers.ageing import age_loans
from borrowers.errors import InputError
from borrowers.models import AuditEvent, CostItem, LoanPause
from borrowers.rules.arrangements import Budget, Parts, forgive, in_instalments
from borrowers.rules.months import add_months
from borrowers.services.entries import charge_fee
from borrowers.services.ledger import reverse_payment
from cases.models import Arrangement, Case, Stage
from cases.services.arrangement_check import check_arrangements
from cases.services.arrangements import (
    ArrangementRefused,
    accept_arrangement,
    approve_arrangement,
    cancel_arrangement,
    owed_for,
    propose_arrangement,
    suggest,
)
from cases.services.case_figures import refresh_cases
from cases.services.contact_gate import judge_contact_points
from cases.services.outbox_due import _loan_chunks
from cases.stages import MoveRefused, case_moves, move_case
from tests.borrowers.ledger_checks import check_books
from tests.cases.arrangements.steps import activate, balance, loan_of, pay, propose
from tests.factories import DAY, ContactPointFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)
D = Decimal


class TestAuthority:
    def test_nobody_approves_their_own(self, case, people):
        arrangement = propose(case, people["supervisor"])
        with pytest.raises(PermissionDenied):
            approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
        approve_arrangement(arrangement=arrangement, actor=people["second"], on=DAY)

    def test_a_small_plan_may_be_approved_by_a_colleague(self, case, people):
        arrangement = propose(case, people["collector"], months=6)
        assert arrangement.needs_level == "collector"
        approve_arrangement(arrangement=arrangement, actor=people["colleague"], on=DAY)
        assert Arrangement.objects.get().state == "approved"

    def test_a_long_one_not(self, case, people):
        arrangement = propose(case, people["collector"], months=7)
        with pytest.raises(PermissionDenied):
            approve_arrangement(arrangement=arrangement, actor=people["colleague"], on=DAY)

    def test_two_pairs_of_eyes_above_the_line(self, case, people):
        arrangement = propose(case, people["collector"], months=12)
        Arrangement.objects.filter(pk=arrangement.pk).update(needs_people=2)
        assert approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY).state == "proposed"
        with pytest.raises(PermissionDenied):
            approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
        assert approve_arrangement(arrangement=arrangement, actor=people["second"], on=DAY).state == "approved"

    def test_what_is_above_a_supervisor_is_a_managers(self, case, people):
        manager = UserFactory(role="supervisor", creditors=[case.creditor])
        manager.groups.add(Group.objects.get(name="manager"))
        arrangement = propose(case, people["collector"], "settlement", discount="0.3")
        with pytest.raises(PermissionDenied):
            approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
        assert approve_arrangement(arrangement=arrangement, actor=manager, on=DAY).state == "approved"

    def test_nor_does_a_superuser_approve_their_own(self, case, people):
        chief = UserFactory(is_superuser=True)
        with pytest.raises(PermissionDenied):
            approve_arrangement(arrangement=propose(case, chief), actor=chief, on=DAY)

    def test_what_nobody_may_approve_is_not_proposed(self, case, people):
        with pytest.raises(ArrangementRefused, match="beyond"):
            propose(case, people["collector"], "settlement", discount="0.6")
        assert not Arrangement.objects.exists()

    def test_who_does_not_see_the_case_proposes_and_approves_nothing(self, case, people):
        stranger = UserFactory(role="collector", team=TeamFactory(creditors=[case.creditor]))
        with pytest.raises(PermissionDenied):
            propose(case, stranger)
        with pytest.raises(PermissionDenied):
            approve_arrangement(
                arrangement=propose(case, people["collector"]), actor=UserFactory(role="supervisor"), on=DAY
            )


class TestActive:
    def test_the_new_schedule_replaces_what_is_due(self, case, people):
        before = balance(case).outstanding_amount + D("5.92")  # penalty of 40 days on 300, and of 10 on 300
        arrangement = activate(case, people)
        after = balance(case)
        assert arrangement.state == "active"
        assert (after.overdue_amount, after.days_past_due) == (D(0), 0)
        assert after.outstanding_amount == arrangement.total
        assert abs(after.outstanding_amount - before) < 3
        assert after.next_due_on == DAY + 30 * ONE
        assert [i.label for i in loan_of(case).instalments.filter(number__gte=1000)] == ["A1-1", "A1-2", "A1-3", "A1-4"]
        check_books(loan_of(case))

    def test_the_case_waits_and_is_not_closed_as_paid(self, case, people):
        activate(case, people)
        refresh_cases(creditor=case.creditor, on=DAY)
        case = Case.objects.get(pk=case.pk)
        assert (case.stage, case.overdue_amount, case.is_open) == (Stage.NEGOTIATING, D(0), True)

    def test_its_payments_are_reminded_of(self, case, people):
        activate(case, people)
        [loans] = _loan_chunks(case.creditor, DAY, DAY + 40 * ONE)
        assert loans == [loan_of(case)]

    def test_the_gate_refuses_to_collect_while_it_is_kept(self, case, people):
        noon = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)
        point = ContactPointFactory(borrower=case.borrower)

        def decision():
            fresh = Case.objects.get(pk=case.pk)
            return judge_contact_points(case=fresh, at=noon)[point.pk]

        assert decision().allowed
        arrangement = activate(case, people)
        assert (decision().allowed, decision().rule) == (False, "arrangement_kept")
        cancel_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY, reason="asked")
        assert decision().allowed

    def test_on_the_day_of_a_payment_nothing_is_missed_yet(self, case, people):
        due_on = activate(case, people).plan[0].due_on
        point = ContactPointFactory(borrower=case.borrower)
        for day, rule in ((due_on, "arrangement_kept"), (due_on + ONE, "")):
            age_loans(creditor=case.creditor, on=day)
            refresh_cases(creditor=case.creditor, on=day)
            noon = dt.datetime.combine(day, dt.time(4), tzinfo=dt.UTC)
            assert judge_contact_points(case=Case.objects.get(pk=case.pk), at=noon)[point.pk].rule == rule

    def test_penalty_interest_stands_still(self, case, people):
        activate(case, people)
        assert (
            owed_for(loan=loan_of(case), kind="instalments", on=DAY + 20 * ONE).total == Arrangement.objects.get().total
        )

    def test_an_oral_agreement_needs_its_recording(self, case, people):
        arrangement = propose(case, people["collector"])
        approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
        with pytest.raises(ArrangementRefused, match="recording"):
            accept_arrangement(arrangement=arrangement, actor=people["collector"], on=DAY, recording_ref=" ")

    def test_what_was_not_approved_is_not_accepted(self, case, people):
        arrangement = propose(case, people["collector"])
        with pytest.raises(ArrangementRefused):
            accept_arrangement(arrangement=arrangement, actor=people["collector"], on=DAY, recording_ref="REC-1")

    def test_a_payment_meanwhile_asks_for_a_new_proposal(self, case, people):
        arrangement = propose(case, people["collector"])
        approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
        pay(case, "50.00", DAY)
        with pytest.raises(ArrangementRefused, match="anew"):
            accept_arrangement(arrangement=arrangement, actor=people["collector"], on=DAY, recording_ref="REC-1")
        assert (Arrangement.objects.get().state, LoanPause.objects.count()) == ("approved", 0)

    def test_one_at_a_time_for_a_loan(self, case, people):
        activate(case, people)
        with pytest.raises(ArrangementRefused, match="already"):
            propose(case, people["collector"])

    def test_days_between_proposal_and_acceptance_add_no_penalty(self, case, people):
        arrangement = propose(case, people["collector"])
        approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
        later = DAY + 6 * ONE
        accept_arrangement(arrangement=arrangement, actor=people["collector"], on=later, recording_ref="REC-1")
        assert balance(case).outstanding_amount == arrangement.total


class TestEnd:
    def test_kept_to_the_end_it_is_complete_and_the_case_closes(self, case, people):
        arrangement = activate(case, people)
        pay(case, arrangement.total, DAY + 30 * ONE)
        assert check_arrangements(creditor=case.creditor, on=DAY + 30 * ONE) == 1
        arrangement = Arrangement.objects.get()
        case = Case.objects.get(pk=case.pk)
        assert (arrangement.state, arrangement.ended_on, case.close_reason) == ("completed", DAY + 30 * ONE, "paid")
        assert LoanPause.objects.get().end == DAY + 30 * ONE

    def test_broken_the_old_debt_revives_less_what_was_paid(self, case, people):
        total = activate(case, people).total
        pay(case, "330.00", DAY + 30 * ONE)
        assert check_arrangements(creditor=case.creditor, on=DAY + 60 * ONE + 5 * ONE) == 0
        late = DAY + 66 * ONE
        age_loans(creditor=case.creditor, on=late)
        assert check_arrangements(creditor=case.creditor, on=late) == 1
        arrangement = Arrangement.objects.get()
        assert (arrangement.state, arrangement.end_reason) == ("broken", (DAY + 60 * ONE).isoformat())
        after = balance(case)
        assert after.outstanding_amount == total - 330
        # What was paid covers the first instalment: the second, 10 days late when it was proposed, is the oldest now.
        assert after.days_past_due == 10 + 66
        assert after.delinquent_days == 10
        check_books(loan_of(case))
        assert check_arrangements(creditor=case.creditor, on=late) == 0

    def test_a_settlement_that_is_paid_leaves_nothing(self, case, people):
        arrangement = activate(case, people, "settlement")
        age_loans(creditor=case.creditor, on=DAY + 10 * ONE)
        pay(case, arrangement.total, DAY + 10 * ONE)
        check_arrangements(creditor=case.creditor, on=DAY + 10 * ONE)
        assert balance(case).outstanding_amount == 0
        assert arrangement.forgiven_total > 0
        check_books(loan_of(case))

    def test_a_settlement_that_is_not_paid_forgives_nothing(self, case, people):
        arrangement = activate(case, people, "settlement")
        whole = arrangement.total + arrangement.forgiven_total
        late = DAY + 16 * ONE
        age_loans(creditor=case.creditor, on=late)
        check_arrangements(creditor=case.creditor, on=late)
        assert balance(case).outstanding_amount == whole
        check_books(loan_of(case))

    def test_a_payment_that_bounces_breaks_it_in_its_time(self, case, people):
        arrangement = activate(case, people)
        payment = pay(case, arrangement.total, DAY + 29 * ONE)
        reverse_payment(payment=payment, payment_no="R", on=DAY + 33 * ONE, actor=None)
        assert check_arrangements(creditor=case.creditor, on=DAY + 36 * ONE) == 1
        assert Arrangement.objects.get().state == "broken"

    def test_a_collector_does_not_end_what_runs(self, case, people):
        arrangement = activate(case, people)
        with pytest.raises(PermissionDenied):
            cancel_arrangement(arrangement=arrangement, actor=people["collector"], on=DAY, reason="asked")
        cancel_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY, reason="asked")
        assert balance(case).days_past_due == 40

    def test_a_waiver_takes_effect_when_it_is_approved(self, case, people):
        arrangement = propose(case, people["collector"], "waiver")
        approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
        assert Arrangement.objects.get().state == "completed"
        assert owed_for(loan=loan_of(case), kind="instalments", on=DAY).penalty == 0
        assert balance(case).days_past_due == 40


def test_what_is_suggested_can_be_proposed(case, people):
    loan = loan_of(case)
    plans = suggest(loan=loan, budget=Budget(D(4000), D(3500)), on=DAY, first_on=DAY + 20 * ONE)
    assert len(plans) >= 2
    for plan in plans:
        arrangement = propose_arrangement(
            case=case, loan=loan, proposal=plan, actor=people["collector"], on=DAY, reason="asked"
        )
        cancel_arrangement(arrangement=arrangement, actor=people["collector"], on=DAY, reason="next one")


def waive_some(case, actor, principal):
    loan = loan_of(case)
    owed = owed_for(loan=loan, kind="waiver", on=DAY)
    part = forgive(owed, Parts(principal=D(principal)))
    return propose_arrangement(case=case, loan=loan, proposal=part, actor=actor, on=DAY, reason="asked")


class TestAround:
    """Ways around the matrix and the agreement, each of which once was open."""

    def test_a_waiver_in_parts_needs_the_approval_of_the_whole(self, case, people):
        first = waive_some(case, people["collector"], "80.00")  # 6.4 % of 1,247.40
        assert first.needs_level == "supervisor"
        approve_arrangement(arrangement=first, actor=people["supervisor"], on=DAY)
        second = waive_some(case, people["collector"], "80.00")
        assert second.needs_level == "manager"
        with pytest.raises(PermissionDenied):
            approve_arrangement(arrangement=second, actor=people["supervisor"], on=DAY)

    def test_what_was_withdrawn_does_not_count(self, case, people):
        first = waive_some(case, people["collector"], "80.00")
        cancel_arrangement(arrangement=first, actor=people["collector"], on=DAY, reason="another sum")
        assert waive_some(case, people["collector"], "80.00").needs_level == "supervisor"

    @pytest.mark.parametrize(("days", "words"), [(11, "lies in the past"), (31, "days ago")])
    def test_an_offer_does_not_stand_for_ever(self, case, people, days, words):
        arrangement = propose(case, people["collector"], "settlement")
        approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
        with pytest.raises(ArrangementRefused, match=words):
            accept_arrangement(
                arrangement=arrangement, actor=people["collector"], on=DAY + days * ONE, recording_ref="REC-1"
            )
        assert Arrangement.objects.get().state == "approved"

    def test_few_payments_far_ahead_are_a_long_plan(self, case, people):
        owed = owed_for(loan=loan_of(case), kind="instalments", on=DAY)
        for first_on in (add_months(DAY, 55), add_months(DAY, 56)):
            plan = in_instalments(owed, 6, first_on)
            call = partial(
                propose_arrangement, case=case, loan=loan_of(case), proposal=plan, actor=people["collector"], on=DAY,
                reason="asked",
            )  # fmt: skip
            if first_on == add_months(DAY, 55):
                arrangement = call()
                cancel_arrangement(arrangement=arrangement, actor=people["collector"], on=DAY, reason="next one")
            else:
                with pytest.raises(ArrangementRefused, match="60 months"):
                    call()

    def test_no_more_arrangements_than_there_are_numbers_for(self, case, people):
        Arrangement.objects.bulk_create(
            Arrangement(
                case=case, loan=loan_of(case), kind="deferral", state="cancelled", sequence=n, total=1, reason="-",
                proposed_on=DAY, proposed_by=people["collector"], needs_level="supervisor",
            )
            for n in range(1, 33)
        )  # fmt: skip
        with pytest.raises(ArrangementRefused, match="no more"):
            propose(case, people["collector"])

    def test_a_settlement_that_is_charged_back_forgives_nothing(self, case, people):
        whole = activate(case, people, "settlement", discount="0.10")
        payment = pay(case, whole.total, DAY + 5 * ONE)
        check_arrangements(creditor=case.creditor, on=DAY + 6 * ONE)
        assert (Case.objects.get().stage, Case.objects.get().close_reason) == (Stage.CLOSED, "settled")
        reverse_payment(payment=payment, payment_no="R", on=DAY + 40 * ONE, cause="chargeback", actor=None)
        assert check_arrangements(creditor=case.creditor, on=DAY + 41 * ONE) == 1
        assert Arrangement.objects.get().state == "broken"
        assert balance(case).outstanding_amount >= whole.total + whole.forgiven_total
        check_books(loan_of(case))
        assert check_arrangements(creditor=case.creditor, on=DAY + 42 * ONE) == 0

    def test_nothing_is_charged_while_it_runs(self, case, people):
        CostItem.objects.create(creditor=case.creditor, code="visit", name="Visit", valid_from=DAY - 400 * ONE)
        activate(case, people)
        with pytest.raises(InputError, match="stands still"):
            charge_fee(loan=loan_of(case), code="visit", amount=D(5), on=DAY + ONE, actor=None)

    def test_nothing_is_agreed_about_a_loan_that_went_back(self, case, people):
        arrangement = propose(case, people["collector"])
        type(loan_of(case)).objects.update(status="recalled")
        with pytest.raises(ArrangementRefused, match="not ours"):
            approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)


class TestClosingByHand:
    def test_nobody_calls_paid_what_is_due(self, case, people):
        assert "close_paid" not in [move.name for move in case_moves(case, people["supervisor"])]
        with pytest.raises(MoveRefused, match="ledger"):
            move_case(case.pk, "close_paid", actor=people["supervisor"], on=DAY)

    def test_nor_what_is_agreed_and_not_paid_yet(self, case, people):
        activate(case, people)
        with pytest.raises(MoveRefused, match="ledger"):
            move_case(case.pk, "close_paid", actor=people["supervisor"], on=DAY)

    def test_what_is_paid_may_be_closed_before_the_night(self, case, people):
        pay(case, "700.00", DAY)
        Case.objects.filter(pk=case.pk).update(overdue_amount=0)
        case = Case.objects.get(pk=case.pk)
        assert "close_paid" in [move.name for move in case_moves(case, people["supervisor"])]
        assert move_case(case.pk, "close_paid", actor=people["supervisor"], on=DAY).stage == Stage.CLOSED

    def test_nobody_calls_settled_what_was_not_agreed(self, case, people):
        assert "close_settled" not in [move.name for move in case_moves(case, people["supervisor"])]
        with pytest.raises(MoveRefused, match="settlement"):
            move_case(case.pk, "close_settled", actor=people["supervisor"], reason="x", on=DAY)

    def test_nor_what_is_agreed_and_not_paid_yet_settled(self, case, people):
        activate(case, people, "settlement")
        Case.objects.filter(pk=case.pk).update(overdue_amount=0)
        with pytest.raises(MoveRefused, match="settlement"):
            move_case(case.pk, "close_settled", actor=people["supervisor"], reason="x", on=DAY)

    @pytest.mark.parametrize("completed", [False, True])
    def test_a_settlement_that_is_paid_may_be_closed(self, case, people, completed):
        arrangement = activate(case, people, "settlement")
        Case.objects.filter(pk=case.pk).update(overdue_amount=0)
        pay(case, str(arrangement.total), DAY)
        if completed:
            check_arrangements(creditor=case.creditor, on=DAY)
        case = Case.objects.get(pk=case.pk)
        if case.is_open:
            assert "close_settled" in [move.name for move in case_moves(case, people["supervisor"])]
            move_case(case.pk, "close_settled", actor=people["supervisor"], reason="x", on=DAY)
        assert Case.objects.get(pk=case.pk).close_reason == "settled"


class TestWritingOff:
    def test_no_night_opens_a_case_again_and_a_payment_is_still_booked(self, case, people):
        loan = loan_of(case)
        move_case(case.pk, "close_written_off", actor=people["supervisor"], reason="costs more", on=DAY)
        assert loan_of(case).status == "written_off"
        event = AuditEvent.objects.get(action="write_off_loan")
        assert (event.subject_id, event.old, event.new, event.actor) == (
            loan.pk, "open", "written_off", people["supervisor"],
        )  # fmt: skip
        age_loans(creditor=case.creditor, on=DAY + ONE)
        assert refresh_cases(creditor=case.creditor, on=DAY + ONE).opened == 0
        owed = balance(case).outstanding_amount
        pay(case, "10.00", DAY + ONE)
        assert loan_of(case).payments.get().amount == D("10.00")
        assert balance(case).outstanding_amount < owed
        assert refresh_cases(creditor=case.creditor, on=DAY + ONE).opened == 0

    def test_a_loan_that_is_paid_or_recalled_stays_so(self, case, people):
        type(loan_of(case)).objects.update(status="recalled")
        move_case(case.pk, "close_written_off", actor=people["supervisor"], reason="x", on=DAY)
        assert loan_of(case).status == "recalled"
        assert not AuditEvent.objects.filter(action="write_off_loan").exists()
