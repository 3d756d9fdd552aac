"""The forms of the case page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from borrowers.models import ContactPoint
from cases.models import ContactRecord, Promise
from cases.outcomes import NEXT_ACTIONS, NONPAYMENT_REASONS, OUTCOMES, PROMISE, Outcome

GROUPS = (
    ("debtor", _("The borrower")),
    ("line", _("The line")),
    ("third_party", _("Somebody else")),
)


def day_input(**attrs: str) -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", **attrs}, format="%Y-%m-%d")


class OutcomeSelect(forms.Select):
    """A list of outcomes that tells the page what follows from each: its usual next day, whether a promise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = dt.date.min

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        outcome = OUTCOMES.get(str(value))
        if outcome is not None:
            if outcome.next_days is not None:
                option["attrs"]["data-next-on"] = (self.today + dt.timedelta(days=outcome.next_days)).isoformat()
            option["attrs"]["data-key"] = outcome.key
            option["attrs"]["data-promise"] = "1" if outcome.code == PROMISE else "0"
            option["attrs"]["data-spoke"] = "1" if outcome.is_rpc else "0"
        return option


def _outcome_choices() -> list[Any]:
    """The outcomes of a call by group, each with the key that chooses it."""

    def of(group: str) -> list[tuple[str, Any]]:
        return [(o.code, format_lazy("{}   {}", o.key, o.label)) for o in OUTCOMES.values() if o.group == group]

    return [(label, of(group)) for group, label in GROUPS]


def party_of(outcome: Outcome, point: ContactPoint) -> str:
    """Who was spoken to: what the outcome says goes before whose number it is."""
    if outcome.group == "debtor":
        return ContactRecord.Party.DEBTOR
    if outcome.group == "third_party" and point.owner == ContactPoint.Owner.DEBTOR:
        return ContactRecord.Party.OTHER
    return point.owner


class CallForm(forms.Form):
    """A call as it was made. `points` are the borrower's phones, `refused` those that the gate refuses now."""

    contact_point = forms.ModelChoiceField(
        queryset=ContactPoint.objects.none(), widget=forms.RadioSelect, empty_label=None, label=_("Number")
    )
    direction = forms.ChoiceField(
        choices=[("out", _("We called")), ("in", _("They called us"))],
        initial="out",
        widget=forms.Select(attrs={"class": "form-select"}),
        label=_("Direction"),
    )
    outcome = forms.ChoiceField(widget=OutcomeSelect(attrs={"size": 11}), label=_("Outcome"))
    nonpayment_reason = forms.ChoiceField(required=False, label=_("Reason for not paying"))
    promise_amount = forms.DecimalField(
        required=False, min_value=0, max_digits=14, decimal_places=2, label=_("Promised sum")
    )
    promise_due_on = forms.DateField(required=False, widget=day_input(), label=_("Promised for"))
    promise_means = forms.ChoiceField(required=False, choices=Promise.Means.choices, label=_("By"))
    notes = forms.CharField(
        required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), label=_("What was said")
    )
    next_action = forms.ChoiceField(required=False, label=_("Next action"))
    next_action_on = forms.DateField(required=False, widget=day_input(), label=_("On"))
    breach = forms.BooleanField(
        required=False, label=_("The call was made in spite of the refusal; I record it as a breach")
    )

    def __init__(
        self, *args: Any, points: list[ContactPoint], refused: set[int], today: dt.date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.refused, self.today = refused, today
        fields: dict[str, Any] = self.fields
        fields["contact_point"].queryset = ContactPoint.objects.filter(pk__in=[point.pk for point in points])
        fields["outcome"].choices = _outcome_choices()
        fields["outcome"].widget.today = today
        fields["nonpayment_reason"].choices = [("", "–"), *NONPAYMENT_REASONS.items()]
        fields["next_action"].choices = [("", "–"), *NEXT_ACTIONS.items()]
        fields["promise_due_on"].widget.attrs["min"] = today.isoformat()
        fields["next_action_on"].widget.attrs["min"] = today.isoformat()
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            Div("promise_amount", "promise_due_on", "promise_means", css_class="call-row", data_promise_part="1"),
            "notes",
            Div("nonpayment_reason", data_reason_part="1"),
            Div("next_action", "next_action_on", css_class="call-row"),
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("outcome") == PROMISE:
            for name in ("promise_amount", "promise_due_on"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("A promise needs its sum and its day."))
        else:
            data.update(promise_amount=None, promise_due_on=None, promise_means="")
        point = data.get("contact_point")
        if point is not None and "outcome" in data:
            data["party"] = party_of(OUTCOMES[data["outcome"]], point)
        if point is not None and point.pk in self.refused and data.get("direction") == "out" and not data.get("breach"):
            self.add_error(
                "breach", _("The gate refuses this number now. Confirm that the call was made all the same.")
            )
        return data


class MoveForm(forms.Form):
    """Why a case changes its stage."""

    reason = forms.CharField(max_length=200, widget=forms.Textarea(attrs={"rows": 2}), label=_("Reason"))

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_reason


class SkipForm(forms.Form):
    """Why a step is passed over."""

    reason = forms.CharField(max_length=200, label=_("Reason"))
