"""Moving many cases at once keeps every rule of moving one."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from borrowers.models import AuditEvent
from cases.models import Case
from cases.stages import MoveRefused, move_case, move_cases
from tests.factories import DAY, CaseFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_moves_those_that_may_and_writes_an_event_each():
    cases = [CaseFactory() for _ in range(3)]
    move_case(cases[0].pk, "close_paid", actor=None, on=DAY)
    moved = move_cases([case.pk for case in cases], "start_reminding", actor=None)
    assert [case.pk for case in moved] == [cases[1].pk, cases[2].pk]
    assert sorted(Case.objects.values_list("stage", flat=True)) == ["closed", "reminding", "reminding"]
    events = AuditEvent.objects.filter(action="start_reminding").order_by("subject_id")
    assert [(event.subject_id, event.old, event.new) for event in events] == [
        (case.pk, "preparing", "reminding") for case in cases[1:]
    ]


def test_saves_the_columns_of_the_move_and_no_others():
    case = CaseFactory()
    Case.objects.filter(pk=case.pk).update(priority=7)
    (moved,) = move_cases([case.pk], "close_paid", actor=None, on=DAY)
    stored = Case.objects.get(pk=case.pk)
    assert (stored.stage, stored.closed_on, stored.close_reason, stored.priority) == ("closed", DAY, "paid", 7)
    assert moved.stage == "closed"


def test_permission_and_reason_are_asked_for_and_nothing_moves_without():
    case = CaseFactory()
    with pytest.raises(PermissionDenied):
        move_cases([case.pk], "close_written_off", actor=None, reason="x", on=DAY)
    with pytest.raises(MoveRefused):
        move_cases([case.pk], "close_written_off", actor=UserFactory(is_superuser=True), on=DAY)
    assert Case.objects.get(pk=case.pk).stage == "preparing"
    assert not AuditEvent.objects.exists()


def test_reason_of_a_hold_is_kept_on_the_case():
    case = CaseFactory()
    move_cases([case.pk], "put_on_hold", actor=UserFactory(is_superuser=True), reason=" ill ", until=DAY)
    stored = Case.objects.get(pk=case.pk)
    assert (stored.stage, stored.hold_reason, stored.hold_until) == ("on_hold", "ill", DAY)


@pytest.mark.parametrize("count", [2, 20])
def test_a_fixed_number_of_statements(count):
    numbers = [CaseFactory().pk for _ in range(count)]
    with CaptureQueriesContext(connection) as captured:
        move_cases(numbers, "start_reminding", actor=None)
    assert len([q for q in captured if "SAVEPOINT" not in q["sql"]]) == 3
