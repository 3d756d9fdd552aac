"""What the day's run does for legal staff: each step repeatable, in transactions of its own."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from borrowers.models import Creditor
from cases.models import Case
from cases.services.hand_over import hand_over_due
from legal.models import Matter
from legal.models.matter_states import WITHDRAWABLE
from legal.services.deadline_sync import refresh_creditor
from legal.services.limitation import refresh_limitations
from legal.services.opening import open_waiting
from legal.services.reminders import queue_reminders
from legal.stages import move_matters

CHUNK = 500


def run_legal_day(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    """All steps of one creditor's day; how many rows they changed."""
    return (
        len(hand_over_due(creditor=creditor, on=on, now=now))
        + len(open_waiting(creditor=creditor, on=on))
        + end_matters(creditor=creditor, on=on)
    )


def run_limitation_day(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    """Before the rest: what has expired is not handed over by itself."""
    return refresh_limitations(creditor=creditor, on=on)


def run_deadlines_day(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    """Behind the rest: the deadlines of what was opened and ended, and who is reminded of them."""
    return refresh_creditor(creditor=creditor, on=on) + queue_reminders(creditor=creditor, on=on, now=now)


def end_matters(*, creditor: Creditor, on: dt.date) -> int:
    """A matter ends with its case, by the case's own reason: recalled when the creditor took the accounts back, settled
    when it was paid or settled; of a case that was written off, withdrawn while that is possible, else concluded."""
    ended = Matter.objects.open().filter(case__creditor=creditor, case__closed_on__isnull=False)
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for pk, state, closed_as in ended.order_by("pk").values_list("pk", "state", "case__close_reason"):
        found[_end_of(state, closed_as), closed_as].append(pk)
    moved = 0
    for (move, closed_as), ids in found.items():
        for at in range(0, len(ids), CHUNK):
            moved += len(move_matters(ids[at : at + CHUNK], move, actor=None, reason=closed_as, ended_on=on))
    return moved


def _end_of(state: str, closed_as: str) -> str:
    if closed_as == Case.CloseReason.RECALLED:
        return "recall"
    if closed_as == Case.CloseReason.WRITTEN_OFF:
        return "withdraw" if state in WITHDRAWABLE else "conclude"
    return "settle"
