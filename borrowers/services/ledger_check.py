"""Whether the balances are the sums of what was booked: asked by an operator, and by the tests after each of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal

from django.db.models import Sum

from borrowers.models import Allocation, Loan, LoanBalance
from borrowers.money import summed
from borrowers.rules.reference_rates import lpr_table
from borrowers.schedule import ZERO, Account, load_accounts, loans_without_cap

_CHUNK = 500


def check_balances(loan_ids: Collection[int]) -> Iterator[str]:
    """What does not add up, in words: one line a fault, none when all is well. Ten queries for each 500 loans."""
    ids = sorted(loan_ids)
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        accounts = load_accounts(chunk)
        balances = LoanBalance.objects.in_bulk(chunk)
        allocated = _allocated(chunk)
        for pk, account in accounts.items():
            if pk in balances:
                for fault in _faults(account, balances[pk], allocated.get(pk, (ZERO, ZERO))):
                    yield f"loan {account.loan.account_no}: {fault}"


def check_caps(loan_ids: Collection[int]) -> Iterator[str]:
    """Open loans that bear no penalty interest only because the LPR table does not reach to their day: no fault of the
    ledger, but somebody must complete the table."""
    table = lpr_table()
    ids = sorted(loan_ids)
    for start in range(0, len(ids), _CHUNK):
        rows = Loan.objects.filter(pk__in=ids[start : start + _CHUNK], status=Loan.Status.OPEN, penalty_rate__gt=0)
        for loan in loans_without_cap(rows.order_by("pk")):
            yield (
                f"loan {loan.account_no}: bears no penalty interest, since no LPR is on record for {loan.disbursed_on} "
                f"(the table goes from {table.rates[0].published_on} to {table.known_to})"
            )


def _allocated(loan_ids: Collection[int]) -> dict[int, tuple[Decimal, Decimal]]:
    """By loan: (principal, all)."""
    rows = (
        Allocation.objects.filter(payment__loan__in=loan_ids)
        .order_by()
        .values("payment__loan")
        .annotate(principals=Sum("principal"), whole=Sum(Allocation.total()))
    )
    return {row["payment__loan"]: (summed(row["principals"]), summed(row["whole"])) for row in rows}


def _faults(account: Account, balance: LoanBalance, allocated: tuple[Decimal, Decimal]) -> Iterator[str]:
    effective = account.effective()
    due = sum((i.total for i in effective), ZERO)
    paid = sum((p.amount for p in account.payments), ZERO)
    forgiven = -sum((e.amount for e in account.entries if e.component == "principal"), ZERO)
    lent = account.loan.principal
    wanted = {
        "due_total": due,
        "paid_total": paid,
        "principal_paid": allocated[0],
        "outstanding_principal": lent - forgiven - allocated[0],
        "outstanding_amount": max(ZERO, due - max(ZERO, paid)),
    }
    for name, amount in wanted.items():
        if getattr(balance, name) != amount and not (name == "outstanding_amount" and _aged_before(account, balance)):
            yield f"{name} is {getattr(balance, name)}, the entries come to {amount}"
    if allocated[1] != min(due, max(ZERO, paid)):
        yield f"{allocated[1]} is allocated of {paid} paid and {due} due"
    running = ZERO
    for row, instalment in zip(account.schedule, effective, strict=True):
        running += instalment.total
        if row.cumulative_due != running:
            yield f"instalment {row.label}: cumulative_due is {row.cumulative_due}, the entries come to {running}"


def _aged_before(account: Account, balance: LoanBalance) -> bool:
    """Aged to a day before the last payment: what is outstanding is that day's."""
    aged_on = account.creditor.aged_on
    return bool(aged_on and balance.last_paid_on and balance.last_paid_on > aged_on)
