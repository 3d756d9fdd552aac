"""The gate counts with what stands: wishes, flags and their ends, places, notices, and what an agency lacks."""

import datetime as dt

import pytest

from cases.models import Case
from cases.policy import load_pack
from cases.services.contact_gate import judge, judge_contact_points
from cases.services.gate_facts import load_facts
from tests.factories import BorrowerFactory, CaseFactory, ContactConditionFactory, ContactPointFactory, CreditorFactory

pytestmark = pytest.mark.django_db
CST = dt.timezone(dt.timedelta(hours=8))
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=CST)
US_NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
DAY = dt.timedelta(days=1)
PHONE = "+861540000001"


def make(pack="cn", **creditor):
    zone = {"cn": "Asia/Shanghai", "us_reg_f": "America/New_York", "uk": "Europe/London"}[pack]
    owner = CreditorFactory(pack=pack, time_zone=zone, **{"role": "creditor", **creditor})
    case = CaseFactory(borrower=BorrowerFactory(creditor=owner))
    return case, ContactPointFactory(borrower=case.borrower, value=PHONE)


def stands(case, kind, code="", **more):
    return ContactConditionFactory(borrower=case.borrower, kind=kind, code=code, **{"since": NOON - DAY, **more})


def ask(case, point, channel="phone", at=NOON, **more):
    return judge(
        borrower=case.borrower, case=case, contact_point=point, channel=channel, at=at,
        party=point.owner, moment="dial", **more,
    )  # fmt: skip


def test_an_opt_out_closes_its_channel_or_its_number():
    case, point = make()
    other = ContactPointFactory(borrower=case.borrower, value="+861540000002")
    stands(case, "opt_out", "sms")
    assert ask(case, point, "sms").rule == "opt_out"
    assert ask(case, point).allowed
    stands(case, "opt_out", "", to="+86 1540 000 001")
    assert ask(case, point).rule == "opt_out"
    assert ask(case, other).allowed


def test_inconvenient_hours_are_the_persons_everywhere_and_their_end_is_told():
    case, point = make()
    elsewhere = CaseFactory(borrower=BorrowerFactory(person_key=case.borrower.person_key))
    there = ContactPointFactory(borrower=elsewhere.borrower, value="+861540000002")
    stands(case, "time", days=[0], starts="11:00", ends="13:00", words="not over lunch")
    for file, number in ((case, point), (elsewhere, there)):
        refused = ask(file, number)
        assert (refused.allowed, refused.next_allowed_at) == (False, NOON + dt.timedelta(hours=1))
        assert ask(file, number, at=refused.next_allowed_at).allowed


def test_a_flag_stands_in_its_file_and_until_its_end():
    case, point = make()
    elsewhere = CaseFactory(borrower=BorrowerFactory(person_key=case.borrower.person_key))
    there = ContactPointFactory(borrower=elsewhere.borrower, value="+861540000002")
    stands(case, "flag", "hold", until=NOON + DAY)
    refused = ask(case, point)
    assert (refused.rule, refused.next_allowed_at) == ("hold", NOON + DAY)
    assert ask(elsewhere, there).allowed
    # Another without an end: nobody knows when it may go on.
    stands(case, "flag", "hold")
    assert ask(case, point).next_allowed_at is None
    stands(elsewhere, "flag", "deceased")
    assert "deceased" in {verdict.rule for verdict in [ask(elsewhere, there)]}


def test_what_ended_is_not_counted_later_and_still_was_then():
    case, point = make()
    stands(case, "flag", "attorney", since=NOON - 3 * DAY, ended_at=NOON - DAY)
    assert ask(case, point).allowed
    assert not ask(case, point, at=NOON - 2 * DAY).allowed


def test_the_days_of_a_breathing_space_are_counted_from_its_beginning():
    case, point = make("uk")
    stands(case, "flag", "breathing_space", since=NOON - 59 * DAY)
    refused = ask(case, point)
    assert refused.reason_code == "flag.breathing_space"
    assert refused.next_allowed_at is not None
    assert ask(case, point, at=refused.next_allowed_at).allowed


