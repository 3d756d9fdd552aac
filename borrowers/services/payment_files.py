"""Payment files: read by their source's mapping, matched, booked once; what is not certain waits for a person.

Nothing is lost: a row that cannot be read is a refused line with its reason, and at all times what the file comes to =
booked + suspended + refused, in number and sum.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.utils.translation import gettext as _

from borrowers.errors import InputError, gettext_noop
from borrowers.intake.load import sha256_of
from borrowers.intake.source import FileRefused
from borrowers.models import (
    Creditor,
    Instalment,
    Loan,
    Payment,
    PaymentFile,
    PaymentLine,
    PaymentSource,
    User,
    record_event,
)
from borrowers.money import summed
from borrowers.rules.delinquency import Instalment as DueInstalment
from borrowers.rules.matching import LEAST_REFERENCE, Candidate, Line, match, plain
from borrowers.schedule import schedules_of
from borrowers.services.ledger import record_payment
from borrowers.services.payment_lines import read_lines

BY_HAND = "hand"
# A sum that more loans share says nothing.
MOST_OF_ONE_SUM = 5
NEGATIVE = gettext_noop("money that went out: a person decides")


class LineRefused(ValueError):
    """A line cannot be booked so; says why in the reader's language."""


def load_file(*, path: Path, source: PaymentSource, file_name: str, on: dt.date, actor: User | None) -> PaymentFile:
    """Read, match and book a file, all or nothing. FileRefused when it is no table, lacks a mapped column, or was loaded
    before; PermissionDenied when the actor may not."""
    _check_may(source, actor)
    digest = sha256_of(path)
    with transaction.atomic():
        # Two files of one creditor wait for each other, so that no line is booked twice.
        Creditor.objects.select_for_update(of=("self",)).get(pk=source.creditor_id)
        if PaymentFile.objects.filter(source=source, file_sha256=digest).exists():
            raise FileRefused(file_name, gettext_noop("was loaded before"))
        file = PaymentFile.objects.create(
            source=source, file_name=file_name[:255], file_sha256=digest, loaded_on=on, loaded_by=actor
        )
        lines = list(read_lines(path, source, file))
        seen = _numbers_seen(source, lines)
        readable = [line for line in lines if line.state == PaymentLine.State.SUSPENDED]
        matcher = _Matcher(source.creditor, readable)
        for line in readable:
            _settle(line, matcher, seen, actor)
        PaymentLine.objects.bulk_create(lines, batch_size=500)
        file.row_count, file.total = len(lines), sum((line.amount for line in lines), Decimal("0.00"))
        file.save(update_fields=["row_count", "total"])
        record_event(
            file, "load_payment_file", actor=actor, new=file.file_name, rows=file.row_count, total=str(file.total)
        )
    return file


# --- Matching and booking ------------------------------------------------------------------------------


def _numbers_seen(source: PaymentSource, lines: list[PaymentLine]) -> set[str]:
    """Payment numbers of the source that stand in an earlier file: the bank repeats itself. A line that could not be
    read may come again; one that a person set aside may not."""
    earlier = PaymentLine.objects.filter(file__source=source).exclude(state=PaymentLine.State.REFUSED, decided_by=None)
    wanted = [line.payment_no for line in lines if line.payment_no]
    return set(earlier.filter(payment_no__in=wanted).values_list("payment_no", flat=True))


