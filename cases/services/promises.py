"""Promises to pay: taken from a borrower, judged by the ledger alone.

A promise is kept when what came in from when it was made up to its date covers it: of the day it was made counts what
was booked after it. From the day after its date it
is kept in part when what is missing lies within the tolerance that the creditor had when it was made, and broken when
more is missing. Kept in part counts in risk neither for nor against the borrower, and brings no call of its own. A
payment that is taken back later counts as if it had never come, whenever that shows, and one that is booked late counts
from the day it was paid: the decision is taken anew for DECISION_OPEN_DAYS after the promised date, and stands from
then on.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from borrowers.models import AuditEvent, Creditor, Payment, User
from borrowers.models.audit import build_event, record_event
from borrowers.money import format_money, round_money
from cases.models import Case, CaseLoan, ContactRecord, Promise, Stage
from cases.services.permissions import WORKERS, check_may
from cases.services.plans import plan_cases, revise_plan
from cases.services.risk import assess_cases
from cases.stages import move_case_if_legal, move_cases
from cases.strategy import reasons

CHUNK = 1000
DECISION_OPEN_DAYS = 60
# What no one may exceed: for longer, an arrangement is made.
MOST_DAYS = 366
EARLY_BUCKETS = ("M0", "M1")
DECIDED = (Promise.State.KEPT, Promise.State.PART_KEPT, Promise.State.BROKEN)


class PromiseRefused(ValueError):
    """The promise cannot be taken; says why in the reader's language."""


@dataclass(frozen=True, slots=True)
class PromiseLimits:
    """How far ahead a promise may lie, and the least share of the overdue amount it must cover. A supervisor may
    exceed both."""

    max_days: int = 30
    min_share: Decimal = Decimal("0.10")


LIMITS = PromiseLimits()


def make_promise(
    *,
    case: Case,
    amount: Decimal,
    due_on: dt.date,
    means: str = Promise.Means.TRANSFER,
    contact: ContactRecord | None = None,
    actor: User,
    on: dt.date,
    limits: PromiseLimits = LIMITS,
) -> Promise:
    """Take a promise on the business date `on`: the plan waits for it, and the case is negotiated where it may be.

    PromiseRefused with the reason, PermissionDenied when the actor does not work the case; nothing has changed then.
    """
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=case.pk)
        check_may(case, actor, *WORKERS)
        _check_promise(case, amount, due_on, means, on)
        if not actor.has_perm("cases.supervise_case"):
            _check_limits(case, amount, due_on, on, limits)
        promise = Promise.objects.create(
            case=case,
            contact=contact,
            amount=amount,
            tolerance=case.creditor.promise_tolerance,
            due_on=due_on,
            means=means,
            made_on=on,
            made_at=timezone.now(),
            actor=actor,
        )
        record_event(
            promise,
            "make_promise",
            actor=actor,
            new=f"{amount} {due_on}",
            borrower_id=case.borrower_id,
            case=case.pk,
        )
        if case.stage != Stage.LEGAL:  # a promise alone takes no case back from court
            move_case_if_legal(case, "start_negotiating", actor=None)
        revise_plan(case=case, on=on, because=reasons.reason_of(reasons.PROMISE_OPEN, due_on))
    return promise


def cancel_promise(*, promise: Promise, actor: User, on: dt.date, reason: str) -> Promise:
    """Withdraw an open promise, with a reason: taken by mistake, or replaced by another."""
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=promise.case_id)
        check_may(case, actor, *WORKERS)
        promise = Promise.objects.select_for_update().get(pk=promise.pk)
        if promise.state != Promise.State.OPEN:
            raise PromiseRefused(_("Only an open promise can be cancelled."))
        if not reason.strip():
            raise PromiseRefused(_("A reason is needed."))
        promise.state, promise.decided_on = Promise.State.CANCELLED, on
        promise.save(update_fields=["state", "decided_on"])
        record_event(
            promise,
            "cancel_promise",
            actor=actor,
            field="state",
            old=Promise.State.OPEN.value,
            new=Promise.State.CANCELLED.value,
            reason=reason.strip(),
            borrower_id=case.borrower_id,
            case=case.pk,
        )
        if case.is_open:
            end_talks(case)
            revise_plan(case=case, on=on, because=reasons.PROMISE_OVER)
    return promise


