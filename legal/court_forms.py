"""What is filled in when papers of a court come in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from cases.filters import dressed
from legal.models import CourtPaper

MOST_FILES = 100


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """One or more files; what each of them is, the service says by its content."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(_("At most %(count)d files at a time."), params={"count": MOST_FILES})
        return [super(ManyFilesField, self).clean(one, initial) for one in given]


class CourtPaperForm(forms.Form):
    """Papers as they came from a court, one or many; `today` is the reader's."""

    papers = ManyFilesField(
        label=_("Files"),
        help_text=_("PDF, PNG or JPEG, at most 10 MB each; up to 100 at a time."),
        widget=ManyFilesInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )
    received_on = forms.DateField(
        label=_("Received on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("as it says itself")), *CourtPaper.Kind.choices]
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"received_on": today}
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["received_on"].widget.attrs["max"] = today.isoformat()
        dressed(self)

    def clean_received_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["received_on"]
        if day > self.today:
            raise forms.ValidationError(_("That day is still ahead."))
        return day


class AssignPaperForm(forms.Form):
    """Which matter a waiting paper belongs to, by our case number or by the court's; what it is."""

    number = forms.CharField(max_length=100, label=_("Case number, ours or the court's"))
    kind = forms.ChoiceField(required=False, choices=[("", ""), *CourtPaper.Kind.choices])
