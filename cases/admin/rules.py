"""What supervisors decide: strategies, wording, scorecards. Each change is checked, versioned and on record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.admin.base import CreditorFilter, IndentedJSON, ScopedAdmin, ScopedInline, VersionedAdmin, staff_of
from cases.channels.segments import segments
from cases.models import CallScript, MessageTemplate, RiskRecord, ScorecardVersion, Strategy, StrategyStep
from cases.models.plan import StepChannel
from cases.services.scorecards import activate_scorecard


class StepForm(forms.ModelForm):
    class Meta:
        model = StrategyStep
        fields = ("code", "day_offset", "channel", "template_code", "condition", "performer")
        widgets = {"condition": forms.TextInput(attrs={"size": 40})}

    def clean(self) -> dict[str, Any] | None:
        """A message needs a wording that exists for its channel; other steps have none."""
        given = super().clean() or self.cleaned_data
        channel, code = given.get("channel"), given.get("template_code")
        writes = channel in (StepChannel.SMS, StepChannel.EMAIL)
        if writes and not MessageTemplate.objects.filter(code=code, channel=channel, is_active=True).exists():
            self.add_error("template_code", _("There is no active template of this code for this channel."))
        elif channel and code and not writes:
            self.add_error("template_code", _("Only SMS and e-mail have a template."))
        return given


class StepInline(ScopedInline, admin.TabularInline):
    model = StrategyStep
    form = StepForm


@admin.register(Strategy)
class StrategyAdmin(VersionedAdmin):
    common_rows = True
    list_display = ("name", "code", "position", "creditor", "condition", "before_due", "version", "is_active")
    list_filter = ("is_active", "before_due", ("creditor", CreditorFilter))
    list_select_related = ("creditor",)
    search_fields = ("code__istartswith", "name__icontains")
    autocomplete_fields = ("creditor",)
    readonly_fields = ("version",)
    inlines = (StepInline,)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "condition":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 2, "cols": 80})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class TemplateForm(forms.ModelForm):
    class Meta:
        model = MessageTemplate
        fields = ("code", "channel", "language", "creditor", "subject", "body", "provider_template", "is_active")


@admin.register(MessageTemplate)
class MessageTemplateAdmin(VersionedAdmin):
    common_rows = True
    form = TemplateForm
    list_display = ("code", "channel", "language", "creditor", "beginning", "version", "is_active")
    list_filter = ("is_active", "channel", "language", ("creditor", CreditorFilter))
    list_select_related = ("creditor",)
    search_fields = ("code__istartswith", "body__icontains")
    autocomplete_fields = ("creditor",)
    readonly_fields = ("version", "length")

    @admin.display(description=_("length"))
    def length(self, template: MessageTemplate) -> str:
        """As the wording stands, with its placeholders: what is filled in makes it longer or shorter."""
        if template.channel != MessageTemplate.Channel.SMS or not template.body:
            return "–"
        found = segments(template.body)
        return gettext("%(count)d SMS segments (%(units)d units)") % {"count": found.count, "units": found.units}

    @admin.display(description=_("text"))
    def beginning(self, template: MessageTemplate) -> str:
        return template.body if len(template.body) <= 60 else template.body[:59] + "…"


@admin.register(CallScript)
class CallScriptAdmin(VersionedAdmin):
    common_rows = True
    list_display = ("pack", "situation", "language", "creditor", "version", "is_active")
    list_filter = ("is_active", "pack", "situation", "language", ("creditor", CreditorFilter))
    list_select_related = ("creditor",)
    search_fields = ("opening__icontains", "closing__icontains")
    autocomplete_fields = ("creditor",)
    readonly_fields = ("version",)


class ScorecardForm(forms.ModelForm):
    data = forms.JSONField(  # type: ignore[assignment]  # a form's own `data` is set on the instance
        label=_("factors, bands, points"),
        encoder=IndentedJSON,
        widget=forms.Textarea(attrs={"rows": 36, "cols": 90, "class": "code"}),
        validators=ScorecardVersion._meta.get_field("data").validators,
    )

    class Meta:
        model = ScorecardVersion
        fields = ("name", "version", "data")

    def clean(self) -> dict[str, Any] | None:
        """The version named in the points is the version of the row: reasons on a case name it."""
        given = super().clean() or self.cleaned_data
        data, version = given.get("data"), given.get("version")
        if isinstance(data, dict) and version and data.get("version") != version:
            self.add_error("version", _("The points say version “%(it)s”.") % {"it": data.get("version")})
        return given


@admin.register(ScorecardVersion)
class ScorecardAdmin(ScopedAdmin):
    """A version that has graded a case, or grades now, is not changed any more: add the next one."""

    creditor_path = ""
    form = ScorecardForm
    list_display = ("name", "version", "is_active", "is_used", "created_by", "created_at")
    list_filter = ("is_active",)
    list_select_related = ("created_by",)
    search_fields = ("name__icontains", "version__istartswith")
    fields = ("name", "version", "data", "is_active", "created_by", "created_at")
    readonly_fields = ("is_active", "created_by", "created_at")
    actions = ("activate",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        used = RiskRecord.objects.filter(scorecard=OuterRef("pk"))
        return super().get_queryset(request).annotate(used=Exists(used))

    @admin.display(description=_("has graded"), boolean=True)
    def is_used(self, card: Any) -> bool:
        return bool(card.used)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and (obj.is_active or RiskRecord.objects.filter(scorecard=obj.pk).exists()):
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        if not change:
            obj.created_by = staff_of(request)
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Activate: score with this version from now on"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        cards = list(queryset[:2])
        if len(cards) != 1:
            self.message_user(request, _("Choose exactly one scorecard."), messages.ERROR)
            return
        card = activate_scorecard(scorecard=cards[0], actor=staff_of(request))
        self.message_user(request, _("“%(card)s” scores from now on.") % {"card": card}, messages.SUCCESS)
