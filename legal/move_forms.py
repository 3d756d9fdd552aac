"""The forms of a matter's moves, built from what each transition needs and may be told and from the matter's own columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from legal.models import Court, Matter
from legal.services.moves import PREPARED
from legal.services.presuit import FILING_MOVES


def _input(column: models.Field[Any, Any]) -> forms.Widget | None:
    if isinstance(column, models.DateTimeField):
        return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    if isinstance(column, models.DateField):
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return None


def column_field(name: str, matter: Matter, *, required: bool) -> forms.Field:
    """The form field of one column: days and hours with the browser's own picker, courts that are in use."""
    column = Matter._meta.get_field(name)
    assert isinstance(column, models.Field)
    options: dict[str, Any] = {"required": required}
    widget = _input(column)
    if widget is not None:
        options["widget"] = widget
    if isinstance(column, models.ForeignKey):
        options["queryset"] = Court.objects.filter(Q(is_active=True) | Q(pk=getattr(matter, column.attname)))
    if isinstance(column, models.DecimalField):
        options["min_value"] = 0
    field: forms.Field | None = column.formfield(**options)
    assert field is not None
    field.required = required
    if field.help_text:
        field.widget.attrs["title"], field.help_text = field.help_text, ""
    return field


class ColumnsForm(forms.Form):
    """Columns of a matter. The hours it asks are those of the active time zone: the view sets the creditor's."""

    def add_columns(self, names: Iterable[str], matter: Matter, *, required: bool) -> list[str]:
        added = list(names)
        for name in added:
            self.fields[name] = column_field(name, matter, required=required)
        return added

    def values(self, names: Iterable[str]) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in names}


class MoveForm(ColumnsForm):
    """What one move is told. `needed` and `optional` are its columns; a reason where the move needs one; of filings, why
    it is filed in spite of what the check found, for those who may."""

    def __init__(
        self, *args: Any, matter: Matter, name: str, custom: dict[str, Any], may_override: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        needs_reason = bool(custom.get("needs_reason"))
        # The reason of a move that needs one is kept as the reason of the end.
        optional = [
            column
            for column in custom["sets"]
            if column not in (*custom["needs"], *custom.get("clears", ()))
            and not (column == "end_reason" and needs_reason)
        ]
        self.needed = self.add_columns(custom["needs"], matter, required=True)
        self.optional = self.add_columns(optional, matter, required=False)
        self.fields["reason"] = forms.CharField(
            max_length=300, required=needs_reason, label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2})
        )
        if not needs_reason:
            del self.fields["reason"]
        if name in FILING_MOVES and may_override:
            self.fields["override"] = forms.CharField(
                max_length=300,
                required=False,
                label=_("Why it is filed in spite of what is missing"),
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        first = next(iter(self.fields), None)
        if first is not None:
            self.fields[first].widget.attrs["data-focus"] = "1"

    def told(self) -> dict[str, Any]:
        return self.values([*self.needed, *self.optional])

    @property
    def needed_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.needed]

    @property
    def optional_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.optional]

    @property
    def word_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("reason", "override") if name in self.fields]

    @property
    def has_fee(self) -> bool:
        return "court_fee" in self.fields and "claimed_amount" in self.fields


def _shown(value: Any) -> Any:
    """An hour is shown without its seconds."""
    return value.replace(second=0, microsecond=0) if isinstance(value, dt.datetime) else value


class CorrectForm(ColumnsForm):
    """Other values for what was told, with the reason. What is left as it is, is not touched."""

    def __init__(self, *args: Any, matter: Matter, names: Iterable[str], **kwargs: Any) -> None:
        names = list(names)
        kwargs.setdefault("initial", {name: _shown(getattr(matter, name)) for name in names})
        super().__init__(*args, **kwargs)
        self.names = self.add_columns(names, matter, required=True)
        self.fields["reason"] = forms.CharField(
            max_length=300, label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2})
        )

    def changes(self) -> dict[str, Any]:
        """Only what differs from what was shown."""
        return self.values(name for name in self.names if name in self.changed_data)

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.names]


class PrepareForm(ColumnsForm):
    """Court, venue, procedure and address for service, before a court has the matter."""

    def __init__(self, *args: Any, matter: Matter, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(matter, name) for name in PREPARED})
        super().__init__(*args, **kwargs)
        self.add_columns(PREPARED, matter, required=False)
