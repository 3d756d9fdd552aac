"""Holds by kind: how long, what they bring with them, and the day's release."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from borrowers.models import AuditEvent, LoanPause
from borrowers.services.account import statement_of
from cases.day import run_day
from cases.models import Case, ContactCondition
from cases.services.holds import HoldRefused, hold_case, release_due_holds
from cases.stages import move_case
from tests.borrowers.ledger_checks import check_books
from tests.cases.arrangements.steps import loan_of
from tests.cases.objections.conftest import TEN
from tests.factories import DAY, BorrowerFactory, CaseFactory, UserFactory

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)


@pytest.fixture
def hold(case, people):
    def make(kind, until=None, on=DAY, **values):
        row = Case.objects.select_related("creditor", "borrower").get(pk=case.pk)
        return hold_case(
            case=row, actor=people["supervisor"], kind=kind, reason="told us", until=until, on=on, **values
        )

    return make


@pytest.fixture
def british(case):
    case.creditor.pack = "uk"
    case.creditor.save()


def standing(case):
    return [row.code for row in ContactCondition.objects.standing(TEN).filter(borrower=case.borrower, kind="flag")]


def test_a_hold_needs_its_end_within_its_days(case, hold):
    with pytest.raises(HoldRefused, match="needs its end"):
        hold("illness")
    with pytest.raises(HoldRefused, match="90 days at most"):
        hold("illness", DAY + 91 * ONE)
    held = hold("illness", DAY + 90 * ONE)
    assert (held.stage, held.hold_kind, held.hold_until) == ("on_hold", "illness", DAY + 90 * ONE)


def test_only_who_may_holds(case, people):
    with pytest.raises(PermissionDenied):
        hold_case(case=case, actor=people["collector"], kind="illness", reason="x", until=DAY + ONE, on=DAY)


def test_the_day_releases_what_is_over_once_and_no_sooner(case, hold):
    hold("hardship", DAY + 3 * ONE)
    assert release_due_holds(creditor=case.creditor, on=DAY + 2 * ONE) == 0
    summary = run_day(on=DAY + 3 * ONE, now=TEN + 3 * ONE, creditors=[case.creditor])
    assert summary.by_phase()["holds"][0] == 1
    free = Case.objects.get(pk=case.pk)
    assert free.stage != "on_hold"
    assert (free.hold_kind, free.hold_reason, free.hold_until) == ("", "", None)
    assert run_day(on=DAY + 3 * ONE, now=TEN + 3 * ONE, creditors=[case.creditor]).by_phase()["holds"][0] == 0
    assert AuditEvent.objects.get(action="release").actor is None


def test_without_an_end_it_lasts_until_somebody_releases_it(case, people, hold):
    hold("death")
    assert release_due_holds(creditor=case.creditor, on=DAY + 1000 * ONE) == 0
    move_case(case.pk, "release", actor=people["supervisor"])
    assert Case.objects.get(pk=case.pk).stage == "preparing"


@pytest.mark.parametrize(("kind", "flag"), [("death", "deceased"), ("bankruptcy", "bankrupt")])
def test_death_and_bankruptcy_are_recorded_of_the_person_and_stay(case, people, hold, kind, flag):
    hold(kind)
    assert standing(case) == [flag]
    move_case(case.pk, "release", actor=people["supervisor"])
    assert standing(case) == [flag]


def test_breathing_space_stops_interest_and_contact_everywhere_until_it_is_over(british, case, hold, clock):
    other = CaseFactory(borrower=BorrowerFactory(person_key=case.borrower.person_key))
    until = DAY + 60 * ONE
    before = statement_of(loan=loan_of(case), on=DAY).owed
    hold("breathing_space", until)
    [flag] = ContactCondition.objects.filter(kind="flag")
    assert (flag.code, flag.until.astimezone(case.creditor.zone).date()) == ("breathing_space", until)
    assert flag.person_key == other.borrower.person_key
    assert statement_of(loan=loan_of(case), on=until).owed == before
    assert statement_of(loan=loan_of(case), on=until + ONE).owed > before
    # Released two days late, the interest has run since its last day all the same.
    clock.move_to(TEN + 62 * ONE)
    assert release_due_holds(creditor=case.creditor, on=until + 2 * ONE) == 1
    assert LoanPause.objects.get().end == until
    check_books(loan_of(case))


def test_released_early_interest_runs_and_the_flag_ends(british, case, people, hold, clock):
    hold("breathing_space", DAY + 60 * ONE)
    clock.move_to(TEN + 5 * ONE)
    move_case(case.pk, "release", actor=people["supervisor"], reason="ended by the adviser")
    assert LoanPause.objects.get().end == DAY + 5 * ONE
    assert ContactCondition.objects.get().ended_at is not None


def test_a_crisis_lasts_as_long_as_the_treatment_and_thirty_days(british, case, people, hold, clock):
    hold("mental_health_crisis")
    assert LoanPause.objects.get().end is None
    clock.move_to(TEN + 10 * ONE)
    held = hold("mental_health_crisis", on=DAY + 10 * ONE, event_on=DAY + 9 * ONE)
    assert held.hold_until == DAY + 40 * ONE
    spans = sorted(LoanPause.objects.values_list("start", "end"))
    assert spans == [(DAY, DAY + 10 * ONE), (DAY + 10 * ONE, DAY + 40 * ONE)]
    assert [row.until is None for row in ContactCondition.objects.order_by("pk")] == [True, False]
    assert standing(case) == ["mental_health_crisis"]
    assert AuditEvent.objects.filter(action="change_hold", actor=people["supervisor"]).count() == 1


def test_interest_does_not_stand_still_for_a_closed_case(british, case, people, hold, clock):
    hold("mental_health_crisis")
    clock.move_to(TEN + 10 * ONE)
    move_case(case.pk, "close_recalled", actor=people["supervisor"], reason="asked for", on=DAY + 10 * ONE)
    assert LoanPause.objects.get().end == DAY + 10 * ONE


def test_other_kinds_let_interest_run(case, hold):
    hold("illness", DAY + 30 * ONE)
    assert not LoanPause.objects.exists()
    assert standing(case) == []


def test_the_freeze_of_a_claim_is_not_made_by_hand(case, people):
    with pytest.raises(HoldRefused):
        hold_case(case=case, actor=UserFactory(is_superuser=True), kind="nothing", reason="x", until=DAY + ONE, on=DAY)
