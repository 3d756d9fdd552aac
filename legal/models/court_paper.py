"""Papers that came from a court: filed to a matter, or waiting for somebody to say to which."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from borrowers.models import Creditor, Document, User
from legal.models.matter import Matter


class CourtPaperQuerySet(models.QuerySet["CourtPaper"]):
    def visible_to(self, user: User) -> CourtPaperQuerySet:
        """Those of one's matters. What waits belongs to no creditor yet: its uploader sees it, and legal staff whose
        creditors include all of the uploader's, so that nobody learns of a creditor who is not theirs."""
        if user.is_superuser:
            return self
        filed = Q(matter__in=Matter.objects.visible_to(user))
        waiting = Q(filed_by=user)
        if user.has_perm("legal.work_matter"):
            own = Creditor.objects.visible_to(user)
            uploader = Creditor.objects.filter(staff=OuterRef("filed_by"))
            waiting |= Q(Exists(uploader)) & ~Q(Exists(uploader.exclude(pk__in=own.values("pk"))))
        return self.filter(filed | (Q(matter=None) & waiting))

    def waiting(self) -> CourtPaperQuerySet:
        return self.filter(matter=None)


class CourtPaper(models.Model):
    """One paper of a court. Filed, its bytes are the `document`'s; waiting, they lie in the upload at `upload_path`."""

    class Kind(models.TextChoices):
        ACCEPTANCE = "acceptance", _("acceptance notice")
        SUMMONS = "summons", _("summons")
        HEARING = "hearing", _("hearing notice")
        JUDGMENT = "judgment", _("judgment")
        MEDIATION = "mediation", _("mediation paper")
        PAYMENT_ORDER = "payment_order", _("payment order")
        RULING = "ruling", _("ruling")
        ENFORCEMENT = "enforcement", _("enforcement notice")
        FEE_RECEIPT = "fee_receipt", _("fee receipt")
        SERVICE_RECEIPT = "service_receipt", _("receipt of service")
        OTHER = "other", _("other")

    matter = models.ForeignKey(
        Matter, models.PROTECT, null=True, blank=True, related_name="court_papers", verbose_name=_("matter")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.OTHER)
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="court_paper", verbose_name=_("file")
    )
    upload_path = models.CharField(max_length=255, blank=True, editable=False)
    name = models.CharField(_("file name"), max_length=255)
    mime_type = models.CharField(_("type"), max_length=100)
    sha256 = models.CharField("SHA-256", max_length=64)
    received_on = models.DateField(_("received on"))
    # As read from the paper or its name, in the form of `legal.rules.court_numbers`.
    court_case_no = models.CharField(_("court's case number"), max_length=100, blank=True)
    # Every number that was found, for whoever looks for the matter.
    numbers = models.JSONField(_("numbers found"), default=list, blank=True)
    # Matters whose borrower's name stands on it: a name files nothing, it helps whoever looks.
    named = models.JSONField(default=list, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=300, blank=True)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("filed by"))
    filed_at = models.DateTimeField(_("filed at"), auto_now_add=True)

    objects = CourtPaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("court paper")
        verbose_name_plural = _("court papers")
        ordering = ["-received_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["matter", "sha256"], name="court_paper_once_a_matter"),
            models.UniqueConstraint(
                fields=["filed_by", "sha256"], condition=Q(matter=None), name="court_paper_waits_once"
            ),
            models.CheckConstraint(
                condition=Q(matter__isnull=True, document__isnull=True) & ~Q(upload_path="")
                | Q(matter__isnull=False, document__isnull=False, upload_path=""),
                name="court_paper_filed_or_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def borrower_id(self) -> int | None:
        """So that its events stand in the borrower's timeline, once it is filed."""
        return self.matter.borrower_id if self.matter is not None else None
