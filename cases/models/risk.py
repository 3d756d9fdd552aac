"""Scorecards as data, and what they said of a case."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError
from borrowers.rules.risk import parse_scorecard
from cases.models.case import Case


def check_scorecard(value: object) -> None:
    try:
        parse_scorecard(value)  # type: ignore[arg-type]
    except InputError as error:
        raise ValidationError(str(error)) from error


class ScorecardVersion(models.Model):
    """One version of the points. Used versions stay; the active one scores."""

    name = models.CharField(_("name"), max_length=100)
    version = models.CharField(_("version"), max_length=40)
    data = models.JSONField(_("factors, bands, points"), validators=[check_scorecard])
    is_active = models.BooleanField(_("active"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["version"], name="scorecard_version_unique"),
            models.UniqueConstraint(fields=["is_active"], condition=Q(is_active=True), name="one_active_scorecard"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class RiskRecord(models.Model):
    """A grade with every reason and its points. A new record only when something in it differs."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="risk_records", verbose_name=_("case"))
    scorecard = models.ForeignKey(ScorecardVersion, models.PROTECT, verbose_name=_("scorecard"))
    on = models.DateField(_("on"))
    grade = models.CharField(_("grade"), max_length=1)
    willingness_points = models.IntegerField(_("willingness"))
    capacity_points = models.IntegerField(_("capacity"))
    # [{"factor", "axis", "value", "points", "code", "missing"}], in the scorecard's order.
    reasons = models.JSONField(_("reasons"))

    class Meta:
        verbose_name = _("risk assessment")
        verbose_name_plural = _("risk assessments")
        ordering = ["-on", "-id"]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.grade}"
