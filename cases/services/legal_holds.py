"""Legal holds: personal data that must stay, whatever their date of purge."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.models import Borrower, User, record_event
from cases.models import LegalHold

PERMISSION = "cases.set_legal_hold"


class HoldRefused(ValueError):
    """It cannot be set or lifted so; says why in the reader's language."""


def set_legal_hold(*, borrower: Borrower, reason: str, until: dt.date | None, actor: User) -> LegalHold:
    """Keep the borrower's data until the last day `until`, or until it is lifted. HoldRefused, PermissionDenied."""
    _check_may(borrower, actor)
    if not reason.strip():
        raise HoldRefused(_("A reason is needed."))
    if until is not None and until < borrower.creditor.business_date(timezone.now()):
        raise HoldRefused(_("The last day has passed."))
    with transaction.atomic():
        # A purge that has the borrower now comes first; one that comes later sees the hold.
        Borrower.objects.select_for_update(of=("self",)).get(pk=borrower.pk)
        hold = LegalHold.objects.create(borrower=borrower, reason=reason.strip(), until=until, set_by=actor)
        record_event(hold, "set_legal_hold", actor=actor, new=until, reason=reason.strip())
    return hold


def lift_legal_hold(*, hold: LegalHold, reason: str, actor: User) -> LegalHold:
    """The data may go when their day has come. HoldRefused when it was lifted before or without a reason."""
    with transaction.atomic():
        hold = LegalHold.objects.select_for_update(of=("self",)).select_related("borrower__creditor").get(pk=hold.pk)
        _check_may(hold.borrower, actor)
        if hold.lifted_at is not None:
            raise HoldRefused(_("It was lifted already."))
        if not reason.strip():
            raise HoldRefused(_("A reason is needed."))
        hold.lifted_by, hold.lifted_at, hold.lift_reason = actor, timezone.now(), reason.strip()
        hold.save(update_fields=["lifted_by", "lifted_at", "lift_reason"])
        record_event(hold, "lift_legal_hold", actor=actor, old=hold.until, reason=reason.strip())
    return hold


def _check_may(borrower: Borrower, actor: User) -> None:
    own = actor.is_superuser or actor.creditors.filter(pk=borrower.creditor_id).exists()
    if not own or not actor.has_perm(PERMISSION):
        raise PermissionDenied(_("You may not do this."))
