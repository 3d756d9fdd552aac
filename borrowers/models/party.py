"""Creditors and borrowers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from borrowers.identity import mask_id, mask_name
from borrowers.models.encryption import EncryptedTextField

if TYPE_CHECKING:
    from borrowers.models.user import User


GRACE_DAYS_AT_MOST = 365
PROMISE_TOLERANCE_AT_MOST = Decimal("0.5")


def check_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("%(value)s is not an IANA time zone"), params={"value": value})


class CreditorQuerySet(models.QuerySet["Creditor"]):
    def visible_to(self, user: User) -> CreditorQuerySet:
        if user.is_superuser:
            return self
        return self.filter(staff=user)


class Creditor(models.Model):
    """A lender or platform whose loans are collected here, with the terms its letters and ageing use."""

    class Kind(models.TextChoices):
        CONSUMER_FINANCE = "consumer_finance", _("consumer finance company")
        MALL = "mall", _("instalment mall")
        ONLINE_LENDER = "online_lender", _("online lender")
        BANK = "bank", _("bank")
        OTHER = "other", _("other")

    class Pack(models.TextChoices):
        CN = "cn", _("China (GB/T 45251-2025)")
        US_REG_F = "us_reg_f", _("United States (Regulation F)")
        UK = "uk", _("United Kingdom (CONC 7)")

    class Role(models.TextChoices):
        CREDITOR = "creditor", _("creditor's own staff")
        DEBT_COLLECTOR = "debt_collector", _("debt collector")
        AGENCY = "agency", _("agency")

    class Across(models.TextChoices):
        OLDEST_FIRST = "oldest_first", _("oldest instalment first")
        BY_COMPONENT = "by_component", _("one component over all instalments")

    class PayoffInterest(models.TextChoices):
        """What of the interest not yet due is asked for when a loan is paid off early."""

        SCHEDULED = "scheduled", _("as scheduled, as agreed in the contract")
        EARNED = "earned", _("only for the days that the money was lent (民法典 677)")

    code = models.CharField(_("code"), max_length=20, validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")])
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.OTHER)
    pack = models.CharField(_("contact rules"), max_length=20, choices=Pack.choices, default=Pack.CN)
    role = models.CharField(_("we act as"), max_length=20, choices=Role.choices, default=Role.CREDITOR)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Shanghai", validators=[check_time_zone])
    language = models.CharField(_("language of its papers"), max_length=10, default="zh-hans")
    grace_days = models.PositiveSmallIntegerField(
        _("grace days"), default=0, validators=[MaxValueValidator(GRACE_DAYS_AT_MOST)]
    )
    buckets = models.JSONField(
        _("buckets"),
        default=list,
        blank=True,
        help_text=_('Pairs of name and first day, such as [["M0", 0], ["M1", 1]]; empty for the default.'),
    )
    allocation_order = models.JSONField(_("allocation order"), default=list, blank=True)
    allocation_across = models.CharField(
        _("allocation across instalments"),
        max_length=20,
        choices=Across.choices,
        default=Across.OLDEST_FIRST,
    )
    payoff_interest = models.CharField(
        _("interest on early payoff"),
        max_length=10,
        choices=PayoffInterest.choices,
        default=PayoffInterest.SCHEDULED,
    )
    splits_payments = models.BooleanField(
        _("split payments by themselves"),
        default=False,
        help_text=_(
            "A payment that names the borrower and no single loan is split over the loans by 民法典 560. Otherwise it "
            "waits for a person, with the split worked out."
        ),
    )
    # Copied to each promise when it is made.
    promise_tolerance = models.DecimalField(
        _("tolerance of promises"),
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.100"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(PROMISE_TOLERANCE_AT_MOST)],
        help_text=_("Share of a promised sum that may be missing for it to count as kept in part (0.1 is 10 %)."),
    )
    # The most messages that a borrower gets in one day, over all channels.
    messages_a_day = models.PositiveSmallIntegerField(
        _("messages a day"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("To one person, SMS and e-mail together. What exceeds it waits for the next day."),
    )
    # An agency may work only while it is listed and was reviewed within the year.
    agency_listed = models.BooleanField(
        _("agency is listed"),
        default=True,
        help_text=_("On the creditor's published list. Only where we act as agency."),
    )
    agency_reviewed_on = models.DateField(
        _("agency reviewed on"), null=True, blank=True, help_text=_("Counts for a year. Only where we act as agency.")
    )
    # What its letters need; a letter refuses to be made while one is missing.
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    complaint_line = models.CharField(_("complaint line"), max_length=100, blank=True)
    authority = models.CharField(
        _("authority to collect"),
        max_length=300,
        blank=True,
        help_text=_("Licence, or the mandate under which we collect, as it stands on letters."),
    )
    account_holder = models.CharField(_("account holder"), max_length=200, blank=True)
    account_bank = models.CharField(_("bank"), max_length=200, blank=True)
    account_number = models.CharField(_("account number"), max_length=64, blank=True)
    seal_svg = models.TextField(_("seal (SVG)"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    # The business date up to which its loans have been aged; the ageing alone writes it.
    aged_on = models.DateField(_("aged on"), null=True, blank=True, editable=False)

    objects = CreditorQuerySet.as_manager()

    class Meta:
        verbose_name = _("creditor")
        verbose_name_plural = _("creditors")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="creditor_code_unique"),
            models.CheckConstraint(
                condition=models.Q(promise_tolerance__gte=0, promise_tolerance__lte=PROMISE_TOLERANCE_AT_MOST),
                name="creditor_promise_tolerance",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def business_date(self, now: dt.datetime) -> dt.date:
        """The creditor's own calendar date at the instant `now` (aware)."""
        return now.astimezone(self.zone).date()


