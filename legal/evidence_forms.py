"""What is filled in about evidence: a paper that is handed in, and a bundle that is made."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from borrowers.models import Document
from borrowers.services.file_types import MOST_BYTES
from cases.filters import dressed
from legal.models import ExhibitPaper
from legal.models.evidence import LANGUAGES
from legal.services.evidence import EXHIBIT_KINDS

REASON = "reason:"


class ExhibitForm(forms.Form):
    """One paper and what the catalogue says of it. What the file is, its content says."""

    paper = forms.FileField(
        label=_("File"),
        help_text=_("PDF, PNG or JPEG, at most 10 MB, without a password."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind, Document.Kind(kind).label) for kind in EXHIBIT_KINDS])
    name = forms.CharField(label=_("Name in the catalogue"), max_length=200)
    form = forms.ChoiceField(label=_("Form"), choices=ExhibitPaper.Form.choices, initial=ExhibitPaper.Form.COPY)
    source = forms.CharField(label=_("Source"), max_length=200)
    proves = forms.CharField(label=_("What it proves"), max_length=300)
    remarks = forms.CharField(label=_("Remarks"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dressed(self)

    def clean_paper(self) -> UploadedFile:
        paper: UploadedFile = self.cleaned_data["paper"]
        if paper.size is None or paper.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        return paper


class BundleForm(forms.Form):
    """A bundle; which exhibits are left out, and why, stands beside each of them."""

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    cut_off = forms.DateField(
        label=_("Figures as of"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    copies = forms.IntegerField(label=_("Copies"), min_value=1, max_value=50, initial=1)

    def __init__(self, *args: Any, today: dt.date, language: str, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"cut_off": today, "language": language, "copies": 1})
        super().__init__(*args, **kwargs)
        self.fields["cut_off"].widget.attrs["max"] = today.isoformat()
        dressed(self)

    def left_out(self) -> dict[str, str]:
        """Key of each exhibit that is ticked, with the reason given beside it."""
        keys = self.data.getlist("leave_out") if hasattr(self.data, "getlist") else []
        return {key: self.data.get(f"{REASON}{key}", "") for key in keys}
