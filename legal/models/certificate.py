"""With what a law firm signs its papers."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from borrowers.models.encryption import EncryptedTextField
from legal.models.law_firm import LawFirm


class FirmCertificate(models.Model):
    """A firm's certificate with its key (PKCS#12). Key and passphrase are encrypted at rest, as ID numbers are; neither is
    ever shown. One a firm is in use; an earlier one stays, since papers carry its signature."""

    firm = models.ForeignKey(LawFirm, models.PROTECT, related_name="certificates", verbose_name=_("law firm"))
    subject = models.CharField(_("issued to"), max_length=300)
    issuer = models.CharField(_("issued by"), max_length=300)
    serial = models.CharField(_("serial number"), max_length=64)
    # SHA-256 of the certificate as DER.
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    # Base64 of the PKCS#12 file.
    pkcs12 = EncryptedTextField(editable=False)
    passphrase = EncryptedTextField(editable=False, blank=True)
    active = models.BooleanField(_("in use"), default=True)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("by")
    )
    filed_at = models.DateTimeField(_("filed"), auto_now_add=True)

    class Meta:
        verbose_name = _("certificate of a law firm")
        verbose_name_plural = _("certificates of law firms")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["firm"], condition=Q(active=True), name="one_certificate_in_use_a_firm"),
            models.UniqueConstraint(fields=["firm", "fingerprint"], name="firm_certificate_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.firm}: {self.subject}"

    def valid_at(self, moment: dt.datetime) -> bool:
        return self.valid_from <= moment <= self.valid_until
