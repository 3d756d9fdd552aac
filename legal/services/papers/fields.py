"""What is filled in by hand for each kind of paper: declared once, asked on a form, kept in `LegalPaper.content`.

A date is kept as ISO 8601, a sum as "1234.50", a list as its lines, a plan of payments as [day, sum] pairs. What is
`kept` is offered again on the creditor's next paper of the kind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from legal.models import LegalPaper

TEXT, LONG, DATE, MONEY, CHOICE, YES, LINES, PLAN, NUMBER = (
    "text",
    "long",
    "date",
    "money",
    "choice",
    "yes",
    "lines",
    "plan",
    "number",
)
Words = str | Promise


@dataclass(frozen=True)
class Field:
    name: str
    label: Words
    type: str = TEXT
    required: bool = False
    default: Any = ""
    choices: tuple[tuple[str, Words], ...] = ()
    help: Words = ""
    kept: bool = False


def _plaintiff() -> tuple[Field, ...]:
    return (
        Field("plaintiff_code", _("The creditor's registration number"), required=True, kept=True),
        Field(
            "plaintiff_representative", _("The creditor's legal representative, with post"), required=True, kept=True
        ),
    )


def _defendant() -> tuple[Field, ...]:
    return (
        Field(
            "gender",
            _("The borrower's sex"),
            CHOICE,
            choices=(("", _("not stated")), ("male", _("male")), ("female", _("female"))),
        ),
        Field("service_address", _("Address for service agreed in the contract, when it is another one")),
    )


def _payoff() -> Field:
    return Field("to_payoff", _("Interest and penalty interest are asked for until payment"), YES, default=True)


FACTS = Field(
    "facts", _("Facts to be added"), LONG, help=_("Printed as written; leave it empty when nothing is to be added.")
)
_DEMANDED = Field("demanded", _("Demands made before"), LONG, help=_("Empty: the letters on file are listed."))
COPIES = Field("copies", _("Copies for the other side"), NUMBER, default=1, required=True)
_FURTHER = Field("further_terms", _("Further terms"), LONG)

GUARANTEES = (("", _("none")), ("general", _("general guarantee")), ("joint", _("joint and several guarantee")))
SCOPES = (
    ("due", _("only what has fallen due")),
    ("declared", _("all: declared due earlier")),
    ("by_suit", _("all: declared due by this paper")),
    ("rescission", _("all: the contract is rescinded")),
)
_SCOPE = Field("scope", _("What is claimed"), CHOICE, default="due", choices=SCOPES, required=True)
_DECLARED_ON = Field("accelerated_on", _("Declared due on"), DATE)
REPAYMENT = (
    ("equal_instalments", _("equal instalments of principal and interest")),
    ("equal_principal", _("equal principal")),
    ("interest_first", _("interest by instalments, principal at the end")),
    ("at_once", _("all at the end")),
    ("as_scheduled", _("by the agreed schedule")),
)
SECURITIES = (
    ("letter", _("letter of guarantee of an insurer or bank")),
    ("cash", _("cash")),
    ("property", _("property")),
    ("none", _("none: the court is asked to do without")),
)
TITLES = (
    ("judgment", _("judgment")),
    ("mediation", _("mediation settlement")),
    ("payment_order", _("payment order")),
    ("arbitration", _("arbitral award")),
    ("notarised", _("notarised instrument")),
)
ITEMIZATION = (
    ("last_statement", _("last statement")),
    ("charge_off", _("charge-off")),
    ("last_payment", _("last payment")),
    ("transaction", _("transaction")),
    ("judgment", _("judgment")),
)
Kind = LegalPaper.Kind

FIELDS: dict[str, tuple[Field, ...]] = {
    Kind.LAWYERS_LETTER: (),
    Kind.COMPLAINT: (
        *_plaintiff(),
        Field(
            "agent_powers",
            _("Powers of the agent"),
            CHOICE,
            default="special",
            choices=(("general", _("general")), ("special", _("special"))),
            kept=True,
        ),
        *_defendant(),
        Field("third_party", _("Third party, with address and interest in the matter")),
        _SCOPE,
        _DECLARED_ON,
        _payoff(),
        Field("compound_method", _("Compound interest: how it is reckoned"), help=_("Empty: none is claimed.")),
        Field("security_claim", _("Claim against security or guarantors"), LONG),
        Field("enforcement_costs_basis", _("On what the cost of enforcing the debt rests"), kept=True),
        Field("claims_court_costs", _("The defendant is to bear the court costs"), YES, default=True),
        Field("other_claims", _("Other claims"), LONG),
        Field("agreed_venue", _("Agreed court or arbitration, with the clause"), kept=True),
        Field("preservation_applied", _("Preservation was applied for"), YES),
        Field("preservation_note", _("Where and when preservation was applied for")),
        Field("signed_on", _("Contract signed on"), DATE),
        Field("signed_at", _("Contract signed at"), kept=True),
        Field("rate_clause", _("Clause on interest"), required=True, kept=True),
        Field("penalty_clause", _("Clause on penalty interest"), kept=True),
        Field("acceleration_clause", _("Clause on early maturity"), kept=True),
        Field(
            "repayment_method",
            _("Way of repayment"),
            CHOICE,
            default="as_scheduled",
            choices=REPAYMENT,
            kept=True,
            required=True,
        ),
        Field("collateral", _("Pledge or mortgage: thing, owner, registration")),
        Field("guarantee_kind", _("Guarantee"), CHOICE, choices=GUARANTEES),
        Field("guarantee_note", _("Guarantee: period and extent")),
        _DEMANDED,
        FACTS,
        Field(
            "mediates",
            _("Mediation before trial"),
            CHOICE,
            default="yes",
            choices=(("yes", _("willing")), ("no", _("not willing")), ("unsure", _("to be told about it first"))),
            required=True,
        ),
        COPIES,
    ),
    Kind.PAYMENT_ORDER: (
        *_plaintiff(),
        *_defendant(),
        _SCOPE,
        _DECLARED_ON,
        _payoff(),
        Field("no_mutual_debt", _("The two owe each other nothing else"), YES, required=True, default=True),
        Field("serviceable", _("The order can be served on the debtor"), YES, required=True, default=True),
        _DEMANDED,
        FACTS,
    ),
    Kind.EVIDENCE_CATALOGUE: (
        Field("copies", _("Copies"), NUMBER, default=2, required=True),
        Field("note", _("Remark below the list"), LONG),
    ),
    Kind.POWER_OF_ATTORNEY: (
        *_plaintiff(),
        Field(
            "agent_powers",
            _("Powers of the agent"),
            CHOICE,
            default="special",
            choices=(("general", _("general")), ("special", _("special"))),
            kept=True,
            required=True,
        ),
        Field("second_agent", _("Second agent: name, licence or post"), kept=True),
        Field("until_words", _("Until when"), kept=True, help=_("Empty: until the matter is concluded.")),
    ),
    Kind.PRESERVATION: (
        *_plaintiff(),
        *_defendant(),
        Field(
            "moment",
            _("When"),
            CHOICE,
            default="with_suit",
            choices=(("before_suit", _("before the suit")), ("with_suit", _("with or during the suit"))),
            required=True,
        ),
        _SCOPE,
        Field("amount", _("Sum to be preserved"), MONEY, help=_("Empty: all that is claimed.")),
        Field("leads", _("Property: accounts, homes, vehicles, one a line"), LINES, required=True),
        Field("grounds", _("Why the judgment could fail without it"), LONG, required=True),
        Field(
            "security_kind", _("Security offered"), CHOICE, default="letter", choices=SECURITIES, required=True, kept=True
        ),
        Field("security_by", _("By whom"), kept=True),
    ),
    Kind.SETTLEMENT: (
        *_plaintiff(),
        Field("scope", _("What is owed"), CHOICE, default="due", choices=SCOPES[:2], required=True),
        Field(
            "plan",
            _("Payments, one a line: day and sum"),
            PLAN,
            required=True,
            help=_("For example: 2027-01-15 1500.00"),
        ),
        Field("grace_days", _("Days of grace"), NUMBER, default=5, required=True),
        Field("withdraws_suit", _("The suit is withdrawn when all is paid"), YES),
        Field(
            "costs_borne_by",
            _("Costs are borne by"),
            CHOICE,
            default="each",
            choices=(("each", _("each their own")), ("creditor", _("the creditor")), ("borrower", _("the borrower"))),
            required=True,
        ),
        Field("service_clause", _("The addresses hold for service by a court"), YES, default=True),
        _FURTHER,
    ),
    Kind.ENFORCEMENT: (
        *_plaintiff(),
        *_defendant(),
        Field(
            "title_kind", _("What is enforced"), CHOICE, default="judgment", choices=TITLES, required=True
        ),
        Field("paid_since", _("Paid since, one a line: day and sum"), PLAN, help=_("Empty: nothing was paid.")),
        _payoff(),
        Field("reasons", _("Reasons to be added"), LONG),
        Field("leads", _("Leads to assets, one a line"), LINES, required=True, help=_("Or that none are known.")),
        Field("attachments", _("Attachments, one a line"), LINES, help=_("Empty: the usual ones.")),
    ),
    Kind.ASSIGNMENT_NOTICE: (
        *_plaintiff(),
        Field("assignee_name", _("To whom it is assigned"), required=True, kept=True),
        Field("assignee_code", _("Their registration number"), kept=True),
        Field("assignee_address", _("Their address"), required=True, kept=True),
        Field("assignee_phone", _("Their telephone"), required=True, kept=True),
        Field("agreement_no", _("Number of the assignment agreement"), required=True, kept=True),
        Field("assigned_on", _("Assigned on"), DATE, required=True, kept=True),
        Field("scope", _("What is assigned"), CHOICE, default="due", choices=SCOPES[:2], required=True),
        Field("account_holder", _("Account holder"), required=True, kept=True),
        Field("account_bank", _("Bank"), required=True, kept=True),
        Field("account_number", _("Account number"), required=True, kept=True),
    ),
    Kind.VALIDATION_NOTICE: (
        Field("itemization_date", _("Itemization date"), DATE, required=True),
        Field(
            "itemization_event", _("What happened on it"), CHOICE, default="last_payment", choices=ITEMIZATION,
            required=True,
        ),
        Field("then_creditor", _("Creditor on the itemization date"), help=_("Empty: the same as today."), kept=True),
        Field("website", _("Web address for answers"), kept=True),
        Field("reply_hours", _("Hours of the telephone"), default="8 a.m. to 6 p.m., Monday to Friday", kept=True),
        Field("send_on", _("To be sent on"), DATE, required=True),
        Field("spanish", _("Offer a Spanish translation"), YES),
        Field("notice", _("Further statements that the law of the state asks for"), LONG, kept=True),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Filled:
    """What was filled in, read by type. A name that the kind does not have is a mistake of the program: KeyError."""

    kind: str
    values: Mapping[str, Any]

    def _of(self, name: str) -> Any:
        field = next((f for f in FIELDS[self.kind] if f.name == name), None)
        if field is None:
            raise KeyError(name)
        value = self.values.get(name)
        return field.default if value is None else value

    def text(self, name: str) -> str:
        return str(self._of(name) or "").strip()

    def yes(self, name: str) -> bool:
        return bool(self._of(name))

    def number(self, name: str) -> int:
        return int(self._of(name) or 0)

    def day(self, name: str) -> dt.date | None:
        value = self._of(name)
        return dt.date.fromisoformat(value) if value else None

    def money(self, name: str) -> Decimal | None:
        value = self._of(name)
        return Decimal(value) if value not in (None, "") else None

    def lines(self, name: str) -> tuple[str, ...]:
        return tuple(self._of(name) or ())

    def plan(self, name: str) -> tuple[tuple[dt.date, Decimal], ...]:
        return tuple((dt.date.fromisoformat(day), Decimal(amount)) for day, amount in self._of(name) or ())


def initial_of(kind: str) -> dict[str, Any]:
    """What a new paper of the kind begins with."""
    return {field.name: field.default for field in FIELDS[kind] if field.default != ""}
