"""Arrangements: deferral, instalments, settlement, waiver. `cases.arrangement_moves` is the only caller of the transition
methods; each sets its own columns and nothing else."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from borrowers.models import Creditor, Document, Loan
from borrowers.models.payment import AppendOnlyModel
from borrowers.rules.arrangements import PAY_ORDER, Parts, PlanLine
from cases.models.case import Case

if TYPE_CHECKING:
    from borrowers.models import User


class ArrangementQuerySet(models.QuerySet["Arrangement"]):
    def visible_to(self, user: User) -> ArrangementQuerySet:
        return self.filter(case__in=Case.objects.visible_to(user))


def _parts(amounts: dict[str, str]) -> Parts:
    return Parts(**{name: Decimal(amounts.get(name, 0)) for name in PAY_ORDER})


class Level(models.TextChoices):
    COLLECTOR = "collector", _("collector")
    SUPERVISOR = "supervisor", _("supervisor")
    MANAGER = "manager", _("manager")


class Arrangement(models.Model):
    """One agreement about one loan. `lines` are its payments ({"due_on", "fee", "interest", "penalty", "principal"}),
    `forgiven` the parts that it forgives, as the proposal had them; money as decimal strings."""

    class Kind(models.TextChoices):
        DEFERRAL = "deferral", _("deferral")
        INSTALMENTS = "instalments", _("instalments")
        SETTLEMENT = "settlement", _("settlement")
        WAIVER = "waiver", _("waiver")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        ACCEPTED = "accepted", _("accepted")
        ACTIVE = "active", _("active")
        COMPLETED = "completed", _("completed")
        BROKEN = "broken", _("broken")
        CANCELLED = "cancelled", _("cancelled")

    LIVE = (State.PROPOSED, State.APPROVED, State.ACCEPTED, State.ACTIVE)

    case = models.ForeignKey(Case, models.PROTECT, related_name="arrangements", verbose_name=_("case"))
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="arrangements", verbose_name=_("loan"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    state = FSMField(_("state"), default=State.PROPOSED, choices=State.choices, protected=True)
    # The n-th of its loan: its instalments are numbered from 1000 n on.
    sequence = models.PositiveSmallIntegerField(_("sequence"))
    lines = models.JSONField(_("payments"), default=list)
    forgiven = models.JSONField(_("forgiven"), default=dict)
    total = models.DecimalField(_("to be paid"), max_digits=14, decimal_places=2)
    forgiven_total = models.DecimalField(_("forgiven"), max_digits=14, decimal_places=2, default=0)
    last_due_on = models.DateField(_("last payment on"), null=True, blank=True)
    # What the borrower can afford, as it was told.
    income = models.DecimalField(_("monthly income"), max_digits=14, decimal_places=2, null=True, blank=True)
    spending = models.DecimalField(_("necessary spending"), max_digits=14, decimal_places=2, null=True, blank=True)
    other_debts = models.DecimalField(_("other debts a month"), max_digits=14, decimal_places=2, null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    proposed_on = models.DateField(_("proposed on"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("proposed by")
    )
    needs_level = models.CharField(_("to be approved by"), max_length=12, choices=Level.choices)
    needs_people = models.PositiveSmallIntegerField(_("people who must approve"), default=1)
    # How the borrower accepted: the signed return slip, or where the recording of the call lies.
    accepted_on = models.DateField(_("accepted on"), null=True, blank=True)
    recording_ref = models.CharField(_("recording"), max_length=100, blank=True)
    slip = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("signed return slip")
    )
    active_on = models.DateField(_("active from"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=300, blank=True)

    objects = ArrangementQuerySet.as_manager()

    class Meta:
        verbose_name = _("arrangement")
        verbose_name_plural = _("arrangements")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["loan"],
                condition=Q(state__in=["proposed", "approved", "accepted", "active"]),
                name="one_live_arrangement_a_loan",
            ),
            models.UniqueConstraint(fields=["loan", "sequence"], name="arrangement_sequence_unique"),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "active", "completed", "broken"])
                | ~Q(recording_ref="")
                | Q(slip__isnull=False)
                | Q(kind="waiver"),
                name="arrangement_acceptance_is_proved",
            ),
        ]
        indexes = [models.Index(fields=["last_due_on"], condition=Q(state="active"), name="arrangement_active")]
        permissions = [
            ("propose_arrangement", _("Can propose arrangements")),
            ("approve_arrangement", _("Can approve arrangements as supervisor")),
            ("approve_large_arrangement", _("Can approve arrangements as manager")),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id}/{self.sequence}"

    @property
    def borrower_id(self) -> int:
        """By which the timeline finds its events."""
        return self.case.borrower_id

    @property
    def plan(self) -> tuple[PlanLine, ...]:
        """Its payments, as the rules know them."""
        return tuple(PlanLine(dt.date.fromisoformat(line["due_on"]), _parts(line)) for line in self.lines)

    @property
    def forgiven_parts(self) -> Parts:
        return _parts(self.forgiven)

    @property
    def source(self) -> str:
        """By which its ledger entries are found."""
        return f"arrangement {self.pk}"

    @transition(state, State.PROPOSED, State.APPROVED, custom={"label": _("Approve"), "sets": [], "by_system": True})
    def approve(self) -> None:
        """All who must have approved."""

    @transition(
        state,
        State.APPROVED,
        State.ACCEPTED,
        permission="cases.propose_arrangement",
        custom={"label": _("Accept"), "sets": ["accepted_on", "recording_ref", "slip"], "by_system": True},
    )
    def accept(self, *, on: dt.date, recording_ref: str, slip: Document | None) -> None:
        """The borrower agreed, on paper or on a recorded call."""
        self.accepted_on, self.recording_ref, self.slip = on, recording_ref, slip

    @transition(
        state, State.ACCEPTED, State.ACTIVE, custom={"label": _("Activate"), "sets": ["active_on"], "by_system": True}
    )
    def activate(self, *, on: dt.date) -> None:
        """The new schedule replaces what is due."""
        self.active_on = on

    @transition(
        state,
        State.ACTIVE,
        State.COMPLETED,
        custom={"label": _("Complete"), "sets": ["ended_on"], "by_system": True},
    )
    def complete(self, *, on: dt.date) -> None:
        """All of its payments came."""
        self.ended_on = on

    @transition(
        state,
        [State.ACTIVE, State.COMPLETED],
        State.BROKEN,
        custom={"label": _("Break"), "sets": ["ended_on", "end_reason"], "by_system": True},
    )
    def break_off(self, *, on: dt.date, reason: str) -> None:
        """A payment is missing, or was taken back after all had come: the old debt revives less what was paid."""
        self.ended_on, self.end_reason = on, reason

    @transition(
        state,
        [State.PROPOSED, State.APPROVED, State.ACCEPTED, State.ACTIVE],
        State.CANCELLED,
        permission="cases.propose_arrangement",
        custom={"label": _("Cancel"), "sets": ["ended_on", "end_reason"], "needs_reason": True, "by_system": True},
    )
    def cancel(self, *, on: dt.date, reason: str) -> None:
        """Withdrawn, refused, or undone by agreement."""
        self.ended_on, self.end_reason = on, reason


class ArrangementApproval(AppendOnlyModel):
    """One person's approval."""

    arrangement = models.ForeignKey(Arrangement, models.PROTECT, related_name="approvals", db_index=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, verbose_name=_("by"))
    level = models.CharField(_("as"), max_length=12, choices=Level.choices)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [models.UniqueConstraint(fields=["arrangement", "actor"], name="approval_once_a_person")]

    def __str__(self) -> str:
        return f"{self.arrangement_id}: {self.actor_id}"