class _Matcher:
    """The creditor's loans that the lines of one file could mean: looked up by what a line says, so that a file of
    thousands does not ask every loan of every line."""

    def __init__(self, creditor: Creditor, lines: list[PaymentLine]) -> None:
        self.texts: dict[str, set[int]] = defaultdict(set)
        self.sums: dict[Decimal, set[int]] = defaultdict(set)
        self.known: dict[int, tuple[tuple[str, ...], str, set[Decimal]]] = {}
        columns = (
            "pk",
            "account_no",
            "contract_no",
            "borrower__name",
            "balance__overdue_amount",
            "balance__outstanding_amount",
        )
        # A file names no currency: it is the creditor's.
        open_loans = Loan.objects.filter(creditor=creditor, status=Loan.Status.OPEN, currency=creditor.currency)
        rows = open_loans.values_list(*columns)
        for pk, account_no, contract_no, name, *sums in rows.iterator(chunk_size=2000):
            self.known[pk] = ((account_no, contract_no), name, {amount for amount in sums if amount})
            for text in (account_no, contract_no, name):
                self.texts[plain(text)].add(pk)
            for amount in self.known[pk][2]:
                self.sums[amount].add(pk)
        self.accounts = self._accounts(creditor, lines)
        self.lengths = sorted({len(text) for text in self.texts if len(text) >= LEAST_REFERENCE})
        near = {line.row: self._near(line) for line in lines}
        schedules = schedules_of(sorted(set().union(*near.values()))) if near else {}
        self.near = {row: [self._candidate(pk, schedules[pk]) for pk in sorted(found)] for row, found in near.items()}

    def _accounts(self, creditor: Creditor, lines: list[PaymentLine]) -> dict[str, set[int]]:
        """Who paid which loan before; a payment that belonged to another loan after all says nothing of it."""
        wanted = {line.payer_account for line in lines if line.payer_account}
        moved = Payment.objects.filter(reverses=OuterRef("payment"), cause=Payment.Cause.WRONG_ACCOUNT)
        paid = PaymentLine.objects.filter(
            ~Exists(moved), loan__creditor=creditor, state=PaymentLine.State.BOOKED, payer_account__in=wanted
        )
        accounts: dict[str, set[int]] = defaultdict(set)
        for loan_id, account in paid.values_list("loan", "payer_account").distinct():
            if loan_id in self.known:
                accounts[account].add(loan_id)
        return accounts

    def _near(self, line: PaymentLine) -> set[int]:
        """Every loan that a rule which decides could name, and a few of the same sum."""
        text = plain(line.reference)
        found: set[int] = set()
        for length in self.lengths:
            for start in range(len(text) - length + 1):
                found |= self.texts.get(text[start : start + length], set())
        found |= self.texts.get(plain(line.payer_name), set()) if line.payer_name else set()
        found |= self.accounts.get(line.payer_account, set())
        same_sum = self.sums.get(line.amount, set())
        return found | (same_sum if len(same_sum) <= MOST_OF_ONE_SUM else set())

    def _candidate(self, pk: int, schedule: list[tuple[Instalment, DueInstalment]]) -> Candidate:
        references, name, sums = self.known[pk]
        accounts = tuple(account for account, loans in self.accounts.items() if pk in loans)
        return Candidate(pk, references, name, (*sums, *(due.total for _row, due in schedule)), accounts)

    def match(self, line: PaymentLine) -> tuple[Loan | None, str, list[list[object]]]:
        asked = Line(line.amount, line.reference, line.payer_name, line.payer_account)
        found = match(asked, self.near[line.row])
        loan = None if found.key is None else Loan.objects.select_related("creditor").get(pk=found.key)
        return loan, found.how, [[s.key, s.why] for s in found.suggestions[:5]]


def _settle(line: PaymentLine, matcher: _Matcher, seen: set[str], actor: User | None) -> None:
    """Book the line where its loan is certain; else say why it waits."""
    if line.payment_no in seen:
        line.state, line.reason = PaymentLine.State.REFUSED, "payment_no: was booked before"
        return
    seen.add(line.payment_no)
    if line.amount < 0:
        line.reason = NEGATIVE
        return
    loan, line.how, line.suggestions = matcher.match(line)
    if loan is not None:
        _book(line, loan, actor)


def _book(line: PaymentLine, loan: Loan, actor: User | None) -> None:
    assert line.paid_on is not None
    try:
        with transaction.atomic():
            line.payment = record_payment(
                loan=loan, payment_no=line.payment_no, paid_on=line.paid_on, amount=line.amount,
                method=line.file.source.method, actor=actor,
            )  # fmt: skip
    except InputError as refused:
        line.reason = str(refused)[:300]
        return
    line.loan, line.state, line.reason = loan, PaymentLine.State.BOOKED, ""


# --- The queue -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A suspended line with the loans that it could mean, the likelier first, and by which rule."""

    line: PaymentLine
    choices: list[tuple[Loan, str]]


