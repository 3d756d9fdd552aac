"""Keeps the deadlines that follow from matters in step with them: after each move, and in the day's run.

What a person closed stays closed; what closed by itself opens again when its reason is gone, as when a date is corrected.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from borrowers.models import Creditor, Loan
from cases.models import CaseLoan
from legal.models import CourtPaper, Deadline, Matter, MatterState, Preservation
from legal.models.matter_states import BEFORE_COURT
from legal.rules.deadlines import GONE, MET, OPEN, Due, LoanTerm, MatterFacts, Preserved, deadlines_of
from legal.rules.limitation import INTERRUPTING, Event
from legal.services.limitation import Standing, limitation_of

CHUNK = 200
_CLOSED = {OPEN: "", MET: Deadline.Closed.MET, GONE: Deadline.Closed.GONE}
_COLUMNS = ["due_on", "at", "clause", "grade", "reasons", "closed_as", "done_on", "changed_at"]
_DATES = (
    "payment_order_on",
    "writ_issued_on",
    "writ_served_on",
    "order_opposed_on",
    "mediation_on",
    "filed_on",
    "accepted_on",
    "served_on",
    "judged_on",
    "judgment_served_on",
    "appealed_on",
    "effective_on",
    "performance_due_on",
    "enforcement_applied_on",
    "terminated_on",
)


def follow_matters(matters: Iterable[Matter]) -> None:
    """After a move: their deadlines as of today. Call inside the transaction of the move."""
    now, by_day = timezone.now(), defaultdict(list)
    ids = [matter.pk for matter in matters]
    for matter in Matter.objects.filter(pk__in=ids).select_related(*_RELATED).order_by("pk"):
        by_day[matter.case.creditor.business_date(now)].append(matter)
    for on, found in by_day.items():
        refresh_deadlines(found, on)


def refresh_creditor(*, creditor: Creditor, on: dt.date) -> int:
    """The deadlines of the creditor's open matters, and of those that ended and have some open; how many changed."""
    matters = Matter.objects.filter(case__creditor=creditor)
    wanted = set(matters.open().values_list("pk", flat=True))
    left = Deadline.objects.open().filter(matter__case__creditor=creditor, source=Deadline.Source.AUTO)
    ids = sorted(wanted | set(left.values_list("matter", flat=True)))
    changed = 0
    for at in range(0, len(ids), CHUNK):
        with transaction.atomic():
            chunk = matters.filter(pk__in=ids[at : at + CHUNK]).select_related(*_RELATED).order_by("pk")
            changed += refresh_deadlines(list(chunk), on)
    return changed


_RELATED = ("case__creditor", "lawyer")


def refresh_deadlines(matters: Sequence[Matter], on: dt.date) -> int:
    """Make, move and close what follows from these matters on the day `on`; a fixed number of queries. `matters` come
    with their case, its creditor, and their lawyer."""
    if not matters:
        return 0
    held: dict[int, dict[tuple[Any, ...], Deadline]] = defaultdict(dict)
    for known in Deadline.objects.filter(matter__in=matters, source=Deadline.Source.AUTO):
        held[known.matter_id][known.kind, known.ref, known.basis_on] = known
    new: list[Deadline] = []
    changed: list[Deadline] = []
    for matter, facts in _facts(matters, on):
        rows = held[matter.pk]
        for due in deadlines_of(facts, on):
            key = (due.kind, due.ref, due.basis_on)
            row = rows.pop(key, None)
            if row is None:
                # What never stood open is no news.
                if due.state == OPEN:
                    new.append(_apply(Deadline(matter=matter, owner_id=_owner(matter)), due, on))
            elif _differs(row, due):
                changed.append(_apply(row, due, on))
        for left in rows.values():
            if not left.closed_as:
                left.closed_as, left.done_on, left.changed_at = Deadline.Closed.GONE, on, timezone.now()
                changed.append(left)
    Deadline.objects.bulk_create(new)
    Deadline.objects.bulk_update(changed, _COLUMNS)
    return len(new) + len(changed)


def _owner(matter: Matter) -> int | None:
    """Who is reminded first: the lawyer with an account, else who opened the matter."""
    if matter.lawyer is not None and matter.lawyer.user_id is not None:
        return int(matter.lawyer.user_id)
    return matter.opened_by_id


def _reasons(due: Due) -> list[dict[str, str]]:
    return [{"on": on.isoformat(), "kind": kind, "effect": effect} for on, kind, effect in due.reasons]


