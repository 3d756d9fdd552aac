"""Whether somebody who owes can be called, and if not from when: many cases at once, judged by the gate itself."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from borrowers.errors import InputError
from borrowers.models import ContactPoint, Loan
from cases.models import Case, CaseLoan, GateDecision
from cases.policy import load_pack
from cases.services.contact_gate import decide_contact
from cases.services.gate_facts import PersonFacts, load_facts

# The people a collector may be told to call. Contact persons are no work of the list: they owe nothing.
OWING = (ContactPoint.Owner.DEBTOR, ContactPoint.Owner.GUARANTOR)
PHONES = (ContactPoint.Kind.MOBILE, ContactPoint.Kind.LANDLINE)


@dataclass(frozen=True)
class Outlook:
    """The best that the gate says of the phones in use of those who owe.

    `at`: from when one of them may be called, the instant of asking if it may be now; None if time alone never allows
    it. `decision`: the gate's word on that phone; None when there is no phone to ask about.
    """

    at: dt.datetime | None
    decision: GateDecision | None = None

    @property
    def allowed(self) -> bool:
        return self.decision is not None and self.decision.allowed


def call_outlooks(cases: Sequence[Case], now: dt.datetime) -> dict[int, Outlook]:
    """By case number. `cases` come with borrower and creditor; six queries for each of their packs, however many."""
    loans = _loans({case.pk for case in cases})
    by_pack: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_pack[case.borrower.creditor.pack].append(case)
    found: dict[int, Outlook] = {}
    for name, of_pack in by_pack.items():
        pack, pack_error, facts = None, None, dict[int, PersonFacts]()
        try:
            pack = load_pack(name)
            facts = load_facts([case.borrower for case in of_pack], pack=pack, at=now)
        except InputError as error:
            pack, pack_error = None, error
        for case in of_pack:
            known = facts.get(case.borrower_id) or PersonFacts()
            # Where no rules can be read, no number matters: nobody is called.
            points = callable_points(known.points) if pack else [None]
            decisions = [
                decide_contact(
                    facts=known,
                    pack=pack,
                    pack_error=pack_error,
                    borrower=case.borrower,
                    case=case,
                    contact_point=point,
                    channel="phone",
                    at=now,
                    party=point.owner if point else OWING[0],
                    moment=GateDecision.Moment.DIAL,
                    loans=loans[case.pk],
                )
                for point in points
            ]
            found[case.pk] = best(decisions, now)
    return found


def callable_points(points: Iterable[ContactPoint]) -> list[ContactPoint]:
    return [point for point in points if point.is_phone and point.is_valid and point.owner in OWING]


def best(decisions: Iterable[GateDecision], now: dt.datetime) -> Outlook:
    """The soonest of them."""
    soonest = Outlook(None)
    for decision in decisions:
        at = now if decision.allowed else decision.next_allowed_at
        if soonest.decision is None or (at is not None and (soonest.at is None or at < soonest.at)):
            soonest = Outlook(at, decision)
    return soonest


def _loans(case_ids: Collection[int]) -> dict[int, list[Loan]]:
    loans: dict[int, list[Loan]] = defaultdict(list)
    for row in CaseLoan.objects.filter(case__in=case_ids).select_related("loan").order_by("loan_id"):
        loans[row.case_id].append(row.loan)
    return loans
