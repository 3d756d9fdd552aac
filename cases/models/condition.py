"""What stands about contacting a person: consents, opt-outs, inconvenient times and places, flags, notices sent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from borrowers.models import Borrower
from cases.models.case import Case
from cases.models.contact import ContactRecord

if TYPE_CHECKING:
    from borrowers.models import User


class ConditionQuerySet(models.QuerySet["ContactCondition"]):
    def visible_to(self, user: User) -> ConditionQuerySet:
        return self.filter(borrower__cases__in=Case.objects.visible_to(user)).distinct()

    def standing(self, at: dt.datetime) -> ConditionQuerySet:
        """Those that hold at the instant `at`: begun, not ended, not lapsed."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=at), Q(until=None) | Q(until__gt=at), since__lte=at)


class ContactCondition(models.Model):
    """One condition of contact. It is never edited: it ends, and another begins (cases.services.conditions).

    `code` by kind: consent: call, text, email, night; opt-out: a channel, or "" for every one; inconvenient place:
    home, workplace, other; flag: a flag of cases.policy; notice: outsourcing_notice, validation_notice, email_notice,
    number_check; inconvenient time: "" with `days`, `starts`, `ends`, `outside`.

    Opt-outs, times, places and the flags of cases.services.conditions.PERSONAL are the person's: they hold at every
    creditor of the installation. Consents, notices and the other flags hold for this borrower file alone.
    """

    class Kind(models.TextChoices):
        CONSENT = "consent", _("consent")
        OPT_OUT = "opt_out", _("opt-out")
        TIME = "time", _("inconvenient time")
        PLACE = "place", _("inconvenient place")
        FLAG = "flag", _("flag")
        NOTICE = "notice", _("notice")

    class Source(models.TextChoices):
        CALL = "call", _("call")
        REPLY = "reply", _("reply to a message")
        PROVIDER = "provider", _("report of a provider")
        LETTER = "letter", _("letter")
        STAFF = "staff", _("entered by staff")

    borrower = models.ForeignKey(
        Borrower, models.PROTECT, related_name="contact_conditions", verbose_name=_("borrower")
    )
    person_key = models.CharField(max_length=64, editable=False)
    contact = models.ForeignKey(
        ContactRecord, models.PROTECT, null=True, blank=True, related_name="conditions", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    code = models.CharField(_("of what"), max_length=30, blank=True)
    # The one number or address that is meant; "" for all.
    to = models.CharField(_("number or address"), max_length=300, blank=True)
    # Account numbers that a consent covers; empty for all.
    loans = models.JSONField(_("loans"), default=list, blank=True)
    # An inconvenient time, as in cases.policy.TimeWindow: 0 = Monday; `outside`: all of these days except the span.
    days = models.JSONField(_("days of the week"), default=list, blank=True)
    starts = models.TimeField(_("from"), null=True, blank=True)
    ends = models.TimeField(_("to"), null=True, blank=True)
    outside = models.BooleanField(_("all but this span"), default=False)
    words = models.CharField(_("in whose words"), max_length=300, blank=True)
    proof = models.CharField(_("proof"), max_length=200, blank=True, help_text=_("Recording, letter or message."))
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("ended by"),
    )
    end_reason = models.CharField(_("why it ended"), max_length=300, blank=True)

    objects = ConditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("condition of contact")
        verbose_name_plural = _("conditions of contact")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="time") | Q(starts__isnull=False, ends__isnull=False), name="condition_time_has_span"
            ),
            models.CheckConstraint(
                condition=~Q(kind="opt_out") | ~Q(code="", to=""), name="condition_opt_out_names_something"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["time", "opt_out"]) | ~Q(code=""), name="condition_says_of_what"
            ),
        ]
        indexes = [
            models.Index(fields=["person_key"], condition=Q(ended_at__isnull=True), name="condition_standing"),
        ]
        permissions = [("end_flag", _("Can end flags that stop contact"))]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}".strip()
