"""Cases with a reminder each that is due now, every other one by e-mail."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from borrowers.models import Borrower, ContactPoint, Creditor
from cases.models import Case, MessageTemplate
from cases.services.messages import Figures
from cases.services.outbox_writing import Draft, write_messages

CHUNK = 500


def zone_of_noon(now: dt.datetime) -> str:
    """The zone in which it is about noon at `now`: nobody is written to at night."""
    return f"Etc/GMT{now.hour - 12:+d}"


def make_reminders(count: int, code: str = "FAULTS") -> None:
    """`count` of them, of a new creditor of that code."""
    now = timezone.now()
    creditor = Creditor.objects.create(
        code=code, name="Sample Lender", pack="cn", time_zone=zone_of_noon(now), language="en"
    )
    for channel in ("sms", "email"):
        MessageTemplate.objects.create(
            creditor=creditor,
            code="reminder",
            channel=channel,
            language="en",
            subject="Account",
            body="[{creditor}] {salutation}",
        )
    today = creditor.business_date(now)
    for first in range(0, count, CHUNK):
        with transaction.atomic():
            _make_chunk(creditor, range(first, min(first + CHUNK, count)), today, now)


def _make_chunk(creditor: Creditor, numbers: range, today: dt.date, now: dt.datetime) -> None:
    borrowers = Borrower.objects.bulk_create(
        Borrower(creditor=creditor, ref=f"B{number}", name="Sample", person_key=f"{creditor.code}-{number}")
        for number in numbers
    )
    cases = Case.objects.bulk_create(
        Case(
            case_no=f"{creditor.code}-{number:06d}",
            creditor=creditor,
            borrower=borrower,
            opened_on=today,
            currency="CNY",
            days_past_due=5,
            overdue_amount=Decimal("100.00"),
        )
        for number, borrower in zip(numbers, borrowers, strict=True)
    )
    channels = ["sms" if number % 2 else "email" for number in numbers]
    ContactPoint.objects.bulk_create(
        ContactPoint(
            borrower=borrower,
            kind="mobile" if channel == "sms" else "email",
            value=f"+86154{number:08d}" if channel == "sms" else f"b{number}@example.com",
        )
        for number, borrower, channel in zip(numbers, borrowers, channels, strict=True)
    )
    drafts = [
        Draft("reminder", today, channel, "reminder", Figures(case.borrower, today, case), [])
        for case, channel in zip(cases, channels, strict=True)
    ]
    write_messages(drafts, creditor=creditor, now=now)
