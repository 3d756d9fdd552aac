"""Papers of a matter on their way from draft to issue. `legal.stages` alone calls their transitions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from borrowers.models import Document
from cases.models import Letter
from legal.models.matter import Matter

if TYPE_CHECKING:
    from borrowers.models import User
    from legal.models.paper_template import PaperTemplate


class PaperState(models.TextChoices):
    DRAFT = "draft", _("draft")
    REVIEWED = "reviewed", _("reviewed")
    APPROVED = "approved", _("approved")
    ISSUED = "issued", _("issued")
    DELIVERED = "delivered", _("delivered")
    RETURNED = "returned", _("returned")
    DROPPED = "dropped", _("dropped")


# Those whose bytes are fixed.
OUT = (PaperState.ISSUED, PaperState.DELIVERED, PaperState.RETURNED)


class LegalPaperQuerySet(models.QuerySet["LegalPaper"]):
    def visible_to(self, user: User) -> LegalPaperQuerySet:
        return self.filter(matter__in=Matter.objects.visible_to(user))


class LegalPaper(models.Model):
    """One paper. Once issued its bytes never change: they are the `letter`'s, or the `document`'s of other papers.

    `content` is what was filled in by hand, by field of the paper's kind; `figures` all that it was made from, kept when
    it is issued.
    """

    class Kind(models.TextChoices):
        LAWYERS_LETTER = "lawyers_letter", _("lawyer's letter")
        COMPLAINT = "complaint", _("complaint in elements form")
        PAYMENT_ORDER = "payment_order", _("application for a payment order")
        EVIDENCE_CATALOGUE = "evidence_catalogue", _("evidence catalogue")
        POWER_OF_ATTORNEY = "power_of_attorney", _("power of attorney")
        PRESERVATION = "preservation", _("application for preservation")
        SETTLEMENT = "settlement", _("settlement agreement")
        ENFORCEMENT = "enforcement", _("application for enforcement")
        ASSIGNMENT_NOTICE = "assignment_notice", _("notice of assignment")
        VALIDATION_NOTICE = "validation_notice", _("validation notice")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="papers", verbose_name=_("matter"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.LAWYERS_LETTER)
    state = FSMField(_("state"), default=PaperState.DRAFT, choices=PaperState.choices, protected=True)
    language = models.CharField(_("language"), max_length=10)
    # Of papers that set a deadline.
    pay_by = models.DateField(_("to be paid by"), null=True, blank=True)
    remarks = models.TextField(_("facts to be added"), blank=True)
    # The wording that was approved; before that the one in force counts.
    template = models.ForeignKey(
        "legal.PaperTemplate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="papers",
        editable=False,
        verbose_name=_("template of a paper"),
    )
    content = models.JSONField(_("filled in"), default=dict, blank=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("drafted by")
    )
    drafted_at = models.DateTimeField(_("drafted"), auto_now_add=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("reviewed by"),
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    letter = models.OneToOneField(
        Letter, models.PROTECT, null=True, blank=True, related_name="paper", editable=False, verbose_name=_("letter")
    )
    number = models.CharField(_("number"), max_length=60, blank=True, editable=False)
    document = models.OneToOneField(
        Document,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="legal_paper",
        editable=False,
        verbose_name=_("document"),
    )
    figures = models.JSONField(_("figures"), default=dict, blank=True, editable=False)
    issued_on = models.DateField(_("issued on"), null=True, blank=True, editable=False)
    delivered_on = models.DateField(_("delivered or returned on"), null=True, blank=True, editable=False)
    delivery_note = models.CharField(_("proof of delivery"), max_length=300, blank=True, editable=False)
    receipt = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", editable=False, db_index=False
    )

    objects = LegalPaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal paper")
        verbose_name_plural = _("legal papers")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PaperState.values), name="paper_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["issued", "delivered", "returned"])
                | (Q(approved_by__isnull=False) & (Q(letter__isnull=False) | Q(document__isnull=False))),
                name="issued_paper_was_approved",
            ),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="legal_paper_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.matter}: {self.kind}"

    @property
    def borrower_id(self) -> int:
        """So that its events stand in the borrower's timeline."""
        return self.matter.borrower_id

    @property
    def file(self) -> Document | None:
        """The bytes as issued."""
        return self.letter.document if self.letter is not None else self.document

    @transition(
        state,
        source=PaperState.DRAFT,
        target=PaperState.REVIEWED,
        permission="legal.work_matter",
        custom={"label": _("Reviewed"), "sets": ["reviewed_by", "reviewed_at"]},
    )
    def review(self, *, by: User, at: dt.datetime) -> None:
        """Somebody has read it through: figures, names, wording."""
        self.reviewed_by, self.reviewed_at = by, at

    @transition(
        state,
        source=[PaperState.REVIEWED, PaperState.APPROVED],
        target=PaperState.DRAFT,
        permission="legal.work_matter",
        custom={
            "label": _("Back to draft"),
            "sets": ["reviewed_by", "reviewed_at", "approved_by", "approved_at", "template"],
            "needs_reason": True,
        },
    )
    def reopen(self) -> None:
        """Something is to be changed: it is read and approved anew."""
        self.reviewed_by = self.reviewed_at = self.approved_by = self.approved_at = self.template = None

    @transition(
        state,
        source=PaperState.REVIEWED,
        target=PaperState.APPROVED,
        permission="legal.approve_paper",
        custom={"label": _("Approve"), "sets": ["approved_by", "approved_at", "template"]},
    )
    def approve(self, *, by: User, at: dt.datetime, template: PaperTemplate) -> None:
        """An authorised lawyer has read it, in the wording of this template, and stands for it."""
        self.approved_by, self.approved_at, self.template = by, at, template

    @transition(
        state,
        source=PaperState.APPROVED,
        target=PaperState.ISSUED,
        permission="legal.approve_paper",
        custom={"label": _("Issue"), "sets": ["letter", "document", "number", "figures", "issued_on"]},
    )
    def issue(
        self,
        *,
        on: dt.date,
        letter: Letter | None = None,
        document: Document | None = None,
        number: str = "",
        figures: dict[str, Any],
    ) -> None:
        """Numbered, rendered, signed and filed: a letter to the borrower as such, any other paper as a document."""
        self.letter, self.document, self.issued_on = letter, document, on
        self.number = letter.number if letter is not None else number
        self.figures = figures

    @transition(
        state,
        source=list(OUT),
        target=PaperState.DELIVERED,
        permission="legal.work_matter",
        custom={"label": _("Delivered"), "sets": ["delivered_on", "delivery_note", "receipt"], "by_system": True},
    )
    def deliver(self, *, on: dt.date, note: str, receipt: Document | None = None) -> None:
        """It arrived, with what proves it; also when it was told otherwise before, as carriers do."""
        self.delivered_on, self.delivery_note, self.receipt = on, note, receipt

    @transition(
        state,
        source=list(OUT),
        target=PaperState.RETURNED,
        permission="legal.work_matter",
        custom={"label": _("Returned"), "sets": ["delivered_on", "delivery_note", "receipt"], "by_system": True},
    )
    def come_back(self, *, on: dt.date, note: str, receipt: Document | None = None) -> None:
        """It did not arrive, or not after all: an unproven demand restarts no limitation."""
        self.delivered_on, self.delivery_note, self.receipt = on, note, receipt

    @transition(
        state,
        source=[PaperState.DRAFT, PaperState.REVIEWED, PaperState.APPROVED],
        target=PaperState.DROPPED,
        permission="legal.work_matter",
        custom={
            "label": _("Drop"),
            "sets": ["reviewed_by", "reviewed_at", "approved_by", "approved_at", "template"],
            "needs_reason": True,
        },
    )
    def drop(self) -> None:
        """Not needed any more, or to be written anew."""
        self.reviewed_by = self.reviewed_at = self.approved_by = self.approved_at = self.template = None
