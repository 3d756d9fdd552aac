"""Law firms, their lawyers, and the mandates under which they write."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from borrowers.models import Creditor, Document


class LawFirm(models.Model):
    """A firm as it stands on its letters."""

    name = models.CharField(_("name"), max_length=200)
    licence_no = models.CharField(_("licence number"), max_length=64, blank=True)
    address = models.CharField(_("address"), max_length=300)
    phone = models.CharField(_("telephone"), max_length=40)
    email = models.EmailField(_("e-mail"), blank=True)
    seal_svg = models.TextField(_("seal (SVG)"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("law firm")
        verbose_name_plural = _("law firms")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name"], name="law_firm_name_unique")]

    def __str__(self) -> str:
        return self.name


class Lawyer(models.Model):
    """A lawyer who may approve and sign; `user` is the account with which they do it."""

    firm = models.ForeignKey(LawFirm, models.PROTECT, related_name="lawyers", verbose_name=_("law firm"))
    name = models.CharField(_("name"), max_length=100)
    licence_no = models.CharField(_("licence number"), max_length=64)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lawyer",
        verbose_name=_("account"),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("lawyer")
        verbose_name_plural = _("lawyers")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["licence_no"], name="lawyer_licence_unique")]

    def __str__(self) -> str:
        return self.name


class Mandate(models.Model):
    """A creditor's written authority for a firm, with the signed paper itself."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="mandates", verbose_name=_("creditor"))
    firm = models.ForeignKey(LawFirm, models.PROTECT, related_name="mandates", verbose_name=_("law firm"))
    reference = models.CharField(_("reference"), max_length=64)
    document = models.ForeignKey(Document, models.PROTECT, verbose_name=_("signed paper"))
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["creditor", "reference"], name="mandate_reference_unique"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="mandate_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def clean(self) -> None:
        if self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": _("ends before it begins")})

    def covers(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)
