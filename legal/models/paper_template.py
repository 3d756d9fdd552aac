"""What papers say: templates that legal staff edit, every version of them kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from borrowers.models import Creditor
from borrowers.models.payment import AppendOnlyModel, AppendOnlyQuerySet
from legal.models.paper import LegalPaper

if TYPE_CHECKING:
    from borrowers.models import User


class PaperTemplateQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> PaperTemplateQuerySet:
        """The house's own, and those of one's creditors."""
        if not user.is_superuser and not user.has_perm("legal.view_papertemplate"):
            return self.none()
        return self.filter(Q(creditor__isnull=True) | Q(creditor__in=Creditor.objects.visible_to(user)))

    def versions(self, *, kind: str, language: str, creditor_id: int | None) -> PaperTemplateQuerySet:
        """All of one template, newest first."""
        return self.filter(kind=kind, language=language, creditor=creditor_id).order_by("-version")


class PaperTemplate(AppendOnlyModel):
    """One version of the wording of a kind of paper, in one language: the house's, or one creditor's own.

    Versions are only added. The newest is the one in force; a creditor's whose newest is not `active` was given up, and
    the house's counts again.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=LegalPaper.Kind.choices)
    language = models.CharField(_("language"), max_length=10)
    creditor = models.ForeignKey(
        Creditor,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="paper_templates",
        db_index=False,
        verbose_name=_("creditor"),
    )
    version = models.PositiveIntegerField(_("version"))
    body = models.TextField(_("wording"))
    active = models.BooleanField(_("in use"), default=True)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    # Nobody: it came with the program.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = PaperTemplateQuerySet.as_manager()  # type: ignore[misc]  # the same, and narrower

    class Meta:
        verbose_name = _("template of a paper")
        verbose_name_plural = _("templates of papers")
        ordering = ["kind", "language", "creditor_id", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language", "version"],
                condition=Q(creditor__isnull=True),
                name="paper_template_version_unique",
            ),
            models.UniqueConstraint(
                fields=["creditor", "kind", "language", "version"],
                condition=Q(creditor__isnull=False),
                name="creditors_paper_template_version_unique",
            ),
        ]
        permissions = [("edit_papertemplate", _("Can change the wording of legal papers"))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.language}) {self.version}"


class PaperCounter(models.Model):
    """The last number given to a kind of paper of a creditor in a year. Its row is locked until the paper that took the
    number is committed, so that a paper that fails leaves no gap."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=20, choices=LegalPaper.Kind.choices)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["creditor", "kind", "year"], name="paper_counter_unique")]

    def __str__(self) -> str:
        return f"{self.creditor_id} {self.kind} {self.year}: {self.last}"
