"""Resident ID numbers (居民身份证, GB 11643): is one well formed? And how names and numbers look when masked."""

from __future__ import annotations

import datetime as dt

from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent
from stdnum.util import clean

from borrowers.errors import InputError, gettext_noop

# No place has this region code, so no person has a number that begins with it: for tests and the demo.
FICTIONAL_REGION = "990000"

_LENGTH = gettext_noop("the ID number has %(length)s characters, not 18")
_FORMAT = gettext_noop("the ID number has characters other than 17 digits and a last digit or X")
_DATE = gettext_noop("the ID number holds no real date of birth")
_CHECK = gettext_noop("the check digit of the ID number is wrong")


def check_id_no(text: str) -> str:
    """The number as 18 characters, X in capitals; blanks and hyphens dropped, full-width digits made plain. InputError when its length,
    characters, date of birth or check digit are wrong. The message never repeats the number: it may stand
    in a log or a list of refusals.

    The region code is not looked up: tables of regions go stale, and a real person would be refused.
    """
    number = clean(text, " -").upper()
    if len(number) != 18:
        raise InputError("", _LENGTH, length=len(number))
    digits, last = number[:17], number[17]
    if not (digits.isascii() and digits.isdigit() and last in "0123456789X"):
        raise InputError("", _FORMAT)
    birth_date_of(number)
    if last != ric.calc_check_digit(number):
        raise InputError("", _CHECK)
    return number


def birth_date_of(id_no: str) -> dt.date:
    """Date of birth in an 18-character number; InputError when there is no such day."""
    try:
        return ric.get_birth_date(id_no)
    except (InvalidComponent, ValueError) as error:
        raise InputError("", _DATE) from error


def with_check_digit(first_17: str) -> str:
    """A whole number from its first 17 digits (for sample data)."""
    return first_17 + ric.calc_check_digit(first_17 + "0")


def _mask(text: str, head: int, tail: int) -> str:
    """Stars for all but `head` and `tail` characters; a text too short to hide anything becomes all stars."""
    hidden = len(text) - head - tail
    if hidden < 3:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[len(text) - tail :]


def mask_id(id_no: str) -> str:
    """990***********0012: enough to tell two papers apart on the telephone, not to use one."""
    return _mask(id_no, 3, 4)


def mask_phone(number: str) -> str:
    """+86154****0000. The last four stay, so that a collector can confirm the number with its owner."""
    return _mask(number, max(0, min(6, len(number) - 8)), 4 if len(number) >= 8 else 2)


def mask_email(address: str) -> str:
    """b*******@example.com"""
    local, at, domain = address.partition("@")
    return f"{local[:1]}{'*' * max(1, len(local) - 1)}{at}{domain}" if at else "*" * len(address)


def mask_address(address: str) -> str:
    """A number or an e-mail address, whichever it is, as screens show it."""
    return mask_email(address) if "@" in address else mask_phone(address)


def mask_name(name: str) -> str:
    """张*, 欧***; B******* S****: the first character of each word."""
    return " ".join(word[0] + "*" * max(1, len(word) - 1) for word in name.split())
