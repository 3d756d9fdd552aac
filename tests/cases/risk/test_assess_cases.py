"""Grading cases: the facts, the records, the events, and that it costs the same for many."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from borrowers.models import AuditEvent
from cases.models import Case, ContactRecord, RiskRecord, ScorecardVersion
from cases.risk_words import grade_words, risk_sentences
from cases.services.defaults import active_scorecard
from cases.services.risk import assess_cases
from tests.factories import DAY, BorrowerFactory, CaseFactory, CreditorFactory, PaymentFactory

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)


@pytest.fixture
def creditor():
    active_scorecard()
    return CreditorFactory()


def make_case(creditor, **values):
    return CaseFactory(borrower=BorrowerFactory(creditor=creditor, **values))


def reasons(case):
    return {r["factor"]: (r["value"], r["code"], r["missing"]) for r in case.risk_records.first().reasons}


def call(case, on, *, outcome="conversation", party="debtor", hour=10, direction="out", channel="phone"):
    return ContactRecord.objects.create(
        case=case,
        borrower=case.borrower,
        person_key=case.borrower.person_key,
        at=dt.datetime.combine(on, dt.time(hour), tzinfo=case.creditor.zone),
        channel=channel,
        direction=direction,
        party=party,
        outcome="x",
        gate_outcome=outcome,
    )


def test_what_is_not_known_is_a_reason_and_not_a_guess(creditor):
    case = make_case(creditor)
    assert assess_cases(creditor=creditor, on=DAY) == 1
    found = reasons(case)
    for factor in ("due_to_income", "credit_score", "employer_known", "contact_reachability", "broken_promises"):
        assert found[factor][0] is None
        assert found[factor][2] is True
    assert found["times_late"] == ("1", "late_seldom", False)
    assert found["longest_run_days"][0] == "30"


def test_facts_of_borrower_and_ledger(creditor):
    case = make_case(creditor, monthly_income=Decimal(1000), credit_score=700, employer="Sample Works")
    loan = case.loans.get()
    PaymentFactory(loan=loan, paid_on=DAY - 26 * ONE, amount=Decimal("110.00"))
    call(case, DAY - ONE)
    call(case, DAY - ONE, outcome="no_answer", hour=11)
    call(case, DAY - ONE, party="contact_person", hour=12)
    call(case, DAY - ONE, direction="in", hour=13)
    call(case, DAY - ONE, channel="sms", outcome="sent", hour=14)
    call(case, DAY, outcome="no_answer")  # of the day itself: counts tomorrow
    assess_cases(creditor=creditor, on=DAY)
    found = reasons(case)
    assert found["times_late"][0] == "1"
    assert found["longest_run_days"][0] == "4"
    assert found["contact_reachability"][0] == "0.3333"
    assert found["due_to_income"][0] == "0.1100"
    assert found["debt_to_income"][0] == "0.1100"
    assert found["credit_score"] == ("700", "score_good", False)
    assert found["employer_known"][1] == "employed"
    assert Case.objects.get(pk=case.pk).risk_grade == case.risk_records.get().grade == "A"


def test_grade_is_written_with_its_event_only_when_it_changes(creditor):
    make_case(creditor)
    assess_cases(creditor=creditor, on=DAY)
    graded = Case.objects.get()
    event = AuditEvent.objects.get(action="grade_case")
    assert (event.subject_id, event.old, event.new) == (graded.pk, "", graded.risk_grade)
    borrower = graded.borrower
    borrower.credit_score = 800
    borrower.monthly_income = Decimal(100_000)
    borrower.save()
    assess_cases(creditor=creditor, on=DAY)
    assert Case.objects.get(pk=graded.pk).risk_grade != graded.risk_grade
    assert AuditEvent.objects.filter(action="grade_case").count() == 2
    assert RiskRecord.objects.count() == 2


def test_repeating_it_writes_nothing_and_neither_does_a_day_that_changes_no_point(creditor):
    case = make_case(creditor)
    assess_cases(creditor=creditor, on=DAY - ONE)
    assert assess_cases(creditor=creditor, on=DAY - ONE) == 0
    events = AuditEvent.objects.count()
    assert assess_cases(creditor=creditor, on=DAY - 2 * ONE) == 0
    assert AuditEvent.objects.count() == events
    assert case.risk_records.count() == 1


def test_another_active_scorecard_scores_anew(creditor):
    case = make_case(creditor)
    assess_cases(creditor=creditor, on=DAY)
    ScorecardVersion.objects.filter(is_active=True).update(is_active=False)
    strict = ScorecardVersion.objects.get(name="Strict")
    strict.is_active = True
    strict.save()
    assert assess_cases(creditor=creditor, on=DAY) == 1
    assert case.risk_records.first().scorecard == strict


def test_only_open_cases_of_the_creditor_and_of_the_numbers_given(creditor):
    first, second = make_case(creditor), make_case(creditor)
    other = CaseFactory()
    numbers = [case.pk for case in Case.objects.exclude(pk=first.pk)]
    assert other.creditor != creditor
    assert assess_cases(creditor=creditor, on=DAY, case_ids=numbers) == 1
    assert RiskRecord.objects.get().case == second
    assert not first.risk_records.exists()


def test_the_case_page_can_say_it_in_words(creditor):
    case = make_case(creditor, credit_score=700)
    assess_cases(creditor=creditor, on=DAY)
    sentences = {s.label: s for s in risk_sentences(case.risk_records.get())}
    assert sentences["Credit score"].sentence == "Credit score is good (700)"
    assert sentences["Longest time late"].sentence == "Was late for short times only (at most 30 days)"
    assert sentences["Times late"].sentence == "Has seldom been late (1 time)"
    assert sentences["Monthly due to income"].missing
    assert grade_words("") == ""
    assert grade_words("A") == "able and willing"


def count_queries(creditor, on):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assess_cases(creditor=creditor, on=on)
    return len([q for q in captured if "SAVEPOINT" not in q["sql"]])


def test_the_number_of_queries_does_not_grow_with_the_cases(creditor):
    few = CreditorFactory()
    for _ in range(5):
        make_case(few)
    for _ in range(25):
        make_case(creditor)
    assert count_queries(creditor, DAY) == count_queries(few, DAY)
    assert count_queries(creditor, DAY) == count_queries(few, DAY) <= 14
