"""Batches: similar matters that are prepared, filed and answered together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from borrowers.models import Creditor

if TYPE_CHECKING:
    from borrowers.models import User


class MatterBatchQuerySet(models.QuerySet["MatterBatch"]):
    def visible_to(self, user: User) -> MatterBatchQuerySet:
        """Those of one's creditors. Outside counsel have none: a batch may hold matters of other firms."""
        if not user.is_superuser and not user.has_perm("legal.view_matter"):
            return self.none()
        return self.filter(creditor__in=Creditor.objects.visible_to(user))


class MatterBatch(models.Model):
    """Matters of one creditor with one set of edits. `edits` are what its papers say alike, by paper kind and field."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="matter_batches", verbose_name=_("creditor"))
    name = models.CharField(_("name"), max_length=100)
    edits = models.JSONField(_("wording of its papers"), default=dict, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = MatterBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch of matters")
        verbose_name_plural = _("batches of matters")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["creditor", "name"], name="matter_batch_name_unique")]

    def __str__(self) -> str:
        return self.name
