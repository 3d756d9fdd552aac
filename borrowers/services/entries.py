"""Ledger entries other than payments: a charge of the cost sheet, penalty interest booked up to a day, a waiver, and
what an arrangement moves. Each is a verb of its own, append-only, with its event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Sum

from borrowers.errors import InputError, gettext_noop
from borrowers.models import CostItem, Creditor, Instalment, LedgerEntry, Loan, User
from borrowers.models.ledger import Component
from borrowers.money import summed
from borrowers.rules.allocation import Owed
from borrowers.schedule import load_account
from borrowers.services.ledger import booking, check_amount
from borrowers.services.reallocation import reallocate_loans

CHUNK = 200


def cost_sheet(loan: Loan) -> list[CostItem]:
    """What may be charged on this loan: its creditor's items for its product and the day on which it was made."""
    items = CostItem.objects.filter(
        Q(product="") | Q(product=loan.product),
        Q(valid_until=None) | Q(valid_until__gte=loan.disbursed_on),
        creditor=loan.creditor_id,
        valid_from__lte=loan.disbursed_on,
    )
    return list(items.order_by("code", "-product", "-valid_from"))


def charge_fee(
    *, loan: Loan, code: str, amount: Decimal, on: dt.date, reason: str = "", source: str = "", actor: User | None
) -> LedgerEntry:
    """Charge an item of the loan's cost sheet, on the oldest instalment that is not paid.

    InputError when it is not on the sheet, exceeds what the sheet says, the loan owes nothing any more, or on a day on
    which its clock stands still: an arrangement has settled what is owed, or the law lets no charge be made.
    """
    item = next((item for item in cost_sheet(loan) if item.code == code), None)
    if item is None:
        raise InputError("code", gettext_noop("%(code)s is not on the cost sheet of this loan"), code=code)
    check_amount(amount, loan)
    if on < loan.disbursed_on:
        raise InputError("on", gettext_noop("lies before the day of disbursement"))
    with booking(loan, "fee_charged", actor=actor, on=on) as event:
        if loan.pauses.filter(Q(end=None) | Q(end__gt=on), start__lte=on).exists():
            raise InputError(
                "on", gettext_noop("the clock of the loan stands still on that day: nothing may be charged")
            )
        charged = loan.entries.filter(kind=LedgerEntry.Kind.FEE, item__code=code).aggregate(total=Sum("amount"))
        if item.at_most is not None and summed(charged["total"]) + amount > item.at_most:
            raise InputError(
                "amount", gettext_noop("comes to more than the %(most)s of the cost sheet"), most=item.at_most
            )
        entry = LedgerEntry.objects.create(
            loan=loan,
            instalment=_oldest_unpaid(loan),
            kind=LedgerEntry.Kind.FEE,
            component=Component.FEE,
            on=on,
            amount=amount,
            item=item,
            source=source,
            reason=reason,
            actor=actor,
        )
        event.field, event.new, event.reason = "fee", f"{item.name}: {amount}", reason[:500]
    return entry


def waive(
    *,
    loan: Loan,
    parts: Mapping[str, Decimal],
    on: dt.date,
    reason: str,
    source: str = "",
    actor: User | None,
) -> list[LedgerEntry]:
    """Forgive so much of each component, the oldest instalments first.

    InputError when a part is more than is owed of it on that day, no component, or nothing at all; or without a reason.
    Authority is the caller's business (arrangements).
    """
    if not reason.strip():
        raise InputError("reason", gettext_noop("is missing"))
    wanted = {Component(name): amount for name, amount in parts.items() if amount}
    if not wanted:
        raise InputError("parts", gettext_noop("there is nothing to waive"))
    for amount in wanted.values():
        check_amount(amount, loan)
    with booking(loan, "waived", actor=actor, on=on) as event:
        reallocate_loans([loan.pk], through={loan.pk: on})
        owed = owed_of(loan)
        entries: list[LedgerEntry] = []
        for component, amount in wanted.items():
            entries += _waive_part(loan, component, amount, owed, on, reason, source, actor)
        LedgerEntry.objects.bulk_create(entries)
        event.field, event.reason = "waiver", reason[:500]
        event.new = ", ".join(f"{component}: {amount}" for component, amount in wanted.items())
    return entries


