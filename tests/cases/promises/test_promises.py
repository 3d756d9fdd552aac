"""Promises at their edges: what is taken, and what the ledger makes of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from borrowers.models import AuditEvent
from cases.models import Case, PlanStep, Promise
from cases.services.defaults import load_defaults
from cases.services.plans import plan_cases
from cases.services.promises import PromiseRefused, cancel_promise, check_promises, make_promise
from cases.services.risk import assess_cases
from cases.stages import move_case
from tests.factories import DAY, BorrowerFactory, CaseFactory, CreditorFactory, PaymentFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)
DUE = DAY + 5 * ONE


@pytest.fixture
def creditor():
    load_defaults()
    return CreditorFactory()


@pytest.fixture
def team(creditor):
    return TeamFactory(creditors=[creditor])


@pytest.fixture
def collector(team):
    return UserFactory(role="collector", team=team)


@pytest.fixture
def supervisor(creditor):
    return UserFactory(role="supervisor", creditors=[creditor])


def make_case(creditor, team=None, **values):
    return CaseFactory(
        borrower=BorrowerFactory(creditor=creditor),
        **{
            "team": team,
            "days_past_due": 10,
            "oldest_due_on": DAY - 10 * ONE,
            "overdue_amount": Decimal("600.00"),
            **values,
        },
    )


@pytest.fixture
def case(creditor, team):
    case = make_case(creditor, team)
    assess_cases(creditor=creditor, on=DAY)
    plan_cases(creditor=creditor, on=DAY)
    return fresh(case)


def fresh(case):
    return Case.objects.select_related("creditor").get(pk=case.pk)


def take(case, actor, **values):
    return make_promise(
        **{"case": case, "amount": Decimal("100.00"), "due_on": DUE, "actor": actor, "on": DAY} | values
    )


def pay(case, on, amount, **values):
    return PaymentFactory(loan=case.loans.get(), paid_on=on, amount=Decimal(amount), **values)


def check(case, on):
    """Run the day's check twice: the second must have nothing to do. Returns the promise."""
    check_promises(creditor=case.creditor, on=on)
    events = AuditEvent.objects.count()
    assert check_promises(creditor=case.creditor, on=on) == 0
    assert AuditEvent.objects.count() == events
    return Promise.objects.get(case=case)