class BorrowerQuerySet(models.QuerySet["Borrower"]):
    def visible_to(self, user: User) -> BorrowerQuerySet:
        """Borrower files as such are for supervisors; a collector reaches a borrower through a case."""
        if user.is_superuser:
            return self
        if not user.has_perm("borrowers.view_borrower"):
            return self.none()
        return self.filter(creditor__staff=user)


class Borrower(models.Model):
    """A person who owes one creditor. The same person at another creditor shares `person_key`."""

    class IdType(models.TextChoices):
        RESIDENT_ID = "resident_id", _("resident identity card")
        PASSPORT = "passport", _("passport")
        OTHER = "other", _("other")

    creditor = models.ForeignKey(
        Creditor, models.PROTECT, related_name="borrowers", db_index=False, verbose_name=_("creditor")
    )
    ref = models.CharField(_("borrower reference"), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    id_type = models.CharField(_("kind of ID"), max_length=20, choices=IdType.choices, blank=True)
    id_no = EncryptedTextField(_("ID number"), blank=True)
    # Keyed hash of type and number ("" when there is none): finds without decrypting.
    id_no_index = models.CharField(max_length=64, blank=True, editable=False)
    # Same person, any creditor: the keyed hash above, else one of creditor and reference.
    person_key = models.CharField(max_length=64, editable=False)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    monthly_income = models.DecimalField(_("monthly income"), max_digits=14, decimal_places=2, null=True, blank=True)
    employer = models.CharField(_("employer"), max_length=200, blank=True)
    credit_score = models.IntegerField(_("credit score"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = BorrowerQuerySet.as_manager()

    class Meta:
        verbose_name = _("borrower")
        verbose_name_plural = _("borrowers")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["creditor", "ref"], name="borrower_ref_unique_in_creditor")]
        indexes = [models.Index(fields=["person_key"], name="borrower_person_key")]

    def __str__(self) -> str:
        return self.name or self.ref  # after a purge there is no name any more

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_id_no(self) -> str:
        return mask_id(self.id_no)

    @property
    def effective_time_zone(self) -> str:
        return self.time_zone or self.creditor.time_zone

    @property
    def effective_language(self) -> str:
        return self.language or self.creditor.language
