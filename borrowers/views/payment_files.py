"""Payment files of banks and wallets on a screen: upload, the day's reconciliation, the queue of what waits."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from borrowers.forms import PaymentFileForm
from borrowers.intake import FileRefused
from borrowers.models import Loan, PaymentFile, PaymentLine, PaymentSource, User
from borrowers.services.payment_files import LineRefused, assign_line, load_file, queue, refuse_line, split_line
from borrowers.services.payment_reconciliation import reconcile
from borrowers.services.uploads import file_type

may_book = permission_required("borrowers.book_payments", raise_exception=True)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@login_required
@may_book
def payment_files(request: HttpRequest) -> HttpResponse:
    """Upload, reconciliation of a day (?on=), the queue: GET shows, POST loads a file."""
    user = _user(request)
    form = PaymentFileForm(request.POST or None, request.FILES or None, user=user)
    if request.method == "POST" and form.is_valid():
        source: PaymentSource = form.cleaned_data["source"]
        try:
            file = _load(form.cleaned_data["file"], source, user)
        except FileRefused as refused:
            form.add_error("file", f"{refused.where} {refused.translated(_)}".strip())
        else:
            messages.success(request, _("The file was loaded: %(rows)d lines.") % {"rows": file.row_count})
            return redirect("borrowers:payment_file", file.pk)
    day = _day(request)
    context = {"form": form, "day": day, "reconciled": reconcile(user, day), "waiting": queue(user)}
    return render(request, "borrowers/payment_files.html", context, status=422 if form.errors else 200)


def _load(upload: UploadedFile, source: PaymentSource, user: User) -> PaymentFile:
    ending = file_type(upload, "payments")  # type: ignore[arg-type]  # an upload reads like a file
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{ending}"
        path.write_bytes(upload.read())
        today = source.creditor.business_date(timezone.now())
        return load_file(path=path, source=source, file_name=upload.name or "file", on=today, actor=user)


def _day(request: HttpRequest) -> dt.date:
    try:
        return dt.date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return timezone.localdate()


@require_GET
@login_required
@may_book
def payment_file(request: HttpRequest, pk: int) -> HttpResponse:
    """One file with its lines."""
    file = get_object_or_404(PaymentFile.objects.visible_to(_user(request)).select_related("source__creditor"), pk=pk)
    lines = (
        file.lines.select_related("loan", "decided_by").prefetch_related("shares__payment__loan").order_by("row")[:1000]
    )
    return render(request, "borrowers/payment_file.html", {"file": file, "lines": lines})


@require_POST
@login_required
@may_book
def decide_line(request: HttpRequest, pk: int) -> HttpResponse:
    """Assign a suspended line to the loan of an account number, split it over the borrower's loans as was shown, or set
    it aside with a reason."""
    user = _user(request)
    files = PaymentFile.objects.visible_to(user)
    line = get_object_or_404(PaymentLine.objects.filter(file__in=files).select_related("file__source"), pk=pk)
    account_no = request.POST.get("account_no", "").strip()
    try:
        if split := request.POST.get("split", ""):
            split_line(line=line, expected=split, actor=user)
            messages.success(request, _("Booked on the borrower's loans."))
        elif account_no:
            loan = Loan.objects.filter(creditor=line.file.source.creditor_id, account_no=account_no).first()
            if loan is None:
                raise LineRefused(_("There is no account %(account)s.") % {"account": account_no[:64]})
            assign_line(line=line, loan=loan, actor=user)
            messages.success(request, _("Booked on %(account)s.") % {"account": account_no})
        else:
            refuse_line(line=line, reason=request.POST.get("reason", ""), actor=user)
            messages.success(request, _("The line is set aside."))
    except LineRefused as refused:
        messages.error(request, str(refused))
    return redirect("borrowers:payment_files")
