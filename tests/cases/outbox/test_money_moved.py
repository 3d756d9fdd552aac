"""Money seen anywhere stops what waits to be sent about it, in the moment in which it is booked."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse

from borrowers.models import CostItem, LedgerEntry, Payment, PaymentLine, PaymentSource
from borrowers.services.entries import charge_fee, reverse_entry, waive
from borrowers.services.ledger import move_payment, record_payment, refund_overpayment, reverse_payment
from borrowers.services.payment_files import assign_line, load_file
from cases.models import Message
from cases.services.outbox import dispatch, queue_due_steps, queue_message, sweep
from cases.services.outbox_claiming import claim_messages
from tests.cases.outbox.conftest import NOON, TODAY, make_case, make_step, make_template
from tests.factories import LoanFactory, UserFactory, with_schedule

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
BANK = {"payment_no": "no", "paid_on": "day", "amount": "sum", "reference": "text"}


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def loan(case):
    return case.loans.get()


@pytest.fixture
def supervisor(case):
    return UserFactory(role="supervisor", creditors=[case.creditor])


@pytest.fixture
def waiting(case):
    """Makes a step and its message, as the day's run does; the second one on another day."""

    def write(days=0):
        step = make_step(case, due_on=TODAY + dt.timedelta(days=days), code=f"sms_{days}")
        queue_due_steps(creditor=case.creditor, on=step.due_on, now=NOON + dt.timedelta(days=days))
        return Message.objects.get(step=step)

    return write


def pay(loan, number="P1", amount="10.00", on=TODAY):
    return record_payment(loan=loan, payment_no=number, paid_on=on, amount=Decimal(amount), actor=None)


def check_stopped(message, words="a payment came in"):
    message.refresh_from_db()
    message.step.refresh_from_db()
    assert (message.state, message.reason_text) == ("cancelled", words)
    assert message.step.state == "skipped"


# --- Every way in which money is seen ------------------------------------------------------------------


def test_a_payment_that_is_booked(loan, waiting):
    message = waiting()
    pay(loan)
    check_stopped(message)
    assert dispatch(message.pk, NOON + MINUTE) == ""


def test_a_payments_file(case, loan, waiting, tmp_path):
    message = waiting()
    path = tmp_path / "payments.csv"
    path.write_text(f"account_no,payment_no,paid_on,amount\n{loan.account_no},P1,{TODAY},10.00\n")
    call_command("load_payments", str(path), "--creditor", case.creditor.code, "--dry-run")
    message.refresh_from_db()
    assert message.state == "queued"
    call_command("load_payments", str(path), "--creditor", case.creditor.code)
    check_stopped(message)


def test_what_was_written_while_a_payments_file_was_loaded(
    case, loan, waiting, tmp_path, django_capture_on_commit_callbacks
):
    path = tmp_path / "payments.csv"
    path.write_text(f"account_no,payment_no,paid_on,amount\n{loan.account_no},P1,{TODAY},10.00\n")
    with django_capture_on_commit_callbacks() as callbacks:
        call_command("load_payments", str(path), "--creditor", case.creditor.code)
    message = waiting()
    for callback in callbacks:
        callback()
    check_stopped(message)


def bank_file(case, tmp_path, text):
    source = PaymentSource.objects.create(creditor=case.creditor, name="Sample Bank", mapping=BANK)
    path = tmp_path / "bank.csv"
    path.write_text(f"no,day,sum,text\nT1,{TODAY},10.00,{text}\n")
    load_file(path=path, source=source, file_name="bank.csv", on=TODAY, actor=None)
    return PaymentLine.objects.get()


def test_a_banks_file(case, loan, waiting, tmp_path):
    message = waiting()
    assert bank_file(case, tmp_path, loan.account_no).state == "booked"
    check_stopped(message)


def test_a_line_that_waited_for_a_person(case, loan, supervisor, waiting, tmp_path):
    message = waiting()
    line = bank_file(case, tmp_path, "rent")
    message.refresh_from_db()
    assert (line.state, message.state) == ("suspended", "queued")
    assign_line(line=line, loan=loan, actor=supervisor)
    check_stopped(message)


def test_a_line_whose_borrower_is_certain_and_whose_loan_is_not(case, loan, waiting, tmp_path):
    """It is money of theirs, whichever loan it pays in the end."""
    type(case.borrower).objects.filter(pk=case.borrower_id).update(ref="CUST-0001")
    with_schedule(LoanFactory(borrower=case.borrower), first_due=TODAY)
    message = waiting()
    assert bank_file(case, tmp_path, "CUST-0001").state == "suspended"
    check_stopped(message)


def test_the_queues_screen(case, loan, supervisor, waiting, tmp_path, client):
    message = waiting()
    line = bank_file(case, tmp_path, "rent")
    client.force_login(supervisor)
    client.post(reverse("borrowers:decide_line", args=[line.pk]), {"account_no": loan.account_no})
    check_stopped(message)


