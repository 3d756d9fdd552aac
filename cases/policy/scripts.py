"""What a call script must say and must not, by pack and by who answers. Pure.

A script is text with {placeholders}. What is mandatory is checked by placeholder and by phrase: each line names the clause that
asks for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from borrowers.errors import InputError, gettext_noop

# Name → what is filled in.
PLACEHOLDERS: dict[str, str] = {
    "caller": gettext_noop("the name of the person who calls"),
    "creditor": gettext_noop("the creditor's name"),
    "borrower": gettext_noop("the borrower's name"),
    "phone": gettext_noop("the number to call back"),
    "complaint_line": gettext_noop("the creditor's complaint line"),
    "overdue_amount": gettext_noop("what is due and unpaid"),
    "days_past_due": gettext_noop("days past due"),
    "account": gettext_noop("the last four signs of the account number"),
}
# What tells of the debt: never to those who owe nothing, and in no voicemail box.
_DEBT = frozenset({"overdue_amount", "days_past_due", "account"})
_FIELD = re.compile(r"\{([^{}]*)\}")
_WORDS_OF_DEBT = re.compile(
    r"\b(debt|debts|loan|loans|overdue|arrears|collect|collection|collections|collector|owe|owes|owing|repay\w*)\b"
    r"|欠款|借款|贷款|逾期|债务|还款|催收|欠",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A mandatory line: one of `any_of` (placeholders, or words where they carry no braces) in `part`."""

    part: str  # opening or closing
    any_of: tuple[str, ...]
    what: str
    source: str


_WHO = gettext_noop("who is calling")
_FOR_WHOM = gettext_noop("for whom")
_RECORDED = gettext_noop("that the call is recorded")
_ASKS_FOR = gettext_noop("that the borrower is asked for before anything else")
_COMPLAINTS = gettext_noop("where to complain")
_COLLECTS = gettext_noop("that this is an attempt to collect a debt, and what that information is used for")
_HELP = gettext_noop("where free advice is to be had")
_STOP = gettext_noop("whether the person wishes not to be called again")
_BACK = gettext_noop("a number to call back")
_OWES = ("debtor", "guarantor")

_CN, _CBA, _REG_F, _CONC = "GB/T 45251-2025", "CBA", "12 CFR", "CONC"
MANDATORY: dict[tuple[str, str], tuple[Line, ...]] = {
    **{
        ("cn", situation): (
            Line("opening", ("{caller}",), _WHO, _CN),
            Line("opening", ("{creditor}",), _FOR_WHOM, _CN),
            Line("opening", ("record", "录音"), _RECORDED, "信用卡办法 68"),
            Line("opening", ("{borrower}",), _ASKS_FOR, _CN),
            Line("closing", ("{complaint_line}",), _COMPLAINTS, _CN),
        )
        for situation in _OWES
    },
    ("cn", "contact_person"): (
        Line("opening", ("{caller}",), _WHO, _CN),
        Line("closing", ("again", "再联系", "再打"), _STOP, _CBA),
    ),
    **{
        ("us_reg_f", situation): (
            Line("opening", ("{caller}",), _WHO, f"{_REG_F} 1006.18(e)"),
            Line("opening", ("{borrower}",), _ASKS_FOR, f"{_REG_F} 1006.6(d)"),
            Line("opening", ("attempt to collect a debt", "催收债务"), _COLLECTS, f"{_REG_F} 1006.18(e)(1)"),
        )
        for situation in _OWES
    },
    ("us_reg_f", "contact_person"): (Line("opening", ("{caller}",), _WHO, f"{_REG_F} 1006.10(b)"),),
    ("us_reg_f", "voicemail"): (
        Line("opening", ("{caller}",), _WHO, f"{_REG_F} 1006.2(j)"),
        Line("opening", ("{phone}",), _BACK, f"{_REG_F} 1006.2(j)"),
    ),
    **{
        ("uk", situation): (
            Line("opening", ("{caller}",), _WHO, f"{_CONC} 7.9.6"),
            Line("opening", ("{borrower}",), _ASKS_FOR, f"{_CONC} 7.9.6"),
            Line("closing", ("free", "免费"), _HELP, f"{_CONC} 7.3.7"),
        )
        for situation in _OWES
    },
    ("uk", "contact_person"): (Line("opening", ("{caller}",), _WHO, f"{_CONC} 7.9.6"),),
}


def check_script(*, pack: str, situation: str, opening: str, guidance: str, closing: str) -> None:
    """InputError, naming the part, for a placeholder that does not exist, a mandatory line that is missing (with its
    clause), or words of the debt where nobody may hear of it."""
    parts = {"opening": opening, "guidance": guidance, "closing": closing}
    for part, text in parts.items():
        for name in _FIELD.findall(text):
            if name not in PLACEHOLDERS:
                raise InputError(
                    part,
                    gettext_noop("there is no placeholder {%(name)s}: use one of %(known)s"),
                    name=name,
                    known=", ".join(PLACEHOLDERS),
                )
    for line in MANDATORY.get((pack, situation), ()):
        text = parts[line.part].casefold()
        if not any(wanted.casefold() in text for wanted in line.any_of):
            raise InputError(
                line.part,
                gettext_noop("%(what)s is missing (%(source)s): %(wanted)s"),
                what=line.what,
                source=line.source,
                wanted=" / ".join(line.any_of),
            )
    if situation not in _OWES:
        _check_silence(parts)


def _check_silence(parts: dict[str, str]) -> None:
    """Nothing that is said to a third person or a machine tells of a debt; the creditor's name tells of it too."""
    for part in ("opening", "closing"):
        text = parts[part]
        told = [name for name in _FIELD.findall(text) if name in _DEBT or name == "creditor"]
        words = _WORDS_OF_DEBT.search(text)
        if told or words:
            raise InputError(
                part,
                gettext_noop("“%(words)s” tells of the debt: nobody but those who owe may hear of it"),
                words=told[0] if told else words.group() if words else "",
            )


def fill_in(text: str, values: dict[str, str]) -> str:
    """The text with its placeholders filled in; one without a value stays as it stands, for the caller to see."""
    return _FIELD.sub(lambda match: values.get(match.group(1)) or match.group(), text)
