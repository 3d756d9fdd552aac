"""Which issued papers are downloaded, and as what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from borrowers.models import Creditor, User
from cases.filters import ANY, DAY_FIELD, dressed
from legal.desk_forms import creditors_of_matters, firms_of_matters
from legal.models import LawFirm, LegalPaper, MatterBatch
from legal.services.bulk_download import Wanted


class WantedForm(forms.Form):
    """Over issued papers: kind, day of issue, batch, creditor, firm, and whether they were taken before."""

    q = forms.CharField(required=False, max_length=100, label=_("Search"))
    kind = forms.ChoiceField(required=False, choices=[("", ANY), *LegalPaper.Kind.choices], label=_("Kind"))
    since = forms.DateField(required=False, label=_("Issued from"), widget=DAY_FIELD)
    until = forms.DateField(required=False, label=_("Until"), widget=DAY_FIELD)
    batch = forms.ModelChoiceField(MatterBatch.objects.none(), required=False, empty_label=ANY, label=_("Batch"))
    creditor = forms.ModelChoiceField(Creditor.objects.none(), required=False, empty_label=ANY, label=_("Creditor"))
    firm = forms.ModelChoiceField(LawFirm.objects.none(), required=False, empty_label=ANY, label=_("Law firm"))
    new = forms.BooleanField(required=False, label=_("Not downloaded yet"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["batch"].queryset = MatterBatch.objects.visible_to(user)
        fields["creditor"].queryset = creditors_of_matters(user)
        fields["firm"].queryset = firms_of_matters(user)
        dressed(self)
        fields["new"].widget.attrs["class"] = "form-check-input"

    def wanted(self) -> Wanted:
        """Of a form that is valid."""
        data = self.cleaned_data
        return Wanted(
            kind=data["kind"],
            issued_from=data["since"],
            issued_until=data["until"],
            batch=data["batch"],
            creditor=data["creditor"],
            firm=data["firm"],
            words=data["q"].strip(),
            only_new=data["new"],
        )
