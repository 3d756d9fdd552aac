"""A masked number shown in full, on request, with a trace."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from cases.services.reveals import reveal_contact_point, reveal_id_number
from cases.views.access import signed_in, visible_case


@require_POST
@login_required
def reveal(request: HttpRequest, pk: int, point_pk: int) -> HttpResponse:
    case = visible_case(request, pk)
    point = get_object_or_404(case.borrower.contact_points.all(), pk=point_pk)
    value = reveal_contact_point(case=case, point=point, actor=signed_in(request))
    return render(request, "cases/_revealed.html", {"value": value, "is_phone": point.is_phone, "point": point})


@require_POST
@login_required
def reveal_id(request: HttpRequest, pk: int) -> HttpResponse:
    value = reveal_id_number(case=visible_case(request, pk), actor=signed_in(request))
    return render(request, "cases/_revealed.html", {"value": value, "is_phone": False})
