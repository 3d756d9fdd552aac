"""Conditions of contact on the case page: what stands, what is added, what ends."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.condition_forms import AloneForm, EndForm, understood
from cases.services.conditions import ConditionRefused, end_condition, record_conditions
from cases.services.places import set_place
from cases.services.standing import conditions_of
from cases.views.access import signed_in, visible_case
from cases.views.answers import changed


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("cases.work_case", raise_exception=True)
def add_conditions(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: the panel without a call."""
    case = visible_case(request, pk)
    form = AloneForm(request.POST or None, creditor=case.creditor, points=case.borrower.contact_points.all())
    if request.method == "POST" and form.is_valid():
        try:
            record_conditions(
                borrower=case.borrower,
                actor=signed_in(request),
                requests=form.requests(form.cleaned_data["contact_point"]),
                source=form.cleaned_data["source"],
                since=timezone.now(),
            )
        except (ConditionRefused, ValueError) as refusal:
            form.add_error(None, str(refusal))
        else:
            return changed(request, case, _("It is recorded, and holds from now on."))
    return render(request, "cases/_add_conditions.html", {"case": case, "form": form, "conditions_form": form})


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("cases.work_case", raise_exception=True)
def end(request: HttpRequest, pk: int, condition_pk: int) -> HttpResponse:
    """A fragment: why a condition ends."""
    case, now = visible_case(request, pk), timezone.now()
    standing = conditions_of([case.borrower.person_key], [case.borrower_id], now)
    condition = next((one for one in standing if one.pk == condition_pk), None)
    if condition is None:
        raise Http404
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            end_condition(condition=condition, actor=signed_in(request), at=now, reason=form.cleaned_data["reason"])
        except (ConditionRefused, PermissionDenied) as refusal:
            form.add_error(None, str(refusal))
        else:
            return changed(request, case, _("It has ended."))
    return render(request, "cases/_end_condition.html", {"case": case, "condition": condition, "form": form})


@require_GET
@login_required
def times(request: HttpRequest) -> HttpResponse:
    """A fragment: the times that words tell of, shown back before anything is saved."""
    words = request.GET.get("words_t", "").strip()
    found, problem = understood(words) if words else ([], "")
    return render(request, "cases/_times.html", {"found": found, "problem": problem})


@require_POST
@login_required
@permission_required("cases.work_case", raise_exception=True)
def place(request: HttpRequest, pk: int, point_pk: int) -> HttpResponse:
    """Where a number or address reaches its owner, told on the case page."""
    case = visible_case(request, pk)
    point = get_object_or_404(case.borrower.contact_points, pk=point_pk)
    try:
        set_place(
            case=case, contact_point=point, place=request.POST.get("place", ""), actor=signed_in(request),
            now=timezone.now(),
        )  # fmt: skip
    except ValueError:
        raise Http404 from None
    return changed(request, case, _("It is noted."))
