"""Takes due messages in chunks: each judged again, at the last moment, and held by one worker for a short while.

A claim never waits for a lock: what another worker or a person holds is left to the next sweep. So it may take its
locks in any order, and many workers share one queue without meeting.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, Max, Q

from borrowers.errors import InputError
from borrowers.models import Borrower, ContactPoint, Loan, Payment
from cases.models import Case, CaseLoan, GateDecision, Message, Promise, Stage
from cases.policy import Pack, load_pack
from cases.services.contact_gate import HOUSE_REASONS, HOUSE_SOURCE, decide_contact
from cases.services.gate_facts import PersonFacts, load_facts
from cases.services.outbox_cancelling import stop
from cases.services.outbox_writing import gate_reason, time_to_go
from cases.strategy import reasons

# What has waited longer says something that was true then.
EXPIRES_AFTER = dt.timedelta(days=2)
# Messages of these states went to the person, or may have.
WENT = (Message.State.SENDING, Message.State.SENT, Message.State.DELIVERED, Message.State.UNKNOWN)


@dataclass(slots=True)
class Claim:
    """What came of one look: messages held by us, and how many others were settled without being sent."""

    held: list[Message] = field(default_factory=list)
    settled: int = 0


def claim_messages(
    *, channel: str, provider: str, limit: int, now: dt.datetime, only: Collection[int] | None = None
) -> Claim:
    """Claim at most `limit` messages of the channel that are due at `now` (of those numbered in `only`, if given).

    One transaction. What must not go any more is cancelled with its reason, what the gate refuses for a while waits.
    """
    with transaction.atomic():
        messages = _lock_due(channel, limit, now, only)
        if not messages:
            return Claim()
        facts = _Known.read(messages, now)
        claim, decisions, waiting, refused = Claim(), [], [], []
        for message in messages:
            why = _overtaken(message, facts, now)
            if why:
                expired = why == reasons.EXPIRED
                stop([message], why, Message.State.EXPIRED if expired else Message.State.CANCELLED)
                continue
            decision = facts.decide(message, now)
            decisions.append(decision)
            message.send_decision = decision
            if decision.allowed:
                facts.sent_today[message.borrower.person_key] += 1
                claim.held.append(message)
            elif (later := time_to_go(decision, now)) is not None:
                message.not_before = later
                waiting.append(message)
            else:
                stop([message], gate_reason(decision))
                refused.append(message)
        GateDecision.objects.bulk_create(decisions)
        for message in claim.held:
            message.state, message.claimed_at, message.handed_at = Message.State.SENDING, now, None
            message.provider = provider
        for message in (*claim.held, *waiting, *refused):
            # Only now does the decision have its number.
            message.send_decision = message.send_decision
        Message.objects.bulk_update(waiting, ["not_before", "send_decision"])
        Message.objects.bulk_update(refused, ["send_decision"])
        Message.objects.bulk_update(
            claim.held, ["state", "send_decision", "claimed_at", "handed_at", "provider"], batch_size=200
        )
        claim.settled = len(messages) - len(claim.held)
        return claim


def _lock_due(channel: str, limit: int, now: dt.datetime, only: Collection[int] | None) -> list[Message]:
    """Due messages whose rows, cases and persons are ours until the end of the transaction."""
    due = Message.objects.filter(channel=channel, state=Message.State.QUEUED, not_before__lte=now)
    if only is not None:
        due = due.filter(pk__in=only)
    rows = list(
        due.order_by("not_before", "pk")
        .select_for_update(skip_locked=True, no_key=True)
        .values_list("pk", "case_id", "borrower_id", "borrower__person_key")[:limit]
    )
    cases = _lock(Case.objects.filter(pk__in={case for _pk, case, _borrower, _key in rows if case is not None}))
    # The person's files at all creditors: the day's messages to one person are counted by one worker at a time.
    keys = {key for _pk, _case, _borrower, key in rows}
    borrowers = _lock(Borrower.objects.filter(person_key__in=keys))
    ours = [pk for pk, case, borrower, _key in rows if (case is None or case in cases) and borrower in borrowers]
    related = ("borrower__creditor", "case", "loan__balance", "contact_point", "template")
    return list(Message.objects.select_related(*related).filter(pk__in=ours).order_by("not_before", "pk"))


def _lock(rows: object) -> set[int]:
    locked = rows.order_by("pk").select_for_update(skip_locked=True, no_key=True)  # type: ignore[attr-defined]  # any queryset
    return set(locked.values_list("pk", flat=True))


@dataclass(slots=True)
class _Known:
    """What is read once for all messages of a chunk."""

    packs: dict[str, Pack | InputError]
    persons: dict[int, PersonFacts]
    loans: dict[int, list[Loan]]
    promises: dict[int, Promise]
    paid_at: dict[int, dt.datetime]
    sent_today: dict[str, int]

    @classmethod
    def read(cls, messages: Sequence[Message], now: dt.datetime) -> _Known:
        borrowers = {message.borrower_id: message.borrower for message in messages}
        packs, persons = _read_persons(borrowers.values(), now)
        cases = {message.case_id for message in messages if message.case_id is not None}
        loans: dict[int, list[Loan]] = defaultdict(list)
        for row in CaseLoan.objects.filter(case__in=cases).select_related("loan").order_by("loan_id"):
            loans[row.case_id].append(row.loan)
        owed = {loan.pk for of_case in loans.values() for loan in of_case}
        owed |= {message.loan_id for message in messages if message.loan_id is not None}
        since = min(message.queued_at for message in messages)
        payments = Payment.objects.filter(loan__in=owed, recorded_at__gt=since).order_by()
        return cls(
            packs,
            persons,
            loans,
            {p.case_id: p for p in Promise.objects.filter(case__in=cases, state=Promise.State.OPEN)},
            dict(payments.values("loan").annotate(last=Max("recorded_at")).values_list("loan", "last")),
            _count_today(borrowers.values(), now),
        )

    def loans_of(self, message: Message) -> list[Loan]:
        if message.loan is not None:
            return [message.loan]
        return self.loans[message.case_id] if message.case_id is not None else []

    def decide(self, message: Message, now: dt.datetime) -> GateDecision:
        """The gate's decision just before sending, then the house's own cap."""
        pack = self.packs[message.borrower.creditor.pack]
        point = message.contact_point
        assert point is not None  # else it was overtaken
        decision = decide_contact(
            facts=self.persons.get(message.borrower_id) or PersonFacts(),
            pack=pack if isinstance(pack, Pack) else None,
            pack_error=pack if isinstance(pack, InputError) else None,
            borrower=message.borrower,
            case=message.case,
            contact_point=point,
            channel=message.channel,
            at=now,
            party=point.owner,
            moment=GateDecision.Moment.SEND,
            loans=self.loans_of(message),
        )
        cap = message.borrower.creditor.messages_a_day
        if decision.allowed and self.sent_today[message.borrower.person_key] >= cap:
            _refuse_for_today(decision, message.borrower, cap, now)
        return decision


def _read_persons(
    borrowers: Iterable[Borrower], now: dt.datetime
) -> tuple[dict[str, Pack | InputError], dict[int, PersonFacts]]:
    by_pack: dict[str, list[Borrower]] = defaultdict(list)
    for borrower in borrowers:
        by_pack[borrower.creditor.pack].append(borrower)
    packs: dict[str, Pack | InputError] = {}
    persons: dict[int, PersonFacts] = {}
    for name, of_pack in by_pack.items():
        try:
            pack = packs[name] = load_pack(name)
            persons |= load_facts(of_pack, pack=pack, at=now)
        except InputError as error:
            packs[name] = error
    return packs, persons


def _count_today(borrowers: Iterable[Borrower], now: dt.datetime) -> dict[str, int]:
    """How many messages went to each person since the last midnight of that person's creditor, over all channels."""
    starts: dict[str, dt.datetime] = {}
    for borrower in borrowers:
        starts[borrower.person_key] = _midnight(borrower, now)
    counts: dict[str, int] = defaultdict(int)
    for start in set(starts.values()):
        keys = [key for key, begun in starts.items() if begun == start]
        files = Borrower.objects.filter(person_key__in=keys)
        went = (
            Message.objects.filter(Q(handed_at__gte=start) | Q(state=Message.State.SENDING), state__in=WENT)
            .filter(borrower__in=files)
            .order_by()
        )
        counts.update(
            went.values("borrower__person_key").annotate(n=Count("pk")).values_list("borrower__person_key", "n")
        )
    return counts


