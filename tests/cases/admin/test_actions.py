"""Bulk actions on cases go through the services; a forged form gets nowhere."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from borrowers.models import AuditEvent
from cases.models import Case, ScorecardVersion, Strategy
from cases.services.defaults import load_defaults
from tests.factories import BorrowerFactory, CaseFactory, CreditorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
CASES = "admin:cases_case_changelist"


@pytest.fixture
def creditor():
    return CreditorFactory()


@pytest.fixture
def team(creditor):
    return TeamFactory(creditors=[creditor])


@pytest.fixture
def cases(creditor, team):
    return [CaseFactory(borrower=BorrowerFactory(creditor=creditor), team=team) for _ in range(4)]


@pytest.fixture
def supervisor(client, creditor):
    user = UserFactory(role="supervisor", creditors=[creditor])
    client.force_login(user)
    return user


def act(client, cases, action, **fields):
    data = {"action": action, "_selected_action": [case.pk for case in cases], "apply": "1", **fields}
    return client.post(reverse(CASES), data)


def stages():
    return set(Case.objects.values_list("stage", flat=True))


def test_cases_are_assigned_by_load(client, supervisor, cases, team):
    one, two = (UserFactory(role="collector", team=team) for _ in range(2))
    page = client.post(reverse(CASES), {"action": "assign", "_selected_action": [case.pk for case in cases]})
    assert page.status_code == 200
    assert one.username in page.content.decode()
    assert act(client, cases, "assign", collectors=[one.pk, two.pk], balance="count", reason="new").status_code == 302
    assert one.cases.count() == two.cases.count() == 2


def test_people_of_other_teams_are_no_choice(client, supervisor, cases, team):
    stranger = UserFactory(role="collector", team=TeamFactory())
    response = act(client, cases, "assign", collectors=[stranger.pk], balance="count", reason="x")
    assert response.context["form"].errors
    assert not stranger.cases.exists()


def test_a_move_tells_which_cases_were_refused_and_why(client, supervisor, cases):
    response = act(client, cases, "move", move="take_back_from_legal", reason="x")
    assert response.context["refused"] == 4
    response = act(client, cases, "move", move="start_reminding", reason="file complete")
    assert response.context["moved"] == 4
    assert stages() == {"reminding"}
    assert AuditEvent.objects.filter(action="start_reminding", reason="file complete", actor=supervisor).count() == 4


def test_hold_with_its_end_and_release(client, supervisor, cases):
    until = timezone.localdate() + dt.timedelta(days=60)
    response = act(client, cases, "hold", kind="other", until=until, reason="flood")
    assert (response.context["moved"], response.context["refused"]) == (0, 4)  # too long for no named reason
    act(client, cases, "hold", kind="disaster", until=until, reason="flood")
    case = Case.objects.first()
    assert (case.stage, case.hold_kind, case.hold_until, case.hold_reason) == ("on_hold", "disaster", until, "flood")
    act(client, cases, "release", reason="dry again")
    assert stages() == {"preparing"}


@pytest.mark.parametrize("move", ["close_paid", "put_on_hold", "save", "delete", ""])
def test_a_forged_move_does_not_run(client, supervisor, cases, move):
    response = act(client, cases, "move", move=move, reason="x")
    assert response.context["form"].errors
    assert stages() == {"preparing"}


@pytest.mark.parametrize("action", ["close_paid", "start_reminding", "delete_selected", "fsm_transition"])
def test_a_forged_action_or_stage_does_nothing(client, supervisor, cases, action):
    act(client, cases, action, stage="closed", reason="x", post="yes", _fsmtransition="stage-close_paid")
    one = reverse("admin:cases_case_change", args=[cases[0].pk])
    assert client.post(one, {"stage": "closed", "_fsmtransition": "stage-close_paid"}).status_code == 403
    assert stages() == {"preparing"}
    assert Case.objects.count() == 4


def test_who_may_not_assign_is_not_served(client, creditor, cases, team):
    collector = UserFactory(role="collector", team=team, is_staff=True)
    client.force_login(collector)
    act(client, cases, "assign", collectors=[collector.pk], balance="count", reason="x")
    assert not collector.cases.exists()


def test_cases_of_another_creditor_are_out_of_reach(client, cases):
    client.force_login(UserFactory(role="supervisor", creditors=[CreditorFactory()]))
    act(client, cases, "move", move="start_reminding", reason="x")
    assert stages() == {"preparing"}


def strategy_form(strategy, **changes):
    data = {
        "name": strategy.name, "code": strategy.code, "condition": strategy.condition, "position": strategy.position,
        "is_active": "on", "steps-TOTAL_FORMS": 0, "steps-INITIAL_FORMS": 0,
    }  # fmt: skip
    return {**data, **changes}


def test_a_changed_strategy_is_a_new_version_and_a_bad_condition_none(client, supervisor):
    strategy = Strategy.objects.create(name="Mine", code="mine")
    page = reverse("admin:cases_strategy_change", args=[strategy.pk])
    assert client.post(page, strategy_form(strategy, condition="moon > 3")).status_code == 200
    assert client.post(page, strategy_form(strategy, condition="days_past_due > 3")).status_code == 302
    strategy.refresh_from_db()
    assert (strategy.condition, strategy.version) == ("days_past_due > 3", 2)
    client.post(page, strategy_form(strategy, condition="days_past_due > 3"))
    strategy.refresh_from_db()
    assert strategy.version == 2
    assert AuditEvent.objects.filter(subject_type="strategy", subject_id=strategy.pk, action="changed").exists()


def test_one_scorecard_scores_and_is_not_changed(client, supervisor):
    load_defaults()
    other = ScorecardVersion.objects.get(is_active=False)
    page = reverse("admin:cases_scorecardversion_changelist")
    client.post(page, {"action": "activate", "_selected_action": [other.pk]})
    assert list(ScorecardVersion.objects.filter(is_active=True)) == [other]
    assert AuditEvent.objects.filter(action="activate_scorecard", new=other.version, actor=supervisor).exists()
    change = reverse("admin:cases_scorecardversion_change", args=[other.pk])
    assert client.post(change, {"name": "x"}).status_code == 403
