"""Everything that happened in a case, newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from borrowers.models import AuditEvent, Payment, User
from cases.models import Case, ContactRecord, Letter, Message, Promise
from cases.views.access import signed_in, visible_case

PAGE_SIZE = 20
LAST_PAGE = 500
# Told by the rows themselves: the events of their making would say it twice.
TOLD_ELSEWHERE = ("contactrecord", "message", "letter", "promise", "payment", "loan")

CORRECTIONS = (
    "payment_reversed", "fee_charged", "waived", "entry_reversed", "arrangement_started", "arrangement_broken",
    "arrangement_cancelled", "loan_paused", "loan_resumed",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line: `kind` names the template part, `row` what it shows."""

    at: dt.datetime
    kind: str
    row: Any


def _contacts(case: Case, user: User) -> QuerySet[Any]:
    contacts = ContactRecord.objects.visible_to(user).filter(borrower=case.borrower)
    return contacts.select_related("actor", "decision", "contact_point").order_by("-at", "-id")


def _messages(case: Case, user: User) -> QuerySet[Any]:
    sent = Message.objects.visible_to(user).filter(borrower=case.borrower)
    return sent.select_related("contact_point", "queue_decision", "send_decision").order_by("-queued_at", "-id")


def _letters(case: Case, user: User) -> QuerySet[Any]:
    letters = Letter.objects.visible_to(user).filter(case__borrower=case.borrower)
    return letters.select_related("issued_by").order_by("-issued_at", "-id")


def _payments(case: Case, user: User) -> QuerySet[Any]:
    return Payment.objects.filter(loan__borrower=case.borrower).select_related("loan").order_by("-paid_on", "-id")


def _bookings(case: Case, user: User) -> QuerySet[Any]:
    """Charges, waivers and corrections, and payments that changed what came after them: with what was owed before and
    after. Other payments tell themselves."""
    late = Q(action="payment_booked", detail__backdated=True)
    booked = AuditEvent.objects.filter(Q(action__in=CORRECTIONS) | late, borrower=case.borrower, subject_type="loan")
    return booked.select_related("actor").order_by("-at", "-id")


def _promises(case: Case, user: User) -> QuerySet[Any]:
    return Promise.objects.filter(case=case).select_related("actor").order_by("-made_on", "-id")


def _events(case: Case, user: User) -> QuerySet[Any]:
    told = Q(subject_type__in=TOLD_ELSEWHERE) & ~Q(action="settle_unknown")
    events = AuditEvent.objects.filter(borrower=case.borrower).exclude(told)
    return events.select_related("actor").order_by("-at", "-id")


def _on_day(day: dt.date, case: Case) -> dt.datetime:
    """A business date among instants: the day's beginning where the creditor is."""
    return dt.datetime.combine(day, dt.time(), tzinfo=case.creditor.zone)


Source = tuple[Callable[[Case, User], QuerySet[Any]], Callable[[Any, Case], dt.datetime]]
SOURCES: dict[str, Source] = {
    "contact": (_contacts, lambda row, case: row.at),
    "message": (_messages, lambda row, case: row.queued_at),
    "letter": (_letters, lambda row, case: row.issued_at),
    "payment": (_payments, lambda row, case: _on_day(row.paid_on, case)),
    "booking": (_bookings, lambda row, case: row.at),
    "promise": (_promises, lambda row, case: _on_day(row.made_on, case)),
    "event": (_events, lambda row, case: row.at),
}
KINDS = (
    ("", _("everything")),
    ("contact", _("contacts")),
    ("message", _("messages")),
    ("letter", _("letters")),
    ("payment", _("payments")),
    ("booking", _("corrections of the ledger")),
    ("promise", _("promises")),
    ("event", _("changes")),
)


def entries(case: Case, user: User, kinds: Iterable[str], page: int) -> tuple[list[Entry], bool]:
    """Page `page` (from 0) and whether there is more: one query a kind."""
    end = (page + 1) * PAGE_SIZE
    found = [
        Entry(SOURCES[kind][1](row, case), kind, row)
        for kind in kinds
        for row in SOURCES[kind][0](case, user)[: end + 1]
    ]
    found.sort(key=lambda entry: entry.at, reverse=True)
    return found[page * PAGE_SIZE : end], len(found) > end


@require_GET
@login_required
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: the first page with its filter, or the lines of a further page."""
    case, kind = visible_case(request, pk), request.GET.get("kind", "")
    asked = request.GET.get("page", "")
    page = min(int(asked[:6]), LAST_PAGE) if asked.isdecimal() else 0
    kinds = [kind] if kind in SOURCES else list(SOURCES)
    lines, more = entries(case, signed_in(request), kinds, page)
    context = {
        "case": case,
        "entries": lines,
        "kinds": KINDS,
        "kind": kind if kind in SOURCES else "",
        "next_page": page + 1 if more else None,
    }
    return render(request, "cases/_timeline_lines.html" if page else "cases/_timeline.html", context)
