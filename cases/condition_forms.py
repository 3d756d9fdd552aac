"""Conditions of contact as a form: the same panel in the call form and alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError
from borrowers.models import ContactPoint, Creditor
from cases.models import ContactCondition
from cases.policy.times_in_words import windows_from_words
from cases.policy.window_words import window_words
from cases.services.conditions import PRESETS, Asks, ConditionRequest, Preset


class ConditionsForm(forms.Form):
    """A check box a preset, and beside it what it asks for. `requests` are what was chosen, once the form is valid."""

    condition = forms.MultipleChoiceField(required=False, choices=[(letter, p.label) for letter, p in PRESETS.items()])

    def __init__(self, *args: Any, creditor: Creditor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.creditor = creditor
        self._asked: list[tuple[Preset, ConditionRequest]] = []
        for preset in PRESETS.values():
            if preset.asks is Asks.UNTIL:
                widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
                self.fields[f"until_{preset.letter}"] = forms.DateField(required=False, widget=widget)
            elif preset.asks is not Asks.NOTHING:
                self.fields[f"words_{preset.letter}"] = forms.CharField(required=False, max_length=300)

    def rows(self) -> list[dict[str, Any]]:
        """What the panel shows, a preset a row."""
        chosen = set(self["condition"].value() or ())
        return [
            {
                "preset": preset,
                "is_chosen": letter in chosen,
                "field": self[_field_of(preset)] if preset.asks is not Asks.NOTHING else None,
                "asks_times": preset.asks is Asks.TIMES,
            }
            for letter, preset in PRESETS.items()
        ]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        self._asked = []
        for letter in given.get("condition", ()):
            preset = PRESETS[letter]
            told = given.get(_field_of(preset)) if preset.asks is not Asks.NOTHING else None
            if preset.required and not told:
                self.add_error(_field_of(preset), _("Say this too: %(hint)s") % {"hint": preset.hint})
            elif preset.asks is Asks.TIMES:
                self._take_times(preset, str(told))
            else:
                self._asked.append((preset, self._request(preset, told)))
        return given

    def requests(self, point: ContactPoint | None) -> list[ConditionRequest]:
        """The conditions to record. ValueError for one about a number where no number was chosen."""
        found = []
        for preset, request in self._asked:
            if preset.of_number:
                if point is None:
                    raise ValueError(_("Choose the number that is meant."))
                found.append(ConditionRequest(request.kind, request.code, to=point.value, words=request.words))
            else:
                found.append(request)
        return found

    def _take_times(self, preset: Preset, words: str) -> None:
        try:
            windows = windows_from_words(words)
        except InputError as error:
            self.add_error(_field_of(preset), error.translated(gettext))
            return
        self._asked += [(preset, ConditionRequest(preset.kind, window=window, words=words)) for window in windows]

    def _request(self, preset: Preset, told: Any) -> ConditionRequest:
        if isinstance(told, dt.date):
            # The last day is told: it ends as the next one begins.
            end = dt.datetime.combine(told + dt.timedelta(days=1), dt.time.min, tzinfo=self.creditor.zone)
            return ConditionRequest(preset.kind, preset.code, until=end)
        return ConditionRequest(preset.kind, preset.code, words=str(told or ""))


def understood(words: str) -> tuple[list[str], str]:
    """The times that the words tell of, in plain words, or why they are not understood."""
    try:
        return [window_words(window, gettext) for window in windows_from_words(words)], ""
    except InputError as error:
        return [], error.translated(gettext)


def _field_of(preset: Preset) -> str:
    return f"until_{preset.letter}" if preset.asks is Asks.UNTIL else f"words_{preset.letter}"


class EndForm(forms.Form):
    """Why a condition ends."""

    reason = forms.CharField(max_length=300, label=_("Why does it end?"))


class AloneForm(ConditionsForm):
    """The panel without a call: for a letter, a visitor, a mail to the office."""

    contact_point = forms.ModelChoiceField(
        queryset=ContactPoint.objects.none(), required=False, label=_("About which number"), empty_label="–"
    )
    source = forms.ChoiceField(
        choices=[
            (ContactCondition.Source.STAFF, _("told to us")),
            (ContactCondition.Source.LETTER, _("by letter")),
        ],
        label=_("How we know"),
    )
    proof = forms.CharField(required=False, max_length=200, label=_("Proof (recording, letter, file)"))

    def __init__(self, *args: Any, creditor: Creditor, points: Any, **kwargs: Any) -> None:
        super().__init__(*args, creditor=creditor, **kwargs)
        self.fields["contact_point"].queryset = points  # type: ignore[attr-defined]  # a choice of rows

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not given.get("condition"):
            self.add_error("condition", _("Choose at least one."))
        return given
