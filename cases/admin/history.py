"""What happened: letters, messages, contacts, decisions, promises, plans, assessments, days. To look at only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from borrowers.admin.base import CreditorFilter, ReadOnlyAdmin, ReadOnlyInline
from borrowers.identity import mask_address
from cases.models import (
    ContactRecord,
    ContactSeal,
    DayRun,
    GateDecision,
    Letter,
    Message,
    Plan,
    PlanStep,
    Promise,
    RiskRecord,
)
from cases.outcomes import OUTCOMES
from cases.services.contact_gate import decision_words, warning_words
from cases.services.rule_words import rule_of, source_of

_FULL = _("Case number or reference in full")


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    list_display = ("number", "kind", "creditor", "case", "amount", "currency", "cut_off", "pay_by", "issued_at", "pdf")
    list_filter = ("kind", ("creditor", CreditorFilter), "year")
    list_select_related = ("creditor", "case")
    search_fields = ("number__exact", "case__case_no__exact")
    search_help_text = _("Letter number or case number in full")
    exclude = ("decision", "step", "document")

    @admin.display(description=_("PDF"))
    def pdf(self, letter: Letter) -> str:
        try:
            address = reverse("cases:letter_download", args=[letter.pk])
        except NoReverseMatch:
            return "–"
        return format_html('<a href="{}">{}</a>', address, _("download"))


class AddressMixin:
    @admin.display(description=_("to"))
    def masked_to(self, row: Any) -> str:
        return mask_address(row.to)


@admin.register(Message)
class MessageAdmin(AddressMixin, ReadOnlyAdmin):
    list_display = ("case", "borrower", "purpose", "day", "channel", "masked_to", "state", "reason", "queued_at")
    list_filter = ("state", "channel", ("borrower__creditor", CreditorFilter))
    list_select_related = ("case", "borrower")
    search_fields = ("case__case_no__exact", "borrower__ref__exact")
    search_help_text = _FULL
    date_hierarchy = "day"
    fields = (
        "borrower", "case", "purpose", "day", "channel", "masked_to", "subject", "body", "template_version", "state",
        "not_before", "attempts", "provider", "provider_id", "reason", "queued_at", "claimed_at", "sent_at",
    )  # fmt: skip


@admin.register(ContactRecord)
class ContactRecordAdmin(AddressMixin, ReadOnlyAdmin):
    list_display = ("at", "case", "channel", "direction", "masked_to", "party", "outcome_words", "is_breach", "actor")
    list_filter = ("is_breach", "channel", "direction", "party", ("borrower__creditor", CreditorFilter))
    list_select_related = ("case", "actor")
    search_fields = ("case__case_no__exact", "borrower__ref__exact")
    search_help_text = _FULL
    date_hierarchy = "at"
    fields = (
        "case", "borrower", "at", "channel", "direction", "masked_to", "party", "outcome_words", "nonpayment_reason",
        "notes", "next_action", "next_action_on", "recording_ref", "is_breach", "actor", "recorded_at", "chain_no",
        "entry_hash",
    )  # fmt: skip

    @admin.display(description=_("outcome"), ordering="outcome")
    def outcome_words(self, contact: ContactRecord) -> str:
        known = OUTCOMES.get(contact.outcome)
        return str(known.label) if known else contact.outcome


@admin.register(ContactSeal)
class ContactSealAdmin(ReadOnlyAdmin):
    list_display = ("creditor", "on", "number", "chains", "entries", "hash", "sealed_at")
    list_filter = (("creditor", CreditorFilter),)
    list_select_related = ("creditor",)
    date_hierarchy = "on"


@admin.register(GateDecision)
class GateDecisionAdmin(ReadOnlyAdmin):
    creditor_path = "borrower__creditor"
    list_display = (
        "at", "borrower", "case", "moment", "channel", "allowed", "rule_words", "next_allowed_at", "override_by",
    )  # fmt: skip
    list_filter = ("allowed", "moment", "channel", ("borrower__creditor", CreditorFilter))
    list_select_related = ("borrower", "case", "override_by")
    search_fields = ("case__case_no__exact", "borrower__ref__exact", "rule__exact")
    search_help_text = _("Case number, reference or rule in full")
    exclude = ("rule", "source", "reason", "reason_code", "reason_params", "warnings")
    readonly_fields = ("rule_words", "source_words", "reason_words", "warning_lines")

    @admin.display(description=_("rule"), ordering="rule")
    def rule_words(self, decision: GateDecision) -> str:
        return rule_of(decision)

    @admin.display(description=_("source"))
    def source_words(self, decision: GateDecision) -> str:
        return source_of(decision)

    @admin.display(description=_("reason"))
    def reason_words(self, decision: GateDecision) -> str:
        return decision_words(decision)

    @admin.display(description=_("warnings"))
    def warning_lines(self, decision: GateDecision) -> str:
        return format_html_join("", "<div>{}</div>", ((line,) for line in warning_words(decision)))


@admin.register(Promise)
class PromiseAdmin(ReadOnlyAdmin):
    creditor_path = "case__creditor"
    list_display = ("case", "amount", "currency", "due_on", "means", "made_on", "paid_amount", "state", "decided_on")
    list_filter = ("state", ("case__creditor", CreditorFilter))
    list_select_related = ("case",)
    search_fields = ("case__case_no__exact", "case__borrower__ref__exact")
    search_help_text = _FULL
    date_hierarchy = "due_on"
    exclude = ("contact",)

    @admin.display(description=_("currency"))
    def currency(self, promise: Promise) -> str:
        return promise.case.currency


class PlanStepInline(ReadOnlyInline, admin.TabularInline):
    model = PlanStep
    fields = ("code", "due_on", "channel", "template_code", "performer", "state", "reason", "done_at", "done_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlanStep]:
        return super().get_queryset(request).select_related("done_by")


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    creditor_path = "case__creditor"
    list_display = ("case", "strategy", "strategy_version", "anchor_on", "revision", "made_on", "revised_on")
    list_filter = (("case__creditor", CreditorFilter),)
    list_select_related = ("case", "strategy")
    search_fields = ("case__case_no__exact", "case__borrower__ref__exact")
    search_help_text = _FULL
    inlines = (PlanStepInline,)


@admin.register(RiskRecord)
class RiskRecordAdmin(ReadOnlyAdmin):
    creditor_path = "case__creditor"
    list_display = ("case", "on", "grade", "willingness_points", "capacity_points", "scorecard")
    list_filter = ("grade", ("case__creditor", CreditorFilter))
    list_select_related = ("case", "scorecard")
    search_fields = ("case__case_no__exact", "case__borrower__ref__exact")
    search_help_text = _FULL


@admin.register(DayRun)
class DayRunAdmin(ReadOnlyAdmin):
    list_display = ("creditor", "on", "phase", "changed", "seconds", "started_at", "finished_at")
    list_filter = (("creditor", CreditorFilter), "phase")
    list_select_related = ("creditor",)
    date_hierarchy = "on"
