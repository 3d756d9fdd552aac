"""What a letter demands, read from the database: the contracts with what is due and unpaid at the cut-off date, with
the penalty interest that has accrued by then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from borrowers.errors import gettext_noop
from borrowers.models import Borrower, ContactPoint, Creditor, Loan
from borrowers.rules import delinquency
from borrowers.schedule import Account as LoanAccount
from borrowers.schedule import load_accounts, paid_by_instalment
from borrowers.services.reallocation import accrue_to
from cases.letters.check import LetterRefused, Reason
from cases.letters.content import LANGUAGES, Account, Addressee, Contract, InstalmentRow, Sender
from cases.models import Case

ZERO = Decimal("0.00")
# No letter for cents: below this sum it costs everybody more than it brings.
SMALLEST_SUM = Decimal("1.00")


def contracts_of(*, case: Case, on: dt.date) -> tuple[Contract, ...]:
    """The case's loans with something due and unpaid on `on`, in order of account number. A fixed number of queries.

    What is paid comes from the allocations, and each loan's sum must be that of the delinquency calculator for the
    same day: LetterRefused else, since one of the two is wrong.
    """
    loans = list(case.loans.order_by("account_no"))
    loan_ids = [loan.pk for loan in loans]
    accounts, paid = load_accounts(loan_ids), paid_by_instalment(loan_ids, until=on)
    contracts, reasons = [], []
    for loan in loans:
        if loan.currency != case.currency:
            reasons.append(_reason("currency", gettext_noop("contract %(contract)s is in another currency"), loan))
            continue
        account = accounts[loan.pk]
        accrue_to(account, on)
        rows = tuple(_rows(account, paid, on))
        owed = sum((row.owed for row in rows), ZERO)
        state = delinquency.assess(on, account.effective(), account.paid())
        if owed != state.overdue_amount:
            words = gettext_noop("contract %(contract)s: its payments are not all allocated, so the sum is not certain")
            reasons.append(_reason("figures", words, loan))
        elif rows:
            contracts.append(_contract(loan, rows, owed))
    if reasons:
        raise LetterRefused(tuple(reasons))
    return tuple(contracts)


def _reason(code: str, words: str, loan: Loan) -> Reason:
    return Reason(code, words, {"contract": loan.contract_no or loan.account_no})


def _contract(loan: Loan, rows: tuple[InstalmentRow, ...], owed: Decimal) -> Contract:
    return Contract(
        contract_no=loan.contract_no,
        account_no=loan.account_no,
        disbursed_on=loan.disbursed_on,
        amount=loan.principal,
        annual_rate=loan.annual_rate,
        rows=rows,
        owed=owed,
    )


def _rows(account: LoanAccount, paid: dict[int, Decimal], on: dt.date) -> Iterator[InstalmentRow]:
    for instalment, due in zip(account.schedule, account.effective(), strict=True):
        put = paid.get(instalment.pk, ZERO)
        owed = due.total - put
        if instalment.due_on <= on and owed != 0:
            yield InstalmentRow(
                number=instalment.number,
                due_on=instalment.due_on,
                principal=due.principal,
                interest=due.interest,
                fee=due.fee,
                paid=put,
                owed=owed,
                days_past_due=(on - instalment.due_on).days,
                penalty=due.penalty,
                label=instalment.label,
            )


def small_sum_reasons(total: Decimal) -> tuple[Reason, ...]:
    """Why so small a sum is not demanded by letter; nothing due at all has its own reason."""
    if ZERO < total < SMALLEST_SUM:
        return (Reason("too_small", gettext_noop("less than %(sum)s is overdue"), {"sum": str(SMALLEST_SUM)}),)
    return ()


def postal_address(borrower: Borrower) -> ContactPoint | None:
    """Where the borrower's own letters go: the preferred address that is in use."""
    return borrower.contact_points.filter(
        kind=ContactPoint.Kind.ADDRESS, owner=ContactPoint.Owner.DEBTOR, is_valid=True
    ).first()


def addressee_of(borrower: Borrower) -> Addressee:
    address = postal_address(borrower)
    return Addressee(borrower.name, borrower.masked_id_no, address.value if address else "")


def sender_of(creditor: Creditor) -> Sender:
    return Sender(
        name=creditor.name,
        address=creditor.address,
        phone=creditor.phone,
        email=creditor.email,
        seal_svg=creditor.seal_svg,
    )


def account_of(creditor: Creditor) -> Account:
    return Account(creditor.account_holder, creditor.account_bank, creditor.account_number)


def language_of(borrower: Borrower) -> str:
    """The borrower's language when there are letters in it, else the creditor's, else English."""
    for language in (borrower.language, borrower.creditor.language):
        if language in LANGUAGES:
            return language
    return "en"
