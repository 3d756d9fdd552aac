"""What the day's run does for legal staff: each step repeatable, in transactions of its own."""

from __future__ import annotations

import datetime as dt

from borrowers.models import Creditor
from cases.models import Case
from legal.models import Matter
from legal.stages import move_matter


def run_legal_day(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    """All steps of one creditor's day; how many rows they changed."""
    return end_matters(creditor=creditor, on=on)


def end_matters(*, creditor: Creditor, on: dt.date) -> int:
    """A matter ends with its case: recalled when the creditor took the accounts back, else settled."""
    ended = Matter.objects.open().filter(case__creditor=creditor, case__closed_on__isnull=False)
    found = list(ended.values_list("pk", "case__close_reason"))
    for pk, closed_as in found:
        if closed_as == Case.CloseReason.RECALLED:
            move_matter(pk, "recall", actor=None, reason=closed_as, ended_on=on)
        else:
            move_matter(pk, "settle", actor=None, reason=closed_as, ended_on=on)
    return len(found)
