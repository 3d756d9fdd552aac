"""The worklist: whom to turn to next."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from borrowers.models import User
from cases.filters import WorklistFilter
from cases.models import Case, ContactRecord
from cases.services import taking
from cases.services.call_outlook import call_outlooks
from cases.services.workable import workable_now
from cases.views.access import signed_in, visible_case
from cases.views.panels import label_next_steps

PAGE_SIZE = 50
LONGEST_WALK = 5_000  # cases that the key for the next one looks through
TABS = (
    ("mine", gettext_lazy("Mine")),
    ("team", gettext_lazy("My team")),
    ("unassigned", gettext_lazy("Unassigned")),
    ("all", gettext_lazy("All I may see")),
)


def _in_tab(user: User, tab: str) -> QuerySet[Case]:
    cases = Case.objects.visible_to(user).open()
    if tab == "mine":
        return cases.filter(assigned_to=user)
    if tab == "team":
        return cases.filter(team__in=user.teams.all())
    if tab == "unassigned":
        return cases.filter(assigned_to__isnull=True)
    return cases


def choose_tab(user: User, asked: str | None) -> str:
    """The tab asked for; else one's own cases, or everything for those to whom none are given."""
    if asked in {name for name, _label in TABS}:
        return str(asked)
    return "mine" if not user.has_perm("cases.supervise_case") else "all"


def filtered_cases(user: User, query: QueryDict, today: dt.date) -> tuple[WorklistFilter, QuerySet[Case]]:
    """The filter and its cases, most urgent first: by priority, then by the day of the next step; of those chosen by
    limitation, what expires first."""
    filtered = WorklistFilter(query, queryset=_in_tab(user, choose_tab(user, query.get("tab"))), user=user, today=today)
    cases: QuerySet[Case] = filtered.qs
    order: list[Any] = ["-priority", F("next_step_on").asc(nulls_last=True), "id"]
    if query.get("limitation"):
        order = [F("limitation_expires_on").asc(nulls_last=True), *order]
    return filtered, cases.order_by(*order)


def offers_all(query: QueryDict) -> bool:
    """Whether those that cannot be worked now were asked for too: by the switch, or by a search. Who looks for a
    borrower that is calling must find the case, whatever the hour."""
    return query.get("show") == "all" or bool(query.get("q", "").strip())


def _totals(cases: QuerySet[Case]) -> list[dict[str, Any]]:
    """How many cases and how much, one line a currency."""
    sums = (
        cases.order_by()
        .values("currency")
        .annotate(count=Count("pk"), overdue=Sum("overdue_amount"), outstanding=Sum("outstanding_amount"))
    )
    return [dict(line) for line in sums.order_by("-count")]


def _add_last_contacts(page: Page) -> None:
    """Set `last_contact_at` on the cases of one page, in one query."""
    ids = [case.pk for case in page.object_list]
    newest = ContactRecord.objects.filter(case__in=ids).order_by().values("case").annotate(newest=Max("at"))
    by_case = dict(newest.values_list("case", "newest"))
    for case in page.object_list:
        case.last_contact_at = by_case.get(case.pk)


def _add_outlooks(page: Page, now: dt.datetime) -> None:
    """Set `outlook`, from when somebody may be called and why not now, on the cases of one page."""
    outlooks = call_outlooks(list(page.object_list), now)
    for case in page.object_list:
        case.outlook = outlooks[case.pk]


def _page(request: HttpRequest, cases: QuerySet[Case], count: int) -> Page:
    """One page of the list with what its lines show."""
    paginator = Paginator(cases.select_related("borrower__creditor", "creditor", "assigned_to"), PAGE_SIZE)
    paginator.count = count
    page = paginator.get_page(request.GET.get("page"))
    _add_last_contacts(page)
    label_next_steps(page.object_list)
    if offers_all(request.GET):
        _add_outlooks(page, timezone.now())
    return page


@require_GET
@login_required
def worklist(request: HttpRequest) -> HttpResponse:
    """What can be worked now, and on request the rest with the reason and the time from which it can."""
    user, today = signed_in(request), timezone.localdate()
    filtered, cases = filtered_cases(user, request.GET, today)
    ready = workable_now(cases, timezone.now())
    listed = cases if offers_all(request.GET) else ready
    totals = _totals(listed)
    count = sum(line["count"] for line in totals)
    other = ready.count() if offers_all(request.GET) else cases.count()
    request.session["worklist"] = request.GET.urlencode()
    context = {
        "filter": filtered,
        "page_obj": _page(request, listed, count),
        "totals": totals,
        "not_now": abs(count - other),
        "shows_all": offers_all(request.GET),
        "tabs": TABS,
        "tab": choose_tab(user, request.GET.get("tab")),
        "today": today,
    }
    fragment = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    return render(request, "cases/_worklist.html" if fragment else "cases/worklist.html", context)


@require_GET
@login_required
def next_case(request: HttpRequest, pk: int) -> HttpResponse:
    """On to the case after this one in the worklist as it was last looked at, if it can be worked."""
    query = QueryDict(request.session.get("worklist", ""))
    _filter, cases = filtered_cases(signed_in(request), query, timezone.localdate())
    ids = list(cases.values_list("pk", flat=True)[:LONGEST_WALK])
    # The place of this case counts also when the call just made has closed it for today.
    ahead = ids[ids.index(pk) + 1 :] if pk in ids else ids
    if not offers_all(query):
        ready = set(workable_now(cases, timezone.now()).values_list("pk", flat=True))
        ahead = [case for case in ahead if case in ready]
    if ahead:
        return redirect("cases:case", ahead[0])
    messages.info(request, _("That was the last case of your worklist."))
    return redirect("cases:worklist")


@require_POST
@login_required
def take_case(request: HttpRequest, pk: int) -> HttpResponse:
    """An unassigned case becomes one's own."""
    case = visible_case(request, pk)
    try:
        taking.take_case(case=case, actor=signed_in(request))
        messages.success(request, _("The case is yours."))
    except taking.AlreadyTaken as refusal:
        messages.error(request, str(refusal))
    return redirect("cases:case", case.pk)
