"""What is filled in for a batch: which matters, what its papers say alike, what a step is told, the sheet read back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from borrowers.models import Creditor, User
from cases.filters import ANY, DAY_FIELD, dressed
from legal.models import Court, LawFirm, Lawyer, Mandate, Matter, MatterBatch, MatterState
from legal.models.matter_states import ENDED
from legal.services.batch_steps import OF_PAPERS, Order, Step
from legal.services.batches import Selection
from legal.services.papers import fields as declared
from legal.services.papers.kinds import kinds_for

_OWN = ("", _("each paper's own"))
_LANGUAGES = [("", _("each borrower's")), ("zh-hans", _("Simplified Chinese")), ("en", _("English"))]


class SelectForm(forms.Form):
    """Which matters may join."""

    creditor = forms.ModelChoiceField(Creditor.objects.none(), required=False, empty_label=ANY, label=_("Creditor"))
    state = forms.ChoiceField(
        required=False,
        choices=[("", ANY), *(choice for choice in MatterState.choices if choice[0] not in ENDED)],
        label=_("State"),
    )
    firm = forms.ModelChoiceField(
        LawFirm.objects.order_by("name"), required=False, empty_label=ANY, label=_("Law firm")
    )
    court = forms.ModelChoiceField(
        Court.objects.filter(is_active=True), required=False, empty_label=ANY, label=_("Court")
    )
    at_least = forms.DecimalField(required=False, min_value=0, label=_("Outstanding from"))
    at_most = forms.DecimalField(required=False, min_value=0, label=_("to"))
    limitation = forms.DateField(required=False, label=_("Limitation expires by"), widget=DAY_FIELD)
    q = forms.CharField(required=False, max_length=100, label=_("Search"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["creditor"].queryset = Creditor.objects.visible_to(user).order_by("code")
        dressed(self)

    def selection(self) -> Selection:
        """Of a form that is valid."""
        data = self.cleaned_data
        return Selection(
            creditor=data["creditor"],
            state=data["state"],
            firm=data["firm"],
            court=data["court"],
            at_least=data["at_least"],
            at_most=data["at_most"],
            limitation_until=data["limitation"],
            words=data["q"].strip(),
        )


class MatterEditsForm(forms.Form):
    """What holds for the matters of a batch themselves; empty is each matter's own."""

    court = forms.ModelChoiceField(Court.objects.filter(is_active=True), required=False, label=_("Court"))
    venue_basis = forms.ChoiceField(
        required=False, choices=[("", _("each matter's own")), *Matter.Venue.choices], label=_("Why this court")
    )
    procedure = forms.ChoiceField(
        required=False, choices=[("", _("each matter's own")), *Matter.Procedure.choices], label=_("Procedure")
    )
    lawyers_fee = forms.DecimalField(required=False, min_value=0, decimal_places=2, label=_("Lawyer's fee"))
    firm = forms.ModelChoiceField(LawFirm.objects.filter(is_active=True), required=False, label=_("Law firm"))
    lawyer = forms.ModelChoiceField(Lawyer.objects.none(), required=False, label=_("Lawyer"))
    mandate = forms.ModelChoiceField(Mandate.objects.none(), required=False, label=_("Mandate"))

    def __init__(self, *args: Any, batch: MatterBatch, **kwargs: Any) -> None:
        kwargs["initial"] = batch.edits.get("matter", {})
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        lawyers = Lawyer.objects.filter(is_active=True, firm__is_active=True).select_related("firm")
        fields["lawyer"].queryset = lawyers
        fields["mandate"].queryset = Mandate.objects.filter(creditor=batch.creditor_id).select_related("firm")
        for name in ("lawyer", "mandate"):
            fields[name].label_from_instance = lambda row: f"{row} ({row.firm})"
        for name in ("court", "firm", "lawyer", "mandate"):
            fields[name].empty_label = _("each matter's own")
        dressed(self)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        firm = data.get("firm")
        for name in ("lawyer", "mandate"):
            row = data.get(name)
            if row is not None and (firm is None or row.firm_id != firm.pk):
                self.add_error(name, _("Belongs to another law firm: choose the firm with it."))
        return data

    def values(self) -> dict[str, Any]:
        """As they are kept: rows by their keys, sums as text."""
        return {
            name: value.pk if hasattr(value, "pk") else str(value) if isinstance(value, Decimal) else value
            for name, value in self.cleaned_data.items()
        }


