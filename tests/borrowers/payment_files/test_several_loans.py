"""A line that names a borrower with several loans: split by 民法典 560, in one transaction, by a person or by itself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from borrowers.models import AuditEvent, Creditor, Loan, LoanBalance, Payment, PaymentLine, PaymentShare, PaymentSource
from borrowers.services.ledger import record_payment
from borrowers.services.payment_files import LineRefused, assign_line, load_file, queue, split_line
from borrowers.services.payment_reconciliation import reconcile
from tests.borrowers.ledger_checks import check_books
from tests.factories import DAY, BorrowerFactory, CreditorFactory, LoanFactory, UserFactory, with_schedule

pytestmark = pytest.mark.django_db
D = Decimal
ONE = dt.timedelta(days=1)
HEADER = "no,day,sum,text,name,account"
MAPPING = {
    "payment_no": "no", "paid_on": "day", "amount": "sum", "reference": "text", "payer_name": "name",
    "payer_account": "account",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(f"{DAY.isoformat()}T10:00:00+08:00", tick=False)


@pytest.fixture
def source():
    """One borrower with two loans: 620 of the cheap one is due (the older), 310 of the dear one."""
    creditor = CreditorFactory()
    borrower = BorrowerFactory(creditor=creditor, name="Sam Sample", ref="CUST-0001")
    for account_no, rate, days in (("CHEAP-01", "0.10", 40), ("DEAR-01", "0.24", 9)):
        loan = LoanFactory(borrower=borrower, account_no=account_no, annual_rate=D(rate))
        with_schedule(loan, first_due=DAY - days * ONE, count=4)
    other = BorrowerFactory(creditor=creditor, name="Tina Test", ref="CUST-0002")
    with_schedule(LoanFactory(borrower=other, account_no="TINA-01"), first_due=DAY)
    return PaymentSource.objects.create(creditor=creditor, name="Sample Bank", mapping=MAPPING, method="transfer")


@pytest.fixture
def supervisor(source):
    return UserFactory(role="supervisor", creditors=[source.creditor])


@pytest.fixture
def by_itself(source):
    Creditor.objects.update(splits_payments=True)
    source.creditor.refresh_from_db()


def load(source, tmp_path, *rows, name="day.csv"):
    path = tmp_path / name
    path.write_text("\n".join([HEADER, *rows]))
    return load_file(path=path, source=source, file_name=name, on=DAY, actor=None)


def waiting(source, tmp_path, supervisor, row="T1,2026-03-02,400.00,for CUST-0001,,"):
    load(source, tmp_path, row)
    [item] = queue(supervisor)
    return item


def told(item):
    return [(part.loan.account_no, str(part.amount), part.reason) for part in item.split]


def paid():
    return {loan.account_no: str(loan.balance.paid_total) for loan in Loan.objects.select_related("balance")}


# --- By a person ---------------------------------------------------------------------------------------


def test_a_line_that_names_the_borrower_waits_with_its_split(source, tmp_path, supervisor):
    item = waiting(source, tmp_path, supervisor)
    assert [(loan.account_no, why) for loan, why in item.choices] == [("CHEAP-01", "borrower"), ("DEAR-01", "borrower")]
    assert told(item) == [("DEAR-01", "310.00", "heavier_burden"), ("CHEAP-01", "90.00", "rest")]
    assert not Payment.objects.exists()


def test_the_split_is_booked_whole_and_the_file_still_adds_up(source, tmp_path, supervisor):
    item = waiting(source, tmp_path, supervisor)
    line = split_line(line=item.line, expected=item.fingerprint, actor=supervisor)
    assert paid() == {"DEAR-01": "310.00", "CHEAP-01": "90.00", "TINA-01": "0.00"}
    line.refresh_from_db()
    assert (line.state, line.how, line.loan, line.payment, line.borrower.ref, line.decided_by) == (
        "booked", "several_loans", None, None, "CUST-0001", supervisor,
    )  # fmt: skip
    assert [(share.payment.loan.account_no, share.reason) for share in line.shares.order_by("pk")] == [
        ("DEAR-01", "heavier_burden"), ("CHEAP-01", "rest"),
    ]  # fmt: skip
    assert set(Payment.objects.values_list("payment_no", "paid_on", "method")) == {("T1", DAY, "transfer")}
    [day] = reconcile(supervisor, DAY)
    assert (day.booked, day.suspended, day.adds_up) == ((1, D("400.00")), (0, D("0.00")), True)
    event = AuditEvent.objects.get(action="split_line")
    assert event.detail["parts"][0] == ["DEAR-01", "310.00", "heavier_burden"]
    for loan in Loan.objects.all():
        check_books(loan)
    with pytest.raises(LineRefused, match="already"):
        split_line(line=line, expected=item.fingerprint, actor=supervisor)


def test_the_payers_choice_goes_first(source, tmp_path, supervisor):
    loan = LoanFactory(borrower=Loan.objects.get(account_no="DEAR-01").borrower, account_no="THIRD-01")
    with_schedule(loan, first_due=DAY - 5 * ONE, count=4)
    item = waiting(source, tmp_path, supervisor, "T1,2026-03-02,700.00,CHEAP-01 and THIRD-01,,")
    assert told(item) == [("THIRD-01", "310.00", "chosen"), ("CHEAP-01", "390.00", "chosen")]


def test_security_that_the_placement_told(source, tmp_path, supervisor):
    Loan.objects.filter(account_no="DEAR-01").update(extra={"secured_amount": "5000"})
    Loan.objects.filter(account_no="CHEAP-01").update(extra={"secured_amount": "unknown"})
    item = waiting(source, tmp_path, supervisor)
    assert told(item) == [("CHEAP-01", "400.00", "least_secured")]


def test_a_name_alone_offers_the_split_and_books_nothing(source, tmp_path, supervisor, by_itself):
    item = waiting(source, tmp_path, supervisor, "T1,2026-03-02,400.00,,Sam Sample,")
    assert len(item.split) == 2
    assert not Payment.objects.exists()


def test_nobody_elses_sum_takes_part_in_it(source, tmp_path, supervisor):
    """310 is also what another borrower owes."""
    item = waiting(source, tmp_path, supervisor, "T1,2026-03-02,310.00,CUST-0001,Sam Sample,")
    assert {(loan.account_no, why) for loan, why in item.choices} == {("CHEAP-01", "borrower"), ("DEAR-01", "borrower")}
    assert told(item) == [("DEAR-01", "310.00", "heavier_burden")]


def test_a_split_that_comes_to_one_loan_is_a_payment_like_any_other(source, tmp_path, supervisor):
    item = waiting(source, tmp_path, supervisor, "T1,2026-03-02,310.00,CUST-0001,,")
    line = split_line(line=item.line, expected=item.fingerprint, actor=supervisor)
    assert (line.state, line.how, line.loan.account_no, line.payment.amount) == (
        "booked", "borrower", "DEAR-01", D("310.00"),
    )  # fmt: skip
    assert not PaymentShare.objects.exists()
    [day] = reconcile(supervisor, DAY)
    assert day.adds_up


@pytest.mark.parametrize(
    "row",
    [
        "T1,2026-03-02,400.00,CUST-0001 CUST-0002,,",  # two borrowers
        "T1,2026-03-02,400.00,CUST-0002,,",  # one loan
        "T1,2026-03-02,400.00,CUST-00011,,",  # another number
        "T1,2026-03-02,99999.00,CUST-0001,,",  # more than is owed
        "T1,2026-03-02,-400.00,CUST-0001,,",  # money that went out
        "T1,2026-03-02,400.00,rent,,",
    ],
)
def test_where_there_is_no_split_to_offer(source, tmp_path, supervisor, row):
    item = waiting(source, tmp_path, supervisor, row)
    assert told(item) == []
    with pytest.raises(LineRefused, match="not several loans"):
        split_line(line=item.line, expected=item.fingerprint, actor=supervisor)


def test_what_was_seen_is_what_is_booked(source, tmp_path, supervisor):
    item = waiting(source, tmp_path, supervisor)
    dear = Loan.objects.get(account_no="DEAR-01")
    record_payment(loan=dear, payment_no="P1", paid_on=DAY, amount=D("300.00"), actor=None)
    with pytest.raises(LineRefused, match="changed meanwhile"):
        split_line(line=item.line, expected=item.fingerprint, actor=supervisor)
    assert Payment.objects.count() == 1
    [item] = queue(supervisor)
    assert told(item) == [("DEAR-01", "10.00", "heavier_burden"), ("CHEAP-01", "390.00", "rest")]


def test_both_bookings_or_none(source, tmp_path, supervisor):
    item = waiting(source, tmp_path, supervisor)
    cheap = Loan.objects.get(account_no="CHEAP-01")
    record_payment(loan=cheap, payment_no="T1", paid_on=DAY - ONE, amount=D("0.01"), actor=None)
    [item] = queue(supervisor)
    with pytest.raises(LineRefused, match="booked before"):
        split_line(line=item.line, expected=item.fingerprint, actor=supervisor)
    assert paid()["DEAR-01"] == "0.00"
    assert PaymentLine.objects.get().state == "suspended"


def test_who_may_split(source, tmp_path, supervisor):
    item = waiting(source, tmp_path, supervisor)
    for person in (
        UserFactory(role="collector"),
        UserFactory(role="supervisor", creditors=[CreditorFactory()]),
        UserFactory(role="legal", creditors=[source.creditor]),
    ):
        with pytest.raises(PermissionDenied):
            split_line(line=item.line, expected=item.fingerprint, actor=person)


def test_a_person_may_still_name_one_loan(source, tmp_path, supervisor):
    item = waiting(source, tmp_path, supervisor)
    line = assign_line(line=item.line, loan=Loan.objects.get(account_no="CHEAP-01"), actor=supervisor)
    assert (line.state, line.borrower.ref) == ("booked", "CUST-0001")


def test_the_screen_offers_it_and_books_it(source, tmp_path, supervisor, client):
    item = waiting(source, tmp_path, supervisor)
    client.force_login(supervisor)
    url = reverse("borrowers:payment_files")
    page = client.get(url).content.decode()
    assert "Split over the loans of Sam Sample" in page
    assert "heavier burden" in page
    assert item.fingerprint in page
    decide = reverse("borrowers:decide_line", args=[item.line.pk])
    assert "look at the new split" in client.post(decide, {"split": "1:1.00"}, follow=True).content.decode()
    assert "Booked on the borrower" in client.post(decide, {"split": item.fingerprint}, follow=True).content.decode()
    page = client.get(reverse("borrowers:payment_file", args=[item.line.file_id])).content.decode()
    assert "split over several loans" in page
    assert "DEAR-01 · ¥310.00" in page


def test_many_waiting_lines_cost_no_more_queries(source, tmp_path, supervisor, django_assert_num_queries):
    load(source, tmp_path, "T1,2026-03-02,400.00,CUST-0001,,")
    with django_assert_num_queries(8) as few:
        queue(supervisor)
    rows = [f"T{n},2026-03-02,{n}.00,CUST-0001,," for n in range(2, 12)]
    load(source, tmp_path, *rows, name="more.csv")
    with django_assert_num_queries(len(few)):
        assert len(queue(supervisor)) == 11


# --- By itself -----------------------------------------------------------------------------------------


def test_it_is_split_by_itself_where_the_creditor_wants_that(source, tmp_path, supervisor, by_itself):
    load(source, tmp_path, "T1,2026-03-02,400.00,for CUST-0001,,", "T2,2026-03-02,5.00,CUST-0002,,")
    assert paid() == {"DEAR-01": "310.00", "CHEAP-01": "90.00", "TINA-01": "5.00"}
    assert [(line.state, line.how) for line in PaymentLine.objects.order_by("row")] == [
        ("booked", "several_loans"), ("booked", "borrower"),
    ]  # fmt: skip
    assert PaymentShare.objects.count() == 2
    [day] = reconcile(supervisor, DAY)
    assert (day.booked, day.adds_up) == ((2, D("405.00")), True)


def test_more_than_is_owed_waits_and_says_why(source, tmp_path, by_itself):
    load(source, tmp_path, "T1,2026-03-02,99999.00,CUST-0001,,")
    line = PaymentLine.objects.get()
    assert line.state == "suspended"
    assert line.reason == "It is more than is owed on all loans of the borrower together."


def test_a_text_that_names_two_borrowers_is_certain_of_nothing(source, tmp_path, by_itself):
    load(source, tmp_path, "T1,2026-03-02,310.00,CUST-0002 DEAR-01,,", "T2,2026-03-02,310.00,CUST-0001 CUST-0002,,")
    assert set(PaymentLine.objects.values_list("state", flat=True)) == {"suspended"}


def test_a_weaker_rule_decides_nothing_against_the_borrower_who_is_named(source, tmp_path, by_itself):
    load(source, tmp_path, "T1,2026-03-02,12.00,TINA-01,,62220001")
    load(source, tmp_path, "T2,2026-03-02,400.00,CUST-0001,,62220001", name="next.csv")
    assert PaymentLine.objects.get(payment_no="T2").borrower.ref == "CUST-0001"


def test_a_loan_that_is_named_gets_it_all(source, tmp_path, by_itself):
    load(source, tmp_path, "T1,2026-03-02,400.00,CUST-0001 CHEAP-01,,")
    assert paid()["CHEAP-01"] == "400.00"


def test_the_same_number_is_not_split_twice(source, tmp_path, by_itself):
    row = "T1,2026-03-02,400.00,CUST-0001,,"
    load(source, tmp_path, row, row)
    assert sorted(PaymentLine.objects.values_list("state", flat=True)) == ["booked", "refused"]
    load(source, tmp_path, row, "T9,2026-03-02,1.00,rent,,", name="next.csv")
    assert Payment.objects.count() == 2


amounts = st.integers(1, 400_000).map(lambda cents: f"{D(cents) / 100:.2f}")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(amounts, st.sampled_from(["CUST-0001", "CUST-0002", "CHEAP-01", "DEAR-01", "rent"]))))
def test_whatever_comes_the_file_adds_up_and_every_book_holds(source, tmp_path, supervisor, by_itself, rows):
    before = PaymentLine.objects.count()
    lines = [f"{before}-{n},2026-03-02,{amount},{text},," for n, (amount, text) in enumerate(rows)]
    load(source, tmp_path, *lines, f"{before}-x,2026-03-02,1.00,rent,,", name=f"{before}.csv")
    for day in reconcile(supervisor, DAY):
        assert day.adds_up
    for loan in Loan.objects.all():
        check_books(loan)
    booked = PaymentLine.objects.filter(state="booked")
    assert sum(LoanBalance.objects.values_list("paid_total", flat=True)) == sum(booked.values_list("amount", flat=True))
