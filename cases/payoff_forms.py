"""For which loan and which day the payoff is asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError
from borrowers.models import Loan
from borrowers.rules.payoff import Payoff
from borrowers.services.account import payoff_quote
from cases.forms import day_input
from cases.models import Case

# Nobody is told today what closing costs in a later year.
MOST_DAYS = 366


class PayoffForm(forms.Form):
    """`quote` is what closing costs, once the form is valid."""

    loan = forms.ModelChoiceField(queryset=Loan.objects.none(), label=_("Loan"), empty_label=None)
    on = forms.DateField(label=_("Paid on"), widget=day_input())

    def __init__(self, *args: Any, case: Case, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.quote: Payoff | None = None
        loans = self.fields["loan"]
        assert isinstance(loans, forms.ModelChoiceField)
        loans.queryset = case.loans.filter(status=Loan.Status.OPEN).order_by("account_no")
        self.fields["on"].initial = today
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True  # it changes nothing
        self.helper.layout = Layout(Div("loan", "on", css_class="fields"))

    def clean_on(self) -> dt.date:
        on: dt.date = self.cleaned_data["on"]
        if not self.today <= on <= self.today + dt.timedelta(days=MOST_DAYS):
            raise forms.ValidationError(_("A day from today on, within a year, please."))
        return on

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.quote = payoff_quote(loan=given["loan"], on=given["on"])
            except InputError as refused:
                self.add_error(refused.where if refused.where in self.fields else None, refused.translated(gettext))
        return given
