"""Logging a call."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from borrowers.models import User
from cases.condition_forms import ConditionsForm
from cases.forms import CallForm
from cases.models import Case, ContactRecord, DialledCall
from cases.services.contacts import book_contact
from cases.services.dialling import unlogged_call
from cases.services.promises import PromiseRefused
from cases.services.scripts import script_for
from cases.views.access import signed_in, today_of, visible_case
from cases.views.answers import changed
from cases.views.panels import PointView, point_views

_SAID = ("outcome", "nonpayment_reason", "notes", "next_action", "next_action_on")
_PROMISED = ("promise_amount", "promise_due_on", "promise_means")


def call_form(request: HttpRequest, case: Case, *, chosen: int | None = None, notice: str = "") -> HttpResponse:
    """The empty form, with the number `chosen`, else that of the call just dialled, else the first usable one."""
    dialled = unlogged_call(case=case, actor=signed_in(request), now=timezone.now())
    points = _phones(case)
    wanted = dialled.contact_point_id if dialled else chosen
    form = _form(case, points, None, wanted)
    return _render(request, case, points, form, ConditionsForm(creditor=case.creditor), dialled, notice)


def _phones(case: Case) -> list[PointView]:
    return [view for view in point_views(case, timezone.now()) if view.point.is_phone and view.point.is_valid]


def _form(case: Case, points: list[PointView], data: Any, chosen: int | None) -> CallForm:
    return CallForm(
        data,
        points=[view.point for view in points],
        refused={view.point.pk for view in points if view.refused},
        today=today_of(case),
        initial={"contact_point": chosen or (points[0].point.pk if points else None)},
    )


def _render(
    request: HttpRequest,
    case: Case,
    points: list[PointView],
    form: CallForm,
    conditions: ConditionsForm,
    dialled: DialledCall | None,
    notice: str = "",
) -> HttpResponse:
    shown = next((view.point for view in points if str(view.point.pk) == str(form["contact_point"].value())), None)
    context = {
        "case": case,
        "script": script_for(case=case, contact_point=shown, caller=signed_in(request)),
        "form": form,
        "points": points,
        "conditions_form": conditions,
        "dialled": dialled,
        "notice": notice,
    }
    return render(request, "cases/_call_form.html", context)


def _book(
    case: Case, actor: User, data: dict[str, Any], conditions: ConditionsForm, dialled: DialledCall | None
) -> ContactRecord:
    point = data["contact_point"]
    # A call that was begun from here is of the instant and to the number that were judged then.
    ours = dialled if dialled is not None and dialled.contact_point_id == point.pk else None
    return book_contact(
        case=case,
        actor=actor,
        contact_point=point,
        channel="phone",
        at=ours.started_at if ours and data["direction"] == "out" else timezone.now(),
        direction=data["direction"],
        party=data["party"],
        conditions=conditions.requests(point),
        dialled=ours if data["direction"] == "out" else None,
        **{name: data[name] for name in (*_SAID, *_PROMISED)},
    )


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("cases.work_case", raise_exception=True)
def log_call(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: the form with the gate's verdict on each number; saving it refreshes the page."""
    case, actor = visible_case(request, pk), signed_in(request)
    if request.method == "GET":
        return call_form(request, case)
    points, dialled = _phones(case), unlogged_call(case=case, actor=actor, now=timezone.now())
    form = _form(case, points, request.POST, None)
    if dialled is not None and dialled.contact_point_id is not None:
        form.refused = form.refused - {dialled.contact_point_id}  # allowed when it was dialled
    conditions = ConditionsForm(request.POST, creditor=case.creditor)
    if form.is_valid() and conditions.is_valid():
        try:
            _book(case, actor, form.cleaned_data, conditions, dialled)
        except (PromiseRefused, ValueError) as refusal:
            form.add_error(None, str(refusal))
        else:
            return changed(request, case, _("The call is logged."))
    return _render(request, case, points, form, conditions, dialled)
