"""Users. Operators make them and give roles and creditors, never more than that."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import ManyToManyField, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from borrowers.admin.base import ScopedAdmin, staff_of
from borrowers.models import User, record_event
from borrowers.models.user import ROLES

admin.site.unregister(Group)

# What a person can do, so that every change of it is on record.
_POWERS = ("is_active", "is_staff", "is_superuser", "groups", "user_permissions", "creditors")


class NewUserForm(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("username",)


class ChangeUserForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


def is_beyond(actor: User, person: User) -> bool:
    """Whether `person` can do or see what `actor` may not give: such an account is not theirs to change."""
    if actor.is_superuser:
        return False
    return (
        person.is_superuser
        or person.pk == actor.pk
        or person.user_permissions.exists()
        or person.groups.exclude(name__in=ROLES).exists()
        or person.creditors.exclude(pk__in=actor.creditors.values("pk")).exists()
    )


@admin.register(User)
class PersonAdmin(ScopedAdmin, UserAdmin):
    form = ChangeUserForm
    add_form = NewUserForm
    creditor_path = "creditors"
    list_display = ("username", "full_name", "role_names", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "groups")
    search_fields = ("username__istartswith", "first_name__istartswith", "last_name__istartswith")
    filter_horizontal = ("groups", "creditors", "user_permissions")
    readonly_fields = ("last_login", "date_joined")
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        (_("Name"), {"fields": ("first_name", "last_name", "email", "language", "time_zone")}),
        (_("What this person may do and see"), {"fields": ("is_staff", "groups", "creditors")}),
    )

    @admin.display(description=_("name"))
    def full_name(self, person: User) -> str:
        return person.get_full_name()

    @admin.display(description=_("roles"))
    def role_names(self, person: User) -> str:
        return ", ".join(group.name for group in person.groups.all())

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        powers = ["is_active", "is_staff", "groups"]
        if staff_of(request).is_superuser:
            powers += ["is_superuser", "user_permissions"]
        if self.has_change_permission(request, obj):
            powers.append("creditors")
        login = ("username", "password") if self.has_change_permission(request, obj) else ("username",)
        return (
            (None, {"fields": login}),
            (_("Name"), {"fields": ("first_name", "last_name", "email", "language", "time_zone")}),
            (_("What this person may do and see"), {"fields": tuple(powers)}),
            (_("Dates"), {"fields": ("last_login", "date_joined")}),
        )

    def scope(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        """People of one's own creditors; for those who make users also accounts without any creditor yet."""
        if user.is_superuser:
            return rows
        theirs = Q(pk__in=User.creditors.through.objects.filter(creditor__in=user.creditors.all()).values("user"))
        theirs |= Q(pk__in=_team_mates(user))
        if user.has_perm("borrowers.add_user"):
            theirs |= ~Q(pk__in=User.creditors.through.objects.values("user"))
        return rows.filter(theirs, is_superuser=False)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("groups")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or not is_beyond(staff_of(request), obj)

    def formfield_for_manytomany(self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups" and not staff_of(request).is_superuser:
            kwargs["queryset"] = Group.objects.filter(name__in=ROLES)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: ModelForm[Any], formsets: Any, change: bool) -> None:
        """After the groups and creditors are stored: one event for each power that changed."""
        super().save_related(request, form, formsets, change)
        for name in _POWERS:
            if name in form.changed_data:
                old = form.initial.get(name) if change else ""
                record_event(
                    form.instance,
                    "change_powers",
                    actor=staff_of(request),
                    field=name,
                    old=_words(old),
                    new=_words(form.cleaned_data.get(name)),
                )


def _team_mates(user: User) -> QuerySet[Any]:
    """Ids of people in the teams of one's creditors: collectors have teams rather than creditors."""
    return User.objects.filter(teams__creditors__in=user.creditors.all()).values("pk")


def _words(value: Any) -> str:
    if isinstance(value, (list, tuple, QuerySet)):
        return ", ".join(sorted(str(getattr(item, "code", item)) for item in value))
    return str(value)


@admin.register(Group)
class RoleAdmin(ScopedAdmin, GroupAdmin):
    """What each role may do; only superusers change it, for nobody gives more than they have."""

    creditor_path = ""
    list_display = ("name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff_of(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return staff_of(request).is_superuser
