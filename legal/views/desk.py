"""The legal desk: what waits, and the opening of matters."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from cases.views.access import signed_in, visible_case
from legal.models import LegalPaper, Matter
from legal.services.desk import cases_to_open, desk_lists
from legal.services.matters import LegalRefused, open_matter
from legal.views.access import posted, require_legal, say_refusal


@require_GET
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    require_legal(request)
    return render(request, "legal/desk.html", desk_lists(signed_in(request), timezone.now()))


@posted
def open_matters(request: HttpRequest) -> HttpResponse:
    """Open matters on the chosen cases; one alone is shown at once."""
    require_legal(request, "legal.work_matter")
    actor, now = signed_in(request), timezone.now()
    chosen = [pk for pk in request.POST.getlist("case") if pk.isdecimal()]
    opened = []
    for case in cases_to_open(actor).filter(pk__in=chosen):
        try:
            opened.append(open_matter(case=case, actor=actor, on=case.creditor.business_date(now)))
        except LegalRefused as refusal:
            say_refusal(request, refusal)
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
    papers = LegalPaper.objects.filter(matter__case=case).select_related("letter")
    return render(request, "legal/_case_panel.html", {"case": case, "matters": matters, "papers": papers})
