"""Showing a masked number to a person: allowed to some, and always written down."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from borrowers.models import ContactPoint, User, record_event
from cases.models import Case

PERMISSION = "cases.reveal_contact"


def reveal_contact_point(*, case: Case, point: ContactPoint, actor: User) -> str:
    """The whole value of one contact point of the case's borrower. PermissionDenied when not allowed."""
    if not actor.has_perm(PERMISSION) or point.borrower_id != case.borrower_id:
        raise PermissionDenied
    with transaction.atomic():
        record_event(point, "reveal", actor=actor, new=point.masked_value, case=case.case_no)
    return point.value


def reveal_id_number(*, case: Case, actor: User) -> str:
    """The borrower's whole ID number. PermissionDenied when not allowed."""
    if not actor.has_perm(PERMISSION):
        raise PermissionDenied
    borrower = case.borrower
    with transaction.atomic():
        record_event(
            borrower,
            "reveal",
            actor=actor,
            field="id_no",
            new=borrower.masked_id_no,
            borrower_id=borrower.pk,
            case=case.case_no,
        )
    return str(borrower.id_no)
