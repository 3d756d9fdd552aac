"""A claim of identity theft freezes the case at once: the clock of its loans stands still from the day on which the claim
came in, and the case goes on hold until the claim is answered."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from borrowers.models import Loan, LoanPause, User
from borrowers.services.pauses import pause_loan, resume_loan
from cases.models import Case, HoldKind, Objection, Stage
from cases.stages import move_case


def claimed_loans(objection: Objection) -> QuerySet[Loan]:
    """The open loans that it is about: the one that was named, else all of the case's."""
    loans = objection.case.loans.filter(status=Loan.Status.OPEN).order_by("pk")
    return loans if objection.loan_id is None else loans.filter(pk=objection.loan_id)


def frozen_loans(objection: Objection) -> QuerySet[Loan]:
    """The open loans whose clock the claim stopped. One that joined the case later was not meant by it."""
    return objection.case.loans.filter(
        status=Loan.Status.OPEN, pk__in=LoanPause.objects.filter(reason=objection.source).values("loan")
    ).order_by("pk")


def freeze(objection: Objection, *, actor: User | None) -> None:
    """Stop interest and steps. A case that is on hold for something else stays so, and is not released meanwhile."""
    for loan in claimed_loans(objection):
        pause_loan(loan=loan, start=objection.received_on, end=None, source=objection.source, actor=actor)
    case = Case.objects.get(pk=objection.case_id)
    if case.is_open and case.stage != Stage.ON_HOLD:
        words = _("identity theft is claimed: %(number)s") % {"number": objection.number}
        # By the system: it follows from the claim, whoever took it down.
        move_case(case.pk, "put_on_hold", actor=None, reason=words[:200], until=None, kind=HoldKind.IDENTITY_THEFT)


def unfreeze(objection: Objection, *, on: dt.date, actor: User) -> None:
    """The claim is closed and the debt stands: interest runs again from the day `on`, what stood still stays off. Does
    nothing for other kinds."""
    if objection.family != Objection.Family.IDENTITY_THEFT:
        return
    for loan in objection.case.loans.order_by("pk"):
        resume_loan(loan=loan, source=objection.source, on=on, actor=actor)
    release_claimed(objection, actor=actor)


def release_claimed(objection: Objection, *, actor: User) -> None:
    """Take the case off the hold of the claim, unless another claim keeps it there."""
    others = Objection.objects.open().filter(case=objection.case_id, family=Objection.Family.IDENTITY_THEFT)
    case = Case.objects.get(pk=objection.case_id)
    if case.stage == Stage.ON_HOLD and case.hold_kind == HoldKind.IDENTITY_THEFT and not others.exists():
        by = actor if actor.has_perm("cases.hold_case") else None
        move_case(case.pk, "release", actor=by, reason=objection.number)
