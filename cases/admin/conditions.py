"""Conditions of contact, to look at only: they are recorded and ended from the case."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from borrowers.admin.base import CreditorFilter, ReadOnlyAdmin
from borrowers.identity import mask_address
from cases.models import ContactCondition


@admin.register(ContactCondition)
class ContactConditionAdmin(ReadOnlyAdmin):
    creditor_path = "borrower__creditor"
    list_display = ("borrower", "kind", "code", "masked_to", "words", "source", "since", "until", "ended_at")
    list_filter = ("kind", "source", ("borrower__creditor", CreditorFilter))
    list_select_related = ("borrower",)
    search_fields = ("borrower__ref__exact",)
    search_help_text = _("Borrower's reference in full")
    date_hierarchy = "since"
    fields = (
        "borrower", "kind", "code", "masked_to", "loans", "days", "starts", "ends", "outside", "words", "proof",
        "source", "since", "until", "recorded_by", "recorded_at", "ended_at", "ended_by", "end_reason",
    )  # fmt: skip

    @admin.display(description=_("to"))
    def masked_to(self, row: ContactCondition) -> str:
        return mask_address(row.to)
