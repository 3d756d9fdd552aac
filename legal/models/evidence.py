"""What proves a claim: papers handed in for a matter, and the bundles in which everything went to a court."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from borrowers.models import Document
from borrowers.models.payment import AppendOnlyModel, AppendOnlyQuerySet
from legal.models.matter import Matter

if TYPE_CHECKING:
    from borrowers.models import User

LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]


class EvidenceQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> EvidenceQuerySet:
        return self.filter(matter__in=Matter.objects.visible_to(user))


class ExhibitPaper(AppendOnlyModel):
    """A paper that legal staff handed in for a matter, with what the catalogue says of it."""

    class Form(models.TextChoices):
        ORIGINAL = "original", _("original")
        COPY = "copy", _("copy")
        ELECTRONIC = "electronic", _("electronic data")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="exhibit_papers", verbose_name=_("matter"))
    document = models.OneToOneField(Document, models.PROTECT, related_name="exhibit_paper", verbose_name=_("file"))
    name = models.CharField(_("name"), max_length=200)
    form = models.CharField(_("form"), max_length=12, choices=Form.choices, default=Form.COPY)
    source = models.CharField(_("source"), max_length=200)
    proves = models.CharField(_("what it proves"), max_length=300)
    remarks = models.CharField(_("remarks"), max_length=200, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, verbose_name=_("by"))
    added_at = models.DateTimeField(_("handed in"), auto_now_add=True)

    objects = EvidenceQuerySet.as_manager()  # type: ignore[misc]  # the same, and narrower

    class Meta:
        verbose_name = _("exhibit handed in")
        verbose_name_plural = _("exhibits handed in")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    @property
    def borrower_id(self) -> int:
        """So that its events stand in the borrower's timeline."""
        return self.matter.borrower_id


class EvidenceBundle(AppendOnlyModel):
    """One bundle as it was made: the PDF, the zip with the originals, and the manifest with the hash of each file."""

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="bundles", verbose_name=_("matter"))
    number = models.CharField(_("number"), max_length=60)
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES)
    cut_off = models.DateField(_("figures as of"))
    pages = models.PositiveIntegerField(_("pages"))
    manifest = models.JSONField(_("manifest"))
    pdf = models.OneToOneField(Document, models.PROTECT, related_name="+", verbose_name=_("PDF"))
    zip = models.OneToOneField(Document, models.PROTECT, related_name="+", verbose_name=_("zip"))
    pdf_sha256 = models.CharField(_("SHA-256 of the PDF"), max_length=64)
    zip_sha256 = models.CharField(_("SHA-256 of the zip"), max_length=64)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, verbose_name=_("by"))
    made_at = models.DateTimeField(_("made"))

    objects = EvidenceQuerySet.as_manager()  # type: ignore[misc]  # the same, and narrower

    class Meta:
        verbose_name = _("evidence bundle")
        verbose_name_plural = _("evidence bundles")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["number"], name="evidence_bundle_number_unique")]

    def __str__(self) -> str:
        return self.number

    @property
    def borrower_id(self) -> int:
        """So that its events stand in the borrower's timeline."""
        return self.matter.borrower_id
