"""Papers of a matter on their way from draft to issue. `legal.stages` alone calls their transitions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from cases.models import Letter
from legal.models.matter import Matter

if TYPE_CHECKING:
    from borrowers.models import User


class PaperState(models.TextChoices):
    DRAFT = "draft", _("draft")
    APPROVED = "approved", _("approved")
    ISSUED = "issued", _("issued")
    DROPPED = "dropped", _("dropped")


class LegalPaperQuerySet(models.QuerySet["LegalPaper"]):
    def visible_to(self, user: User) -> LegalPaperQuerySet:
        return self.filter(matter__in=Matter.objects.visible_to(user))


class LegalPaper(models.Model):
    """One paper. Once issued its bytes are the `letter`'s and never change."""

    class Kind(models.TextChoices):
        LAWYERS_LETTER = "lawyers_letter", _("lawyer's letter")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="papers", verbose_name=_("matter"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.LAWYERS_LETTER)
    state = FSMField(_("state"), default=PaperState.DRAFT, choices=PaperState.choices, protected=True)
    language = models.CharField(_("language"), max_length=10)
    pay_by = models.DateField(_("to be paid by"))
    remarks = models.TextField(_("facts to be added"), blank=True)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted"), auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    letter = models.OneToOneField(Letter, models.PROTECT, null=True, blank=True, related_name="paper", editable=False)

    objects = LegalPaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal paper")
        verbose_name_plural = _("legal papers")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PaperState.values), name="paper_state_known"),
            models.CheckConstraint(
                condition=~Q(state="issued") | Q(letter__isnull=False, approved_by__isnull=False),
                name="issued_paper_was_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter}: {self.kind}"

    @property
    def borrower_id(self) -> int:
        """So that its events stand in the borrower's timeline."""
        return self.matter.borrower_id

    @transition(
        state,
        source=PaperState.DRAFT,
        target=PaperState.APPROVED,
        permission="legal.approve_paper",
        custom={"label": _("Approve"), "sets": ["approved_by", "approved_at"]},
    )
    def approve(self, *, by: User, at: dt.datetime) -> None:
        """An authorised lawyer has read it and stands for it."""
        self.approved_by, self.approved_at = by, at

    @transition(
        state,
        source=PaperState.APPROVED,
        target=PaperState.ISSUED,
        permission="legal.approve_paper",
        custom={"label": _("Issue"), "sets": ["letter"]},
    )
    def issue(self, *, letter: Letter) -> None:
        """Numbered, rendered and filed."""
        self.letter = letter

    @transition(
        state,
        source=[PaperState.DRAFT, PaperState.APPROVED],
        target=PaperState.DROPPED,
        permission="legal.work_matter",
        custom={"label": _("Drop"), "sets": ["approved_by", "approved_at"], "needs_reason": True},
    )
    def drop(self) -> None:
        """Not needed any more, or to be written anew."""
        self.approved_by, self.approved_at = None, None
