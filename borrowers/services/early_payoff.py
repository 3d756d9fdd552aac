"""Money that covers the payoff figure of its day closes the loan: interest of the days after it is rebated (民法典 677),
where the creditor's contracts do not agree otherwise.

As with penalty interest, what holds is reckoned from the whole history and the difference is appended: a payment that is
booked late, taken back or refunded changes the day of closing, whichever payment it was and whichever way it came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal

from borrowers.models import Creditor, LedgerEntry, Payment
from borrowers.models.ledger import Component
from borrowers.rules.payoff import Rebate
from borrowers.schedule import ZERO, Account

SOURCE = "payoff"
# Lets an account show penalty interest up to a day (borrowers.services.reallocation).
Accrue = Callable[[Account, dt.date], object]


def rebate_differences(account: Account, accrue: Accrue) -> list[LedgerEntry]:
    """Unsaved entries by which the rebates booked become those of the history; none where they are."""
    if account.creditor.payoff_interest != Creditor.PayoffInterest.EARNED:
        return []
    payment, rebates = _closing(account, accrue)
    keys = {row.number: row.pk for row in account.schedule}
    wanted = {} if payment is None else {(keys[r.number], payment.paid_on): r for r in rebates}
    standing = list(_standing(account))
    if {(e.instalment_id, e.on): -e.amount for e in standing} == {key: r.amount for key, r in wanted.items()}:
        return []
    return [
        *(entry.reversal() for entry in standing),
        *(
            LedgerEntry(
                loan=account.loan,
                instalment_id=instalment_id,
                kind=LedgerEntry.Kind.WAIVER,
                component=Component.INTEREST,
                on=on,
                amount=-rebate.amount,
                source=f"{SOURCE} {payment.pk}" if payment else SOURCE,
                reason="民法典 677",
                detail={"interest": str(rebate.interest), "days": rebate.unearned_days, "of": rebate.period_days},
            )
            for (instalment_id, on), rebate in wanted.items()
        ),
    ]


def _is_rebate(entry: LedgerEntry) -> bool:
    return entry.kind == LedgerEntry.Kind.WAIVER and entry.source.partition(" ")[0] == SOURCE


def _standing(account: Account) -> Iterator[LedgerEntry]:
    undone = {entry.reverses_id for entry in account.entries}
    return (e for e in account.entries if _is_rebate(e) and e.reverses_id is None and e.pk not in undone)


def _closing(account: Account, accrue: Accrue) -> tuple[Payment | None, tuple[Rebate, ...]]:
    """The payment that closed the loan, the last of the first day on which what stayed of the money covers the payoff
    figure, with what is rebated; (None, ()) while there is none."""
    for day in sorted({payment.paid_on for payment in account.payments if payment.reverses_id is None}):
        known = _as_of(account, day)
        came = {payment.pk for payment in known.payments}
        # What was taken back later did not stay, and bears penalty interest only from then on.
        later = [p for p in account.payments if p.paid_on > day and p.reverses_id in came]
        if _is_short(known, later, day):
            continue
        accrue(known, day)
        known.payments += later
        payoff = known.payoff(day)
        if not payoff.total:
            closing = max((p for p in known.payments if p.paid_on == day and p.reverses_id is None), key=_place)
            return closing, payoff.rebates
    return None, ()


def _place(payment: Payment) -> int:
    return int(payment.pk)


def _as_of(account: Account, day: dt.date) -> Account:
    """The account as it stood at the end of the day, without what follows from it: penalty interest and rebates."""
    return Account(
        account.loan,
        account.creditor,
        account.schedule,
        [payment for payment in account.payments if payment.paid_on <= day],
        [e for e in account.entries if e.on <= day and e.kind != LedgerEntry.Kind.PENALTY and not _is_rebate(e)],
        account.pauses,
        account.terms,
    )


def _is_short(known: Account, later: list[Payment], day: dt.date) -> bool:
    """Whether the money does not reach even without penalty interest: most days are told so, and need not be reckoned."""
    due: Decimal = sum((instalment.total for instalment in known.effective()), ZERO)
    paid: Decimal = sum((payment.amount for payment in [*known.payments, *later]), ZERO)
    return due - paid > sum((rebate.amount for rebate in known.rebates(day)), ZERO)
