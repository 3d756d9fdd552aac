"""The claim of a matter, from the ledger of its loans. Nothing is kept: it is reckoned anew for every screen and paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from borrowers.models import Creditor, Loan, Payment
from borrowers.rules.penalty import PRINCIPAL_AND_INTEREST
from borrowers.schedule import Account, load_accounts
from borrowers.services.reallocation import accrue_to
from legal.models import LimitationEvent, Matter, MatterState
from legal.rules import fees
from legal.rules.claim import ALL, DUE, Claim, CostLine, LoanClaim, LoanFacts, PenaltyBasis, claim_loan, make_claim
from legal.services.matters import LegalRefused

ZERO = Decimal("0.00")
REGULATION = "诉讼费用交纳办法"


def claim_of(*, matter: Matter, cut_off: dt.date, scope: str | None = None, preserve: bool = False) -> Claim:
    """What is claimed in the matter up to the end of the day `cut_off`, in a fixed number of queries.

    The ledger as it stood at the end of that day, with penalty interest up to it, below its cap. `scope` is `due` or
    `all`; None: as the matter has it, and all of a loan that was declared due by then. With `preserve`, the fee for preserving the sum is told among the costs even though
    none was entered. LegalRefused: a loan in another currency, a day before a loan was lent, an unknown scope.
    """
    case = matter.case
    if scope not in (None, DUE, ALL):
        raise LegalRefused(_("A claim is for what is due, or for all."))
    chosen = scope or (ALL if matter.claims_all else DUE)
    declared = _declared_due(case.pk, cut_off) if scope is None else set()
    accounts = load_accounts(list(case.loans.exclude(status=Loan.Status.RECALLED).values_list("pk", flat=True)))
    claims: list[LoanClaim] = []
    warnings: list[str] = []
    for account in sorted(accounts.values(), key=lambda account: account.loan.account_no):
        _check(account, case.currency, cut_off)
        warnings += _taken_back_later(account, cut_off)
        whole = ALL if account.loan.pk in declared else chosen
        claims.append(claim_loan(facts_of(account, cut_off), cut_off, whole))
    debt = sum((claim.total for claim in claims), ZERO)
    return make_claim(cut_off, case.currency, claims, _costs(matter, debt, preserve), chosen, warnings)


def _declared_due(case_id: int, cut_off: dt.date) -> set[int]:
    """Loans of the case that were declared due in whole by that day."""
    return set(_declared(case_id, cut_off).values_list("loan", flat=True))


def _declared(case_id: int, cut_off: dt.date) -> QuerySet[LimitationEvent]:
    return LimitationEvent.objects.filter(
        loan__cases=case_id, kind=LimitationEvent.Kind.ACCELERATED, on__lte=cut_off, withdraws=None, withdrawal=None
    )


def declared_on(case_id: int, cut_off: dt.date) -> dt.date | None:
    """The day on which loans of the case were declared due in whole, the last of them; None where none was by then."""
    return _declared(case_id, cut_off).aggregate(last=Max("on"))["last"]


def _check(account: Account, currency: str, cut_off: dt.date) -> None:
    loan = account.loan
    if loan.currency != currency:
        raise LegalRefused(_("Contract %(contract)s is in another currency.") % {"contract": loan.account_no})
    if cut_off < loan.disbursed_on:
        raise LegalRefused(_("Contract %(contract)s was not lent yet on that day.") % {"contract": loan.account_no})


def facts_of(account: Account, cut_off: dt.date) -> LoanFacts:
    """The account at the end of that day, as the rule takes it. `account` is cut to it."""
    _cut(account, cut_off)
    penalty = accrue_to(account, cut_off)
    basis = None
    if penalty is not None and account.terms is not None:
        basis = PenaltyBasis(
            penalty.rate,
            account.terms.days_in_year,
            account.terms.base == PRINCIPAL_AND_INTEREST,
            not _is_paused(account, cut_off),
            {number: product for number, (product, _amount) in penalty.by_number.items()},
        )
    return LoanFacts(
        account.loan.account_no,
        account.loan.contract_no,
        account.loan.currency,
        account.effective(),
        account.owed(),
        account.payoff(cut_off).rebates,
        basis,
        {row.number: row.label for row in account.schedule},
    )


def _cut(account: Account, cut_off: dt.date) -> None:
    """Leave out what was booked on later days; of what was taken back, the taking back goes with its payment."""
    account.payments = [p for p in account.payments if p.paid_on <= cut_off]
    known = {p.pk for p in account.payments}
    account.payments = [p for p in account.payments if p.reverses_id is None or p.reverses_id in known]
    account.entries = [e for e in account.entries if e.on <= cut_off]


def _is_paused(account: Account, day: dt.date) -> bool:
    return any(pause.start <= day and (pause.end is None or day < pause.end) for pause in account.pauses)


def _taken_back_later(account: Account, cut_off: dt.date) -> Iterator[str]:
    paid: dict[int, Payment] = {p.pk: p for p in account.payments if p.paid_on <= cut_off}
    for reversal in account.payments:
        taken = paid.get(reversal.reverses_id or 0)
        if taken is not None and reversal.paid_on > cut_off:
            yield f"{account.loan.account_no}: {taken.payment_no}"


# --- Costs ---------------------------------------------------------------------------------------------


def _costs(matter: Matter, debt: Decimal, preserve: bool) -> list[CostLine]:
    """The court's fee as it was told, or by the table for what is claimed, the lawyer's fee with it (13(1), grade M: it is
    one of the claims); the others where they were entered. Tables are China's: elsewhere a fee is what was entered."""
    lines: list[CostLine] = []
    lawyers = matter.lawyers_fee or ZERO
    claimed, by_table = debt + lawyers, matter.case.creditor.pack == Creditor.Pack.CN and debt > 0
    if matter.court_fee is not None:
        lines.append(_entered("court_fee", matter.court_fee, f"{REGULATION} 13, 29" if by_table else ""))
    elif by_table:
        lines.append(_reckoned("court_fee", fees.court_fee(claimed, _procedure(matter)), "29"))
    if matter.preservation_fee is not None:
        lines.append(_entered("preservation_fee", matter.preservation_fee, f"{REGULATION} 14(2)" if by_table else ""))
    elif preserve and by_table:
        lines.append(_reckoned("preservation_fee", fees.preservation_fee(claimed), "29"))
    if lawyers:
        lines.append(_entered("lawyers_fee", lawyers, "民法典 561"))
    return lines


def _procedure(matter: Matter) -> str:
    if matter.state == MatterState.PAYMENT_ORDER:
        return "payment_order"
    return matter.procedure or "ordinary"


def _entered(kind: str, amount: Decimal, clause: str) -> CostLine:
    return CostLine(kind, f"{amount:,.2f}", amount, clause)


def _reckoned(kind: str, fee: fees.Fee, borne_by: str) -> CostLine:
    return CostLine(kind, fee.formula, fee.amount, f"{REGULATION} {fee.clause}, {borne_by}")
