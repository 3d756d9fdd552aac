"""The pages between choosing cases and doing something with them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from borrowers.models import User
from cases.models import Case, HoldKind
from cases.policy.hold_limits import is_offered
from cases.services.assignment import AMOUNT, COUNT

# The moves that people make by hand. A case is paid when the ledger says so, so `close_paid` is not among them.
MOVES = (
    "start_reminding",
    "start_demanding",
    "start_negotiating",
    "send_to_legal",
    "take_back_from_legal",
    "close_settled",
    "close_recalled",
    "close_written_off",
)


def _move_choices() -> list[tuple[str, Any]]:
    transitions: Any = getattr(Case(), "get_all_stage_transitions")  # noqa: B009 - made by the state machine
    labels = {move.name: move.custom["label"] for move in transitions()}
    return [(name, labels[name]) for name in MOVES]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"size": 60}))


class AssignForm(ReasonForm):
    collectors = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Collectors"), widget=forms.CheckboxSelectMultiple
    )
    balance = forms.ChoiceField(
        label=_("Make equal"),
        choices=[(COUNT, _("the number of open cases")), (AMOUNT, _("the overdue amounts"))],
        initial=COUNT,
        widget=forms.RadioSelect,
    )
    field_order = ("collectors", "balance", "reason")

    def __init__(self, data: Any = None, *, cases: QuerySet[Case]) -> None:
        super().__init__(data)
        teams = cases.order_by().values("team")
        creditors = cases.filter(team__isnull=True).order_by().values("creditor")
        people = User.objects.filter(is_active=True, memberships__takes_cases=True)
        field = self.fields["collectors"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = (
            people.filter(memberships__team__in=teams) | people.filter(memberships__team__creditors__in=creditors)
        ).distinct()


class MoveForm(ReasonForm):
    move = forms.ChoiceField(label=_("Move"), choices=_move_choices)
    field_order = ("move", "reason")


class HoldForm(ReasonForm):
    """How long each kind lasts at most, and where it is made at all, is said case by case."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("hold", "For"), choices=[choice for choice in HoldKind.choices if is_offered(choice[0])]
    )
    until = forms.DateField(
        label=_("Hold until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty only for what lasts until it is released."),
    )
    field_order = ("kind", "until", "reason")


class ReleaseForm(ReasonForm):
    """Only why."""
