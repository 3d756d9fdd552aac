"""Where a contact point reaches its owner: at home or at work. The rules about work ask for it."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from borrowers.models import ContactPoint, User, record_event
from cases.models import Case
from cases.services.workable import refresh_workable


def set_place(*, case: Case, contact_point: ContactPoint, place: str, actor: User, now: dt.datetime) -> None:
    """Keep the place ("" for not known) with its audit event, and look anew at whether the case can be worked.

    PermissionDenied for who does not work the case; ValueError for a place that is none.
    """
    if not actor.has_perm("cases.work_case") or not Case.objects.visible_to(actor).filter(pk=case.pk).exists():
        raise PermissionDenied(_("You may not do this."))
    if place not in ("", *ContactPoint.Place.values) or contact_point.borrower_id != case.borrower_id:
        raise ValueError(f"{place!r} is no place of a contact point of this borrower")
    with transaction.atomic():
        row = ContactPoint.objects.select_for_update().get(pk=contact_point.pk)
        if row.place == place:
            return
        old, row.place = row.place, place
        row.save(update_fields=["place"])
        record_event(row, "set_place", actor=actor, field="place", old=old, new=place, borrower_id=case.borrower_id)
        refresh_workable(person_keys=[case.borrower.person_key], now=now)
