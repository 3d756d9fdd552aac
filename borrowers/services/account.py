"""What a loan owes on any day, and how that came about: payoff quotes and statements of account."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext

from borrowers.errors import InputError, gettext_noop
from borrowers.models import LedgerEntry, Loan, Payment
from borrowers.rules.payoff import Payoff
from borrowers.rules.penalty import Penalty
from borrowers.rules.statement import Movement, StatementLine, make_statement, penalty_formula
from borrowers.schedule import Account, load_account
from borrowers.services.reallocation import accrue_to


def payoff_quote(*, loan: Loan, on: dt.date) -> Payoff:
    """What closing the loan on `on` costs, to the cent, penalty interest up to that day included; nothing is booked.

    InputError for a day before the last booking: what is paid then would change what came after it.
    """
    account = load_account(loan)
    last = max([*(p.paid_on for p in account.payments), *(e.on for e in account.entries)], default=on)
    if on < last:
        raise InputError("on", gettext_noop("lies before the last booking, of %(last)s"), last=last)
    accrue_to(account, on)
    return account.payoff(on)


@dataclass(frozen=True)
class Statement:
    """A loan's statement up to a day. `penalty` has the days and bases from which penalty interest was reckoned."""

    loan: Loan
    on: dt.date
    lines: tuple[StatementLine, ...]
    penalty: Penalty | None
    labels: dict[int, str]
    days_in_year: int

    @property
    def owed(self) -> Decimal:
        return self.lines[-1].owed

    @property
    def due(self) -> Decimal:
        return self.lines[-1].due or Decimal("0.00")

    @property
    def credit(self) -> Decimal:
        return self.lines[-1].credit


def statement_of(*, loan: Loan, on: dt.date) -> Statement:
    """Everything that changed the loan up to `on`, penalty interest up to that day included."""
    account = load_account(loan)
    penalty = accrue_to(account, on)
    labels = {i.number: i.label for i in account.schedule}
    lines = make_statement(
        on,
        loan.disbursed_on,
        account.due(),
        account.paid(),
        _movements(account, penalty),
        account.order,
        account.across,
        {str(payment.pk): _payment_text(payment) for payment in account.payments},
        loan.currency,
    )
    return Statement(loan, on, lines, penalty, labels, account.terms.days_in_year if account.terms else 365)


def _movements(account: Account, penalty: Penalty | None) -> list[Movement]:
    """The ledger's entries; penalty interest as it is reckoned now, which is what the entries add up to."""
    changes = zip(account.adjustments(), account.entries, strict=True)
    movements = [
        Movement(change, entry.kind, _entry_text(entry))
        for change, entry in changes
        if entry.kind != LedgerEntry.Kind.PENALTY
    ]
    if penalty is not None and account.terms is not None:
        movements += [
            Movement(
                entry,
                LedgerEntry.Kind.PENALTY,
                formula=penalty_formula(entry, penalty.rate, account.terms.days_in_year, account.loan.currency),
            )
            for entry in penalty.entries
        ]
    return movements


def _entry_text(entry: LedgerEntry) -> str:
    text = entry.item.name if entry.item else entry.get_component_display()
    return gettext("%(what)s, reversed") % {"what": text} if entry.reverses_id else str(text)


def _payment_text(payment: Payment) -> str:
    return f"{payment.payment_no} {payment.get_cause_display() if payment.cause else payment.method}".strip()
