"""The outbox: a message is a row before it is anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError
from borrowers.models import Borrower, ContactPoint, Creditor, Loan
from borrowers.models.payment import AppendOnlyModel
from cases.models.case import Case
from cases.models.contact import GateDecision
from cases.models.plan import PlanStep
from cases.policy.red_lines import Finding, lint_text, marked_parts
from cases.strategy.placeholders import check_template
from cases.strategy.reasons import reason_words

if TYPE_CHECKING:
    from borrowers.models import User


def red_line_faults(text: str) -> list[ValidationError]:
    """A ValidationError for each reason, with the text and the words marked in it; none for harmless wording."""
    by_reason: dict[tuple[str, str], list[Finding]] = {}
    for finding in lint_text(text):
        by_reason.setdefault((finding.reason, finding.source), []).append(finding)
    return [
        ValidationError(format_html("{} ({}): {}", gettext(reason), source, _marked(text, findings)), code="red_line")
        for (reason, source), findings in by_reason.items()
    ]


def _marked(text: str, findings: list[Finding]) -> SafeString:
    parts = [("<mark>{}</mark>" if is_marked else "{}", part) for part, is_marked in marked_parts(text, findings)]
    return format_html_join("", "{}", ((format_html(shape, part),) for shape, part in parts))


class MessageTemplate(models.Model):
    """Wording of an SMS or e-mail with {placeholders}; a creditor's own goes before the common one."""

    class Channel(models.TextChoices):
        SMS = "sms", _("SMS")
        EMAIL = "email", _("e-mail")

    code = models.CharField(_("code"), max_length=60)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    language = models.CharField(
        _("language"), max_length=10, choices=[("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
    )
    creditor = models.ForeignKey(Creditor, models.PROTECT, null=True, blank=True, verbose_name=_("creditor"))
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    # Where the state approves wordings (China), a provider sends only by the number of the approved one.
    provider_template = models.CharField(
        _("provider's template"),
        max_length=60,
        blank=True,
        help_text=_("Number of the approved wording at the SMS provider, where it asks for one."),
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        ordering = ["code", "language", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "channel", "language", "creditor"], name="template_of_creditor_unique"
            ),
            models.UniqueConstraint(
                fields=["code", "channel", "language"],
                condition=Q(creditor__isnull=True),
                name="template_common_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.language})"

    def clean(self) -> None:
        """ValidationError on the field whose wording names a placeholder that does not exist, or crosses a red line,
        with the words marked; and on one that leaves out how to stop such messages where a law asks for it."""
        faults: dict[str, list[Any]] = {}
        for field, text in (("subject", self.subject), ("body", self.body)):
            try:
                check_template(text, self.channel, field)
            except InputError as error:
                faults.setdefault(field, []).append(error.translated(gettext))
            faults.setdefault(field, []).extend(red_line_faults(text))
        # 12 CFR 1006.6(e): in every message. A common wording may go to anybody; where no law asks it stays empty.
        if "{opt_out}" not in self.body and (self.creditor is None or self.creditor.pack == Creditor.Pack.US_REG_F):
            faults["body"].append(
                gettext("{opt_out} is missing: where the law asks for it, it says how to stop messages.")
            )
        if any(faults.values()):
            raise ValidationError({field: told for field, told in faults.items() if told})


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: User) -> MessageQuerySet:
        """Those of the cases that the person sees; reminders before the due date, which have no case yet, for the
        supervisors of their creditor."""
        if user.is_superuser:
            return self
        allowed = Q(case__in=Case.objects.visible_to(user))
        if user.has_perm("cases.supervise_case"):
            allowed |= Q(case=None, borrower__creditor__in=user.creditors.all())
        return self.filter(allowed)


class Message(models.Model):
    """One SMS or e-mail on its way. States are changed by cases.services.outbox alone, by conditional update."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        UNKNOWN = "unknown", _("unknown")
        CANCELLED = "cancelled", _("cancelled")

    # Unique by (case, step, purpose, day), written as one key so that reminders of loans without a case
    # are held by the same constraint. It is the idempotency key given to the provider as well.
    key = models.CharField(max_length=150, editable=False)
    borrower = models.ForeignKey(
        Borrower, models.PROTECT, related_name="messages", db_index=False, verbose_name=_("borrower")
    )
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("case")
    )
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, blank=True, db_index=False)
    step = models.ForeignKey(PlanStep, models.SET_NULL, null=True, blank=True, db_index=False)
    purpose = models.CharField(_("purpose"), max_length=40)
    day = models.DateField(_("day"))
    channel = models.CharField(_("channel"), max_length=10, choices=MessageTemplate.Channel.choices)
    contact_point = models.ForeignKey(ContactPoint, models.SET_NULL, null=True, blank=True, db_index=False)
    to = models.CharField(_("to"), max_length=300)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    template = models.ForeignKey(MessageTemplate, models.PROTECT, null=True, blank=True, db_index=False)
    # What was filled in, pairs of placeholder and text in the order of the wording: a provider with approved wordings
    # gets these. A list, since PostgreSQL does not keep the order of an object's keys.
    values = models.JSONField(_("filled in"), default=list, blank=True)
    segments = models.PositiveSmallIntegerField(_("segments"), null=True, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=4, null=True, blank=True)
    template_version = models.PositiveIntegerField(_("version of the template"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    # From when it may go: the sweep claims queued messages whose time has come.
    not_before = models.DateTimeField(_("not before"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    provider = models.CharField(_("provider"), max_length=40, blank=True)
    provider_id = models.CharField(_("provider's number"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    queue_decision = models.ForeignKey(
        GateDecision, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    send_decision = models.ForeignKey(
        GateDecision, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    queued_at = models.DateTimeField(_("queued"), auto_now_add=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    # Set just before the provider is called: a claimed message without it certainly never left.
    handed_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    # When the provider told what became of it.
    settled_at = models.DateTimeField(pgettext_lazy("message", "settled"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="message_key_unique"),
            models.CheckConstraint(
                condition=~Q(state__in=["sending", "sent", "delivered"]) | Q(send_decision__isnull=False),
                name="message_leaves_with_decision",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=Q(state="queued"), name="message_due"),
            models.Index(fields=["claimed_at"], condition=Q(state="sending"), name="message_stuck"),
            # What went to a person today, and what can still be stopped.
            models.Index(fields=["borrower", "handed_at"], name="message_borrower"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def reason_text(self) -> str:
        """Why it was cancelled or failed, in the reader's language."""
        return reason_words(self.reason, gettext)


class DevelopmentDelivery(AppendOnlyModel):
    """What the development provider accepted, for staff to read. The real providers never write here."""

    key = models.CharField(max_length=150)
    channel = models.CharField(_("channel"), max_length=10)
    to = models.CharField(_("to"), max_length=300)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    accepted_at = models.DateTimeField(pgettext_lazy("delivery", "accepted"), auto_now_add=True)

    class Meta:
        verbose_name = _("development delivery")
        verbose_name_plural = _("development deliveries")
        ordering = ["-id"]
        # Like a real provider with idempotency keys: the same key is accepted once.
        constraints = [models.UniqueConstraint(fields=["key"], name="development_key_unique")]

    def __str__(self) -> str:
        return self.key
