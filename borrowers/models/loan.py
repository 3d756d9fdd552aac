"""Loans, their schedule, and the narrow row that ageing rewrites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from borrowers.models.party import Borrower, Creditor
from borrowers.models.placement import Placement

if TYPE_CHECKING:
    from borrowers.models.user import User


class LoanQuerySet(models.QuerySet["Loan"]):
    def visible_to(self, user: User) -> LoanQuerySet:
        if user.is_superuser:
            return self
        if not user.has_perm("borrowers.view_loan"):
            return self.none()
        return self.filter(creditor__staff=user)


class Loan(models.Model):
    """One contract. Money in `currency`; rates are yearly fractions (0.1407 = 14.07 %)."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        PAID = "paid", _("paid")
        RECALLED = "recalled", _("recalled")
        WRITTEN_OFF = "written_off", _("written off")

    creditor = models.ForeignKey(
        Creditor, models.PROTECT, related_name="loans", db_index=False, verbose_name=_("creditor")
    )
    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="loans", verbose_name=_("borrower"))
    placement = models.ForeignKey(
        Placement,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="loans",
        verbose_name=_("placement"),
    )
    account_no = models.CharField(_("account number"), max_length=64)
    contract_no = models.CharField(_("contract number"), max_length=64, blank=True)
    contract_url = models.CharField(_("contract address"), max_length=500, blank=True)
    product = models.CharField(_("product"), max_length=100, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    principal = models.DecimalField(_("principal"), max_digits=14, decimal_places=2)
    annual_rate = models.DecimalField(_("annual rate"), max_digits=9, decimal_places=6)
    penalty_rate = models.DecimalField(_("penalty rate"), max_digits=9, decimal_places=6, null=True, blank=True)
    disbursed_on = models.DateField(_("disbursed on"))
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.OPEN)
    # Columns of the placement file that Fairdue does not know, kept as they came.
    extra = models.JSONField(_("further data"), default=dict, blank=True)

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan")
        verbose_name_plural = _("loans")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["creditor", "account_no"], name="loan_account_unique"),
            models.CheckConstraint(condition=Q(principal__gt=0), name="loan_principal_positive"),
        ]

    def __str__(self) -> str:
        return self.account_no


# Arrangement n numbers its instalments from 1000 n on: no contract has as many.
NUMBERS_OF_A_PLAN = 1000


class Instalment(models.Model):
    """One due date of a loan's schedule, with the sums of the contract. What is due on it besides, or no longer, is the
    sum of its ledger entries (borrowers.schedule), what was paid on it the sum of its allocations. One that belongs to an
    arrangement has no sums of its own: the arrangement moves them here.
    """

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="instalments", db_index=False, verbose_name=_("loan"))
    number = models.PositiveSmallIntegerField(_("number"))
    due_on = models.DateField(_("due on"))
    principal = models.DecimalField(_("principal"), max_digits=14, decimal_places=2)
    interest = models.DecimalField(_("interest"), max_digits=14, decimal_places=2)
    fee = models.DecimalField(_("fee"), max_digits=14, decimal_places=2, default=0)
    # What is due on this and every earlier instalment in order of due date, ledger entries included: what should
    # have been paid once this one is due. Written with the schedule and the entries; lets ageing look instead of add.
    cumulative_due = models.DecimalField(max_digits=14, decimal_places=2, editable=False)

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["loan_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "number"], name="instalment_number_unique"),
            models.CheckConstraint(
                condition=Q(principal__gte=0, interest__gte=0, fee__gte=0), name="instalment_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id}/{self.number}"

    @property
    def label(self) -> str:
        """ "7" for the seventh of the contract, "A1-3" for the third of the first arrangement."""
        plan, number = divmod(self.number, NUMBERS_OF_A_PLAN)
        return f"A{plan}-{number}" if plan else str(number)


class LoanBalance(models.Model):
    """What a loan owes, one narrow row a loan.

    The first block changes when money or the schedule changes (borrowers.services.ledger and the intake
    write it); the second when a day passes (borrowers.ageing alone writes it, set-based).
    """

    loan = models.OneToOneField(Loan, models.CASCADE, primary_key=True, related_name="balance", verbose_name=_("loan"))
    due_total = models.DecimalField(_("schedule total"), max_digits=14, decimal_places=2)
    paid_total = models.DecimalField(_("paid"), max_digits=14, decimal_places=2, default=0)
    principal_paid = models.DecimalField(_("principal paid"), max_digits=14, decimal_places=2, default=0)
    # Newest money movement: when it lies after the day being aged, that day's sum is made from the payments.
    last_paid_on = models.DateField(_("last payment on"), null=True, blank=True)
    outstanding_principal = models.DecimalField(_("outstanding principal"), max_digits=14, decimal_places=2)
    outstanding_amount = models.DecimalField(_("outstanding amount"), max_digits=14, decimal_places=2)
    # Oldest instalment that is not fully paid, due or not; null when all is paid.
    next_due_on = models.DateField(_("next unpaid due date"), null=True, blank=True)

    # Up to which day the figures below hold (null: never aged). Rows that a day does not change keep
    # the date on which they last changed; the loan is aged up to its creditor's aged_on.
    changed_on = models.DateField(_("last changed on"), null=True, blank=True)
    days_past_due = models.IntegerField(_("days past due"), default=0)
    delinquent_days = models.IntegerField(_("delinquent days"), default=0)
    bucket = models.CharField(_("bucket"), max_length=8, default="M0")
    overdue_amount = models.DecimalField(_("overdue amount"), max_digits=14, decimal_places=2, default=0)

    # What the schedule said when it was last looked at, so that most nights need not look: the running total due
    # from the instalment of `fell_due_on` until that of `falls_due_on`. Null total: look again.
    due_so_far = models.DecimalField(max_digits=14, decimal_places=2, null=True, editable=False)
    fell_due_on = models.DateField(null=True, editable=False)
    falls_due_on = models.DateField(null=True, editable=False)

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.CheckConstraint(
                condition=Q(overdue_amount__gte=0, outstanding_amount__gte=F("overdue_amount")),
                name="balance_overdue_within_outstanding",
            )
        ]

    def __str__(self) -> str:
        return f"{self.loan_id}: {self.outstanding_amount}"


class LoanPause(models.Model):
    """Days on which a loan's collection clock stands still: [start, end), end null while it lasts."""

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="pauses", verbose_name=_("loan"))
    start = models.DateField(_("start"))
    end = models.DateField(_("end"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="pause_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.start} – {self.end or ''}"
