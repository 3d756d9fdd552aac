"""Uploads on a screen: list, upload with dry run, preview, load, discard."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from borrowers.forms import LoadForm, UploadForm
from borrowers.intake import FileRefused
from borrowers.models import Placement, User
from borrowers.services.uploads import check_and_keep, discard_kept, load_kept

MOST_SHOWN = 200
may_load = permission_required("borrowers.load_placement", raise_exception=True)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _placement(request: HttpRequest, pk: int) -> Placement:
    rows = Placement.objects.visible_to(_user(request)).select_related("creditor", "created_by")
    return get_object_or_404(rows, pk=pk)


@login_required
@may_load
def placements(request: HttpRequest) -> HttpResponse:
    """The uploads so far, and the form for the next: GET shows, POST checks the file and leads to its preview."""
    form = UploadForm(request.POST or None, request.FILES or None, user=_user(request))
    if request.method == "POST" and form.is_valid():
        try:
            row = check_and_keep(actor=_user(request), **form.cleaned_data)
        except FileRefused as error:
            form.add_error("file", error.translated(_))
        else:
            return redirect("borrowers:placement", row.pk)
    rows = Placement.objects.visible_to(_user(request)).select_related("creditor", "created_by").defer("refusals_csv")
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "paginator": page.paginator}
    return render(request, "borrowers/placements.html", context, status=422 if form.errors else 200)


@login_required
@may_load
@require_GET
def placement(request: HttpRequest, pk: int) -> HttpResponse:
    """What the file holds, which rows are refused and why; while it waits, the buttons to load or discard it."""
    row = _placement(request, pk)
    context = {"placement": row, **refused_rows(row.refusals_csv), "waits": bool(row.upload_path), "form": LoadForm()}
    return render(request, "borrowers/placement.html", context)


@login_required
@may_load
@require_POST
def load(request: HttpRequest, pk: int) -> HttpResponse:
    form = LoadForm(request.POST)
    if form.is_valid():
        try:
            row = load_kept(placement=_placement(request, pk), actor=_user(request), **form.cleaned_data)
        except FileRefused as error:
            messages.error(request, error.translated(_))
        else:
            if row.state == Placement.State.LOADED:
                messages.success(request, _("The file was loaded."))
            else:
                messages.warning(request, _("Rows were refused, so nothing was loaded. The file still waits here."))
    return redirect("borrowers:placement", pk)


@login_required
@may_load
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    discard_kept(placement=_placement(request, pk), actor=_user(request))
    messages.success(request, _("The file was thrown away; nothing of it was loaded."))
    return redirect("borrowers:placements")


@login_required
@may_load
@require_GET
def refusals(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows as CSV, with a mark of UTF-8 so that spreadsheets read Chinese right."""
    row = _placement(request, pk)
    response = HttpResponse("\ufeff" + row.refusals_csv, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{row.pk}.csv"'
    return response


def refused_rows(text: str) -> dict[str, Any]:
    """The first refused rows as lists, and how many there are."""
    rows = list(csv.reader(io.StringIO(text)))[1:]
    return {"refused": rows[:MOST_SHOWN], "refused_count": len(rows)}
