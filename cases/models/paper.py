"""Papers of a case that are no demand: statement of account, agreement, settlement certificate. Kept byte for byte with
the figures that they were made from; a new figure is a new paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from borrowers.models import Document, Loan
from borrowers.models.payment import AppendOnlyModel, AppendOnlyQuerySet
from cases.models.arrangement import Arrangement
from cases.models.case import Case
from cases.models.objection import Objection

if TYPE_CHECKING:
    from borrowers.models import User


class CasePaperQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> CasePaperQuerySet:
        return self.filter(case__in=Case.objects.visible_to(user))


class CasePaper(AppendOnlyModel):
    class Kind(models.TextChoices):
        STATEMENT = "statement", _("statement of account")
        AGREEMENT = "agreement", _("agreement")
        CERTIFICATE = "certificate", _("settlement certificate")
        ANSWER = "answer", _("answer to an objection")

    case = models.ForeignKey(Case, models.PROTECT, related_name="papers", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    # What it is about: one loan of a statement, one arrangement of an agreement; a certificate is about the whole case.
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("loan"))
    arrangement = models.ForeignKey(
        Arrangement, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("arrangement")
    )
    objection = models.ForeignKey(
        Objection,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="papers",
        verbose_name=_("objection"),
    )
    number = models.CharField(_("number"), max_length=60)
    language = models.CharField(_("language"), max_length=10)
    on = models.DateField(_("figures as of"))
    figures = models.JSONField(_("figures"), default=dict)
    document = models.ForeignKey(Document, models.PROTECT, db_index=False, verbose_name=_("document"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, verbose_name=_("by")
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = CasePaperQuerySet.as_manager()  # type: ignore[misc]  # the same, and narrower

    class Meta:
        verbose_name = _("paper of a case")
        verbose_name_plural = _("papers of cases")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="case_paper_number_unique"),
            models.UniqueConstraint(
                fields=["arrangement"],
                condition=models.Q(kind="agreement"),
                name="one_agreement_an_arrangement",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(kind="certificate"), name="one_certificate_a_case"
            ),
            models.UniqueConstraint(
                fields=["objection"], condition=models.Q(kind="answer"), name="one_answer_an_objection"
            ),
        ]

    def __str__(self) -> str:
        return self.number
