"""Matters: opened on a case that was sent to legal, given to a firm. What else is done with one is legal.services.moves."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from borrowers.models import User, record_event
from cases.models import Case, Stage
from cases.stages import MoveRefused
from legal.models import LawFirm, Lawyer, Mandate, Matter
from legal.models.matter_states import may_record_court


class LegalRefused(ValueError):
    """A step that cannot be taken as things stand; says why, in the reader's language."""


def check_works_matter(matter: Matter, actor: User, permission: str = "legal.work_matter") -> None:
    """PermissionDenied unless the actor sees this matter and holds the permission."""
    if not actor.has_perm(permission) or not Matter.objects.visible_to(actor).filter(pk=matter.pk).exists():
        raise PermissionDenied(_("You may not do this."))


def check_records_court(matter: Matter, actor: User) -> None:
    """PermissionDenied unless the actor sees this matter and may record what its court did: legal staff, and counsel of
    the firm that acts."""
    if not may_record_court(matter, actor) or not Matter.objects.visible_to(actor).filter(pk=matter.pk).exists():
        raise PermissionDenied(_("You may not do this."))


def open_matter(*, case: Case, actor: User, on: dt.date) -> Matter:
    """The legal file of a case that was sent to legal. LegalRefused when it is not there or has an open matter."""
    if not actor.has_perm("legal.work_matter") or not Case.objects.visible_to(actor).filter(pk=case.pk).exists():
        raise PermissionDenied(_("You may not do this."))
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
        if case.stage != Stage.LEGAL:
            raise LegalRefused(_("Case %(case)s is not with legal.") % {"case": case.case_no})
        if Matter.objects.open().filter(case=case).exists():
            raise LegalRefused(_("Case %(case)s has an open matter already.") % {"case": case.case_no})
        matter = Matter.objects.create(case=case, opened_on=on, opened_by=actor)
        record_event(matter, "open_matter", actor=actor, new=case.case_no)
    return matter


def assign_firm(
    *, matter: Matter, firm: LawFirm, lawyer: Lawyer | None, mandate: Mandate | None, actor: User
) -> Matter:
    """Who acts, and under which mandate. LegalRefused when the three do not belong together."""
    check_works_matter(matter, actor)
    with transaction.atomic():
        matter = Matter.objects.select_for_update(of=("self",)).select_related("case", "firm").get(pk=matter.pk)
        if not matter.is_open:
            raise LegalRefused(_("The matter is ended."))
        _check_together(matter, firm, lawyer, mandate)
        old, matter.firm, matter.lawyer, matter.mandate = matter.firm, firm, lawyer, mandate
        matter.save(update_fields=["firm", "lawyer", "mandate"])
        record_event(
            matter,
            "assign_firm",
            actor=actor,
            field="firm",
            old=old,
            new=firm,
            lawyer=str(lawyer or ""),
            mandate=str(mandate or ""),
        )
    return matter


def _check_together(matter: Matter, firm: LawFirm, lawyer: Lawyer | None, mandate: Mandate | None) -> None:
    if not firm.is_active:
        raise LegalRefused(_("%(firm)s is not active.") % {"firm": firm})
    if lawyer is not None and (lawyer.firm_id != firm.pk or not lawyer.is_active):
        raise LegalRefused(_("%(lawyer)s is no active lawyer of %(firm)s.") % {"lawyer": lawyer, "firm": firm})
    if mandate is not None and (mandate.firm_id != firm.pk or mandate.creditor_id != matter.case.creditor_id):
        raise LegalRefused(_("Mandate %(mandate)s is not between this creditor and this firm.") % {"mandate": mandate})


__all__ = [
    "LegalRefused",
    "MoveRefused",
    "assign_firm",
    "check_records_court",
    "check_works_matter",
    "open_matter",
]
