"""Deadlines: the calendar by month or as a list, a matter's own, and the feed for calendar programs."""

from __future__ import annotations

import calendar as months
import datetime as dt
from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from borrowers.models import User
from cases.views.access import signed_in
from legal.figure_forms import DeadlineForm, PreservationForm, RenewForm
from legal.models import CalendarFeed, Deadline, Matter, Preservation
from legal.rules.calendar_days import is_rest_day
from legal.services.calendar_feed import calendar_of, feed_user, is_too_often, make_feed, revoke_feed
from legal.services.deadlines import (
    ALL,
    WHOSE,
    add_deadline,
    finish_deadline,
    open_deadlines,
    record_preservation,
    release_preservation,
    renew_preservation,
    reopen_deadline,
)
from legal.views.access import REFUSALS, act, may_record, posted, require_legal, say_refusal, visible_matter

# A list of everything that is open; longer ones are read by month.
LISTED = 300
CLOSED_SHOWN = 10


# --- The calendar --------------------------------------------------------------------------------------


def _month(text: str, today: dt.date) -> dt.date:
    """The first day of the month asked for ("2026-11"), else of this one."""
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  # a month has no zone
    except ValueError:
        return today.replace(day=1)


def _weeks(first: dt.date, rows: list[Deadline], today: dt.date) -> list[list[dict[str, Any]]]:
    by_day = defaultdict(list)
    for row in rows:
        by_day[row.due_on].append(row)
    return [
        [
            {"day": day, "inside": day.month == first.month, "today": day == today, "rest": is_rest_day(day),
             "deadlines": by_day[day]}
            for day in week
        ]
        for week in months.Calendar().monthdatescalendar(first.year, first.month)
    ]  # fmt: skip


@require_GET
@login_required
def calendar(request: HttpRequest) -> HttpResponse:
    """Open deadlines, the overdue ones always on top."""
    require_legal(request)
    user, today = signed_in(request), timezone.localdate()
    whose = request.GET.get("whose", ALL)
    whose = whose if whose in WHOSE else ALL
    shape = "list" if request.GET.get("view") == "list" else "month"
    first = _month(request.GET.get("month", ""), today)
    deadlines = open_deadlines(user, whose)
    context = {
        "today": today,
        "whose": whose,
        "shape": shape,
        "first": first,
        "before": (first - dt.timedelta(days=1)).replace(day=1),
        "after": (first + dt.timedelta(days=31)).replace(day=1),
        "overdue": list(deadlines.filter(due_on__lt=today)[:LISTED]),
        "may_work": may_record(user),
        "feed": CalendarFeed.objects.filter(user=user, revoked_at=None).first(),
        # Shown once: the next look at the page has it no more.
        "feed_address": request.session.pop("calendar_feed", ""),
    }
    if shape == "list":
        context["ahead"] = list(deadlines.filter(due_on__gte=today)[:LISTED])
    else:
        start, end = first - dt.timedelta(days=7), first + dt.timedelta(days=45)
        context["weeks"] = _weeks(first, list(deadlines.filter(due_on__range=(start, end))), today)
    return render(request, "legal/calendar.html", context)


# --- The feed ------------------------------------------------------------------------------------------


@posted
def make_address(request: HttpRequest) -> HttpResponse:
    """A new address; the one before stops working."""
    require_legal(request)
    token = make_feed(user=signed_in(request))
    request.session["calendar_feed"] = request.build_absolute_uri(reverse("legal:feed", args=[token]))
    return redirect("legal:calendar")


@posted
def revoke_address(request: HttpRequest) -> HttpResponse:
    require_legal(request)
    if revoke_feed(user=signed_in(request)):
        messages.success(request, _("The calendar address no longer works."))
    return redirect("legal:calendar")


