"""Creditors, borrowers, placements."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from borrowers.admin.base import CreditorFilter, ReadOnlyAdmin, ReadOnlyInline, ScopedAdmin, staff_of
from borrowers.models import Borrower, ContactPoint, Creditor, Placement, record_event
from borrowers.models.encryption import id_index


@admin.register(Creditor)
class CreditorAdmin(ScopedAdmin):
    list_display = ("code", "name", "kind", "pack", "role", "currency", "time_zone", "aged_on", "is_active")
    list_filter = ("is_active", "kind", "pack", "role")
    search_fields = ("code__istartswith", "name__icontains")
    readonly_fields = ("aged_on",)
    fieldsets = (
        (None, {"fields": ("code", "name", "kind", "is_active", "aged_on")}),
        (_("Rules"), {"fields": ("pack", "role", "time_zone", "language", "messages_a_day")}),
        (_("Agency"), {"fields": ("agency_listed", "agency_reviewed_on")}),
        (
            _("Money"),
            {
                "fields": (
                    "currency",
                    "grace_days",
                    "buckets",
                    "allocation_order",
                    "allocation_across",
                    "payoff_interest",
                    "splits_payments",
                    "promise_tolerance",
                )
            },
        ),
        (_("Letters"), {"fields": ("address", "phone", "email", "complaint_line", "authority", "seal_svg")}),
        (_("Where to pay"), {"fields": ("account_holder", "account_bank", "account_number")}),
    )

    def save_model(self, request: HttpRequest, obj: Creditor, form: ModelForm[Any], change: bool) -> None:
        super().save_model(request, obj, form, change)
        user = staff_of(request)
        if not change and not user.is_superuser:  # whoever makes a creditor must be able to see it
            user.creditors.add(obj)
            record_event(user, "give_creditor", actor=user, field="creditors", new=obj.code)


class ContactPointInline(ReadOnlyInline, admin.TabularInline):
    model = ContactPoint
    fields = ("kind", "masked", "owner", "consent", "preferred", "is_valid", "invalid_reason")
    readonly_fields = fields

    @admin.display(description=_("value"))
    def masked(self, point: ContactPoint) -> str:
        return point.masked_value


@admin.register(Borrower)
class BorrowerAdmin(ReadOnlyAdmin):
    """A search by ID number goes through its keyed hash; the number itself is never shown here."""

    list_display = ("ref", "name", "creditor", "masked_id", "employer", "credit_score", "created_at")
    list_filter = (("creditor", CreditorFilter), "id_type")
    list_select_related = ("creditor",)
    search_fields = ("ref__exact", "name__startswith")
    search_help_text = _("Reference or ID number in full, or the beginning of the name")
    fields = (
        "creditor",
        "ref",
        "name",
        "id_type",
        "masked_id",
        "birth_date",
        "language",
        "time_zone",
        "monthly_income",
        "employer",
        "credit_score",
        "created_at",
    )
    inlines = (ContactPointInline,)

    @admin.display(description=_("ID number"))
    def masked_id(self, borrower: Borrower) -> str:
        return borrower.masked_id_no

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        rows, duplicates = super().get_search_results(request, queryset, search_term)
        if search_term.strip():
            keys = [id_index(kind, search_term) for kind in Borrower.IdType.values]
            rows = rows | queryset.filter(Q(person_key__in=keys))
        return rows, duplicates

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        if lookup.startswith(("id_no", "person_key")):
            return False
        return super().lookup_allowed(lookup, value, request)


@admin.register(Placement)
class PlacementAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "creditor", "kind", "state", "created_by", "created_at", "loaded_at", "page")
    list_filter = (("creditor", CreditorFilter), "kind", "state")
    list_select_related = ("creditor", "created_by")
    search_fields = ("file_name__icontains",)
    date_hierarchy = "created_at"
    fields = (
        "creditor",
        "kind",
        "state",
        "file_name",
        "file_sha256",
        "summary",
        "created_by",
        "created_at",
        "loaded_at",
        "page",
    )

    @admin.display(description=_("rows and refusals"))
    def page(self, placement: Placement) -> str:
        return format_html('<a href="{}">{}</a>', reverse("borrowers:placement", args=[placement.pk]), _("show"))