class TestMaking:
    def test_a_year_ahead_is_no_promise_whoever_takes_it(self, case, supervisor):
        take(case, supervisor, due_on=DAY + 366 * ONE)
        cancel_promise(promise=Promise.objects.get(), actor=supervisor, on=DAY, reason="another day")
        for due_on in (DAY + 367 * ONE, dt.date.max):
            with pytest.raises(PromiseRefused, match="more than a year"):
                take(case, supervisor, due_on=due_on)

    def test_the_case_is_negotiated_and_the_plan_waits(self, case, collector):
        promise = take(case, collector)
        case = fresh(case)
        assert (promise.state, promise.made_on, promise.actor) == ("open", DAY, collector)
        assert case.stage == "negotiating"
        assert (case.next_step, case.next_step_on) == ("promise", DUE)
        assert not PlanStep.objects.filter(plan__case=case, state="planned", due_on__lte=DUE).exists()
        event = AuditEvent.objects.get(action="make_promise")
        assert (event.actor, event.borrower_id, event.new) == (collector, case.borrower_id, f"100.00 {DUE}")

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"amount": Decimal("59.99")}, "less than .*60.00"),
            ({"due_on": DAY + 31 * ONE}, "more than 30 days"),
            ({"due_on": DAY - ONE}, "has passed"),
            ({"amount": Decimal("0.00")}, "more than nothing"),
            ({"amount": Decimal("100.001")}, "smallest coin"),
            ({"amount": Decimal("1320.01")}, "1,320.00"),
            ({"means": "shells"}, "shells"),
        ],
    )
    def test_refused_with_the_reason_and_nothing_written(self, case, collector, values, words):
        with pytest.raises(PromiseRefused, match=words):
            take(case, collector, **values)
        assert not Promise.objects.exists()
        assert fresh(case).stage == "reminding"

    @pytest.mark.parametrize("values", [{"amount": Decimal("60.00")}, {"due_on": DAY}, {"due_on": DAY + 30 * ONE}])
    def test_the_limits_themselves_are_allowed(self, case, collector, values):
        assert take(case, collector, **values).state == "open"

    @pytest.mark.parametrize("values", [{"amount": Decimal("0.01")}, {"due_on": DAY + 90 * ONE}])
    def test_a_supervisor_may_exceed_the_limits(self, case, supervisor, values):
        assert take(case, supervisor, **values).state == "open"

    def test_a_supervisor_may_not_exceed_the_debt(self, case, supervisor):
        with pytest.raises(PromiseRefused):
            take(case, supervisor, amount=Decimal("1320.01"))

    def test_one_at_a_time(self, case, collector):
        take(case, collector)
        with pytest.raises(PromiseRefused, match="cancel it first"):
            take(case, collector)

    def test_a_stranger_may_not(self, case):
        with pytest.raises(PermissionDenied):
            take(case, UserFactory(role="collector", team=TeamFactory()))

    def test_legal_staff_may_not_take_one(self, case, creditor):
        with pytest.raises(PermissionDenied):
            take(case, UserFactory(role="legal", creditors=[creditor]))

    def test_closed_case_takes_none(self, case, supervisor):
        move_case(case.pk, "close_paid", actor=None, on=DAY)
        with pytest.raises(PromiseRefused, match="closed"):
            take(case, supervisor)

    def test_case_in_legal_stays_there(self, case, supervisor):
        move_case(case.pk, "send_to_legal", actor=supervisor, reason="no answer", on=DAY)
        take(case, supervisor)
        assert fresh(case).stage == "legal"

    def test_cancelled_with_a_reason_the_plan_goes_on(self, case, collector):
        promise = take(case, collector)
        with pytest.raises(PromiseRefused, match="reason"):
            cancel_promise(promise=promise, actor=collector, on=DAY, reason=" ")
        cancel_promise(promise=promise, actor=collector, on=DAY, reason="taken by mistake")
        case = fresh(case)
        assert case.stage == "reminding"
        assert (case.next_step, case.next_step_on) == ("email_d10", DAY)
        assert take(case, collector).state == "open"


