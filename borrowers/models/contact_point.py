"""How a borrower, a guarantor or a contact person can be reached."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from borrowers.identity import mask_email, mask_phone
from borrowers.models.party import Borrower


class ContactPoint(models.Model):
    """One phone, e-mail, address or account, with whose it is and whether its owner agreed to its use."""

    class Kind(models.TextChoices):
        MOBILE = "mobile", _("mobile")
        LANDLINE = "landline", _("landline")
        EMAIL = "email", _("e-mail")
        ADDRESS = "address", _("address")
        WECHAT = "wechat", _("WeChat")

    class Owner(models.TextChoices):
        DEBTOR = "debtor", _("borrower")
        GUARANTOR = "guarantor", _("guarantor")
        CONTACT_PERSON = "contact_person", _("contact person")

    class Consent(models.TextChoices):
        YES = "yes", _("given")
        NO = "no", _("refused")
        UNKNOWN = "unknown", _("unknown")

    class Place(models.TextChoices):
        HOME = "home", _("home")
        WORKPLACE = "workplace", _("workplace")
        OTHER = "other", _("elsewhere")

    borrower = models.ForeignKey(
        Borrower, models.CASCADE, related_name="contact_points", db_index=False, verbose_name=_("borrower")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    # Phones in E.164, e-mail in lower case, the rest as given.
    value = models.CharField(_("value"), max_length=300)
    owner = models.CharField(_("owner"), max_length=20, choices=Owner.choices, default=Owner.DEBTOR)
    owner_name = models.CharField(_("owner's name"), max_length=200, blank=True)
    consent = models.CharField(_("consent"), max_length=10, choices=Consent.choices, default=Consent.UNKNOWN)
    # Where it reaches its owner, as far as somebody told us: contact at work has rules of its own.
    place = models.CharField(_("place"), max_length=10, choices=Place.choices, blank=True)
    preferred = models.BooleanField(_("preferred"), default=False)
    is_valid = models.BooleanField(_("in use"), default=True)
    invalid_reason = models.CharField(_("why not in use"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        ordering = ["-preferred", "id"]
        constraints = [models.UniqueConstraint(fields=["borrower", "kind", "value"], name="contact_point_unique")]

    def __str__(self) -> str:
        return self.masked_value

    @property
    def is_phone(self) -> bool:
        return self.kind in (self.Kind.MOBILE, self.Kind.LANDLINE)

    @property
    def masked_value(self) -> str:
        """What a screen shows; the whole value only after a logged reveal."""
        if self.is_phone or self.kind == self.Kind.WECHAT:
            return mask_phone(self.value)
        if self.kind == self.Kind.EMAIL:
            return mask_email(self.value)
        return self.value
