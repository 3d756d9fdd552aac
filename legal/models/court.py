"""Courts: where matters are filed, heard and enforced."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Court(models.Model):
    """A court as it stands on papers. `region` is the province or state by whose figures it goes."""

    class Level(models.TextChoices):
        BASIC = "basic", _("basic court")
        INTERMEDIATE = "intermediate", _("intermediate court")
        HIGH = "high", _("high court")
        INTERNET = "internet", _("internet court")
        OTHER = "other", _("other")

    name = models.CharField(_("name"), max_length=200)
    level = models.CharField(_("level"), max_length=20, choices=Level.choices, default=Level.BASIC)
    region = models.CharField(_("province or state"), max_length=100, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    # Half of the yearly average wage of its province bounds small claims (民诉法 165); told with its year.
    average_wage = models.DecimalField(
        _("yearly average wage of its region"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    average_wage_year = models.PositiveSmallIntegerField(_("of the year"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("court")
        verbose_name_plural = _("courts")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name"], name="court_name_unique")]

    def __str__(self) -> str:
        return self.name
