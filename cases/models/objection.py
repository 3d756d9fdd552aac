"""Objections: what a borrower contests or complains of, with its clock, its evidence and its answer.

`cases.objection_moves` is the only caller of the transition methods; each sets its own columns and nothing else.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, transition

from borrowers.models import Document, Loan
from borrowers.models.payment import AppendOnlyModel
from cases.models.case import Case
from cases.models.condition import ContactCondition

if TYPE_CHECKING:
    from borrowers.models import User


class ObjectionQuerySet(models.QuerySet["Objection"]):
    def visible_to(self, user: User) -> ObjectionQuerySet:
        return self.filter(case__in=Case.objects.visible_to(user))

    def open(self) -> ObjectionQuerySet:
        return self.filter(closed_on__isnull=True)


class Objection(models.Model):
    """One objection of a case, and optionally about one of its loans. `clock` names the entry of
    cases.policy.objection_clocks by which `due_on` was counted; `extensions` how many of that clock's were used."""

    class Family(models.TextChoices):
        DISPUTE = "dispute", _("dispute")
        COMPLAINT = "complaint", _("complaint")
        CREDIT_REPORT = "credit_report", _("credit-report objection")
        IDENTITY_THEFT = "identity_theft", _("identity theft")

    class Topic(models.TextChoices):
        AMOUNT = "amount", _("the amount")
        PAID = "paid", _("already paid")
        NOT_MINE = "not_mine", _("not the borrower's debt")
        TERMS = "terms", _("terms or interest")
        CONDUCT = "conduct", _("conduct of a collector")
        PRIVACY = "privacy", _("privacy")
        OTHER = "other", _("other")

    class Channel(models.TextChoices):
        PHONE = "phone", _("phone")
        SMS = "sms", _("SMS")
        EMAIL = "email", _("e-mail")
        POST = "post", _("letter")
        VISIT = "visit", _("in person")
        AUTHORITY = "authority", _("through an authority")

    class State(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("objection", "received")
        IN_PROGRESS = "in_progress", _("in progress")
        UPHELD = "upheld", _("upheld")
        PARTLY_UPHELD = "partly_upheld", _("partly upheld")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    OPEN = (State.RECEIVED, State.IN_PROGRESS)
    ANSWERED = (State.UPHELD, State.PARTLY_UPHELD, State.REJECTED)
    WRITTEN = (Channel.EMAIL, Channel.POST, Channel.AUTHORITY)

    case = models.ForeignKey(Case, models.PROTECT, related_name="objections", verbose_name=_("case"))
    loan = models.ForeignKey(
        Loan, models.PROTECT, null=True, blank=True, related_name="objections", verbose_name=_("loan")
    )
    number = models.CharField(_("number"), max_length=60)
    family = models.CharField(_("kind"), max_length=15, choices=Family.choices)
    topic = models.CharField(_("about"), max_length=10, choices=Topic.choices)
    channel = models.CharField(_("received by"), max_length=10, choices=Channel.choices)
    received_on = models.DateField(_("received on"))
    words = models.TextField(_("in the borrower's words"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="objections",
        verbose_name=_("owner"),
    )
    state = FSMField(_("state"), default=State.RECEIVED, choices=State.choices, protected=True)
    clock = models.CharField(_("clock"), max_length=40)
    due_on = models.DateField(_("to be answered by"))
    acknowledge_by = models.DateField(_("to be acknowledged by"), null=True, blank=True)
    acknowledged_on = models.DateField(_("acknowledged on"), null=True, blank=True)
    extensions = models.PositiveSmallIntegerField(_("extensions"), default=0)
    extension_reason = models.CharField(_("why it was extended"), max_length=300, blank=True)
    # The flag that keeps contact from happening while it is open; several objections may share one.
    condition = models.ForeignKey(
        ContactCondition, models.PROTECT, null=True, blank=True, related_name="objections", verbose_name=_("flag")
    )
    found = models.TextField(_("what was found"), blank=True)
    corrected = models.TextField(_("what was corrected"), blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("answered by"),
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("taken down by"),
    )
    opened_at = models.DateTimeField(_("taken down"), auto_now_add=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="objection_number_unique"),
            models.CheckConstraint(
                condition=Q(state__in=["received", "in_progress", "upheld", "partly_upheld", "rejected", "withdrawn"]),
                name="objection_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["received", "in_progress"], closed_on__isnull=True)
                | (~Q(state__in=["received", "in_progress"]) & Q(closed_on__isnull=False)),
                name="objection_closed_has_date",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["upheld", "partly_upheld", "rejected"]) | ~Q(found=""),
                name="objection_answer_says_what_was_found",
            ),
        ]
        indexes = [models.Index(fields=["due_on", "id"], condition=Q(closed_on__isnull=True), name="objection_due")]
        permissions = [("answer_objection", _("Can extend, answer and close objections"))]

    def __str__(self) -> str:
        return self.number

    @property
    def borrower_id(self) -> int:
        """By which the timeline finds its events."""
        return self.case.borrower_id

    @property
    def is_open(self) -> bool:
        return self.closed_on is None

    @property
    def source(self) -> str:
        """By which its bookings and pauses are found."""
        return f"objection {self.pk}"

    @property
    def in_writing(self) -> bool:
        return self.channel in self.WRITTEN

    # --- States ------------------------------------------------------------------------------------------

    @transition(
        state,
        State.RECEIVED,
        State.IN_PROGRESS,
        permission="cases.work_case",
        custom={"label": _("Acknowledge"), "sets": ["acknowledged_on"]},
    )
    def acknowledge(self, *, on: dt.date) -> None:
        """The borrower was told that it arrived and who looks into it."""
        self.acknowledged_on = on

    @transition(
        state,
        [State.RECEIVED, State.IN_PROGRESS],
        State.UPHELD,
        permission="cases.answer_objection",
        custom={"label": _("Uphold"), "sets": ["found", "corrected", "closed_on", "answered_by"]},
    )
    def uphold(self, *, on: dt.date, found: str, corrected: str, by: User) -> None:
        """The borrower is right."""
        self._answer(on, found, corrected, by)

    @transition(
        state,
        [State.RECEIVED, State.IN_PROGRESS],
        State.PARTLY_UPHELD,
        permission="cases.answer_objection",
        custom={"label": _("Uphold in part"), "sets": ["found", "corrected", "closed_on", "answered_by"]},
    )
    def uphold_partly(self, *, on: dt.date, found: str, corrected: str, by: User) -> None:
        """The borrower is right in part."""
        self._answer(on, found, corrected, by)

    @transition(
        state,
        [State.RECEIVED, State.IN_PROGRESS],
        State.REJECTED,
        permission="cases.answer_objection",
        custom={"label": _("Reject"), "sets": ["found", "corrected", "closed_on", "answered_by"]},
    )
    def reject(self, *, on: dt.date, found: str, corrected: str, by: User) -> None:
        """The debt and what was done about it stand as they were."""
        self._answer(on, found, corrected, by)

    @transition(
        state,
        [State.RECEIVED, State.IN_PROGRESS],
        State.WITHDRAWN,
        permission="cases.answer_objection",
        custom={"label": _("Withdrawn by the borrower"), "sets": ["closed_on"], "needs_reason": True},
    )
    def withdraw(self, *, on: dt.date) -> None:
        """The borrower took it back."""
        self.closed_on = on

    def _answer(self, on: dt.date, found: str, corrected: str, by: User) -> None:
        self.closed_on, self.found, self.corrected, self.answered_by = on, found, corrected, by


