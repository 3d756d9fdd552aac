"""The {placeholders} that the wording of a message may have: one list for authors, checker and renderer."""

from __future__ import annotations

import re

from borrowers.errors import InputError, gettext_noop

# Amounts are written with their currency, dates in the language of the message. Name → what is filled in.
PLACEHOLDERS: dict[str, str] = {
    "creditor": gettext_noop("the creditor's name"),
    "salutation": gettext_noop("the form of address with the borrower's masked name, such as “Mr/Ms Z*”"),
    "account": gettext_noop("the last four signs of the account number, of the loan that is longest overdue"),
    "overdue_amount": gettext_noop("what is due and unpaid, over all loans of the case"),
    "due_amount": gettext_noop("the instalment that is about to fall due (reminders before the due date)"),
    "due_on": gettext_noop("the oldest unpaid due date; before the due date, the coming one"),
    "days_past_due": gettext_noop("days past due"),
    "pay_by": gettext_noop("the date by which payment is asked for"),
    "promise_amount": gettext_noop("the sum of the open promise"),
    "promise_due_on": gettext_noop("the date of the open promise"),
    "repayment_account": gettext_noop("the creditor's account: holder, bank, number"),
    "reference": gettext_noop("the case number, to be quoted with a payment"),
    "phone": gettext_noop("the creditor's telephone number"),
    "complaint_line": gettext_noop("the creditor's complaint line"),
    "opt_out": gettext_noop("how to stop messages of this kind; empty where no law asks for it"),
}

# Known by the reader already, or too much for a lock screen: an SMS names neither sum nor account of a payment.
_NOT_IN_SMS = frozenset({"repayment_account"})
_FIELD = re.compile(r"\{([^{}]*)\}")


def placeholders_in(text: str) -> tuple[str, ...]:
    """The names between braces, in order, each once."""
    return tuple(dict.fromkeys(_FIELD.findall(text)))


def check_template(text: str, channel: str = "", where: str = "body") -> None:
    """InputError when `text` names a placeholder that does not exist, or has a stray brace."""
    for name in placeholders_in(text):
        if name not in PLACEHOLDERS:
            raise InputError(
                where,
                gettext_noop("there is no placeholder {%(name)s}: use one of %(known)s"),
                name=name,
                known=", ".join(PLACEHOLDERS),
            )
        if channel == "sms" and name in _NOT_IN_SMS:
            raise InputError(where, gettext_noop("{%(name)s} does not belong in an SMS"), name=name)
    if re.search(r"[{}]", _FIELD.sub("", text)):
        raise InputError(where, gettext_noop("a brace without its partner"))
