"""Mandates: a creditor's written authority for a firm, filed with the signed paper."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from borrowers.errors import InputError
from borrowers.models import Creditor, Document, User, record_event
from borrowers.models.document import file_document
from borrowers.services import file_types
from legal.models import LawFirm, Mandate
from legal.services.matters import LegalRefused


def type_of(data: bytes) -> tuple[str, str]:
    """MIME type and ending of a signed paper. LegalRefused when it is none, empty or too large."""
    try:
        return file_types.type_of(data)
    except InputError as refused:
        raise LegalRefused(refused.translated(_)) from refused


def file_mandate(
    *,
    creditor: Creditor,
    firm: LawFirm,
    reference: str,
    valid_from: dt.date,
    valid_until: dt.date | None,
    data: bytes,
    actor: User,
) -> Mandate:
    """Keep the signed paper and the mandate it proves. PermissionDenied; LegalRefused for a wrong file or dates."""
    if (
        not actor.has_perm("legal.add_mandate")
        or not Creditor.objects.visible_to(actor).filter(pk=creditor.pk).exists()
    ):
        raise PermissionDenied(_("You may not do this."))
    if valid_until is not None and valid_until < valid_from:
        raise LegalRefused(_("The mandate ends before it begins."))
    mime_type, ending = type_of(data)
    with transaction.atomic():
        if Mandate.objects.filter(creditor=creditor, reference=reference).exists():
            raise LegalRefused(
                _("There is a mandate %(reference)s of this creditor already.") % {"reference": reference}
            )
        document = file_document(
            data=data,
            name=f"{reference}.{ending}"[:255],
            mime_type=mime_type,
            kind=Document.Kind.MANDATE,
            creditor=creditor,
            borrower=None,
            by=actor,
        )
        mandate = Mandate.objects.create(
            creditor=creditor,
            firm=firm,
            reference=reference,
            document=document,
            valid_from=valid_from,
            valid_until=valid_until,
        )
        record_event(mandate, "file_mandate", actor=actor, new=reference, firm=firm.name, sha256=document.sha256)
    return mandate
