"""The ledger's calculators: payments allocated a second, and a whole loan of 60 instalments and 100 payments made anew.

Beside each other in one run: the book that is kept while money comes in, and the plain way, in which every payment splits
all of them from the beginning. No database: what a correction costs besides is writing the rows that differ.
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from borrowers.rules.allocation import DEFAULT_ORDER, OLDEST_FIRST, Adjustment, allocate
from borrowers.rules.delinquency import Instalment, Payment
from borrowers.rules.penalty import PenaltyTerms, accrue_penalty
from tests.benchmarks.harness import measure_in_turn, report

START = dt.date(2021, 1, 10)
TERMS = PenaltyTerms(Decimal("0.18"), cap=Decimal("0.24"))
END = START + dt.timedelta(days=5 * 365 + 200)


def make_loan(instalments: int, payments: int, seed: int) -> tuple[list[Instalment], list[Payment]]:
    """Monthly dues of 1,000 and interest; payments that come late and in odd sums, every tenth of them taken back."""
    dice = random.Random(seed)
    schedule = [
        Instalment(n + 1, START + dt.timedelta(days=30 * n), Decimal(1000), Decimal("83.33"), Decimal("5.00"))
        for n in range(instalments)
    ]
    share = Decimal(instalments * 1088) / payments
    made: list[Payment] = []
    for n in range(payments):
        day = START + dt.timedelta(days=30 * instalments * n // payments + dice.randint(0, 40))
        key = f"p{n}"
        made.append(Payment(day, (share * dice.randint(50, 130) / 100).quantize(Decimal("0.01")), key=key))
        if n % 10 == 9:
            made.append(Payment(day + dt.timedelta(days=5), -made[-1].amount, key=f"r{n}", reverses=key))
    return schedule, made


def split_anew(schedule: list[Instalment], payments: list[Payment]) -> int:
    """The plain way: after each payment, all so far from the beginning."""
    ordered = sorted(payments, key=lambda payment: payment.paid_on)
    for count in range(1, len(ordered) + 1):
        allocate(schedule, ordered[:count])
    return len(ordered)


def penalty_anew(schedule: list[Instalment], payments: list[Payment]) -> Decimal:
    """The plain way with penalty interest: at each day on which money moves, everything before it from the beginning."""
    days = sorted({payment.paid_on for payment in payments} | {END})
    amount = Decimal(0)
    for day in days:
        known = [payment for payment in payments if payment.paid_on <= day]
        amount = accrue_penalty(day, schedule, known, TERMS).amount
    return amount


def recompute(schedule: list[Instalment], payments: list[Payment]) -> Decimal:
    """What a backdated payment costs: penalty interest of the whole history, and the split with it."""
    penalty = accrue_penalty(END, schedule, payments, TERMS)
    entries: list[Adjustment] = list(penalty.entries)
    allocate(schedule, payments, DEFAULT_ORDER, OLDEST_FIRST, entries)
    return penalty.amount


def run(size: int) -> None:
    loans = [make_loan(12, 12, seed) for seed in range(max(1, size // 13))]
    count = sum(len(payments) for _schedule, payments in loans)
    report("Payments allocated, loans of 12 instalments", measure_in_turn([
        ("the book kept", lambda: [allocate(*loan) for loan in loans]),
        ("each payment splits all anew", lambda: [split_anew(*loan) for loan in loans]),
    ]), count, "payments")  # fmt: skip
    large = make_loan(60, 100, 1)
    if recompute(*large) != penalty_anew(*large):
        raise AssertionError("both must come to the same penalty")
    report("A loan of 60 instalments and 100 payments made anew", measure_in_turn([
        ("split alone", lambda: allocate(*large)),
        ("split and penalty interest", lambda: recompute(*large)),
        ("at each day of a movement anew", lambda: penalty_anew(*large)),
    ]), 1, "loan")  # fmt: skip
