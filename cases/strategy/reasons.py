"""Why a step is skipped or a plan revised: a code, with one value behind a bar where there is one ("promise_open|2026-03-09")."""

from __future__ import annotations

from collections.abc import Callable

from borrowers.errors import gettext_noop

TOO_LATE = "too_late"
REPLACED = "replaced"
NO_STRATEGY = "no_strategy"
NEW_ANCHOR = "new_anchor"
CONDITION = "condition"
PROMISE_OPEN = "promise_open"
PROMISE_OVER = "promise_over"
ARRANGED = "arranged"
ALL_RECALLED = "all_recalled"
ARRANGEMENT_OVER = "arrangement_over"
SETTLED = "settled"
NEW_VERSION = "new_version"
CASE_CLOSED = "case_closed"
FACTS = "facts"
# Why a message of a step did not leave (cases.services.outbox).
DAY_PASSED = "day_passed"
NO_CONTACT_POINT = "no_contact_point"
GATE = "gate"
WORDING = "wording"
NOT_SENT = "not_sent"
NOT_KNOWN_IF_SENT = "not_known_if_sent"
NOT_DELIVERED = "not_delivered"
EXPIRED = "expired"
PAID = "paid"
FIGURES_CHANGED = "figures_changed"
ON_HOLD = "on_hold"
# What people told: the value is the outcome of a contact, or what was recorded; the words do without it.
CONTACTED = "contacted"
RECORDED = "recorded"
# Why the system sends a case to legal staff.
BY_STRATEGY = "by_strategy"

REASONS: dict[str, str] = {
    TOO_LATE: gettext_noop("before the case came to this strategy"),
    REPLACED: gettext_noop("the case came to the strategy %(value)s"),
    NO_STRATEGY: gettext_noop("no strategy is for this case now"),
    NEW_ANCHOR: gettext_noop("counted anew from the due date %(value)s"),
    CONDITION: gettext_noop("its condition does not hold any more"),
    PROMISE_OPEN: gettext_noop("promise open until %(value)s"),
    PROMISE_OVER: gettext_noop("the promise is settled"),
    ALL_RECALLED: gettext_noop("all of its loans were recalled"),
    ARRANGED: gettext_noop("an arrangement replaces what was due"),
    ARRANGEMENT_OVER: gettext_noop("the arrangement is over"),
    SETTLED: gettext_noop("the agreed part was paid in full settlement"),
    NEW_VERSION: gettext_noop("the strategy was changed (version %(value)s)"),
    CASE_CLOSED: gettext_noop("the case was closed"),
    FACTS: gettext_noop("grade, amount or promise changed"),
    DAY_PASSED: gettext_noop("its day had passed"),
    NO_CONTACT_POINT: gettext_noop("no number or address in use that it could go to"),
    GATE: gettext_noop("the contact gate refused: %(value)s"),
    WORDING: gettext_noop("it could not be worded: %(value)s"),
    NOT_SENT: gettext_noop("it could not be sent: %(value)s"),
    NOT_KNOWN_IF_SENT: gettext_noop("the provider did not say whether it was sent"),
    NOT_DELIVERED: gettext_noop("it did not arrive: %(value)s"),
    EXPIRED: gettext_noop("it waited too long to be sent"),
    PAID: gettext_noop("a payment came in"),
    FIGURES_CHANGED: gettext_noop("what is owed has changed"),
    ON_HOLD: gettext_noop("the case is on hold"),
    CONTACTED: gettext_noop("what a contact came to"),
    RECORDED: gettext_noop("what was recorded about contact"),
    BY_STRATEGY: gettext_noop("its strategy hands it over (step %(value)s)"),
}


def reason_of(code: str, value: object = "") -> str:
    return f"{code}|{value}" if value != "" else code


def reason_words(reason: str, gettext: Callable[[str], str]) -> str:
    """The reason in words; what is no code of ours was written by a person and stays as it is."""
    code, _bar, value = reason.partition("|")
    if code not in REASONS:
        return reason
    return gettext(REASONS[code]) % {"value": value}
