"""A claim of identity theft freezes at once; right, the loan goes back to its creditor; wrong, everything runs again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from borrowers.ageing import age_loans
from borrowers.models import AuditEvent, LedgerEntry, Loan, LoanPause
from borrowers.services.account import statement_of
from borrowers.services.entries import book_penalty
from cases.models import Arrangement, Case, CaseLoan, ContactCondition, Objection, ObjectionEvidence
from cases.services.arrangement_check import check_arrangements
from cases.services.contact_gate import judge
from cases.services.contacts import book_contact
from cases.services.holds import release_due_holds
from cases.services.objection_answers import answer_objection
from cases.services.objection_evidence import add_evidence, checklist_of
from cases.services.plans import plan_cases
from cases.stages import MoveRefused, case_moves, move_case
from tests.borrowers.ledger_checks import check_books, total
from tests.cases.arrangements.steps import activate, loan_of
from tests.cases.objections.conftest import PDF, TEN
from tests.factories import DAY, LoanFactory, with_schedule

pytestmark = pytest.mark.django_db
D, ONE = Decimal, dt.timedelta(days=1)


@pytest.fixture
def claim(take):
    return take(family="identity_theft", topic="not_mine", received_on=DAY - 10 * ONE, words="I never borrowed this.")


def answer(claim, people, outcome, on=DAY):
    return answer_objection(
        objection=claim, actor=people["supervisor"], outcome=outcome, found="The account is another person's.", on=on
    )


def fresh(case):
    return Case.objects.select_related("creditor", "borrower__creditor").get(pk=case.pk)


def penalty(case):
    return total(LedgerEntry.objects.filter(loan=loan_of(case), component="penalty"))


def test_it_freezes_interest_steps_and_messages_at_once(case, people, phone, take):
    book_penalty(loan_ids=[loan_of(case).pk], on=DAY)
    booked = penalty(case)
    claim = take(family="identity_theft", topic="not_mine", received_on=DAY - 10 * ONE)
    held = fresh(case)
    assert (held.stage, held.hold_kind, held.hold_until) == ("on_hold", "identity_theft", None)
    assert claim.number in held.hold_reason
    pause = LoanPause.objects.get()
    assert (pause.start, pause.end, pause.reason) == (DAY - 10 * ONE, None, claim.source)
    # What was booked for the days since the claim came in is taken back, and none is added later.
    assert 0 < penalty(case) < booked
    assert statement_of(loan=loan_of(case), on=DAY + 60 * ONE).owed == statement_of(loan=loan_of(case), on=DAY).owed
    assert plan_cases(creditor=case.creditor, on=DAY + ONE, case_ids=[case.pk]) == 0
    refused = judge(
        borrower=held.borrower, case=held, contact_point=phone, channel="phone", at=TEN, party="debtor", moment="dial"
    )
    assert not refused.allowed
    check_books(loan_of(case))


def test_nobody_releases_the_case_before_the_answer(case, people, claim):
    held = fresh(case)
    assert {move.name for move in case_moves(held, people["supervisor"])} & {"release", "change_hold"} == set()
    with pytest.raises(MoveRefused):
        move_case(case.pk, "release", actor=people["supervisor"])
    assert release_due_holds(creditor=held.creditor, on=DAY + 400 * ONE) == 0


def test_the_checklist_gathers_papers_with_their_days(case, people, claim):
    assert [line.item for line in checklist_of(claim)] == list(ObjectionEvidence.CHECKLIST)
    assert not any(line.is_done for line in checklist_of(claim))
    add_evidence(
        objection=claim, actor=people["collector"], item="police_report", on=DAY - ONE, data=PDF, name="report.pdf",
        note="station 3",
    )  # fmt: skip
    line = checklist_of(claim)[0]
    assert line.is_done
    assert (line.rows[0].on, line.rows[0].document.read()) == (DAY - ONE, PDF)


def test_upheld_the_loan_goes_back_and_the_case_closes_as_recalled(case, people, claim):
    before = statement_of(loan=loan_of(case), on=DAY).owed
    paper = answer(claim, people, "upheld")
    assert Loan.objects.get().status == "recalled"
    closed = fresh(case)
    assert (closed.stage, closed.close_reason, closed.closed_on) == ("closed", "recalled", DAY)
    # Nothing is forgiven: there is no waiver in the books, and the interest stays stopped for the creditor too.
    assert not LedgerEntry.objects.filter(kind="waiver").exists()
    assert statement_of(loan=loan_of(case), on=DAY + 90 * ONE).owed == before
    change = paper.figures["loans"][loan_of(case).account_no]
    assert change["owed_after"] == "0.00"
    assert D(change["owed_before"]) > 0
    assert AuditEvent.objects.get(action="recall_loan").reason == claim.number


def test_upheld_about_one_loan_the_case_goes_on_with_the_others(case, people, take):
    other = with_schedule(LoanFactory(borrower=case.borrower), first_due=DAY - 40 * ONE)
    case.case_loans.create(loan=other, added_on=DAY)
    other.balance.days_past_due = 40
    other.balance.save()
    claim = take(family="identity_theft", topic="not_mine", loan=other)
    assert [pause.loan for pause in LoanPause.objects.all()] == [other]
    answer(claim, people, "upheld")
    assert fresh(case).stage == "preparing"
    assert {loan.pk: loan.status for loan in case.loans.all()}[other.pk] == "recalled"
    assert case.loans.filter(status="open").count() == 1


@pytest.mark.parametrize("outcome", ["rejected", "partly_upheld"])
def test_not_upheld_interest_and_steps_run_again_and_the_frozen_days_stay_free(case, people, claim, outcome):
    answer(claim, people, outcome, on=DAY + 20 * ONE)
    assert fresh(case).stage == "preparing"
    pause = LoanPause.objects.get()
    assert (pause.start, pause.end) == (DAY - 10 * ONE, DAY + 20 * ONE)
    [during, after, later] = [statement_of(loan=loan_of(case), on=DAY + day * ONE).owed for day in (0 + 20, 21, 22)]
    assert during < after < later
    check_books(loan_of(case))


def test_a_hold_that_stood_before_stays_and_ends_after_the_claim(case, people, take):
    move_case(case.pk, "put_on_hold", actor=people["supervisor"], reason="ill", until=DAY + ONE, kind="illness")
    claim = take(family="identity_theft", topic="not_mine")
    assert fresh(case).hold_kind == "illness"
    assert release_due_holds(creditor=case.creditor, on=DAY + ONE) == 0
    answer(claim, people, "rejected")
    assert fresh(case).stage == "on_hold"
    assert release_due_holds(creditor=case.creditor, on=DAY + ONE) == 1


def test_two_claims_keep_the_case_frozen_until_both_are_answered(case, people, claim, take):
    second = take(family="identity_theft", topic="not_mine")
    answer(claim, people, "rejected")
    assert fresh(case).stage == "on_hold"
    answer(second, people, "rejected")
    assert fresh(case).stage == "preparing"


def test_who_says_fraud_while_something_else_is_contested_freezes_as_well(case, people, phone, take, clock):
    dispute = take()
    told = {"case": case, "actor": people["collector"], "contact_point": phone, "channel": "phone", "direction": "in"}
    book_contact(**told, at=TEN, outcome="fraud_claim", notes="I never borrowed this.")
    claim = Objection.objects.exclude(pk=dispute.pk).get()
    assert (claim.family, claim.topic, claim.received_on) == ("identity_theft", "not_mine", DAY)
    assert "I never borrowed this." in claim.words
    assert (fresh(case).stage, LoanPause.objects.get().reason) == ("on_hold", claim.source)
    # Both stand under the one flag, and saying it again opens no third.
    clock.shift(120)
    book_contact(**told, at=TEN + dt.timedelta(minutes=2), outcome="fraud_claim", notes="As I said.")
    assert [one.condition for one in Objection.objects.all()] == [ContactCondition.objects.get()] * 2


def test_a_loan_that_joined_after_the_claim_is_not_given_back_with_it(case, people, claim):
    later = LoanFactory(borrower=case.borrower, creditor=case.creditor, principal=D("600.00"))
    with_schedule(later, first_due=DAY - 10 * ONE, count=2)
    CaseLoan.objects.create(case=case, loan=later, added_on=DAY)
    age_loans(creditor=case.creditor, on=DAY)
    answer(claim, people, "upheld")
    assert [loan.status for loan in case.loans.order_by("pk")] == ["recalled", "open"]
    assert fresh(case).is_open


@pytest.mark.parametrize("outcome", ["rejected", "open"])
def test_nobody_breaks_a_plan_while_the_claim_keeps_the_clock_still(case, people, take, outcome):
    plan = activate(case, people)
    due = plan.plan[0].due_on
    claim = take(family="identity_theft", topic="not_mine")
    assert check_arrangements(creditor=case.creditor, on=due + 40 * ONE) == 0
    if outcome == "open":
        return
    answer(claim, people, outcome, on=due + 20 * ONE)
    # The days of grace begin when the clock runs again.
    assert check_arrangements(creditor=case.creditor, on=due + 25 * ONE) == 0
    assert check_arrangements(creditor=case.creditor, on=due + 26 * ONE) == 1
    assert Arrangement.objects.get().state == "broken"
    check_books(loan_of(case))
