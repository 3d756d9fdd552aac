"""What an answer corrects in the ledger: its bookings, what each loan owed before and after, and waivers under authority.

The bookings are those of borrowers.services; they are made in the transaction of the answer, so that there is no answer
without its correction and no correction without its answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.ageing import age_loans
from borrowers.errors import InputError, gettext_noop
from borrowers.models import AuditEvent, Loan, LoanBalance, User
from borrowers.money import money_text
from borrowers.rules.arrangements import Parts, forgive, may_approve, needed_approval
from borrowers.services.entries import book_penalty, waive
from cases.models import Arrangement, Case, Objection
from cases.services.arrangements import authority_matrix, forgiven_before, level_of, owed_for

# One booking: does it for the person who answers; InputError when the ledger refuses.
Correction = Callable[[User], None]
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class LoanChange:
    """What one loan asked of the borrower before and after the answer. A loan that went back to its creditor asks for
    nothing here any more."""

    account_no: str
    contract_no: str
    currency: str
    owed_before: Decimal
    owed_after: Decimal
    overdue_before: Decimal
    overdue_after: Decimal

    @property
    def is_changed(self) -> bool:
        return (self.owed_before, self.overdue_before) != (self.owed_after, self.overdue_after)

    def figures(self) -> dict[str, str]:
        """As paper and event keep them."""
        names = ("owed_before", "owed_after", "overdue_before", "overdue_after")
        return {name: money_text(getattr(self, name), self.currency) for name in names}


@dataclass
class Books:
    """Looks at the case's loans before the bookings, and again after them."""

    case: Case
    before: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    last_event: int = 0

    @classmethod
    def opened(cls, case: Case, on: dt.date, *, corrects: bool) -> Books:
        """Before anything is booked. Where something will be, penalty interest is booked up to the day first, so that
        the difference is the correction alone."""
        if corrects:
            ids = list(case.loans.filter(status=Loan.Status.OPEN).order_by("pk").values_list("pk", flat=True))
            book_penalty(loan_ids=ids, on=on)
            if case.creditor.aged_on:
                age_loans(creditor=case.creditor, on=case.creditor.aged_on, loan_ids=ids)
        return cls(case, _owed(case), AuditEvent.objects.aggregate(last=Max("pk"))["last"] or 0)

    def changes(self) -> list[LoanChange]:
        after = _owed(self.case)
        return [
            LoanChange(
                loan.account_no, loan.contract_no or loan.account_no, loan.currency,
                self.before[loan.pk][0], after[loan.pk][0], self.before[loan.pk][1], after[loan.pk][1],
            )
            for loan in self.case.loans.order_by("account_no")
        ]  # fmt: skip

    def bookings(self, actor: User) -> list[int]:
        """The events of the bookings that this person made since, by which a court finds them."""
        made = AuditEvent.objects.filter(pk__gt=self.last_event, subject_type="loan", actor=actor)
        return list(made.order_by("pk").values_list("pk", flat=True))


def _owed(case: Case) -> dict[int, tuple[Decimal, Decimal]]:
    """Outstanding and overdue by loan; nothing for a loan that is not collected here any more."""
    balances = {row.loan_id: row for row in LoanBalance.objects.filter(loan__cases=case)}
    return {
        loan.pk: (balances[loan.pk].outstanding_amount, balances[loan.pk].overdue_amount)
        if loan.status == Loan.Status.OPEN and loan.pk in balances
        else (ZERO, ZERO)
        for loan in case.loans.all()
    }


def make_corrections(corrections: Sequence[Correction], actor: User) -> None:
    """One after the other. PermissionDenied for who may not book."""
    if corrections and not actor.has_perm("borrowers.book_entry"):
        raise PermissionDenied(_("You may not correct the ledger."))
    for correction in corrections:
        correction(actor)


def waive_for(
    *, objection: Objection, loan: Loan, component: str, amount: Decimal, on: dt.date, reason: str, actor: User
) -> None:
    """Forgive so much of one part of the debt, within what this person may approve alone and nobody asked of themselves;
    what was forgiven of the loan before counts with it.

    InputError when it is more than is owed of it or than anybody may approve, or dated back: what it would take from the
    interest of past days nobody has approved. PermissionDenied.
    """
    if on < loan.creditor.business_date(timezone.now()):
        raise InputError("on", gettext_noop("is waived as of today, not of a day that has passed"))
    owed = owed_for(loan=loan, kind=Arrangement.Kind.WAIVER, on=on)
    proposal = forgive(owed, Parts(**{component: amount}))
    need = needed_approval(proposal, on, authority_matrix(loan.creditor), forgiven_before(loan))
    if need.people > 1 or not may_approve(need, level_of(actor), actor.pk, objection.opened_by_id or 0, ()):
        raise PermissionDenied(_("You may not waive this alone: propose a waiver as an arrangement."))
    waive(loan=loan, parts={component: amount}, on=on, reason=reason, source=objection.source, actor=actor)
