"""Letters by post: what waits, the print runs, and what the carrier tells of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from borrowers.errors import InputError
from borrowers.models import Creditor
from cases.models import Posting, PrintRun
from cases.services.carrier_file import take_carrier_file
from cases.services.posting import PostingRefused, letters_to_post, make_print_run
from cases.views.access import signed_in

may_print = permission_required("cases.make_print_run", raise_exception=True)


class CarrierForm(forms.Form):
    """The carrier's file; first looked at, then applied."""

    file = forms.FileField(label=gettext_lazy("The carrier's file (CSV or XLSX)"))
    apply = forms.BooleanField(required=False, label=gettext_lazy("Apply it (else it is only checked)"))


def _run(request: HttpRequest, pk: int) -> PrintRun:
    rows = PrintRun.objects.visible_to(signed_in(request)).select_related("creditor", "made_by", "pdf", "addresses")
    return get_object_or_404(rows, pk=pk)


@require_GET
@login_required
@may_print
def print_runs(request: HttpRequest) -> HttpResponse:
    """What waits for each creditor, with what cannot go and why; below it the runs so far."""
    user, now = signed_in(request), timezone.now()
    waiting = []
    for creditor in Creditor.objects.visible_to(user).filter(is_active=True):
        letters = letters_to_post(creditor=creditor, now=now)
        if letters:
            going = [one for one in letters if not one.problem]
            waiting.append({"creditor": creditor, "going": going, "stuck": [one for one in letters if one.problem]})
    counts = {
        state: Count("postings", filter=Q(postings__state=state))
        for state in ("posted", "delivered", "returned", "lost")
    }
    runs = PrintRun.objects.visible_to(user).select_related("creditor", "made_by").annotate(**counts).order_by("-pk")
    page = Paginator(runs, 25).get_page(request.GET.get("page"))
    context = {"waiting": waiting, "page_obj": page, "paginator": page.paginator}
    return render(request, "cases/print_runs.html", context)


@require_POST
@login_required
@may_print
def make_run(request: HttpRequest, creditor_pk: int) -> HttpResponse:
    creditor = get_object_or_404(Creditor.objects.visible_to(signed_in(request)), pk=creditor_pk)
    try:
        run = make_print_run(creditor=creditor, actor=signed_in(request), now=timezone.now())
    except PostingRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("cases:print_runs")
    messages.success(request, _("The letters are ready to be printed."))
    return redirect("cases:print_run", run.pk)


@require_http_methods(["GET", "POST"])
@login_required
@may_print
def print_run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run with its letters; the carrier's file is checked or applied here."""
    run = _run(request, pk)
    form = CarrierForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"run": run, "form": form}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            context["lines"] = take_carrier_file(
                run=run,
                actor=signed_in(request),
                name=given["file"].name,
                data=given["file"].read(),
                dry_run=not given["apply"],
                today=run.creditor.business_date(timezone.now()),
            )
            context["applied"] = given["apply"]
        except InputError as error:
            form.add_error("file", InputError("", error.message, **error.params).translated(_))
    context["postings"] = Posting.objects.filter(run=run).select_related("letter__case")
    return render(request, "cases/print_run.html", context)


@require_GET
@login_required
@may_print
def run_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The letters as PDF, or the address list."""
    run = _run(request, pk)
    document = {"letters": run.pdf, "addresses": run.addresses}.get(kind)
    if document is None:
        raise Http404
    answer = HttpResponse(document.read(), content_type=document.mime_type)
    answer["Content-Disposition"] = f'attachment; filename="{document.name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
