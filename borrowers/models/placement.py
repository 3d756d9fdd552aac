"""A batch of accounts that a creditor hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from borrowers.models.party import Creditor

if TYPE_CHECKING:
    from borrowers.models.user import User


class PlacementQuerySet(models.QuerySet["Placement"]):
    def visible_to(self, user: User) -> PlacementQuerySet:
        if user.is_superuser:
            return self
        if not user.has_perm("borrowers.view_placement"):
            return self.none()
        return self.filter(creditor__staff=user)


class Placement(models.Model):
    """One upload: a placement or a payment file, what it held and what came of it."""

    class Kind(models.TextChoices):
        PLACEMENT = "placement", _("placement")
        PAYMENTS = "payments", _("payments")

    class State(models.TextChoices):
        CHECKED = "checked", _("checked, not loaded")
        LOADED = "loaded", _("loaded")
        REFUSED = "refused", _("refused")

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="placements", verbose_name=_("creditor"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PLACEMENT)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    file_name = models.CharField(_("file"), max_length=255)
    file_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)
    # Where an upload waits between preview and load, below MEDIA_ROOT; "" once loaded.
    upload_path = models.CharField(max_length=255, blank=True, editable=False)
    # Rows read and loans new/updated/unchanged/refused, payments …: as the command prints them.
    summary = models.JSONField(_("summary"), default=dict)
    # The refused rows as CSV: file, row, column, value, reason.
    refusals_csv = models.TextField(_("refused rows"), blank=True)
    created_by = models.ForeignKey("borrowers.User", models.PROTECT, null=True, blank=True, verbose_name=_("by"))
    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    loaded_at = models.DateTimeField(_("loaded at"), null=True, blank=True)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        ordering = ["-id"]
        permissions = [("load_placement", _("Can load placements and payments"))]

    def __str__(self) -> str:
        return f"{self.creditor.code} {self.file_name}"
