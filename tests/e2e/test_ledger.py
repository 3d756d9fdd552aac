"""Money on the screen: the ledger is corrected on the case page; a bank's file is set up, loaded and decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from borrowers.ageing import age_loans
from borrowers.models import CostItem, LedgerEntry, Loan, LoanBalance, Payment, PaymentLine, PaymentSource, User
from cases.models import Case
from cases.services.case_figures import refresh_cases
from tests.borrowers.ledger_checks import check_books
from tests.factories import BorrowerFactory, CaseFactory, CreditorFactory, LoanFactory, UserFactory, with_schedule

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], Page]
D = Decimal
ONE = dt.timedelta(days=1)


@pytest.fixture
def house() -> Any:
    """A creditor with a cost sheet; a borrower with two late loans in one case, and another borrower."""
    creditor = CreditorFactory(code="LEND")
    today = creditor.business_date(timezone.now())
    CostItem.objects.create(creditor=creditor, code="visit", name="Visit", valid_from="2020-01-01")
    borrower = BorrowerFactory(creditor=creditor, name="Sam Sample", ref="CUST-0001")
    loans = []
    for account_no, rate, days in (("CHEAP-01", "0.10", 40), ("DEAR-01", "0.24", 9)):
        loan = LoanFactory(borrower=borrower, account_no=account_no, annual_rate=rate, disbursed_on=today - 100 * ONE)
        loans.append(with_schedule(loan, first_due=today - days * ONE, count=4))
    other = LoanFactory(
        borrower=BorrowerFactory(creditor=creditor, name="Tina Test", ref="CUST-0002"), account_no="TINA-01",
        disbursed_on=today - 100 * ONE,
    )  # fmt: skip
    with_schedule(other, first_due=today - ONE, count=4)
    age_loans(creditor=creditor, on=today)
    creditor.refresh_from_db()
    case = CaseFactory(borrower=borrower, loan=loans[0], opened_on=today)
    refresh_cases(creditor=creditor, on=today)
    return creditor, case


def paid(account_no: str) -> Decimal:
    return LoanBalance.objects.get(loan__account_no=account_no).paid_total


def correct(page: Page, kind: str, **values: str) -> None:
    """One correction through its form; `label` chooses an option by what a person reads."""
    page.click("button:text-is('Correct')")
    page.wait_for_selector("#work [name=kind]")
    page.select_option("#work [name=kind]", kind)
    for name, value in values.items():
        if page.locator(f"#work select[name={name}]").count():
            page.select_option(f"#work select[name={name}]", label=value)
        else:
            page.fill(f"#work [name={name}]", value)
    page.fill("#work [name=reason]", "as the bank says")
    page.click("#work button:text-is('Book')")
    page.wait_for_selector("text=It is booked")
    page.wait_for_selector("#work [name=kind]", state="detached")


def option(page_text: Any) -> str:
    return str(page_text)


def test_a_supervisor_corrects_the_ledger_on_the_case_page(sign_in: SignIn, house: Any) -> None:
    creditor, case = house
    page = sign_in(UserFactory(role="supervisor", creditors=[creditor]))
    page.goto(f"/cases/{case.pk}/")
    cheap, tina = (Loan.objects.get(account_no=number) for number in ("CHEAP-01", "TINA-01"))

    correct(page, "charged", loan="CHEAP-01", item="Visit", amount="30.00")
    charge = LedgerEntry.objects.get(kind="fee")
    assert (charge.loan, charge.amount) == (cheap, D("30.00"))
    assert LoanBalance.objects.get(loan=cheap).outstanding_amount == D("1270.00")

    correct(page, "undone", loan="CHEAP-01", entry=option(charge))
    assert LedgerEntry.objects.get(reverses=charge).amount == D("-30.00")
    assert LoanBalance.objects.get(loan=cheap).outstanding_amount == D("1240.00")

    correct(page, "received", loan="CHEAP-01", amount="100.00", payment_no="CASH-1")
    payment = Payment.objects.get()
    assert paid("CHEAP-01") == D("100.00")

    correct(page, "moved", loan="CHEAP-01", payment=option(payment), to_account="TINA-01")
    assert (paid("CHEAP-01"), paid("TINA-01")) == (D("0.00"), D("100.00"))

    correct(page, "received", loan="CHEAP-01", amount="1300.00", payment_no="WIRE-1")
    assert paid("CHEAP-01") == D("1300.00")
    correct(page, "refunded", loan="CHEAP-01", amount="60.00", payment_no="BACK-1")
    assert Payment.objects.filter(cause="refund").get().amount == D("-60.00")
    assert paid("CHEAP-01") == D("1240.00")

    # What the page shows is what the ledger holds, and a refusal is said at its field.
    assert Case.objects.get(pk=case.pk).overdue_amount == D("310.00"), "that of the other loan"
    page.click("button:text-is('Correct')")
    page.select_option("#work [name=kind]", "refunded")
    page.fill("#work [name=amount]", "1.00")
    page.fill("#work [name=payment_no]", "BACK-2")
    page.fill("#work [name=reason]", "too much")
    page.click("#work button:text-is('Book')")
    page.wait_for_selector("text=is more than was paid in excess")
    for loan in (cheap, tina):
        check_books(loan)


def test_a_banks_file_is_set_up_loaded_and_its_waiting_line_decided(
    sign_in: SignIn, house: Any, tmp_path: Path
) -> None:
    creditor, _case = house
    page = sign_in(UserFactory(role="supervisor", creditors=[creditor]))
    day = creditor.business_date(timezone.now())
    file = tmp_path / "day.csv"
    file.write_text(
        "交易流水,交易日期,交易金额,附言,付款人\n"
        f"T1,{day:%Y/%m/%d},310.00,TINA-01,Tina Test\n"
        f"T2,{day:%Y/%m/%d},400.00,还款 CUST-0001,Sam Sample\n"
        f"T3,{day:%Y/%m/%d},7.00,garden shed,Somebody Else\n"
    )

    page.goto("/payment-files/")
    page.click("a:text-is('New source')")
    page.fill("[name=name]", "Sample Bank")
    page.set_input_files("[name=file]", str(file))
    page.click("text=Look at the file")
    page.wait_for_selector("text=The first rows as they would be read")
    assert page.input_value("[name=column_amount]") == "交易金额"
    assert page.input_value("[name=date_format]") == "%Y/%m/%d"
    page.select_option("[name=column_payer_name]", "付款人")
    page.click("text=Read it so")
    page.wait_for_selector("td:text-is('Sam Sample')")
    page.click("button:text-is('Save')")
    page.wait_for_selector("text=The source Sample Bank is saved.")
    assert PaymentSource.objects.get().mapping["payer_name"] == "付款人"

    page.set_input_files("[name=file]", str(file))
    page.click("text=Load the file")
    page.wait_for_selector("text=The file was loaded: 3 lines.")
    assert paid("TINA-01") == D("310.00")
    page.goto("/payment-files/")
    page.goto(f"/payment-files/?on={timezone.localdate()}")
    page.wait_for_selector("text=adds up")
    offer = page.locator("form.split-offer")
    assert offer.locator("tbody tr").all_inner_texts() == [
        "DEAR-01\t¥310.00\theavier burden", "CHEAP-01\t¥90.00\twhat is left",
    ]  # fmt: skip
    offer.locator("button").click()
    page.wait_for_selector("text=Booked on the borrower")
    assert (paid("DEAR-01"), paid("CHEAP-01")) == (D("310.00"), D("90.00"))

    page.fill("[name=reason]", "sent back to the payer")
    page.click("text=Set aside")
    page.wait_for_selector("text=Nothing waits.")
    assert [line.state for line in PaymentLine.objects.order_by("row")] == ["booked", "booked", "refused"]
    page.wait_for_selector("text=adds up")
    for loan in Loan.objects.all():
        check_books(loan)
