"""The legal desk: what needs me today, and the opening of matters."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from borrowers.models import Creditor
from cases.views.access import signed_in, visible_case
from legal.desk_forms import NarrowForm
from legal.models import LegalPaper, Matter
from legal.services.desk import Listed, Narrow, View, cases_to_open, desk_lists, sections_for, waiting_cases
from legal.services.opening import open_matters as open_many
from legal.views.access import posted, require_legal

PAGE_SIZE = 50
# More are not opened by one press: the next press opens the next.
OPENED_AT_ONCE = 5_000


def _view(request: HttpRequest, data: Any) -> tuple[View, NarrowForm]:
    user = signed_in(request)
    form = NarrowForm(data, user=user)
    return View(user, form.narrow() if form.is_valid() else Narrow(), timezone.localdate(), timezone.now()), form


@require_GET
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """Every list with its first rows; ?show=CODE is one of them, whole and in pages."""
    require_legal(request)
    view, form = _view(request, request.GET)
    context: dict[str, Any] = {"form": form, "narrow": view.narrow, "today": view.today}
    chosen = next((one for one in sections_for(view.user) if one.code == request.GET.get("show")), None)
    if chosen is None:
        listed = desk_lists(view)
        return render(request, "legal/desk.html", {**context, "listed": listed, "nothing": not any_rows(listed)})
    page = Paginator(chosen.rows_of(view), PAGE_SIZE).get_page(request.GET.get("page"))
    whole = Listed(chosen, list(page.object_list), page.paginator.count)
    return render(request, "legal/desk.html", {**context, "listed": [whole], "page_obj": page, "shown": chosen})


def any_rows(listed: list[Listed]) -> bool:
    return any(one.count for one in listed)


@posted
def open_matters(request: HttpRequest) -> HttpResponse:
    """Open matters on the chosen cases, or with `all` on every case that the desk was narrowed to; one alone is shown
    at once."""
    require_legal(request, "legal.work_matter")
    view, _form = _view(request, request.POST)
    cases = cases_to_open(view.user)
    if request.POST.get("all"):
        cases = waiting_cases(view)
    else:
        cases = cases.filter(pk__in=[pk for pk in request.POST.getlist("case") if pk.isdecimal()])
    of_creditor: dict[int, list[int]] = defaultdict(list)
    for pk, creditor_id in cases.values_list("pk", "creditor")[:OPENED_AT_ONCE]:
        of_creditor[creditor_id].append(pk)
    opened: list[Matter] = []
    for creditor in Creditor.objects.filter(pk__in=of_creditor).order_by("pk"):
        on = creditor.business_date(view.now)
        opened += open_many(case_ids=of_creditor[creditor.pk], actor=view.user, on=on)
    if not opened:
        messages.warning(request, _("No matter was opened."))
        return redirect("legal:desk")
    words = ngettext("%(count)s matter is opened.", "%(count)s matters are opened.", len(opened))
    messages.success(request, words % {"count": len(opened)})
    return redirect("legal:matter", opened[0].pk) if len(opened) == 1 else redirect("legal:desk")


@require_GET
@login_required
def case_panel(request: HttpRequest, case_pk: int) -> HttpResponse:
    """A fragment of the case page: matters of the case and their papers."""
    require_legal(request)
    case, user = visible_case(request, case_pk), signed_in(request)
    matters = Matter.objects.visible_to(user).filter(case=case).select_related("firm", "lawyer")
    papers = LegalPaper.objects.visible_to(user).filter(matter__case=case).select_related("letter")
    return render(request, "legal/_case_panel.html", {"case": case, "matters": matters, "papers": papers})
