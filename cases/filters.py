"""What a worklist can be narrowed to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from borrowers.ageing import buckets_of
from borrowers.models import ContactPoint, Creditor, User
from cases.models import Case, CaseLoan, ContactRecord, Message, MessageTemplate, PlanStep, Stage
from cases.models.plan import StepChannel
from cases.services.rule_words import rule_title

ANY = _("any")
DAY_FIELD = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
FEWEST_DIGITS = 4  # of a phone number: fewer would find everybody


def creditors_of(user: User) -> QuerySet[Creditor]:
    """Those whose cases the person may see, as supervisor or as a member of a team."""
    creditors = Creditor.objects.order_by("code")
    if user.is_superuser:
        return creditors
    return creditors.filter(Q(staff=user) | Q(teams__members=user)).distinct()


def dressed(form: forms.Form) -> forms.Form:
    """The form's fields with the looks of the product."""
    for field in form.fields.values():
        field.widget.attrs["class"] = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
    return form


class WorklistFilter(filters.FilterSet):
    """Over a queryset of cases; `today` is needed for what is due, `user` for whose names are offered."""

    q = filters.CharFilter(method="search", label=_("Search"))
    creditor = filters.ModelChoiceFilter(empty_label=ANY, queryset=Creditor.objects.none(), label=_("Creditor"))
    stage = filters.ChoiceFilter(
        empty_label=ANY, choices=[choice for choice in Stage.choices if choice[0] != Stage.CLOSED], label=_("Stage")
    )
    bucket = filters.ChoiceFilter(empty_label=ANY, choices=[], label=_("Bucket"))
    grade = filters.ChoiceFilter(
        empty_label=ANY, field_name="risk_grade", choices=[(grade, grade) for grade in "ABCDE"], label=_("Grade")
    )
    channel = filters.ChoiceFilter(
        empty_label=ANY, choices=StepChannel.choices, method="by_channel", label=_("Next step")
    )
    due = filters.ChoiceFilter(
        empty_label=ANY,
        choices=[("today", _("today or before")), ("week", _("within a week")), ("none", _("nothing planned"))],
        method="by_due",
        label=_("Due"),
    )
    limitation = filters.ChoiceFilter(
        empty_label=ANY,
        choices=[
            ("7", _("within 7 days")),
            ("30", _("within 30 days")),
            ("90", _("within 90 days")),
            ("180", _("within 180 days")),
            ("expired", pgettext_lazy("limitation", "expired")),
            ("all", _("all, the first to expire first")),
        ],
        method="by_limitation",
        label=_("Limitation"),
    )
    assigned = filters.ModelChoiceFilter(
        empty_label=ANY, field_name="assigned_to", queryset=User.objects.none(), label=_("Assigned to")
    )

    class Meta:
        model = Case
        fields: list[str] = []

    def __init__(self, *args: Any, user: User, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        creditors, people = creditors_of(user), User.objects.filter(is_active=True)
        if not user.is_superuser:
            people = people.filter(Q(teams__members=user) | Q(teams__creditors__staff=user)).distinct()
        else:
            people = people.filter(teams__isnull=False).distinct()
        self.filters["creditor"].queryset = creditors
        self.filters["assigned"].queryset = people.order_by("username")
        self.filters["bucket"].extra["choices"] = _bucket_choices(creditors)

    @property
    def form(self) -> forms.Form:
        form = dressed(super().form)
        for name, field in form.fields.items():
            if name == "q":
                field.widget.attrs.update(
                    {
                        "data-hotkey": "/",
                        "autocomplete": "off",
                        "placeholder": _("Case, name, reference, account, phone"),
                    }
                )
        return form

    def search(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """Case number, name, reference, account number; of a phone the whole number or its last digits."""
        text = value.strip()
        found = Q(case_no__icontains=text) | Q(borrower__name__icontains=text) | Q(borrower__ref__iexact=text)
        found |= Q(pk__in=CaseLoan.objects.filter(loan__account_no__istartswith=text).values("case"))
        digits = "".join(sign for sign in text if sign.isdigit())
        if len(digits) >= FEWEST_DIGITS and not any(sign.isalpha() for sign in text):
            phones = ContactPoint.objects.filter(
                kind__in=[ContactPoint.Kind.MOBILE, ContactPoint.Kind.LANDLINE], value__endswith=digits
            )
            found |= Q(borrower__in=phones.values("borrower"))
        return queryset.filter(found)

    def by_channel(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """By the channel of the step that is next; `next_step` holds its code."""
        steps = PlanStep.objects.filter(
            plan__case=OuterRef("pk"), code=OuterRef("next_step"), state=PlanStep.State.PLANNED, channel=value
        )
        return queryset.filter(Exists(steps))

    def by_due(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        if value == "none":
            return queryset.filter(next_step_on__isnull=True)
        last = self.today if value == "today" else self.today + dt.timedelta(days=7)
        return queryset.filter(next_step_on__lte=last)

    def by_limitation(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """What expires so soon, or has; the day's run tells of an expiry in the night after it."""
        if value == "expired":
            return queryset.filter(Q(limitation_expired=True) | Q(limitation_expires_on__lt=self.today))
        if value == "all":
            return queryset.filter(limitation_expires_on__isnull=False)
        return queryset.filter(limitation_expires_on__range=(self.today, self.today + dt.timedelta(days=int(value))))


def _bucket_choices(creditors: Iterable[Creditor]) -> list[tuple[str, str]]:
    """The names that these creditors give to their buckets, by the day on which each begins."""
    first_days: dict[str, int] = {}
    for creditor in creditors:
        for name, first in buckets_of(creditor):
            first_days[name] = min(first, first_days.get(name, first))
    return [(name, name) for name in sorted(first_days, key=lambda name: (first_days[name], name))]


class BreachFilter(filters.FilterSet):
    """Over contacts that the gate had refused; offers what occurs among those that are visible."""

    creditor = filters.ModelChoiceFilter(
        empty_label=ANY, field_name="borrower__creditor", queryset=Creditor.objects.none(), label=_("Creditor")
    )
    collector = filters.ModelChoiceFilter(
        empty_label=ANY, field_name="actor", queryset=User.objects.none(), label=_("Collector")
    )
    rule = filters.ChoiceFilter(empty_label=ANY, field_name="decision__rule", choices=[], label=_("Rule"))
    since = filters.DateFilter(field_name="at", lookup_expr="date__gte", label=_("From day"), widget=DAY_FIELD)
    until = filters.DateFilter(field_name="at", lookup_expr="date__lte", label=_("To day"), widget=DAY_FIELD)

    class Meta:
        model = ContactRecord
        fields: list[str] = []

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.queryset is not None
        found = self.queryset.order_by()
        self.filters["creditor"].queryset = creditors_of(user)
        self.filters["collector"].queryset = User.objects.filter(pk__in=found.values("actor")).order_by("username")
        rules = {
            rule: rule_title(pack, rule)
            for pack, rule in found.values_list("decision__pack", "decision__rule").distinct()
        }
        self.filters["rule"].extra["choices"] = sorted(
            ((rule, title) for rule, title in rules.items() if rule), key=lambda choice: choice[1]
        )

    @property
    def form(self) -> forms.Form:
        return dressed(super().form)


class OutboxFilter(filters.FilterSet):
    """Over messages; their state is chosen beside it, since each state shows how many it has."""

    creditor = filters.ModelChoiceFilter(
        empty_label=ANY, field_name="borrower__creditor", queryset=Creditor.objects.none(), label=_("Creditor")
    )
    channel = filters.ChoiceFilter(empty_label=ANY, choices=MessageTemplate.Channel.choices, label=_("Channel"))
    day = filters.DateFilter(label=_("Day"), widget=DAY_FIELD)

    class Meta:
        model = Message
        fields: list[str] = []

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["creditor"].queryset = creditors_of(user)

    @property
    def form(self) -> forms.Form:
        return dressed(super().form)
