"""Accounts taken back, and the cases that end with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from borrowers.models import Creditor, Loan, User
from borrowers.services.recall import recall_loans
from cases.arrangement_moves import move_arrangement
from cases.models import Arrangement, Case, CaseLoan
from cases.services.case_figures import refresh_cases
from cases.services.plans import plan_cases
from cases.strategy import reasons


def recall_accounts(
    *, creditor: Creditor, account_nos: Sequence[str], on: dt.date, reason: str, actor: User | None
) -> tuple[int, int]:
    """Recall the accounts; returns (loans recalled, cases closed by it). A case of which all loans are recalled closes as
    recalled, with what was pending; the others go on with the rest. What was offered about the loans ends; an arrangement
    that runs is the creditor's from then on, and stays as it is. InputError as `recall_loans`; all or none."""
    with transaction.atomic():
        loans = recall_loans(creditor=creditor, account_nos=account_nos, on=on, reason=reason, actor=actor)
        _drop_offers(loans, on)
        cases = list(
            CaseLoan.objects.filter(loan__in=loans, case__closed_on=None).values_list("case", flat=True).distinct()
        )
        changes = refresh_cases(creditor=creditor, on=creditor.aged_on or on, case_ids=cases)
        still_open = list(Case.objects.open().filter(pk__in=cases).values_list("pk", flat=True))
        plan_cases(creditor=creditor, on=on, case_ids=still_open, because=reasons.FACTS)
    return len(loans), changes.closed


def _drop_offers(loans: Sequence[Loan], on: dt.date) -> None:
    offers = Arrangement.objects.filter(
        loan__in=loans, state__in=[Arrangement.State.PROPOSED, Arrangement.State.APPROVED]
    )
    for pk in list(offers.order_by("pk").values_list("pk", flat=True)):
        move_arrangement(pk, "cancel", actor=None, reason=reasons.ALL_RECALLED, on=on)
