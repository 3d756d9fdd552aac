"""From when a case can be worked, and which can be worked now: always what the gate itself would say."""

import datetime as dt
import random
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from borrowers.models import Borrower, ContactPoint, Creditor
from cases.day import run_day
from cases.models import Case, ContactCondition, ContactRecord
from cases.services import call_outlook
from cases.services.contact_gate import judge
from cases.services.contacts import book_contact
from cases.services.workable import refresh_after_day, refresh_workable, workable_now
from cases.stages import move_case
from tests.factories import BorrowerFactory, CaseFactory, ContactPointFactory, CreditorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
CST = dt.timezone(dt.timedelta(hours=8))
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=CST)
HOUR, DAY, MINUTE = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(minutes=1)


def make_case(creditor=None, phone=True, **borrower):
    case = CaseFactory(borrower=BorrowerFactory(**({"creditor": creditor} if creditor else {}), **borrower))
    if phone:
        ContactPointFactory(borrower=case.borrower, value=f"+86154111{case.pk:05d}")
    return case


def book(case, at, outcome="conversation", direction="out", party="debtor", to=None):
    point = case.borrower.contact_points.first()
    return ContactRecord.objects.create(
        borrower=case.borrower,
        person_key=case.borrower.person_key,
        case=case,
        loans=[loan.account_no for loan in case.loans.all()],
        at=at,
        channel="phone",
        direction=direction,
        to=to or (point.value if point else ""),
        party=party,
        outcome=outcome,
        gate_outcome=outcome,
    )


def condition(case, kind, code="", since=NOON - DAY, **more):
    return ContactCondition.objects.create(
        borrower=case.borrower, person_key=case.borrower.person_key, kind=kind, code=code, since=since,
        source="staff", **more,
    )  # fmt: skip


def refresh(*cases, now=NOON):
    return refresh_workable(person_keys=[case.borrower.person_key for case in cases], now=now)


def start(case):
    return Case.objects.values_list("workable_from", flat=True).get(pk=case.pk)


def offered(now=NOON):
    return set(workable_now(Case.objects.open(), now))


def can_be_called(case, now):
    """The gate, asked as it is before a dial: one contact point after the other."""
    points = case.borrower.contact_points.filter(
        kind__in=["mobile", "landline"], owner__in=["debtor", "guarantor"], is_valid=True
    )
    return any(
        judge(
            borrower=case.borrower, case=case, contact_point=point, channel="phone", at=now, party=point.owner,
            moment="dial", store=False,
        ).allowed
        for point in points
    )  # fmt: skip


def test_a_case_can_be_worked_from_the_first_instant_at_which_somebody_may_be_called():
    free, full, alone = make_case(), make_case(), make_case(phone=False)
    for _ in range(3):
        book(full, NOON - HOUR)
    assert refresh(free, full, alone) == 2
    assert start(free) == NOON
    assert start(full) == dt.datetime(2026, 3, 3, 8, 0, tzinfo=CST)
    assert start(alone) is None
    assert offered() == {free}
    assert offered(NOON + DAY) == {free, full}


def test_what_can_still_be_worked_is_not_written_again():
    case = make_case()
    assert refresh(case) == 1
    assert refresh(case, now=NOON + HOUR) == 0
    assert start(case) == NOON


def test_a_guarantor_counts_and_a_contact_person_does_not():
    with_guarantor, with_friend = make_case(phone=False), make_case(phone=False)
    ContactPointFactory(borrower=with_guarantor.borrower, owner="guarantor")
    ContactPointFactory(borrower=with_friend.borrower, owner="contact_person")
    refresh(with_guarantor, with_friend)
    assert offered() == {with_guarantor}


def test_a_second_number_is_a_way_when_the_first_was_tried_too_often():
    case = make_case()
    first = case.borrower.contact_points.get()
    for _ in range(6):
        book(case, NOON - HOUR, "no_answer")
    refresh(case)
    assert offered() == set()
    ContactPointFactory(borrower=case.borrower)
    refresh(case)
    assert offered() == {case}
    ContactPoint.objects.exclude(pk=first.pk).update(is_valid=False)
    refresh(case)
    assert offered() == set()


