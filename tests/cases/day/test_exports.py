from __future__ import annotations

import csv
import datetime as dt
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from borrowers.export import csv_cell
from borrowers.models import Loan
from borrowers.services.ledger import record_payment
from cases.day import run_day
from tests.cases.day.portfolio import DAY, loan_due
from tests.cases.day.process import NOW
from tests.factories import BorrowerFactory, CreditorFactory
from tests.installation import ROOT

pytestmark = pytest.mark.django_db

LOAN_COLUMNS = (
    "account_no aged_on days_past_due delinquent_days bucket overdue_amount outstanding_principal outstanding_amount"
)
CASE_COLUMNS = (
    "case_no account_nos borrower_ref stage days_past_due delinquent_days bucket overdue_amount outstanding_amount "
    "risk_grade next_step next_step_on assigned_to"
)


def exported(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


@pytest.fixture
def two_loans() -> list[Loan]:
    from cases.services.defaults import load_defaults

    load_defaults()
    creditor = CreditorFactory.create(code="EX")
    borrower = BorrowerFactory.create(creditor=creditor, ref="=1+1")
    loans = [loan_due(borrower, 40), loan_due(borrower, 10)]
    run_day(on=DAY, now=NOW)
    return loans


def test_loans_as_last_aged(two_loans: list[Loan]) -> None:
    text = exported("export_loans")
    assert text.splitlines()[0].split(",") == LOAN_COLUMNS.split()
    row = rows_of(text)[0]
    assert list(row.values()) == [
        two_loans[0].account_no, "2026-03-02", "40", "40", "M2", "220.00", "1200.00", "1320.00",
    ]  # fmt: skip
    data = json.loads(exported("export_loans", "--format", "json"))
    assert [list(item) for item in data] == [LOAN_COLUMNS.split()] * 2
    assert data[0]["overdue_amount"] == "220.00"
    assert data[0]["days_past_due"] == 40


def test_cases_with_all_their_accounts(two_loans: list[Loan]) -> None:
    accounts = [loan.account_no for loan in two_loans]
    text = exported("export_cases", "--creditor", "EX")
    assert text.splitlines()[0].split(",") == CASE_COLUMNS.split()
    row = rows_of(text)[0]
    assert row["account_nos"] == ";".join(accounts)
    assert row["borrower_ref"] == "'=1+1"
    assert row["assigned_to"] == ""
    (item,) = json.loads(exported("export_cases", "--format", "json"))
    assert list(item) == CASE_COLUMNS.split()
    assert item["account_nos"] == accounts
    assert item["borrower_ref"] == "=1+1"
    assert item["assigned_to"] is None
    assert dt.date.fromisoformat(item["next_step_on"])


def test_nothing_is_an_empty_list() -> None:
    assert json.loads(exported("export_cases", "--format", "json")) == []
    assert exported("export_loans").splitlines() == [LOAN_COLUMNS.replace(" ", ",")]
    with pytest.raises(SystemExit) as ended:
        call_command("export_loans", "--creditor", "nobody", stderr=StringIO())
    assert ended.value.code == 1


def test_principal_of_an_earlier_day_is_that_days(two_loans: list[Loan]) -> None:
    record_payment(loan=two_loans[0], payment_no="P", paid_on=DAY, amount=Decimal("110.00"), actor=None)
    run_day(on=DAY - dt.timedelta(days=1), now=NOW)
    assert rows_of(exported("export_loans"))[0]["outstanding_principal"] == "1200.00"
    run_day(on=DAY, now=NOW)
    assert rows_of(exported("export_loans"))[0]["outstanding_principal"] == "1100.00"


@pytest.mark.parametrize("text", ["=A1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert csv_cell(text) == f"'{text}"
    assert csv_cell(Decimal("-1.00")) == "-1.00"


def test_real_loans_lie_within_their_lenders_own_range(tmp_path: Path) -> None:
    """200 real loans on 2018-06-25, with what their lender said of them that day."""
    call_command(
        "add_creditor", "LC", "--name", "Sample", "--pack", "us_reg_f", "--currency", "USD", "--time-zone",
        "America/New_York", stdout=StringIO(),
    )  # fmt: skip
    call_command("load_defaults")
    sample = ROOT / "legal" / "demo" / "lending_club_200.zip"
    call_command("load_placement", str(sample), "--creditor", "LC", stdout=StringIO(), stderr=StringIO())
    call_command("run_day", "--on", "2018-06-25", stdout=StringIO(), stderr=StringIO())
    got = {row["account_no"]: row for row in rows_of(exported("export_loans"))}
    expected = rows_of((ROOT / "tests" / "data" / "lending_club_200_expected.csv").read_text())
    assert len(got) == len(expected) == 200
    for row in expected:
        loan = got[row["account_no"]]
        assert int(row["days_past_due_min"]) <= int(loan["days_past_due"]) <= int(row["days_past_due_max"]), loan
        difference = Decimal(row["outstanding_principal"]) - Decimal(loan["outstanding_principal"])
        assert abs(difference) <= Decimal("0.05"), loan
