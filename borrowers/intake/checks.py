"""What each row must be on its own. Each function turns texts into typed values and collects what is wrong.

Money becomes a whole number of cents, so that the staging tables add it up exactly on every database.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TypeVar
from zoneinfo import available_timezones

from borrowers.errors import InputError
from borrowers.identity import birth_date_of, check_id_no
from borrowers.models import Creditor
from borrowers.models.encryption import encrypt, id_index, person_key
from borrowers.money import check_currency, parse_money
from borrowers.phones import normalise_phone

LOAN_COLUMNS = (
    "account_no", "borrower_ref", "name", "id_type", "id_no", "birth_date", "language", "time_zone", "monthly_income",
    "employer", "credit_score", "product", "currency", "principal", "annual_rate", "penalty_rate", "disbursed_on",
    "contract_no", "contract_url",
)  # fmt: skip
REQUIRED = {
    "loans": ("account_no", "borrower_ref", "name", "currency", "principal", "annual_rate", "disbursed_on"),
    "instalments": ("account_no", "number", "due_on", "principal", "interest"),
    "contact_points": ("borrower_ref", "kind", "value"),
    "payments": ("account_no", "payment_no", "paid_on", "amount"),
}
REGIONS = {"cn": "CN", "us_reg_f": "US", "uk": "GB"}
_ID_TYPES = ("", "resident_id", "passport", "other")
_KINDS = ("mobile", "landline", "email", "address", "wechat")
_OWNERS = ("debtor", "guarantor", "contact_person")
_CONSENTS = ("yes", "no", "unknown")
_YES = {"yes": True, "true": True, "1": True, "y": True, "no": False, "false": False, "0": False, "n": False, "": False}
_SECRET = {"id_no"}
# What the columns hold: amounts with room for the sum of a schedule, numbers below those of arrangements.
_MOST_CENTS = 9_999_999_999_99
_MOST_INSTALMENTS = 999

Row = dict[str, str]
T = TypeVar("T")


class RowErrors:
    """What is wrong with one row: (column, value as it may be shown, reason)."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.found: list[tuple[str, str, str]] = []

    def add(self, column: str, reason: str) -> None:
        value = self.row.get(column, "")
        self.found.append((column, "***" if column in _SECRET and value else value[:100], reason))

    def take(self, column: str, parse: Callable[[str], T], default: T) -> T:
        try:
            return parse(self.row.get(column, ""))
        except InputError as error:
            self.add(column, error.text)
            return default


def required(text: str) -> str:
    if not text:
        raise InputError("", "is missing")
    return text


def text_up_to(length: int, parse: Callable[[str], str] = str) -> Callable[[str], str]:
    def check(text: str) -> str:
        text = parse(text)
        if len(text) > length:
            raise InputError("", "is longer than %(length)s characters", length=length)
        # isprintable answers at once for nearly every cell; some blanks that may stand are not "printable".
        if not text.isprintable() and any(ord(char) < 32 for char in text):
            raise InputError("", "holds control characters")
        return text

    return check


_key = text_up_to(64, required)
_name = text_up_to(200, required)
_short = text_up_to(64)
_long = text_up_to(200)


@lru_cache(maxsize=20_000)
def day(text: str) -> str:
    """A date as ISO text; InputError for anything else."""
    try:
        if len(text) == 10:
            return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise InputError("", "is not a date: write YYYY-MM-DD" if text else "is missing")


def optional_day(text: str) -> str | None:
    return day(text) if text else None


def cents(text: str) -> int:
    if not text:
        raise InputError("", "is missing")
    # The plain form of nearly every cell; parse_money says what is wrong with the others.
    whole, dot, rest = text.partition(".")
    if whole.isdigit() and whole.isascii() and len(whole) <= 10:
        if not dot:
            return int(whole) * 100
        if len(rest) == 2 and rest.isdigit() and rest.isascii():
            return int(whole) * 100 + int(rest)
    amount = int(parse_money(text) * 100)
    if amount > _MOST_CENTS:
        raise InputError("", "is too large")
    return amount


def optional_cents(text: str) -> int | None:
    return cents(text) if text else None


def positive_cents(text: str) -> int:
    value = cents(text)
    if value == 0:
        raise InputError("", "must be more than 0")
    return value


@lru_cache(maxsize=5_000)
def rate(text: str) -> str:
    """A yearly fraction, 0.1407 for 14.07 %."""
    if not text:
        raise InputError("", "is missing")
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < 10:
        raise InputError("", "is not a rate: write a fraction of one, 0.1407 for 14.07 %")
    return format(round(value, 6), "f")


def optional_rate(text: str) -> str | None:
    return rate(text) if text else None


def whole_number(text: str) -> int:
    if not (text.isdigit() and text.isascii() and len(text) <= 5 and int(text) >= 1):
        raise InputError("", "is not a whole number from 1 on" if text else "is missing")
    if int(text) > _MOST_INSTALMENTS:
        raise InputError("", "is too large")
    return int(text)


def optional_whole(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 9):
        raise InputError("", "is not a whole number")
    return int(text)


