"""Messages of which nobody knows whether they went: a person asks the provider and says so here."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from borrowers.models import User, record_event
from cases.models import Message, PlanStep
from cases.services.outbox import accept_reported
from cases.services.outbox_cancelling import lock_case
from cases.services.outbox_writing import wake_worker
from cases.strategy.reasons import NOT_KNOWN_IF_SENT


class SettleRefused(ValueError):
    """The message cannot be settled like this; says why in the reader's language. Nothing was changed."""


def settle_unknown(*, message: Message, actor: User, was_sent: bool, reason: str, now: dt.datetime) -> Message:
    """Settle an *unknown* message by a person's word, with the reason kept; returns it, fresh.

    Sent: the contact is written and the step done, as the provider's answer would have done. Not sent: back into the
    queue under its own key and with its attempts counted, where the gate judges it again. Raises PermissionDenied;
    SettleRefused without a reason, or when somebody was faster.
    """
    if not actor.has_perm("cases.supervise_case") or not Message.objects.visible_to(actor).filter(pk=message.pk):
        raise PermissionDenied(_("You may not do this."))
    if not reason.strip():
        raise SettleRefused(_("A reason is needed."))
    with transaction.atomic():
        lock_case(message.case_id)
        related = ("borrower__creditor", "case", "loan", "contact_point", "send_decision")
        rows = Message.objects.select_related(*related).select_for_update(of=("self",), no_key=True)
        row = rows.get(pk=message.pk)
        if row.state != Message.State.UNKNOWN:
            raise SettleRefused(_("This message is settled already: %(state)s.") % {"state": row.get_state_display()})
        if was_sent:
            accept_reported(message=row, at=now)
        else:
            _queue_again(row, now)
        row.refresh_from_db()
        record_event(
            row,
            "settle_unknown",
            actor=actor,
            field="state",
            old=Message.State.UNKNOWN.value,
            new=row.state,
            reason=reason.strip(),
            attempts=row.attempts,
        )
    return row


def _queue_again(message: Message, now: dt.datetime) -> None:
    """As it was before it was claimed; what became of it meanwhile is the next claim's to find out."""
    found = Message.objects.filter(pk=message.pk, state=Message.State.UNKNOWN)
    found.update(
        state=Message.State.QUEUED, not_before=now, claimed_at=None, handed_at=None, settled_at=None, reason=""
    )
    # Its step was given up when nobody knew: it waits for the message once more.
    given_up = PlanStep.objects.filter(pk__in=[message.step_id], state=PlanStep.State.SKIPPED, reason=NOT_KNOWN_IF_SENT)
    given_up.update(state=PlanStep.State.QUEUED, reason="")
    wake_worker("cases.tasks.dispatch_message", message.pk)
