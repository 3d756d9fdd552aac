"""A loan's schedule as it stands: the contract's sums with the ledger's entries on them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from borrowers.models import Allocation, Creditor, Instalment, LedgerEntry, Loan, LoanPause, Payment, PenaltyPolicy
from borrowers.models.loan import NUMBERS_OF_A_PLAN
from borrowers.money import summed
from borrowers.rules import delinquency
from borrowers.rules.allocation import DEFAULT_ORDER, PENALTY, Adjustment, Owed, allocate
from borrowers.rules.delinquency import Pause
from borrowers.rules.payoff import Payoff, Rebate, quote_payoff, unearned_interest
from borrowers.rules.penalty import LPR_TIMES, PenaltyTerms
from borrowers.rules.reference_rates import lpr_table

ZERO = Decimal("0.00")
COMPONENTS = ("fee", "interest", "penalty", "principal")


@dataclass
class Account:
    """One loan with all that its debt is made of, as the rules take it. `terms` is None where no penalty is reckoned
    here."""

    loan: Loan
    creditor: Creditor
    schedule: list[Instalment] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    terms: PenaltyTerms | None = None

    @property
    def order(self) -> tuple[str, ...]:
        return tuple(self.creditor.allocation_order) or DEFAULT_ORDER

    @property
    def across(self) -> str:
        return self.creditor.allocation_across

    def due(self) -> list[delinquency.Instalment]:
        """The contract's sums."""
        return [delinquency.Instalment(i.number, i.due_on, i.principal, i.interest, i.fee) for i in self.schedule]

    def paid(self) -> list[delinquency.Payment]:
        numbers = self.numbers()
        return [
            delinquency.Payment(
                p.paid_on,
                p.amount,
                key=str(p.pk),
                reverses=str(p.reverses_id or ""),
                designated=numbers.get(p.designated_id),
            )
            for p in self.payments
        ]

    def numbers(self) -> dict[int | None, int]:
        """Number of each instalment by its key in the database."""
        return {i.pk: i.number for i in self.schedule}

    def adjustments(self, *, with_penalty: bool = True) -> list[Adjustment]:
        """The ledger's entries; without what accrued as penalty interest (waivers of it stay) when told so."""
        numbers = self.numbers()
        return [
            Adjustment(e.on, numbers[e.instalment_id], e.component, e.amount)
            for e in self.entries
            if with_penalty or e.kind != LedgerEntry.Kind.PENALTY
        ]

    def effective(self) -> list[delinquency.Instalment]:
        """The schedule with all entries, whatever their day, in order of due date."""
        sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(COMPONENTS, ZERO))
        for entry in self.entries:
            sums[entry.instalment_id][entry.component] += entry.amount
        return [effective_instalment(i, sums.get(i.pk)) for i in self.schedule]

    def owed(self) -> tuple[Owed, ...]:
        """What each instalment owes by part, in the order of `schedule`."""
        return allocate(self.due(), self.paid(), self.order, self.across, self.adjustments()).owed

    def payoff(self, on: dt.date) -> Payoff:
        """What closing the loan on `on` costs, by its creditor's setting."""
        return quote_payoff(
            on,
            self.loan.disbursed_on,
            self._contract(),
            self.owed(),
            earned_only=self.creditor.payoff_interest == Creditor.PayoffInterest.EARNED,
            currency=self.loan.currency,
        )

    def rebates(self, on: dt.date) -> tuple[Rebate, ...]:
        """Interest of the contract's days after `on`."""
        return unearned_interest(on, self.loan.disbursed_on, self._contract(), self.loan.currency)

    def _contract(self) -> list[delinquency.Instalment]:
        """Its instalments without those of arrangements: interest that was moved was agreed anew, and is no interest of
        a time to come."""
        return [i for i in self.effective() if i.number < NUMBERS_OF_A_PLAN]


def load_account(loan: Loan) -> Account:
    """The account of one loan, as `load_accounts`."""
    return load_accounts([loan.pk])[loan.pk]


def effective_instalment(instalment: Instalment, changes: dict[str, Decimal] | None) -> delinquency.Instalment:
    more = changes or dict.fromkeys(COMPONENTS, ZERO)
    return delinquency.Instalment(
        instalment.number,
        instalment.due_on,
        instalment.principal + more["principal"],
        instalment.interest + more["interest"],
        instalment.fee + more["fee"],
        more[PENALTY],
    )