def queue(user: User) -> list[Waiting]:
    """Suspended lines that this person may decide, the oldest first."""
    lines = list(
        PaymentLine.objects.filter(
            state=PaymentLine.State.SUSPENDED, file__in=PaymentFile.objects.visible_to(user)
        ).select_related("file__source__creditor").order_by("file_id", "row")[:200]
    )  # fmt: skip
    loans = Loan.objects.select_related("borrower").in_bulk({key for line in lines for key, _why in line.suggestions})
    return [Waiting(line, [(loans[key], why) for key, why in line.suggestions if key in loans]) for line in lines]


def assign_line(*, line: PaymentLine, loan: Loan, actor: User) -> PaymentLine:
    """Book a suspended line on the loan that a person names. LineRefused, PermissionDenied."""
    with transaction.atomic():
        line = _locked(line, actor)
        if loan.creditor_id != line.file.source.creditor_id:
            raise LineRefused(_("The loan belongs to another creditor."))
        if line.amount < 0 or line.paid_on is None:
            raise LineRefused(_("Only money that came in can be booked; take the payment back on its loan."))
        line.how, line.decided_by = BY_HAND, actor
        _book(line, loan, actor)
        if line.state != PaymentLine.State.BOOKED:
            raise LineRefused(line.reason)
        line.save()
        record_event(line, "assign_line", actor=actor, borrower_id=loan.borrower_id, new=loan.account_no)
    return line


def refuse_line(*, line: PaymentLine, reason: str, actor: User) -> PaymentLine:
    """Set a suspended line aside for good, such as money that goes back to the payer. LineRefused without a reason."""
    with transaction.atomic():
        line = _locked(line, actor)
        if not reason.strip():
            raise LineRefused(_("A reason is needed."))
        line.state, line.reason, line.decided_by = PaymentLine.State.REFUSED, reason.strip()[:300], actor
        line.save(update_fields=["state", "reason", "decided_by"])
        record_event(line, "refuse_line", actor=actor, reason=reason.strip())
    return line


def _locked(line: PaymentLine, actor: User) -> PaymentLine:
    rows = PaymentLine.objects.select_for_update(of=("self",)).select_related("file__source__creditor")
    locked = rows.get(pk=line.pk)
    _check_may(locked.file.source, actor)
    if locked.state != PaymentLine.State.SUSPENDED:
        raise LineRefused(_("The line was decided already."))
    return locked


# --- Reconciliation ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One file of a day: what it comes to, and what its lines came to by state: (number, sum)."""

    file: PaymentFile
    booked: tuple[int, Decimal]
    suspended: tuple[int, Decimal]
    refused: tuple[int, Decimal]

    @property
    def adds_up(self) -> bool:
        parts = (self.booked, self.suspended, self.refused)
        return (sum(n for n, _sum in parts), sum((s for _n, s in parts), Decimal(0))) == (
            self.file.row_count,
            self.file.total,
        )


def reconcile(user: User, on: dt.date) -> list[Reconciled]:
    """The files of a day: file total = booked + suspended + refused. What is booked is what the ledger holds."""
    files = PaymentFile.objects.visible_to(user).filter(loaded_on=on).select_related("source__creditor").order_by("pk")
    sums = {
        (row["file"], row["state"]): (
            row["number"],
            summed(row["payments"] if row["state"] == "booked" else row["lines"]),
        )
        for row in PaymentLine.objects.filter(file__in=files)
        .order_by()
        .values("file", "state")
        .annotate(number=Count("pk"), lines=Sum("amount"), payments=Sum("payment__amount", filter=Q(state="booked")))
    }
    none = (0, Decimal("0.00"))
    return [
        Reconciled(file, *(sums.get((file.pk, state), none) for state in ("booked", "suspended", "refused")))
        for file in files
    ]


def _check_may(source: PaymentSource, actor: User | None) -> None:
    if actor is None:
        return
    visible = PaymentSource.objects.visible_to(actor).filter(pk=source.pk).exists()
    if not visible or not actor.has_perm("borrowers.book_payments"):
        raise PermissionDenied(_("You may not do this."))
