"""Promises to pay. Kept or broken comes from the ledger, never by hand."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.contact import ContactRecord


class Promise(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("open")
        KEPT = "kept", _("kept")
        PART_KEPT = "part_kept", _("kept in part")
        BROKEN = "broken", _("broken")
        CANCELLED = "cancelled", _("cancelled")

    class Means(models.TextChoices):
        TRANSFER = "transfer", _("bank transfer")
        WALLET = "wallet", _("wallet")
        CARD = "card", _("card")
        CASH = "cash", _("cash")
        OTHER = "other", _("other")

    case = models.ForeignKey(Case, models.PROTECT, related_name="promises", verbose_name=_("case"))
    contact = models.ForeignKey(ContactRecord, models.PROTECT, null=True, blank=True, db_index=False)
    amount = models.DecimalField(_("sum"), max_digits=14, decimal_places=2)
    due_on = models.DateField(_("promised for"))
    # Share of the sum that may be missing for it to be kept in part, as the creditor's setting was on that day.
    tolerance = models.DecimalField(_("tolerance"), max_digits=4, decimal_places=3, default=0)
    means = models.CharField(_("means"), max_length=20, choices=Means.choices, default=Means.TRANSFER)
    made_on = models.DateField(_("made on"))
    # At which instant it was taken down: what was booked earlier on the same day keeps no promise.
    # Empty for those from before this was kept.
    made_at = models.DateTimeField(_("taken down"), null=True, editable=False)
    # The day's run counts what came in since the promise was made.
    paid_amount = models.DecimalField(_("paid since"), max_digits=14, decimal_places=2, default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("promise to pay")
        verbose_name_plural = _("promises to pay")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state="open"), name="one_open_promise_a_case"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="promise_amount_positive"),
            models.CheckConstraint(condition=Q(tolerance__gte=0, tolerance__lt=1), name="promise_tolerance_share"),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(state="open"), name="promise_open_due")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.amount} {self.due_on}"
