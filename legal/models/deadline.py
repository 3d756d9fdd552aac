"""Days that must not be missed, what was preserved, and the address at which a person's calendar is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from legal.models.matter import Matter

if TYPE_CHECKING:
    from borrowers.models import User


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    def visible_to(self, user: User) -> DeadlineQuerySet:
        return self.filter(matter__in=Matter.objects.visible_to(user))

    def open(self) -> DeadlineQuerySet:
        return self.filter(closed_as="")


class Deadline(models.Model):
    """One day of one matter. Those with source auto follow from the matter's own dates (legal.rules.deadlines), and are
    made, moved and closed with them; those made by hand are a person's own."""

    class Kind(models.TextChoices):
        HEARING = "hearing", _("hearing")
        ORDER_SERVICE = "order_service", _("payment order lapses unless served")
        ORDER_OBJECTION = "order_objection", _("debtor pays or objects to the payment order")
        COURT_FEE = "court_fee", _("pay the court fee")
        ANSWER = "answer", _("defendant’s answer")
        NOTICE_SERVICE = "notice_service", _("service by notice takes effect")
        APPEAL = "appeal", _("appeal")
        MEDIATION = "mediation", _("pre-suit mediation ends")
        PERFORMANCE = "performance", _("performance of the judgment")
        ENFORCEMENT = "enforcement", _("apply for enforcement")
        PRESERVATION = "preservation", _("renew the preservation")
        GUARANTEE = "guarantee", _("hold the guarantor to it")
        LIMITATION = "limitation", _("limitation expires")
        OTHER = "other", _("other")

    class Source(models.TextChoices):
        AUTO = "auto", _("from the matter")
        MANUAL = "manual", _("by hand")

    class Closed(models.TextChoices):
        DONE = "done", _("done")
        MET = "met", _("met by a later step")
        GONE = "gone", _("no longer applies")

    matter = models.ForeignKey(Matter, models.CASCADE, related_name="deadlines", verbose_name=_("matter"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    # Which of several of its kind: an account number, a preservation.
    ref = models.CharField(max_length=80, blank=True, editable=False)
    source = models.CharField(_("source"), max_length=6, choices=Source.choices, default=Source.AUTO)
    # The day from which it is counted.
    basis_on = models.DateField(_("counted from"), null=True, blank=True)
    due_on = models.DateField(_("due on"))
    # Of hearings: the hour.
    at = models.DateTimeField(_("at"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=200, blank=True)
    clause = models.CharField(_("clause"), max_length=120, blank=True)
    grade = models.CharField(_("grade of its source"), max_length=1, blank=True)
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deadlines",
        verbose_name=_("owner"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    closed_as = models.CharField(_("closed as"), max_length=4, choices=Closed.choices, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("done by")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    changed_at = models.DateTimeField(pgettext_lazy("time", "changed"), auto_now=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "kind", "ref", "basis_on"],
                condition=Q(source="auto"),
                name="deadline_once_a_matter",
            ),
            models.CheckConstraint(
                condition=Q(source="manual") | Q(basis_on__isnull=False), name="deadline_knows_its_basis"
            ),
            models.CheckConstraint(
                condition=Q(closed_as="", done_on__isnull=True) | (~Q(closed_as="") & Q(done_on__isnull=False)),
                name="deadline_closed_has_day",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(closed_as=""), name="deadline_open")]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_on}"

    @property
    def borrower_id(self) -> int:
        """So that its events stand in the borrower's timeline."""
        return self.matter.borrower_id

    @property
    def name(self) -> str:
        return self.title or str(self.get_kind_display())


class PreservationQuerySet(models.QuerySet["Preservation"]):
    def visible_to(self, user: User) -> PreservationQuerySet:
        return self.filter(matter__in=Matter.objects.visible_to(user))


class Preservation(models.Model):
    """What a court holds for the matter. It ends by itself unless it is renewed (民诉法解释 485)."""

    class Asset(models.TextChoices):
        DEPOSIT = "deposit", _("bank deposit")
        MOVABLE = "movable", _("movable property")
        REAL_ESTATE = "real_estate", _("real estate or other right")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="preservations", verbose_name=_("matter"))
    asset = models.CharField(_("what kind"), max_length=12, choices=Asset.choices)
    what = models.CharField(_("what"), max_length=200)
    amount = models.DecimalField(_("up to"), max_digits=16, decimal_places=2, null=True, blank=True)
    since = models.DateField(_("preserved since"))
    # As the ruling has it; empty: by the table.
    until = models.DateField(_("until, as ruled"), null=True, blank=True)
    released_on = models.DateField(_("released on"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("by")
    )
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    objects = PreservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("preservation")
        verbose_name_plural = _("preservations")
        ordering = ["since", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="preservation_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.asset}: {self.what}"

    @property
    def borrower_id(self) -> int:
        """So that its events stand in the borrower's timeline."""
        return self.matter.borrower_id


class CalendarFeed(models.Model):
    """The address at which a calendar program reads a person's deadlines. Only the hash of its secret is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feeds", verbose_name=_("person")
    )
    token_hash = models.CharField(max_length=64, editable=False)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        constraints = [
            models.UniqueConstraint(fields=["token_hash"], name="calendar_feed_token_unique"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at__isnull=True), name="one_calendar_feed_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"
