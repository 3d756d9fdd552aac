"""Arrangements and who may approve them. Who approves does not write the matrix: that is the operator's."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from borrowers.admin.base import CreditorFilter, ReadOnlyAdmin, ReadOnlyInline, ScopedAdmin
from cases.models import ApprovalRule, Arrangement, ArrangementApproval, CasePaper


class ApprovalInline(ReadOnlyInline, admin.TabularInline):
    model = ArrangementApproval
    fields = ("actor", "level", "at")


@admin.register(Arrangement)
class ArrangementAdmin(ReadOnlyAdmin):
    creditor_path = "case__creditor"
    list_display = (
        "case", "loan", "kind", "state", "total", "forgiven_total", "last_due_on", "proposed_on", "proposed_by",
        "needs_level", "needs_people", "active_on", "ended_on",
    )  # fmt: skip
    list_filter = ("state", "kind", ("case__creditor", CreditorFilter))
    list_select_related = ("case", "loan", "proposed_by")
    search_fields = ("case__case_no__exact", "loan__account_no__exact")
    search_help_text = _("Case number or account number in full")
    date_hierarchy = "proposed_on"
    inlines = (ApprovalInline,)


@admin.register(CasePaper)
class CasePaperAdmin(ReadOnlyAdmin):
    creditor_path = "case__creditor"
    list_display = ("number", "kind", "case", "loan", "on", "language", "made_by", "made_at")
    list_filter = ("kind", ("case__creditor", CreditorFilter))
    list_select_related = ("case", "loan", "made_by")
    search_fields = ("number__exact", "case__case_no__exact")
    search_help_text = _("Case number or account number in full")


@admin.register(ApprovalRule)
class ApprovalRuleAdmin(ScopedAdmin):
    common_rows = True
    list_display = (
        "kind", "level", "creditor", "max_discount", "max_months", "max_days", "max_amount", "second_pair_above",
    )  # fmt: skip
    list_filter = ("kind", "level", ("creditor", CreditorFilter))
    list_select_related = ("creditor",)