class ApprovalRule(models.Model):
    """One line of the authority matrix: what a level may approve of a kind, at a creditor or (empty) everywhere."""

    creditor = models.ForeignKey(
        Creditor, models.CASCADE, null=True, blank=True, db_index=False, verbose_name=_("creditor")
    )
    level = models.CharField(_("level"), max_length=12, choices=Level.choices)
    kind = models.CharField(_("kind"), max_length=12, choices=Arrangement.Kind.choices)
    max_discount = models.DecimalField(
        _("forgiven share at most"),
        max_digits=4,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    max_months = models.PositiveSmallIntegerField(
        _("months at most"), null=True, blank=True, validators=[MaxValueValidator(60)]
    )
    max_days = models.PositiveSmallIntegerField(_("days to the last payment at most"), null=True, blank=True)
    max_amount = models.DecimalField(_("debt at most"), max_digits=14, decimal_places=2, null=True, blank=True)
    second_pair_above = models.DecimalField(
        _("two people above"), max_digits=14, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = _("rule of approval")
        verbose_name_plural = _("authority matrix")
        ordering = ["creditor", "kind", "level"]
        constraints = [
            models.UniqueConstraint(fields=["creditor", "level", "kind"], name="approval_rule_unique"),
            models.UniqueConstraint(
                fields=["level", "kind"], condition=Q(creditor__isnull=True), name="approval_rule_of_all_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}: {self.get_kind_display()}"
