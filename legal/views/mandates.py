"""Mandates: handed in with the signed paper."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.views.access import signed_in
from legal.forms import MandateForm
from legal.models import Mandate
from legal.services.mandates import file_mandate
from legal.views.access import REFUSALS, require_legal, say_refusal


@require_http_methods(["GET", "POST"])
@login_required
def mandates(request: HttpRequest) -> HttpResponse:
    """The mandates of one's creditors, and the form for a further one."""
    require_legal(request, "legal.add_mandate")
    actor = signed_in(request)
    form = MandateForm(request.POST or None, request.FILES or None, user=actor)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        paper = data.pop("paper")
        try:
            file_mandate(data=paper.read(), actor=actor, **data)
        except REFUSALS as refusal:
            say_refusal(request, refusal)
        else:
            messages.success(request, _("The mandate is filed."))
            return redirect("legal:mandates")
    filed = Mandate.objects.filter(creditor__in=form.fields["creditor"].queryset)  # type: ignore[attr-defined]
    context = {"form": form, "mandates": filed.select_related("creditor", "firm", "document")[:200]}
    return render(request, "legal/mandates.html", context, status=422 if form.errors else 200)
