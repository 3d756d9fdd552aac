"""Evidence of a matter: what is there and what is missing, papers handed in, bundles made and given out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from borrowers.models.document import DocumentChanged, DocumentPurged
from cases.services.letter_figures import language_of
from cases.views.access import signed_in
from legal.evidence.words import WORDS, words
from legal.evidence_forms import BundleForm, ExhibitForm
from legal.models import EvidenceBundle, Matter
from legal.rules.catalogue import GROUPS
from legal.services.evidence import add_exhibit, build_bundle, overview, read_bundle
from legal.services.evidence_gathering import missing_of
from legal.services.matters import LegalRefused
from legal.views.access import posted, require_legal, visible_matter
from legal.views.court_papers import file_response

logger = logging.getLogger(__name__)
MISSING: dict[str, Any] = {
    "identity": gettext_lazy("identity paper"),
    "contract": gettext_lazy("contract"),
    "disbursement": gettext_lazy("proof of disbursement"),
    "demand": gettext_lazy("a demand"),
    "delivery": gettext_lazy("proof that a demand was delivered"),
}
_FORMS = {"pdf": "application/pdf", "zip": "application/zip"}


def _common(request: HttpRequest, matter: Matter) -> dict[str, Any]:
    return {
        "matter": matter,
        "case": matter.case,
        "bundles": matter.bundles.select_related("made_by", "pdf", "zip").defer("manifest"),
        "may_make": signed_in(request).has_perm("legal.work_matter"),
    }


@require_GET
@login_required
def evidence_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment of the matter's page: what a court would miss, and the bundles made."""
    require_legal(request)
    matter = visible_matter(request, pk)
    context = {**_common(request, matter), "missing": [MISSING[code] for code in missing_of(matter)]}
    return render(request, "legal/_evidence.html", context)


@require_GET
@login_required
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    require_legal(request)
    matter = visible_matter(request, pk)
    return _page(request, matter)


def _page(
    request: HttpRequest, matter: Matter, status: int = 200, left_out: Mapping[str, str] | None = None, **forms: Any
) -> HttpResponse:
    context = _common(request, matter)
    if context["may_make"]:
        context |= _exhibits(request, matter, left_out or {}) | forms
    return render(request, "legal/evidence.html", context, status=status)


def _exhibits(request: HttpRequest, matter: Matter, left_out: Mapping[str, str]) -> dict[str, Any]:
    """What would stand in a bundle of today, in the language of the paper; None or a reason for leaving it out."""
    today = matter.case.creditor.business_date(timezone.now())
    language = request.POST.get("language") or request.GET.get("language") or language_of(matter.case.borrower)
    language = language if language in WORDS else "en"
    seen = overview(matter=matter, language=language, cut_off=today)
    ordered = sorted(seen.candidates, key=lambda one: GROUPS.index(one.group))
    groups = groupby(ordered, key=lambda one: one.group)
    return {
        "language": language,
        "languages": WORDS,
        "refusal": seen.refusal,
        "missing": [MISSING[code] for code in seen.missing],
        "groups": [
            (words(language)[f"group_{name}"], [(exhibit, left_out.get(exhibit.key)) for exhibit in exhibits])
            for name, exhibits in groups
        ],
        "bundle_form": BundleForm(today=today, language=language),
        "exhibit_form": ExhibitForm(),
    }


@posted
def make_bundle(request: HttpRequest, pk: int) -> HttpResponse:
    matter, actor, now = visible_matter(request, pk), signed_in(request), timezone.now()
    form = BundleForm(request.POST, today=matter.case.creditor.business_date(now), language="en")
    if not form.is_valid():
        return _page(request, matter, 422, bundle_form=form)
    try:
        bundle = build_bundle(matter=matter, actor=actor, now=now, leave_out=form.left_out(), **form.cleaned_data)
    except LegalRefused as refusal:
        messages.error(request, str(refusal))
        return _page(request, matter, 422, bundle_form=form, left_out=form.left_out())
    told = {"number": bundle.number, "pages": bundle.pages}
    messages.success(request, _("Bundle %(number)s is made: %(pages)d pages.") % told)
    return redirect("legal:evidence", pk)


@posted
def hand_in_exhibit(request: HttpRequest, pk: int) -> HttpResponse:
    matter, actor = visible_matter(request, pk), signed_in(request)
    form = ExhibitForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, matter, 422, exhibit_form=form)
    given = dict(form.cleaned_data)
    try:
        paper = add_exhibit(matter=matter, actor=actor, data=given.pop("paper").read(), **given)
    except LegalRefused as refusal:
        form.add_error("paper", str(refusal))
        return _page(request, matter, 422, exhibit_form=form)
    messages.success(request, _("“%(name)s” is handed in.") % {"name": paper.name})
    return redirect("legal:evidence", pk)


@require_GET
@login_required
def bundle_download(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The bytes as they were made; when they are not those any more, a page that says so and never the file."""
    actor = signed_in(request)
    if form not in _FORMS:
        raise Http404
    bundle = get_object_or_404(EvidenceBundle.objects.visible_to(actor).select_related("pdf", "zip"), pk=pk)
    name = f"{bundle.number}.{form}"
    try:
        data = read_bundle(bundle=bundle, actor=actor, form=form)
    except (DocumentChanged, DocumentPurged, FileNotFoundError):
        logger.exception("evidence bundle %s is not as it was made", bundle.pk)
        return render(request, "legal/changed_file.html", {"name": name}, status=500)
    return file_response(data, name, _FORMS[form])