class PaperEditsForm(forms.Form):
    """What all papers of one kind in a batch say alike, by the fields that the kind declares. A plan of payments is each
    paper's own."""

    def __init__(self, *args: Any, batch: MatterBatch, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = batch.edits.get(kind, {})
        self.declared = [field for field in declared.FIELDS[kind] if field.type != declared.PLAN]
        for field in self.declared:
            made = _field_of(field)
            made.initial = _shown(field, known.get(field.name, ""))
            self.fields[field.name] = made
        dressed(self)

    def values(self) -> dict[str, Any]:
        """As papers keep them: dates in ISO 8601, sums as text, lists as their lines; nothing for what is left empty."""
        told = {field.name: _kept(field, self.cleaned_data.get(field.name)) for field in self.declared}
        return {name: value for name, value in told.items() if value not in (None, "", [])}


def _field_of(field: declared.Field) -> forms.Field:
    common: dict[str, Any] = {"required": False, "label": field.label, "help_text": field.help}
    if field.type == declared.DATE:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common)
    if field.type == declared.MONEY:
        return forms.DecimalField(min_value=0, decimal_places=2, **common)
    if field.type == declared.NUMBER:
        return forms.IntegerField(min_value=0, **common)
    if field.type == declared.CHOICE:
        return forms.ChoiceField(choices=[_OWN, *(choice for choice in field.choices if choice[0])], **common)
    if field.type == declared.YES:
        return forms.ChoiceField(choices=[_OWN, ("yes", _("yes")), ("no", _("no"))], **common)
    if field.type in (declared.LONG, declared.LINES):
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **common)
    return forms.CharField(max_length=500, **common)


def _shown(field: declared.Field, value: Any) -> Any:
    if field.type == declared.YES and isinstance(value, bool):
        return "yes" if value else "no"
    return "\n".join(value) if field.type == declared.LINES and value else value


def _kept(field: declared.Field, value: Any) -> Any:
    if value in (None, ""):
        return None
    if field.type == declared.DATE:
        return value.isoformat()
    if field.type == declared.MONEY:
        return str(value)
    if field.type == declared.YES:
        return value == "yes"
    if field.type == declared.LINES:
        return [line.strip() for line in value.splitlines() if line.strip()]
    return value.strip() if isinstance(value, str) else value


class OrderForm(forms.Form):
    """A step with what it is told. It travels with every piece of the step, and is checked with each."""

    step = forms.ChoiceField(choices=[(step.value, step.value) for step in Step], widget=forms.HiddenInput)
    kind = forms.ChoiceField(required=False, label=_("Paper"))
    language = forms.ChoiceField(required=False, choices=_LANGUAGES, label=_("Language"))
    pay_by = forms.DateField(required=False, label=_("To be paid by"), widget=DAY_FIELD)
    court = forms.ModelChoiceField(
        Court.objects.filter(is_active=True), required=False, empty_label=_("each matter's own"), label=_("Court")
    )
    on = forms.DateField(required=False, label=_("Filed on"), widget=DAY_FIELD)

    def __init__(self, *args: Any, batch: MatterBatch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(declared.Kind.choices)
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = [("", ""), *((kind, labels[kind]) for kind in kinds_for(batch.creditor.pack))]
        dressed(self)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("step") in {step.value for step in OF_PAPERS} and not data.get("kind"):
            self.add_error("kind", _("Say which kind of paper."))
        return data

    def order(self) -> Order:
        """Of a form that is valid."""
        data = dict(self.cleaned_data)
        return Order(step=Step(data.pop("step")), **data)


class SheetForm(forms.Form):
    """What the court told, row by row."""

    file = forms.FileField(
        label=_("Spreadsheet from the court (CSV or XLSX)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dressed(self)