@require_safe
@never_cache
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """For calendar programs: nobody signs in, the address is the proof. 404 for one that is wrong or revoked."""
    user = feed_user(token)
    if user is None:
        raise Http404
    if is_too_often(token):
        return HttpResponse(status=429, headers={"Retry-After": "3600"})
    answer = HttpResponse(calendar_of(user), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    answer["X-Robots-Tag"] = "noindex"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


# --- A matter's own ------------------------------------------------------------------------------------


def _people(matter: Matter) -> Any:
    """Who may own one of its deadlines: staff of the creditor who work matters, and the firm's lawyers."""
    staff = User.objects.filter(
        is_active=True, creditors=matter.case.creditor_id, groups__permissions__codename="work_matter"
    )
    counsel = User.objects.filter(is_active=True, lawyer__firm=matter.firm_id or 0, lawyer__is_active=True)
    return User.objects.filter(pk__in={*staff.values_list("pk", flat=True), *counsel.values_list("pk", flat=True)})


@require_GET
@login_required
def deadlines_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment of the matter's page."""
    require_legal(request)
    matter = visible_matter(request, pk)
    rows = list(matter.deadlines.select_related("owner", "done_by").order_by("due_on", "pk"))
    may_work = may_record(signed_in(request))
    closed = sorted((row for row in rows if row.closed_as), key=lambda row: (row.done_on, row.pk), reverse=True)
    context = {
        "matter": matter,
        "today": matter.case.creditor.business_date(timezone.now()),
        "open": [row for row in rows if not row.closed_as],
        "closed": closed[:CLOSED_SHOWN],
        "may_work": may_work,
        "form": DeadlineForm(people=_people(matter)) if may_work and matter.is_open else None,
    }
    return render(request, "legal/_deadlines.html", context)


def _refuse_form(request: HttpRequest, pk: int, form: Any) -> HttpResponse:
    for name, errors in form.errors.items():
        for error in errors:
            messages.error(request, f"{form.fields[name].label}: {error}" if name in form.fields else str(error))
    return redirect("legal:matter", pk)


@posted
def add(request: HttpRequest, pk: int) -> HttpResponse:
    matter = visible_matter(request, pk)
    form = DeadlineForm(request.POST, people=_people(matter))
    if not form.is_valid():
        return _refuse_form(request, pk, form)
    actor, data = signed_in(request), form.cleaned_data
    return act(request, pk, _("The deadline is set."), lambda: add_deadline(matter=matter, actor=actor, **data))


def _visible_deadline(request: HttpRequest, pk: int) -> Deadline:
    rows = Deadline.objects.visible_to(signed_in(request)).select_related("matter__case__creditor")
    return get_object_or_404(rows, pk=pk)


@posted
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to where it was ticked off: the calendar, or the matter."""
    deadline, actor = _visible_deadline(request, pk), signed_in(request)
    on = deadline.matter.case.creditor.business_date(timezone.now())
    try:
        finish_deadline(deadline=deadline, note=request.POST.get("note", ""), actor=actor, on=on)
    except REFUSALS as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(request, _("It is done."))
    if request.POST.get("from") == "calendar":
        return redirect("legal:calendar")
    return redirect("legal:matter", deadline.matter_id)


@posted
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    deadline, actor = _visible_deadline(request, pk), signed_in(request)
    done = _("It is open again.")
    return act(request, deadline.matter_id, done, lambda: reopen_deadline(deadline=deadline, actor=actor))


# --- What a court holds --------------------------------------------------------------------------------


@require_GET
@login_required
def preservation_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment of the matter's page."""
    require_legal(request)
    matter = visible_matter(request, pk)
    held = list(matter.preservations.select_related("recorded_by"))
    rows = matter.deadlines.filter(kind=Deadline.Kind.PRESERVATION, closed_as="")
    ends = dict(rows.values_list("ref", "due_on"))
    may_work = may_record(signed_in(request))
    context = {
        "matter": matter,
        "today": matter.case.creditor.business_date(timezone.now()),
        "held": [(item, ends.get(str(item.pk))) for item in held],
        "may_work": may_work,
        "form": PreservationForm() if may_work and matter.is_open else None,
    }
    return render(request, "legal/_preservation.html", context)


@posted
def preserve(request: HttpRequest, pk: int) -> HttpResponse:
    matter, form, actor = visible_matter(request, pk), PreservationForm(request.POST), signed_in(request)
    if not form.is_valid():
        return _refuse_form(request, pk, form)
    data = form.cleaned_data
    return act(request, pk, _("It is recorded."), lambda: record_preservation(matter=matter, actor=actor, **data))


def _visible_preservation(request: HttpRequest, pk: int) -> Preservation:
    rows = Preservation.objects.visible_to(signed_in(request)).select_related("matter__case__creditor")
    return get_object_or_404(rows, pk=pk)


@posted
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    held, form, actor = _visible_preservation(request, pk), RenewForm(request.POST), signed_in(request)
    if not form.is_valid():
        return _refuse_form(request, held.matter_id, form)
    data, done = form.cleaned_data, _("It is renewed.")
    return act(request, held.matter_id, done, lambda: renew_preservation(held=held, actor=actor, **data))


@posted
def release(request: HttpRequest, pk: int) -> HttpResponse:
    held, actor = _visible_preservation(request, pk), signed_in(request)
    on, done = held.matter.case.creditor.business_date(timezone.now()), _("It is released.")
    return act(request, held.matter_id, done, lambda: release_preservation(held=held, on=on, actor=actor))
