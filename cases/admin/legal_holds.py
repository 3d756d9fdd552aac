"""Legal holds: set and lifted here, by services; what was set is never edited."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.admin.base import CreditorFilter, ScopedAdmin, staff_of
from cases.models import LegalHold
from cases.services.legal_holds import PERMISSION, lift_legal_hold, set_legal_hold


class LegalHoldForm(forms.ModelForm):
    """To set one: for whom, why, until when. To lift one: why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "lift_reason" in self.fields:
            self.fields["lift_reason"].required = True

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        borrower, until = given.get("borrower"), given.get("until")
        if borrower is not None and until is not None and until < borrower.creditor.business_date(timezone.now()):
            raise ValidationError({"until": gettext("The last day has passed.")})
        return given


@admin.register(LegalHold)
class LegalHoldAdmin(ScopedAdmin):
    creditor_path = "borrower__creditor"
    form = LegalHoldForm
    list_display = ("borrower", "reason", "until", "set_by", "set_at", "lifted_at")
    list_filter = (("lifted_at", admin.EmptyFieldListFilter), ("borrower__creditor", CreditorFilter))
    list_select_related = ("borrower", "set_by")
    search_fields = ("borrower__ref__exact",)
    search_help_text = _("Borrower's reference in full")
    autocomplete_fields = ("borrower",)

    def get_fields(self, request: HttpRequest, obj: LegalHold | None = None) -> Any:
        if obj is None:
            return ("borrower", "reason", "until")
        return ("borrower", "reason", "until", "set_by", "set_at", "lift_reason", "lifted_by", "lifted_at")

    def get_readonly_fields(self, request: HttpRequest, obj: LegalHold | None = None) -> Any:
        return () if obj is None else ("borrower", "reason", "until", "set_by", "set_at", "lifted_by", "lifted_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff_of(request).has_perm(PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: LegalHold | None = None) -> bool:
        """Only to lift it, once."""
        return staff_of(request).has_perm(PERMISSION) and (obj is None or obj.lifted_at is None)

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:
        given, actor = form.cleaned_data, staff_of(request)
        if change:
            lift_legal_hold(hold=obj, reason=given["lift_reason"], actor=actor)
        else:
            hold = set_legal_hold(borrower=given["borrower"], reason=given["reason"], until=given["until"], actor=actor)
            obj.pk = hold.pk