def _check_promise(case: Case, amount: Decimal, due_on: dt.date, means: str, on: dt.date) -> None:
    """What no one may exceed."""
    if not case.is_open:
        raise PromiseRefused(_("The case is closed."))
    if means not in Promise.Means.values:
        raise PromiseRefused(_("“%(means)s” is no way to pay.") % {"means": means})
    if amount <= 0 or amount != round_money(amount, case.currency):
        raise PromiseRefused(_("The sum must be more than nothing, with no fraction of the smallest coin."))
    if amount > case.outstanding_amount:
        raise PromiseRefused(
            _("The sum is more than the %(outstanding)s that is owed.")
            % {"outstanding": format_money(case.outstanding_amount, case.currency)}
        )
    if due_on < on:
        raise PromiseRefused(_("The promised date has passed."))
    if due_on > on + dt.timedelta(days=MOST_DAYS):
        raise PromiseRefused(_("The date is more than a year away: that is an arrangement."))
    standing = Promise.objects.filter(case=case, state=Promise.State.OPEN).first()
    if standing is not None:
        raise PromiseRefused(
            _("A promise for %(date)s is open: cancel it first.") % {"date": date_format(standing.due_on)}
        )


def _check_limits(case: Case, amount: Decimal, due_on: dt.date, on: dt.date, limits: PromiseLimits) -> None:
    latest = on + dt.timedelta(days=limits.max_days)
    if due_on > latest:
        raise PromiseRefused(
            _("The date is more than %(days)d days away (at most %(date)s): a supervisor may agree to it.")
            % {"days": limits.max_days, "date": date_format(latest)}
        )
    least = round_money(case.overdue_amount * limits.min_share, case.currency)
    if amount < least:
        raise PromiseRefused(
            _("The sum is less than %(least)s (%(share)s %% of what is overdue): a supervisor may agree to it.")
            % {"least": format_money(least, case.currency), "share": f"{limits.min_share * 100:.0f}"}
        )


# --- The day's check -----------------------------------------------------------------------------------


def check_promises(*, creditor: Creditor, on: dt.date, case_ids: Sequence[int] | None = None) -> int:
    """Judge the creditor's promises (or those of `case_ids`) by the ledger as of the day `on`; returns the number that
    were decided, or decided anew. Cases of those are graded and planned again at once.

    Repeating it for the same day changes nothing.
    """
    decided = 0
    for chunk in _promise_chunks(creditor, on, case_ids):
        with transaction.atomic():
            decided += _check_chunk(creditor, on, chunk)
    return decided


def _promise_chunks(creditor: Creditor, on: dt.date, case_ids: Sequence[int] | None) -> Iterator[list[Promise]]:
    recent = on - dt.timedelta(days=DECISION_OPEN_DAYS)
    decided = Q(state__in=DECIDED, due_on__gte=recent, decided_on__lte=on)
    promises = (
        Promise.objects.filter(decided | Q(state=Promise.State.OPEN), case__creditor=creditor, made_on__lte=on)
        .select_related("case__creditor")
        .order_by("pk")
    )
    if case_ids is not None:
        promises = promises.filter(case__in=list(case_ids))
    last = 0
    while chunk := list(promises.filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1].pk
        yield chunk


def _check_chunk(creditor: Creditor, on: dt.date, promises: list[Promise]) -> int:
    received = _received(promises, on)
    # Of the same case, only the newest may be open: an older one that is decided anew is not open again.
    newest = dict(
        Promise.objects.filter(case__in={promise.case_id for promise in promises})
        .exclude(state=Promise.State.CANCELLED)
        .order_by()
        .values("case_id")
        .annotate(newest=Max("pk"))
        .values_list("case_id", "newest")
    )
    changed: list[Promise] = []
    decided: list[Promise] = []
    events: list[AuditEvent] = []
    for promise in promises:
        paid = max(received.get(promise.pk, Decimal(0)), Decimal(0))
        least = least_that_counts(promise.amount, promise.tolerance, promise.case.currency)
        state = _judge(promise, paid, least, on, is_newest=newest[promise.case_id] == promise.pk)
        if (state, paid) == (promise.state, promise.paid_amount):
            continue
        promise.paid_amount = paid
        changed.append(promise)
        if state != promise.state:
            events.append(_decision_event(promise, state))
            promise.state = state
            promise.decided_on = None if state == Promise.State.OPEN else on
            decided.append(promise)
    if changed:
        Promise.objects.bulk_update(changed, ["paid_amount", "state", "decided_on"])
    AuditEvent.objects.bulk_create(events)
    _follow_up(creditor, on, [promise for promise in decided if promise.case.is_open])
    return len(decided)


