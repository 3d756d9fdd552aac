"""What must hold of a loan's books at all times, asked of the rows themselves."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Sum

from borrowers.models import Allocation, LedgerEntry, Loan, LoanBalance
from borrowers.money import summed
from borrowers.services.entries import owed_of

ZERO = Decimal(0)


def total(rows, field="amount") -> Decimal:
    return summed(rows.aggregate(total=Sum(field))["total"])


def check_books(loan: Loan) -> None:
    """Principal is conserved, nothing is negative, the parts make the whole."""
    balance = LoanBalance.objects.get(loan=loan)
    owed = [part for _instalment, part in owed_of(loan)]
    allocations = Allocation.objects.filter(payment__loan=loan)
    forgiven = -total(LedgerEntry.objects.filter(loan=loan, component="principal"))
    paid = total(loan.payments)
    assert loan.principal == balance.principal_paid + balance.outstanding_principal + forgiven
    assert sum((part.principal for part in owed), ZERO) == balance.outstanding_principal
    assert sum((part.total for part in owed), ZERO) == balance.outstanding_amount
    assert all(min(part.fee, part.interest, part.penalty, part.principal) >= 0 for part in owed)
    split = allocations.values("payment", "instalment").annotate(
        fees=Sum("fee"), interests=Sum("interest"), penalties=Sum("penalty"), principals=Sum("principal")
    )
    assert all(
        min(summed(row[name]) for name in ("fees", "interests", "penalties", "principals")) >= 0 for row in split
    )
    allocated = sum((total(allocations, name) for name in ("fee", "interest", "penalty", "principal")), ZERO)
    credit = max(ZERO, balance.paid_total - balance.due_total)
    assert allocated + credit == paid == balance.paid_total
    assert balance.due_total == allocated + balance.outstanding_amount
