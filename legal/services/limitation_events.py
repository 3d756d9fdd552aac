"""What happened to loans that their limitation depends on, read from what the house knows: post, messages, ledger,
arrangements, promises, calls, matters, and what people recorded. A fixed number of queries, however many loans.

What counts, and why (grades: P primary text read, S secondary source, M unverified):

- A letter that the carrier delivered is a demand that arrived, on the day on which it did, whoever signed for it (民法典
  195(1), P). One printed, on its way, lost or returned proves nothing.
- A message counts when its wording asks for payment by a day (limitation_laws.toml, M), it went to the debtor's own
  address and the provider told that it arrived; sent alone, it proves nothing.
- Money that came in and stayed is part performance (195(2), P), of automatic deductions it is a demand besides. After
  expiry it can be kept (192, P), and no more: that the rest is owed again needs the debtor's own agreement, so a payment
  is never taken for voluntary performance of the rest. Somebody records that with its proof.
- An accepted arrangement with a plan is the debtor's agreement (195(2), P), until its last day or the day on which it
  broke; it revives what had expired (192, P). Acceptance is proved by a slip or a recording (a check of its own).
- A promise, or a request for time, on a recorded call is an acknowledgement (195(2), S). Without a recording it is not.
- Suits, payment orders and mediation stop the clock while they last (195(3), P). Sent back by the court, one counts as
  ended on the day it was filed, which errs on the side of expiring early.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Max, Sum

from borrowers.models import ContactPoint, Creditor, Instalment, Loan, LoanBalance, Payment
from borrowers.models.loan import NUMBERS_OF_A_PLAN
from cases.models import Arrangement, CaseLoan, ContactRecord, Message, Posting, Promise
from legal.models import LegalPaper, LimitationEvent, LimitationPeriod, Matter, PaperState
from legal.models.matter_states import BEFORE_COURT
from legal.rules.limitation import ENDED, KINDS, SENT, STARTED, Event
from legal.rules.limitation_law import (
    LAST_INSTALMENT,
    Regime,
    acknowledging_outcomes,
    demands_by_message,
    regime_of,
)

K = LimitationEvent.Kind
_ARRIVED = (Message.State.DELIVERED,)
_LEFT = (Message.State.SENT, Message.State.FAILED, Message.State.UNKNOWN)


@dataclass(slots=True)
class LoanFile:
    """All that limitation of one loan depends on. `due_on` None: nothing is due yet of it, or it has no schedule."""

    regime: Regime
    due_on: dt.date | None = None
    events: list[Event] = field(default_factory=list)
    is_guaranteed: bool = False
    guarantee_agreed: dt.date | None = None
    guarantee_claimed: dt.date | None = None
    accelerated_on: dt.date | None = None
    # Since when it is the debt of a judgment, where it is.
    adjudged_on: dt.date | None = None


@dataclass(slots=True)
class _Cases:
    """Which loans are in which cases, and since when. A demand in a case is about what was in it on that day."""

    loans: dict[int, list[tuple[int, dt.date]]]
    zones: dict[int, Creditor]

    def of(self, case_id: int, on: dt.date) -> Iterator[int]:
        for loan_id, added_on in self.loans.get(case_id, ()):
            if added_on <= on:
                yield loan_id

    def day(self, case_id: int, at: dt.datetime) -> dt.date:
        return self.zones[case_id].business_date(at)


def events_of(loans: Sequence[Loan]) -> dict[int, LoanFile]:
    """By loan. `loans` come with their creditor."""
    files = _files(loans)
    ids = [loan.pk for loan in loans]
    cases = _cases(ids)
    in_cases = list(cases.loans)
    _due_days(files, ids)
    for loan_id, event in (
        *_letters(in_cases, cases),
        *_papers(in_cases, cases),
        *_messages(in_cases, cases),
        *_payments(ids),
        *_promises(in_cases, cases),
        *_requests_for_time(in_cases, cases),
    ):
        _add(files, loan_id, event)
    _arrangements(files, ids)
    _matters(files, in_cases, cases)
    _recorded(files, ids)
    _guarantors(files, loans)
    return files


def _add(files: dict[int, LoanFile], loan_id: int, event: Event) -> None:
    """What happened before limitation began changes nothing and is left out."""
    file = files.get(loan_id)
    if file is not None and file.due_on is not None and event.on >= file.due_on:
        file.events.append(event)


def _files(loans: Iterable[Loan]) -> dict[int, LoanFile]:
    creditors = {loan.creditor_id: loan.creditor for loan in loans}
    own = {period.creditor_id: period for period in LimitationPeriod.objects.filter(creditor__in=creditors)}
    regimes = {
        pk: regime_of(creditor.pack, own[pk].years, own[pk].source) if pk in own else regime_of(creditor.pack)
        for pk, creditor in creditors.items()
    }
    return {loan.pk: LoanFile(regimes[loan.creditor_id]) for loan in loans}


def _cases(ids: Collection[int]) -> _Cases:
    found: dict[int, list[tuple[int, dt.date]]] = defaultdict(list)
    creditors: dict[int, int] = {}
    rows = CaseLoan.objects.filter(loan__in=ids).values_list("case_id", "case__creditor_id", "loan_id", "added_on")
    for case_id, creditor_id, loan_id, added_on in rows:
        found[case_id].append((loan_id, added_on))
        creditors[case_id] = creditor_id
    known = Creditor.objects.in_bulk(set(creditors.values()))
    return _Cases(dict(found), {case_id: known[pk] for case_id, pk in creditors.items()})


def _due_days(files: dict[int, LoanFile], ids: Collection[int]) -> None:
    """The last instalment of the contract (民法典 189), or the oldest that is unpaid, by the law; an acceleration brings
    it forward. Recorded events are read later, and this one of them first."""
    last = dict(
        Instalment.objects.filter(loan__in=ids, number__lt=NUMBERS_OF_A_PLAN)
        .order_by()
        .values("loan")
        .annotate(last=Max("due_on"))
        .values_list("loan", "last")
    )
    oldest = dict(LoanBalance.objects.filter(loan__in=ids).values_list("loan", "next_due_on"))
    declared = dict(
        LimitationEvent.objects.filter(loan__in=ids, kind=K.ACCELERATED, withdraws=None, withdrawal=None)
        .order_by("-on")
        .values_list("loan", "on")
    )
    for pk, file in files.items():
        file.due_on = last.get(pk) if file.regime.runs_from == LAST_INSTALMENT else oldest.get(pk)
        file.accelerated_on = declared.get(pk)
        if file.accelerated_on is not None and file.due_on is not None:
            file.due_on = min(file.due_on, file.accelerated_on)


def _letters(in_cases: Collection[int], cases: _Cases) -> Iterator[tuple[int, Event]]:
    postings = (
        Posting.objects.filter(letter__case__in=in_cases).select_related("letter", "run").defer("letter__figures")
    )
    for posting in postings:
        letter = posting.letter
        arrived = posting.state == Posting.State.DELIVERED and posting.settled_on is not None
        on = posting.settled_on if arrived else posting.posted_on
        on = on or cases.day(letter.case_id, posting.run.made_at)
        for loan_id in cases.of(letter.case_id, letter.cut_off):
            yield loan_id, Event("demand_delivered" if arrived else SENT, on, None, "letter", letter.number)


_PAPER_EVENTS: dict[str, str] = {
    LegalPaper.Kind.LAWYERS_LETTER: "demand_delivered",
    LegalPaper.Kind.ASSIGNMENT_NOTICE: "assignment_notice",
}


def _papers(in_cases: Collection[int], cases: _Cases) -> Iterator[tuple[int, Event]]:
    papers = LegalPaper.objects.filter(
        matter__case__in=in_cases,
        kind__in=_PAPER_EVENTS,
        state__in=[PaperState.ISSUED, PaperState.DELIVERED, PaperState.RETURNED],
    )
    for case_id, kind, state, issued, told, number, letter_no in papers.values_list(
        "matter__case_id", "kind", "state", "issued_on", "delivered_on", "number", "letter__number"
    ):
        arrived = state == PaperState.DELIVERED and told is not None
        on = told if arrived else issued
        if on is None:
            continue
        for loan_id in cases.of(case_id, on):
            yield loan_id, Event(_PAPER_EVENTS[kind] if arrived else SENT, on, None, "paper", number or letter_no or "")


def _messages(in_cases: Collection[int], cases: _Cases) -> Iterator[tuple[int, Event]]:
    sent = Message.objects.filter(case__in=in_cases, state__in=[*_ARRIVED, *_LEFT], handed_at__isnull=False)
    rows = sent.values_list(
        "case_id", "channel", "template__code", "state", "contact_point__owner", "day", "settled_at"
    )
    for case_id, channel, template, state, owner, day, settled in rows:
        if owner not in (None, ContactPoint.Owner.DEBTOR) or not demands_by_message(channel, template or ""):
            continue
        arrived = state in _ARRIVED
        on = cases.day(case_id, settled) if arrived and settled is not None else day
        for loan_id in cases.of(case_id, day):
            yield loan_id, Event("demand_delivered" if arrived else SENT, on, None, str(channel), str(template))


def _payments(ids: Collection[int]) -> Iterator[tuple[int, Event]]:
    """Receipts of which something stayed."""
    taken = dict(
        Payment.objects.filter(loan__in=ids, reverses__isnull=False)
        .order_by()
        .values("reverses")
        .annotate(back=Sum("amount"))
        .values_list("reverses", "back")
    )
    rows = Payment.objects.filter(loan__in=ids, reverses__isnull=True)
    for pk, loan_id, on, number, amount in rows.values_list("pk", "loan_id", "paid_on", "payment_no", "amount"):
        if amount + (taken.get(pk) or Decimal(0)) > 0:
            yield loan_id, Event("part_payment", on, None, "ledger", number)


def _promises(in_cases: Collection[int], cases: _Cases) -> Iterator[tuple[int, Event]]:
    recorded = Promise.objects.filter(case__in=in_cases, contact__isnull=False).exclude(contact__recording_ref="")
    for case_id, on, ref, party in recorded.values_list(
        "case_id", "made_on", "contact__recording_ref", "contact__party"
    ):
        if party == ContactRecord.Party.DEBTOR:
            for loan_id in cases.of(case_id, on):
                yield loan_id, Event("acknowledgement", on, None, "promise", ref)


def _requests_for_time(in_cases: Collection[int], cases: _Cases) -> Iterator[tuple[int, Event]]:
    asked = ContactRecord.objects.filter(
        case__in=in_cases, outcome__in=acknowledging_outcomes(), party=ContactRecord.Party.DEBTOR
    ).exclude(recording_ref="")
    for case_id, at, ref in asked.values_list("case_id", "at", "recording_ref"):
        on = cases.day(case_id, at)
        for loan_id in cases.of(case_id, on):
            yield loan_id, Event("acknowledgement", on, None, "call", ref)


def _arrangements(files: dict[int, LoanFile], ids: Collection[int]) -> None:
    """A plan agreed before the contract's last day, and going beyond it, moves that day to its own last one (189)."""
    accepted = Arrangement.objects.filter(loan__in=ids, accepted_on__isnull=False).exclude(kind=Arrangement.Kind.WAIVER)
    for arrangement in accepted.order_by("accepted_on", "pk"):
        file, on = files[arrangement.loan_id], arrangement.accepted_on
        until = arrangement.last_due_on
        if arrangement.state in (Arrangement.State.BROKEN, Arrangement.State.CANCELLED) and arrangement.ended_on:
            until = min(until or arrangement.ended_on, arrangement.ended_on)
        if on is None or file.due_on is None:
            continue
        until = max(on, until) if until else None
        if on >= file.due_on:
            file.events.append(Event("plan_agreed", on, until, "arrangement", str(arrangement)))
        elif until is not None and until > file.due_on and file.accelerated_on is None:
            file.due_on = until
            file.events = [event for event in file.events if event.on >= until]


