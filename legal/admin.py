"""Law firms, lawyers, mandates; matters and papers to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from borrowers.admin.base import CreditorFilter, ReadOnlyAdmin, ScopedAdmin
from borrowers.models import Document
from legal.models import LawFirm, Lawyer, LegalPaper, Mandate, Matter


@admin.register(LawFirm)
class LawFirmAdmin(ScopedAdmin):
    creditor_path = ""
    list_display = ("name", "licence_no", "phone", "email", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name__icontains",)


@admin.register(Lawyer)
class LawyerAdmin(ScopedAdmin):
    """A lawyer belongs to a firm, not to a creditor; the account is one of those the person may see."""

    creditor_path = ""
    list_display = ("name", "firm", "licence_no", "user", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("firm", "user")
    search_fields = ("name__istartswith", "licence_no__exact")
    autocomplete_fields = ("firm",)


@admin.register(Mandate)
class MandateAdmin(ScopedAdmin):
    list_display = ("reference", "creditor", "firm", "valid_from", "valid_until")
    list_filter = (("creditor", CreditorFilter),)
    list_select_related = ("creditor", "firm")
    search_fields = ("reference__exact", "firm__name__icontains")
    autocomplete_fields = ("creditor", "firm")
    raw_id_fields = ("document",)

    def get_field_queryset(self, db: str | None, db_field: Any, request: Any) -> QuerySet[Any] | None:
        if db_field.name == "document":
            own = Document.objects.filter(kind=Document.Kind.MANDATE)
            user = request.user
            return own if user.is_superuser else own.filter(creditor__in=user.creditors.all())
        return super().get_field_queryset(db, db_field, request)


@admin.register(Matter)
class MatterAdmin(ReadOnlyAdmin):
    list_display = ("case", "state", "firm", "lawyer", "mandate", "opened_on", "opened_by")
    list_filter = ("state", ("case__creditor", CreditorFilter))
    list_select_related = ("case", "firm", "lawyer", "mandate", "opened_by")
    search_fields = ("case__case_no__exact", "case__borrower__ref__exact")
    search_help_text = _("Case number or reference in full")


@admin.register(LegalPaper)
class LegalPaperAdmin(ReadOnlyAdmin):
    list_display = ("matter", "kind", "state", "language", "pay_by", "drafted_by", "approved_by", "letter")
    list_filter = ("state", ("matter__case__creditor", CreditorFilter))
    list_select_related = ("matter__case", "drafted_by", "approved_by", "letter")
    search_fields = ("matter__case__case_no__exact", "letter__number__exact")
    search_help_text = _("Case number or letter number in full")
