"""Files of banks and wallets: every line is booked, suspended or refused, and stays on record as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from borrowers.models.loan import Loan
from borrowers.models.party import Borrower, Creditor
from borrowers.models.payment import Payment

if TYPE_CHECKING:
    from borrowers.models.user import User


class PaymentSourceQuerySet(models.QuerySet["PaymentSource"]):
    def visible_to(self, user: User) -> PaymentSourceQuerySet:
        return self.filter(creditor__in=Creditor.objects.visible_to(user))


class PaymentSource(models.Model):
    """Where files come from, and which of their columns means what: {"amount": "交易金额", …} by our own names."""

    creditor = models.ForeignKey(
        Creditor, models.PROTECT, related_name="payment_sources", db_index=False, verbose_name=_("creditor")
    )
    name = models.CharField(_("name"), max_length=60)
    mapping = models.JSONField(_("columns"), default=dict)
    date_format = models.CharField(
        _("form of dates"), max_length=30, default="%Y-%m-%d", help_text=_("As in %Y-%m-%d or %d/%m/%Y.")
    )
    method = models.CharField(_("method"), max_length=40, blank=True)

    objects = PaymentSourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source of payment files")
        verbose_name_plural = _("sources of payment files")
        ordering = ["creditor", "name"]
        constraints = [models.UniqueConstraint(fields=["creditor", "name"], name="payment_source_unique")]

    def __str__(self) -> str:
        return self.name


class PaymentFileQuerySet(models.QuerySet["PaymentFile"]):
    def visible_to(self, user: User) -> PaymentFileQuerySet:
        return self.filter(source__in=PaymentSource.objects.visible_to(user))


class PaymentFile(models.Model):
    """One file. `row_count` and `total` are what the file itself comes to."""

    source = models.ForeignKey(
        PaymentSource, models.PROTECT, related_name="files", db_index=False, verbose_name=_("source")
    )
    file_name = models.CharField(_("file"), max_length=255)
    file_sha256 = models.CharField("SHA-256", max_length=64)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    total = models.DecimalField(_("sum"), max_digits=16, decimal_places=2, default=0)
    loaded_on = models.DateField(_("day"))
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("by")
    )
    loaded_at = models.DateTimeField(_("loaded"), auto_now_add=True)

    objects = PaymentFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment file")
        verbose_name_plural = _("payment files")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["source", "file_sha256"], name="payment_file_once")]
        permissions = [("book_payments", _("Can book payment files and their suspended lines"))]

    def __str__(self) -> str:
        return self.file_name


# How a line was matched that was split over several loans of one borrower.
SEVERAL_LOANS = "several_loans"


class PaymentLine(models.Model):
    """One row of a file, as it came and as it was read. A booked line has one loan and its payment, or several shares."""

    class State(models.TextChoices):
        BOOKED = "booked", _("booked")
        SUSPENDED = "suspended", _("suspended")
        REFUSED = "refused", _("refused")

    file = models.ForeignKey(PaymentFile, models.PROTECT, related_name="lines", verbose_name=_("file"))
    row = models.PositiveIntegerField(_("row"))
    raw = models.JSONField(_("as it came"), default=dict)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, default=0)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    payment_no = models.CharField(_("payment number"), max_length=64, blank=True)
    reference = models.CharField(_("reference"), max_length=300, blank=True)
    payer_name = models.CharField(_("payer"), max_length=200, blank=True)
    payer_account = models.CharField(_("payer's account"), max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    # By which rule it was matched, or "hand"; of a refused line why.
    how = models.CharField(_("how"), max_length=20, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # Of a suspended line: [[loan, rule], …], the likelier first.
    suggestions = models.JSONField(_("suggestions"), default=list)
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("loan"))
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, verbose_name=_("payment"))
    # Of a booked line: whose loans they are.
    borrower = models.ForeignKey(Borrower, models.PROTECT, null=True, blank=True, verbose_name=_("borrower"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("line of a payment file")
        verbose_name_plural = _("lines of payment files")
        ordering = ["file_id", "row"]
        constraints = [
            models.UniqueConstraint(fields=["file", "row"], name="payment_line_row_unique"),
            models.CheckConstraint(
                condition=Q(state="booked", payment__isnull=False)
                | Q(state="booked", payment__isnull=True, how=SEVERAL_LOANS)
                | (~Q(state="booked") & Q(payment__isnull=True)),
                name="payment_line_booked_has_payment",
            ),
        ]
        indexes = [models.Index(fields=["state"], condition=Q(state="suspended"), name="payment_line_queue")]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.row}"


class PaymentShare(models.Model):
    """What one loan got of a line that was split, and by which criterion of the law it stood where it did."""

    class Reason(models.TextChoices):
        CHOSEN = "chosen", _("named by the payer")
        DUE = "due", _("is due")
        LEAST_SECURED = "least_secured", _("least secured")
        HEAVIER = "heavier_burden", _("heavier burden")
        EARLIEST = "earliest_due", _("due earliest")
        PRO_RATA = "pro_rata", _("alike: in proportion")
        REST = "rest", _("what is left")
        NOT_DUE = "not_due", _("not due yet")

    line = models.ForeignKey(PaymentLine, models.PROTECT, related_name="shares", verbose_name=_("line"))
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="share", verbose_name=_("payment"))
    reason = models.CharField(_("because"), max_length=20, choices=Reason.choices)

    class Meta:
        verbose_name = _("share of a payment line")
        verbose_name_plural = _("shares of payment lines")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.payment_id}"