# --- Matters -------------------------------------------------------------------------------------------


def _matters(files: dict[int, LoanFile], in_cases: Collection[int], cases: _Cases) -> None:
    for matter in Matter.objects.filter(case__in=in_cases):
        ref = matter.court_case_no
        for started, ended in _proceedings(matter):
            for loan_id in cases.of(matter.case_id, started):
                _add(files, loan_id, Event(STARTED, started, None, "matter", ref))
                if ended is not None:
                    _add(files, loan_id, Event(ENDED, ended, None, "matter", ref))
        if matter.effective_on is not None:
            for loan_id in cases.of(matter.case_id, matter.effective_on):
                if loan_id in files:
                    files[loan_id].adjudged_on = matter.effective_on


def _proceedings(matter: Matter) -> Iterator[tuple[dt.date, dt.date | None]]:
    """Each with the day on which it ended, None while it lasts. One that led to the next ends with it."""
    over = matter.effective_on or matter.ended_on
    sued = matter.filed_on
    if matter.payment_order_on is not None:
        yield _span(matter.payment_order_on, matter.order_opposed_on or sued or over)
    if matter.mediation_on is not None:
        yield _span(matter.mediation_on, next((d for d in (sued, over) if d and d >= matter.mediation_on), None))
    if sued is not None:
        yield _span(sued, sued if matter.state in BEFORE_COURT else over)


