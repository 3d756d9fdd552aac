"""Matters opened singly and by the thousand: by the desk, by a supervisor, by a strategy."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from borrowers.models import AuditEvent, Creditor, User
from borrowers.services.transitions import MoveRefused
from cases.models import Case, ContactCondition, Objection, Plan, PlanStep, Promise, Strategy
from cases.services.hand_over import hand_over_due
from cases.services.plans import plan_cases
from cases.stages import move_case
from legal.day import run_legal_day
from legal.models import Matter
from legal.services.moves import make_move
from legal.services.opening import open_matters, open_waiting, send_and_open
from legal.stages import move_matter
from tests.factories import BorrowerFactory, CaseFactory, CreditorFactory, UserFactory
from tests.legal.conftest import make_legal_case, today
from tests.legal.matters.conftest import agree
from tests.legal.matters.life import put_in


def make_cases(creditor: Creditor, count: int, stage: str = "reminding") -> list[int]:
    """Many cases without loans, as the day's run leaves them."""
    borrowers = BorrowerFactory.create_batch(count, creditor=creditor)
    cases = Case.objects.bulk_create(
        Case(
            creditor=creditor,
            borrower=borrower,
            team=creditor.teams.first(),
            case_no=f"MANY-{borrower.pk}",
            opened_on=today(),
            currency="CNY",
            stage=stage,
            sent_to_legal_on=today() if stage == "legal" else None,
            overdue_amount=2000,
            outstanding_amount=3000,
        )
        for borrower in borrowers
    )
    return [case.pk for case in cases]


