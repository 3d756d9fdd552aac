"""The forms of the placement pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from borrowers.intake.load import ALL_OR_NOTHING, GOOD_ROWS
from borrowers.models import Creditor, PaymentSource, Placement, User

MOST_BYTES = 500_000_000
MOST_BYTES_OF_PAYMENTS = 50_000_000


def not_larger(file: UploadedFile, most: int) -> UploadedFile:
    if (file.size or 0) > most:
        raise ValidationError(_("The file is larger than %(most)s MB."), params={"most": most // 1_000_000})
    return file


class UploadForm(forms.Form):
    creditor = forms.ModelChoiceField(Creditor.objects.none(), label=_("Creditor"), empty_label=None)
    kind = forms.ChoiceField(label=_("What it holds"), choices=Placement.Kind.choices)
    file = forms.FileField(
        label=_("File"),
        help_text=_("A zip of CSV files or an xlsx workbook; payments also as one CSV file."),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,.xlsx,.csv"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["creditor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Creditor.objects.visible_to(user).filter(is_active=True)

    def clean_file(self) -> UploadedFile:
        return not_larger(self.cleaned_data["file"], MOST_BYTES)


class PaymentFileForm(forms.Form):
    source = forms.ModelChoiceField(PaymentSource.objects.none(), label=_("Source"), empty_label=None)
    file = forms.FileField(
        label=_("File"),
        help_text=_("A CSV file or an xlsx workbook with one sheet."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["source"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = PaymentSource.objects.visible_to(user).select_related("creditor")

    def clean_file(self) -> UploadedFile:
        return not_larger(self.cleaned_data["file"], MOST_BYTES_OF_PAYMENTS)


class LoadForm(forms.Form):
    accept = forms.ChoiceField(
        choices=[
            (GOOD_ROWS, _("Load the good rows, leave out the refused ones")),
            (ALL_OR_NOTHING, _("Load all or nothing")),
        ],
        initial=GOOD_ROWS,
    )