def test_a_call_at_one_creditor_closes_the_cases_of_the_person_at_all():
    mine, theirs = make_case(person_key="same"), make_case(person_key="same")
    for case in (mine, theirs, mine):
        book(case, NOON - HOUR)
    refresh(mine)
    assert start(mine) == start(theirs) == dt.datetime(2026, 3, 3, 8, 0, tzinfo=CST)


@pytest.mark.parametrize(("time", "is_open"), [("07:59", False), ("08:00", True), ("21:59", True), ("22:00", False)])
def test_the_hours_of_the_day_are_asked_to_the_minute(time, is_open):
    case = make_case()
    refresh(case)
    at = dt.datetime.combine(dt.date(2026, 3, 3), dt.time.fromisoformat(time), tzinfo=CST)
    assert (case in offered(at)) is is_open


def test_each_zone_has_its_own_night():
    here, there = make_case(), make_case(time_zone="Europe/Paris")
    refresh(here, there, now=NOON + 3 * HOUR)  # 15:00 here, 8:00 in Paris
    assert offered(NOON + 3 * HOUR) == {here, there}
    assert offered(NOON + 3 * HOUR - MINUTE) == set()  # nobody was refreshed for that
    assert offered(NOON + 11 * HOUR) == {there}
    assert offered(NOON + DAY) == {here}


def test_somebody_known_in_two_zones_is_called_only_where_it_is_day_in_both():
    here = make_case(person_key="same", time_zone="Asia/Shanghai")
    there = make_case(person_key="same", time_zone="Europe/Paris")
    refresh(here, now=NOON + 4 * HOUR)
    assert offered(NOON + 4 * HOUR) == {here, there}
    assert offered(NOON + 11 * HOUR) == set()


def test_a_minor_is_not_offered_before_the_birthday():
    case = make_case(birth_date=dt.date(2008, 3, 4))
    refresh(case)
    assert offered() == set()
    assert offered(NOON + 2 * DAY) == {case}


def test_an_inconvenient_time_is_asked_one_by_one():
    case = make_case()
    condition(case, "time", days=[0, 1, 2, 3, 4, 5, 6], starts=dt.time(13), ends=dt.time(15))
    refresh(case)
    for now in (NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR):
        assert (case in offered(now)) is can_be_called(case, now)


def test_without_rules_nobody_is_called():
    case = make_case()
    Creditor.objects.update(pack="gone")
    case = Case.objects.select_related("borrower__creditor").get(pk=case.pk)
    refresh(case)
    assert offered() == set()
    outlook = call_outlook.call_outlooks([case], NOON)[case.pk]
    assert (outlook.at, outlook.decision.rule) == (None, "house.pack_unusable")


def test_an_agency_whose_review_lapses_offers_nobody():
    creditor = CreditorFactory(role="agency", agency_reviewed_on=dt.date(2025, 3, 3))
    case = make_case(creditor)
    condition(case, "notice", "outsourcing_notice")
    refresh(case)
    assert offered() == {case}
    for days in (0, 1, 2):
        assert (case in offered(NOON + days * DAY)) is can_be_called(case, NOON + days * DAY)
    assert offered(NOON + 2 * DAY) == set()


def test_a_case_that_somebody_holds_is_written_after_the_commit(django_capture_on_commit_callbacks):
    mine, theirs = make_case(person_key="same"), make_case(person_key="same")
    real: Any = QuerySet.select_for_update

    def held(queryset, *args, skip_locked=False, **options):
        locked = real(queryset, *args, skip_locked=skip_locked, **options)
        return locked.exclude(pk=theirs.pk) if skip_locked else locked

    with (
        mock.patch("cases.models.case.CaseQuerySet.select_for_update", held),
        django_capture_on_commit_callbacks(execute=True),
    ):
        refresh(mine)
        assert (start(mine), start(theirs)) == (NOON, None)
    assert start(theirs) == NOON


