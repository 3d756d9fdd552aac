"""Whether a paper may be issued: everything that it lacks or that does not add up, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from borrowers.errors import gettext_noop
from cases.letters.check import Reason
from cases.letters.fonts import cannot_draw
from legal.models import LegalPaper
from legal.services.papers import content as papers
from legal.services.papers.fields import FIELDS
from legal.services.papers.kinds import KINDS

Kind = LegalPaper.Kind
MESSAGES = {
    "court": gettext_noop("the matter has no court"),
    "creditor.name": gettext_noop("the creditor's name is missing"),
    "creditor.address": gettext_noop("the creditor's address is missing"),
    "creditor.code": gettext_noop("the creditor's registration number is missing"),
    "creditor.representative": gettext_noop("the creditor's legal representative is missing"),
    "debtor.name": gettext_noop("the borrower's name is missing"),
    "debtor.address": gettext_noop("the borrower has no postal address on file"),
    "debtor.id_no": gettext_noop("the borrower's ID number is missing"),
    "firm.name": gettext_noop("the matter has no law firm"),
    "firm.address": gettext_noop("the firm's address is missing"),
    "firm.phone": gettext_noop("the firm's telephone is missing"),
    "firm.lawyer": gettext_noop("no lawyer is named"),
    "firm.lawyer_licence_no": gettext_noop("the lawyer's licence number is missing"),
    "exhibits": gettext_noop("there is no evidence on file for the borrower"),
    "title_no": gettext_noop("the matter has no case number of the court"),
    "title_court": gettext_noop("the matter has no court that decided"),
    "effective_on": gettext_noop("the day on which the title became effective is missing"),
    "performance_due_on": gettext_noop("the end of the time for performance is missing"),
    "principal": gettext_noop("no principal was awarded"),
    "account.holder": gettext_noop("the holder of the account to pay into is missing"),
    "account.bank": gettext_noop("the bank of the account to pay into is missing"),
    "account.number": gettext_noop("the number of the account to pay into is missing"),
}
_MISSING = gettext_noop("this is missing: %(what)s")


def reasons_against(kind: str, content: papers.Paper) -> list[Reason]:
    """What stands against issuing this content; nothing when it is complete."""
    return [*_gaps(kind, content), *_figures(content), *_characters(content)]


def _gaps(kind: str, content: papers.Paper) -> Iterator[Reason]:
    labels = {field.name: field.label for field in FIELDS[kind]}
    for name in KINDS[kind].required:
        value: Any = content
        for part in name.split("."):
            value = getattr(value, part)
        if value in (None, "", (), False) or value == 0 or (isinstance(value, str) and not value.strip()):
            message = MESSAGES.get(name)
            if message is None:
                yield Reason(name, _MISSING, {"what": str(labels.get(name.replace(".", "_"), name))})
            else:
                yield Reason(name, message)


def _figures(content: papers.Paper) -> Iterator[Reason]:
    if isinstance(content, papers.Claiming):
        yield from _claim(content)
    if isinstance(content, papers.Settlement):
        if content.agreed > content.total:
            yield Reason("agreed", gettext_noop("the payments come to more than what is owed"))
        if any(part.due_on <= content.issued_on for part in content.plan):
            yield Reason("plan", gettext_noop("a payment is due before the agreement is made"))
    if isinstance(content, papers.Preservation) and content.amount > content.total:
        yield Reason("amount", gettext_noop("more is to be preserved than is claimed"))
    if isinstance(content, papers.AssignmentNotice) and content.assigned_on > content.issued_on:
        yield Reason("assigned_on", gettext_noop("the assignment lies after the date of the notice"))
    if isinstance(content, papers.Enforcement):
        if content.remaining <= 0:
            yield Reason("remaining", gettext_noop("nothing is left to be enforced"))
        if content.performance_due_on and content.performance_due_on >= content.issued_on:
            yield Reason("performance", gettext_noop("the time for performance has not ended"))
    if isinstance(content, papers.ValidationNotice):
        yield from _itemization(content)


def _claim(content: papers.Claiming) -> Iterator[Reason]:
    zero = content.total * 0
    if content.total <= 0:
        yield Reason("nothing_due", gettext_noop("nothing is overdue at the cut-off date"))
    loans = sum((loan.total for loan in content.loans), zero)
    if loans + sum((cost.amount for cost in content.costs), zero) != content.total:
        yield Reason("total", gettext_noop("the contracts and costs do not add up to the sum claimed"))
    for loan in content.loans:
        parts = loan.principal + loan.interest + loan.penalty + loan.fees
        if parts != loan.total or sum((line.amount for line in loan.lines), zero) != loan.total:
            words = gettext_noop("contract %(contract)s: the parts do not add up")
            yield Reason("contract_sum", words, {"contract": loan.account_no})
        if not loan.contract_no.strip():
            words = gettext_noop("account %(contract)s has no contract number")
            yield Reason("contract_no", words, {"contract": loan.account_no})


def _itemization(content: papers.ValidationNotice) -> Iterator[Reason]:
    if content.amount_then + content.interest + content.fees - content.paid != content.amount_now:
        yield Reason("total", gettext_noop("the itemization does not add up"))
    if min(content.interest, content.fees, content.paid) < 0:
        yield Reason("itemization", gettext_noop("less was charged or paid since the itemization date than before it"))
    if content.amount_now <= 0:
        yield Reason("nothing_due", gettext_noop("nothing is owed any more"))
    if content.itemization_date >= content.issued_on:
        yield Reason("itemization_date", gettext_noop("the itemization date must lie before the date of the notice"))
    if content.send_on < content.issued_on:
        yield Reason("send_on", gettext_noop("the day of sending has passed: the time to dispute would be too short"))


def _characters(content: papers.Paper) -> Iterator[Reason]:
    missing = cannot_draw(papers.texts_of(content))
    if missing:
        yield Reason("characters", gettext_noop("no font can draw: %(characters)s"), {"characters": " ".join(missing)})
