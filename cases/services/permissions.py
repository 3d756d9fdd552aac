"""Who may do something in a case: one check for every service."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from borrowers.models import User
from cases.models import Case

# Collectors of the team, and supervisors of the creditor.
WORKERS = ("cases.work_case", "cases.supervise_case")


def check_may(case: Case, actor: User, *permissions: str, words: str = "") -> None:
    """PermissionDenied unless the person sees the case and has one of the permissions."""
    may = any(actor.has_perm(permission) for permission in permissions)
    if not may or not Case.objects.visible_to(actor).filter(pk=case.pk).exists():
        raise PermissionDenied(words or _("You may not do this."))
