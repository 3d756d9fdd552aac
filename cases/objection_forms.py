"""Objections as forms: taking one down, its evidence, its answer with the bookings that correct the ledger."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError
from borrowers.models import Loan, User
from borrowers.models.ledger import Component
from borrowers.services.file_types import MOST_BYTES, type_of
from cases.correction_forms import CHARGED, KINDS, CorrectionForm
from cases.forms import day_input
from cases.letters.content import LANGUAGES
from cases.models import Case, Objection, ObjectionEvidence
from cases.services.objection_answers import MOVES
from cases.services.objection_corrections import Correction, waive_for
from cases.services.objections import WORDS_AT_MOST

WAIVED = "waived"
_FILE_HELP = _("PDF, PNG or JPEG, at most 10 MB.")


def workers_of(case: Case) -> Any:
    """Who may own an objection of the case: its team, and the supervisors of its creditor."""
    among = Q(
        creditors=case.creditor_id,
        groups__permissions__codename="supervise_case",
        groups__permissions__content_type__app_label="cases",
    )
    if case.team_id is not None:
        among |= Q(teams=case.team_id)
    return User.objects.filter(among, is_active=True).distinct().order_by("username")


def _helper(*rows: Any) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.layout = Layout(*rows)
    return helper


def _words(label: Any, rows: int = 4, **values: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=WORDS_AT_MOST, widget=forms.Textarea(attrs={"rows": rows}), **values)


def checked_file(file: UploadedFile | None) -> UploadedFile | None:
    """A PDF or a picture by what it holds. ValidationError else."""
    if file is None:
        return None
    if file.size is None or file.size > MOST_BYTES:
        raise forms.ValidationError(_("The file is larger than 10 MB."))
    try:
        type_of(file.read(16))
    except InputError as refused:
        raise forms.ValidationError(refused.translated(gettext)) from refused
    file.seek(0)
    return file


class PaperField(forms.FileField):
    def __init__(self, **values: Any) -> None:
        widget = forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"})
        super().__init__(widget=widget, help_text=_FILE_HELP, **values)

    def clean(self, data: Any, initial: Any = None) -> Any:
        return checked_file(super().clean(data, initial))


class ObjectionForm(forms.Form):
    """What the borrower contests or complains of, as it came in."""

    family = forms.ChoiceField(label=_("Kind"), choices=Objection.Family.choices)
    topic = forms.ChoiceField(label=pgettext_lazy("topic", "About"), choices=Objection.Topic.choices)
    loan = forms.ModelChoiceField(label=_("Loan"), queryset=Loan.objects.none(), required=False, empty_label=_("all"))
    channel = forms.ChoiceField(label=_("Received by"), choices=Objection.Channel.choices)
    received_on = forms.DateField(label=_("Received on"), widget=day_input())
    owner = forms.ModelChoiceField(
        label=_("Who looks into it"), queryset=User.objects.none(), required=False, empty_label="–"
    )
    words = _words(_("In the borrower's words"))
    paper = PaperField(label=_("Paper handed in"), required=False)

    def __init__(self, *args: Any, case: Case, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["loan"].queryset = case.loans.order_by("account_no")
        fields["owner"].queryset = workers_of(case)
        fields["received_on"].widget.attrs["max"] = today.isoformat()
        if fields["received_on"].initial is None:
            fields["received_on"].initial = today
        self.helper = _helper(
            Div("family", "topic", "loan", css_class="fields"),
            Div("channel", "received_on", "owner", css_class="fields"),
            "words",
            "paper",
        )


class EvidenceForm(forms.Form):
    item = forms.ChoiceField(label=_("What it is"))
    on = forms.DateField(label=_("Of"), widget=day_input())
    note = forms.CharField(label=_("Remark"), max_length=300, required=False)
    paper = PaperField(label=_("Paper"))

    def __init__(self, *args: Any, objection: Objection, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        fields: dict[str, Any] = self.fields
        theft = objection.family == Objection.Family.IDENTITY_THEFT
        fields["item"].choices = [
            choice for choice in ObjectionEvidence.Item.choices if theft or choice[0] not in ObjectionEvidence.CHECKLIST
        ]
        fields["on"].initial = today
        self.helper = _helper(Div("item", "on", "note", css_class="fields"), "paper")

    def clean_on(self) -> dt.date:
        on: dt.date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("It lies in the future."))
        return on


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(label=_("Who looks into it"), queryset=User.objects.none(), empty_label=None)

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = workers_of(case)  # type: ignore[attr-defined]  # a choice of rows


class WhyForm(forms.Form):
    """Why its time is extended, or it is withdrawn."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class AnswerForm(forms.Form):
    """What is answered; the letter prints `found` and `corrected` as they are written."""

    outcome = forms.ChoiceField(
        label=_("Answer"), choices=[choice for choice in Objection.State.choices if choice[0] in MOVES]
    )
    language = forms.ChoiceField(
        label=_("Language of the letter"),
        choices=[("zh-hans", _("Simplified Chinese")), ("en", _("English"))],
    )
    found = _words(_("What was found"), help_text=_("Printed in the letter as it is written."))
    corrected = _words(
        _("What was corrected"),
        rows=2,
        required=False,
        help_text=_("Printed too; needed where the ledger is corrected. The sums before and after are added."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert set(dict(self.fields["language"].choices)) == set(LANGUAGES)  # type: ignore[attr-defined]
        self.helper = _helper(Div("outcome", "language", css_class="fields"), "found", "corrected")


class AnswerCorrectionForm(CorrectionForm):
    """One booking that goes with the answer: those of the ledger but for new charges, and a waiver. None when no kind is
    chosen."""

    component = forms.ChoiceField(label=_("Part of the debt"), choices=Component.choices, required=False)

    def __init__(self, *args: Any, objection: Objection, case: Case, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, case=case, today=today, **kwargs)
        self.objection = objection
        # Set while it is tried, so that a refusal is said at the booking that was refused.
        self.failed = False
        fields: dict[str, Any] = self.fields
        kinds = [choice for choice in KINDS if choice[0] != CHARGED]
        fields["kind"].choices = [("", "–"), *kinds, (WAIVED, _("a part of the debt is waived"))]
        for name in ("kind", "loan", "on", "reason"):
            fields[name].required = False
        del fields["item"], fields["reason"]
        if objection.loan_id is not None:
            fields["loan"].initial = objection.loan_id
        self.helper = _helper(
            Div("kind", "loan", "on", "amount", "payment_no", css_class="fields"),
            Div("component", "payment", "cause", "to_account", "entry", "instalment", css_class="fields"),
        )

    def clean_on(self) -> dt.date:
        return super().clean_on() if self.cleaned_data["on"] else self.today

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        given["reason"] = gettext("objection %(number)s") % {"number": self.objection.number}
        return given

    @property
    def is_chosen(self) -> bool:
        return bool(self.cleaned_data.get("kind"))

    def correction(self) -> Correction:
        """The booking, for the service to make in its transaction."""
        return self._make

    def _make(self, actor: User) -> None:
        self.failed = True
        if self.cleaned_data["kind"] == WAIVED:
            self._waive(actor)
        else:
            self.book(actor)
        self.failed = False

    def _waive(self, actor: User) -> None:
        amount: Decimal = self.need("amount")
        waive_for(
            objection=self.objection, loan=self.need("loan"), component=self.need("component"), amount=amount,
            on=self.need("on"), reason=self.cleaned_data["reason"], actor=actor,
        )  # fmt: skip
