"""Who asks, and for which matter or paper: the first line of every view here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from borrowers.models import User
from cases.letters.check import LetterRefused
from cases.views.access import signed_in
from legal.models import LegalPaper, Matter
from legal.services.matters import LegalRefused, MoveRefused

LOOKS = ("legal.view_matter", "legal.counsel_matter")


def require_legal(request: HttpRequest, *permissions: str) -> None:
    """PermissionDenied unless the person holds one of them; without any named: whoever sees matters at all. Which
    matters, their `visible_to` says."""
    user = signed_in(request)
    if not any(user.has_perm(permission) for permission in permissions or LOOKS):
        raise PermissionDenied


def may_record(user: User) -> bool:
    """Whether forms that record what a court did are shown at all; whose matter it is, the services check."""
    return user.has_perm("legal.work_matter") or user.has_perm("legal.counsel_matter")


def visible_matter(request: HttpRequest, pk: int) -> Matter:
    matters = Matter.objects.visible_to(signed_in(request)).select_related(
        "case__creditor",
        "case__borrower__creditor",
        "firm",
        "lawyer",
        "mandate",
        "opened_by",
        "batch",
        "court",
        "appeal_court",
        "enforcement_court",
    )
    return get_object_or_404(matters, pk=pk)


def visible_paper(request: HttpRequest, pk: int) -> LegalPaper:
    papers = LegalPaper.objects.visible_to(signed_in(request)).select_related(
        "matter__case__creditor",
        "matter__case__borrower__creditor",
        "matter__firm",
        "matter__lawyer",
        "matter__mandate",
        "matter__batch",
        "matter__court",
        "matter__appeal_court",
        "matter__enforcement_court",
        "drafted_by",
        "reviewed_by",
        "approved_by",
        "template",
        "document",
        "letter__document",
    )
    return get_object_or_404(papers, pk=pk)


def say_refusal(request: HttpRequest, refusal: Exception) -> None:
    """Every reason as a message of its own."""
    reasons = refusal.translated(_) if isinstance(refusal, LetterRefused) else [str(refusal)]
    for reason in reasons:
        messages.error(request, reason)


REFUSALS = (LetterRefused, LegalRefused, MoveRefused)


def act(request: HttpRequest, matter_pk: int, done: str, step: Callable[[], Any]) -> HttpResponse:
    """Take the step, say what was done or why not, and go back to the matter."""
    try:
        step()
    except REFUSALS as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(request, done)
    return redirect("legal:matter", matter_pk)


def framed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """May stand in a frame of our own pages, and of nobody else's."""
    own: Any = csp_replace({"frame-ancestors": [SELF]})(view)
    return xframe_options_sameorigin(own)


def posted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """POST by somebody signed in."""
    return require_POST(login_required(view))
