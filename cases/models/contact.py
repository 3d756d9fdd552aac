"""Contacts as they were made, and the gate's decision on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from borrowers.models import Borrower, ContactPoint
from borrowers.models.payment import AppendOnlyModel, AppendOnlyQuerySet
from cases.models.case import Case

if TYPE_CHECKING:
    from borrowers.models import User


class Channel(models.TextChoices):
    PHONE = "phone", _("phone")
    SMS = "sms", _("SMS")
    EMAIL = "email", _("e-mail")
    POST = "post", _("post")
    VISIT = "visit", _("visit")


class GateDecision(AppendOnlyModel):
    """What the contact gate said of one attempt, with its rule and source, for good."""

    class Moment(models.TextChoices):
        DIAL = "dial", _("before the call")
        RECORD = "record", _("on recording")
        QUEUE = "queue", _("on queueing")
        SEND = "send", _("before sending")
        LETTER = "letter", _("on issuing a letter")

    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="gate_decisions", verbose_name=_("borrower"))
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("case"))
    contact_point = models.ForeignKey(
        ContactPoint, models.SET_NULL, null=True, blank=True, db_index=False, verbose_name=_("contact point")
    )
    moment = models.CharField(_("moment"), max_length=10, choices=Moment.choices)
    # The instant that was judged, and how.
    at = models.DateTimeField(_("at"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    party = models.CharField(_("party"), max_length=20)
    allowed = models.BooleanField(_("allowed"))
    rule = models.CharField(_("rule"), max_length=80, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    reason_code = models.CharField(max_length=80, blank=True)
    reason_params = models.JSONField(default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    next_allowed_at = models.DateTimeField(_("allowed from"), null=True, blank=True)
    # The pack lets a supervisor override every rule that refuses.
    overridable = models.BooleanField(_("may be overridden"), default=False)
    warnings = models.JSONField(_("warnings"), default=list, blank=True)
    pack = models.CharField(_("pack"), max_length=20)
    pack_version = models.CharField(_("version"), max_length=20)
    override_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("overridden by")
    )
    override_reason = models.CharField(_("reason of the override"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("gate decision")
        verbose_name_plural = _("gate decisions")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(allowed=True) | ~Q(rule=""), name="refusal_names_its_rule")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.rule or 'allowed'}"


class ContactRecordQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> ContactRecordQuerySet:
        return self.filter(case__in=Case.objects.visible_to(user))


class ContactRecord(AppendOnlyModel):
    """One call, message, letter or visit, with its outcome. A correction is a further record."""

    class Direction(models.TextChoices):
        OUT = "out", _("outgoing")
        IN = "in", _("incoming")

    class Party(models.TextChoices):
        DEBTOR = "debtor", _("borrower")
        GUARANTOR = "guarantor", _("guarantor")
        CONTACT_PERSON = "contact_person", _("contact person")
        OTHER = "other", _("other")

    borrower = models.ForeignKey(
        Borrower, models.PROTECT, related_name="contacts", db_index=False, verbose_name=_("borrower")
    )
    # The person over all creditors: the gate counts by it.
    person_key = models.CharField(max_length=64, editable=False)
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name=_("case")
    )
    loans = models.JSONField(_("loans"), default=list, blank=True)  # account numbers spoken of
    contact_point = models.ForeignKey(ContactPoint, models.SET_NULL, null=True, blank=True, db_index=False)
    at = models.DateTimeField(_("at"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices, default=Direction.OUT)
    to = models.CharField(_("to"), max_length=300, blank=True)
    party = models.CharField(_("party"), max_length=20, choices=Party.choices, default=Party.DEBTOR)
    # A code of cases.outcomes; `gate_outcome` is the calculator's word for it.
    outcome = models.CharField(_("outcome"), max_length=40)
    gate_outcome = models.CharField(max_length=30, editable=False)
    nonpayment_reason = models.CharField(_("reason for non-payment"), max_length=40, blank=True)
    notes = models.TextField(_("what was said"), blank=True)
    next_action = models.CharField(_("next action"), max_length=40, blank=True)
    next_action_on = models.DateField(_("next action on"), null=True, blank=True)
    recording_ref = models.CharField(_("recording"), max_length=200, blank=True)
    decision = models.ForeignKey(
        GateDecision, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("gate decision")
    )
    # Made in spite of a refusal: shown on the supervisors' breach list.
    is_breach = models.BooleanField(_("breach"), default=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("by")
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    # The entry's place in its borrower's chain (cases.contact_hashes), filled in by cases.services.contact_log. What was
    # said has a hash of its own with a salt: both may be emptied by law, and the chain still holds.
    chain_no = models.PositiveIntegerField(_("place in the log"), null=True, editable=False)
    previous_hash = models.CharField(max_length=64, blank=True, editable=False)
    contact_point_no = models.BigIntegerField(null=True, editable=False)  # stays when the contact point goes
    content_salt = models.CharField(max_length=32, blank=True, editable=False)
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    decision_hash = models.CharField(max_length=64, blank=True, editable=False)
    entry_hash = models.CharField("SHA-256", max_length=64, blank=True, editable=False)

    objects = ContactRecordQuerySet.as_manager()  # type: ignore[misc]  # the same, and narrower

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["person_key", "at"], name="contact_person_at")]
        constraints = [models.UniqueConstraint(fields=["borrower", "chain_no"], name="contact_chain_place_unique")]

    def __str__(self) -> str:
        return f"{self.channel} {self.at:%Y-%m-%d %H:%M}"
