"""The gate's service: the right facts from the database, decisions kept, overrides only where the law allows."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from borrowers.models.payment import AppendOnlyError
from cases.models import ContactRecord, GateDecision
from cases.services.contact_gate import OverrideRefused, decision_words, judge, judge_contact_points
from cases.stages import move_case
from tests.factories import BorrowerFactory, CaseFactory, ContactPointFactory, CreditorFactory, UserFactory

pytestmark = pytest.mark.django_db
CST = dt.timezone(dt.timedelta(hours=8))
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=CST)
PHONE = "+861540000001"


def _case(**borrower):
    case = CaseFactory(borrower=BorrowerFactory(**borrower))
    point = ContactPointFactory(borrower=case.borrower, value=PHONE)
    return case, point


def _contact(case, at, gate_outcome="conversation", to=PHONE, party="debtor", direction="out", channel="phone"):
    return ContactRecord.objects.create(
        borrower=case.borrower,
        person_key=case.borrower.person_key,
        case=case,
        loans=[loan.account_no for loan in case.loans.all()],
        at=at,
        channel=channel,
        direction=direction,
        to=to,
        party=party,
        outcome="promise",
        gate_outcome=gate_outcome,
    )


def _judge(case, point, at=NOON, **more):
    values = {"channel": "phone", "party": point.owner if point else "debtor", "moment": "dial", **more}
    return judge(borrower=case.borrower, case=case, contact_point=point, at=at, **values)


def test_a_call_by_day_is_allowed_and_the_decision_kept():
    case, point = _case()
    decision = _judge(case, point)
    assert decision.allowed
    kept = GateDecision.objects.get()
    assert (kept.pack, kept.rule, kept.at) == ("cn", "", NOON)
    assert kept.pack_version
    with pytest.raises(AppendOnlyError):
        kept.save()


def test_night_is_judged_in_the_zone_of_the_borrower_and_else_of_the_creditor():
    here, point = _case()
    at_night = NOON.replace(hour=22)
    refused = _judge(here, point, at_night)
    assert (refused.allowed, refused.rule) == (False, "night_window")
    assert refused.next_allowed_at == dt.datetime(2026, 3, 3, 0, 0, tzinfo=dt.UTC)
    assert not refused.overridable
    elsewhere = CaseFactory(borrower=BorrowerFactory(time_zone="Europe/Paris"))
    there = ContactPointFactory(borrower=elsewhere.borrower, value="+861540000002")
    assert _judge(elsewhere, there, at_night).allowed  # 15:00 in Paris


def test_a_number_that_proved_right_long_ago_is_not_taken_for_wrong():
    case, point = _case()
    _contact(case, NOON - dt.timedelta(days=200), "wrong_number")
    assert "wrong_number" in {warning["rule"] for warning in _judge(case, point).warnings}
    _contact(case, NOON - dt.timedelta(days=100), "conversation")
    assert "wrong_number" not in {warning["rule"] for warning in _judge(case, point).warnings}


def test_the_zone_that_another_creditor_knows_of_the_person_counts():
    case, point = _case(person_key="same")
    BorrowerFactory(person_key="same", time_zone="America/New_York")
    assert _judge(case, point, NOON).rule == "night_window"  # 23:00 in New York


def test_three_answered_calls_a_day_over_two_creditors():
    mine, point = _case(person_key="same")
    theirs, _other = _case(person_key="same")
    stranger, _third = _case(person_key="other")
    for case, hour in ((mine, 9), (theirs, 10), (stranger, 10)):
        _contact(case, NOON.replace(hour=hour))
    assert _judge(mine, point).allowed
    _contact(theirs, NOON.replace(hour=11))
    refused = _judge(mine, point)
    assert (refused.allowed, refused.rule) == (False, "connected_calls")
    assert _judge(stranger, stranger.borrower.contact_points.get()).allowed
    assert _judge(mine, point, NOON + dt.timedelta(days=1)).allowed


def test_six_unanswered_attempts_a_day_on_one_number_and_a_supervisor_may_override():
    case, point = _case()
    for minute in range(6):
        _contact(case, NOON.replace(hour=9, minute=minute), "no_answer")
    refused = _judge(case, point)
    assert (refused.allowed, refused.rule, refused.overridable) == (False, "attempts", True)

    supervisor = UserFactory(role="supervisor", creditors=[case.creditor])
    with pytest.raises(OverrideRefused):
        _judge(case, point, override_by=supervisor, override_reason=" ")
    with pytest.raises(PermissionDenied):
        _judge(case, point, override_by=UserFactory(role="collector"), override_reason="because")
    elsewhere = UserFactory(role="supervisor", creditors=[CreditorFactory()])
    with pytest.raises(PermissionDenied):
        _judge(case, point, override_by=elsewhere, override_reason="because")
    count = GateDecision.objects.count()
    overridden = _judge(case, point, override_by=supervisor, override_reason="asked for it by letter")
    assert (overridden.allowed, overridden.rule, overridden.override_by) == (True, "attempts", supervisor)
    assert GateDecision.objects.count() == count + 1


def test_what_no_supervisor_may_override():
    case, point = _case()
    supervisor = UserFactory(role="supervisor", creditors=[case.creditor])
    with pytest.raises(OverrideRefused):
        _judge(case, point, NOON.replace(hour=23), override_by=supervisor, override_reason="because")


def test_contact_persons_only_when_the_debtor_cannot_be_reached():
    case, _point = _case()
    friend = ContactPointFactory(borrower=case.borrower, value="+861540000009", owner="contact_person")
    assert _judge(case, friend).rule == "contact_person"
    for day in (1, 40, 80):  # older than the pack's memory, and still counted
        _contact(case, NOON - dt.timedelta(days=day), "no_answer")
    assert _judge(case, friend).allowed
    _contact(case, NOON - dt.timedelta(days=60), "refused", to=friend.value, party="contact_person")
    assert _judge(case, friend).rule == "contact_person_refused"


def test_contact_persons_when_every_number_is_out_of_use():
    case, point = _case()
    friend = ContactPointFactory(borrower=case.borrower, value="+861540000009", owner="contact_person")
    point.is_valid = False
    point.save()
    assert _judge(case, friend).allowed


def test_a_hold_refuses_until_its_end_and_a_minor_always():
    case, point = _case()
    supervisor = UserFactory(role="supervisor", creditors=[case.creditor])
    case = move_case(case.pk, "put_on_hold", actor=supervisor, reason="illness", until=dt.date(2026, 3, 10))
    refused = _judge(case, point)
    assert refused.rule == "hold"
    # The day begins at midnight; the night rule then lets calls begin at eight.
    assert refused.next_allowed_at == dt.datetime(2026, 3, 10, 8, 0, tzinfo=CST)
    young, number = _case(birth_date=dt.date(2010, 3, 2))
    assert _judge(young, number).rule == "minor"


def test_the_house_refuses_dead_numbers_closed_cases_and_unusable_rules():
    case, point = _case()
    point.is_valid, point.invalid_reason = False, "wrong_number"
    point.save()
    refused = _judge(case, point)
    assert refused.rule == "house.contact_point_invalid"
    assert "wrong number" in decision_words(refused)
    point.is_valid = True
    point.save()
    case.creditor.pack = "nowhere"
    case.borrower.creditor.pack = "nowhere"
    assert _judge(case, point).rule == "house.pack_unusable"


def test_consent_refused_closes_the_number():
    case, point = _case()
    point.consent = "no"
    point.save()
    assert _judge(case, point).rule == "opt_out"


def test_the_reason_is_said_in_the_readers_language():
    case, point = _case()
    refused = _judge(case, point, NOON.replace(hour=23))
    with translation.override("en"):
        assert decision_words(refused) == refused.reason != ""


def test_a_page_of_points_costs_the_same_however_many(django_assert_num_queries):
    case, _point = _case()
    for index in range(10):
        ContactPointFactory(borrower=case.borrower, value=f"+8615400001{index:02d}")
        _contact(case, NOON - dt.timedelta(hours=index), "no_answer", to=f"+8615400001{index:02d}")
    ContactPointFactory(borrower=case.borrower, kind="email", value="b@example.com")
    ContactPointFactory(borrower=case.borrower, kind="wechat", value="fictional")
    case.borrower.creditor.name  # noqa: B018  # loaded by the page
    with django_assert_num_queries(5):
        decisions = judge_contact_points(case=case, at=NOON)
    assert len(decisions) == 12  # WeChat has no channel
    assert all(decision.pk is None for decision in decisions.values())
