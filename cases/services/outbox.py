"""The outbox: a message is a row before it is anything else (docs/adr/0060-outbox.md).

`outbox_writing` writes rows, `outbox_due` decides which the day asks for, `outbox_sending` is the door through which
they leave. This module is what the rest of the house knows of it.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.models import Borrower, ContactPoint, Instalment, Loan, User
from cases.models import Case, Message, PlanStep
from cases.services.messages import Figures, figures_of_cases
from cases.services.outbox_cancelling import cancel_messages, cancel_pending
from cases.services.outbox_due import queue_due_steps, queue_upcoming_reminders
from cases.services.outbox_sending import accept_reported, dispatch, sweep
from cases.services.outbox_writing import Draft, Written, wake_worker, write_messages
from cases.services.permissions import WORKERS, check_may
from cases.strategy.reasons import reason_words

__all__ = [
    "MessageRefused",
    "accept_reported",
    "cancel_messages",
    "cancel_pending",
    "compose_message",
    "dispatch",
    "queue_due_steps",
    "queue_message",
    "queue_upcoming_reminders",
    "sweep",
]


class MessageRefused(ValueError):
    """The message was not queued; says why in the reader's language. The gate's decision is stored all the same."""


def queue_message(
    *,
    borrower: Borrower,
    case: Case | None,
    loan: Loan | None,
    step: PlanStep | None,
    purpose: str,
    day: dt.date,
    channel: str,
    template_code: str,
    now: dt.datetime,
    actor: User | None = None,
    contact_point: ContactPoint | None = None,
) -> Message | None:
    """Write one message and ask a worker to send it after the commit; None when it cannot be queued.

    The same case, step, purpose and day again gives the message that is there, sent or not. PermissionDenied when the
    actor may not work the case.
    """
    return _queue(borrower, case, loan, step, purpose, day, channel, template_code, now, actor, contact_point).message


def compose_message(
    *,
    case: Case,
    actor: User,
    channel: str,
    template_code: str,
    now: dt.datetime,
    contact_point: ContactPoint | None = None,
) -> Message:
    """What a person sends from the case page: one of each template and day. MessageRefused says why not."""
    day = case.borrower.creditor.business_date(now)
    written = _queue(
        case.borrower,
        case,
        None,
        None,
        f"manual_{channel}_{template_code}"[:40],
        day,
        channel,
        template_code,
        now,
        actor,
        contact_point,
    )
    if written.message is None:
        raise MessageRefused(reason_words(written.reason, gettext))
    if not written.is_new:
        raise MessageRefused(_("This message was written to this borrower today already."))
    return written.message


def _queue(
    borrower: Borrower,
    case: Case | None,
    loan: Loan | None,
    step: PlanStep | None,
    purpose: str,
    day: dt.date,
    channel: str,
    template_code: str,
    now: dt.datetime,
    actor: User | None,
    contact_point: ContactPoint | None,
) -> Written:
    _check_may_write(case, actor)
    on = borrower.creditor.business_date(now)
    if case is not None:
        figures, loans = figures_of_cases([case], on)[case.pk]
    elif loan is not None:
        figures, loans = _figures_of_loan(borrower, loan, on), [loan]
    else:
        raise ValueError("a message is about a case or about a loan")
    draft = Draft(purpose, day, channel, template_code, figures, loans, loan, step, contact_point)
    try:
        with transaction.atomic():
            written = write_messages([draft], creditor=borrower.creditor, now=now)[0]
            if written.message is not None and written.is_new and written.message.not_before <= now:
                wake_worker("cases.tasks.dispatch_message", written.message.pk)
    except IntegrityError:
        # Somebody wrote the same message between our look and our row: theirs holds.
        return Written(draft, Message.objects.filter(key=draft.key).first())
    return written


def _check_may_write(case: Case | None, actor: User | None) -> None:
    if actor is None:
        return
    if case is None:
        raise PermissionDenied(_("You may not do this."))
    check_may(case, actor, *WORKERS)


def _figures_of_loan(borrower: Borrower, loan: Loan, on: dt.date) -> Figures:
    balance = loan.balance
    due = Instalment.objects.filter(loan=loan, due_on__in=[balance.next_due_on]).order_by("-number").first()
    unpaid = due.cumulative_due - balance.paid_total if due else None
    return Figures(borrower, on, None, loan.account_no, balance.next_due_on, unpaid)
