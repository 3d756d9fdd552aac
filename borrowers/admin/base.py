"""What every administration page shares: one scope for list, form, choices and search, and no way to delete in bulk."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from borrowers.models import Creditor, User, record_event


def staff_of(request: HttpRequest) -> User:
    """The person of an administration page; Django let them through."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class CreditorFilter(RelatedFieldListFilter):
    """Only the person's own creditors are named in the filter."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        own = Creditor.objects.visible_to(staff_of(request))
        return list(field.get_choices(include_blank=False, limit_choices_to={"pk__in": own.values("pk")}))


class ScopedAdmin(admin.ModelAdmin):
    """Everything starts from what the person may see: rows, rows by address, choices of forms, searches.

    `creditor_path` leads to the creditor; "" leaves a model to be seen whole (its permission still counts).
    With `common_rows` a row without creditor belongs to all.
    """

    creditor_path = "creditor"
    common_rows = False
    show_full_result_count = False
    list_per_page = 50
    actions_on_bottom = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.scope(super().get_queryset(request), staff_of(request))

    def scope(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        """The rows that this person may see, as the product's own pages do."""
        if user.is_superuser:
            return rows
        if hasattr(rows, "visible_to"):
            return rows.visible_to(user)
        if not self.creditor_path:
            return rows
        own = Q(**{f"{self.creditor_path}__in": user.creditors.all()})
        if self.common_rows:
            own |= Q(**{f"{self.creditor_path}__isnull": True})
        return rows.filter(own)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        """Choices, and what a forged form may name, are what the other model's own list shows."""
        if self.admin_site.is_registered(db_field.remote_field.model):
            return self.admin_site.get_model_admin(db_field.remote_field.model).get_queryset(request)
        return super().get_field_queryset(db, db_field, request)

    def log_addition(self, request: HttpRequest, object: Any, message: Any) -> Any:
        with transaction.atomic():
            record_event(object, "added", actor=staff_of(request), **_subject(object))
        return super().log_addition(request, object, message)

    def log_change(self, request: HttpRequest, object: Any, message: Any) -> Any:
        if message:
            with transaction.atomic():  # a change of password comes without a transaction of its own
                record_event(object, "changed", actor=staff_of(request), **_subject(object), fields=_fields(message))
        return super().log_change(request, object, message)


class ScopedInline:
    """The same choices inside a page."""

    extra = 0
    admin_site: Any

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        if not self.admin_site.is_registered(db_field.remote_field.model):
            return None
        rows: QuerySet[Any] = self.admin_site.get_model_admin(db_field.remote_field.model).get_queryset(request)
        return rows


class ReadOnlyAdmin(ScopedAdmin):
    """To look at. Nobody adds, changes or deletes here, superusers neither: services write these rows."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(ScopedInline):
    can_delete = False
    fields: ClassVar[Any] = None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields or ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class VersionedAdmin(ScopedAdmin):
    """Data that decides what is done: each change of it, or of its parts, is a new version."""

    def save_related(self, request: HttpRequest, form: ModelForm[Any], formsets: Any, change: bool) -> None:
        changed = form.has_changed() or any(formset.has_changed() for formset in formsets)
        super().save_related(request, form, formsets, change)
        if change and changed:
            row = form.instance
            row.version += 1
            row.save(update_fields=["version"])


class IndentedJSON(json.JSONEncoder):
    """JSON that a person can read and change."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "indent": 2, "ensure_ascii": False})


def _subject(row: Model) -> dict[str, Any]:
    return {"new": str(row)}


def _fields(message: Any) -> list[Any]:
    """Names of the fields that Django's own log line lists."""
    return message if isinstance(message, list) else [str(message)]