def _differs(row: Deadline, due: Due) -> bool:
    if row.closed_as == Deadline.Closed.DONE:
        return False
    told = (row.due_on, row.at, row.closed_as, row.clause, row.grade, row.reasons)
    return told != (due.due_on, due.at, _CLOSED[due.state], due.clause, due.grade, _reasons(due))


def _apply(row: Deadline, due: Due, on: dt.date) -> Deadline:
    row.kind, row.ref, row.basis_on, row.source = due.kind, due.ref, due.basis_on, Deadline.Source.AUTO
    row.due_on, row.at, row.clause, row.grade = due.due_on, due.at, due.clause, due.grade
    row.reasons, row.changed_at = _reasons(due), timezone.now()
    if row.closed_as != _CLOSED[due.state]:
        row.closed_as, row.done_on = _CLOSED[due.state], None if due.state == OPEN else on
    return row


# --- What the rule is told -----------------------------------------------------------------------------


def _facts(matters: Sequence[Matter], on: dt.date) -> Iterable[tuple[Matter, MatterFacts]]:
    ids = [matter.pk for matter in matters]
    preserved: dict[int, list[Preserved]] = defaultdict(list)
    for held in Preservation.objects.filter(matter__in=ids).order_by("pk"):
        preserved[held.matter_id].append(Preserved(str(held.pk), held.asset, held.since, held.until, held.released_on))
    paid = dict(
        CourtPaper.objects.filter(matter__in=ids, kind=CourtPaper.Kind.FEE_RECEIPT)
        .order_by("-received_on")
        .values_list("matter", "received_on")
    )
    loans = _loans({matter.case_id for matter in matters}, on)
    for matter in matters:
        yield matter, _facts_of(matter, preserved[matter.pk], paid.get(matter.pk), loans.get(matter.case_id, []))


def _loans(case_ids: Collection[int], on: dt.date) -> dict[int, list[Standing]]:
    pairs = list(CaseLoan.objects.filter(case__in=case_ids).values_list("case_id", "loan_id"))
    owed = Loan.objects.filter(pk__in={loan for _case, loan in pairs}, balance__outstanding_amount__gt=0)
    loans = list(owed.exclude(status=Loan.Status.RECALLED).select_related("creditor").order_by("pk"))
    by_loan = {standing.loan.pk: standing for standing in limitation_of(loans, on)} if loans else {}
    found: dict[int, list[Standing]] = defaultdict(list)
    for case_id, loan_id in sorted(pairs):
        if loan_id in by_loan:
            found[case_id].append(by_loan[loan_id])
    return found


def _facts_of(
    matter: Matter, preserved: Sequence[Preserved], fee_paid_on: dt.date | None, loans: Sequence[Standing]
) -> MatterFacts:
    creditor = matter.case.creditor
    hearing = matter.hearing_at
    return MatterFacts(
        is_china=creditor.pack == Creditor.Pack.CN,
        is_final=matter.procedure == Matter.Procedure.SMALL,
        in_court=matter.state not in BEFORE_COURT and matter.state not in _ENDED_EARLY,
        hearing_at=hearing,
        hearing_on=None if hearing is None else creditor.business_date(hearing),
        fee_paid_on=fee_paid_on,
        served_by_notice=matter.served_by == Matter.Service.NOTICE,
        over_on=None if matter.is_open else matter.ended_on or matter.opened_on,
        preserved=tuple(preserved),
        loans=tuple(term for standing in loans if (term := _term(standing)) is not None),
        interruptions=_interruptions(loans),
        **{name: getattr(matter, name) for name in _DATES},
    )


_ENDED_EARLY = (MatterState.WITHDRAWN, MatterState.RECALLED)


def _term(standing: Standing) -> LoanTerm | None:
    if standing.file.due_on is None:
        return None
    result = standing.result
    return LoanTerm(
        standing.loan.account_no,
        standing.file.due_on,
        result.expires_on if result else None,
        standing.is_expired,
        standing.guarantee_until,
    )


def _interruptions(loans: Sequence[Standing]) -> tuple[Event, ...]:
    """One judgment covers all loans of the case: what the debtor paid or agreed on any of them interrupts it."""
    events = {event for standing in loans for event in standing.file.events if event.kind in INTERRUPTING}
    return tuple(sorted(events, key=lambda event: (event.on, event.kind, event.via, event.ref)))