def test_not_at_work_closes_what_is_known_as_work_and_warns_of_the_rest():
    case, point = make("us_reg_f", role="debt_collector")
    desk = ContactPointFactory(borrower=case.borrower, value="+861540000002", place="workplace")
    assert ask(case, desk, at=US_NOON).allowed
    stands(case, "place", "workplace")
    assert not ask(case, desk, at=US_NOON).allowed
    home = ask(case, point, at=US_NOON)
    assert home.allowed
    assert "workplace_unknown" in {warning["reason_code"] for warning in home.warnings}


def test_texts_need_a_fresh_consent_or_check_of_that_number():
    case, point = make("us_reg_f", role="debt_collector")
    other = ContactPointFactory(borrower=case.borrower, value="+861540000002")
    assert ask(case, point, "sms", US_NOON).reason_code == "text_consent_missing"
    stands(case, "notice", "number_check", to=PHONE)
    assert ask(case, point, "sms", US_NOON).allowed
    assert ask(case, other, "sms", US_NOON).reason_code == "text_consent_missing"
    stands(case, "consent", "text", since=NOON - 90 * DAY)
    assert ask(case, other, "sms", US_NOON).reason_code == "text_consent_stale"
    stands(case, "consent", "text")
    assert ask(case, other, "sms", US_NOON).allowed


def test_a_consent_for_one_loan_is_none_for_another():
    case, point = make("us_reg_f", role="debt_collector")
    stands(case, "consent", "text", loans=["ANOTHER"])
    assert ask(case, point, "sms", US_NOON).reason_code == "text_consent_missing"
    stands(case, "consent", "text", loans=[case.loans.get().account_no])
    assert ask(case, point, "sms", US_NOON).allowed


def test_an_email_waits_for_its_notice():
    case, _point = make("us_reg_f", role="debt_collector")
    mail = ContactPointFactory(borrower=case.borrower, kind="email", value="b@example.com")
    assert ask(case, mail, "email", US_NOON).reason_code == "email_permission_missing"
    stands(case, "notice", "email_notice", since=NOON - 10 * DAY)
    assert ask(case, mail, "email", US_NOON).reason_code == "email_notice_fresh"
    stands(case, "notice", "email_notice", since=NOON - 60 * DAY)
    assert ask(case, mail, "email", US_NOON).allowed


AGENCY = {"role": "agency", "agency_reviewed_on": dt.date(2025, 3, 2)}


@pytest.mark.parametrize(
    ("creditor", "noticed", "code"),
    [
        (AGENCY, True, ""),
        (AGENCY, False, "flag.outsourcing_notice_missing"),
        (AGENCY | {"agency_listed": False}, True, "flag.agency_unlisted"),
        (AGENCY | {"agency_reviewed_on": None}, True, "flag.agency_expired"),
        (AGENCY | {"agency_reviewed_on": dt.date(2025, 3, 1)}, True, "flag.agency_expired"),
        ({"role": "creditor", "agency_listed": False}, False, ""),
    ],
)
def test_what_an_agency_lacks(creditor, noticed, code):
    case, point = make(**creditor)
    if noticed:
        stands(case, "notice", "outsourcing_notice")
    decision = ask(case, point)
    assert (decision.allowed, decision.reason_code) == (not code, code)


def test_conditions_cost_one_query_however_many(django_assert_num_queries):
    for number in range(6):
        case, _point = make()
        for code in ("sms", "email", "phone")[: number % 4]:
            stands(case, "opt_out", code)
        stands(case, "time", days=[0], starts="11:00", ends="13:00")
    borrowers = [case.borrower for case in Case.objects.select_related("borrower__creditor")]
    for some in (borrowers[:1], borrowers):
        with django_assert_num_queries(4):
            load_facts(some, pack=load_pack("cn"), at=NOON)
    case = Case.objects.select_related("borrower__creditor").last()
    with django_assert_num_queries(5):
        judge_contact_points(case=case, at=NOON)
