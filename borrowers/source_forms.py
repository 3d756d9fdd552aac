"""Which column of a bank's file means what, as a form."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from borrowers.forms import MOST_BYTES_OF_PAYMENTS, not_larger
from borrowers.models import Creditor, PaymentSource, User
from borrowers.services.payment_lines import FIELDS, REQUIRED
from borrowers.services.payment_sources import DATE_FORMS, Sample, guess_columns, guess_date_form, sample_from_text

LABELS = {
    "amount": _("Amount"),
    "paid_on": _("Paid on"),
    "payment_no": _("Number of the payment"),
    "reference": _("Reference"),
    "payer_name": _("Payer"),
    "payer_account": _("Payer's account"),
}
_EXAMPLE = dt.datetime(2026, 11, 23, 14, 5, 9)  # noqa: DTZ001 - shows a form, is no instant


class PaymentSourceForm(forms.Form):
    """`sample_text` carries the first rows of the sample from one look to the next; `file` brings a new one."""

    creditor = forms.ModelChoiceField(Creditor.objects.none(), label=_("Creditor"), empty_label=None)
    name = forms.CharField(
        label=pgettext_lazy("thing", "Name"), max_length=60, help_text=_("Such as the bank and the account.")
    )
    method = forms.CharField(
        label=_("Method"), max_length=40, required=False, help_text=_("Kept with each payment, such as transfer.")
    )
    file = forms.FileField(
        label=_("Sample"),
        required=False,
        help_text=_("A file of this source; only its first rows are looked at, and nothing of it is kept."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    date_format = forms.ChoiceField(label=_("Form of dates"))
    sample_text = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, source: PaymentSource | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = source
        creditor = self.fields["creditor"]
        assert isinstance(creditor, forms.ModelChoiceField)
        creditor.queryset = Creditor.objects.visible_to(user)
        self.known = dict(source.mapping) if source is not None else {}
        if source is not None:
            creditor.queryset = creditor.queryset.filter(pk=source.creditor_id)
            known = {"creditor": source.creditor_id, "name": source.name, "method": source.method}
            self.initial = {**self.initial, **known}
        self.sample = sample_from_text(self.data.get("sample_text", ""))
        forms_of_dates = list(DATE_FORMS)
        if source is not None and source.date_format not in forms_of_dates:
            forms_of_dates.insert(0, source.date_format)
        self.fields["date_format"] = forms.ChoiceField(
            label=_("Form of dates"),
            required=False,
            choices=[(form, _EXAMPLE.strftime(form)) for form in forms_of_dates],
        )
        self.initial["date_format"] = source.date_format if source is not None else DATE_FORMS[0]
        self._offer_columns()

    def _offer_columns(self) -> None:
        """A choice of the sample's columns for each of our fields; without a sample, of those chosen so far."""
        columns = [name for name in (self.sample.header if self.sample else self.known.values()) if name]
        for field in FIELDS:
            none = "" if field in REQUIRED else _("not in these files")
            choice = self.fields.setdefault(f"column_{field}", forms.ChoiceField(label=LABELS[field], required=False))
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = [("", none), *((name, name) for name in columns)]
            self.initial[f"column_{field}"] = self.known.get(field, "")

    def take_sample(self, sample: Sample) -> None:
        """Look at a new sample: its columns are offered, guessed where the choice so far is not among them."""
        self.sample = sample
        given = QueryDict(mutable=True)
        given.update({name: str(value) for name, value in self.data.items()})
        given["sample_text"] = sample.as_text()
        guessed = guess_columns(sample.header)
        lower = {name.lower(): name for name in sample.header}
        for field in FIELDS:
            chosen = str(given.get(f"column_{field}") or self.known.get(field, "")).strip().lower()
            given[f"column_{field}"] = lower.get(chosen) or guessed.get(field, "")
        form = guess_date_form(sample, str(given["column_paid_on"]))
        if form:
            given["date_format"] = form
        self.data = given
        self._offer_columns()
        self.full_clean()

    def clean_file(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["file"]
        return not_larger(file, MOST_BYTES_OF_PAYMENTS) if file else None

    def clean_date_format(self) -> str:
        """The first look at a file does not ask for it."""
        return self.cleaned_data["date_format"] or str(self.initial["date_format"])

    @property
    def columns(self) -> list[forms.BoundField]:
        return [self[f"column_{field}"] for field in FIELDS]

    @property
    def mapping(self) -> dict[str, str]:
        """Our field → its column, as chosen."""
        return {field: self.cleaned_data.get(f"column_{field}", "") for field in FIELDS}
