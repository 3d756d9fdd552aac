"""What legal staff fill in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from borrowers.models import Creditor, User
from borrowers.services.file_types import MOST_BYTES
from legal.models import LawFirm, Lawyer, LegalPaper, Mandate, Matter
from legal.services.mandates import type_of
from legal.services.matters import LegalRefused


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _helper() -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    return helper


class AssignForm(forms.ModelForm):
    """Firm, lawyer and mandate of a matter; only those that may belong together are offered."""

    class Meta:
        model = Matter
        fields = ["firm", "lawyer", "mandate"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["firm"].required = True
        fields["firm"].queryset = LawFirm.objects.filter(is_active=True)
        fields["lawyer"].queryset = Lawyer.objects.filter(is_active=True, firm__is_active=True).select_related("firm")
        fields["lawyer"].label_from_instance = lambda lawyer: f"{lawyer} ({lawyer.firm})"
        fields["mandate"].queryset = Mandate.objects.filter(creditor=self.instance.case.creditor_id).select_related(
            "firm"
        )
        fields["mandate"].label_from_instance = lambda mandate: f"{mandate} ({mandate.firm})"
        self.helper = _helper()


class DraftForm(forms.ModelForm):
    """A lawyer's letter before anybody has approved it."""

    class Meta:
        model = LegalPaper
        fields = ["language", "pay_by", "remarks"]
        widgets = {
            "language": forms.Select(choices=[("zh-hans", _("Simplified Chinese")), ("en", _("English"))]),
            "pay_by": _day_input(),
            "remarks": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {"remarks": _("Printed as written, below the facts; leave it empty when nothing is to be added.")}

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["pay_by"].widget.attrs["min"] = (today + dt.timedelta(days=1)).isoformat()
        self.helper = _helper()

    def clean_pay_by(self) -> dt.date:
        day: dt.date = self.cleaned_data["pay_by"]
        if day <= self.today:
            raise forms.ValidationError(_("The deadline must lie ahead."))
        return day


class ReasonForm(forms.Form):
    """Why a paper is dropped or a matter withdrawn."""

    reason = forms.CharField(max_length=200, label=_("Reason"))


class MandateForm(forms.ModelForm):
    """A mandate with its signed paper. What the file is, its content says."""

    paper = forms.FileField(
        label=_("Signed paper"),
        help_text=_("PDF, PNG or JPEG, at most 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )

    class Meta:
        model = Mandate
        fields = ["creditor", "firm", "reference", "valid_from", "valid_until"]
        widgets = {"valid_from": _day_input(), "valid_until": _day_input()}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["creditor"].queryset = Creditor.objects.visible_to(user).filter(is_active=True)
        fields["firm"].queryset = LawFirm.objects.filter(is_active=True)
        self.helper = _helper()

    def clean_paper(self) -> UploadedFile:
        paper: UploadedFile = self.cleaned_data["paper"]
        if paper.size is None or paper.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        try:
            type_of(paper.read(16))
        except LegalRefused as refused:
            raise forms.ValidationError(str(refused)) from refused
        paper.seek(0)
        return paper
