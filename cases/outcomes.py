"""What a contact came to: the outcomes of the trade, and what follows from each.

`gate_outcome` is the contact gate's word for it (contracts.md, part 3). Where two words would do, the one that
counts against us is taken: a rejected call is an unanswered attempt, a call that the borrower cut off a conversation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

Group = Literal["line", "debtor", "third_party", "written"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome. `label` is translated when shown; `key` is the letter that chooses it in the call form.

    `is_attempt`: counts as an attempt; `is_contact`: somebody was spoken to; `is_rpc`: right-party contact, the borrower
    was. `next_days`: usual days to the next action, None when nothing follows by itself. `stops_contact`: no further
    contact until a person has looked at it.
    """

    code: str
    label: Any
    group: Group
    gate_outcome: str
    key: str = ""
    is_attempt: bool = True
    is_contact: bool = False
    is_rpc: bool = False
    next_days: int | None = None
    stops_contact: bool = False


def _line(code: str, label: Any, gate: str, key: str, next_days: int = 1) -> Outcome:
    return Outcome(code, label, "line", gate, key, next_days=next_days)


def _debtor(code: str, label: Any, key: str, next_days: int | None, *, stops: bool = False) -> Outcome:
    return Outcome(
        code,
        label,
        "debtor",
        "conversation",
        key,
        is_contact=True,
        is_rpc=True,
        next_days=next_days,
        stops_contact=stops,
    )


def _third(code: str, label: Any, gate: str, key: str, next_days: int | None, *, stops: bool = False) -> Outcome:
    return Outcome(code, label, "third_party", gate, key, is_contact=True, next_days=next_days, stops_contact=stops)


def _written(code: str, label: Any, gate: str, next_days: int | None = None, *, rpc: bool = False) -> Outcome:
    return Outcome(code, label, "written", gate, is_contact=rpc, is_rpc=rpc, next_days=next_days)


PROMISE = "promise"
WRONG_NUMBER = "wrong_number"
INVALID = "invalid"
SENT = "sent"

_ALL = (
    _debtor(PROMISE, _("promises to pay"), "p", None),
    _debtor("part_paid", _("has paid a part"), "t", 1),
    _debtor("claims_paid", _("says it is paid (verify)"), "c", 1),
    _debtor("call_back", _("asks to be called back"), "b", 1),
    _debtor("asks_plan", _("asks for a plan"), "n", 1),
    _debtor("asks_waiver", _("asks for a waiver"), "w", 1),
    _debtor("hardship", _("in hardship"), "h", 3),
    _debtor("no_intent", _("no intent to pay yet"), "i", 2),
    _debtor("refuses", _("refuses to pay"), "r", 3),
    _debtor("dispute", _("disputes the debt"), "d", 1, stops=True),
    _debtor("fraud_claim", _("says it is fraud"), "f", 1, stops=True),
    _debtor("complaint", _("complains"), "l", 1, stops=True),
    _debtor("represented", _("is represented"), "e", 1, stops=True),
    _debtor("hung_up", _("hung up"), "u", 1),
    _line("no_answer", _("no answer"), "no_answer", "a"),
    _line("busy", _("busy"), "busy", "y"),
    _line("switched_off", _("switched off"), "no_answer", "o"),
    _line("suspended", _("number suspended"), "not_in_service", "s", 3),
    _line(INVALID, _("number does not exist"), "not_in_service", "v"),
    _line("voicemail", _("voicemail, no message left"), "voicemail_not_left", "m"),
    _line("voicemail_left", _("voicemail, message left"), "voicemail_left", "g"),
    _line("rejected", _("call rejected"), "no_answer", "j"),
    _line("dropped", _("call dropped"), "dropped", "x"),
    _line("network_failure", _("network failure"), "failed", "k"),
    _third("will_relay", _("will pass the message on"), "message_relayed", "1", 2),
    _third("will_not_relay", _("will not pass it on"), "conversation", "2", None),
    _third("will_pay", _("will pay in the borrower's place"), "conversation", "3", 2),
    Outcome(WRONG_NUMBER, _("wrong number"), "third_party", "wrong_number", "4", next_days=1),
    _third("asks_to_stop", _("asks not to be called again"), "refused", "5", None, stops=True),
    _third("says_deceased", _("says the borrower has died"), "conversation", "6", 1, stops=True),
    _written(SENT, _("sent"), "sent"),
    _written("delivered", _("delivered"), "delivered"),
    _written("failed", _("not delivered"), "failed", 1),
    _written("read", _("read"), "delivered"),
    _written("replied", _("replied"), "delivered", 1, rpc=True),
    _written("returned", _("returned"), "failed", 1),
    _written("served", _("served"), "delivered"),
)

# code → outcome, in the order in which a list shows them.
OUTCOMES: dict[str, Outcome] = {outcome.code: outcome for outcome in _ALL}

# After these the borrower and the house have something to settle: the case moves to negotiating.
OPENS_TALKS = frozenset({"asks_plan", "asks_waiver", "hardship"})
# After these the number is marked as not in use.
ENDS_NUMBER = frozenset({WRONG_NUMBER, INVALID})

NONPAYMENT_REASONS: dict[str, Any] = {
    "job_loss": _("lost work"),
    "income_cut": _("income fell"),
    "illness": _("illness or accident"),
    "family": _("family event"),
    "cash_flow": _("short of cash for now"),
    "business": _("business in trouble"),
    "over_indebted": _("too many debts"),
    "dispute": _("contests the debt or its amount"),
    "goods": _("unhappy with goods or service"),
    "fraud_claim": _("says it is fraud"),
    "forgot": _("forgot"),
    "payment_trouble": _("payment did not go through"),
    "unwilling": _("not willing"),
    "away": _("away"),
    "disaster": _("disaster"),
    "other": _("other"),
}

NEXT_ACTIONS: dict[str, Any] = {
    "call_again": _("call again"),
    "send_sms": _("send an SMS"),
    "send_demand_letter": _("send a demand letter"),
    "await_payment": _("await the payment"),
    "supervisor": _("ask the supervisor"),
    "legal_review": _("legal review"),
    "none": _("none"),
}
