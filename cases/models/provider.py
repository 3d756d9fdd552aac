"""What is known of the providers that carry messages: their parts and reports, their pace and their health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.message import Message

if TYPE_CHECKING:
    from borrowers.models import User


class MessagePart(models.Model):
    """One number that a provider gave to a message or to a part of it; a report names it."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField(_("part"), default=1)
    provider = models.CharField(_("provider"), max_length=40)
    provider_id = models.CharField(_("provider's number"), max_length=100)
    # What the provider last told of this part: a state of Message, or "" while nothing came.
    state = models.CharField(_("state"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("part of a message")
        verbose_name_plural = _("parts of messages")
        ordering = ["message_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_id"], name="provider_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_id}"


class ProviderEventQuerySet(models.QuerySet["ProviderEvent"]):
    def visible_to(self, user: User) -> ProviderEventQuerySet:
        """For supervisors: reports of messages that they see, and those that match nothing, which are nobody's."""
        if not user.has_perm("cases.supervise_case"):
            return self.none()
        nobodys = Q(message=None, result__in=[ProviderEvent.Result.UNMATCHED, ProviderEvent.Result.FAULTY])
        return self.filter(nobodys | Q(message__in=Message.objects.visible_to(user)))


class ProviderEvent(models.Model):
    """What a provider reported: a receipt, a bounce, a reply. Stored first, acted on after; each once."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("delivery receipt")
        REPLY = "reply", _("reply")

    class Result(models.TextChoices):
        WAITING = "", _("waiting")
        DONE = "done", _("done")
        UNMATCHED = "unmatched", _("matches nothing")
        FAULTY = "faulty", _("cannot be read")

    provider = models.CharField(_("provider"), max_length=40)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    # The provider's own number of this report, or a digest of it: the same report again is not stored again.
    event_id = models.CharField(_("number of the report"), max_length=150)
    # Receipts: the message's number at the provider, or our own key where the provider echoes it.
    provider_id = models.CharField(_("provider's number"), max_length=100, blank=True)
    message_key = models.CharField(max_length=150, blank=True)
    # Receipts: delivered, failed, expired, unknown; with the provider's own code and words.
    state = models.CharField(_("state"), max_length=10, blank=True)
    code = models.CharField(_("provider's code"), max_length=60, blank=True)
    # The recipient itself is the trouble: number not in service, mailbox unknown, complaint.
    bad_address = models.BooleanField(_("bad number or address"), default=False)
    # Replies: from whom to which of our numbers, and the text.
    channel = models.CharField(_("channel"), max_length=10, blank=True)
    sender = models.CharField(_("from"), max_length=300, blank=True)
    recipient = models.CharField(_("to"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    at = models.DateTimeField(_("at"))
    raw = models.JSONField(_("as received"), default=dict, blank=True)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="events", verbose_name=_("message")
    )
    result = models.CharField(_("result"), max_length=10, choices=Result.choices, blank=True, default=Result.WAITING)
    note = models.CharField(_("note"), max_length=300, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    objects = ProviderEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("report of a provider")
        verbose_name_plural = _("reports of providers")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")]
        indexes = [models.Index(fields=["id"], condition=Q(result=""), name="provider_event_waiting")]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.event_id}"


class ProviderState(models.Model):
    """Pace and health of one provider, shared by all workers: a bucket of tokens and a circuit breaker.

    `tokens` are messages that may go at once, as of `refilled_at`. After `failures` passing errors in a row the circuit
    is open until `open_until`; then one message is tried.
    """

    name = models.CharField(_("provider"), max_length=40, primary_key=True)
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField()
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    open_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
