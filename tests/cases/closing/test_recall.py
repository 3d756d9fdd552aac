"""Accounts taken back: the loans, their cases, what was pending, and until when personal data are kept."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import call_command

from borrowers.errors import InputError
from borrowers.models import AuditEvent, Loan
from borrowers.rules.retention import purge_day
from cases.models import Arrangement, Case, CaseLoan, Message, PlanStep
from cases.services.arrangement_check import check_arrangements
from cases.services.case_figures import refresh_cases
from cases.services.plans import plan_cases
from cases.services.recall import recall_accounts
from cases.stages import move_case
from tests.factories import DAY, CaseFactory, CreditorFactory, LoanFactory, UserFactory, with_schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    case = CaseFactory()
    Message.objects.create(
        key="waiting", borrower=case.borrower, case=case, purpose="x", day=DAY, channel="sms", to="+8615400000001",
        body="x", not_before=dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC),
    )  # fmt: skip
    return case


def recall(case, *loans, reason="contract ended"):
    accounts = [loan.account_no for loan in loans]
    return recall_accounts(creditor=case.creditor, account_nos=accounts, on=DAY, reason=reason, actor=None)


def test_a_case_closes_with_its_last_loan(case):
    plan_cases(creditor=case.creditor, on=DAY)
    assert recall(case, case.loans.get()) == (1, 1)
    case = Case.objects.get()
    assert (case.close_reason, case.closed_on) == ("recalled", DAY)
    assert Message.objects.get().state == "cancelled"
    plan_cases(creditor=case.creditor, on=DAY)
    assert not PlanStep.objects.filter(state="planned").exists()
    event = AuditEvent.objects.get(action="recall_loan")
    assert (event.old, event.new, event.reason) == ("open", "recalled", "contract ended")


def test_with_another_loan_it_goes_on(case):
    other = with_schedule(LoanFactory(borrower=case.borrower), first_due=DAY - dt.timedelta(days=9))
    CaseLoan.objects.create(case=case, loan=other, added_on=DAY)
    type(other.balance).objects.filter(loan=other).update(days_past_due=9, overdue_amount=1)
    assert recall(case, case.loans.exclude(pk=other.pk).get()) == (1, 0)
    assert Case.objects.get().is_open


def test_a_written_off_loan_leaves_the_case_to_a_supervisor(case):
    Loan.objects.update(status="written_off")
    refresh_cases(creditor=case.creditor, on=DAY)
    assert Case.objects.get().is_open


def test_all_or_none(case):
    loan = case.loans.get()
    with pytest.raises(InputError, match="no account here"):
        recall_accounts(
            creditor=case.creditor, account_nos=[loan.account_no, "X"], on=DAY, reason="contract ended", actor=None
        )
    with pytest.raises(InputError, match="missing"):
        recall(case, loan, reason=" ")
    Loan.objects.filter(pk=loan.pk).update(status="paid")
    with pytest.raises(InputError, match="paid"):
        recall(case, loan)
    assert not AuditEvent.objects.filter(action="recall_loan").exists()


def test_twice_is_once(case):
    loan = case.loans.get()
    recall(case, loan)
    assert recall(case, loan) == (0, 0)


def test_an_offer_ends_with_the_case(case):
    user = UserFactory()
    Arrangement.objects.create(
        case=case, loan=case.loans.get(), kind="deferral", sequence=1, total=1, proposed_on=DAY, proposed_by=user,
        needs_level="supervisor",
    )  # fmt: skip
    recall(case, case.loans.get())
    assert Arrangement.objects.get().state == "cancelled"


def arrangement(case, loan, state):
    return Arrangement.objects.create(
        case=case, loan=loan, kind="deferral", state=state, sequence=1, total=1, proposed_on=DAY, reason="-",
        proposed_by=UserFactory(), needs_level="supervisor", recording_ref="REC-1",
        lines=[{"due_on": DAY.isoformat(), "principal": "1.00"}], active_on=DAY, last_due_on=DAY,
    )  # fmt: skip


def test_an_offer_ends_with_its_loan_though_the_case_goes_on(case):
    loan = case.loans.get()
    other = with_schedule(LoanFactory(borrower=case.borrower), first_due=DAY - dt.timedelta(days=9))
    CaseLoan.objects.create(case=case, loan=other, added_on=DAY)
    type(other.balance).objects.filter(loan=other).update(days_past_due=9, overdue_amount=1)
    arrangement(case, loan, "approved")
    recall(case, loan)
    assert (Arrangement.objects.get().state, Case.objects.get().is_open) == ("cancelled", True)


def test_an_arrangement_that_runs_keeps_no_case_open_and_is_judged_no_more(case):
    arrangement(case, case.loans.get(), "active")
    assert recall(case, case.loans.get()) == (1, 1)
    assert check_arrangements(creditor=case.creditor, on=DAY + dt.timedelta(days=90)) == 0
    assert Arrangement.objects.get().state == "active"


@pytest.mark.parametrize(("pack", "until"), [("cn", "2031-03-02"), ("us_reg_f", "2029-03-02"), ("uk", "2032-03-02")])
def test_personal_data_are_kept_as_long_as_the_pack_says(pack, until):
    case = CaseFactory(borrower__creditor=CreditorFactory(pack=pack))
    move_case(case.pk, "close_paid", actor=None, on=DAY)
    assert str(Case.objects.get().purge_on) == until


def test_the_29th_of_february():
    assert purge_day("us_reg_f", dt.date(2024, 2, 29)) == dt.date(2027, 3, 1)


def write(tmp_path, *lines):
    path = tmp_path / "recall.csv"
    path.write_text("\n".join(lines))
    return str(path)


def test_the_command(case, tmp_path):
    out = io.StringIO()
    call_command(
        "recall_loans",
        write(tmp_path, "account_no", case.loans.get().account_no),
        creditor=case.creditor.code,
        stdout=out,
    )
    assert out.getvalue() == "1 accounts read, 1 recalled, 1 cases closed\n"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["account_no", "A000000000", "NOBODY"], "recall.csv row 2, account_no: A000000000 is no account here"),
        (["number", "1"], "recall.csv row 1, column account_no: the column is missing"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_changed(case, tmp_path, lines, words):
    err = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("recall_loans", write(tmp_path, *lines), creditor=case.creditor.code, stderr=err)
    assert end.value.code == 1
    assert err.getvalue() == f"recall_loans: {words}\n"
    assert not Loan.objects.filter(status="recalled").exists()