class ObjectionEvidence(AppendOnlyModel):
    """One thing that was gathered on an objection: handed in by the borrower, found by the house, or, as
    `verification`, sent to the borrower. A line of an identity-theft checklist is done when it has one."""

    class Item(models.TextChoices):
        HANDED_IN = "handed_in", _("handed in by the borrower")
        POLICE_REPORT = "police_report", _("police report")
        ID_COPY = "id_copy", _("copy of the identity paper")
        STATEMENT = "statement", _("statement of the borrower")
        DISBURSEMENT = "disbursement", _("proof of the account that the loan was paid to")
        DEVICE_LOG = "device_log", _("device and IP log")
        SIGNATURE = "signature", _("signature of the contract")
        VERIFICATION = "verification", _("verification sent to the borrower")
        FINDING = "finding", _("found by us")

    CHECKLIST = (
        Item.POLICE_REPORT,
        Item.ID_COPY,
        Item.STATEMENT,
        Item.DISBURSEMENT,
        Item.DEVICE_LOG,
        Item.SIGNATURE,
    )

    objection = models.ForeignKey(Objection, models.PROTECT, related_name="evidence", verbose_name=_("objection"))
    item = models.CharField(_("what it is"), max_length=15, choices=Item.choices)
    document = models.ForeignKey(Document, models.PROTECT, db_index=False, verbose_name=_("document"))
    on = models.DateField(pgettext_lazy("day", "of"))
    note = models.CharField(_("remark"), max_length=300, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    added_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("evidence on an objection")
        verbose_name_plural = _("evidence on objections")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.objection_id}: {self.item}"

    @property
    def borrower_id(self) -> int:
        """By which the timeline finds its events."""
        return self.objection.borrower_id
