"""Cases go to whoever has least, only inside their team, and each change of hands is on record."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from borrowers.models import AuditEvent
from cases.models import TeamMembership
from cases.services.assignment import AMOUNT, AssignmentRefused, assign_cases, assign_new_cases
from tests.factories import BorrowerFactory, CaseFactory, CreditorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def creditor():
    return CreditorFactory()


@pytest.fixture
def team(creditor):
    return TeamFactory(creditors=[creditor])


@pytest.fixture
def supervisor(creditor):
    return UserFactory(role="supervisor", creditors=[creditor])


def make_cases(creditor, count, **values):
    return [CaseFactory(borrower=BorrowerFactory(creditor=creditor), **values) for _ in range(count)]


def make_collector(team):
    return UserFactory(role="collector", team=team)


def test_the_one_with_fewest_cases_gets_the_next(creditor, team, supervisor):
    busy, idle = make_collector(team), make_collector(team)
    make_cases(creditor, 4, team=team, assigned_to=busy)
    new = make_cases(creditor, 6, team=team)
    given = assign_cases(case_ids=[c.pk for c in new], collectors=[busy, idle], actor=supervisor, reason="holiday")
    assert given == {busy.pk: 1, idle.pk: 5}
    events = AuditEvent.objects.filter(action="assign_case")
    assert events.count() == 6
    assert {(e.actor, e.reason, e.field) for e in events} == {(supervisor, "holiday", "assigned_to")}


def test_cases_shared_anew_do_not_weigh_on_their_old_holder(creditor, team, supervisor):
    one, two = make_collector(team), make_collector(team)
    cases = make_cases(creditor, 4, team=team, assigned_to=one)
    given = assign_cases(case_ids=[c.pk for c in cases], collectors=[one, two], actor=supervisor)
    assert given == {one.pk: 2, two.pk: 2}
    assert AuditEvent.objects.filter(action="assign_case").count() == 2  # the two that stayed did not change hands


def test_amounts_are_levelled_when_asked(creditor, team, supervisor):
    one, two = make_collector(team), make_collector(team)
    cases = [
        make_cases(creditor, 1, team=team, overdue_amount=Decimal(amount), outstanding_amount=Decimal(1000))[0]
        for amount in (100, 300, 100, 100)
    ]
    assign_cases(case_ids=[c.pk for c in cases], collectors=[one, two], actor=supervisor, balance=AMOUNT)
    assert sorted(sum(c.overdue_amount for c in person.cases.all()) for person in (one, two)) == [300, 300]


def test_people_of_other_teams_are_refused_and_nothing_changes(creditor, team, supervisor):
    stranger = make_collector(TeamFactory(creditors=[creditor]))
    cases = make_cases(creditor, 2, team=team)
    with pytest.raises(AssignmentRefused):
        assign_cases(case_ids=[c.pk for c in cases], collectors=[stranger], actor=supervisor)
    assert not stranger.cases.exists()


def test_those_who_only_watch_get_nothing(creditor, team, supervisor):
    watcher = make_collector(team)
    TeamMembership.objects.update(takes_cases=False)
    with pytest.raises(AssignmentRefused):
        assign_cases(case_ids=[make_cases(creditor, 1, team=team)[0].pk], collectors=[watcher], actor=supervisor)


def test_a_supervisor_of_another_creditor_moves_nothing(creditor, team):
    person = make_collector(team)
    other = UserFactory(role="supervisor", creditors=[CreditorFactory()])
    case = make_cases(creditor, 1, team=team)[0]
    with pytest.raises(AssignmentRefused):
        assign_cases(case_ids=[case.pk], collectors=[person], actor=other)
    with pytest.raises(PermissionDenied):
        assign_cases(case_ids=[case.pk], collectors=[person], actor=person)


def test_new_cases_find_their_people_once(creditor, team):
    one, two = make_collector(team), make_collector(team)
    make_cases(creditor, 5)  # without a team: the creditor has exactly one
    assert assign_new_cases(creditor=creditor) == 5
    assert sorted(person.cases.filter(team=team).count() for person in (one, two)) == [2, 3]
    assert assign_new_cases(creditor=creditor) == 0
    assert AuditEvent.objects.filter(action="assign_case", actor=None).count() == 5


def test_new_cases_wait_when_the_creditor_has_two_teams(creditor, team):
    make_collector(team)
    TeamFactory(creditors=[creditor])
    make_cases(creditor, 2)
    assert assign_new_cases(creditor=creditor) == 0


def test_the_number_of_statements_does_not_grow_with_the_cases(creditor, team, django_assert_max_num_queries):
    make_collector(team)
    make_cases(creditor, 30)
    with django_assert_max_num_queries(14):
        assign_new_cases(creditor=creditor)
