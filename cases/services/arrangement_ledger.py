"""What an arrangement does to the ledger: the debt moves to its payments, and back when it is broken. Nothing is added:
what moves off one instalment moves onto another, and what is forgiven is a waiver that can be reversed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.db.models import QuerySet

from borrowers.models import Instalment, LedgerEntry, Loan, LoanPause, User
from borrowers.models.loan import NUMBERS_OF_A_PLAN
from borrowers.rules.allocation import Owed
from borrowers.rules.arrangements import PAY_ORDER, Parts
from borrowers.schedule import load_account
from borrowers.services.entries import owed_of
from borrowers.services.ledger import booking
from borrowers.services.reallocation import reallocate_loans
from cases.models import Arrangement

ZERO = Decimal("0.00")
Row = tuple[Instalment, Owed]


class DebtChanged(ValueError):
    """What is owed is no longer what the arrangement was made of."""


def in_scope(kind: str, owed: Sequence[Row], on: dt.date) -> list[Row]:
    """What an arrangement of that kind is about: a deferral moves what is overdue, the others all that is owed."""
    return [
        (instalment, part)
        for instalment, part in owed
        if part.total and (kind != Arrangement.Kind.DEFERRAL or instalment.due_on <= on)
    ]


def parts_of(rows: Iterable[Row]) -> Parts:
    return Parts.sum_of(part for _instalment, part in rows)


def start(arrangement: Arrangement, *, on: dt.date, actor: User | None) -> None:
    """Move the debt to the arrangement's payments from the day `on` on; the clock of penalty interest and collection
    stands still from the day of the proposal. DebtChanged when something was paid or charged since then."""
    loan = arrangement.loan
    with booking(loan, "arrangement_started", actor=actor, on=on) as event:
        if arrangement.lines:
            LoanPause.objects.create(loan=loan, start=arrangement.proposed_on, end=None, reason=arrangement.source)
        reallocate_loans([loan.pk], through={loan.pk: arrangement.proposed_on if arrangement.lines else on})
        rows = in_scope(arrangement.kind, owed_of(loan), arrangement.proposed_on)
        plan, forgiven = arrangement.plan, arrangement.forgiven_parts
        if plan and Parts.sum_of([*(line.parts for line in plan), forgiven]) != parts_of(rows):
            raise DebtChanged
        entries = list(_off(arrangement, rows, forgiven, on, actor, everything=bool(plan)))
        for instalment, line in zip(_instalments(arrangement), plan, strict=True):
            entries += _onto(arrangement, instalment, line.parts, on, actor)
        LedgerEntry.objects.bulk_create(entries)
        event.field, event.new = "arrangement", str(arrangement)


def _off(
    arrangement: Arrangement,
    rows: Sequence[Row],
    forgiven: Parts,
    on: dt.date,
    actor: User | None,
    *,
    everything: bool,
) -> Iterator[LedgerEntry]:
    """The forgiven parts, the oldest instalments first; and, with `everything`, all that is left as well."""
    for name in PAY_ORDER:
        left = getattr(forgiven, name)
        for instalment, part in rows:
            owed = getattr(part, name)
            waived = min(left, owed)
            left -= waived
            if waived:
                yield _entry(arrangement, instalment, LedgerEntry.Kind.WAIVER, name, -waived, on, actor)
            if everything and owed - waived:
                yield _entry(arrangement, instalment, LedgerEntry.Kind.TRANSFER, name, waived - owed, on, actor)
        if left:
            raise DebtChanged


def _instalments(arrangement: Arrangement) -> list[Instalment]:
    first = NUMBERS_OF_A_PLAN * arrangement.sequence + 1
    return Instalment.objects.bulk_create(
        Instalment(
            loan=arrangement.loan, number=number, due_on=line.due_on, principal=ZERO, interest=ZERO, fee=ZERO,
            cumulative_due=ZERO,
        )
        for number, line in enumerate(arrangement.plan, start=first)
    )  # fmt: skip


def _onto(
    arrangement: Arrangement, instalment: Instalment, parts: Parts, on: dt.date, actor: User | None
) -> Iterator[LedgerEntry]:
    for name in PAY_ORDER:
        if amount := getattr(parts, name):
            yield _entry(arrangement, instalment, LedgerEntry.Kind.TRANSFER, name, amount, on, actor)


def undo(arrangement: Arrangement, action: str, *, on: dt.date, actor: User | None) -> None:
    """The old debt revives on the day `on`, less what was paid: everything moves back to the instalments it came from,
    the money that lay on the arrangement's payments pays the oldest of them, and what was forgiven is owed again."""
    loan = arrangement.loan
    with booking(loan, action, actor=actor, on=on) as event:
        end_pause(arrangement, on=on)
        ours = LedgerEntry.objects.filter(loan=loan, source=arrangement.source, reverses=None)
        entries = list(_back(arrangement, ours.filter(kind=LedgerEntry.Kind.TRANSFER), on, actor))
        waivers = ours.filter(kind=LedgerEntry.Kind.WAIVER, reversals=None)
        entries += [waiver.reversal(reason=arrangement.reason, actor=actor) for waiver in waivers]
        LedgerEntry.objects.bulk_create(entries)
        event.field, event.old = "arrangement", str(arrangement)


def _back(
    arrangement: Arrangement, moved: QuerySet[LedgerEntry], on: dt.date, actor: User | None
) -> Iterator[LedgerEntry]:
    """Everything back to where it came from. What was waived meanwhile of a payment does not come back: of the oldest
    instalment, as every waiver is."""
    rows = list(moved.select_related("instalment").order_by("-instalment__due_on", "-instalment__number"))
    due = {instalment.number: instalment for instalment in load_account(arrangement.loan).effective()}
    back = dict.fromkeys(PAY_ORDER, ZERO)
    for entry in rows:
        if entry.amount > 0 and (amount := min(entry.amount, getattr(due[entry.instalment.number], entry.component))):
            back[entry.component] += amount
            yield _entry(arrangement, entry.instalment, entry.kind, entry.component, -amount, on, actor)
    for entry in rows:
        if entry.amount < 0 and (amount := min(-entry.amount, back[entry.component])):
            back[entry.component] -= amount
            yield _entry(arrangement, entry.instalment, entry.kind, entry.component, amount, on, actor)


def first_missed(arrangement: Arrangement, owed: Sequence[Row]) -> dt.date | None:
    """When the oldest of its payments that is not whole was due; None: all of them came."""
    own = (row for row in owed if row[0].number // NUMBERS_OF_A_PLAN == arrangement.sequence)
    return next((instalment.due_on for instalment, part in own if part.total), None)


def end_pause(arrangement: Arrangement, *, on: dt.date) -> None:
    LoanPause.objects.filter(loan=arrangement.loan, reason=arrangement.source, end=None).update(end=on)


def _entry(
    arrangement: Arrangement,
    instalment: Instalment,
    kind: str,
    component: str,
    amount: Decimal,
    on: dt.date,
    actor: User | None,
) -> LedgerEntry:
    loan: Loan = arrangement.loan
    return LedgerEntry(
        loan=loan, instalment=instalment, kind=kind, component=component, on=on, amount=amount,
        source=arrangement.source, reason=arrangement.reason, actor=actor,
    )  # fmt: skip
