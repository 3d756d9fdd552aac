"""What is asked of the figures of a matter, and what people record for limitation and deadlines."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from borrowers.models import Loan, User
from borrowers.services.file_types import MOST_BYTES
from cases.filters import dressed
from legal.models import LimitationEvent, Preservation
from legal.rules.claim import ALL, DUE


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class ClaimForm(forms.Form):
    """Up to when, and whether all principal is claimed."""

    cut_off = _day(label=_("Up to"))
    scope = forms.ChoiceField(
        label=pgettext_lazy("scope", "Claimed"), choices=[(DUE, _("what is due")), (ALL, _("everything, declared due"))]
    )
    preserve = forms.BooleanField(label=_("with the fee for preservation"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dressed(self)
        self.fields["preserve"].widget.attrs["class"] = "form-check-input"


class RecordForm(forms.Form):
    """One event of one loan, with its proof."""

    loan = forms.ModelChoiceField(queryset=Loan.objects.none(), label=_("Loan"), empty_label=None)
    kind = forms.ChoiceField(label=_("What happened"), choices=LimitationEvent.Kind.choices)
    on = _day(label=_("On"))
    until = _day(label=_("Until, of a suspension or an agreed guarantee"), required=False)
    note = forms.CharField(label=_("Note"), max_length=300)
    proof = forms.FileField(
        label=_("Proof"),
        required=False,
        help_text=_("PDF, PNG or JPEG, at most 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )

    def __init__(self, *args: Any, loans: list[Loan], today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["loan"]
        field.queryset = Loan.objects.filter(pk__in=[loan.pk for loan in loans]).select_related("creditor", "borrower")
        self.fields["on"].widget.attrs["max"] = today.isoformat()
        dressed(self)

    def clean_proof(self) -> UploadedFile | None:
        proof: UploadedFile | None = self.cleaned_data["proof"]
        if proof is not None and (proof.size is None or proof.size > MOST_BYTES):
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        return proof


class DeadlineForm(forms.Form):
    """One by hand; `people` are those who may own it."""

    title = forms.CharField(label=_("What"), max_length=200)
    due_on = _day(label=_("Due on"))
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, label=_("Whose"), empty_label=pgettext_lazy("owner", "mine")
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["owner"]
        field.queryset = people
        dressed(self)


class PreservationForm(forms.Form):
    """What a court holds."""

    asset = forms.ChoiceField(label=_("What kind"), choices=Preservation.Asset.choices)
    what = forms.CharField(label=pgettext_lazy("property", "What"), max_length=200)
    amount = forms.DecimalField(
        label=pgettext_lazy("sum", "Up to"), max_digits=16, decimal_places=2, min_value=0, required=False
    )
    since = _day(label=_("Preserved since"))
    until = _day(label=_("Until, as ruled"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dressed(self)


class RenewForm(forms.Form):
    """From when a preservation was renewed, and until when where the ruling says so."""

    since = _day(label=_("From"))
    until = _day(label=_("Until, as ruled"), required=False)
