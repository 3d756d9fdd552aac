"""A statement of account: everything that ever changed a debt, in order of date, each line with its formula, so that the
borrower can check it with a calculator from the first line to the last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from borrowers.money import money_figures
from borrowers.rules.allocation import Adjustment, PaymentSplit, allocate
from borrowers.rules.delinquency import ZERO, Instalment, Payment
from borrowers.rules.penalty import PenaltyEntry

# Kinds of lines. Those of the ledger's entries are given with them.
CONTRACT = "contract"
FALLS_DUE = "falls_due"
PAYMENT = "payment"
REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Movement:
    """A ledger entry as the statement names it. `formula` is how its amount came about, where it was reckoned."""

    change: Adjustment
    kind: str
    text: str = ""
    formula: str = ""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """`amount` is by how much it changes what is owed in all (0 where an instalment falls due). `owed` and `due` are
    what is owed in all, and of it due at the end of the day (None before a day's last line); `credit` what was paid in
    excess by then."""

    on: dt.date
    kind: str
    text: str
    number: int | None
    amount: Decimal
    formula: str
    owed: Decimal
    due: Decimal | None
    credit: Decimal


@dataclass(frozen=True, slots=True)
class _Event:
    on: dt.date
    rank: int
    kind: str
    text: str
    number: int | None
    amount: Decimal
    formula: str


def make_statement(
    on: dt.date,
    disbursed_on: dt.date,
    instalments: Sequence[Instalment],
    payments: Sequence[Payment],
    movements: Sequence[Movement],
    order: Sequence[str],
    across: str,
    texts: dict[str, str] | None = None,
    currency: str = "CNY",
) -> tuple[StatementLine, ...]:
    """The lines up to the day `on`. `texts` names each payment by its key; sums have the decimals of `currency`.

    The last line's `owed` is what all instalments and entries come to, less the money that stayed.
    """
    known = [p for p in payments if p.paid_on <= on]
    made = [m for m in movements if m.change.on <= on]
    splits = {
        split.key: split for split in allocate(instalments, known, order, across, [m.change for m in made]).payments
    }
    events = sorted(
        [
            _contract_event(disbursed_on, instalments, currency),
            *(_due_event(i, currency) for i in instalments if i.due_on <= on and i.total),
            *(_Event(m.change.on, 2, m.kind, m.text, m.change.number, m.change.amount, m.formula) for m in made),
            *(_payment_event(p, splits[p.key], (texts or {}).get(p.key, ""), currency) for p in known),
        ],
        key=lambda event: (event.on, event.rank),
    )
    return tuple(_run(events, instalments, made, known))


def _contract_event(disbursed_on: dt.date, instalments: Sequence[Instalment], currency: str) -> _Event:
    sums = [sum((getattr(i, name) for i in instalments), ZERO) for name in ("principal", "interest", "fee")]
    total = sum(sums, ZERO)
    return _Event(disbursed_on, 0, CONTRACT, "", None, total, _sum_formula(sums, total, currency))


def _due_event(instalment: Instalment, currency: str) -> _Event:
    parts = [instalment.principal, instalment.interest, instalment.fee]
    formula = _sum_formula(parts, instalment.total, currency)
    return _Event(instalment.due_on, 1, FALLS_DUE, "", instalment.number, ZERO, formula)


def _payment_event(payment: Payment, split: PaymentSplit, text: str, currency: str) -> _Event:
    kind = REVERSAL if payment.amount < 0 else PAYMENT
    parts = [split.fee, split.interest, split.penalty, split.principal, split.excess]
    # What was taken back later is part of what came: the sum is that of the line.
    whole = [*parts, payment.amount - sum(parts, ZERO)]
    formula = "" if kind == REVERSAL else _sum_formula(whole, payment.amount, currency)
    return _Event(payment.paid_on, 3, kind, text, None, -payment.amount, formula)


def _sum_formula(parts: Iterable[Decimal], total: Decimal, currency: str) -> str:
    """ "1,000.00 + 20.00 = 1,020.00", without the parts that are nothing."""
    shown = [money_figures(part, currency) for part in parts if part]
    return f"{' + '.join(shown)} = {money_figures(total, currency)}" if len(shown) > 1 else ""


def _run(
    events: Sequence[_Event], instalments: Sequence[Instalment], made: Sequence[Movement], known: Sequence[Payment]
) -> Iterator[StatementLine]:
    """What is owed after each event: sums alone, so that they can be added up by hand."""
    due_on = {i.number: i.due_on for i in instalments}
    balance = ZERO
    for event, following in pairwise([*events, None]):
        assert event is not None
        balance += event.amount
        due = None
        if following is None or following.on > event.on:
            fallen = sum((i.total for i in instalments if i.due_on <= event.on), ZERO)
            moved = sum((m.change.amount for m in made if max(m.change.on, due_on[m.change.number]) <= event.on), ZERO)
            due = max(ZERO, fallen + moved - sum((p.amount for p in known if p.paid_on <= event.on), ZERO))
        owed, credit = max(ZERO, balance), max(ZERO, -balance)
        yield StatementLine(
            event.on, event.kind, event.text, event.number, event.amount, event.formula, owed, due, credit
        )


def penalty_formula(entry: PenaltyEntry, rate: Decimal, days_in_year: int, currency: str = "CNY") -> str:
    """ "30,000.00 × 0.18 ÷ 365 − 4.93 = 9.86"; where the cap left less, the cap less charges and what was booked before.
    "" for what has no formula."""
    if not entry.product:
        return ""
    if entry.room is None:
        product, less = entry.product, [entry.before]
    else:
        product, rate, less = entry.room.product, entry.room.rate, [entry.room.charges, entry.room.before]
    earlier = "".join(f" − {money_figures(amount, currency)}" for amount in less if amount)
    amount = money_figures(entry.amount, currency)
    return f"{money_figures(product, currency)} × {rate.normalize():f} ÷ {days_in_year}{earlier} = {amount}"
