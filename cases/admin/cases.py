"""Cases: to look at, to assign and to move many at once. Every change goes through its service, case by case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from borrowers.admin.base import CreditorFilter, ReadOnlyAdmin, ReadOnlyInline, ScopedAdmin, ScopedInline, staff_of
from borrowers.models import User
from borrowers.money import format_money
from cases.admin.forms import AssignForm, HoldForm, MoveForm, ReasonForm, ReleaseForm
from cases.models import Case, CaseLoan, Team, TeamMembership
from cases.services.assignment import AssignmentRefused, assign_cases
from cases.services.holds import HoldRefused, hold_case
from cases.stages import MoveRefused, move_case

MOST_AT_ONCE = 2_000
_ARGUMENTS: dict[str, Callable[[Case, dict[str, Any]], dict[str, Any]]] = {
    **dict.fromkeys(
        ("send_to_legal", "close_settled", "close_recalled", "close_written_off"),
        lambda case, given: {"on": case.creditor.business_date(timezone.now())},
    ),
}


class CaseLoanInline(ReadOnlyInline, admin.TabularInline):
    model = CaseLoan
    fields = ("loan", "added_on")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CaseLoan]:
        return super().get_queryset(request).select_related("loan", "case")


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """Read-only: no form of Django's may write a stage. The actions below are the ways in."""

    list_display = (
        "case_no",
        "creditor",
        "borrower",
        "stage",
        "days_past_due",
        "bucket",
        "risk_grade",
        "overdue",
        "team",
        "assigned_to",
        "page",
    )
    list_filter = ("stage", ("creditor", CreditorFilter), "bucket", "risk_grade")
    list_select_related = ("creditor", "borrower", "team", "assigned_to")
    search_fields = ("case_no__exact", "borrower__ref__exact", "borrower__name__startswith")
    search_help_text = _("Case number or reference in full, or the beginning of the name")
    inlines = (CaseLoanInline,)
    actions: tuple[str, ...] = ("assign", "move", "hold", "release")

    @admin.display(description=_("overdue amount"), ordering="overdue_amount")
    def overdue(self, case: Case) -> str:
        return format_money(case.overdue_amount, case.currency)

    @admin.display(description=_("case page"))
    def page(self, case: Case) -> str:
        return format_html('<a href="{}">{}</a>', reverse("cases:case", args=[case.pk]), _("Open the case"))

    # --- Who may do what: Django offers an action only to them --------------------------------------

    def has_assign_permission(self, request: HttpRequest) -> bool:
        return staff_of(request).has_perm("cases.assign_case")

    def has_supervise_permission(self, request: HttpRequest) -> bool:
        return staff_of(request).has_perm("cases.supervise_case")

    def has_hold_permission(self, request: HttpRequest) -> bool:
        return staff_of(request).has_perm("cases.hold_case")

    # --- Actions ------------------------------------------------------------------------------------

    @admin.action(description=_("Assign by load …"), permissions=["assign"])
    def assign(self, request: HttpRequest, queryset: QuerySet[Case]) -> HttpResponse | None:
        form = AssignForm(request.POST if "apply" in request.POST else None, cases=queryset)
        if not (form.is_bound and form.is_valid()):
            return self._page(request, queryset, form, "assign", _("Assign cases by load"))
        given = form.cleaned_data
        try:
            shares = assign_cases(
                case_ids=list(queryset.values_list("pk", flat=True)),
                collectors=given["collectors"],
                actor=staff_of(request),
                reason=given["reason"],
                balance=given["balance"],
            )
        except AssignmentRefused as error:
            form.add_error("collectors", str(error))
            return self._page(request, queryset, form, "assign", _("Assign cases by load"))
        names = User.objects.in_bulk(shares)
        words = ", ".join(f"{names[pk]}: {count}" for pk, count in sorted(shares.items()))
        self.message_user(request, _("Assigned – %(shares)s") % {"shares": words or 0}, messages.SUCCESS)
        return None

    @admin.action(description=_("Move to another stage …"), permissions=["supervise"])
    def move(self, request: HttpRequest, queryset: QuerySet[Case]) -> HttpResponse | None:
        form = MoveForm(request.POST if "apply" in request.POST else None)
        return self._move_all(request, queryset, form, "move", _("Move cases to another stage"), "")

    @admin.action(description=_("Put on hold …"), permissions=["hold"])
    def hold(self, request: HttpRequest, queryset: QuerySet[Case]) -> HttpResponse | None:
        form = HoldForm(request.POST if "apply" in request.POST else None)
        return self._move_all(request, queryset, form, "hold", _("Put cases on hold"), "put_on_hold")

    @admin.action(description=_("Release from hold …"), permissions=["hold"])
    def release(self, request: HttpRequest, queryset: QuerySet[Case]) -> HttpResponse | None:
        form = ReleaseForm(request.POST if "apply" in request.POST else None)
        return self._move_all(request, queryset, form, "release", _("Release cases from hold"), "release")

    def _move_all(
        self, request: HttpRequest, queryset: QuerySet[Case], form: ReasonForm, action: str, title: Any, name: str
    ) -> HttpResponse | None:
        if not (form.is_bound and form.is_valid()):
            return self._page(request, queryset, form, action, title)
        given = form.cleaned_data
        results = [
            (case, *_move_one(case, name or given["move"], given, staff_of(request)))
            for case in queryset.select_related("creditor")[:MOST_AT_ONCE]
        ]
        moved = sum(1 for _case, ok, _words in results if ok)
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "results": results,
            "moved": moved,
            "refused": len(results) - moved,
        }
        return TemplateResponse(request, "admin/cases/case/results.html", context)

    def _page(
        self, request: HttpRequest, queryset: QuerySet[Case], form: ReasonForm, action: str, title: Any
    ) -> HttpResponse:
        count = queryset.count()
        if count > MOST_AT_ONCE:
            words = ngettext("At most %(n)s case at once.", "At most %(n)s cases at once.", MOST_AT_ONCE)
            self.message_user(request, words % {"n": MOST_AT_ONCE}, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "form": form,
            "action": action,
            "ids": list(queryset.values_list("pk", flat=True)),
            "some": queryset.select_related("borrower", "assigned_to")[:20],
            "count": count,
        }
        return TemplateResponse(request, "admin/cases/case/action.html", context)


