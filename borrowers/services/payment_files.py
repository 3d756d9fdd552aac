"""Payment files: read by their source's mapping, matched, booked once; what is not certain waits for a person.

Nothing is lost: a row that cannot be read is a refused line with its reason, and at all times what the file comes to =
booked + suspended + refused, in number and sum.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from borrowers.errors import InputError, gettext_noop
from borrowers.intake.load import sha256_of
from borrowers.intake.source import FileRefused
from borrowers.models import (
    Creditor,
    Loan,
    PaymentFile,
    PaymentLine,
    PaymentShare,
    PaymentSource,
    User,
    record_event,
)
from borrowers.models.payment_file import SEVERAL_LOANS
from borrowers.rules.matching import BORROWER
from borrowers.services.followers import tell_money_moved
from borrowers.services.ledger import record_payment
from borrowers.services.payment_lines import read_lines
from borrowers.services.payment_matching import Found, Matcher
from borrowers.services.several_loans import (
    Part,
    SplitRefused,
    book_parts,
    fingerprint,
    open_loans,
    parts_of,
    splits_of,
)

BY_HAND = "hand"
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
        matcher = Matcher(source.creditor, readable)
        shares = [share for line in readable for share in _settle(line, matcher, seen, actor)]
        PaymentLine.objects.bulk_create(lines, batch_size=500)
        for share in shares:
            share.line_id = share.line.pk  # only now has the line its number
        PaymentShare.objects.bulk_create(shares, batch_size=500)
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


def _settle(line: PaymentLine, matcher: Matcher, seen: set[str], actor: User | None) -> list[PaymentShare]:
    """Book the line where its loan, or its borrower, is certain; else say why it waits."""
    if line.payment_no in seen:
        line.state, line.reason = PaymentLine.State.REFUSED, "payment_no: was booked before"
        return []
    seen.add(line.payment_no)
    if line.amount < 0:
        line.reason = NEGATIVE
        return []
    found = matcher.match(line)
    line.how, line.suggestions = found.how, found.suggestions
    if found.loan_id is not None:
        _book(line, Loan.objects.select_related("creditor").get(pk=found.loan_id), actor)
    elif found.borrower_id is not None:
        return _settle_several(line, found, actor)
    return []


def _settle_several(line: PaymentLine, found: Found, actor: User | None) -> list[PaymentShare]:
    """The borrower is certain, the loan is not: split over their loans where the creditor wants that. It is money of
    theirs in any case, so what waits to be sent about it is stopped."""
    loans = open_loans(line.file.source.creditor, [found.borrower_id or 0])
    if line.file.source.creditor.splits_payments:
        try:
            with transaction.atomic():
                return _book_split(line, parts_of(line, loans, named=found.named), actor)
        except (InputError, SplitRefused) as refused:
            line.reason = str(refused)[:300]
    tell_money_moved([loan.pk for loan in loans], paid=True)
    return []


def _book_split(line: PaymentLine, parts: Sequence[Part], actor: User | None) -> list[PaymentShare]:
    """Book a line on each loan of a split, inside the caller's transaction; returns its shares, not saved. A split with
    one part is a payment like any other."""
    payments = book_parts(line, parts, actor=actor)
    line.state, line.reason, line.borrower = PaymentLine.State.BOOKED, "", parts[0].loan.borrower
    if len(parts) == 1:
        line.loan, line.payment, line.how = parts[0].loan, payments[0], line.how or BORROWER
        return []
    line.how = SEVERAL_LOANS
    return [
        PaymentShare(line=line, payment=payment, reason=part.reason)
        for part, payment in zip(parts, payments, strict=True)
    ]


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
    line.loan, line.borrower, line.state, line.reason = loan, loan.borrower, PaymentLine.State.BOOKED, ""


# --- The queue -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A suspended line with the loans that it could mean, the likelier first, and by which rule; where all of them are one
    borrower's, who has several, also how the line would be split over these."""

    line: PaymentLine
    choices: list[tuple[Loan, str]]
    split: Sequence[Part]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.split)


def queue(user: User) -> list[Waiting]:
    """Suspended lines that this person may decide, the oldest first."""
    lines = list(
        PaymentLine.objects.filter(
            state=PaymentLine.State.SUSPENDED, file__in=PaymentFile.objects.visible_to(user)
        ).select_related("file__source__creditor").order_by("file_id", "row")[:200]
    )  # fmt: skip
    loans = Loan.objects.select_related("borrower").in_bulk({key for line in lines for key, _why in line.suggestions})
    splits = splits_of(lines, loans)
    return [
        Waiting(
            line,
            [(loans[key], why) for key, why in line.suggestions if key in loans],
            splits.get(line.pk, ()),
        )
        for line in lines
    ]


def split_line(*, line: PaymentLine, expected: str, actor: User) -> PaymentLine:
    """Book a suspended line on the loans of the one borrower whom its suggestions name, split by 民法典 560. `expected` is
    the split that the person saw (`fingerprint`). LineRefused when it is another one by now, PermissionDenied."""
    with transaction.atomic():
        line = _locked(line, actor)
        loans = Loan.objects.select_related("borrower").in_bulk([key for key, _why in line.suggestions])
        # Locked before they are reckoned, in order of their numbers: two splits never wait for each other.
        owners = {loan.borrower_id for loan in loans.values()}
        list(Loan.objects.select_for_update(of=("self",)).filter(borrower__in=owners).order_by("pk"))
        parts = splits_of([line], loans).get(line.pk, ())
        if not parts:
            raise LineRefused(_("There are not several loans of one borrower over which it could be split."))
        if fingerprint(parts) != expected:
            raise LineRefused(_("What is owed has changed meanwhile: look at the new split."))
        try:
            shares = _book_split(line, parts, actor)
        except InputError as refused:
            raise LineRefused(refused.translated(_)) from refused
        line.decided_by = actor
        line.save()
        PaymentShare.objects.bulk_create(shares)
        record_event(
            line, "split_line", actor=actor, borrower_id=line.borrower_id,
            parts=[[part.loan.account_no, str(part.amount), part.reason] for part in parts],
        )  # fmt: skip
    return line


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


def _check_may(source: PaymentSource, actor: User | None) -> None:
    if actor is None:
        return
    visible = PaymentSource.objects.visible_to(actor).filter(pk=source.pk).exists()
    if not visible or not actor.has_perm("borrowers.book_payments"):
        raise PermissionDenied(_("You may not do this."))
