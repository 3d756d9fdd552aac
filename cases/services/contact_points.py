"""Numbers and addresses at which nobody is reached: out of use from then on, with who said so and why."""

from __future__ import annotations

from django.utils import timezone

from borrowers.models import ContactPoint, User, record_event
from cases.models import Message
from cases.services.outbox_cancelling import cancel_messages
from cases.services.workable import refresh_workable
from cases.strategy import reasons


def mark_out_of_use(point: ContactPoint, *, why: str, because: str = "", actor: User | None = None) -> bool:
    """Mark the point, inside the caller's transaction; True when that is news. `why` is an outcome's code, `because`
    the words behind it."""
    if not ContactPoint.objects.filter(pk=point.pk, is_valid=True).update(is_valid=False, invalid_reason=why):
        return False
    record_event(
        point,
        "contact_point_out_of_use",
        actor=actor,
        field="is_valid",
        old=True,
        new=False,
        reason=because or why,
    )
    return True


def take_out_of_use(point: ContactPoint, *, why: str, because: str) -> bool:
    """The same on a report from outside: what waits for the point is cancelled, and the person's cases looked at
    anew."""
    if not mark_out_of_use(point, why=why, because=because):
        return False
    cancel_messages(messages=Message.objects.filter(contact_point=point), reason=reasons.NO_CONTACT_POINT)
    refresh_workable(person_keys=[point.borrower.person_key], now=timezone.now())
    return True
