"""Plans of cases as the day's run makes and revises them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from borrowers.models import AuditEvent
from cases.models import Case, Plan, PlanStep, Promise, Strategy
from cases.services.defaults import load_defaults
from cases.services.plans import finish_step, plan_cases, revise_plan
from cases.services.risk import assess_cases
from cases.services.strategies import note_strategy_change
from cases.stages import move_case
from tests.factories import DAY, BorrowerFactory, CaseFactory, CreditorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)
NOON = dt.time(12)


@pytest.fixture
def creditor():
    load_defaults()
    return CreditorFactory()


def make_case(creditor, days=1, bucket="M1", grade="B", **values):
    return CaseFactory(
        borrower=BorrowerFactory(creditor=creditor),
        days_past_due=days,
        bucket=bucket,
        risk_grade=grade,
        oldest_due_on=DAY - days * ONE,
        overdue_amount=Decimal("600.00"),
        **values,
    )


def age(case, days, bucket, **values):
    Case.objects.filter(pk=case.pk).update(days_past_due=days, bucket=bucket, **values)


def fresh(case):
    return Case.objects.select_related("creditor").get(pk=case.pk)


def states(case):
    return {step.code: step.state for step in PlanStep.objects.filter(plan__case=case)}


def snapshot():
    return (
        list(Plan.objects.order_by("pk").values()),
        list(PlanStep.objects.order_by("pk").values()),
        list(Case.objects.order_by("pk").values()),
        AuditEvent.objects.count(),
    )


def test_first_plan_sets_the_next_step_and_the_case_is_reminded(creditor):
    case = make_case(creditor)
    assert plan_cases(creditor=creditor, on=DAY) == 1
    case = fresh(case)
    assert case.plan.strategy.code == "m1_standard"
    assert (case.plan.anchor_on, case.plan.made_on, case.plan.revision) == (DAY - ONE, DAY, 1)
    assert (case.next_step, case.next_step_on) == ("sms_d1", DAY)
    assert case.stage == "reminding"
    assert case.priority > 0
    assert AuditEvent.objects.filter(action="start_reminding", subject_id=case.pk).count() == 1


def test_second_run_changes_nothing(creditor):
    for days, bucket in ((1, "M1"), (45, "M2"), (75, "M3"), (200, "M7+")):
        make_case(creditor, days, bucket)
    plan_cases(creditor=creditor, on=DAY)
    before = snapshot()
    assert plan_cases(creditor=creditor, on=DAY) == 0
    assert snapshot() == before


def test_no_risk_no_reminding(creditor):
    case = make_case(creditor, grade="")
    plan_cases(creditor=creditor, on=DAY)
    assert fresh(case).stage == "preparing"
    assess_cases(creditor=creditor, on=DAY)
    plan_cases(creditor=creditor, on=DAY)
    assert fresh(case).stage == "reminding"


def test_rolling_into_m2_keeps_what_was_done_and_does_not_fire_the_past(creditor):
    case = make_case(creditor, 10)
    plan_cases(creditor=creditor, on=DAY)
    step = PlanStep.objects.get(plan__case=case, code="email_d10")
    finish_step(step=step, actor=None, at=dt.datetime.combine(DAY, NOON, tzinfo=creditor.zone))
    age(case, 40, "M2")
    plan_cases(creditor=creditor, on=DAY + 30 * ONE)
    case = fresh(case)
    assert case.plan.strategy.code == "m2_standard"
    assert case.plan.revision == 2
    assert case.plan.revised_because == "replaced|m2_standard"
    assert case.plan.revised_because_text == "the case came to the strategy m2_standard"
    found = states(case)
    assert found["email_d10"] == "done"
    assert found["call_d14"] == "skipped"
    assert found["call_d33"] == "skipped"
    assert found["demand_letter"] == "planned"
    assert found["call_d45"] == "planned"
    missed = PlanStep.objects.get(plan__case=case, code="call_d33")
    assert missed.reason_text == "before the case came to this strategy"
    due_now = PlanStep.objects.filter(plan__case=case, state="planned", due_on__lte=DAY + 30 * ONE)
    assert {step.code for step in due_now} == {"sms_demand", "demand_letter"}


def test_undone_step_is_still_due_days_later(creditor):
    case = make_case(creditor, 3)
    plan_cases(creditor=creditor, on=DAY)
    age(case, 6, "M1")
    plan_cases(creditor=creditor, on=DAY + 3 * ONE)
    case = fresh(case)
    assert (case.next_step, case.next_step_on) == ("sms_d3", DAY)
    assert states(case)["call_d3"] == "planned"


def test_payment_that_moves_the_oldest_due_date_starts_the_count_anew(creditor):
    case = make_case(creditor, 10)
    plan_cases(creditor=creditor, on=DAY)
    age(case, 2, "M1", oldest_due_on=DAY - 2 * ONE)
    plan_cases(creditor=creditor, on=DAY)
    case = fresh(case)
    assert case.plan.anchor_on == DAY - 2 * ONE
    old = PlanStep.objects.filter(plan__case=case, anchor_on=DAY - 10 * ONE)
    assert set(old.values_list("state", flat=True)) == {"skipped"}
    assert case.next_step_on == DAY + ONE
    assert PlanStep.objects.filter(plan__case=case, code="sms_d3").count() == 2


def test_grade_chooses_another_strategy(creditor):
    case = make_case(creditor, 2, grade="E")
    plan_cases(creditor=creditor, on=DAY)
    assert fresh(case).plan.strategy.code == "m1_firm"
    age(case, 2, "M1", risk_grade="A")
    plan_cases(creditor=creditor, on=DAY)
    case = fresh(case)
    assert case.plan.strategy.code == "m1_light"
    assert states(case)["call_d2"] == "skipped"


def test_creditors_own_strategy_goes_before(creditor):
    own = Strategy.objects.create(code="own", name="Own", creditor=creditor, position=1)
    own.steps.create(code="only", day_offset=4, channel="phone", performer="collector")
    case, other = make_case(creditor), make_case(CreditorFactory())
    plan_cases(creditor=creditor, on=DAY)
    plan_cases(creditor=other.creditor, on=DAY)
    assert states(case) == {"only": "planned"}
    assert fresh(other).plan.strategy.code == "m1_standard"


def test_new_version_of_a_strategy_moves_what_is_to_come(creditor):
    case = make_case(creditor)
    plan_cases(creditor=creditor, on=DAY)
    strategy = fresh(case).plan.strategy
    strategy.steps.filter(code="call_d7").update(day_offset=9)
    strategy.version += 1
    strategy.save()
    plan_cases(creditor=creditor, on=DAY)
    assert PlanStep.objects.get(plan__case=case, code="call_d7").due_on == DAY + 8 * ONE
    assert fresh(case).plan.revised_because == "new_version|2"


def test_case_on_hold_is_left_alone(creditor):
    case = make_case(creditor)
    plan_cases(creditor=creditor, on=DAY)
    actor = UserFactory(is_superuser=True)
    move_case(case.pk, "put_on_hold", actor=actor, reason="ill", until=None)
    age(case, 45, "M2")
    before = snapshot()
    assert plan_cases(creditor=creditor, on=DAY + 44 * ONE) == 0
    assert snapshot() == before


def test_closed_case_has_nothing_planned(creditor):
    case = make_case(creditor)
    plan_cases(creditor=creditor, on=DAY)
    move_case(case.pk, "close_paid", actor=None, on=DAY)
    assert plan_cases(creditor=creditor, on=DAY) == 1
    assert plan_cases(creditor=creditor, on=DAY) == 0
    case = fresh(case)
    assert (case.next_step, case.next_step_on, case.priority) == ("", None, 0)
    assert set(states(case).values()) == {"skipped"}


def test_case_that_no_strategy_wants_has_no_next_step(creditor):
    case = make_case(creditor)
    plan_cases(creditor=creditor, on=DAY)
    Strategy.objects.update(is_active=False)
    plan_cases(creditor=creditor, on=DAY)
    before = snapshot()
    assert plan_cases(creditor=creditor, on=DAY) == 0
    assert snapshot() == before
    assert fresh(case).next_step == ""
    assert set(PlanStep.objects.filter(plan__case=case).values_list("reason", flat=True)) == {"no_strategy"}


def test_open_promise_is_what_comes_next(creditor):
    case = make_case(creditor, 5)
    plan_cases(creditor=creditor, on=DAY)
    Promise.objects.create(case=case, amount=Decimal("50.00"), due_on=DAY + 6 * ONE, made_on=DAY)
    revise_plan(case=fresh(case), on=DAY, because="promise")
    case = fresh(case)
    assert (case.next_step, case.next_step_on) == ("promise", DAY + 6 * ONE)
    planned = PlanStep.objects.filter(plan__case=case, state="planned")
    assert min(step.due_on for step in planned) > DAY + 6 * ONE
    assert case.plan.revised_because == "promise"


class TestFinishStep:
    def test_moves_on_and_is_written_down(self, creditor):
        case = make_case(creditor)
        plan_cases(creditor=creditor, on=DAY)
        actor = UserFactory(role="supervisor", creditors=[creditor])
        step = PlanStep.objects.get(plan__case=case, code="sms_d1")
        at = dt.datetime.combine(DAY, NOON, tzinfo=creditor.zone)
        done = finish_step(step=step, actor=actor, at=at, note="by hand")
        assert (done.state, done.done_at) == ("done", at)
        assert str(done.done_by) == str(actor)
        assert fresh(case).next_step == "sms_d3"
        assert AuditEvent.objects.get(action="finish_step").borrower_id == case.borrower_id
        finish_step(step=step, actor=actor, at=at)
        assert AuditEvent.objects.filter(action="finish_step").count() == 1

    def test_of_another_teams_case_is_refused(self, creditor):
        case = make_case(creditor, team=TeamFactory())
        plan_cases(creditor=creditor, on=DAY)
        step = PlanStep.objects.filter(plan__case=case).first()
        stranger = UserFactory(role="collector", team=TeamFactory())
        with pytest.raises(PermissionDenied):
            finish_step(step=step, actor=stranger, at=dt.datetime.combine(DAY, NOON, tzinfo=creditor.zone))
        assert PlanStep.objects.get(pk=step.pk).state == "planned"

    def test_of_a_skipped_step_is_refused(self, creditor):
        case = make_case(creditor, 10)
        plan_cases(creditor=creditor, on=DAY)
        step = PlanStep.objects.get(plan__case=case, code="sms_d1")
        with pytest.raises(ValueError, match="before the case came"):
            finish_step(step=step, actor=None, at=dt.datetime.combine(DAY, NOON, tzinfo=creditor.zone))


def queries_of(creditor, on):
    with CaptureQueriesContext(connection) as captured:
        changed = plan_cases(creditor=creditor, on=on)
    # SQLite takes new rows in parcels of a thousand values: the parcels are not counted.
    counted = [q for q in captured if 'INSERT INTO "cases_planstep"' not in q["sql"]]
    return changed, len(counted)


def test_the_number_of_queries_does_not_grow_with_the_cases(creditor):
    few, many = CreditorFactory(), creditor
    for owner, count in ((few, 5), (many, 25)):
        for _ in range(count):
            case = make_case(owner)
            move_case(case.pk, "start_reminding", actor=None)
    first = queries_of(few, DAY), queries_of(many, DAY)
    assert [changed for changed, _count in first] == [5, 25]
    assert first[0][1] == first[1][1] <= 20
    again = queries_of(few, DAY), queries_of(many, DAY)
    assert [changed for changed, _count in again] == [0, 0]
    assert again[0][1] == again[1][1] <= 14
    Case.objects.update(days_past_due=4, oldest_due_on=DAY)
    revised = queries_of(few, DAY + 4 * ONE), queries_of(many, DAY + 4 * ONE)
    assert [changed for changed, _count in revised] == [5, 25]
    # Changed rows too go in parcels on SQLite.
    assert revised[1][1] <= revised[0][1] + 5


def test_a_changed_strategy_gets_its_next_version_and_an_event(creditor):
    actor = UserFactory(role="supervisor")
    strategy = note_strategy_change(strategy=Strategy.objects.get(code="m2_standard"), actor=actor)
    assert strategy.version == 2
    event = AuditEvent.objects.get(action="change_strategy")
    assert (event.old, event.new, event.detail) == ("1", "2", {"code": "m2_standard"})