def test_queries_do_not_grow_with_the_people():
    creditor = CreditorFactory()
    counts: list[int] = []
    for more in (2, 12):
        for number in range(more):
            case = make_case(creditor)
            book(case, NOON - HOUR)
            if number % 2:
                condition(case, "time", days=[0], starts=dt.time(13), ends=dt.time(15))
        for work in (
            lambda: refresh(*Case.objects.all(), now=NOON),
            lambda: list(workable_now(Case.objects.all(), NOON)),
        ):
            Case.objects.update(workable_from=None)
            if counts:
                Case.objects.update(workable_from=NOON)
            with CaptureQueriesContext(connection) as queries:
                work()
            counts.append(len(queries))
        Case.objects.update(workable_from=None)
    assert max(counts) <= 22


# --- The day's run -------------------------------------------------------------------------------------


def test_new_cases_get_their_beginning_in_one_go_as_one_by_one():
    creditor = CreditorFactory()
    plain = [make_case(creditor) for _ in range(5)]
    far = make_case(creditor, time_zone="America/New_York")  # 23:00 there
    none = make_case(creditor, phone=False)
    refused = make_case(creditor)
    refused.borrower.contact_points.update(consent="no")
    called = make_case(creditor)
    for _ in range(3):
        book(called, NOON - HOUR)
    assert refresh_after_day(creditor=creditor, now=NOON) == 7
    given = {case.pk: start(case) for case in Case.objects.all()}
    assert {given[case.pk] for case in plain} == {NOON}
    assert given[far.pk] == dt.datetime(2026, 3, 2, 13, 0, tzinfo=dt.UTC)
    assert given[none.pk] is None
    assert given[refused.pk] is None
    Case.objects.update(workable_from=None)
    refresh(*Case.objects.all())
    assert {case.pk: start(case) for case in Case.objects.all()} == given


def test_the_days_run_asks_the_gate_once_for_all_who_are_alike():
    creditor = CreditorFactory()
    for _ in range(20):
        make_case(creditor)
    with mock.patch.object(call_outlook, "decide_contact", wraps=call_outlook.decide_contact) as asked:
        assert refresh_after_day(creditor=creditor, now=NOON) == 20
    assert asked.call_count == 1
    assert refresh_after_day(creditor=creditor, now=NOON + HOUR) == 0


def test_a_number_that_a_file_brought_opens_the_case_with_the_next_run():
    creditor = CreditorFactory()
    case = make_case(creditor, phone=False)
    refresh_after_day(creditor=creditor, now=NOON)
    ContactPointFactory(borrower=case.borrower)
    refresh_after_day(creditor=creditor, now=NOON + DAY)
    assert offered(NOON + DAY) == {case}


@pytest.mark.parametrize("change", [{"consent": "no"}, {"is_valid": False}, {"owner": "contact_person"}])
def test_a_number_that_a_file_took_closes_the_case_with_the_next_run(change):
    creditor = CreditorFactory()
    case, other = make_case(creditor), make_case(creditor)
    refresh_after_day(creditor=creditor, now=NOON)
    case.borrower.contact_points.update(**change)
    refresh_after_day(creditor=creditor, now=NOON + DAY)
    assert offered(NOON + DAY) == {other}
    assert start(case) is None


# --- Against the gate ----------------------------------------------------------------------------------

PACKS = [("cn", "creditor"), ("us_reg_f", "debt_collector"), ("us_reg_f", "creditor"), ("uk", "agency")]
ZONES = ["", "", "Asia/Shanghai", "America/New_York", "America/Los_Angeles", "Europe/London", "Asia/Kolkata"]
OUTCOMES = ["conversation", "no_answer", "busy", "refused", "voicemail_left", "wrong_number"]
WISHES = [
    lambda case, at, pick: condition(
        case, "time", since=at, days=pick.sample(range(7), 4), starts=dt.time(pick.randrange(24)),
        ends=dt.time(23, 30), outside=pick.random() < 0.3,
    ),
    lambda case, at, pick: condition(case, "consent", "night", since=at),
    lambda case, at, pick: condition(case, "consent", "call", since=at),
    lambda case, at, pick: condition(case, "opt_out", "phone", since=at, until=at + 3 * DAY),
    lambda case, at, pick: condition(case, "flag", "dispute_open", since=at, until=at + 2 * DAY),
    lambda case, at, pick: condition(case, "flag", "cease", since=at),
    lambda case, at, pick: condition(case, "flag", "breathing_space", since=at),
    lambda case, at, pick: condition(case, "flag", "debt_adviser", since=at - 28 * DAY),
    lambda case, at, pick: condition(case, "place", "workplace", since=at),
    lambda case, at, pick: condition(case, "consent", "night", since=at, until=at + 4 * DAY),
]  # fmt: skip