def statements(work: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len([query for query in captured if "SAVEPOINT" not in query["sql"]])


# --- Many at once ------------------------------------------------------------------------------------------


def test_many_are_opened_and_those_that_cannot_are_passed_over(
    creditor: Any, supervisor: User, legal: User, matter: Matter
) -> None:
    ids = make_cases(creditor, 3, "legal")
    foreign = make_cases(CreditorFactory.create(), 1, "legal")
    reminded = make_cases(creditor, 1)
    opened = open_matters(case_ids=[*ids, ids[0], matter.case_id, *foreign, *reminded], actor=legal, on=today())
    assert [row.case_id for row in opened] == ids
    events = AuditEvent.objects.filter(action="open_matter", subject_id__in=[row.pk for row in opened])
    assert {(event.actor, event.borrower_id, event.new) for event in events} == {
        (legal, row.case.borrower_id, row.case.case_no) for row in opened
    }
    assert open_matters(case_ids=ids, actor=legal, on=today()) == []
    with pytest.raises(PermissionDenied):
        open_matters(case_ids=ids, actor=supervisor, on=today())


@pytest.mark.parametrize("count", [3, 12])
def test_opening_takes_a_fixed_number_of_statements(creditor: Any, legal: User, count: int) -> None:
    ids = make_cases(creditor, count, "legal")
    legal.has_perm("legal.work_matter")
    assert statements(lambda: open_matters(case_ids=ids, actor=legal, on=today())) == 4


@pytest.mark.postgres
@pytest.mark.parametrize("count", [50, 500])
def test_five_hundred_take_as_many_statements_as_fifty(creditor: Any, supervisor: User, count: int) -> None:
    """On PostgreSQL: SQLite takes fewer values in one statement, so that its batches grow in number."""
    ids = make_cases(creditor, count)
    supervisor.has_perm("cases.send_case_to_legal")
    assert statements(lambda: send_and_open(case_ids=ids, actor=supervisor, reason="no answer")) == 9
    assert Matter.objects.count() == count


def test_a_supervisor_sends_and_opens_at_once(creditor: Any, supervisor: User, legal: User) -> None:
    ids = make_cases(creditor, 2)
    held = make_cases(creditor, 1, "on_hold")
    with pytest.raises(MoveRefused):
        send_and_open(case_ids=ids, actor=supervisor, reason=" ")
    with pytest.raises(PermissionDenied):
        send_and_open(case_ids=ids, actor=legal, reason="x")
    foreign = make_cases(CreditorFactory.create(), 1)
    opened = send_and_open(case_ids=[*ids, *held, *foreign], actor=supervisor, reason="three demands")
    assert [matter.case_id for matter in opened] == ids
    assert {matter.opened_by for matter in opened} == {supervisor}
    assert set(Case.objects.filter(pk__in=ids).values_list("stage", "sent_to_legal_on")) == {("legal", today())}
    assert Case.objects.get(pk=held[0]).stage == "on_hold"
    event = AuditEvent.objects.filter(action="send_to_legal").first()
    assert event is not None
    assert (event.actor, event.reason) == (supervisor, "three demands")


# --- By the day's run --------------------------------------------------------------------------------------


def test_what_a_supervisor_sent_over_becomes_a_matter_in_the_night(case: Case, supervisor: User) -> None:
    creditor = case.creditor
    assert [m.case_id for m in open_waiting(creditor=creditor, on=today())] == [case.pk]
    opened = Matter.objects.get()
    assert opened.opened_by is None
    assert AuditEvent.objects.get(action="open_matter").actor is None
    assert open_waiting(creditor=creditor, on=today()) == []


def test_a_matter_that_ended_is_not_opened_again_by_itself(matter: Matter, legal: User, supervisor: User) -> None:
    creditor, case_id = matter.case.creditor, matter.case_id
    put_in(matter, "effective")
    make_move(matter=matter, name="conclude", actor=legal, ended_on=today())
    Matter.objects.update(opened_on=today())
    assert open_waiting(creditor=creditor, on=today()) == []
    # Taken back, and sent over once more on a later day.
    move_case(case_id, "take_back_from_legal", actor=supervisor, reason="x")
    later = today() + dt.timedelta(days=3)
    move_case(case_id, "send_to_legal", actor=supervisor, reason="y", on=later)
    assert len(open_waiting(creditor=creditor, on=later)) == 1


@pytest.mark.parametrize(
    ("state", "move", "end"),
    [
        ("review", "close_paid", "settled"),
        ("enforcement", "close_settled", "settled"),
        ("served", "close_recalled", "recalled"),
        ("filing", "close_written_off", "withdrawn"),
        ("judged", "close_written_off", "concluded"),
        ("terminated", "close_written_off", "concluded"),
    ],
)
def test_a_matter_ends_with_its_case_and_by_its_reason(
    matter: Matter, supervisor: User, state: str, move: str, end: str
) -> None:
    put_in(matter, state)
    actor = None if move in ("close_paid", "close_settled") else supervisor  # what the ledger alone decides
    move_case(matter.case_id, move, actor=actor, reason="x", on=today())
    assert run_legal_day(matter.case.creditor, today(), timezone.now()) == 1
    ended = Matter.objects.get()
    assert (ended.state, ended.ended_on) == (end, today())
    assert run_legal_day(matter.case.creditor, today(), timezone.now()) == 0


def test_many_end_in_a_fixed_number_of_statements(creditor: Any, legal: User) -> None:
    def end(count: int) -> int:
        ids = make_cases(creditor, count, "legal")
        open_matters(case_ids=ids, actor=legal, on=today())
        for pk in ids:
            move_case(pk, "close_paid", actor=None, on=today())
        return statements(lambda: run_legal_day(creditor, today(), timezone.now()))

    assert end(2) == end(9)


# --- By the strategy -----------------------------------------------------------------------------------------


@pytest.fixture
def late(creditor: Any) -> Case:
    """A case whose strategy hands it over today."""
    strategy = Strategy.objects.create(code="test", name="Test", position=1, condition='stage != "legal"')
    strategy.steps.create(code="hand_over", day_offset=100, channel="legal", performer="system")
    due = today() - dt.timedelta(days=100)
    made: Case = CaseFactory.create(
        borrower__creditor=creditor, team=creditor.teams.first(), days_past_due=100, bucket="M4", oldest_due_on=due
    )
    move_case(made.pk, "start_reminding", actor=None)
    plan_cases(creditor=creditor, on=today() - dt.timedelta(days=1), case_ids=[made.pk])
    return Case.objects.select_related("creditor", "borrower").get(pk=made.pk)


def run(case: Case, on: dt.date | None = None) -> int:
    return run_legal_day(case.creditor, on or today(), timezone.now())


def test_a_strategy_sends_the_case_and_opens_its_matter(late: Case) -> None:
    assert PlanStep.objects.get().due_on == today()
    assert run(late, today() - dt.timedelta(days=1)) == 0
    assert run(late) == 2
    sent = Case.objects.get(pk=late.pk)
    assert (sent.stage, sent.sent_to_legal_on, sent.next_step) == ("legal", today(), "")
    step = PlanStep.objects.get()
    assert (step.state, step.done_by) == ("done", None)
    assert step.done_at is not None
    event = AuditEvent.objects.get(action="send_to_legal")
    assert (event.actor, event.reason) == (None, "by_strategy|hand_over")
    assert AuditEvent.objects.get(action="finish_step").detail["code"] == "hand_over"
    assert Matter.objects.get().state == "review"
    assert run(late) == 0
    assert Plan.objects.count() == 1


def _promise(case: Case, by: User) -> None:
    Promise.objects.create(
        case=case, amount=100, due_on=today(), made_on=today(), means="transfer", actor=by, tolerance=0
    )


def _object(case: Case, by: User) -> None:
    Objection.objects.create(
        case=case,
        number="OB-1",
        family="dispute",
        topic="amount",
        channel="phone",
        received_on=today(),
        clock="house",
        due_on=today(),
    )


def _flag(case: Case, by: User) -> None:
    ContactCondition.objects.create(
        borrower=case.borrower,
        person_key=case.borrower.person_key,
        kind="flag",
        code="breathing_space",
        source="call",
        since=timezone.now() - dt.timedelta(days=1),
    )


def _hold(case: Case, by: User) -> None:
    move_case(case.pk, "put_on_hold", actor=by, reason="ill", until=None)


def _agree(case: Case, by: User) -> None:
    agree(case, by, state="proposed")


def _pay(case: Case, by: User) -> None:
    Case.objects.filter(pk=case.pk).update(overdue_amount=0)


@pytest.mark.parametrize("what", [_promise, _object, _flag, _hold, _agree, _pay])
def test_it_waits_while_something_stands_in_the_way(late: Case, supervisor: User, what: Any) -> None:
    what(late, supervisor)
    assert hand_over_due(creditor=late.creditor, on=today(), now=timezone.now()) == []
    assert PlanStep.objects.get().state == "planned"
    assert not Matter.objects.exists()


def test_a_flag_of_the_same_person_elsewhere_stands_in_the_way_too(late: Case) -> None:
    other = BorrowerFactory.create(creditor=CreditorFactory.create(), person_key=late.borrower.person_key)
    since = timezone.now() - dt.timedelta(days=1)
    common = {"borrower": other, "person_key": other.person_key, "kind": "flag", "source": "call", "since": since}
    # A dispute is about one file, bankruptcy about the person.
    ContactCondition.objects.create(code="dispute_open", **common)
    condition = ContactCondition.objects.create(code="bankrupt", **common)
    assert hand_over_due(creditor=late.creditor, on=today(), now=timezone.now()) == []
    condition.ended_at = timezone.now()
    condition.save()
    assert hand_over_due(creditor=late.creditor, on=today(), now=timezone.now()) == [late.pk]


def test_a_step_for_a_supervisor_is_left_to_the_supervisor(late: Case) -> None:
    PlanStep.objects.update(performer="supervisor")
    assert run(late) == 0


def test_the_run_of_a_day_ahead_hands_nothing_over(late: Case) -> None:
    assert hand_over_due(creditor=late.creditor, on=today() + dt.timedelta(days=1), now=timezone.now()) == []


@pytest.mark.parametrize("count", [2, 8])
def test_handing_over_takes_a_fixed_number_of_statements(
    late: Case, creditor: Any, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        case = CaseFactory.create(
            borrower__creditor=creditor, days_past_due=100, bucket="M4", oldest_due_on=late.oldest_due_on
        )
        move_case(case.pk, "start_reminding", actor=None)
    plan_cases(creditor=creditor, on=today() - dt.timedelta(days=1))
    with django_assert_max_num_queries(28):
        assert len(hand_over_due(creditor=creditor, on=today(), now=timezone.now())) == count + 1


def test_what_the_project_ships_reaches_legal(creditor: Any) -> None:
    """The default strategies hand a case over after the review by a supervisor."""
    from cases.services.defaults import load_defaults

    load_defaults()
    strategy = Strategy.objects.get(code="m4_standard")
    days = dict(strategy.steps.values_list("channel", "day_offset"))
    assert days["legal"] > strategy.steps.filter(channel="legal_review").earliest("day_offset").day_offset


def test_a_matter_of_a_recalled_case_is_not_opened(creditor: Any, supervisor: User) -> None:
    case = make_legal_case(creditor, supervisor)
    move_case(case.pk, "close_recalled", actor=supervisor, reason="x", on=today())
    assert open_waiting(creditor=creditor, on=today()) == []


def test_the_door_alone_recalls_for_the_system_only_what_is_marked(matter: Matter) -> None:
    with pytest.raises(PermissionDenied):
        move_matter(matter.pk, "start_mediation", actor=None, mediation_on=today(), mediator="x")
    assert UserFactory.create(role="legal").has_perm("legal.work_matter")
