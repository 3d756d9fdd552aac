"""The way of an arrangement, step by step."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from borrowers.models import LoanBalance
from borrowers.rules.arrangements import Parts, defer, forgive, in_instalments, settle
from borrowers.services.ledger import record_payment
from cases.services.arrangements import accept_arrangement, approve_arrangement, owed_for, propose_arrangement
from tests.factories import DAY

ONE = dt.timedelta(days=1)
D = Decimal


def loan_of(case):
    return case.loans.get()


def propose(case, actor, kind="instalments", on=DAY, months=4, discount="0.05"):
    loan = loan_of(case)
    owed = owed_for(loan=loan, kind=kind, on=on)
    proposal = {
        "instalments": lambda: in_instalments(owed, months, on + 30 * ONE),
        "deferral": lambda: defer(owed, on + 14 * ONE),
        "settlement": lambda: settle(owed, on + 10 * ONE, D(discount)),
        "waiver": lambda: forgive(owed, Parts(penalty=owed.penalty)),
    }[kind]()
    return propose_arrangement(case=case, loan=loan, proposal=proposal, actor=actor, on=on, reason="lost his job")


def activate(case, people, kind="instalments", **values):
    arrangement = propose(case, people["collector"], kind, **values)
    arrangement = approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
    return accept_arrangement(arrangement=arrangement, actor=people["collector"], on=DAY, recording_ref="REC-1")


def balance(case):
    return LoanBalance.objects.get(loan=loan_of(case))


def pay(case, amount, on, no="P1"):
    return record_payment(loan=loan_of(case), payment_no=no, paid_on=on, amount=D(amount), actor=None)
