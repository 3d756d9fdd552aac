"""Steps of the plan that people do, and the demand letter."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from borrowers.models import User
from cases.forms import SkipForm
from cases.letters.check import LetterRefused
from cases.models import PlanStep
from cases.services.letters import issue_demand_letter
from cases.services.plans import finish_step
from cases.services.steps import skip_step
from cases.views.access import signed_in, today_of, visible_case
from cases.views.answers import changed, refused
from cases.views.panels import PEOPLE


def _require_worker(user: User) -> None:
    if not user.has_perm("cases.work_case"):
        raise PermissionDenied


@require_POST
@login_required
def step_done(request: HttpRequest, pk: int, step_pk: int) -> HttpResponse:
    case, actor = visible_case(request, pk), signed_in(request)
    _require_worker(actor)
    step = get_object_or_404(PlanStep, pk=step_pk, plan__case=case, state="planned", performer__in=PEOPLE)
    finish_step(step=step, actor=actor, at=timezone.now())
    return changed(request, case, _("The step is done."))


@require_POST
@login_required
def step_skip(request: HttpRequest, pk: int, step_pk: int) -> HttpResponse:
    case, actor = visible_case(request, pk), signed_in(request)
    _require_worker(actor)
    step = get_object_or_404(PlanStep, pk=step_pk, plan__case=case, state="planned", performer__in=PEOPLE)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return refused(request, case, _("Say why the step is passed over."))
    skip_step(step=step, actor=actor, reason=form.cleaned_data["reason"], at=timezone.now())
    return changed(request, case, _("The step is passed over."))


@require_POST
@login_required
def issue_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """A demand letter now; what it lacks is said in words, and nothing is issued then."""
    case, actor = visible_case(request, pk), signed_in(request)
    step_pk = request.POST.get("step", "")
    step = get_object_or_404(PlanStep, pk=step_pk, plan__case=case) if step_pk.isdecimal() else None
    try:
        letter = issue_demand_letter(case=case, actor=actor, on=today_of(case), step=step)
    except LetterRefused as refusal:
        return refused(request, case, *refusal.translated(_))
    return changed(request, case, _("Demand letter %(number)s is issued.") % {"number": letter.number})
