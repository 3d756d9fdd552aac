"""Sources of payment files on a screen: which column of a sample means what, with its first rows as they would be read."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from borrowers.intake import FileRefused
from borrowers.models import PaymentLine, PaymentSource, User
from borrowers.services.payment_sources import Sample, SourceRefused, read_sample, save_source, try_columns
from borrowers.services.uploads import file_type
from borrowers.source_forms import PaymentSourceForm


@require_http_methods(["GET", "POST"])
@login_required
def payment_source(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new source, or the columns of one: GET shows the form, POST looks at a sample or saves."""
    user = request.user
    assert isinstance(user, User)
    if not user.has_perm("borrowers.add_paymentsource" if pk is None else "borrowers.change_paymentsource"):
        raise PermissionDenied
    source = None
    if pk is not None:
        source = get_object_or_404(PaymentSource.objects.visible_to(user).select_related("creditor"), pk=pk)
    form = PaymentSourceForm(request.POST or None, request.FILES or None, user=user, source=source)
    if request.method == "POST" and form.is_valid() and _looked(form) and "save" in request.POST:
        saved = _saved(form, source, user)
        if saved is not None:
            messages.success(request, _("The source %(name)s is saved.") % {"name": saved})
            return redirect("borrowers:payment_files")
    context = {"form": form, "source": source, "lines": _lines(form), "cells_of_sample": _cells(form.sample)}
    return render(request, "borrowers/payment_source.html", context, status=422 if form.errors else 200)


def _cells(sample: Sample | None) -> list[list[str]]:
    """The sample's cells in the order of its columns."""
    return [[row.get(name, "") for name in sample.header] for _number, row in sample.rows] if sample else []


def _looked(form: PaymentSourceForm) -> bool:
    """Take in a sample that was uploaded; False when it is none."""
    file = form.cleaned_data.get("file")
    if not file:
        return True
    try:
        form.take_sample(_read(file))
    except FileRefused as refused:
        form.add_error("file", f"{refused.where} {refused.translated(_)}".strip())
        return False
    return form.is_valid()


def _read(upload: UploadedFile) -> Sample:
    ending = file_type(upload, "payments")  # type: ignore[arg-type]  # an upload reads like a file
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{ending}"
        upload.seek(0)
        path.write_bytes(upload.read())
        return read_sample(path)


def _lines(form: PaymentSourceForm) -> list[PaymentLine]:
    """The sample's rows as they would be read by what is chosen now."""
    if form.sample is None or not form.is_bound or "creditor" not in form.cleaned_data:
        return []
    creditor = form.cleaned_data["creditor"]
    return try_columns(
        form.sample,
        creditor=creditor,
        mapping=form.mapping,
        date_format=form.cleaned_data.get("date_format", ""),
        on=creditor.business_date(timezone.now()),
    )


def _saved(form: PaymentSourceForm, source: PaymentSource | None, user: User) -> PaymentSource | None:
    """The source as saved; None, with the error at its field, when that is refused."""
    given = form.cleaned_data
    try:
        return save_source(
            source=source, creditor=given["creditor"], name=given["name"], mapping=form.mapping,
            date_format=given["date_format"], method=given["method"], actor=user,
        )  # fmt: skip
    except SourceRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else f"column_{refused.field}", str(refused))
        return None