def _waive_part(
    loan: Loan,
    component: Component,
    amount: Decimal,
    owed: Sequence[tuple[Instalment, Owed]],
    on: dt.date,
    reason: str,
    source: str,
    actor: User | None,
) -> Iterable[LedgerEntry]:
    left = amount
    for instalment, part in owed:
        cut = min(left, getattr(part, component.value))
        if cut > 0:
            left -= cut
            yield LedgerEntry(
                loan=loan,
                instalment=instalment,
                kind=LedgerEntry.Kind.WAIVER,
                component=component,
                on=on,
                amount=-cut,
                source=source,
                reason=reason[:300],
                actor=actor,
            )
    if left:
        raise InputError(component.value, gettext_noop("%(amount)s is more than is owed of it"), amount=amount)


def reverse_entry(*, entry: LedgerEntry, reason: str, actor: User | None) -> LedgerEntry:
    """Undo a charge or a waiver as if it had never been: what follows from its day is made anew.

    InputError when it was reversed before, is a reversal, or is penalty interest (which follows from the history).
    """
    if entry.kind in (LedgerEntry.Kind.PENALTY, LedgerEntry.Kind.TRANSFER) or entry.reverses_id is not None:
        raise InputError("entry", gettext_noop("cannot be reversed by itself"))
    with booking(entry.loan, "entry_reversed", actor=actor, on=entry.on) as event:
        if entry.reversals.exists():
            raise InputError("entry", gettext_noop("was reversed before"))
        reversal = entry.reversal(reason=reason, actor=actor)
        reversal.save()
        event.field, event.old, event.reason = entry.kind, str(entry.amount), reason[:500]
    return reversal


def book_penalty(*, loan_ids: Sequence[int], on: dt.date) -> int:
    """Book what has accrued by `on` as penalty interest; returns the entries written. Repeating it writes none.

    No event of its own: each entry is its own record, with the formula.
    """
    with transaction.atomic():
        locked = list(
            Loan.objects.select_for_update().filter(pk__in=loan_ids).order_by("pk").values_list("pk", flat=True)
        )
        before = LedgerEntry.objects.filter(loan__in=locked).count()
        reallocate_loans(locked, through=dict.fromkeys(locked, on))
        return LedgerEntry.objects.filter(loan__in=locked).count() - before


def book_month(*, creditor: Creditor, on: dt.date) -> int:
    """For the day's run: book what had accrued by the first of the month on every overdue loan for which that is not
    done yet; returns the entries written. Payments, charges and letters book theirs when they come."""
    if not creditor.penalty_policies.exists():
        return 0
    first = on.replace(day=1)
    done = LedgerEntry.objects.filter(loan=OuterRef("pk"), kind=LedgerEntry.Kind.PENALTY, on__gte=first)
    loans = Loan.objects.filter(
        ~Exists(done), creditor=creditor, status=Loan.Status.OPEN, penalty_rate__gt=0, balance__next_due_on__lt=first
    )
    ids = list(loans.order_by("pk").values_list("pk", flat=True))
    return sum(book_penalty(loan_ids=ids[at : at + CHUNK], on=first) for at in range(0, len(ids), CHUNK))


# --- What is owed --------------------------------------------------------------------------------------


def owed_of(loan: Loan) -> list[tuple[Instalment, Owed]]:
    """What each instalment owes by part, in order of due date, as the ledger stands."""
    account = load_account(loan)
    return list(zip(account.schedule, account.owed(), strict=True))


def _oldest_unpaid(loan: Loan) -> Instalment:
    for instalment, owed in owed_of(loan):
        if owed.total:
            return instalment
    raise InputError("loan", gettext_noop("owes nothing any more"))
