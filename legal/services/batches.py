"""Batches: similar matters of one creditor that are prepared, written, filed and answered together.

A batch holds no progress of its own: what is done, its matters and their papers say. So a step that is run twice does
nothing twice, and one that was cut off is taken up where it stopped (legal.services.batch_steps).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from borrowers.models import AuditEvent, Creditor, User, record_event
from borrowers.models.audit import build_event
from legal.models import Court, LawFirm, Lawyer, Mandate, Matter, MatterBatch
from legal.services.matters import LegalRefused
from legal.services.papers.drafting import check_fields, check_wording, names_of
from legal.services.papers.kinds import kinds_for

# More are several batches: one is looked through by a person and filed in one go.
MATTERS_AT_MOST = 1000
# Beside the kinds of papers: what holds for the matters themselves.
MATTER = "matter"
MATTER_EDITS = ("court", "venue_basis", "procedure", "lawyers_fee", "firm", "lawyer", "mandate")
_ROWS: dict[str, Any] = {"court": Court, "firm": LawFirm, "lawyer": Lawyer, "mandate": Mandate}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which open matters that are in no batch; None or empty does not narrow. Amounts are what is outstanding."""

    creditor: Creditor | None = None
    state: str = ""
    firm: LawFirm | None = None
    court: Court | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    limitation_until: dt.date | None = None
    words: str = ""


def free_matters(user: User, selection: Selection) -> QuerySet[Matter]:
    """The person's open matters in no batch, longest open first."""
    matters = Matter.objects.visible_to(user).open().filter(batch=None)
    told = {
        "case__creditor": selection.creditor,
        "state": selection.state,
        "firm": selection.firm,
        "court": selection.court,
        "case__limitation_expires_on__lte": selection.limitation_until,
    }
    matters = matters.filter(**{name: value for name, value in told.items() if value})
    if selection.at_least is not None:
        matters = matters.filter(case__outstanding_amount__gte=selection.at_least)
    if selection.at_most is not None:
        matters = matters.filter(case__outstanding_amount__lte=selection.at_most)
    if selection.words:
        matters = matters.filter(
            Q(case__case_no__icontains=selection.words) | Q(case__borrower__name__icontains=selection.words)
        )
    related = ("case__borrower", "case__creditor", "firm", "court")
    return matters.select_related(*related).order_by("opened_on", "pk")


def check_works_batch(batch: MatterBatch, actor: User, permission: str = "legal.work_matter") -> None:
    """PermissionDenied unless the actor sees this batch and holds the permission."""
    if not actor.has_perm(permission) or not MatterBatch.objects.visible_to(actor).filter(pk=batch.pk).exists():
        raise PermissionDenied(_("You may not do this."))


def matters_of(batch: MatterBatch, actor: User) -> QuerySet[Matter]:
    """Its matters that the actor sees, in the order in which they are worked."""
    return Matter.objects.visible_to(actor).filter(batch=batch).order_by("pk")


def make_batch(*, creditor: Creditor, name: str, matter_ids: Iterable[int], actor: User) -> MatterBatch:
    """A batch of these matters. LegalRefused without a name or with one that the creditor has already, and for none or too
    many matters; PermissionDenied."""
    may = actor.has_perm("legal.work_matter") and Creditor.objects.visible_to(actor).filter(pk=creditor.pk).exists()
    if not may:
        raise PermissionDenied(_("You may not do this."))
    name = name.strip()[:100]
    if not name:
        raise LegalRefused(_("A batch needs a name."))
    with transaction.atomic():
        if MatterBatch.objects.filter(creditor=creditor, name=name).exists():
            raise LegalRefused(_("The creditor has a batch “%(name)s” already.") % {"name": name})
        batch = MatterBatch.objects.create(creditor=creditor, name=name, made_by=actor)
        count = _join(batch, matter_ids, actor)
        if not count:
            raise LegalRefused(_("No matter is chosen that is open, of this creditor, and in no other batch."))
        record_event(batch, "make_batch", actor=actor, new=name, matters=count)
    return batch


def add_matters(*, batch: MatterBatch, matter_ids: Iterable[int], actor: User) -> int:
    """Further matters; those that are ended, of another creditor or in a batch are passed over. How many joined."""
    check_works_batch(batch, actor)
    with transaction.atomic():
        MatterBatch.objects.select_for_update().get(pk=batch.pk)
        return _join(batch, matter_ids, actor)


def _join(batch: MatterBatch, matter_ids: Iterable[int], actor: User) -> int:
    ids = list(dict.fromkeys(matter_ids))
    seen = Matter.objects.visible_to(actor).filter(pk__in=ids)
    free = Matter.objects.open().filter(batch=None, case__creditor=batch.creditor, pk__in=seen.values("pk"))
    matters = list(free.select_for_update(of=("self",)).select_related("case").order_by("pk"))
    if len(matters) + batch.matters.count() > MATTERS_AT_MOST:
        raise LegalRefused(_("A batch holds at most %(count)d matters.") % {"count": MATTERS_AT_MOST})
    Matter.objects.filter(pk__in=[matter.pk for matter in matters]).update(batch=batch)
    AuditEvent.objects.bulk_create(
        build_event(matter, "join_batch", actor=actor, field="batch", new=batch.name) for matter in matters
    )
    return len(matters)


def take_out(*, matter: Matter, actor: User) -> None:
    """The matter goes its own way; what was written for it stays."""
    if matter.batch is None:
        return
    check_works_batch(matter.batch, actor)
    with transaction.atomic():
        row = Matter.objects.select_for_update(of=("self",)).select_related("case", "batch").get(pk=matter.pk)
        if row.batch is None:
            return
        record_event(row, "leave_batch", actor=actor, field="batch", old=row.batch.name)
        row.batch = None
        row.save(update_fields=["batch"])


def edit_batch(*, batch: MatterBatch, part: str, values: Mapping[str, Any], actor: User) -> MatterBatch:
    """What one kind of paper, or with "matter" the matters themselves, say alike; empty values are each paper's own.

    LegalRefused for a kind that the creditor's rules do not know, a field that it does not have, or wording that may not
    leave the house. Papers that are drafted already take it over by the next step that drafts.
    """
    check_works_batch(batch, actor)
    told = {name: value for name, value in values.items() if value not in (None, "", [])}
    _check_edits(batch, part, told)
    with transaction.atomic():
        row = MatterBatch.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=batch.pk)
        old = row.edits.get(part, {})
        changed = sorted(name for name in {**old, **told} if old.get(name) != told.get(name))
        if changed:
            row.edits = {**row.edits, part: told}
            row.save(update_fields=["edits"])
            record_event(row, "edit_batch", actor=actor, field=part, changed=changed)
    return row


def _check_edits(batch: MatterBatch, part: str, told: Mapping[str, Any]) -> None:
    if part == MATTER:
        known = set(MATTER_EDITS)
    elif part in kinds_for(batch.creditor.pack):
        known = names_of(part)
    else:
        raise LegalRefused(_("The creditor's rules do not know this kind of paper."))
    check_fields(known, told)
    check_wording(told)


def matter_edits(batch: MatterBatch) -> dict[str, Any]:
    """What holds for its matters, with rows instead of their keys; a row that is gone is left out."""
    told: dict[str, Any] = {}
    for name, value in batch.edits.get(MATTER, {}).items():
        if name in _ROWS:
            row = _ROWS[name].objects.filter(pk=value).first()
            if row is not None:
                told[name] = row
        else:
            told[name] = Decimal(value) if name == "lawyers_fee" else value
    return told
