"""Money received, and how it was split. Both are append-only: a mistake is corrected by a reversing entry."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from borrowers.models.loan import Instalment, Loan
from borrowers.models.placement import Placement


class AppendOnlyError(RuntimeError):
    """An attempt to change or delete a row that a court may ask for."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> int:
        raise AppendOnlyError(f"{self.model.__name__} rows are never changed: write a reversing entry")

    def delete(self) -> Any:
        raise AppendOnlyError(f"{self.model.__name__} rows are never deleted: write a reversing entry")


class AppendOnlyModel(models.Model):
    """Rows are written once. Changing or deleting one raises AppendOnlyError."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None and not self._state.adding:
            raise AppendOnlyError(f"{type(self).__name__} {self.pk} is never changed: write a reversing entry")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise AppendOnlyError(f"{type(self).__name__} {self.pk} is never deleted: write a reversing entry")


class Payment(AppendOnlyModel):
    """One receipt, or one reversal of a receipt: then `amount` is negative and `reverses` names it."""

    class Cause(models.TextChoices):
        """Why a payment was taken back."""

        BOUNCED = "bounced", _("bounced")
        CHARGEBACK = "chargeback", _("charged back")
        MISTAKE = "mistake", _("booked by mistake")
        WRONG_ACCOUNT = "wrong_account", _("booked on the wrong account")
        REFUND = "refund", _("refunded")

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="payments", db_index=False, verbose_name=_("loan"))
    payment_no = models.CharField(_("payment number"), max_length=64)
    paid_on = models.DateField(_("paid on"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    method = models.CharField(_("method"), max_length=40, blank=True)
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reversals", verbose_name=_("reverses")
    )
    cause = models.CharField(_("taken back because"), max_length=20, choices=Cause.choices, blank=True, db_default="")
    # The debtor may say which instalment a payment is for (民法典 560).
    designated = models.ForeignKey(
        Instalment, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("meant for instalment")
    )
    placement = models.ForeignKey(
        Placement, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("placement")
    )
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["loan_id", "paid_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "payment_no"], name="payment_no_unique"),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="payment_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_no}: {self.amount}"


class Allocation(AppendOnlyModel):
    """A part of a payment put on one instalment. When the split changes, rows with the difference follow:
    the sums per (payment, instalment) are the split that holds."""

    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="allocations", db_index=False, verbose_name=_("payment")
    )
    instalment = models.ForeignKey(Instalment, models.PROTECT, related_name="allocations", verbose_name=_("instalment"))
    fee = models.DecimalField(_("fee"), max_digits=14, decimal_places=2)
    interest = models.DecimalField(_("interest"), max_digits=14, decimal_places=2)
    principal = models.DecimalField(_("principal"), max_digits=14, decimal_places=2)
    penalty = models.DecimalField(_("penalty interest"), max_digits=14, decimal_places=2, default=0, db_default=0)
    # 0 for the first split of a payment, then 1, 2 … for each later correction.
    revision = models.PositiveSmallIntegerField(_("revision"), default=0)

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.UniqueConstraint(fields=["payment", "instalment", "revision"], name="allocation_revision_unique")
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} → {self.instalment_id}"

    @staticmethod
    def total() -> Any:
        """Expression for the sum of the components."""
        return F("fee") + F("interest") + F("principal") + F("penalty")
