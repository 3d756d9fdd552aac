"""Random schedules and payments, small amounts so that models may count cents."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from borrowers.rules.delinquency import Instalment, Payment

START = dt.date(2026, 1, 1)


def day(offset: int) -> dt.date:
    return START + dt.timedelta(offset)


def instalment(number: int, due_on: dt.date, principal: str, interest: str = "0", fee: str = "0") -> Instalment:
    return Instalment(number, due_on, Decimal(principal), Decimal(interest), Decimal(fee))


def cents(least: int, most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(least, most).map(lambda c: Decimal(c) / 100)


@st.composite
def schedules(draw: st.DrawFn) -> list[Instalment]:
    count = draw(st.integers(0, 6))
    dues = draw(st.lists(st.integers(0, 200), min_size=count, max_size=count))
    return [
        Instalment(n + 1, day(due), draw(cents(0, 60)), draw(cents(0, 20)), draw(cents(0, 9)))
        for n, due in enumerate(dues)
    ]


@st.composite
def receipts(draw: st.DrawFn) -> list[Payment]:
    return draw(st.lists(st.builds(Payment, st.integers(0, 300).map(day), cents(1, 120)), max_size=7))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Instalment], list[Payment]]:
    """A schedule, and payments of which some are taken back later, in part or whole."""
    payments = draw(receipts())
    for payment in list(payments):
        if draw(st.integers(0, 3)) == 0:
            later = draw(st.integers(0, 60))
            taken = draw(cents(1, int(payment.amount * 100)))
            payments.append(Payment(payment.paid_on + dt.timedelta(later), -taken))
    return draw(schedules()), payments