def _midnight(borrower: Borrower, now: dt.datetime) -> dt.datetime:
    creditor = borrower.creditor
    return dt.datetime.combine(creditor.business_date(now), dt.time.min, tzinfo=creditor.zone)


def _refuse_for_today(decision: GateDecision, borrower: Borrower, cap: int, now: dt.datetime) -> None:
    tomorrow = borrower.creditor.business_date(now) + dt.timedelta(days=1)
    code = "house.daily_cap"
    decision.allowed = False
    decision.rule = decision.reason_code = code
    decision.source = HOUSE_SOURCE
    decision.reason_params = {"cap": cap}
    decision.reason = HOUSE_REASONS[code].format(cap=cap)
    decision.next_allowed_at = dt.datetime.combine(tomorrow, dt.time.min, tzinfo=borrower.creditor.zone)
    decision.overridable = False


def _overtaken(message: Message, facts: _Known, now: dt.datetime) -> str:
    """Why it must not go any more, whatever the gate says; "" when it may."""
    point: ContactPoint | None = message.contact_point
    if point is None or point.value != message.to:
        return reasons.NO_CONTACT_POINT
    if now - message.queued_at > EXPIRES_AFTER:
        return reasons.EXPIRED
    case = message.case
    if case is None and message.borrower.creditor.business_date(now) > message.day:
        return reasons.EXPIRED  # speaks of a due date to come, and it has come
    if case is not None:
        if not case.is_open:
            return reasons.CASE_CLOSED
        if case.stage == Stage.ON_HOLD:
            return reasons.ON_HOLD
        promise = facts.promises.get(case.pk)
        # A step's reminder is for those who have not promised; what a person writes by hand may well be about it.
        if promise is not None and message.step_id and not message.purpose.startswith("promise"):
            return reasons.reason_of(reasons.PROMISE_OPEN, promise.due_on)
    # Its figures are those of when it was written: any money since makes them untrue.
    paid = [facts.paid_at[loan.pk] for loan in facts.loans_of(message) if loan.pk in facts.paid_at]
    if paid and max(paid) > message.queued_at:
        return reasons.PAID
    return ""
