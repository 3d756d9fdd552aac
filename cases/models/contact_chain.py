"""What holds the contact log together: the end of each borrower's chain of entries, and each day's seal over all ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from borrowers.models import Borrower, Creditor
from borrowers.models.payment import AppendOnlyModel, AppendOnlyQuerySet

if TYPE_CHECKING:
    from borrowers.models import User


class ContactChain(models.Model):
    """The end of one borrower's chain. Its row is locked while an entry is written, so that entries stand in one line;
    cases.services.contact_log alone changes it."""

    borrower = models.OneToOneField(Borrower, models.PROTECT, primary_key=True, related_name="contact_chain")
    length = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True, default="")
    # Where it ended when the day was last sealed.
    sealed_length = models.PositiveIntegerField(default=0)
    sealed_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("chain of contacts")
        verbose_name_plural = _("chains of contacts")

    def __str__(self) -> str:
        return f"{self.borrower_id}: {self.length}"


class ContactSealQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> ContactSealQuerySet:
        return self if user.is_superuser else self.filter(creditor__in=user.creditors.all())


class ContactSeal(AppendOnlyModel):
    """One creditor's contact log at the end of a day's run: the hash over the ends of all its chains, and over the seal
    before it. An entry that was cut off a chain, with its head, does not give this hash any more."""

    creditor = models.ForeignKey(
        Creditor, models.PROTECT, related_name="contact_seals", db_index=False, verbose_name=_("creditor")
    )
    number = models.PositiveIntegerField(_("number"))
    on = models.DateField(_("day"))
    chains = models.PositiveIntegerField(_("borrowers"))
    entries = models.PositiveBigIntegerField(_("entries"))
    heads_hash = models.CharField(_("SHA-256 of the ends of all chains"), max_length=64)
    previous_hash = models.CharField(_("SHA-256 of the seal before"), max_length=64, blank=True)
    hash = models.CharField("SHA-256", max_length=64)
    sealed_at = models.DateTimeField(_("sealed"))

    objects = ContactSealQuerySet.as_manager()  # type: ignore[misc]  # the same, and narrower

    class Meta:
        verbose_name = _("seal of the contact log")
        verbose_name_plural = _("seals of the contact log")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["creditor", "on"], name="contact_seal_day_unique"),
            models.UniqueConstraint(fields=["creditor", "number"], name="contact_seal_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.creditor_id} {self.on}"
