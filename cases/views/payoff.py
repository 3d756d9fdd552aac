"""What closing a loan costs on a day, as a collector tells it on the telephone."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases.payoff_forms import PayoffForm
from cases.views.access import today_of, visible_case


@require_GET
@login_required
def payoff(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: loan and day (?loan=&on=), and the payoff by part; nothing is booked."""
    case = visible_case(request, pk)
    form = PayoffForm(request.GET or None, case=case, today=today_of(case))
    form.is_valid()
    return render(request, "cases/_payoff.html", {"case": case, "form": form, "quote": form.quote})
