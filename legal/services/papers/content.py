"""What stands on legal papers: frozen data, complete before anything is laid out.

Money is Decimal in `currency`, dates are business dates, rates yearly fractions. A template sees the same names with
every value written out (`legal.services.papers.wording`). Kept as JSON with the issued paper.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from borrowers.money import money_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The creditor as a party. `code` is its registration number."""

    name: str
    address: str
    phone: str
    code: str = ""
    representative: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The borrower as a party. The ID number is whole on court papers and masked on what goes to the borrower."""

    name: str
    gender: str = ""
    id_kind: str = ""
    id_no: str = ""
    born_on: dt.date | None = None
    address: str = ""
    service_address: str = ""
    phone: str = ""
    email: str = ""
    employer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantor:
    name: str
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    name: str
    address: str
    phone: str
    email: str
    licence_no: str
    lawyer: str
    lawyer_licence_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure with the way it was reckoned."""

    label: str
    formula: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """One contract with what is claimed from it; total = principal + interest + penalty + fees."""

    contract_no: str
    account_no: str
    disbursed_on: dt.date
    amount: Decimal
    annual_rate: Decimal
    penalty_rate: Decimal | None
    instalments: int
    first_due_on: dt.date | None
    last_due_on: dt.date | None
    paid: Decimal
    last_paid_on: dt.date | None
    missed_since: dt.date | None
    days_late: int
    principal: Decimal
    interest: Decimal
    penalty: Decimal
    fees: Decimal
    total: Decimal
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where to pay."""

    holder: str
    bank: str
    number: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One line of the evidence list. `pages` is where it stands in the bundle, "3–7"."""

    number: str
    name: str
    kind: str
    form: str
    source: str
    proves: str
    content: str
    pages: str
    sha256: str
    remarks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What all papers share."""

    language: str
    number: str
    issued_on: dt.date
    case_no: str
    currency: str
    creditor: Company
    debtor: Person
    firm: Firm


@dataclass(frozen=True, slots=True, kw_only=True)
class Claiming(Paper):
    """A paper about sums: what is claimed at the cut-off, contract by contract, and the costs beside it."""

    cut_off: dt.date
    loans: tuple[Loan, ...]
    costs: tuple[Line, ...]
    principal: Decimal
    interest: Decimal
    penalty: Decimal
    fees: Decimal
    total: Decimal
    total_words: str
    sum_formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LawyersLetterPaper(Paper):
    """律师函, as its template sees it; its figures are those of `cases.letters.content.LawyersLetter`."""

    cut_off: dt.date
    total: Decimal
    total_words: str
    sum_formula: str
    delivery: str
    mandate_reference: str
    mandate_from: dt.date
    tables: tuple[Table, ...]
    demands: tuple[Demand, ...]
    facts: str
    legal_basis: tuple[str, ...]
    pay_by: dt.date | None
    account: Account
    complaint_line: str
    attachments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One instalment of a letter's table, its figures as printed."""

    label: str
    due_on: str
    days: int
    principal: str
    interest: str
    fee: str
    penalty: str
    paid: str
    owed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The instalments of one contract that are due and unpaid."""

    contract_no: str
    account_no: str
    disbursed_on: dt.date
    amount: Decimal
    annual_rate: Decimal
    has_penalty: bool
    rows: tuple[Row, ...]
    totals: Row
    formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A demand made before."""

    on: dt.date
    channel: str
    delivery: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint(Claiming):
    """要素式民事起诉状."""

    court: str
    agent_special: bool
    third_party: str
    guarantors: tuple[Guarantor, ...]
    to_payoff: bool
    payoff_rule: str
    compound: bool
    compound_method: str
    accelerates: bool
    rescinds: bool
    only_due: bool
    accelerated_on: dt.date | None
    security_claim: str
    enforcement_costs: Decimal | None
    enforcement_costs_basis: str
    claims_court_costs: bool
    other_claims: str
    agreed_venue: str
    preservation_applied: bool
    preservation_note: str
    signed_on: dt.date | None
    signed_at: str
    rate_clause: str
    penalty_clause: str
    acceleration_clause: str
    repayment_method: str
    collateral: str
    guaranteed: bool
    guarantee_kind: str
    guarantee_note: str
    demanded: str
    facts: str
    legal_basis: tuple[str, ...]
    exhibits: tuple[Exhibit, ...]
    knows_mediation: bool
    mediates: bool
    declines_mediation: bool
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrder(Claiming):
    """支付令申请书 (民诉法 225–228)."""

    court: str
    court_fee: Decimal | None
    to_payoff: bool
    payoff_rule: str
    demanded: str
    facts: str
    no_mutual_debt: bool
    serviceable: bool
    legal_basis: tuple[str, ...]
    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue(Paper):
    """证据目录."""

    court: str
    court_case_no: str
    exhibits: tuple[Exhibit, ...]
    pages: int
    copies: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority(Paper):
    """授权委托书."""

    court: str
    matter_words: str
    special: bool
    powers: tuple[str, ...]
    until_words: str
    second_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preservation(Claiming):
    """财产保全申请书."""

    court: str
    court_case_no: str
    before_suit: bool
    amount: Decimal
    amount_words: str
    leads: tuple[str, ...]
    grounds: str
    security_kind: str
    security_by: str
    fee: Decimal
    fee_formula: str
    legal_basis: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    number: int
    due_on: dt.date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement(Claiming):
    """和解协议."""

    agreed: Decimal
    agreed_words: str
    forgiven: Decimal | None
    plan: tuple[Instalment, ...]
    grace_days: int
    account: Account
    withdraws_suit: bool
    costs_borne_by: str
    service_clause: bool
    further_terms: str
    complaint_line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforcement(Paper):
    """强制执行申请书."""

    court: str
    title_kind: str
    title_court: str
    title_no: str
    judged_on: dt.date | None
    effective_on: dt.date | None
    performance_due_on: dt.date | None
    cut_off: dt.date
    principal: Decimal
    interest: Decimal
    costs: Decimal
    awarded: Decimal
    paid: Decimal
    remaining: Decimal
    remaining_words: str
    to_payoff: bool
    payoff_rule: str
    delayed_interest: Decimal
    delayed_formula: str
    enforcement_fee: Decimal
    reasons: str
    leads: tuple[str, ...]
    attachments: tuple[str, ...]
    legal_basis: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentNotice(Claiming):
    """债权转让通知书."""

    assignee: Company
    agreement_no: str
    assigned_on: dt.date
    account: Account
    complaint_line: str
    legal_basis: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationNotice(Paper):
    """12 CFR 1006.34, in the order of model form B-1. amount_now = amount_then + interest + fees − paid."""

    website: str
    reply_hours: str
    then_creditor: str
    current_creditor: str
    account_tail: str
    itemization_date: dt.date
    itemization_event: str
    amount_then: Decimal
    interest: Decimal
    fees: Decimal
    paid: Decimal
    amount_now: Decimal
    send_on: dt.date
    dispute_by: dt.date
    spanish: bool
    notice: str


def to_json(content: Paper) -> dict[str, Any]:
    """The content as JSON values: money as "1234.50", rates as written, dates in ISO 8601."""
    return {"kind": type(content).__name__, **_plain(content, content.currency)}


def _plain(value: Any, currency: str, name: str = "") -> Any:
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name), currency, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(part, currency) for part in value]
    if isinstance(value, Decimal):
        return str(value) if name.endswith("rate") else money_text(value, currency)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def texts_of(value: Any) -> set[str]:
    """Every text in a content, for the check that each character can be drawn."""
    if isinstance(value, str):
        return {value}
    if dataclasses.is_dataclass(value):
        parts = [getattr(value, f.name) for f in dataclasses.fields(value)]
        return set().union(*(texts_of(part) for part in parts))
    if isinstance(value, tuple):
        return set().union(*(texts_of(part) for part in value)) if value else set()
    return set()
