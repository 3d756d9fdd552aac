"""The supervisors' list of calls made against a refusal, and of refusals that a supervisor overrode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from borrowers.identity import mask_address
from borrowers.models import User
from cases.filters import BreachFilter
from cases.models import ContactRecord
from cases.services.contact_gate import decision_words
from cases.services.rule_words import rule_of, source_of
from cases.templatetags.case_words import outcome_label
from cases.views.access import signed_in
from cases.views.answers import csv_answer

PAGE_SIZE = 50
LARGEST_EXPORT = 50_000
TABS = (("breaches", _("Breaches")), ("overrides", _("Overrides")))
COLUMNS = (
    "at", "case", "borrower", "creditor", "by", "number", "party", "channel", "outcome", "rule", "rule_title", "source",
    "reason", "next_allowed_at", "allowed_by", "why_allowed",
)  # fmt: skip


def chosen_tab(request: HttpRequest) -> str:
    return "overrides" if request.GET.get("tab") == "overrides" else "breaches"


def contacts_in_tab(user: User, tab: str) -> QuerySet[ContactRecord]:
    """Contacts that the gate refused: made all the same, or made with a supervisor's word."""
    contacts: QuerySet[ContactRecord] = ContactRecord.objects.visible_to(user)
    if tab == "overrides":
        return contacts.filter(decision__override_by__isnull=False)
    return contacts.filter(is_breach=True)


def _export(contacts: QuerySet[ContactRecord]) -> HttpResponse:
    name = f"contacts-against-the-rules-{timezone.localdate()}"
    return csv_answer(name, COLUMNS, map(_row, _in_chunks(contacts)))


def _in_chunks(contacts: QuerySet[ContactRecord]) -> Iterator[ContactRecord]:
    yield from contacts[:LARGEST_EXPORT].iterator(chunk_size=1000)


def _row(contact: ContactRecord) -> dict[str, Any]:
    decision, case = contact.decision, contact.case
    next_at = decision.next_allowed_at if decision else None
    return {
        "at": timezone.localtime(contact.at),
        "case": case.case_no if case else "",
        "borrower": contact.borrower.name,
        "creditor": contact.borrower.creditor.name,
        "by": str(contact.actor or ""),
        "number": mask_address(contact.to),
        "party": contact.get_party_display(),
        "channel": contact.get_channel_display(),
        "outcome": outcome_label(contact.outcome),
        "rule": decision.rule if decision else "",
        "rule_title": rule_of(decision) if decision else "",
        "source": source_of(decision) if decision else "",
        "reason": decision_words(decision) if decision else "",
        "next_allowed_at": timezone.localtime(next_at) if next_at else None,
        "allowed_by": str(decision.override_by or "") if decision else "",
        "why_allowed": decision.override_reason if decision else "",
    }


@require_GET
@login_required
@permission_required("cases.supervise_case", raise_exception=True)
def breaches(request: HttpRequest) -> HttpResponse:
    """Newest first; as a table or, with `format=csv`, all that the filter finds as a file."""
    user, tab = signed_in(request), chosen_tab(request)
    filtered = BreachFilter(request.GET, queryset=contacts_in_tab(user, tab), user=user)
    related = ("case", "borrower__creditor", "actor", "decision__override_by")
    contacts = filtered.qs.select_related(*related).order_by("-at", "-id")
    if request.GET.get("format") == "csv":
        return _export(contacts)
    page = Paginator(contacts, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "cases/breaches.html", {"filter": filtered, "page_obj": page, "tabs": TABS, "tab": tab})