def one_of(allowed: tuple[str, ...], empty: str = "") -> Callable[[str], str]:
    def check(text: str) -> str:
        value = text.lower() or empty
        if value not in allowed:
            raise InputError("", "must be one of %(allowed)s", allowed=", ".join(part for part in allowed if part))
        return value

    return check


@lru_cache(maxsize=1_000)
def time_zone(text: str) -> str:
    if text and text not in available_timezones():
        raise InputError("", "is not an IANA time zone")
    return text


@lru_cache(maxsize=200)
def currency(text: str) -> str:
    return check_currency(required(text))


def language(text: str) -> str:
    value = text.lower().replace("_", "-")
    if value.startswith("zh"):
        return "zh-hans"
    if value.startswith("en"):
        return "en"
    if len(value) > 10:
        raise InputError("", "is not a language")
    return value


def yes_no(text: str) -> bool:
    try:
        return _YES[text.lower()]
    except KeyError:
        raise InputError("", "must be yes or no") from None


def check_loan(creditor: Creditor, row: Row) -> tuple[tuple[object, ...], RowErrors]:
    """Staging values of one row of `loans` (see staging.LOANS), and what is wrong with it."""
    errors = RowErrors(row)
    id_type = errors.take("id_type", one_of(_ID_TYPES), "")
    id_no = errors.take("id_no", text_up_to(64), "")
    birth = errors.take("birth_date", optional_day, None)
    if id_no and (id_type or "resident_id") == "resident_id" and (id_type or creditor.pack == "cn"):
        id_type = "resident_id"
        id_no = errors.take("id_no", check_id_no, "")
        if id_no and birth and birth != birth_date_of(id_no).isoformat():
            errors.add("birth_date", "does not agree with the ID number")
        birth = birth or (birth_date_of(id_no).isoformat() if id_no else None)
    elif id_no and not id_type:
        id_type = "other"
    disbursed = errors.take("disbursed_on", day, "")
    if birth and disbursed and birth >= disbursed:
        errors.add("birth_date", "lies after the day of disbursement")
    account = errors.take("account_no", _key, "")
    ref = errors.take("borrower_ref", _key, "")
    values = (
        account,
        ref,
        errors.take("name", _name, ""),
        id_type,
        encrypt(id_no),
        id_index(id_type, id_no),
        person_key(creditor.code, ref, id_type, id_no),
        birth,
        errors.take("language", language, ""),
        errors.take("time_zone", time_zone, ""),
        errors.take("monthly_income", optional_cents, None),
        errors.take("employer", _long, ""),
        errors.take("credit_score", optional_whole, None),
        errors.take("product", text_up_to(100), ""),
        errors.take("currency", currency, ""),
        errors.take("principal", positive_cents, 0),
        errors.take("annual_rate", rate, "0"),
        errors.take("penalty_rate", optional_rate, None),
        disbursed or None,
        errors.take("contract_no", _short, ""),
        errors.take("contract_url", text_up_to(500), ""),
        json.dumps(
            {key: value for key, value in row.items() if key not in LOAN_COLUMNS and key},
            ensure_ascii=False,
            sort_keys=True,
        ),
    )
    return values, errors


def check_instalment(creditor: Creditor, row: Row) -> tuple[tuple[object, ...], RowErrors]:
    errors = RowErrors(row)
    fee = row.get("fee", "")
    return (
        errors.take("account_no", _key, ""),
        errors.take("number", whole_number, 0),
        errors.take("due_on", day, "") or None,
        errors.take("principal", cents, 0),
        errors.take("interest", cents, 0),
        errors.take("fee", cents, 0) if fee else 0,
    ), errors


def check_contact_point(creditor: Creditor, row: Row) -> tuple[tuple[object, ...], RowErrors]:
    errors = RowErrors(row)
    kind = errors.take("kind", one_of(_KINDS), "")
    value = errors.take("value", text_up_to(300, required), "")
    if value and kind in ("mobile", "landline"):
        value = errors.take("value", lambda text: normalise_phone(text, REGIONS.get(creditor.pack, "CN")), "")
    elif value and kind == "email":
        value = value.lower()
        local, at, domain = value.rpartition("@")
        if not (at and local and "." in domain) or " " in value:
            errors.add("value", "is not an e-mail address")
    return (
        errors.take("borrower_ref", _key, ""),
        kind,
        value,
        errors.take("owner", one_of(_OWNERS, "debtor"), "debtor"),
        errors.take("owner_name", _long, ""),
        errors.take("consent", one_of(_CONSENTS, "unknown"), "unknown"),
        errors.take("preferred", yes_no, False),
    ), errors


def payment_checker(today: dt.date) -> Callable[[Creditor, Row], tuple[tuple[object, ...], RowErrors]]:
    latest = today.isoformat()

    def check_payment(creditor: Creditor, row: Row) -> tuple[tuple[object, ...], RowErrors]:
        errors = RowErrors(row)
        paid_on = errors.take("paid_on", day, "")
        if paid_on > latest:
            errors.add("paid_on", "lies in the future")
        return (
            errors.take("account_no", _key, ""),
            errors.take("payment_no", _key, ""),
            paid_on or None,
            errors.take("amount", positive_cents, 0),
            errors.take("method", text_up_to(40), ""),
            errors.take("reversed_payment_no", _short, ""),
        ), errors

    return check_payment
