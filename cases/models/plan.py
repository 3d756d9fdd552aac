"""Strategies (what is done with a segment) and plans (what is done with a case)."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError
from borrowers.models import Creditor
from cases.models.case import Case
from cases.strategy.conditions import check_condition
from cases.strategy.reasons import reason_words


def clean_condition(text: str) -> None:
    """ValidationError on the field `condition` when it is none."""
    try:
        check_condition(text)
    except InputError as error:
        raise ValidationError({"condition": error.translated(gettext)}) from error


class StepChannel(models.TextChoices):
    SMS = "sms", _("SMS")
    EMAIL = "email", _("e-mail")
    PHONE = "phone", _("phone call")
    DEMAND_LETTER = "demand_letter", _("demand letter")
    LAWYERS_LETTER = "lawyers_letter", _("lawyer's letter")
    LEGAL_REVIEW = "legal_review", _("litigation review")
    LEGAL = "legal", _("hand over to legal")


class Performer(models.TextChoices):
    SYSTEM = "system", _("system")
    COLLECTOR = "collector", _("collector")
    SUPERVISOR = "supervisor", _("supervisor")
    LEGAL = "legal", _("legal staff")


class Strategy(models.Model):
    """Which cases it is for, and what is done with them. The first that fits, by `position`, wins."""

    name = models.CharField(_("name"), max_length=100)
    code = models.CharField(_("code"), max_length=40)
    # Reminders of instalments that are about to fall due, for loans without a case.
    before_due = models.BooleanField(_("before the due date"), default=False)
    creditor = models.ForeignKey(
        Creditor, models.PROTECT, null=True, blank=True, related_name="strategies", verbose_name=_("creditor")
    )
    condition = models.CharField(
        _("condition"),
        max_length=500,
        blank=True,
        help_text=_('Such as: bucket in ["M1", "M2"] and overdue_amount >= 500; empty for all.'),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("strategy")
        verbose_name_plural = _("strategies")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["code"], name="strategy_code_unique")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        clean_condition(self.condition)


class StrategyStep(models.Model):
    """One action, so many days from the oldest unpaid due date (negative: before it)."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="steps", db_index=False)
    code = models.CharField(_("code"), max_length=40)
    day_offset = models.SmallIntegerField(_("day"), help_text=_("Days after the oldest unpaid due date."))
    channel = models.CharField(_("channel"), max_length=20, choices=StepChannel.choices)
    template_code = models.CharField(_("template"), max_length=60, blank=True)
    condition = models.CharField(_("condition"), max_length=500, blank=True)
    performer = models.CharField(_("who"), max_length=20, choices=Performer.choices)

    class Meta:
        verbose_name = _("step of a strategy")
        verbose_name_plural = _("steps of a strategy")
        ordering = ["day_offset", "id"]
        constraints = [models.UniqueConstraint(fields=["strategy", "code"], name="strategy_step_unique")]

    def __str__(self) -> str:
        return f"{self.code} ({self.day_offset:+d})"

    def clean(self) -> None:
        clean_condition(self.condition)


class Plan(models.Model):
    """The steps of one case under one strategy, counted from one due date."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="plan", verbose_name=_("case"))
    strategy = models.ForeignKey(Strategy, models.PROTECT, related_name="plans", verbose_name=_("strategy"))
    strategy_version = models.PositiveIntegerField(_("version"))
    anchor_on = models.DateField(_("counted from"))
    revision = models.PositiveIntegerField(_("revision"), default=1)
    made_on = models.DateField(_("made on"))
    revised_on = models.DateField(_("revised on"), null=True, blank=True)
    revised_because = models.CharField(_("revised because"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")

    def __str__(self) -> str:
        return f"{self.case_id}: {self.strategy_id}"

    @property
    def revised_because_text(self) -> str:
        return reason_words(self.revised_because, gettext)


class PlanStep(models.Model):
    """One step at its date. Done steps stay for ever; the others follow the plan's revisions."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        QUEUED = "queued", _("queued")
        DONE = "done", _("done")
        SKIPPED = "skipped", _("skipped")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="steps", db_index=False)
    code = models.CharField(_("code"), max_length=40)
    anchor_on = models.DateField(_("counted from"))
    due_on = models.DateField(_("due on"))
    channel = models.CharField(_("channel"), max_length=20, choices=StepChannel.choices)
    template_code = models.CharField(_("template"), max_length=60, blank=True)
    performer = models.CharField(_("who"), max_length=20, choices=Performer.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLANNED)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["due_on", "id"]
        constraints = [
            # Due and not yet done, with a unique key: a step fires once per delinquency, however often the day is run.
            models.UniqueConstraint(fields=["plan", "code", "anchor_on"], name="plan_step_unique"),
            models.CheckConstraint(condition=~Q(state="done") | Q(done_at__isnull=False), name="done_step_has_time"),
        ]
        indexes = [
            models.Index(F("due_on"), "id", condition=Q(state="planned"), name="plan_step_due"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.due_on}"

    @property
    def reason_text(self) -> str:
        """Why it was skipped, in the reader's language."""
        return reason_words(self.reason, gettext)