def load_accounts(loan_ids: Collection[int]) -> dict[int, Account]:
    """By loan, in order of its number; seven queries, whatever their number."""
    loans = Loan.objects.filter(pk__in=loan_ids).select_related("creditor").order_by("pk")
    accounts = {loan.pk: Account(loan, loan.creditor) for loan in loans}
    for instalment in Instalment.objects.filter(loan__in=loan_ids).order_by("loan_id", "due_on", "number"):
        accounts[instalment.loan_id].schedule.append(instalment)
    for payment in Payment.objects.filter(loan__in=loan_ids).order_by("loan_id", "paid_on", "id"):
        accounts[payment.loan_id].payments.append(payment)
    for entry in LedgerEntry.objects.filter(loan__in=loan_ids).select_related("item").order_by("loan_id", "on", "id"):
        accounts[entry.loan_id].entries.append(entry)
    policies = _policies({account.creditor.pk for account in accounts.values()})
    if policies:
        for pause in LoanPause.objects.filter(loan__in=loan_ids).order_by("loan_id", "start", "id"):
            accounts[pause.loan_id].pauses.append(Pause(pause.start, pause.end))
        for account in accounts.values():
            _give_terms(account, policies)
    return accounts


def _policies(creditor_ids: Iterable[int]) -> dict[tuple[int, str], PenaltyPolicy]:
    return {(p.creditor_id, p.product): p for p in PenaltyPolicy.objects.filter(creditor__in=list(creditor_ids))}


def _give_terms(account: Account, policies: dict[tuple[int, str], PenaltyPolicy]) -> None:
    loan = account.loan
    policy = _policy_of(loan, policies)
    terms = terms_of(loan, policy)
    if policy is not None and terms is not None:
        account.terms = terms
        # Days before the policy counts are as days of a pause.
        account.pauses.append(Pause(dt.date.min, policy.start_on))


def _policy_of(loan: Loan, policies: dict[tuple[int, str], PenaltyPolicy]) -> PenaltyPolicy | None:
    return policies.get((loan.creditor_id, loan.product)) or policies.get((loan.creditor_id, ""))


def terms_of(loan: Loan, policy: PenaltyPolicy | None) -> PenaltyTerms | None:
    """The penalty interest that a loan's contract and its creditor's policy make together; None: none.

    A loan whose cap cannot be told, since no LPR is on record for its day, bears none.
    """
    if policy is None or not loan.penalty_rate or lacks_cap(loan, policy):
        return None
    cap: Decimal | None = None
    if policy.cap == PenaltyPolicy.Cap.RATE:
        cap = policy.cap_rate
    elif policy.cap == PenaltyPolicy.Cap.FOUR_TIMES_LPR:
        cap = lpr_table().on(loan.disbursed_on).rate * LPR_TIMES
    return PenaltyTerms(
        loan.penalty_rate, cap, base=policy.base, days_in_year=policy.days_in_year, currency=loan.currency
    )


def lacks_cap(loan: Loan, policy: PenaltyPolicy) -> bool:
    """Whether no penalty is reckoned only because the LPR table does not reach to the loan's day."""
    capped = policy.cap == PenaltyPolicy.Cap.FOUR_TIMES_LPR
    return bool(capped and loan.penalty_rate and not lpr_table().knows(loan.disbursed_on))


def loans_without_cap(loans: Iterable[Loan]) -> list[Loan]:
    """Those of the loans that bear no penalty interest for that reason alone, so that somebody completes the table. One
    query, and none where every loan's day is on record."""
    doubtful = [loan for loan in loans if loan.penalty_rate and not lpr_table().knows(loan.disbursed_on)]
    if not doubtful:
        return []
    policies = _policies({loan.creditor_id for loan in doubtful})
    found = [(loan, _policy_of(loan, policies)) for loan in doubtful]
    return [loan for loan, policy in found if policy is not None and lacks_cap(loan, policy)]


def paid_by_instalment(loan_ids: Collection[int], until: dt.date | None = None) -> dict[int, Decimal]:
    """By the key of the instalment: what all payments, or those up to the day `until`, put on it. One query."""
    allocations = Allocation.objects.filter(instalment__loan__in=loan_ids)
    if until is not None:
        allocations = allocations.filter(payment__paid_on__lte=until)
    sums = allocations.order_by().values("instalment").annotate(paid=Sum(Allocation.total()))
    return {pk: summed(paid) for pk, paid in sums.values_list("instalment", "paid")}


def schedules_of(loan_ids: Collection[int]) -> dict[int, list[tuple[Instalment, delinquency.Instalment]]]:
    """By loan: each instalment with what it comes to now, in order of due date. Two queries."""
    sums: dict[int, dict[str, Decimal]] = {}
    changes = (
        LedgerEntry.objects.filter(loan__in=loan_ids)
        .order_by()
        .values("instalment_id", "component")
        .annotate(total=Sum("amount"))
    )
    for row in changes:
        sums.setdefault(row["instalment_id"], dict.fromkeys(COMPONENTS, ZERO))[row["component"]] = summed(row["total"])
    found: dict[int, list[tuple[Instalment, delinquency.Instalment]]] = {pk: [] for pk in loan_ids}
    for instalment in Instalment.objects.filter(loan__in=loan_ids).order_by("loan_id", "due_on", "number"):
        found[instalment.loan_id].append((instalment, effective_instalment(instalment, sums.get(instalment.pk))))
    return found
