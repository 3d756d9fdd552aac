"""Files of banks: every line booked, suspended or refused; nothing twice, nothing lost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from borrowers.errors import InputError
from borrowers.models import LoanBalance, Payment, PaymentFile, PaymentLine, PaymentSource
from borrowers.services.ledger import move_payment
from borrowers.services.payment_files import LineRefused, assign_line, load_file, queue, refuse_line
from borrowers.services.payment_reconciliation import reconcile
from tests.factories import DAY, BorrowerFactory, CreditorFactory, LoanFactory, UserFactory, with_schedule

pytestmark = pytest.mark.django_db
D = Decimal
HEADER = "交易流水,交易日期,交易金额,附言,付款人,付款账号"
MAPPING = {
    "payment_no": "交易流水", "paid_on": "交易日期", "amount": "交易金额", "reference": "附言", "payer_name": "付款人",
    "payer_account": "付款账号",
}  # fmt: skip


@pytest.fixture
def source():
    creditor = CreditorFactory()
    for name in ("Sam Sample", "Tina Test"):
        loan = LoanFactory(borrower=BorrowerFactory(creditor=creditor, name=name))
        with_schedule(loan, first_due=DAY, count=4)
    return PaymentSource.objects.create(creditor=creditor, name="Sample Bank", mapping=MAPPING, method="transfer")


@pytest.fixture
def supervisor(source):
    return UserFactory(role="supervisor", creditors=[source.creditor])


def loans(source):
    return list(source.creditor.loans.order_by("pk"))


def load(source, tmp_path, *rows, name="day.csv", encoding="utf-8", actor=None, header=HEADER):
    path = tmp_path / name
    path.write_bytes("\n".join([header, *rows]).encode(encoding))
    return load_file(path=path, source=source, file_name=name, on=DAY, actor=actor)


def states(file):
    return [(line.row, line.state, line.how) for line in file.lines.order_by("row")]


def test_matched_lines_are_booked_and_the_rest_waits(source, tmp_path, supervisor):
    sam, tina = loans(source)
    file = load(
        source, tmp_path,
        f"T1,2026-03-01,310.00,还款 {sam.account_no},,62220001",
        "T2,2026-03-01,310.00,,Tina Test,",
        "T3,2026-03-01,77.00,rent,Somebody Else,",
        "T4,2026-03-01,5.00,,Sam Sample,",
        actor=supervisor,
    )  # fmt: skip
    assert states(file) == [
        (2, "booked", "reference"), (3, "booked", "name_and_amount"), (4, "suspended", ""), (5, "suspended", ""),
    ]  # fmt: skip
    assert LoanBalance.objects.get(loan=sam).paid_total == D("310.00")
    payment = Payment.objects.get(payment_no="T2")
    assert (payment.loan, payment.paid_on, payment.method) == (tina, dt.date(2026, 3, 1), "transfer")
    [unknown, named] = queue(supervisor)
    assert unknown.choices == []
    assert [(loan, why) for loan, why in named.choices] == [(sam, "name")]


def test_the_payers_account_is_known_the_next_time(source, tmp_path):
    sam, _tina = loans(source)
    load(source, tmp_path, f"T1,2026-03-01,310.00,{sam.account_no},,62220001")
    file = load(source, tmp_path, "T2,2026-03-02,12.34,no reference,,62220001", name="next.csv")
    assert states(file) == [(2, "booked", "account")]
    assert file.lines.get().loan == sam


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("T1,yesterday,310.00,,,", "paid_on: yesterday is no date in the form %Y-%m-%d"),
        ("T1,2026-03-01,much,,,", "amount: "),
        (",2026-03-01,310.00,,,", "payment_no: is missing"),
        ("T1,2026-03-01,0.00,,,", "amount: must be more than 0"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_the_rest_goes_on(source, tmp_path, row, reason):
    sam, _tina = loans(source)
    file = load(source, tmp_path, row, f"T9,2026-03-01,310.00,{sam.account_no},,")
    bad, good = file.lines.order_by("row")
    assert (bad.state, good.state) == ("refused", "booked")
    assert bad.reason.startswith(reason)
    assert set(bad.raw) == set(HEADER.split(","))


def test_money_that_went_out_waits_for_a_person(source, tmp_path, supervisor):
    sam, _tina = loans(source)
    file = load(source, tmp_path, f"T1,2026-03-01,-310.00,{sam.account_no},,")
    line = file.lines.get()
    assert line.state == "suspended"
    with pytest.raises(LineRefused):
        assign_line(line=line, loan=sam, actor=supervisor)


def test_the_same_file_and_the_same_number_are_not_booked_twice(source, tmp_path):
    sam, _tina = loans(source)
    row = f"T1,2026-03-01,310.00,{sam.account_no},,"
    load(source, tmp_path, row, row)
    assert list(PaymentLine.objects.order_by("row").values_list("state", flat=True)) == ["booked", "refused"]
    with pytest.raises(InputError, match="loaded before"):
        load(source, tmp_path, row, row)
    file = load(source, tmp_path, row, "T2,2026-03-01,1.00,,,", name="longer.csv")
    assert [state for _row, state, _how in states(file)] == ["refused", "suspended"]
    assert Payment.objects.count() == 1


def test_gb_18030_and_separators_are_read(source, tmp_path):
    sam, _tina = loans(source)
    file = load(source, tmp_path, f'T1,2026-03-01,"1,310.00",还款 {sam.account_no},张样本,', encoding="gb18030")
    assert file.lines.get().amount == D("1310.00")
    assert file.lines.get().payer_name == "张样本"


def test_a_file_without_a_mapped_column_is_no_file_of_this_source(source, tmp_path):
    with pytest.raises(InputError, match="column for amount"):
        load(source, tmp_path, "T1,2026-03-01,1", header="交易流水,交易日期,金额")
    assert not PaymentFile.objects.exists()


def test_what_fails_in_the_middle_leaves_nothing(source, tmp_path, monkeypatch):
    sam, _tina = loans(source)
    monkeypatch.setattr(PaymentLine.objects, "bulk_create", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load(source, tmp_path, f"T1,2026-03-01,310.00,{sam.account_no},,")
    assert (Payment.objects.count(), PaymentFile.objects.count()) == (0, 0)


class TestQueue:
    @pytest.fixture
    def line(self, source, tmp_path):
        return load(source, tmp_path, "T1,2026-03-01,310.00,rent,,").lines.get()

    def test_a_person_assigns_it(self, source, line, supervisor):
        sam, _tina = loans(source)
        assign_line(line=line, loan=sam, actor=supervisor)
        line.refresh_from_db()
        assert (line.state, line.how, line.decided_by, line.payment.amount) == (
            "booked",
            "hand",
            supervisor,
            D("310.00"),
        )
        with pytest.raises(LineRefused, match="already"):
            refuse_line(line=line, reason="late", actor=supervisor)

    def test_or_sets_it_aside_with_a_reason(self, line, supervisor):
        with pytest.raises(LineRefused, match="reason"):
            refuse_line(line=line, reason=" ", actor=supervisor)
        refuse_line(line=line, reason="sent back to the payer", actor=supervisor)
        assert PaymentLine.objects.get().state == "refused"

    def test_not_on_another_creditors_loan(self, line, supervisor):
        with pytest.raises(LineRefused, match="another creditor"):
            assign_line(line=line, loan=with_schedule(LoanFactory(), first_due=DAY), actor=supervisor)

    def test_nor_by_who_may_not(self, source, line):
        sam, _tina = loans(source)
        for person in (
            UserFactory(role="collector"),
            UserFactory(role="supervisor", creditors=[CreditorFactory()]),
            UserFactory(role="legal", creditors=[source.creditor]),
        ):
            with pytest.raises(PermissionDenied):
                assign_line(line=line, loan=sam, actor=person)


amounts = st.integers(-50_000, 50_000).map(lambda cents: f"{D(cents) / 100:.2f}")
rows = st.lists(
    st.tuples(
        st.sampled_from(["T1", "T2", "T3", "T4", ""]),
        st.sampled_from(["2026-03-01", "2026-02-30"]),
        amounts | st.just("x"),
        st.integers(0, 3),
    ),
    max_size=6,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows)
def test_what_the_file_comes_to_is_booked_or_suspended_or_refused(source, tmp_path, supervisor, given_rows):
    PaymentLine.objects.all().delete()
    PaymentFile.objects.all().delete()
    before = Payment.objects.count()
    references = [loan.account_no for loan in loans(source)] + ["rent", ""]
    written = [f"{no and f'{no}-{before}'},{day},{amount},{references[at]},," for no, day, amount, at in given_rows]
    file = load(source, tmp_path, *written)
    [day] = reconcile(supervisor, DAY)
    assert day.adds_up
    assert day.file.row_count == len(given_rows)
    assert day.booked[0] == Payment.objects.count() - before
    assert file.total == sum(line.amount for line in file.lines.all())


class TestWhatABankFileMayHold:
    """Each of these once booked wrong money, or none."""

    @pytest.mark.parametrize("amount", ['"310,50"', '"1,31"', '"3,10.00"', '"1,0000"'])
    def test_a_comma_that_separates_no_thousands_is_refused_and_not_guessed(self, source, tmp_path, amount):
        sam, _tina = loans(source)
        file = load(source, tmp_path, f"T1,2026-03-01,{amount},{sam.account_no},,")
        assert states(file) == [(2, "refused", "")]
        assert not Payment.objects.exists()

    def test_a_day_ahead_is_refused_since_penalty_would_be_booked_up_to_it(self, source, tmp_path):
        sam, _tina = loans(source)
        file = load(source, tmp_path, f"T1,2099-03-01,310.00,{sam.account_no},,")
        assert file.lines.get().reason == "paid_on: lies in the future"

    def test_a_day_before_the_loan_waits_for_a_person(self, source, tmp_path):
        sam, _tina = loans(source)
        file = load(source, tmp_path, f"T1,2001-03-01,310.00,{sam.account_no},,")
        line = file.lines.get()
        assert (line.state, line.reason) == ("suspended", "paid_on: lies before the day of disbursement")

    def test_what_a_person_set_aside_is_not_booked_when_the_bank_repeats_it(self, source, tmp_path, supervisor):
        sam, _tina = loans(source)
        line = load(source, tmp_path, "T1,2026-03-01,310.00,rent,,").lines.get()
        refuse_line(line=line, reason="sent back to the payer", actor=supervisor)
        again = load(source, tmp_path, f"T1,2026-03-01,310.00,{sam.account_no},,", name="next.csv")
        assert states(again) == [(2, "refused", "")]

    def test_what_could_not_be_read_may_come_again(self, source, tmp_path):
        sam, _tina = loans(source)
        load(source, tmp_path, f"T1,2026-03-01,much,{sam.account_no},,")
        again = load(source, tmp_path, f"T1,2026-03-01,310.00,{sam.account_no},,", name="next.csv")
        assert states(again) == [(2, "booked", "reference")]

    def test_an_account_that_paid_the_wrong_loan_names_no_loan(self, source, tmp_path):
        sam, tina = loans(source)
        load(source, tmp_path, f"T1,2026-03-01,310.00,{sam.account_no},,62220001")
        move_payment(payment=Payment.objects.get(), to=tina, payment_no="T1-moved", actor=None)
        again = load(source, tmp_path, "T2,2026-03-02,12.00,,,62220001", name="next.csv")
        assert states(again) == [(2, "suspended", "")]

    def test_numbers_that_are_too_long_are_not_cut_to_the_same(self, source, tmp_path):
        sam, _tina = loans(source)
        long = "9" * 64
        file = load(
            source,
            tmp_path,
            f"{long}A,2026-03-01,1.00,{sam.account_no},,",
            f"{long}B,2026-03-01,2.00,{sam.account_no},,",
        )
        assert {line.reason for line in file.lines.all()} == {"payment_no: is longer than 64 characters"}

    def test_a_yen_has_no_cents(self, source, tmp_path):
        source.creditor.loans.update(currency="JPY")
        type(source.creditor).objects.update(currency="JPY")
        sam, _tina = loans(source)
        file = load(
            PaymentSource.objects.get(), tmp_path,
            f"T1,2026-03-01,310.50,{sam.account_no},,", f"T2,2026-03-01,310,{sam.account_no},,",
        )  # fmt: skip
        assert [state for _row, state, _how in states(file)] == ["refused", "booked"]

    def test_a_loan_in_another_currency_is_never_meant(self, source, tmp_path):
        sam, _tina = loans(source)
        source.creditor.loans.filter(pk=sam.pk).update(currency="USD")
        file = load(source, tmp_path, f"T1,2026-03-01,310.00,{sam.account_no},,")
        assert states(file) == [(2, "suspended", "")]

    def test_columns_are_named_as_they_stand_in_the_file(self, source, tmp_path):
        sam, _tina = loans(source)
        source.mapping = {"payment_no": "Transaction ID", "paid_on": "Date", "amount": "Amount", "reference": "Text"}
        file = load(
            source, tmp_path, f"T1,2026-03-01,310.00,{sam.account_no}", header="Transaction ID,Date,Amount,Text"
        )
        assert states(file) == [(2, "booked", "reference")]

    def test_a_workbooks_own_dates_and_times_are_read_whatever_the_form(self, source, tmp_path):
        sam, _tina = loans(source)
        source.date_format = "%d/%m/%Y"
        file = load(
            source, tmp_path, f"T1,2026-03-01,1.00,{sam.account_no},,", f"T2,01/03/2026,2.00,{sam.account_no},,",
            f"T3,2026-03-01T10:20:30,3.00,{sam.account_no},,", f"T4,2026-13-01,3.00,{sam.account_no},,",
        )  # fmt: skip
        assert [(line.state, line.paid_on) for line in file.lines.order_by("row")] == [
            *[("booked", dt.date(2026, 3, 1))] * 3, ("refused", None),
        ]  # fmt: skip
