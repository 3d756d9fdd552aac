"""Law firms, lawyers, mandates, courts; matters, batches and papers to look at; cases sent over by the thousand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from borrowers.admin.base import CreditorFilter, ReadOnlyAdmin, ScopedAdmin, staff_of
from borrowers.models import Document
from cases.admin.cases import CaseAdmin
from cases.admin.forms import ReasonForm
from cases.models import Case, Stage
from legal.models import Court, LawFirm, Lawyer, LegalPaper, LimitationPeriod, Mandate, Matter, MatterBatch
from legal.services.opening import send_and_open


@admin.register(LawFirm)
class LawFirmAdmin(ScopedAdmin):
    creditor_path = ""
    list_display = ("name", "licence_no", "phone", "email", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name__icontains",)


@admin.register(Lawyer)
class LawyerAdmin(ScopedAdmin):
    """A lawyer belongs to a firm, not to a creditor; the account is one of those the person may see."""

    creditor_path = ""
    list_display = ("name", "firm", "licence_no", "user", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("firm", "user")
    search_fields = ("name__istartswith", "licence_no__exact")
    autocomplete_fields = ("firm",)


@admin.register(Mandate)
class MandateAdmin(ScopedAdmin):
    list_display = ("reference", "creditor", "firm", "valid_from", "valid_until")
    list_filter = (("creditor", CreditorFilter),)
    list_select_related = ("creditor", "firm")
    search_fields = ("reference__exact", "firm__name__icontains")
    autocomplete_fields = ("creditor", "firm")
    raw_id_fields = ("document",)

    def get_field_queryset(self, db: str | None, db_field: Any, request: Any) -> QuerySet[Any] | None:
        if db_field.name == "document":
            own = Document.objects.filter(kind=Document.Kind.MANDATE)
            user = request.user
            return own if user.is_superuser else own.filter(creditor__in=user.creditors.all())
        return super().get_field_queryset(db, db_field, request)


@admin.register(Court)
class CourtAdmin(ScopedAdmin):
    """A court belongs to nobody. One that is not in use any more stays for the matters that it had."""

    creditor_path = ""
    list_display = ("name", "level", "region", "average_wage", "average_wage_year", "is_active")
    list_filter = ("is_active", "level", "region")
    search_fields = ("name__icontains", "region__istartswith")


@admin.register(MatterBatch)
class MatterBatchAdmin(ReadOnlyAdmin):
    list_display = ("name", "creditor", "matter_count", "made_by", "made_at")
    list_filter = (("creditor", CreditorFilter),)
    list_select_related = ("creditor", "made_by")
    search_fields = ("name__istartswith",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(count=Count("matters"))

    @admin.display(description=_("matters"), ordering="count")
    def matter_count(self, batch: Any) -> int:
        return int(batch.count)


@admin.register(LimitationPeriod)
class LimitationPeriodAdmin(ScopedAdmin):
    """Needed where no statute holds for all of a pack's creditors (United States)."""

    list_display = ("creditor", "years", "source")
    list_select_related = ("creditor",)
    autocomplete_fields = ("creditor",)


@admin.register(Matter)
class MatterAdmin(ReadOnlyAdmin):
    list_display = ("case", "state", "firm", "lawyer", "mandate", "opened_on", "opened_by")
    list_filter = ("state", ("case__creditor", CreditorFilter))
    list_select_related = ("case", "firm", "lawyer", "mandate", "opened_by")
    search_fields = ("case__case_no__exact", "case__borrower__ref__exact")
    search_help_text = _("Case number or reference in full")


@admin.register(LegalPaper)
class LegalPaperAdmin(ReadOnlyAdmin):
    list_display = ("matter", "kind", "state", "language", "pay_by", "drafted_by", "approved_by", "letter")
    list_filter = ("state", ("matter__case__creditor", CreditorFilter))
    list_select_related = ("matter__case", "drafted_by", "approved_by", "letter")
    search_fields = ("matter__case__case_no__exact", "letter__number__exact")
    search_help_text = _("Case number or letter number in full")


# --- Cases, with what legal does with them ---------------------------------------------------------------

admin.site.unregister(Case)


@admin.register(Case)
class SendingCaseAdmin(CaseAdmin):
    """The administration of cases knows nothing of matters: this adds to it."""

    actions = (*CaseAdmin.actions, "send_to_legal")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return staff_of(request).has_perm("cases.send_case_to_legal")

    @admin.action(description=_("Send to legal and open matters …"), permissions=["send"])
    def send_to_legal(self, request: HttpRequest, queryset: QuerySet[Case]) -> HttpResponse | None:
        """Many at once, in few statements; those that cannot be sent from their stage are told one by one."""
        form, title = ReasonForm(request.POST if "apply" in request.POST else None), _("Send cases to legal")
        page = self._page(request, queryset, form, "send_to_legal", title)
        if not (form.is_bound and form.is_valid()) or not isinstance(page, TemplateResponse):
            return page
        cases = list(queryset.select_related("creditor"))
        reason = form.cleaned_data["reason"]
        send_and_open(case_ids=[case.pk for case in cases], actor=staff_of(request), reason=reason)
        stages = dict(Case.objects.filter(pk__in=[case.pk for case in cases]).values_list("pk", "stage"))
        results = [(case, *_sent(case, stages[case.pk])) for case in cases]
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "results": results,
            "moved": sum(1 for _case, moved, _words in results if moved),
            "refused": sum(1 for _case, moved, _words in results if not moved),
        }
        return TemplateResponse(request, "admin/cases/case/results.html", context)


def _sent(case: Case, stage: str) -> tuple[bool, Any]:
    """`case` as it was before, and its stage now; → (whether it was sent, what became of it)."""
    if stage == Stage.LEGAL and case.stage != Stage.LEGAL:
        return True, _("with legal, and its matter is open")
    return False, _("cannot be sent from “%(stage)s”") % {"stage": case.get_stage_display()}
