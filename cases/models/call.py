"""Calls: what a collector has to say by rule, and the calls that were dialled from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError
from borrowers.models import ContactPoint, Creditor
from cases.models.case import Case
from cases.models.contact import ContactRecord, GateDecision
from cases.models.message import red_line_faults
from cases.policy.scripts import check_script

if TYPE_CHECKING:
    from borrowers.models import User


class CallScript(models.Model):
    """What is said on the telephone under one pack in one language to one kind of person.

    `opening` and `closing` hold the mandatory lines (cases.scripts checks them); `guidance` is for the collector alone.
    """

    class Situation(models.TextChoices):
        DEBTOR = "debtor", _("the borrower")
        GUARANTOR = "guarantor", _("a guarantor")
        CONTACT_PERSON = "contact_person", _("a contact person")
        VOICEMAIL = "voicemail", _("a voicemail box")

    pack = models.CharField(_("contact rules"), max_length=20, choices=Creditor.Pack.choices)
    language = models.CharField(
        _("language"), max_length=10, choices=[("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
    )
    situation = models.CharField(_("who answers"), max_length=20, choices=Situation.choices)
    creditor = models.ForeignKey(Creditor, models.PROTECT, null=True, blank=True, verbose_name=_("creditor"))
    opening = models.TextField(_("opening"))
    guidance = models.TextField(_("guidance"), blank=True)
    closing = models.TextField(_("closing"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("call script")
        verbose_name_plural = _("call scripts")
        ordering = ["pack", "language", "situation", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pack", "language", "situation", "creditor"], name="script_of_creditor_unique"
            ),
            models.UniqueConstraint(
                fields=["pack", "language", "situation"],
                condition=Q(creditor__isnull=True),
                name="script_common_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pack} {self.situation} ({self.language})"

    def clean(self) -> None:
        """ValidationError on the part that lacks a mandatory line, tells what it may not, or crosses a red line."""
        try:
            check_script(
                pack=self.pack,
                situation=self.situation,
                opening=self.opening,
                guidance=self.guidance,
                closing=self.closing,
            )
        except InputError as error:
            raise ValidationError({error.where: error.translated(gettext)}) from error
        faults = {part: red_line_faults(getattr(self, part)) for part in ("opening", "closing")}
        if any(faults.values()):
            raise ValidationError({part: told for part, told in faults.items() if told})


class DialledCallQuerySet(models.QuerySet["DialledCall"]):
    def visible_to(self, user: User) -> DialledCallQuerySet:
        return self.filter(case__in=Case.objects.visible_to(user))


class DialledCall(models.Model):
    """One call begun from the case page, with the gate's decision before the dial; the contact is logged after it."""

    class Mode(models.TextChoices):
        LINK = "link", _("the desk's own telephone")
        ARI = "ari", _("telephone exchange")

    case = models.ForeignKey(Case, models.PROTECT, related_name="dialled_calls", verbose_name=_("case"))
    contact_point = models.ForeignKey(ContactPoint, models.SET_NULL, null=True, blank=True, db_index=False)
    to = models.CharField(_("to"), max_length=300)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, verbose_name=_("by"))
    decision = models.ForeignKey(GateDecision, models.PROTECT, db_index=False, verbose_name=_("gate decision"))
    mode = models.CharField(_("by"), max_length=10, choices=Mode.choices)
    recording_ref = models.CharField(_("recording"), max_length=200, blank=True)
    # The exchange's own number of the call, and what it told of it.
    call_id = models.CharField(_("number of the call"), max_length=100, blank=True)
    started_at = models.DateTimeField(_("dialled"))
    ringing_at = models.DateTimeField(_("ringing"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    cause = models.CharField(_("cause"), max_length=100, blank=True)
    contact = models.OneToOneField(
        ContactRecord, models.PROTECT, null=True, blank=True, related_name="dialled_call", verbose_name=_("contact")
    )

    objects = DialledCallQuerySet.as_manager()

    class Meta:
        verbose_name = _("dialled call")
        verbose_name_plural = _("dialled calls")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.started_at:%Y-%m-%d %H:%M}"
