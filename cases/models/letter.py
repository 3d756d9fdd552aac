"""Letters as issued: numbered without gaps, kept byte for byte with the figures they were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from borrowers.models import Creditor, Document
from borrowers.models.payment import AppendOnlyModel, AppendOnlyQuerySet
from cases.models.case import Case
from cases.models.contact import GateDecision
from cases.models.plan import PlanStep

if TYPE_CHECKING:
    from borrowers.models import User


class LetterKind(models.TextChoices):
    DEMAND = "demand", _("demand letter")
    LAWYER = "lawyer", _("lawyer's letter")


class LetterCounter(models.Model):
    """The last number given. Its row is locked until the letter that took the number is committed,
    so a letter that fails leaves no gap."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10, choices=LetterKind.choices)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["creditor", "kind", "year"], name="letter_counter_unique")]

    def __str__(self) -> str:
        return f"{self.creditor_id} {self.kind} {self.year}: {self.last}"


class LetterQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> LetterQuerySet:
        return self.filter(case__in=Case.objects.visible_to(user))


class Letter(AppendOnlyModel):
    """One issued letter. `figures` is the content it was rendered from, so every sum can be made again."""

    creditor = models.ForeignKey(
        Creditor, models.PROTECT, related_name="letters", db_index=False, verbose_name=_("creditor")
    )
    case = models.ForeignKey(Case, models.PROTECT, related_name="letters", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=10, choices=LetterKind.choices)
    year = models.PositiveSmallIntegerField(_("year"))
    sequence = models.PositiveIntegerField(_("sequence"))
    number = models.CharField(_("number"), max_length=60)
    language = models.CharField(_("language"), max_length=10)
    cut_off = models.DateField(_("figures as of"))
    pay_by = models.DateField(_("to be paid by"))
    amount = models.DecimalField(_("sum demanded"), max_digits=16, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    figures = models.JSONField(_("figures"))
    document = models.OneToOneField(Document, models.PROTECT, related_name="letter")
    pages = models.PositiveSmallIntegerField(_("pages"))
    step = models.ForeignKey(PlanStep, models.SET_NULL, null=True, blank=True, db_index=False)
    decision = models.ForeignKey(GateDecision, models.PROTECT, null=True, blank=True, db_index=False)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name=pgettext_lazy("person", "issued by"),
    )
    issued_at = models.DateTimeField(_("issued"), auto_now_add=True)

    objects = LetterQuerySet.as_manager()  # type: ignore[misc]  # the same, and narrower

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["creditor", "kind", "year", "sequence"], name="letter_sequence_unique"),
        ]
        permissions = [("issue_letter", _("Can issue demand letters"))]

    def __str__(self) -> str:
        return self.number
