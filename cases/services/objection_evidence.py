"""What is gathered on an objection: papers handed in, findings, and the verification that was sent; the checklist of a claim
of identity theft."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from borrowers.errors import InputError
from borrowers.models import Document, User, record_event
from borrowers.models.document import file_document
from borrowers.services.file_types import type_of
from cases.models import Objection, ObjectionEvidence
from cases.services.objections import ObjectionRefused, check_open, locked
from cases.services.permissions import WORKERS, check_may

Item = ObjectionEvidence.Item
_KINDS = {Item.ID_COPY: Document.Kind.IDENTITY, Item.SIGNATURE: Document.Kind.CONTRACT}


@dataclass(frozen=True)
class ChecklistLine:
    """One thing that a claim of identity theft is judged by, and what was gathered of it."""

    item: str
    label: str
    rows: tuple[ObjectionEvidence, ...]

    @property
    def is_done(self) -> bool:
        return bool(self.rows)


def add_evidence(
    *, objection: Objection, actor: User, item: str, on: dt.date, data: bytes, name: str, note: str = ""
) -> ObjectionEvidence:
    """File one paper, of the day `on`. ObjectionRefused for a file that is no PDF or picture, a day that lies ahead, or
    a closed objection; PermissionDenied."""
    if item not in Item.values:
        raise ObjectionRefused(_("“%(item)s” is no kind of evidence.") % {"item": item})
    try:
        mime_type, ending = type_of(data)
    except InputError as refused:
        raise ObjectionRefused(refused.translated(_)) from refused
    with transaction.atomic():
        case, objection = locked(objection)
        check_may(case, actor, *WORKERS)
        check_open(objection)
        document = file_document(
            data=data,
            name=_file_name(name, ending),
            mime_type=mime_type,
            kind=_KINDS.get(Item(item), Document.Kind.OTHER),
            creditor=case.creditor,
            borrower=case.borrower,
            by=actor,
        )
        evidence: ObjectionEvidence = ObjectionEvidence.objects.create(
            objection=objection, item=item, document=document, on=on, note=note.strip()[:300], added_by=actor
        )
        record_event(
            evidence, "add_evidence", actor=actor, field="item", new=item, reason=note.strip(), objection=objection.pk,
            sha256=document.sha256,
        )  # fmt: skip
    return evidence


def _file_name(name: str, ending: str) -> str:
    """The name that it came under, with the ending of what it is."""
    stem = name.rpartition(".")[0] or name or "paper"
    return f"{stem[:240]}.{ending}"


def checklist_of(objection: Objection) -> list[ChecklistLine]:
    """The lines of a claim of identity theft, in order; none for other kinds. One query."""
    if objection.family != Objection.Family.IDENTITY_THEFT:
        return []
    gathered: dict[str, list[ObjectionEvidence]] = defaultdict(list)
    for row in objection.evidence.select_related("document", "added_by"):
        gathered[row.item].append(row)
    return [ChecklistLine(item, str(Item(item).label), tuple(gathered[item])) for item in ObjectionEvidence.CHECKLIST]


def is_verified(objection: Objection) -> bool:
    """Whether verification of the debt was sent to the borrower since the objection came in."""
    return objection.evidence.filter(item=Item.VERIFICATION, on__gte=objection.received_on).exists()
