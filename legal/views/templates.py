"""Wordings of papers: which are in force, an editor with a preview beside it, their versions; and firms' certificates."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from borrowers.models import Creditor, User
from cases.letters.content import LANGUAGES
from cases.views.access import signed_in
from cases.views.letters import pdf_response
from legal.forms import ReasonForm
from legal.models import FirmCertificate, LegalPaper, PaperTemplate
from legal.paper_forms import CertificateForm, TemplateForm, creditor_choices
from legal.services.certificates import file_certificate, retire_certificate
from legal.services.papers.kinds import KINDS
from legal.services.papers.looking import look_at_wording
from legal.services.papers.templates import (
    WordingRefused,
    default_body,
    diff_of,
    give_up_template,
    load_default_papers,
    newest,
    restore_template,
    save_template,
)
from legal.services.papers.wording import PARTS, names_of
from legal.views.access import REFUSALS, framed, posted, require_legal, say_refusal

_SEES = "legal.view_papertemplate"


@require_GET
@login_required
def templates(request: HttpRequest) -> HttpResponse:
    """Every wording in force: the house's, and creditors' own."""
    require_legal(request, _SEES)
    user = signed_in(request)
    if not PaperTemplate.objects.exists():
        load_default_papers()
    rows = PaperTemplate.objects.visible_to(user).select_related("creditor", "made_by")
    latest: dict[tuple[str, str, int], PaperTemplate] = {}
    for row in rows.order_by("version"):
        latest[(row.kind, row.language, row.creditor_id or 0)] = row
    order = list(KINDS)
    found = sorted(latest.values(), key=lambda row: (order.index(row.kind), row.language, row.creditor_id or 0))
    context = {"templates": found, "creditors": creditor_choices(user)}
    return render(request, "legal/papers/templates.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def template(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """The editor of one wording (?creditor=… for a creditor's own), with its versions."""
    require_legal(request, _SEES)
    user, creditor = signed_in(request), _creditor(request, kind, language)
    last = newest(kind=kind, language=language, creditor_id=creditor.pk if creditor else None)
    form = _form(request, user, kind, language, last)
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            save_template(
                kind=kind, language=language, creditor=creditor, body=data["body"], reason=data["reason"],
                based_on=data["based_on"], actor=user,
            )  # fmt: skip
        except WordingRefused as refusal:
            problems = refusal.problems
        except REFUSALS as refusal:
            say_refusal(request, refusal)
        else:
            messages.success(request, _("The wording is saved as a new version."))
            return redirect(request.get_full_path())
    context = {
        "form": form,
        "kind": LegalPaper.Kind(kind),
        "language": language,
        "creditor": creditor,
        "last": last,
        "problems": problems,
        "versions": PaperTemplate.objects.versions(
            kind=kind, language=language, creditor_id=creditor.pk if creditor else None
        ).select_related("made_by")[:100],
        "names": names_of(KINDS[kind].content),
        "parts": PARTS,
        "needs": KINDS[kind].needs,
    }
    return render(request, "legal/papers/template.html", context, status=422 if problems or form.errors else 200)


def _creditor(request: HttpRequest, kind: str, language: str) -> Creditor | None:
    if kind not in KINDS or language not in LANGUAGES:
        raise Http404
    chosen = request.GET.get("creditor", "")
    if not chosen:
        return None
    return get_object_or_404(Creditor.objects.visible_to(signed_in(request)), pk=chosen if chosen.isdecimal() else 0)


def _form(request: HttpRequest, user: User, kind: str, language: str, last: PaperTemplate | None) -> TemplateForm:
    house = last or newest(kind=kind, language=language, creditor_id=None)
    first: dict[str, Any] = {
        "body": house.body if house else default_body(kind, language),
        "based_on": last.version if last else 0,
    }
    return TemplateForm(request.POST or None, user=user, packs=KINDS[kind].packs, initial=first)


@posted
@framed
def template_preview(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """The wording of the editor as PDF, in the frame beside it; nothing is kept."""
    require_legal(request, _SEES)
    user = signed_in(request)
    if kind not in KINDS or language not in LANGUAGES:
        raise Http404
    form = TemplateForm(request.POST, user=user, packs=KINDS[kind].packs)
    form.fields["reason"].required = False
    if not form.is_valid():
        problems = [str(error) for errors in form.errors.values() for error in errors]
        return render(request, "legal/papers/no_preview.html", {"problems": problems}, status=422)
    data = form.cleaned_data
    try:
        pdf = look_at_wording(kind=kind, language=language, body=data["body"], matter=data["matter"], actor=user)
    except WordingRefused as refusal:
        return render(request, "legal/papers/no_preview.html", {"problems": refusal.problems}, status=422)
    except REFUSALS as refusal:
        return render(request, "legal/papers/no_preview.html", {"problems": [str(refusal)]}, status=422)
    return pdf_response(pdf, f"{kind}-{language}", download=False)


def _version(request: HttpRequest, pk: int) -> PaperTemplate:
    rows = PaperTemplate.objects.visible_to(signed_in(request)).select_related("creditor", "made_by")
    found: PaperTemplate = get_object_or_404(rows, pk=pk)
    return found


def _editor(row: PaperTemplate) -> str:
    address = reverse("legal:template", args=[row.kind, row.language])
    return f"{address}?creditor={row.creditor_id}" if row.creditor_id else address


@require_GET
@login_required
def template_version(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: its words, and what it changed."""
    require_legal(request, _SEES)
    row = _version(request, pk)
    all_versions = PaperTemplate.objects.versions(kind=row.kind, language=row.language, creditor_id=row.creditor_id)
    before = all_versions.filter(version__lt=row.version).first()
    context = {
        "row": row,
        "before": before,
        "diff": diff_of(before, row) if before else [],
        "is_newest": not all_versions.filter(version__gt=row.version).exists(),
        "editor": _editor(row),
    }
    return render(request, "legal/papers/version.html", context)


@posted
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """The wording of an earlier version again; or a creditor's own given up (give_up=1)."""
    require_legal(request, _SEES)
    row, form = _version(request, pk), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    step = give_up_template if request.POST.get("give_up") else restore_template
    try:
        step(template=row, reason=reason, actor=signed_in(request))
    except REFUSALS as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(request, _("The wording is saved as a new version."))
    return redirect(_editor(row))


# --- Certificates ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
def certificates(request: HttpRequest) -> HttpResponse:
    """With what firms sign; the newest of a firm is in use."""
    require_legal(request, "legal.view_firmcertificate")
    form = CertificateForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            file_certificate(
                firm=data["firm"], data=data["file"].read(), passphrase=data["passphrase"], actor=signed_in(request)
            )
        except REFUSALS as refusal:
            say_refusal(request, refusal)
        else:
            messages.success(request, _("The certificate is filed."))
            return redirect("legal:certificates")
    rows = FirmCertificate.objects.select_related("firm", "filed_by").defer("pkcs12", "passphrase")[:200]
    context = {"form": form, "certificates": rows}
    return render(request, "legal/papers/certificates.html", context, status=422 if form.errors else 200)


@posted
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = get_object_or_404(FirmCertificate, pk=pk), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        retire_certificate(certificate=row, reason=reason, actor=signed_in(request))
    except REFUSALS as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(request, _("The certificate is retired."))
    return redirect("legal:certificates")