def _span(start: dt.date, end: dt.date | None) -> tuple[dt.date, dt.date | None]:
    return start, None if end is None else max(start, end)


# --- What people recorded, and guarantees --------------------------------------------------------------


def _recorded(files: dict[int, LoanFile], ids: Collection[int]) -> None:
    standing = LimitationEvent.objects.filter(loan__in=ids, withdraws=None, withdrawal=None)
    for recorded in standing.order_by("on", "pk"):
        file = files[recorded.loan_id]
        if recorded.kind == K.GUARANTEE_AGREED:
            file.guarantee_agreed = recorded.until or recorded.on
        elif recorded.kind == K.GUARANTEE_CLAIMED:
            file.guarantee_claimed = min(recorded.on, file.guarantee_claimed or recorded.on)
        elif recorded.kind in KINDS:
            _add(files, recorded.loan_id, Event(recorded.kind, recorded.on, recorded.until, "recorded", recorded.note))


def _guarantors(files: dict[int, LoanFile], loans: Sequence[Loan]) -> None:
    borrowers = {loan.borrower_id for loan in loans}
    owners = ContactPoint.objects.filter(borrower__in=borrowers, owner=ContactPoint.Owner.GUARANTOR)
    guaranteed = set(owners.order_by().values_list("borrower", flat=True).distinct())
    for loan in loans:
        files[loan.pk].is_guaranteed = loan.borrower_id in guaranteed
