"""The case: one borrower's overdue loans with one creditor, worked together, and its stages.

`cases.stages` is the only caller of the transition methods; each sets its own columns and nothing else.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, FSMField, transition

from borrowers.models import Borrower, Creditor, Loan
from cases.models.team import Team

if TYPE_CHECKING:
    from borrowers.models import User


class Stage(models.TextChoices):
    PREPARING = "preparing", _("preparing")
    REMINDING = "reminding", _("reminding")
    DEMANDING = "demanding", _("demanding")
    NEGOTIATING = "negotiating", _("negotiating")
    LEGAL = "legal", _("legal")
    ON_HOLD = "on_hold", _("on hold")
    CLOSED = "closed", _("closed")


class HoldKind(models.TextChoices):
    """Why a case is on hold; what follows from each is data (cases.policy.hold_limits)."""

    HARDSHIP = "hardship", _("hardship")
    ILLNESS = "illness", _("illness")
    DISASTER = "disaster", _("disaster")
    BREATHING_SPACE = "breathing_space", _("breathing space")
    MENTAL_HEALTH_CRISIS = "mental_health_crisis", _("mental-health crisis")
    BANKRUPTCY = "bankruptcy", _("bankruptcy")
    DEATH = "death", _("death: claims go to the estate")
    IDENTITY_THEFT = "identity_theft", _("identity theft is claimed")
    OTHER = "other", _("other")


WORKED = (Stage.PREPARING, Stage.REMINDING, Stage.DEMANDING, Stage.NEGOTIATING, Stage.LEGAL)
OPEN = (*WORKED, Stage.ON_HOLD)


def _no_theft_claimed(case: models.Model) -> bool:
    """An identity-theft claim keeps the case frozen until it is answered."""
    assert isinstance(case, Case)
    return not case.objections.filter(family="identity_theft", closed_on__isnull=True).exists()


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> CaseQuerySet:
        """Superuser: all. Supervisor: the cases of their creditors. Legal: those sent to legal.
        Collector: those of their teams. Everybody else: none."""
        if user.is_superuser:
            return self
        allowed = Q(pk__in=[])
        if user.has_perm("cases.supervise_case"):
            allowed |= Q(creditor__in=user.creditors.all())
        if user.has_perm("cases.view_legal_case"):
            allowed |= Q(creditor__in=user.creditors.all(), sent_to_legal_on__isnull=False)
        if user.has_perm("cases.work_case"):
            allowed |= Q(team__in=user.teams.all())
        return self.filter(allowed)

    def open(self) -> CaseQuerySet:
        return self.filter(closed_on__isnull=True)


class Case(models.Model):
    class CloseReason(models.TextChoices):
        PAID = "paid", _("paid")
        SETTLED = "settled", _("settled")
        RECALLED = "recalled", _("recalled")
        WRITTEN_OFF = "written_off", _("written off")

    case_no = models.CharField(_("case number"), max_length=40)
    creditor = models.ForeignKey(
        Creditor, models.PROTECT, related_name="cases", db_index=False, verbose_name=_("creditor")
    )
    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="cases", verbose_name=_("borrower"))
    loans = models.ManyToManyField(Loan, through="CaseLoan", related_name="cases", verbose_name=_("loans"))
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("team"))
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("assigned to"),
    )

    stage = FSMField(_("stage"), default=Stage.PREPARING, choices=Stage.choices, protected=True)
    stage_before_hold = models.CharField(max_length=20, blank=True, editable=False)
    hold_kind = models.CharField(_("kind of hold"), max_length=20, choices=HoldKind.choices, blank=True)
    hold_reason = models.CharField(_("reason of the hold"), max_length=200, blank=True)
    hold_until = models.DateField(_("hold until"), null=True, blank=True)
    sent_to_legal_on = models.DateField(_("sent to legal on"), null=True, blank=True, editable=False)
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)
    close_reason = models.CharField(
        _("closed as"), max_length=20, choices=CloseReason.choices, blank=True, editable=False
    )

    # From when its personal data may be purged (borrowers.rules.retention); set when it closes.
    purge_on = models.DateField(_("personal data kept until"), null=True, blank=True, editable=False)
    # On which day they were (cases.services.purge).
    purged_on = models.DateField(_("personal data purged on"), null=True, blank=True, editable=False)

    # Sums and worst values over its loans, as last aged (cases.services.case_figures writes them).
    currency = models.CharField(_("currency"), max_length=3)
    days_past_due = models.IntegerField(_("days past due"), default=0)
    delinquent_days = models.IntegerField(_("delinquent days"), default=0)
    bucket = models.CharField(_("bucket"), max_length=8, default="M0")
    oldest_due_on = models.DateField(_("oldest due date"), null=True, blank=True)
    overdue_amount = models.DecimalField(_("overdue amount"), max_digits=16, decimal_places=2, default=0)
    outstanding_amount = models.DecimalField(_("outstanding amount"), max_digits=16, decimal_places=2, default=0)
    risk_grade = models.CharField(_("risk grade"), max_length=1, blank=True)

    # Limitation of its loans: the next day on which one expires, and whether one has (legal.services.limitation_day
    # writes them, once a day).
    limitation_expires_on = models.DateField(_("limitation expires on"), null=True, blank=True, editable=False)
    limitation_expired = models.BooleanField(
        _("limitation has expired"), default=False, db_default=False, editable=False
    )

    # What comes next, and how urgent it is (cases.services.plans writes them).
    next_step = models.CharField(_("next step"), max_length=40, blank=True)
    next_step_on = models.DateField(_("next step on"), null=True, blank=True)
    priority = models.IntegerField(_("priority"), default=0)
    # From when the gate lets somebody who owes be called, hours of the day apart; empty when time alone never does
    # (cases.services.workable writes it).
    workable_from = models.DateTimeField(_("can be worked from"), null=True, blank=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-priority", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case_no"], name="case_no_unique"),
            models.UniqueConstraint(
                fields=["borrower"], condition=Q(closed_on__isnull=True), name="one_open_case_a_borrower"
            ),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="case_stage_known"),
            models.CheckConstraint(
                condition=Q(stage=Stage.CLOSED, closed_on__isnull=False)
                | (~Q(stage=Stage.CLOSED) & Q(closed_on__isnull=True)),
                name="case_closed_has_date",
            ),
        ]
        indexes = [
            models.Index(
                fields=["assigned_to", "-priority", "id"],
                condition=Q(closed_on__isnull=True),
                name="case_worklist",
            ),
            models.Index(
                fields=["creditor", "purge_on"],
                condition=Q(purge_on__isnull=False, purged_on__isnull=True),
                name="case_purge_due",
            ),
            models.Index(fields=["creditor", "stage"], condition=Q(closed_on__isnull=True), name="case_open_stage"),
            models.Index(fields=["limitation_expires_on"], condition=Q(closed_on__isnull=True), name="case_limitation"),
        ]
        permissions = [
            ("work_case", _("Can work the cases of their teams")),
            ("supervise_case", _("Can see and move all cases of their creditors")),
            ("assign_case", _("Can assign cases")),
            ("hold_case", _("Can put cases on hold and release them")),
            ("close_case", _("Can close cases")),
            ("send_case_to_legal", _("Can send cases to legal")),
            ("view_legal_case", _("Can see cases that were sent to legal")),
            ("reveal_contact", _("Can reveal masked numbers")),
        ]

    def __str__(self) -> str:
        return self.case_no

    @property
    def is_open(self) -> bool:
        return self.closed_on is None

    # --- Stages: see docs/stages.md for the picture -------------------------------------------------

    @transition(
        stage,
        source=[Stage.PREPARING, Stage.DEMANDING, Stage.NEGOTIATING],
        target=Stage.REMINDING,
        permission="cases.work_case",
        custom={"label": _("Start reminding"), "sets": [], "by_system": True},
    )
    def start_reminding(self) -> None:
        """The file is in order and a plan stands; or talks ended early in the case."""

    @transition(
        stage,
        source=[Stage.PREPARING, Stage.REMINDING, Stage.NEGOTIATING],
        target=Stage.DEMANDING,
        permission="cases.work_case",
        custom={"label": _("Start demanding"), "sets": [], "by_system": True},
    )
    def start_demanding(self) -> None:
        """A formal demand is made."""

    @transition(
        stage,
        source=[Stage.PREPARING, Stage.REMINDING, Stage.DEMANDING, Stage.LEGAL],
        target=Stage.NEGOTIATING,
        permission="cases.work_case",
        custom={"label": _("Start negotiating"), "sets": [], "by_system": True},
    )
    def start_negotiating(self) -> None:
        """The borrower promised, or asks for time, instalments or a waiver."""

    @transition(
        stage,
        source=[Stage.REMINDING, Stage.DEMANDING, Stage.NEGOTIATING],
        target=Stage.LEGAL,
        permission="cases.send_case_to_legal",
        # by_system: its strategy may hand it over on a day of its own.
        custom={"label": _("Send to legal"), "sets": ["sent_to_legal_on"], "needs_reason": True, "by_system": True},
    )
    def send_to_legal(self, *, on: dt.date) -> None:
        """Collection alone did not help: legal staff see the case from here on."""
        self.sent_to_legal_on = on

    @transition(
        stage,
        source=Stage.LEGAL,
        target=Stage.DEMANDING,
        permission="cases.send_case_to_legal",
        # by_system: legal staff who withdraw a matter bring this with it, and cannot make the move alone.
        custom={"label": _("Take back from legal"), "sets": [], "needs_reason": True, "by_system": True},
    )
    def take_back_from_legal(self) -> None:
        """Legal steps are not worth it now; legal staff keep sight of what they did."""

    @transition(
        stage,
        source=list(WORKED),
        target=Stage.ON_HOLD,
        permission="cases.hold_case",
        custom={
            "label": _("Put on hold"),
            "sets": ["stage_before_hold", "hold_kind", "hold_reason", "hold_until"],
            "needs_reason": True,
            # by_system: a claim of identity theft freezes the case at once, whoever took it down.
            "by_system": True,
        },
    )
    def put_on_hold(self, *, reason: str, until: dt.date | None, kind: str = HoldKind.OTHER) -> None:
        """No contact, with a kind, a reason and, where known, an end."""
        self.stage_before_hold = self.stage
        self.hold_kind, self.hold_reason, self.hold_until = kind, reason, until

    @transition(
        stage,
        source=Stage.ON_HOLD,
        target=Stage.ON_HOLD,
        permission="cases.hold_case",
        conditions=[_no_theft_claimed],
        custom={
            "label": _("Change the hold"),
            "sets": ["hold_kind", "hold_reason", "hold_until"],
            "needs_reason": True,
        },
    )
    def change_hold(self, *, reason: str, until: dt.date | None, kind: str = HoldKind.OTHER) -> None:
        """Another end, as when a treatment is over, or another kind."""
        self.hold_kind, self.hold_reason, self.hold_until = kind, reason, until

    @transition(
        stage,
        source=Stage.ON_HOLD,
        target=RETURN_VALUE(*WORKED),
        permission="cases.hold_case",
        conditions=[_no_theft_claimed],
        custom={
            "label": _("Release from hold"),
            "sets": ["stage_before_hold", "hold_kind", "hold_reason", "hold_until"],
            "by_system": True,
        },
    )
    def release(self) -> str:
        """Back to the stage before the hold."""
        before, self.stage_before_hold = self.stage_before_hold, ""
        self.hold_kind = ""
        self.hold_reason = ""
        self.hold_until = None
        return before

    @transition(
        stage,
        source=list(OPEN),
        target=Stage.CLOSED,
        permission="cases.close_case",
        custom={"label": _("Close as paid"), "sets": ["closed_on", "close_reason"], "by_system": True},
    )
    def close_paid(self, *, on: dt.date) -> None:
        """Nothing is overdue any more."""
        self.closed_on, self.close_reason = on, self.CloseReason.PAID

    @transition(
        stage,
        source=list(OPEN),
        target=Stage.CLOSED,
        permission="cases.close_case",
        custom={
            "label": _("Close as settled"),
            "sets": ["closed_on", "close_reason"],
            "needs_reason": True,
            "by_system": True,
        },
    )
    def close_settled(self, *, on: dt.date) -> None:
        """Part was paid in full settlement, the rest forgiven under authority."""
        self.closed_on, self.close_reason = on, self.CloseReason.SETTLED

    @transition(
        stage,
        source=list(OPEN),
        target=Stage.CLOSED,
        permission="cases.close_case",
        custom={
            "label": _("Close as recalled"),
            "sets": ["closed_on", "close_reason"],
            "needs_reason": True,
            "by_system": True,
        },
    )
    def close_recalled(self, *, on: dt.date) -> None:
        """The creditor takes the accounts back."""
        self.closed_on, self.close_reason = on, self.CloseReason.RECALLED

    @transition(
        stage,
        source=list(OPEN),
        target=Stage.CLOSED,
        permission="cases.close_case",
        custom={
            "label": _("Close as written off"),
            "sets": ["closed_on", "close_reason"],
            "needs_reason": True,
        },
    )
    def close_written_off(self, *, on: dt.date) -> None:
        """Further collection is not worth its cost."""
        self.closed_on, self.close_reason = on, self.CloseReason.WRITTEN_OFF


class CaseLoan(models.Model):
    """A loan worked in a case. A loan that becomes overdue later joins the open case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="case_loans", db_index=False)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="case_loans")
    added_on = models.DateField(_("added on"))

    class Meta:
        verbose_name = _("loan of a case")
        verbose_name_plural = _("loans of a case")
        constraints = [models.UniqueConstraint(fields=["case", "loan"], name="case_loan_once")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.loan_id}"