class TestChecking:
    @pytest.fixture
    def promise(self, case, collector):
        return take(case, collector)

    @pytest.mark.parametrize(
        ("payments", "on", "state", "paid"),
        [
            ([], 0, "open", "0.00"),
            ([], 5, "open", "0.00"),
            ([], 6, "broken", "0.00"),
            ([(5, "100.00")], 5, "kept", "100.00"),
            ([(5, "100.00")], 6, "kept", "100.00"),
            ([(0, "100.00")], 1, "kept", "100.00"),
            ([(6, "100.00")], 6, "broken", "0.00"),
            ([(-1, "100.00")], 6, "broken", "0.00"),
            ([(2, "99.99")], 4, "open", "99.99"),
            ([(2, "99.99")], 6, "part_kept", "99.99"),
            ([(2, "90.00")], 5, "open", "90.00"),
            ([(2, "90.00")], 6, "part_kept", "90.00"),
            ([(2, "89.99")], 6, "broken", "89.99"),
            ([(1, "50.00"), (5, "50.00")], 6, "kept", "100.00"),
            ([(4, "100.00")], 3, "open", "0.00"),
        ],
    )
    def test_kept_and_broken_come_from_the_ledger(self, case, promise, payments, on, state, paid):
        for offset, amount in payments:
            pay(case, DAY + offset * ONE, amount)
        found = check(case, DAY + on * ONE)
        assert (found.state, found.paid_amount) == (state, Decimal(paid))
        assert found.decided_on == (None if state == "open" else DAY + on * ONE)
        assert AuditEvent.objects.filter(action=f"promise_{state}").count() == (state != "open")

    def test_kept_in_part_brings_no_call_and_counts_neither_way(self, case, creditor, promise):
        plan_cases(creditor=creditor, on=DAY)
        pay(case, DUE, "95.00")
        assert check(case, DUE + ONE).state == "part_kept"
        case = fresh(case)
        assert case.stage == "reminding"
        assert not case.next_step.startswith("broken_promise")
        assert "promises_unknown" in {reason["code"] for reason in case.risk_records.first().reasons}

    def test_kept_in_part_follows_the_ledger_both_ways(self, case, promise):
        paid = pay(case, DUE, "95.00")
        assert check(case, DUE + ONE).state == "part_kept"
        pay(case, DUE, "5.00")
        assert check(case, DUE + 2 * ONE).state == "kept"
        pay(case, DUE + 3 * ONE, "-95.00", reverses=paid)
        assert check(case, DUE + 3 * ONE).state == "broken"

    def test_the_tolerance_is_that_of_the_day_it_was_made(self, case, creditor, promise):
        type(creditor).objects.filter(pk=creditor.pk).update(promise_tolerance=0)
        pay(case, DUE, "95.00")
        assert check(case, DUE + ONE).state == "part_kept"

    def test_without_tolerance_a_part_payment_breaks_it(self, case, creditor, collector):
        type(creditor).objects.filter(pk=creditor.pk).update(promise_tolerance=0)
        take(fresh(case), collector)
        pay(case, DUE, "99.99")
        assert check(case, DUE + ONE).state == "broken"

    def test_broken_goes_to_the_top_with_a_call(self, case, creditor, promise):
        other = make_case(creditor, bucket="M7+", days_past_due=300, oldest_due_on=DAY - 300 * ONE, risk_grade="B")
        plan_cases(creditor=creditor, on=DUE + ONE)
        check(case, DUE + ONE)
        case = fresh(case)
        assert case.stage == "reminding"
        assert (case.next_step, case.next_step_on) == (f"broken_promise_{promise.pk}", DUE + ONE)
        assert case.priority > fresh(other).priority
        assert "promises_one_broken" in {reason["code"] for reason in case.risk_records.first().reasons}

    def test_the_days_run_after_it_changes_nothing(self, case, creditor, promise):
        on = DUE + ONE
        for service in (assess_cases, plan_cases, check_promises):
            service(creditor=creditor, on=on)
        assert [service(creditor=creditor, on=on) for service in (assess_cases, plan_cases, check_promises)] == [
            0,
            0,
            0,
        ]

    def test_kept_late_in_the_case_goes_back_to_demanding(self, case, promise):
        Case.objects.filter(pk=case.pk).update(bucket="M2", days_past_due=40, oldest_due_on=DAY - 40 * ONE)
        pay(case, DUE, "100.00")
        check(case, DUE)
        assert fresh(case).stage == "demanding"

    def test_payment_taken_back_breaks_a_kept_promise(self, case, promise):
        paid = pay(case, DAY + ONE, "100.00")
        assert check(case, DUE).state == "kept"
        pay(case, DUE + 10 * ONE, "-100.00", reverses=paid)
        assert check(case, DUE + 9 * ONE).state == "kept"
        assert check(case, DUE + 10 * ONE).state == "broken"

    def test_payment_taken_back_before_the_day_opens_it_again(self, case, promise):
        paid = pay(case, DAY + ONE, "100.00")
        assert check(case, DAY + ONE).state == "kept"
        assert fresh(case).stage == "reminding"
        pay(case, DAY + 2 * ONE, "-100.00", reverses=paid)
        found = check(case, DAY + 2 * ONE)
        assert (found.state, found.decided_on) == ("open", None)
        assert fresh(case).stage == "negotiating"

    def test_payment_booked_late_keeps_a_broken_promise(self, case, promise):
        assert check(case, DUE + ONE).state == "broken"
        pay(case, DUE, "100.00")
        assert check(case, DUE + 3 * ONE).state == "kept"
        case = fresh(case)
        assert not case.next_step.startswith("broken_promise")

    def test_after_sixty_days_the_decision_stands(self, case, promise):
        assert check(case, DUE + ONE).state == "broken"
        pay(case, DUE, "100.00")
        assert check(case, DUE + 61 * ONE).state == "broken"
        assert check(case, DUE + 60 * ONE).state == "kept"

    def test_reversal_of_an_older_payment_does_not_count_against_it(self, case, creditor, collector):
        old = pay(case, DAY - 5 * ONE, "80.00")
        take(case, collector)
        pay(case, DAY + ONE, "-80.00", reverses=old)
        pay(case, DAY + 2 * ONE, "100.00")
        assert check(case, DUE).state == "kept"

    def test_case_closed_before_the_day(self, case, creditor, promise, supervisor):
        move_case(case.pk, "close_recalled", actor=supervisor, reason="taken back", on=DAY + ONE)
        assert check(case, DAY + ONE).state == "cancelled"

    def test_case_closed_because_it_was_paid(self, case, creditor, promise):
        pay(case, DAY + ONE, "1320.00")
        move_case(case.pk, "close_paid", actor=None, on=DAY + ONE)
        assert check(case, DAY + ONE).state == "kept"

    def test_older_promise_is_not_opened_beside_a_newer_one(self, case, promise, collector):
        paid = pay(case, DAY + ONE, "100.00")
        check(case, DAY + ONE)
        newer = take(fresh(case), collector, on=DAY + ONE)
        pay(case, DAY + 2 * ONE, "-100.00", reverses=paid)
        check_promises(creditor=case.creditor, on=DAY + 2 * ONE)
        assert Promise.objects.get(pk=promise.pk).state == "broken"
        assert Promise.objects.get(pk=newer.pk).state == "open"

    def test_promise_of_another_creditor_is_left_alone(self, case, promise):
        assert check_promises(creditor=CreditorFactory(), on=DUE + ONE) == 0
        assert Promise.objects.get().state == "open"


