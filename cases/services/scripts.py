"""The script of a call: chosen by pack, language and who is called, and filled in for the case."""

from __future__ import annotations

from dataclasses import dataclass

from borrowers.models import ContactPoint, User
from borrowers.money import format_money
from cases.models import CallScript, Case
from cases.policy.scripts import fill_in
from cases.services.messages import message_language


@dataclass(frozen=True, slots=True)
class Script:
    """What is said first and last, and what the collector has to heed; filled in."""

    opening: str
    guidance: str
    closing: str
    is_locked: bool
    version: int


def script_for(*, case: Case, contact_point: ContactPoint | None, caller: User) -> Script | None:
    """The script for a call to that number: the creditor's own before the common one, in the borrower's language.
    None where no script is on file. One query."""
    creditor, borrower = case.creditor, case.borrower
    situation = contact_point.owner if contact_point else ContactPoint.Owner.DEBTOR
    language = message_language(borrower)
    found = CallScript.objects.filter(
        pack=creditor.pack, situation=situation, language=language, is_active=True, creditor__in=[creditor]
    ) | CallScript.objects.filter(
        pack=creditor.pack, situation=situation, language=language, is_active=True, creditor=None
    )
    row = min(found, key=lambda script: script.creditor_id is None, default=None)
    if row is None:
        return None
    owes = situation != ContactPoint.Owner.CONTACT_PERSON
    values = {
        "caller": str(caller),
        "creditor": creditor.name,
        "borrower": borrower.name,
        "phone": creditor.phone,
        "complaint_line": creditor.complaint_line,
    }
    if owes:
        values |= {
            "overdue_amount": format_money(case.overdue_amount, case.currency, language),
            "days_past_due": str(case.days_past_due),
        }
    return Script(
        fill_in(row.opening, values),
        fill_in(row.guidance, values),
        fill_in(row.closing, values),
        is_locked=not owes,
        version=row.version,
    )
