"""A placement at its edges: money taken back twice, files that are damaged, figures too large, what a change is told as."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from borrowers.intake import FileRefused, check_upload, load_upload
from borrowers.models import AuditEvent, Borrower, Creditor, Loan, LoanBalance, Payment, Placement
from tests.borrowers.intake.placement_files import Row, Tables, as_csv, good, write_folder
from tests.factories import CreditorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def creditor() -> Creditor:
    return CreditorFactory(code="XF")


def load(tables: Tables, creditor: Creditor, folder: Path, **options: str) -> Placement:
    return load_upload(write_folder(tables, folder), creditor, **options)


def pay(no: str, amount: str, on: str = "2026-03-05", rev: str = "") -> Row:
    return {
        "account_no": "A1", "payment_no": no, "paid_on": on, "amount": amount, "method": "", "reversed_payment_no": rev,
    }  # fmt: skip


def test_over_reversal_across_files(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path / "a")
    p = load({"payments": [pay("P2R2", "50.00", rev="P2")]}, creditor, tmp_path / "b", kind="payments")
    assert "takes back more" in p.refusals_csv
    assert LoanBalance.objects.get(loan__account_no="A1").paid_total == Decimal("103.00")


def test_partial_over_reversal_with_seen_row(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path / "a")
    load({"payments": [pay("R1", "60.00", rev="P1")]}, creditor, tmp_path / "b", kind="payments")
    p = load({"payments": [pay("R2", "60.00", rev="P1")]}, creditor, tmp_path / "c", kind="payments")
    assert p.summary["payments_booked"] == 0
    assert "takes back more" in p.refusals_csv


def test_payments_of_refused_known_loan_stay_out(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path / "a")
    t = good()
    t["loans"][0]["principal"] = "299.00"
    t["payments"].append(pay("P9", "10.00"))
    load(t, creditor, tmp_path / "b")
    assert not Payment.objects.filter(payment_no="P9").exists()


def test_reversal_of_refused_payment_is_refused(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path / "a")
    p = load(
        {"payments": [pay("PX", "5.00", on="2026-13-01"), pay("PXR", "5.00", rev="PX")]},
        creditor,
        tmp_path / "b",
        kind="payments",
    )
    rows = list(csv.DictReader(io.StringIO(p.refusals_csv)))
    assert {r["row"] for r in rows} == {"2", "3"}, (p.refusals_csv, p.summary)


@pytest.mark.parametrize("value", ["--5", "²", "1-2"])
def test_credit_score(creditor: Creditor, tmp_path: Path, value: str) -> None:
    t = good()
    t["loans"][0]["credit_score"] = value
    t["loans"][1]["credit_score"] = ""
    p = load(t, creditor, tmp_path / "a")
    assert value in p.refusals_csv


@pytest.mark.parametrize("value", ["10000000000.00", "99999999999.99", "999999999999.00", "9999999999.99"])
def test_big_money(creditor: Creditor, tmp_path: Path, value: str) -> None:
    t = good()
    t["loans"][1]["principal"] = value
    t["instalments"][3]["principal"] = value
    p = load(t, creditor, tmp_path / "a")
    assert p.summary["loans_new"] + p.summary["loans_refused"] == 2
    loan = Loan.objects.filter(account_no="A2").first()
    assert loan is None or loan.principal == Decimal(value)


def test_big_instalment_number(creditor: Creditor, tmp_path: Path) -> None:
    t = good()
    t["instalments"][3]["number"] = "99999"
    assert "is too large" in load(t, creditor, tmp_path / "a").refusals_csv


def test_truncated_utf8(creditor: Creditor, tmp_path: Path) -> None:
    f = write_folder(good(), tmp_path / "a")
    with (f / "loans.csv").open("ab") as o:
        o.write("A3,张".encode()[:-1])
    with pytest.raises(FileRefused, match=r"loans\.csv row 4"):
        load_upload(f, creditor)


def test_late_bad_utf8_is_named_with_its_row(creditor: Creditor, tmp_path: Path) -> None:
    f = write_folder(good(), tmp_path / "a")
    with (f / "loans.csv").open("ab") as o:
        o.write(b"A3,\xff\xff\n")
    with pytest.raises(FileRefused, match="row 4"):
        load_upload(f, creditor)


def corrupt(tmp_path: Path, flip: Callable[[bytearray], None]) -> Path:
    p = tmp_path / "p.zip"
    with zipfile.ZipFile(p, "w", zipfile.ZIP_DEFLATED) as a:
        for n, r in good().items():
            a.writestr(f"{n}.csv", as_csv(r * 200 if n == "payments" else r))
    b = bytearray(p.read_bytes())
    flip(b)
    p.write_bytes(bytes(b))
    return p


@pytest.mark.parametrize("at", [50, 60, 300])
def test_corrupt_deflate(creditor: Creditor, tmp_path: Path, at: int) -> None:
    def flip(b: bytearray) -> None:
        for i in range(at, at + 8):
            b[i] ^= 0xFF

    with pytest.raises(FileRefused):
        load_upload(corrupt(tmp_path, flip), creditor)


def test_encrypted_zip(creditor: Creditor, tmp_path: Path) -> None:
    def flip(b: bytearray) -> None:
        i = 0
        while (i := b.find(b"PK\x03\x04", i)) >= 0:
            b[i + 6] |= 1
            i += 4
        i = 0
        while (i := b.find(b"PK\x01\x02", i)) >= 0:
            b[i + 8] |= 1
            i += 4

    with pytest.raises(FileRefused):
        load_upload(corrupt(tmp_path, flip), creditor)


def test_changed_borrower_is_counted_and_audited(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path / "a")
    t = good()
    t["loans"][1]["name"] = "王样本"
    p = load(t, creditor, tmp_path / "b")
    assert Borrower.objects.get(ref="B2").name == "王样本"
    assert p.summary["loans_updated"] == 1, p.summary


def test_update_event_says_from_and_to(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path / "a")
    t = good()
    t["loans"][1]["annual_rate"] = "0.3"
    load(t, creditor, tmp_path / "b")
    event = AuditEvent.objects.get(action="updated_by_placement")
    assert (event.field, event.old, event.new) == ("annual_rate", "0.200000", "0.300000")


def test_a_loan_does_not_move_to_another_borrower(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path / "a")
    t = good()
    t["loans"][1]["borrower_ref"] = "B3"
    p = load(t, creditor, tmp_path / "b")
    loan = Loan.objects.get(account_no="A2")
    assert loan.borrower.ref == "B2"
    assert "another borrower" in p.refusals_csv


def test_a_moved_due_date_moves_the_next_due_day(creditor: Creditor, tmp_path: Path) -> None:
    load(good(), creditor, tmp_path / "a")
    t = good()
    t["instalments"][1]["due_on"] = "2026-03-20"
    del t["payments"]
    p = load(t, creditor, tmp_path / "b")
    assert p.summary["loans_updated"] == 1
    assert LoanBalance.objects.get(loan__account_no="A1").next_due_on.isoformat() == "2026-03-20"


def test_dry_run_counts_payments(creditor: Creditor, tmp_path: Path) -> None:
    r = check_upload(write_folder(good(), tmp_path / "a"), creditor)
    assert r.payments_booked == 3, r.summary()


def test_same_table_twice_in_zip(creditor: Creditor, tmp_path: Path) -> None:
    p = tmp_path / "p.zip"
    with zipfile.ZipFile(p, "w") as a:
        for n, r in good().items():
            a.writestr(f"{n}.csv", as_csv(r))
        a.writestr("old/loans.csv", as_csv(good()["loans"][:1]))
    with pytest.raises(FileRefused):
        load_upload(p, creditor)


def test_cents_of_a_currency_that_has_none(creditor: Creditor, tmp_path: Path) -> None:
    tables = good()
    for loan in tables["loans"]:
        loan["currency"] = "JPY"
    p = load(tables, creditor, tmp_path / "a")
    [row] = [row for row in csv.DictReader(io.StringIO(p.refusals_csv)) if row["column"] == "fee"]
    assert (row["row"], row["value"], row["reason"]) == ("3", "1.50", "its currency has no cents")
    assert list(Loan.objects.values_list("account_no", flat=True)) == ["A2"]
    paid = {**pay("Y1", "10.50"), "account_no": "A2"}
    q = load(
        {"payments": [paid, {**paid, "payment_no": "Y2", "amount": "10"}]}, creditor, tmp_path / "b", kind="payments"
    )
    assert "its currency has no cents" in q.refusals_csv
    assert list(Payment.objects.values_list("payment_no", flat=True)) == ["Y2"]
