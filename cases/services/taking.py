"""A collector takes an unassigned case of their own team."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from borrowers.models import User, record_event
from cases.models import Case


class AlreadyTaken(ValueError):
    """Somebody was faster; says who."""


def take_case(*, case: Case, actor: User) -> Case:
    """Assign an unassigned open case to the actor. PermissionDenied when they may not work it, AlreadyTaken when it is
    assigned to somebody else by now."""
    with transaction.atomic():
        row = Case.objects.visible_to(actor).open().select_for_update(of=("self",)).filter(pk=case.pk).first()
        if row is None or not actor.has_perm("cases.work_case"):
            raise PermissionDenied
        if row.assigned_to_id is not None and row.assigned_to_id != actor.pk:
            raise AlreadyTaken(_("%(person)s has this case already.") % {"person": row.assigned_to})
        if row.assigned_to_id is None:
            row.assigned_to = actor
            row.save(update_fields=["assigned_to"])
            record_event(row, "take_case", actor=actor, field="assigned_to", new=actor)
    return row
