"""Days on which a loan's clock stands still: no penalty interest and no delinquent days. What follows from them is made
anew at once, with what was owed before and after in the event."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from borrowers.models import Loan, LoanPause, User
from borrowers.services.ledger import booking


def pause_loan(*, loan: Loan, start: dt.date, end: dt.date | None, source: str, actor: User | None) -> LoanPause:
    """Let the clock stand still on [start, end), for as long as it takes when `end` is None. `source` names what it is
    for, and ends it. Penalty interest that was booked for those days is taken back."""
    with booking(loan, "loan_paused", actor=actor, on=start) as event:
        pause = LoanPause.objects.create(loan=loan, start=start, end=end, reason=source[:200])
        event.field, event.new = "pause", source
        event.detail["until"] = end.isoformat() if end else ""
    return pause


def resume_loan(*, loan: Loan, source: str, on: dt.date, actor: User | None) -> bool:
    """Let the clock of that source's pauses run again from the day `on`; False when none of them was running."""
    running = LoanPause.objects.filter(Q(end=None) | Q(end__gt=on), loan=loan, reason=source[:200])
    if not running.exists():
        return False
    with booking(loan, "loan_resumed", actor=actor, on=on) as event:
        for pause in running.select_for_update():
            pause.end = max(on, pause.start)
            pause.save(update_fields=["end"])
        event.field, event.old = "pause", source
    return True