def test_the_case_page(case, loan, supervisor, waiting, client):
    message = waiting()
    client.force_login(supervisor)
    values = {"kind": "received", "loan": loan.pk, "amount": "10.00", "on": TODAY, "payment_no": "C1", "reason": "cash"}
    client.post(reverse("cases:correct", args=[case.pk]), values)
    assert Payment.objects.get().amount == 10
    check_stopped(message)


def test_a_payment_moved_here_from_another_account(case, loan, waiting):
    other = make_case(case.creditor, number=1)
    payment = pay(other.loans.get())
    message = waiting()
    theirs = queue_message(
        borrower=other.borrower, case=other, loan=None, step=None, purpose="test", day=TODAY, channel="sms",
        template_code="reminder", now=NOON,
    )  # fmt: skip
    move_payment(payment=payment, to=loan, payment_no="P2", actor=None)
    check_stopped(message)
    theirs.refresh_from_db()
    assert (theirs.state, theirs.reason_text) == ("cancelled", "what is owed has changed")


def test_each_correction_that_changes_what_is_owed(case, loan, waiting):
    CostItem.objects.create(creditor=case.creditor, code="visit", name="Visit", valid_from="2025-01-01")
    payment = pay(loan)

    def charge():
        charge_fee(loan=loan, code="visit", amount=Decimal("5.00"), on=TODAY, actor=None)

    def undo():
        reverse_entry(entry=LedgerEntry.objects.get(kind="fee", reverses=None), reason="mistake", actor=None)

    def take_back():
        reverse_payment(payment=payment, payment_no="P1/R", on=TODAY, actor=None)

    def forgive():
        waive(loan=loan, parts={"interest": Decimal("1.00")}, on=TODAY, reason="goodwill", actor=None)

    for days, correct in enumerate((charge, undo, take_back, forgive)):
        message = waiting(days)
        correct()
        check_stopped(message, "what is owed has changed")


def test_money_in_excess_that_goes_back(loan, waiting):
    pay(loan, amount="1400.00")
    message = waiting()
    refund_overpayment(loan=loan, payment_no="R1", on=TODAY, amount=Decimal("80.00"), actor=None)
    check_stopped(message, "what is owed has changed")


# --- And nothing else ----------------------------------------------------------------------------------


def test_a_claimed_message_is_stopped_as_long_as_nobody_handed_it_over(loan, waiting):
    message = waiting()
    assert claim_messages(channel="sms", provider="development", limit=5, now=NOON).held == [message]
    pay(loan)
    check_stopped(message)


def test_what_was_sent_stays_sent(loan, waiting):
    message = waiting()
    assert sweep(NOON) == 1
    pay(loan)
    message.refresh_from_db()
    assert (message.state, message.step.state) == ("sent", "done")


def test_a_payment_that_is_not_booked_after_all_stops_nothing(loan, waiting):
    message = waiting()
    with transaction.atomic():
        pay(loan)
        transaction.set_rollback(True)
    message.refresh_from_db()
    assert message.state == "queued"


def test_messages_of_other_borrowers_and_of_the_persons_other_loans_stay(case, loan, waiting):
    other = make_case(case.creditor, number=1)
    second = with_schedule(LoanFactory(borrower=case.borrower), first_due=TODAY + dt.timedelta(days=3))
    make_template("upcoming", body="[{creditor}] account {account}, due {due_on}.{opt_out}")
    kept = [
        queue_message(
            borrower=row.borrower, case=row, loan=None, step=None, purpose="test", day=TODAY, channel="sms",
            template_code="reminder", now=NOON,
        )
        for row in [other]
    ]  # fmt: skip
    kept.append(
        queue_message(
            borrower=case.borrower, case=None, loan=second, step=None, purpose="due_soon", day=TODAY, channel="sms",
            template_code="upcoming", now=NOON,
        )
    )  # fmt: skip
    waiting()
    pay(loan)
    for message in kept:
        message.refresh_from_db()
        assert message.state == "queued"


def test_a_reminder_before_the_due_date_stops_when_its_own_loan_is_paid(case):
    second = with_schedule(LoanFactory(borrower=case.borrower), first_due=TODAY + dt.timedelta(days=3))
    make_template("upcoming", body="[{creditor}] account {account}, due {due_on}.{opt_out}")
    reminder = queue_message(
        borrower=case.borrower, case=None, loan=second, step=None, purpose="due_soon", day=TODAY, channel="sms",
        template_code="upcoming", now=NOON,
    )  # fmt: skip
    pay(second)
    reminder.refresh_from_db()
    assert (reminder.state, reminder.reason) == ("cancelled", "paid")


def test_nothing_waits_so_nothing_is_looked_up(loan, django_assert_num_queries):
    from borrowers.services.followers import tell_money_moved

    with django_assert_num_queries(2):  # is anything queued; which cases show the loan
        tell_money_moved([loan.pk], paid=True)
    with django_assert_num_queries(0):
        tell_money_moved([], paid=True)