def least_that_counts(amount: Decimal, tolerance: Decimal, currency: str) -> Decimal:
    """The least that keeps a promise of `amount` in part: at most the share `tolerance` may be missing, to the coin.

    >>> least_that_counts(Decimal("100.00"), Decimal("0.1"), "CNY")
    Decimal('90.00')
    """
    return round_money(amount * (1 - tolerance), currency)


def _judge(promise: Promise, paid: Decimal, least: Decimal, on: dt.date, *, is_newest: bool) -> Promise.State:
    if paid >= promise.amount:
        return Promise.State.KEPT
    if not promise.case.is_open:
        # Recalled, written off or settled before its day: nobody broke it. What was decided stays.
        return Promise.State.CANCELLED if promise.state == Promise.State.OPEN else Promise.State(promise.state)
    if on > promise.due_on or not is_newest:
        return Promise.State.PART_KEPT if 0 < least <= paid else Promise.State.BROKEN
    return Promise.State.OPEN


def _decision_event(promise: Promise, state: Promise.State) -> AuditEvent:
    return build_event(
        promise,
        f"promise_{state.value}",
        actor=None,
        field="state",
        old=promise.state,
        new=state.value,
        borrower_id=promise.case.borrower_id,
        case=promise.case_id,
        paid=str(promise.paid_amount),
    )


def _follow_up(creditor: Creditor, on: dt.date, decided: Iterable[Promise]) -> None:
    """Grade, stage and plan follow the decision in the same transaction."""
    cases = {promise.case_id: promise for promise in decided}
    if not cases:
        return
    reopened = [promise.case_id for promise in cases.values() if promise.state == Promise.State.OPEN]
    reopened_cases = Case.objects.filter(pk__in=reopened).exclude(stage=Stage.LEGAL).values_list("pk", flat=True)
    move_cases(list(reopened_cases), "start_negotiating", actor=None)
    ended = [promise.case for promise in cases.values() if promise.state != Promise.State.OPEN]
    talking = [case for case in ended if case.stage == Stage.NEGOTIATING]
    for name in ("start_reminding", "start_demanding"):
        move_cases([case.pk for case in talking if _move_after_talks(case) == name], name, actor=None)
    assess_cases(creditor=creditor, on=on, case_ids=list(cases))
    plan_cases(creditor=creditor, on=on, case_ids=list(cases), because=reasons.PROMISE_OVER)


def end_talks(case: Case) -> None:
    """Back to reminding or demanding, from negotiating; from every other stage nothing."""
    if case.stage == Stage.NEGOTIATING:
        move_case_if_legal(case, _move_after_talks(case), actor=None)


def _move_after_talks(case: Case) -> str:
    """From negotiating back to where the case is by its age: reminding in the first month, demanding after it."""
    return "start_reminding" if case.bucket in EARLY_BUCKETS else "start_demanding"


def _received(promises: list[Promise], on: dt.date) -> dict[int, Decimal]:
    """By promise: money on the case's loans in the promise's time, less what of it was taken back by the day."""
    loans: dict[int, list[int]] = defaultdict(list)
    rows = CaseLoan.objects.filter(case__in={promise.case_id for promise in promises})
    for case_id, loan_id in rows.values_list("case_id", "loan_id"):
        loans[case_id].append(loan_id)
    payments: dict[int, list[tuple[dt.date, dt.datetime, Decimal]]] = defaultdict(list)
    since = min(promise.made_on for promise in promises)
    ours = {loan_id for case_loans in loans.values() for loan_id in case_loans}
    entries = Payment.objects.filter(loan__in=ours, paid_on__range=(since, on)).values_list(
        "loan_id", "paid_on", "recorded_at", "reverses__paid_on", "reverses__recorded_at", "amount"
    )
    # What takes a payment back stands where the payment stood.
    for loan_id, paid_on, booked, reversed_on, reversed_booked, amount in entries:
        payments[loan_id].append((reversed_on or paid_on, reversed_booked or booked, amount))
    zone = promises[0].case.creditor.zone
    return {
        promise.pk: sum(
            (
                amount
                for loan_id in loans[promise.case_id]
                for day, booked, amount in payments[loan_id]
                if promise.made_on <= day <= promise.due_on and not _came_before(promise, day, booked, zone)
            ),
            Decimal(0),
        )
        for promise in promises
    }


def _came_before(promise: Promise, day: dt.date, booked: dt.datetime, zone: dt.tzinfo) -> bool:
    """Whether a payment of the day the promise was made was booked before it. Of a promise that was taken down on
    another day than it is dated the hour is not known: its whole day counts."""
    if day != promise.made_on or promise.made_at is None:
        return False
    return promise.made_at.astimezone(zone).date() == promise.made_on and booked <= promise.made_at
