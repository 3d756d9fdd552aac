"""What the legal desk is narrowed to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from borrowers.models import Creditor, User
from cases.filters import ANY, dressed
from legal.models import LawFirm, Matter
from legal.services.desk import IDLE_DAYS, Narrow


def creditors_of_matters(user: User) -> Any:
    """One's own creditors; counsel: those of their firm's matters."""
    if user.is_superuser or user.has_perm("legal.view_matter"):
        return Creditor.objects.visible_to(user).order_by("code")
    matters = Matter.objects.visible_to(user)
    return Creditor.objects.filter(pk__in=matters.values("case__creditor")).order_by("code")


def firms_of_matters(user: User) -> Any:
    """The firms that act, all of them for staff; counsel know their own alone."""
    if user.is_superuser or user.has_perm("legal.view_matter"):
        return LawFirm.objects.order_by("name")
    return LawFirm.objects.filter(lawyers__user=user, lawyers__is_active=True)


class NarrowForm(forms.Form):
    """Mine or all, a firm, a creditor, words; after how many days a matter counts as left alone."""

    q = forms.CharField(required=False, max_length=100, label=_("Search"))
    scope = forms.ChoiceField(
        required=False, choices=[("", _("all I may see")), ("mine", _("mine"))], label=_("Whose matters")
    )
    firm = forms.ModelChoiceField(LawFirm.objects.none(), required=False, empty_label=ANY, label=_("Law firm"))
    creditor = forms.ModelChoiceField(Creditor.objects.none(), required=False, empty_label=ANY, label=_("Creditor"))
    idle = forms.IntegerField(required=False, min_value=1, max_value=3650, label=_("Without a move for, days"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["firm"].queryset = firms_of_matters(user)
        fields["creditor"].queryset = creditors_of_matters(user)
        fields["idle"].widget.attrs["placeholder"] = str(IDLE_DAYS)
        fields["q"].widget.attrs.update({"data-hotkey": "/", "autocomplete": "off"})
        dressed(self)

    def narrow(self) -> Narrow:
        """Of a form that is valid."""
        data = self.cleaned_data
        return Narrow(
            mine=data["scope"] == "mine",
            firm=data["firm"],
            creditor=data["creditor"],
            words=data["q"].strip(),
            idle_days=data["idle"] or IDLE_DAYS,
        )
