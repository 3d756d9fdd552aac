"""The record of each day's run, phase by phase."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from borrowers.models import Creditor


class DayRun(models.Model):
    """One phase of one creditor's day: how many rows it changed and how long it took, over all its runs."""

    creditor = models.ForeignKey(
        Creditor, models.CASCADE, related_name="day_runs", db_index=False, verbose_name=_("creditor")
    )
    on = models.DateField(_("day"))
    phase = models.CharField(_("phase"), max_length=20)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    seconds = models.FloatField(_("seconds"), default=0)
    started_at = models.DateTimeField(_("started"))
    # Null while running, and after a crash until the next run has completed it.
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("day's run")
        verbose_name_plural = _("days' runs")
        ordering = ["-on", "id"]
        constraints = [models.UniqueConstraint(fields=["creditor", "on", "phase"], name="day_run_phase_unique")]

    def __str__(self) -> str:
        return f"{self.creditor_id} {self.on} {self.phase}"
