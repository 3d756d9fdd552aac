"""Holds as a form: for what, until when."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError
from cases.forms import day_input
from cases.models import HoldKind
from cases.policy.hold_limits import HoldLimit, hold_end, hold_limits


def hold_choices(pack: str) -> list[tuple[str, Any]]:
    """The kinds that are offered where that pack holds, each with how long it lasts at most."""
    return [(limit.kind, _words(limit)) for limit in hold_limits().values() if limit.is_offered(pack)]


def _words(limit: HoldLimit) -> Any:
    label = HoldKind(limit.kind).label
    if limit.max_days is None:
        return format_lazy("{} ({})", label, _("until released"))
    return format_lazy("{} ({} {})", label, limit.max_days, _("days at most"))


class HoldForm(forms.Form):
    """A hold that begins on the day `on`, or another end for one that is on."""

    kind = forms.ChoiceField(label=pgettext_lazy("hold", "For"))
    until = forms.DateField(
        required=False, widget=day_input(), label=_("Until"), help_text=_("The day on which it is over.")
    )
    event_on = forms.DateField(
        required=False,
        widget=day_input(),
        label=_("The treatment ended on"),
        help_text=_("Of a mental-health crisis: the hold is over 30 days later. Leave both empty while it lasts."),
    )
    reason = forms.CharField(max_length=200, widget=forms.Textarea(attrs={"rows": 2}), label=_("Reason"))

    def __init__(self, *args: Any, pack: str, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pack, self.on = pack, on
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = hold_choices(pack)
        self.fields["until"].widget.attrs["min"] = (on + dt.timedelta(days=1)).isoformat()
        if not any(limit.days_after and limit.is_offered(pack) for limit in hold_limits().values()):
            del self.fields["event_on"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return given
        try:
            hold_end(given["kind"], self.pack, self.on, given["until"], given.get("event_on"))
        except InputError as refused:
            self.add_error(refused.where if refused.where in self.fields else None, refused.translated(gettext))
        return given
