"""What changes a debt besides payments: charges, penalty interest, waivers, and what an arrangement moves.

All of it is append-only, as payments are: a mistake is corrected by a reversing entry.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from borrowers.models.loan import Instalment, Loan
from borrowers.models.party import Creditor
from borrowers.models.payment import AppendOnlyModel

if TYPE_CHECKING:
    from borrowers.models.user import User


class CostItem(models.Model):
    """One line of a creditor's all-in cost sheet: what may be charged on loans made in its time, and how much at most.

    A charge that is not on the sheet of its loan is refused (综合融资成本公示, from 2026-08-01).
    """

    creditor = models.ForeignKey(
        Creditor, models.CASCADE, related_name="cost_items", db_index=False, verbose_name=_("creditor")
    )
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=100)
    product = models.CharField(_("product"), max_length=100, blank=True, help_text=_("Empty: all products."))
    at_most = models.DecimalField(
        _("at most"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text=_("For all charges of this kind on one loan together; empty: no limit."),
    )
    valid_from = models.DateField(_("for loans from"))
    valid_until = models.DateField(_("for loans until"), null=True, blank=True)

    class Meta:
        verbose_name = _("item of the cost sheet")
        verbose_name_plural = _("cost sheet")
        ordering = ["creditor", "code", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["creditor", "code", "product", "valid_from"], name="cost_item_unique"),
            models.CheckConstraint(
                condition=Q(at_most__isnull=True) | Q(at_most__gt=0), name="cost_item_at_most_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PenaltyPolicy(models.Model):
    """That penalty interest is reckoned here for a creditor's loans, and how. Without one none is."""

    class Base(models.TextChoices):
        PRINCIPAL = "principal", _("overdue principal")
        PRINCIPAL_AND_INTEREST = "principal_and_interest", _("overdue principal and interest")

    class Cap(models.TextChoices):
        NONE = "none", _("none")
        RATE = "rate", _("a yearly rate")
        FOUR_TIMES_LPR = "4lpr", _("four times the one-year LPR of the contract's day")

    creditor = models.ForeignKey(
        Creditor, models.CASCADE, related_name="penalty_policies", db_index=False, verbose_name=_("creditor")
    )
    product = models.CharField(_("product"), max_length=100, blank=True, help_text=_("Empty: all other products."))
    start_on = models.DateField(
        _("counts from"), help_text=_("Days before it bear none: what had accrued by then came with the placement.")
    )
    base = models.CharField(_("is borne by"), max_length=25, choices=Base.choices, default=Base.PRINCIPAL)
    days_in_year = models.PositiveSmallIntegerField(
        _("days in a year"), choices=[(360, "360"), (365, "365")], default=365
    )
    cap = models.CharField(_("cap"), max_length=10, choices=Cap.choices, default=Cap.RATE)
    cap_rate = models.DecimalField(
        _("yearly rate of the cap"),
        max_digits=7,
        decimal_places=6,
        null=True,
        blank=True,
        default=Decimal("0.240000"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
        help_text=_("All-in: penalty and what runs besides it on the same sum. 0.24 is 24 %."),
    )

    class Meta:
        verbose_name = _("penalty interest")
        verbose_name_plural = _("penalty interest")
        ordering = ["creditor", "product"]
        constraints = [
            models.UniqueConstraint(fields=["creditor", "product"], name="penalty_policy_unique"),
            models.CheckConstraint(
                condition=~Q(cap="rate") | Q(cap_rate__isnull=False), name="penalty_policy_has_its_cap"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.creditor}: {self.product or '*'}"


class Component(models.TextChoices):
    FEE = "fee", _("fee")
    INTEREST = "interest", _("interest")
    PENALTY = "penalty", _("penalty interest")
    PRINCIPAL = "principal", _("principal")


class LedgerEntry(AppendOnlyModel):
    """A change of what one instalment owes of one component, from the day `on` on; `amount` is signed.

    What holds is the sum: an entry that was wrong is followed by one that `reverses` it, on the same day `on`.
    """

    class Kind(models.TextChoices):
        FEE = "fee", _("charge")
        PENALTY = "penalty", _("penalty interest")
        INTEREST = "interest", _("interest of an arrangement")
        WAIVER = "waiver", _("waiver")
        TRANSFER = "transfer", _("moved by an arrangement")

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="entries", verbose_name=_("loan"))
    instalment = models.ForeignKey(
        Instalment, models.PROTECT, related_name="entries", db_index=False, verbose_name=_("instalment")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    component = models.CharField(_("of"), max_length=10, choices=Component.choices)
    on = models.DateField(_("on"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    item = models.ForeignKey(
        CostItem, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("item of the cost sheet")
    )
    reverses = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="reversals",
        verbose_name=_("reverses"),
    )
    # What made it, such as "arrangement 12": all of its entries are found by it.
    source = models.CharField(_("source"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # How the amount came about: {"product", "rate", "days_in_year"} for penalty interest.
    detail = models.JSONField(_("detail"), default=dict, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("by")
    )
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["loan_id", "on", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="entry_not_nothing"),
            models.CheckConstraint(
                condition=~Q(kind__in=["fee", "interest"])
                | Q(reverses__isnull=True, amount__gt=0)
                | Q(reverses__isnull=False, amount__lt=0),
                name="entry_charge_sign",
            ),
            models.CheckConstraint(
                condition=~Q(kind="waiver")
                | Q(reverses__isnull=True, amount__lt=0)
                | Q(reverses__isnull=False, amount__gt=0),
                name="entry_waiver_sign",
            ),
            models.CheckConstraint(
                condition=(Q(kind="fee", component="fee"))
                | Q(kind="interest", component="interest")
                | Q(kind="penalty", component="penalty")
                | Q(kind__in=["waiver", "transfer"]),
                name="entry_component_of_its_kind",
            ),
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="entry_reversed_once"
            ),
        ]
        permissions = [
            ("book_entry", _("Can charge, waive and correct in the ledger")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.component}: {self.amount}"

    def reversal(self, *, reason: str | None = None, actor: User | None = None) -> LedgerEntry:
        """The unsaved entry that undoes this one, on its own day: as if it had never been. Its reason is the same
        unless another is given."""
        return LedgerEntry(
            loan_id=self.loan_id,
            instalment_id=self.instalment_id,
            kind=self.kind,
            component=self.component,
            on=self.on,
            amount=-self.amount,
            item_id=self.item_id,
            reverses=self,
            source=self.source,
            reason=self.reason if reason is None else reason,
            actor=actor,
        )
