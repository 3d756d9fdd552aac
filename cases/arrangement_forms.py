"""An arrangement as a form: what the borrower can afford, and a plan of one's own beside those that are suggested."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError, gettext_noop
from borrowers.models import Loan
from borrowers.rules.arrangements import (
    DEFERRAL,
    INSTALMENTS,
    SETTLEMENT,
    WAIVER,
    Budget,
    Parts,
    Proposal,
    defer,
    forgive,
    in_instalments,
    latest_end,
    settle,
)
from borrowers.rules.months import add_months
from borrowers.services.file_types import MOST_BYTES, type_of
from cases.forms import day_input
from cases.models import Arrangement, Case
from cases.services.arrangements import POLICY, owed_for, suggest

SUGGESTED = "suggested"


def _money(label: Any, **values: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=0, max_digits=12, decimal_places=2, **values)


class ArrangementForm(forms.Form):
    """`suggestions` are the plans that the budget bears; `proposal` is the one that was chosen, once the form is valid
    and a plan was asked for."""

    loan = forms.ModelChoiceField(queryset=Loan.objects.none(), label=_("Loan"), empty_label=None)
    income = _money(_("Income a month"))
    spending = _money(_("Necessary spending a month"))
    other_debts = _money(_("Other debts a month"), required=False)
    first_on = forms.DateField(label=_("First payment on"), widget=day_input())
    reason = forms.CharField(label=_("Why"), max_length=300)
    kind = forms.ChoiceField(
        label=_("A plan of your own"), required=False, choices=[("", "–"), *Arrangement.Kind.choices]
    )
    months = forms.IntegerField(label=_("Months"), min_value=1, max_value=60, required=False)
    discount = forms.DecimalField(
        label=_("Forgiven, per cent"), min_value=0, max_value=99, decimal_places=1, required=False
    )
    penalty = _money(_("Waive penalty interest"), required=False)
    fee = _money(_("Waive fees"), required=False)

    def __init__(self, *args: Any, case: Case, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        loans = case.loans.filter(status=Loan.Status.OPEN).order_by("account_no")
        choices = self.fields["loan"]
        assert isinstance(choices, forms.ModelChoiceField)
        choices.queryset = loans
        self.fields["first_on"].initial = add_months(on, 1)
        self.fields["income"].initial = case.borrower.monthly_income
        self.suggestions: tuple[Proposal, ...] = ()
        self.proposal: Proposal | None = None
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            Div("loan", "income", "spending", "other_debts", "first_on", css_class="fields"),
            "reason",
            Div("kind", "months", "discount", "penalty", "fee", css_class="fields"),
        )

    def budget(self) -> Budget:
        given = self.cleaned_data
        return Budget(given["income"], given["spending"], given.get("other_debts") or Decimal(0))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return given
        if given["first_on"] < self.on:
            self.add_error("first_on", _("It lies in the past."))
            return given
        if given["first_on"] > latest_end(POLICY, self.on):
            self.add_error("first_on", _("It lies too far ahead."))
            return given
        self.suggestions = suggest(loan=given["loan"], budget=self.budget(), on=self.on, first_on=given["first_on"])
        chosen = self.data.get("choose", "")
        try:
            if chosen == "own":
                self.proposal = self._own(given)
            elif chosen.isdecimal() and int(chosen) < len(self.suggestions):
                self.proposal = self.suggestions[int(chosen)]
        except InputError as refused:
            self.add_error(refused.where if refused.where in self.fields else None, refused.translated(gettext))
        return given

    def _own(self, given: dict[str, Any]) -> Proposal:
        """The plan of one's own. InputError where something is missing or too much."""
        kind, loan = given["kind"], given["loan"]
        if not kind:
            raise InputError("kind", gettext_noop("is missing"))
        owed = owed_for(loan=loan, kind=kind, on=self.on)
        if not owed.total:
            raise InputError("kind", gettext_noop("nothing is owed that it could be about"))
        if kind == INSTALMENTS:
            return in_instalments(owed, given["months"] or 1, given["first_on"], loan.currency)
        if kind == SETTLEMENT:
            return settle(owed, given["first_on"], (given["discount"] or Decimal(0)) / 100, loan.currency)
        if kind == WAIVER:
            return forgive(owed, Parts(fee=given["fee"] or Decimal(0), penalty=given["penalty"] or Decimal(0)))
        assert kind == DEFERRAL
        return defer(owed, given["first_on"])


class AcceptForm(forms.Form):
    """How the borrower agreed."""

    recording_ref = forms.CharField(label=_("Reference of the recording"), max_length=100, required=False)
    slip = forms.FileField(label=_("Signed return slip (PDF or picture)"), required=False)

    def clean_slip(self) -> Any:
        slip = self.cleaned_data.get("slip")
        if slip is not None:
            try:
                # By what it holds: name and type are the sender's word.
                slip.content_type, _ending = type_of(slip.read(MOST_BYTES + 1))
            except InputError as refused:
                raise forms.ValidationError(refused.translated(gettext)) from refused
            slip.seek(0)
        return slip


class EndArrangementForm(forms.Form):
    reason = forms.CharField(label=_("Why does it end?"), max_length=300)