def test_the_number_of_queries_does_not_grow_with_the_promises(creditor):
    counts = []
    for owner, count in ((CreditorFactory(), 5), (creditor, 25)):
        for _ in range(count):
            Promise.objects.create(case=make_case(owner), amount=Decimal(10), due_on=DUE, made_on=DAY)
        assess_cases(creditor=owner, on=DUE + ONE)
        plan_cases(creditor=owner, on=DUE + ONE)
        with CaptureQueriesContext(connection) as captured:
            assert check_promises(creditor=owner, on=DUE) == 0
        counts.append([len(captured)])
        with CaptureQueriesContext(connection) as captured:
            assert check_promises(creditor=owner, on=DUE + ONE) == count
        # New and changed rows go in parcels on SQLite: those are not counted.
        counts[-1].append(len([q for q in captured if q["sql"].startswith(("SELECT", "WITH"))]))
    # Only the talks that end are looked up one by one.
    (quiet_few, busy_few), (quiet_many, busy_many) = counts
    assert quiet_few == quiet_many <= 7
    assert busy_few == busy_many <= 35


class TestTheDayItWasMade:
    """What was booked before the promise on its own day keeps nothing; what was booked after it does."""

    @pytest.fixture
    def made_at(self, case):
        return dt.datetime.combine(DAY, dt.time(14), case.creditor.zone)

    def make(self, case, actor, made_at):
        promise = take(case, actor)
        Promise.objects.filter(pk=promise.pk).update(made_at=made_at)

    def book(self, case, paid_on, recorded_at, amount="100.00", **values):
        with time_machine.travel(recorded_at, tick=False):
            return pay(case, paid_on, amount, **values)

    @pytest.mark.parametrize(
        ("paid_on", "seconds", "state"),
        [(DAY, -1, "open"), (DAY, 0, "open"), (DAY, 1, "kept"), (DAY + ONE, -1, "kept"), (DAY - ONE, 1, "open")],
    )
    def test_counts_from_the_instant(self, case, collector, made_at, paid_on, seconds, state):
        self.make(case, collector, made_at)
        self.book(case, paid_on, made_at + dt.timedelta(seconds=seconds))
        assert check(case, DAY + ONE).state == state

    def test_what_takes_an_earlier_payment_back_does_not_count_either(self, case, collector, made_at):
        self.make(case, collector, made_at)
        early = self.book(case, DAY, made_at - dt.timedelta(hours=1))
        self.book(case, DAY + ONE, made_at + ONE)
        self.book(case, DAY + 2 * ONE, made_at + 2 * ONE, "-100.00", reverses=early)
        assert check(case, DAY + 2 * ONE).state == "kept"

    @pytest.mark.parametrize("later", [None, 3])
    def test_the_whole_day_counts_where_the_hour_is_not_known(self, case, collector, made_at, later):
        self.make(case, collector, later and made_at + later * ONE)
        self.book(case, DAY, made_at - dt.timedelta(hours=1))
        assert check(case, DAY + ONE).state == "kept"
