"""E-mails to the house's own people. They are no contacts, so no gate decides on them, and they are no messages: that table
holds what goes to borrowers, and nothing leaves it without a decision (docs/adr/0220-deadlines.md)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class StaffMail(models.Model):
    """One mail on its way; a row before it is anything else. `key` is unique and the idempotency key at the provider.
    States are changed by cases.services.staff_mail alone, by conditional update."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unknown")

    key = models.CharField(max_length=150, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="staff_mails", db_index=False, verbose_name=_("to")
    )
    to = models.EmailField(_("address"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    not_before = models.DateTimeField(_("not before"))
    # What has waited longer says something that was true then.
    not_after = models.DateTimeField(_("not after"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    provider = models.CharField(_("provider"), max_length=40, blank=True)
    provider_id = models.CharField(_("provider's number"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    queued_at = models.DateTimeField(_("queued"), auto_now_add=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    handed_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("mail to staff")
        verbose_name_plural = _("mails to staff")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["key"], name="staff_mail_key_unique")]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=Q(state="queued"), name="staff_mail_due"),
            models.Index(fields=["claimed_at"], condition=Q(state="sending"), name="staff_mail_stuck"),
        ]

    def __str__(self) -> str:
        return self.key
