"""Which results are counted, and how they are grouped."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.filters import DAY_FIELD, dressed


class ResultsForm(forms.Form):
    """By court or firm, decided in a period, payments up to the cut-off; without one: today."""

    by = forms.ChoiceField(
        required=False, choices=[("court", _("court")), ("firm", _("law firm"))], label=pgettext_lazy("grouped", "By")
    )
    since = forms.DateField(required=False, label=_("Decided from"), widget=DAY_FIELD)
    until = forms.DateField(required=False, label=_("Until"), widget=DAY_FIELD)
    per = forms.ChoiceField(
        required=False,
        choices=[("", _("all together")), ("year", _("year")), ("quarter", _("quarter")), ("month", _("month"))],
        label=_("Per"),
    )
    cut_off = forms.DateField(required=False, label=_("Payments up to"), widget=DAY_FIELD)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        dressed(self)

    def told(self) -> dict[str, Any]:
        """What was asked for; what was not, or is wrong, in its usual way."""
        data = self.cleaned_data if self.is_valid() else {}
        return {
            "by": data.get("by") or "court",
            "per": data.get("per") or "",
            "since": data.get("since"),
            "until": data.get("until"),
            "cut_off": data.get("cut_off") or self.today,
        }
