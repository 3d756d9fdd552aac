"""Messages that will not leave: cancelled while nobody has handed them over, with their reason and their steps."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Q, QuerySet

from cases.models import Case, CaseLoan, Message, PlanStep
from cases.strategy import reasons

CHUNK = 5000
# Claimed is not handed over yet: up to that moment a message can be stopped.
STOPPABLE = Q(state=Message.State.QUEUED) | Q(state=Message.State.SENDING, handed_at=None)


def cancel_pending(*, case: Case, reason: str) -> int:
    """Cancel what of the case has not been handed over yet; its steps are skipped. Returns the number of messages.

    Runs inside the caller's transaction, which has locked the case.
    """
    return cancel_messages(messages=Message.objects.filter(case=case), reason=reason)


def cancel_messages(*, messages: QuerySet[Message], reason: str) -> int:
    """Cancel those of `messages` that have not been handed over yet, inside the caller's transaction."""
    return stop(list(messages.filter(STOPPABLE).order_by("pk")), reason)


def stop_untrue(loan_ids: Collection[int], *, paid: bool) -> int:
    """Money moved on these loans: what of them waits to be sent tells sums that are not true any more, and is cancelled.

    Called by the ledger inside each booking's own transaction (settings.MONEY_MOVED). A message about one loan falls
    with that loan, one about a case with any of its loans; about the person's other loans all stays. No lock of the case
    is taken: the ledger holds the loan by now, and the case comes before it in the order of locks.
    """
    pending = Message.objects.filter(STOPPABLE)
    if not pending.exists():
        return 0
    reason, count = reasons.PAID if paid else reasons.FIGURES_CHANGED, 0
    ids = list(loan_ids)
    for at in range(0, len(ids), CHUNK):
        chunk = ids[at : at + CHUNK]
        cases = CaseLoan.objects.filter(loan__in=chunk).values("case")
        count += cancel_messages(
            messages=pending.filter(Q(loan__in=chunk) | Q(loan=None, case__in=cases)), reason=reason
        )
    return count


def stop(messages: Sequence[Message], reason: str, state: str = Message.State.CANCELLED) -> int:
    """Leave `messages` in the final `state` with their reason; those that were handed over meanwhile stay."""
    if not messages:
        return 0
    found = Message.objects.filter(STOPPABLE, pk__in=[message.pk for message in messages])
    count = found.update(state=state, reason=reason[:300])
    for message in messages:
        message.state, message.reason = state, reason[:300]
    skip_steps(messages, reason)
    return count


def skip_steps(messages: Sequence[Message], reason: str) -> None:
    """Their steps will not come about: the next run of the day sets what comes after them."""
    steps = [message.step_id for message in messages if message.step_id]
    if steps:
        queued = PlanStep.objects.filter(pk__in=steps, state=PlanStep.State.QUEUED)
        queued.update(state=PlanStep.State.SKIPPED, reason=reason[:200])


def lock_case(case_id: int | None) -> None:
    """The first lock in the order; weaker than a deletion, so that rows which refer to the case can be written."""
    if case_id is not None:
        Case.objects.select_for_update(no_key=True).filter(pk=case_id).values_list("pk").first()


def lock_cases(case_ids: Collection[int]) -> list[int]:
    """The same for several, in the order of their numbers, for whoever locks their loans next; returns the numbers."""
    cases = Case.objects.select_for_update(no_key=True).filter(pk__in=case_ids).order_by("pk")
    return list(cases.values_list("pk", flat=True))
