"""A payment for several loans of one borrower: which loans, what each gets by 民法典 560, and its bookings."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from borrowers.models import Creditor, Loan, Payment, PaymentLine, PaymentShare, User
from borrowers.rules.matching import REFERENCE
from borrowers.rules.several_debts import Debt, split_payment
from borrowers.schedule import ZERO, Account, load_accounts
from borrowers.services.ledger import record_payment
from borrowers.services.reallocation import accrue_to

# A placement's own column for the value of what secures a loan; without it a loan counts as unsecured.
SECURED = "secured_amount"


class SplitRefused(ValueError):
    """A payment cannot be split so; says why in the reader's language."""


@dataclass(frozen=True)
class Part:
    """What one loan gets; `reason` is a code of PaymentShare.Reason."""

    loan: Loan
    amount: Decimal
    reason: str

    @property
    def reason_text(self) -> str:
        return str(PaymentShare.Reason(self.reason).label)


def open_loans(creditor: Creditor, borrower_ids: Collection[int]) -> list[Loan]:
    """Loans over which money of these borrowers could be split, in the creditor's currency."""
    rows = Loan.objects.filter(
        creditor=creditor, borrower__in=borrower_ids, status=Loan.Status.OPEN, currency=creditor.currency
    )
    return list(rows.select_related("borrower", "creditor").order_by("pk"))


def parts_of(line: PaymentLine, loans: Sequence[Loan], *, named: Collection[int] = ()) -> list[Part]:
    """The line split over these loans as they stand; `named` are those that the payer named. SplitRefused when it is more
    than is owed on all of them, or nothing is."""
    return _split(line, loans, load_accounts([loan.pk for loan in loans]), named)


def splits_of(lines: Iterable[PaymentLine], loans: Mapping[int, Loan]) -> dict[int, list[Part]]:
    """By line: its split, for those whose suggestions (in `loans`) are all one borrower's who has several open loans. A
    fixed number of queries, whatever the number of lines."""
    wanted: dict[int, tuple[PaymentLine, int]] = {}
    for line in lines:
        owners = {loans[key].borrower_id for key, _why in line.suggestions if key in loans}
        if len(owners) == 1 and line.amount > 0 and line.paid_on is not None:
            wanted[line.pk] = (line, owners.pop())
    by_owner: dict[tuple[int, int], list[Loan]] = defaultdict(list)
    for creditor in {line.file.source.creditor for line, _owner in wanted.values()}:
        for loan in open_loans(creditor, {owner for _line, owner in wanted.values()}):
            by_owner[creditor.pk, loan.borrower_id].append(loan)
    several = {
        pk: (line, by_owner[line.file.source.creditor_id, owner])
        for pk, (line, owner) in wanted.items()
        if len(by_owner[line.file.source.creditor_id, owner]) > 1
    }
    accounts = load_accounts({loan.pk for _line, theirs in several.values() for loan in theirs})
    found: dict[int, list[Part]] = {}
    for pk, (line, theirs) in several.items():
        named = [key for key, why in line.suggestions if why == REFERENCE]
        try:
            found[pk] = _split(line, theirs, accounts, named)
        except SplitRefused:
            continue
    return found


def fingerprint(parts: Sequence[Part]) -> str:
    """The split as one word, by which a decision is held to what was seen."""
    return ",".join(f"{part.loan.pk}:{part.amount}" for part in parts)


def book_parts(line: PaymentLine, parts: Sequence[Part], *, actor: User | None) -> list[Payment]:
    """One payment a part, all under the line's own number and day, inside the caller's transaction. InputError as
    record_payment."""
    assert line.paid_on is not None
    # In order of their numbers, so that two splits never wait for each other.
    list(Loan.objects.select_for_update(of=("self",)).filter(pk__in=[p.loan.pk for p in parts]).order_by("pk"))
    return [
        record_payment(
            loan=part.loan, payment_no=line.payment_no, paid_on=line.paid_on, amount=part.amount,
            method=line.file.source.method, actor=actor,
        )
        for part in parts
    ]  # fmt: skip


def _split(
    line: PaymentLine, loans: Sequence[Loan], accounts: Mapping[int, Account], named: Collection[int]
) -> list[Part]:
    assert line.paid_on is not None
    known = {loan.pk: loan for loan in loans}
    debts = [debt for pk in known if (debt := _debt(accounts[pk], line.paid_on)) is not None]
    split = split_payment(line.amount, debts, chosen=named, currency=line.file.source.creditor.currency)
    if split.excess:
        raise SplitRefused(_("It is more than is owed on all loans of the borrower together."))
    return [Part(known[share.key], share.amount, share.reason) for share in split.shares]


def _debt(account: Account, on: dt.date) -> Debt | None:
    """The loan as one debt on the day; None where nothing is owed on it."""
    # A copy: each line reckons penalty interest up to its own day.
    account = replace(account, entries=list(account.entries))
    accrue_to(account, on)
    owed = [
        (instalment.due_on, owes.total)
        for instalment, owes in zip(account.schedule, account.owed(), strict=True)
        if owes.total
    ]
    if not owed:
        return None
    loan = account.loan
    return Debt(
        loan.pk,
        due=sum((total for due_on, total in owed if due_on <= on), ZERO),
        owed=sum((total for _due_on, total in owed), ZERO),
        due_on=min(due_on for due_on, _total in owed),
        secured=_secured(loan),
        burden=loan.annual_rate + (loan.penalty_rate or 0),
    )


def _secured(loan: Loan) -> Decimal:
    try:
        value = Decimal(str(loan.extra.get(SECURED) or 0))
    except InvalidOperation:
        return ZERO
    return value if value.is_finite() and value > 0 else ZERO
