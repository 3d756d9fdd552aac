"""A legal hold: the data of a borrower stay, whatever their date of purge, until it is lifted."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from borrowers.models import Borrower

if TYPE_CHECKING:
    from borrowers.models import User


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def visible_to(self, user: User) -> LegalHoldQuerySet:
        return self if user.is_superuser else self.filter(borrower__creditor__in=user.creditors.all())

    def standing(self, on: dt.date) -> LegalHoldQuerySet:
        """Those that hold on the day `on`: neither lifted nor past their last day."""
        return self.filter(Q(until=None) | Q(until__gte=on), lifted_at=None)


class LegalHold(models.Model):
    """Asked for by a court, an authority or an audit. cases.services.legal_holds sets and lifts it; nothing edits it."""

    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="legal_holds", verbose_name=_("borrower"))
    reason = models.CharField(_("reason"), max_length=300)
    until = models.DateField(_("last day"), null=True, blank=True, help_text=_("Empty: until it is lifted."))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set"), auto_now_add=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lift_reason = models.CharField(_("why it was lifted"), max_length=300, blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = ["-id"]
        permissions = [("set_legal_hold", _("Can keep personal data from being purged"))]

    def __str__(self) -> str:
        return f"{self.borrower_id}: {self.reason}"
