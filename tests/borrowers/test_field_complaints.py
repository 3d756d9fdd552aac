"""What users of other systems complain of, one test each: none of it may happen here. The numbers are those of the public
reports at frappe/lending, apache/fineract, OCA/credit-control, frappe/erpnext and killbill."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from borrowers.ageing import age_loans
from borrowers.errors import InputError
from borrowers.models import Allocation, CostItem, Creditor, Instalment, LedgerEntry, Loan, LoanBalance, PenaltyPolicy
from borrowers.money import summed
from borrowers.services.entries import charge_fee, owed_of
from borrowers.services.ledger import record_payment, reverse_payment
from borrowers.services.pauses import pause_loan
from cases.day import only_run, run_day
from cases.models import Arrangement, Case, CaseLoan, Message, MessageTemplate, Plan, PlanStep
from cases.services.arrangement_check import check_arrangements
from cases.services.case_figures import refresh_cases
from cases.services.defaults import load_defaults
from cases.services.messages import figures_of_cases, render_template
from cases.services.plans import plan_cases
from cases.services.risk import assess_cases
from tests.borrowers.ledger_checks import check_books
from tests.cases.arrangements.conftest import case, people  # noqa: F401 - fixtures
from tests.cases.arrangements.steps import activate, loan_of
from tests.factories import DAY, BorrowerFactory, CaseFactory, CreditorFactory, LoanFactory, with_schedule

pytestmark = pytest.mark.django_db
D = Decimal
ONE = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(f"{DAY.isoformat()}T10:00:00+08:00", tick=False)


@pytest.fixture
def loan():
    """Four instalments of 300 + 10, the first 40 days late, the second 10; aged to today."""
    made = with_schedule(LoanFactory(), first_due=DAY - 40 * ONE, count=4)
    age_loans(creditor=made.creditor, on=DAY)
    made.creditor.refresh_from_db()
    return made


def pay(loan, amount, on=DAY, no=None):
    number = no or f"P{loan.payments.count() + 1}"
    return record_payment(loan=loan, payment_no=number, paid_on=on, amount=D(amount), actor=None)


def balance(loan):
    return LoanBalance.objects.get(loan=loan)


def late(loan):
    row = balance(loan)
    return row.days_past_due, row.overdue_amount


def split(loan):
    """(payment number, instalment) → what of it lies there."""
    rows = Allocation.objects.filter(payment__loan=loan).order_by().values("payment__payment_no", "instalment__number")
    return {
        (row["payment__payment_no"], row["instalment__number"]): row["whole"]
        for row in rows.annotate(whole=Sum(Allocation.total()))
        if row["whole"]
    }


# --- Backdating ----------------------------------------------------------------------------------------


def test_a_backdated_repayment_lies_on_the_instalments_of_its_own_day(loan):
    """Backdated repayment put on the wrong instalments (frappe/lending 878)."""
    pay(loan, "310.00", on=DAY - ONE, no="later")
    pay(loan, "310.00", on=DAY - 35 * ONE, no="earlier")
    assert split(loan) == {("earlier", 1): D("310.00"), ("later", 2): D("310.00")}
    check_books(loan)


def test_days_past_due_follow_a_backdated_repayment_at_once(loan):
    """DPD log not recomputed after backdating (frappe/lending 587)."""
    assert late(loan) == (40, D("620.00"))
    pay(loan, "310.00", on=DAY - 35 * ONE)
    assert late(loan) == (10, D("310.00"))


def test_penalty_that_fell_away_is_made_again_when_its_cause_comes_back(loan):
    """Penalty cancelled and never made again (frappe/lending 251)."""
    Loan.objects.update(penalty_rate="0.18")
    PenaltyPolicy.objects.create(creditor=loan.creditor, start_on=DAY - 400 * ONE)
    pay(loan, "1.00", no="P1")

    def penalty():
        entries = LedgerEntry.objects.filter(loan=loan, kind=LedgerEntry.Kind.PENALTY)
        return summed(entries.aggregate(total=Sum("amount"))["total"])

    owed = penalty()
    assert owed > 0
    found = pay(loan, "620.00", on=DAY - 40 * ONE, no="found")
    assert penalty() == 0
    reverse_payment(payment=found, payment_no="found/R", on=DAY - 40 * ONE, actor=None)
    assert penalty() == owed
    check_books(loan)


def test_a_backdated_pause_takes_its_days_and_no_more(loan):
    """Wrong days after a backdated pause (fineract 6157, 5853)."""
    assert balance(loan).delinquent_days == 40
    pause_loan(loan=loan, start=DAY - 20 * ONE, end=DAY - 13 * ONE, source="hold 1", actor=None)
    assert (balance(loan).days_past_due, balance(loan).delinquent_days) == (40, 33)
    pause_loan(loan=loan, start=DAY - 17 * ONE, end=DAY - 10 * ONE, source="hold 2", actor=None)
    assert balance(loan).delinquent_days == 30, "days that two pauses share are counted once"


# --- Reversal ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cause", ["chargeback", "bounced"])
def test_a_charged_back_payment_is_as_late_as_before_it(loan, cause):
    """Chargeback ignored in DPD (fineract 2739)."""
    payment = pay(loan, "620.00")
    assert late(loan) == (0, D("0.00"))
    reverse_payment(payment=payment, payment_no="R1", on=DAY, cause=cause, actor=None)
    assert late(loan) == (40, D("620.00"))


def test_half_a_chargeback_makes_half_of_it_late_again(loan):
    """Chargeback ignored in DPD (fineract 2739): a part of it."""
    payment = pay(loan, "620.00")
    reverse_payment(payment=payment, payment_no="R1", on=DAY, amount=D("310.00"), cause="chargeback", actor=None)
    assert late(loan) == (10, D("310.00"))


# --- Restructuring -------------------------------------------------------------------------------------


def test_one_loan_has_one_schedule(case, people):  # noqa: F811 - fixtures
    """Two active schedules for one loan (frappe/lending 1150)."""
    activate(case, people)
    loan = loan_of(case)
    owed = {instalment.label: part.total for instalment, part in owed_of(loan) if part.total}
    assert all(label.startswith("A1-") for label in owed), "nothing is left on the contract's own instalments"
    assert sum(owed.values()) == balance(loan).outstanding_amount
    with pytest.raises(IntegrityError), transaction.atomic():
        Arrangement.objects.create(
            case=case, loan=loan, kind="deferral", sequence=2, total=1, proposed_on=DAY, proposed_by=people["collector"],
            needs_level="supervisor", state="approved",
        )  # fmt: skip
    check_books(loan)


def test_days_past_due_follow_a_restructuring_and_its_end(case, people):  # noqa: F811 - fixtures
    """DPD wrong after restructuring (frappe/lending 1384, 1102)."""
    loan = loan_of(case)
    before = late(loan)
    assert before[0] == 40
    arrangement = activate(case, people)
    assert late(loan)[0] == 0
    missed = arrangement.plan[0].due_on
    age_loans(creditor=case.creditor, on=missed + 3 * ONE)
    assert late(loan)[0] == 3, "late by the new schedule alone"
    broken = missed + 30 * ONE
    age_loans(creditor=case.creditor, on=broken)
    check_arrangements(creditor=Creditor.objects.get(pk=case.creditor_id), on=broken)
    assert Arrangement.objects.get().state == "broken"
    assert late(loan)[0] == 40 + (broken - DAY).days, "late since the contract's own due date again"


# --- Speed ---------------------------------------------------------------------------------------------


def test_a_booking_asks_as_often_for_sixty_instalments_as_for_four(loan):
    """One repost of 709 s, a query per demand (frappe/lending 1408)."""
    large = LoanFactory(
        borrower=BorrowerFactory(creditor=loan.creditor), principal=D("60000.00"), disbursed_on=DAY - 930 * ONE
    )
    with_schedule(large, first_due=DAY - 900 * ONE, count=60)
    for number in range(30):
        pay(large, "900.00", on=DAY - (800 - number) * ONE, no=f"P{number}")
    asked = []
    for one in (loan, large):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            pay(one, "5.00", on=DAY - 30 * ONE, no="late")
        asked.append(len(queries))
    assert asked[1] <= asked[0] + 3, asked


# --- States that lag -----------------------------------------------------------------------------------


def test_a_case_shows_a_payment_at_once(loan, django_capture_on_commit_callbacks):
    """Classification stale until the nightly job (fineract 2566)."""
    case = CaseFactory(borrower=loan.borrower, loan=loan)  # noqa: F811
    refresh_cases(creditor=loan.creditor, on=DAY)
    assert Case.objects.get(pk=case.pk).bucket == "M2"
    with django_capture_on_commit_callbacks(execute=True):
        pay(loan, "310.00")
    seen = Case.objects.get(pk=case.pk)
    assert (balance(loan).bucket, seen.bucket, seen.days_past_due, seen.overdue_amount) == ("M1", "M1", 10, D("310.00"))


def test_a_run_that_failed_locks_nothing(loan):
    """Loans stuck locked after a run (fineract 5100)."""
    with pytest.raises(ZeroDivisionError), only_run(loan.creditor):
        raise ZeroDivisionError
    with only_run(loan.creditor):
        pass
    assert pay(loan, "1.00")


def test_the_day_is_the_creditors_own_whatever_the_servers_zone():
    """Off by one day between tenant's and server's time zone (fineract 3255)."""
    instant = dt.datetime(2026, 3, 2, 16, 30, tzinfo=dt.UTC)
    days = {}
    for zone in ("Asia/Shanghai", "America/New_York"):
        creditor = CreditorFactory(time_zone=zone)
        with_schedule(LoanFactory(borrower__creditor=creditor), first_due=dt.date(2026, 3, 2))
        run_day(now=instant, creditors=[creditor])
        days[zone] = LoanBalance.objects.get(loan__creditor=creditor).days_past_due
    assert days == {"Asia/Shanghai": 1, "America/New_York": 0}


# --- Instalments and totals ----------------------------------------------------------------------------


def test_nothing_makes_an_instalment_after_the_last_one(loan):
    """A post-maturity instalment made twice (fineract 1857, 274)."""
    Loan.objects.filter(pk=loan.pk).update(penalty_rate="0.18")
    PenaltyPolicy.objects.create(creditor=loan.creditor, start_on=DAY - 400 * ONE)
    CostItem.objects.create(creditor=loan.creditor, code="visit", name="Visit", valid_from="2025-01-01")
    after = DAY + 200 * ONE
    age_loans(creditor=loan.creditor, on=after)
    loan.refresh_from_db()
    for number in range(2):
        charge_fee(loan=loan, code="visit", amount=D("5.00"), on=after, actor=None)
        pay(loan, "1.00", on=after, no=f"P{number}")
        with pytest.raises(InputError):
            pay(loan, "1.00", on=after, no=f"P{number}")
    assert Instalment.objects.filter(loan=loan).count() == 4
    check_books(loan)


def test_what_is_partly_paid_is_late_with_its_rest(loan):
    """A partly paid item is not reminded (OCA/credit-control 330)."""
    pay(loan, "300.00")
    assert late(loan) == (40, D("320.00"))
    case = CaseFactory(borrower=loan.borrower, loan=loan)  # noqa: F811
    refresh_cases(creditor=loan.creditor, on=DAY)
    template = MessageTemplate(language="en", channel="sms", body="{overdue_amount} since {due_on}")
    figures, _loans = figures_of_cases([Case.objects.get(pk=case.pk)], DAY)[case.pk]
    assert render_template(template, figures)[1] == "¥320.00 since Jan. 21, 2026"


def test_what_is_not_due_yet_is_not_asked_for(loan):
    """A not-yet-due item included (OCA/credit-control 139)."""
    age_loans(creditor=loan.creditor, on=DAY + 19 * ONE)
    assert balance(loan).overdue_amount == D("620.00")
    age_loans(creditor=loan.creditor, on=DAY + 20 * ONE)
    assert balance(loan).overdue_amount == D("930.00"), "due today and unpaid"
    record_payment(loan=loan, payment_no="all", paid_on=DAY, amount=D("620.00"), actor=None)
    assert balance(loan).days_past_due == 0, "what is due today is not late"


def test_a_reminder_of_one_loan_does_not_silence_the_other(loan):
    """Reminding one silences the rest (OCA/credit-control 460)."""
    from cases.services.outbox import queue_message
    from tests.cases.outbox.conftest import make_template
    from tests.factories import ContactPointFactory

    make_template("upcoming", body="[{creditor}] account {account}, due {due_on}.{opt_out}")
    ContactPointFactory(borrower=loan.borrower)
    other = with_schedule(LoanFactory(borrower=loan.borrower), first_due=DAY + 3 * ONE)
    noon = dt.datetime.combine(DAY, dt.time(4), tzinfo=dt.UTC)
    for one in (loan, other):
        queue_message(
            borrower=loan.borrower, case=None, loan=one, step=None, purpose="due_soon", day=DAY, channel="sms",
            template_code="upcoming", now=noon,
        )  # fmt: skip
    pay(loan, "1.00")
    assert set(Message.objects.values_list("loan", "state")) == {(loan.pk, "cancelled"), (other.pk, "queued")}


def test_two_loans_of_one_case_add_up_once(loan):
    """Two invoices, wrong totals (frappe/erpnext 42605)."""
    other = with_schedule(LoanFactory(borrower=loan.borrower), first_due=DAY - 5 * ONE, count=4)
    age_loans(creditor=loan.creditor, on=DAY)
    case = CaseFactory(borrower=loan.borrower, loan=loan)  # noqa: F811
    CaseLoan.objects.create(case=case, loan=other, added_on=DAY)
    for _again in range(2):
        refresh_cases(creditor=loan.creditor, on=DAY)
    seen = Case.objects.get(pk=case.pk)
    assert (seen.overdue_amount, seen.outstanding_amount, seen.days_past_due) == (D("930.00"), D("2480.00"), 40)


def test_interest_is_still_owed_when_the_principal_was_paid_first():
    """Principal paid, so interest lost and marked resolved (frappe/erpnext 58220)."""
    creditor = CreditorFactory(allocation_order=["principal", "interest", "fee"], allocation_across="by_component")
    loan = with_schedule(LoanFactory(borrower__creditor=creditor), first_due=DAY - 100 * ONE, count=2)
    age_loans(creditor=creditor, on=DAY)
    creditor.refresh_from_db()
    pay(loan, "1200.00")
    row = balance(loan)
    assert (row.outstanding_principal, row.outstanding_amount, row.overdue_amount) == (0, D("20.00"), D("20.00"))
    assert row.days_past_due == 70, "money is pooled over the schedule: the first due date is covered"
    assert Loan.objects.get(pk=loan.pk).status == "open"
    check_books(loan)


def test_a_loan_without_interest_still_owes_its_principal():
    """0 % rate, total 0 (frappe/erpnext 26286)."""
    loan = LoanFactory(annual_rate="0", penalty_rate="0")
    with_schedule(loan, first_due=DAY - 10 * ONE, count=4, interest=D("0.00"))
    PenaltyPolicy.objects.create(creditor=loan.creditor, start_on=DAY - 400 * ONE)
    age_loans(creditor=loan.creditor, on=DAY)
    loan.creditor.refresh_from_db()
    pay(loan, "100.00")
    row = balance(loan)
    assert (row.due_total, row.outstanding_amount, row.overdue_amount) == (D("1200.00"), D("1100.00"), D("200.00"))
    check_books(loan)


# --- Steps ---------------------------------------------------------------------------------------------


def test_the_steps_go_on_after_a_part_was_paid(loan):
    """A stage skipped after partial payoff (killbill 2297)."""
    load_defaults()
    case = CaseFactory(borrower=loan.borrower, loan=loan)  # noqa: F811

    def run(on):
        age_loans(creditor=loan.creditor, on=on)
        creditor = Creditor.objects.get(pk=loan.creditor_id)
        refresh_cases(creditor=creditor, on=on)
        assess_cases(creditor=creditor, on=on)
        plan_cases(creditor=creditor, on=on)
        return Case.objects.get(pk=case.pk)

    assert run(DAY).next_step
    pay(loan, "100.00", on=DAY)
    after = run(DAY + ONE)
    assert after.is_open
    assert after.oldest_due_on == DAY - 40 * ONE, "the oldest instalment is still the oldest"
    assert after.next_step
    assert after.next_step_on >= DAY
    skipped = PlanStep.objects.filter(plan__case=case, state="skipped", due_on__gt=DAY)
    assert not skipped.exists(), "no later step was lost"
    plan = Plan.objects.get(case=case)
    # The oldest instalment is paid: the steps begin anew from the next one, and say so.
    pay(loan, "210.00", on=DAY + ONE, no="rest")
    begun = run(DAY + 2 * ONE)
    plan.refresh_from_db()
    assert plan.anchor_on == begun.oldest_due_on == DAY - 10 * ONE
    assert begun.next_step
    assert all(step.reason for step in PlanStep.objects.filter(plan__case=case, state="skipped"))


def test_a_late_notice_speaks_of_the_day_it_is_for():
    """Late notices that use "now" (killbill 535)."""
    case = CaseFactory()  # noqa: F811
    template = MessageTemplate(language="en", channel="sms", body="pay by {pay_by}")
    for on in (DAY, DAY - 9 * ONE):
        figures, _loans = figures_of_cases([case], on)[case.pk]
        words = render_template(template, figures)[1]
        assert words == f"pay by {(on + 5 * ONE):%b}. {(on + 5 * ONE).day}, 2026".replace("Mar.", "March")
