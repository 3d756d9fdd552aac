"""Objections: those that wait, each on its own page, and the fragment that takes one down from the case page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from borrowers.models import User
from cases.models import Case, ContactCondition, Objection, ObjectionEvidence
from cases.objection_forms import EvidenceForm, ObjectionForm, OwnerForm, WhyForm
from cases.policy.objection_clocks import clock_of
from cases.services.objection_evidence import add_evidence, checklist_of
from cases.services.objections import ANSWER, FLAG_OF, ObjectionRefused, open_objection
from cases.views.access import signed_in, today_of, visible_case
from cases.views.answers import changed
from cases.views.objection_rows import ObjectionRow, counts_of, in_tab

PAGE_SIZE = 50
TABS = (("mine", gettext_lazy("Mine")), ("open", gettext_lazy("All open")), ("answered", gettext_lazy("Answered")))
WITH = ("case__borrower", "case__creditor", "owner", "loan")


@require_GET
@login_required
def objections(request: HttpRequest) -> HttpResponse:
    """Those of the cases that one sees, the most overdue first."""
    user, now = signed_in(request), timezone.now()
    asked = request.GET.get("tab", "")
    tab = asked if asked in dict(TABS) else "open"
    found = in_tab(Objection.objects.visible_to(user), user, tab)
    page = Paginator(found.select_related(*WITH), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [ObjectionRow.of(row, now) for row in page.object_list]
    context = {"tabs": TABS, "tab": tab, "page_obj": page, "rows": rows, "counts": counts_of(user, now)}
    return render(request, "cases/objections.html", context)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("cases.work_case", raise_exception=True)
def add_objection(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: taking one down. `condition` names a flag without objection, which it then belongs to."""
    case = visible_case(request, pk)
    form = ObjectionForm(
        request.POST or None, request.FILES or None, case=case, today=today_of(case), initial=_from_flag(request, case)
    )
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        paper, actor = given.pop("paper"), signed_in(request)
        try:
            objection = open_objection(case=case, actor=actor, **given)
            if paper is not None:
                add_evidence(
                    objection=objection, actor=actor, item=ObjectionEvidence.Item.HANDED_IN, data=paper.read(),
                    on=objection.received_on, name=paper.name,
                )  # fmt: skip
        except (ObjectionRefused, PermissionDenied) as refusal:
            form.add_error(None, str(refusal))
        else:
            return changed(request, case, _("It is taken down as %(number)s; contact stops until it is answered.")
                           % {"number": objection.number})  # fmt: skip
    return render(request, "cases/_add_objection.html", {"case": case, "form": form})


def _from_flag(request: HttpRequest, case: Case) -> dict[str, Any]:
    """What is known of an objection from the flag that says there is one."""
    asked = request.GET.get("condition", "")
    flag = case.borrower.contact_conditions.filter(pk=int(asked)).first() if asked.isdecimal() else None
    if flag is None or flag.kind != ContactCondition.Kind.FLAG or flag.code not in FLAG_OF.values():
        return {}
    complains = flag.code == FLAG_OF[Objection.Family.COMPLAINT]
    family = Objection.Family.COMPLAINT if complains else Objection.Family.DISPUTE
    return {"family": family, "words": flag.words, "received_on": case.creditor.business_date(flag.since)}


def visible_objection(request: HttpRequest, pk: int) -> Objection:
    """The objection, when it is of a case that the person sees; Http404 else."""
    rows = Objection.objects.visible_to(signed_in(request)).select_related(
        "case__borrower__creditor", "case__creditor", "case__assigned_to", "owner", "loan", "answered_by", "opened_by"
    )
    return get_object_or_404(rows, pk=pk)


def objection_context(objection: Objection, user: User) -> dict[str, Any]:
    """The page of one objection; the forms only of what may be done now."""
    case, today = objection.case, today_of(objection.case)
    clock = clock_of(objection.clock)
    may_work = objection.is_open and user.has_perm("cases.work_case")
    may_answer = objection.is_open and user.has_perm(ANSWER)
    return {
        "case": case,
        "objection": objection,
        "row": ObjectionRow.of(objection, timezone.now()),
        "clock": clock,
        "checklist": checklist_of(objection),
        "evidence": objection.evidence.select_related("document", "added_by"),
        "papers": objection.papers.all(),
        "may_work": may_work,
        "may_answer": may_answer,
        "may_extend": may_answer and objection.extensions < len(clock.extensions) and today <= objection.due_on,
        "needs_verification": clock.needs_verification and objection.in_writing,
        "evidence_form": EvidenceForm(objection=objection, today=today) if may_work else None,
        "owner_form": OwnerForm(case=case, initial={"owner": objection.owner_id}) if may_answer else None,
        "why_form": WhyForm() if may_answer else None,
    }


@require_GET
@login_required
def objection(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_objection(request, pk)
    return render(request, "cases/objection.html", objection_context(row, signed_in(request)))


@require_http_methods(["POST"])
@login_required
@permission_required("cases.work_case", raise_exception=True)
def objection_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """File one paper; the page again, with what is wrong at its field."""
    row, actor = visible_objection(request, pk), signed_in(request)
    form = EvidenceForm(request.POST, request.FILES, objection=row, today=today_of(row.case))
    if form.is_valid():
        given = dict(form.cleaned_data)
        paper = given.pop("paper")
        try:
            add_evidence(objection=row, actor=actor, data=paper.read(), name=paper.name, **given)
        except (ObjectionRefused, PermissionDenied) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is filed."))
            return redirect("cases:objection", row.pk)
    context = {**objection_context(row, actor), "evidence_form": form}
    return render(request, "cases/objection.html", context, status=422)