def _portfolio(pick):
    creditors = [
        CreditorFactory(
            pack=pack,
            role=role,
            time_zone=pick.choice(["Asia/Shanghai", "America/Chicago"]),
            agency_reviewed_on=dt.date(2025, 3, 6),
        )
        for pack, role in PACKS
    ]
    for number in range(24):
        key = {"person_key": f"shared{number % 3}"} if pick.random() < 0.3 else {}
        case = make_case(pick.choice(creditors), phone=pick.random() < 0.9, time_zone=pick.choice(ZONES), **key)
        if pick.random() < 0.3:
            ContactPointFactory(borrower=case.borrower, owner=pick.choice(["debtor", "guarantor", "contact_person"]))
        if pick.random() < 0.15:
            case.borrower.contact_points.update(consent="no")
        for _ in range(pick.choice([0, 0, 1, 3, 8])):
            book(
                case, NOON - pick.random() * 8 * DAY, pick.choice(OUTCOMES), party=pick.choice(["debtor", "guarantor"])
            )
        if case.creditor.role == "agency" and pick.random() < 0.8:
            condition(case, "notice", "outsourcing_notice")
        if pick.random() < 0.2:
            case.borrower.contact_points.update(place="workplace")
        if pick.random() < 0.5:
            pick.choice(WISHES)(case, NOON - pick.random() * 3 * DAY, pick)
    return list(Case.objects.select_related("borrower__creditor"))


@pytest.mark.parametrize("seed", range(8))
def test_the_list_offers_what_the_gate_allows_and_nothing_else(seed):
    pick = random.Random(seed)
    cases = _portfolio(pick)
    refresh(*cases)
    moments = [NOON] + [NOON + dt.timedelta(minutes=pick.randrange(60 * 24 * 9)) for _ in range(10)]
    for now in moments:
        wanted = {case for case in cases if can_be_called(case, now)}
        assert offered(now) == wanted, now
    assert Borrower.objects.count() == 24
    assert Creditor.objects.count() == len(PACKS)


# --- Events --------------------------------------------------------------------------------------------


def test_a_booked_call_closes_and_a_hold_closes_and_opens():
    team = TeamFactory()
    case = make_case()
    Case.objects.filter(pk=case.pk).update(team=team)
    actor = UserFactory(role="supervisor", creditors=[case.creditor])
    refresh(case)
    with time_machine.travel(NOON, tick=False):
        move_case(case.pk, "put_on_hold", actor=actor, reason="ill", until=dt.date(2026, 3, 9))
        assert start(case) == dt.datetime(2026, 3, 9, 8, 0, tzinfo=CST)
        move_case(case.pk, "release", actor=actor)
        assert start(case) == NOON
        for outcome in ("no_answer", "busy", "voicemail_left", "dropped", "no_answer", "busy"):
            later = NOON + 2 * MINUTE * ContactRecord.objects.count()
            with time_machine.travel(later, tick=False):
                _log(case, actor, outcome)
        assert start(case) == dt.datetime(2026, 3, 3, 8, 0, tzinfo=CST)
    assert offered(NOON + HOUR) == set()


def _log(case, actor, outcome):
    return book_contact(
        case=case, actor=actor, contact_point=case.borrower.contact_points.get(), channel="phone",
        at=timezone.now(), outcome=outcome,
    )  # fmt: skip


def test_a_number_that_proves_wrong_leaves_nobody_to_call():
    case = make_case()
    actor = UserFactory(role="supervisor", creditors=[case.creditor])
    refresh(case)
    with time_machine.travel(NOON, tick=False):
        _log(case, actor, "wrong_number")
    assert start(case) is None


def test_the_days_run_opens_the_list():
    case = make_case()
    run_day(on=dt.date(2026, 3, 2), now=NOON, creditors=[case.creditor])
    assert start(case) == NOON
