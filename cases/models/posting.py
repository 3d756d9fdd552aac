"""Letters by post: the run that printed them, and what the carrier told of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from borrowers.models import ContactPoint, Creditor, Document
from cases.models.letter import Letter

if TYPE_CHECKING:
    from borrowers.models import User


class PrintRunQuerySet(models.QuerySet["PrintRun"]):
    def visible_to(self, user: User) -> PrintRunQuerySet:
        return self if user.is_superuser else self.filter(creditor__in=user.creditors.all())


class PrintRun(models.Model):
    """Letters of one creditor printed together: one PDF in the order of its address list."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="print_runs", verbose_name=_("creditor"))
    pdf = models.OneToOneField(Document, models.PROTECT, related_name="+", verbose_name=_("letters"))
    addresses = models.OneToOneField(Document, models.PROTECT, related_name="+", verbose_name=_("address list"))
    count = models.PositiveIntegerField(_("letters"))
    pages = models.PositiveIntegerField(_("pages"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, verbose_name=_("by"))
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = PrintRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("print run")
        verbose_name_plural = _("print runs")
        ordering = ["-id"]
        permissions = [("make_print_run", _("Can print letters for the post"))]

    def __str__(self) -> str:
        return f"{self.creditor_id}-{self.pk}"


class Posting(models.Model):
    """One letter on its way by post. cases.services.posting_told alone changes it, with an audit event each time."""

    class State(models.TextChoices):
        PRINTED = "printed", _("printed")
        POSTED = "posted", _("posted")
        DELIVERED = "delivered", _("delivered")
        RETURNED = "returned", _("returned")
        LOST = "lost", _("lost")

    letter = models.OneToOneField(Letter, models.PROTECT, related_name="posting", verbose_name=_("letter"))
    run = models.ForeignKey(PrintRun, models.PROTECT, related_name="postings", verbose_name=_("print run"))
    position = models.PositiveIntegerField(_("position"))
    contact_point = models.ForeignKey(ContactPoint, models.SET_NULL, null=True, blank=True, db_index=False)
    name = models.CharField(_("recipient"), max_length=200)
    address = models.CharField(_("address"), max_length=300)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PRINTED)
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)
    tracking_no = models.CharField(_("tracking number"), max_length=60, blank=True)
    posted_on = models.DateField(_("posted on"), null=True, blank=True)
    settled_on = models.DateField(_("delivered or returned on"), null=True, blank=True)
    signed_by = models.CharField(_("signed by"), max_length=100, blank=True)
    return_reason = models.CharField(_("why it came back"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("letter by post")
        verbose_name_plural = _("letters by post")
        ordering = ["run_id", "position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="posting_position_unique")]
        indexes = [models.Index(fields=["tracking_no"], name="posting_tracking")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.position}"
