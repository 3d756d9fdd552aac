"""What the loading commands say on standard error, and what stays when the refusals cannot be written."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from borrowers.intake import check_upload
from borrowers.models import Creditor, Loan
from tests.borrowers.intake.placement_files import Tables, good, write_folder
from tests.factories import CreditorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def creditor() -> Creditor:
    return CreditorFactory(code="XF")


def run(folder: Path, *options: str) -> tuple[int, list[str], str]:
    """(exit status, lines of standard error without the progress, standard output)."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command("load_placement", str(folder), "--creditor", "XF", *options, stdout=out, stderr=err)
    except SystemExit as stop:
        status = int(stop.code or 0)
    return status, err.getvalue().splitlines(), out.getvalue()


def bad_date(tables: Tables) -> None:
    tables["loans"][0]["disbursed_on"] = "05/01/2026"


def negative(tables: Tables) -> None:
    tables["loans"][0]["principal"] = "-300.00"


def duplicate(tables: Tables) -> None:
    tables["loans"].append(dict(tables["loans"][0]))


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (bad_date, "loans.csv row 2, column disbursed_on: '05/01/2026' is not a date: write YYYY-MM-DD"),
        (negative, "loans.csv row 2, column principal: '-300.00': the amount must not be negative"),
        (duplicate, "loans.csv row 4, column account_no: 'A1' the account stands in the file twice"),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_a_refused_row_is_one_line_that_names_its_place(
    creditor: Creditor, tmp_path: Path, spoil: Callable[[Tables], None], line: str, whole: bool
) -> None:
    tables = good()
    spoil(tables)
    csv_file = str(tmp_path / "r.csv")
    options = ("--all-or-nothing",) if whole else ()
    status, said, out = run(write_folder(tables, tmp_path / "p"), "--refusals", csv_file, *options)
    assert said == [line]
    assert status == int(whole)
    assert ("done" in out) is not whole
    assert set(Loan.objects.values_list("account_no", flat=True)) == (set() if whole else {"A2"})


def test_the_rows_are_printed_where_their_file_cannot_be_written(creditor: Creditor, tmp_path: Path) -> None:
    tables = good()
    bad_date(tables)
    status, _, out = run(write_folder(tables, tmp_path / "p"), "--refusals", str(tmp_path / "none" / "r.csv"))
    assert status == 0
    assert "cannot be written" in out
    assert "loans.csv,2,disbursed_on,05/01/2026" in out


def test_a_refused_value_is_no_formula(creditor: Creditor, tmp_path: Path) -> None:
    tables = good()
    tables["loans"][0]["disbursed_on"] = "=HYPERLINK(1)"
    tables["loans"][1]["principal"] = "-100"
    report = check_upload(write_folder(tables, tmp_path / "p"), creditor)
    values = {row["value"] for row in csv.DictReader(io.StringIO(report.refusals_csv()))}
    assert values == {"'=HYPERLINK(1)", "-100"}
