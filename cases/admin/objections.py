"""Objections, to look at only: they are taken down and answered on their own page."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from borrowers.admin.base import CreditorFilter, ReadOnlyAdmin, ReadOnlyInline
from cases.models import Objection, ObjectionEvidence


class EvidenceInline(ReadOnlyInline, admin.TabularInline):
    model = ObjectionEvidence
    fields = ("item", "document", "on", "note", "added_by", "added_at")


@admin.register(Objection)
class ObjectionAdmin(ReadOnlyAdmin):
    creditor_path = "case__creditor"
    list_display = (
        "number", "case", "family", "topic", "state", "received_on", "due_on", "extensions", "owner", "closed_on",
        "answered_by",
    )  # fmt: skip
    list_filter = ("state", "family", "topic", "channel", ("case__creditor", CreditorFilter))
    list_select_related = ("case", "owner", "answered_by")
    search_fields = ("number__exact", "case__case_no__exact")
    search_help_text = _("Number of the objection or of the case in full")
    date_hierarchy = "received_on"
    inlines = (EvidenceInline,)
