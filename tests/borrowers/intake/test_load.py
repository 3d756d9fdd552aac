"""A placement goes in whole or by its good rows, once, with a reason for everything that stays out."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from borrowers.intake import FileRefused, check_upload, load_upload
from borrowers.models import (
    Allocation,
    AuditEvent,
    Borrower,
    ContactPoint,
    Creditor,
    Instalment,
    Loan,
    LoanBalance,
    Payment,
    Placement,
)
from borrowers.services.entries import waive
from borrowers.services.ledger_check import check_balances
from tests.borrowers.intake.placement_files import Tables, good, write_folder, write_zip
from tests.factories import CreditorFactory

pytestmark = pytest.mark.django_db
MODELS = (Borrower, ContactPoint, Loan, Instalment, Payment, Allocation, LoanBalance)


@pytest.fixture
def creditor() -> Creditor:
    return CreditorFactory(code="XF")


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in MODELS}


def load(tables: Tables, creditor: Creditor, folder: Path, **options: str) -> Placement:
    return load_upload(write_folder(tables, folder / "placement"), creditor, **options)


def test_a_good_placement_is_loaded_to_the_cent(creditor: Creditor, tmp_path: Path) -> None:
    placement = load(good(), creditor, tmp_path)
    assert placement.state == Placement.State.LOADED
    assert placement.summary["loans_new"] == 2
    assert placement.summary["rows_refused"] == 0
    loan = Loan.objects.select_related("borrower", "balance").get(account_no="A1")
    assert loan.extra == {"shop": "样板店"}
    assert loan.borrower.id_no == "990000199001010017"
    assert loan.borrower.id_no_index
    assert [row.cumulative_due for row in loan.instalments.all()] == [
        Decimal("103.00"), Decimal("206.50"), Decimal("307.50"),
    ]  # fmt: skip
    assert loan.balance.paid_total == Decimal("103.00")
    assert loan.balance.principal_paid == Decimal("100.00")
    assert loan.balance.outstanding_principal == Decimal("200.00")
    assert loan.balance.outstanding_amount == Decimal("204.50")
    assert str(loan.balance.next_due_on) == "2026-03-05"
    assert loan.payments.get(payment_no="P2R").amount == Decimal("-50.00")
    assert set(ContactPoint.objects.values_list("value", flat=True)) == {"+8615400000001", "b1@example.com"}


@pytest.mark.django_db(transaction=True)
def test_id_numbers_are_not_readable_in_the_database(creditor: Creditor, tmp_path: Path) -> None:
    from django.db import connection

    load(good(), creditor, tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_no FROM borrowers_borrower WHERE id_no <> ''")
        (stored,) = cursor.fetchone()
    assert "9900001990" not in stored


def test_loading_the_same_again_changes_nothing(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path)
    before, events = counts(), AuditEvent.objects.count()
    placement = load(good(), creditor, tmp_path)
    assert counts() == before
    assert (placement.summary["loans_new"], placement.summary["loans_unchanged"]) == (0, 2)
    assert placement.summary["payments_seen"] == 3
    # Only the upload itself is noted.
    assert AuditEvent.objects.count() == events + 1


def test_a_changed_value_is_updated_and_noted(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path)
    tables = good()
    tables["instalments"][1]["interest"] = "2.50"
    placement = load(tables, creditor, tmp_path)
    assert placement.summary["loans_updated"] == 1
    loan = Loan.objects.select_related("balance").get(account_no="A1")
    assert loan.balance.due_total == Decimal("308.00")
    assert AuditEvent.objects.filter(action="updated_by_placement", subject_id=loan.pk).count() == 1


def test_every_way_of_writing_it_is_read_alike(creditor: Creditor, tmp_path: Path) -> None:
    load_upload(write_zip(good(), tmp_path / "p.zip"), creditor)
    for encoding in ("utf-8-sig", "gb18030"):
        placement = load_upload(write_folder(good(), tmp_path / encoding, encoding), creditor)
        assert placement.summary["loans_unchanged"] == 2
    assert Borrower.objects.get(ref="B1").name == "张样本"


def test_column_order_is_free(creditor: Creditor, tmp_path: Path) -> None:
    tables = good()
    tables["instalments"] = [dict(reversed(row.items())) for row in tables["instalments"]]
    assert load(tables, creditor, tmp_path).summary["loans_new"] == 2


def _change(table: str, index: int, column: str, value: str) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        tables[table][index][column] = value

    return change


def _twice(table: str, index: int) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        tables[table].append(dict(tables[table][index]))

    return change


def _without(table: str, index: int) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        del tables[table][index]

    return change


def _born_later(tables: Tables) -> None:
    tables["loans"][0].update({"id_no": "", "id_type": "", "birth_date": "2027-01-01"})


# What is spoilt, the place that the refusal must name, a part of its reason.
SPOILT: list[tuple[Callable[[Tables], None], tuple[str, int, str], str]] = [
    (_change("loans", 0, "principal", "-300.00"), ("loans.csv", 2, "principal"), "negative"),
    (_change("loans", 0, "principal", "300.005"), ("loans.csv", 2, "principal"), "decimals"),
    (_change("loans", 0, "principal", "1,300"), ("loans.csv", 2, "principal"), "thousands"),
    (_change("loans", 0, "name", ""), ("loans.csv", 2, "name"), "missing"),
    (_change("loans", 0, "currency", "XXX"), ("loans.csv", 2, "currency"), "currency"),
    (_change("loans", 0, "disbursed_on", "2026-02-30"), ("loans.csv", 2, "disbursed_on"), "not a date"),
    (_change("loans", 0, "disbursed_on", "05/01/2026"), ("loans.csv", 2, "disbursed_on"), "not a date"),
    (_change("loans", 0, "annual_rate", "12%"), ("loans.csv", 2, "annual_rate"), "rate"),
    (_change("loans", 0, "id_no", "990000199001010011"), ("loans.csv", 2, "id_no"), "check digit"),
    (_born_later, ("loans.csv", 2, "birth_date"), "disbursement"),
    (_change("loans", 0, "time_zone", "Mars/Base"), ("loans.csv", 2, "time_zone"), "time zone"),
    (_twice("loans", 0), ("loans.csv", 4, "account_no"), "twice"),
    (_change("instalments", 0, "due_on", "2026-03-05"), ("instalments.csv", 3, "due_on"), "not after"),
    (_change("instalments", 0, "due_on", "2026-01-01"), ("instalments.csv", 2, "due_on"), "before the day of disbursement"),
    (_change("instalments", 0, "principal", "99.00"), ("loans.csv", 2, "principal"), "add up"),
    (_change("instalments", 0, "number", "0"), ("instalments.csv", 2, "number"), "whole number"),
    (_twice("instalments", 0), ("instalments.csv", 6, "number"), "twice"),
    (_change("payments", 0, "amount", "0.00"), ("payments.csv", 2, "amount"), "more than 0"),
    (_change("payments", 0, "paid_on", "2999-01-01"), ("payments.csv", 2, "paid_on"), "future"),
    (_twice("payments", 0), ("payments.csv", 5, "payment_no"), "twice"),
    (_change("payments", 2, "reversed_payment_no", "P9"), ("payments.csv", 4, "reversed_payment_no"), "no such payment"),
    (_change("payments", 2, "amount", "50.01"), ("payments.csv", 4, "amount"), "more than the payment brought"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "place", "reason"), SPOILT, ids=[f"{p[0]}-{p[2]}-{r}" for _, p, r in SPOILT])
def test_a_wrong_row_refuses_its_loan_with_place_and_reason(
    creditor: Creditor, tmp_path: Path, spoil: Callable[[Tables], None], place: tuple[str, int, str], reason: str
) -> None:
    tables = good()
    spoil(tables)
    placement = load(tables, creditor, tmp_path)
    rows = list(csv.DictReader(io.StringIO(placement.refusals_csv)))
    assert [(row["file"], int(row["row"]), row["column"]) for row in rows] == [place]
    assert reason in rows[0]["reason"]
    # The loan stays out whole, the other goes in.
    assert list(Loan.objects.values_list("account_no", flat=True)) == ["A2"]
    assert placement.summary["loans_refused"] == 1
    assert not Payment.objects.exists()


def test_rows_that_belong_to_nothing_are_named(creditor: Creditor, tmp_path: Path) -> None:
    tables = good()
    tables["instalments"].append({**tables["instalments"][0], "account_no": "A9"})
    tables["payments"].append({**tables["payments"][0], "account_no": "A9"})
    tables["contact_points"].append({**tables["contact_points"][0], "borrower_ref": "B9"})
    tables["loans"].append({**tables["loans"][1], "account_no": "A3"})
    placement = load(tables, creditor, tmp_path)
    rows = {(row["file"], row["value"]) for row in csv.DictReader(io.StringIO(placement.refusals_csv))}
    assert rows == {
        ("instalments.csv", "A9"), ("payments.csv", "A9"), ("contact_points.csv", "B9"), ("loans.csv", "A3"),
    }  # fmt: skip
    assert Loan.objects.count() == 2


def test_a_wrong_contact_point_stays_out_alone(creditor: Creditor, tmp_path: Path) -> None:
    tables = good()
    tables["contact_points"][0]["value"] = "12"
    placement = load(tables, creditor, tmp_path)
    assert placement.summary["loans_new"] == 2
    assert ContactPoint.objects.count() == 1
    assert "contact_points.csv,2,value" in placement.refusals_csv


def test_id_numbers_are_not_told_in_refusals(creditor: Creditor, tmp_path: Path) -> None:
    tables = good()
    tables["loans"][0]["id_no"] = "990000199001010011"
    assert "990000199001010011" not in load(tables, creditor, tmp_path).refusals_csv


def test_all_or_nothing_changes_nothing_when_a_row_is_refused(creditor: Creditor, tmp_path: Path) -> None:
    tables = good()
    tables["loans"][0]["name"] = ""
    placement = load(tables, creditor, tmp_path, accept="all_or_nothing")
    assert placement.state == Placement.State.REFUSED
    assert not Loan.objects.exists()
    assert not Borrower.objects.exists()


def test_a_dry_run_writes_nothing(creditor: Creditor, tmp_path: Path) -> None:
    before = counts()
    report = check_upload(write_folder(good(), tmp_path / "p"), creditor)
    assert (report.loans_new, report.rows["instalments"]) == (2, 4)
    assert counts() == before
    assert not Placement.objects.exists()


def test_a_payment_seen_before_with_another_amount_is_refused(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path)
    tables = {"payments": good()["payments"]}
    tables["payments"][0]["amount"] = "104.00"
    (tmp_path / "payments").mkdir()
    placement = load(tables, creditor, tmp_path / "payments", kind="payments")
    assert "another date or amount" in placement.refusals_csv
    assert Payment.objects.count() == 3


def test_a_loan_with_payments_keeps_its_currency(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path)
    changed = good()
    for loan in changed["loans"]:
        loan["currency"] = "USD"
    placement = load(changed, creditor, tmp_path)
    (refused,) = csv.DictReader(io.StringIO(placement.refusals_csv))
    assert (refused["file"], refused["row"], refused["column"], refused["value"]) == (
        "loans.csv",
        "2",
        "currency",
        "USD",
    )
    assert "another currency" in refused["reason"]
    # A2 has no payments yet: nothing booked would change its meaning.
    assert dict(Loan.objects.values_list("account_no", "currency")) == {"A1": "CNY", "A2": "USD"}


def test_what_was_booked_on_a_schedule_outlives_the_same_file(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path)
    loan = Loan.objects.get(account_no="A1")
    waive(loan=loan, parts={"interest": Decimal("1.00")}, on=dt.date(2026, 4, 6), reason="goodwill", actor=None)
    balance = LoanBalance.objects.filter(loan=loan).values().get()
    load(good(), creditor, tmp_path)
    assert LoanBalance.objects.filter(loan=loan).values().get() == balance
    assert list(check_balances([loan.pk])) == []


def test_an_instalment_on_which_something_was_booked_cannot_change(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path)
    loan = Loan.objects.get(account_no="A1")
    waive(loan=loan, parts={"interest": Decimal("2.00")}, on=dt.date(2026, 4, 6), reason="goodwill", actor=None)
    changed = good()
    changed["instalments"][1]["interest"] = "0.50"
    placement = load(changed, creditor, tmp_path)
    (refused,) = csv.DictReader(io.StringIO(placement.refusals_csv))
    assert (refused["file"], refused["row"], refused["column"], refused["value"]) == (
        "instalments.csv",
        "3",
        "number",
        "2",
    )
    assert "cannot change any more" in refused["reason"]
    assert loan.instalments.get(number=2).interest == Decimal("2.00")
    assert list(check_balances([loan.pk])) == []


def test_payments_alone_are_booked_once_and_move_the_balance(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path)
    row = {
        "account_no": "A1",
        "payment_no": "P3",
        "paid_on": "2026-03-05",
        "amount": "103.50",
        "method": "",
        "reversed_payment_no": "",
    }
    folder = tmp_path / "later"
    folder.mkdir()
    for expected in (1, 0):
        placement = load({"payments": [row]}, creditor, folder, kind="payments")
        assert placement.summary["payments_booked"] == expected
    balance = LoanBalance.objects.get(loan__account_no="A1")
    assert balance.outstanding_principal == Decimal("100.00")
    assert balance.outstanding_amount == Decimal("101.00")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda folder: (folder / "loans.csv").unlink(), "the table loans is missing"),
        (lambda folder: _rewrite(folder / "loans.csv", "principal", "price"), "loans.csv row 1, column principal: the column is missing"),
        (lambda folder: (folder / "loans.csv").write_bytes("name,é\n".encode("utf-16")), "loans.csv row 1: is neither UTF-8 nor GB 18030 text"),
        (lambda folder: (folder / "loans.csv").write_text(""), "loans.csv row 1: the header row is missing"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_gives_one_line(
    creditor: Creditor, tmp_path: Path, change: Callable[[Path], None], line: str
) -> None:
    folder = write_folder(good(), tmp_path / "p")
    change(folder)
    with pytest.raises(FileRefused) as refused:
        load_upload(folder, creditor)
    assert line in str(refused.value)
    assert not Loan.objects.exists()


def _rewrite(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def test_the_command_says_one_line_and_exits_with_1(
    creditor: Creditor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p.zip").write_bytes(b"no zip")
    with pytest.raises(SystemExit) as exit_:
        call_command("load_placement", str(tmp_path / "p.zip"), creditor="XF")
    assert exit_.value.code == 1
    assert capsys.readouterr().err.strip().count("\n") == 0


@pytest.mark.parametrize("name", ["nothing.zip", "nothing", "nothing.csv"])
def test_a_file_that_is_not_there_gives_one_line(
    creditor: Creditor, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    for options in ([], ["--dry-run"]):
        with pytest.raises(SystemExit) as exit_:
            call_command("load_placement", str(tmp_path / name), "--creditor", "XF", *options)
        assert exit_.value.code == 1
        assert capsys.readouterr().err.strip() == f"{name}: there is no such file or folder"


def test_an_overlong_row_is_named(creditor: Creditor, tmp_path: Path) -> None:
    folder = write_folder(good(), tmp_path / "p")
    with (folder / "payments.csv").open("a") as file:
        file.write("A1,P9,2026-03-01,1.00,,,surplus\n")
    with pytest.raises(FileRefused, match=r"payments.csv row 5: has 7 values for 6 columns"):
        load_upload(folder, creditor)