def _move_one(case: Case, name: str, given: dict[str, Any], actor: User) -> tuple[bool, Any]:
    """Move one case; → (moved, its new stage or why not)."""
    arguments = _ARGUMENTS[name](case, given) if name in _ARGUMENTS else {}
    try:
        if name == "put_on_hold":
            on = case.creditor.business_date(timezone.now())
            moved = hold_case(
                case=case, actor=actor, kind=given["kind"], reason=given["reason"], until=given["until"], on=on
            )
        else:
            moved = move_case(case.pk, name, actor=actor, reason=given["reason"], **arguments)
    except (MoveRefused, HoldRefused) as error:
        return False, str(error)
    except PermissionDenied:
        return False, _("You may not do this.")
    return True, moved.get_stage_display()


class MembershipInline(ScopedInline, admin.TabularInline):
    model = TeamMembership
    autocomplete_fields = ("user",)


@admin.register(Team)
class TeamAdmin(ScopedAdmin):
    """A team of several creditors is changed only by who has them all: its members see the cases of each."""

    creditor_path = "creditors"
    list_display = ("name", "creditor_codes", "member_count")
    search_fields = ("name__istartswith",)
    filter_horizontal = ("creditors",)
    inlines = (MembershipInline,)

    def scope(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        if user.is_superuser:
            return rows
        own = Team.creditors.through.objects.filter(creditor__in=user.creditors.all()).values("team")
        foreign = Team.creditors.through.objects.exclude(creditor__in=user.creditors.values("pk")).values("team")
        return rows.filter(pk__in=own).exclude(pk__in=foreign)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("creditors", "memberships")

    @admin.display(description=_("creditors"))
    def creditor_codes(self, team: Team) -> str:
        return ", ".join(creditor.code for creditor in team.creditors.all())

    @admin.display(description=_("members"))
    def member_count(self, team: Team) -> int:
        return len(team.memberships.all())
