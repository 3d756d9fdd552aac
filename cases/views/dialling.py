"""Click to call: the gate first, then the telephone, then the form in which the call is logged."""

from __future__ import annotations

import json

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from cases.models import DialledCall
from cases.services.contact_gate import OverrideRefused
from cases.services.dialling import DialRefused, address_of, dial
from cases.views.access import signed_in, visible_case
from cases.views.calls import call_form


@require_POST
@login_required
@permission_required("cases.work_case", raise_exception=True)
def dial_point(request: HttpRequest, pk: int, point_pk: int) -> HttpResponse:
    """A fragment: the call form of the call that was begun, or why none was."""
    case, actor = visible_case(request, pk), signed_in(request)
    point = get_object_or_404(case.borrower.contact_points, pk=point_pk)
    try:
        call = dial(case=case, contact_point=point, actor=actor, now=timezone.now())
    except (DialRefused, OverrideRefused) as refusal:
        return call_form(request, case, chosen=point.pk, notice=str(refusal))
    answer = call_form(request, case, chosen=point.pk)
    if call.mode == DialledCall.Mode.LINK:
        answer["HX-Trigger"] = json.dumps({"fairdue:dial": {"address": address_of(call, actor)}})
    return answer
