"""What stands on a letter: frozen data, complete and checked, before anything is laid out.

The same content renders to the same letter; it is kept as JSON beside the PDF (`to_json`), so that every
figure on an issued letter can be made again. Money is Decimal in `currency`, dates are business dates.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from borrowers.money import money_text

LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose letterhead it is: the creditor, or the law firm."""

    name: str
    address: str
    phone: str
    email: str = ""
    licence_no: str = ""
    seal_svg: str = ""


@dataclass(frozen=True, slots=True)
class Addressee:
    name: str
    masked_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Account:
    """Where to pay."""

    holder: str
    bank: str
    number: str


@dataclass(frozen=True, slots=True)
class InstalmentRow:
    """One instalment that is due and not fully paid at the cut-off. owed = principal + interest + fee +
    penalty - paid. `label` is its number as it stands on paper ("A1-3" for the third of an arrangement)."""

    number: int
    due_on: dt.date
    principal: Decimal
    interest: Decimal
    fee: Decimal
    paid: Decimal
    owed: Decimal
    days_past_due: int
    penalty: Decimal = Decimal("0.00")
    label: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """One loan of the letter, with its rows and their sum."""

    contract_no: str
    account_no: str
    disbursed_on: dt.date
    amount: Decimal
    annual_rate: Decimal
    rows: tuple[InstalmentRow, ...]
    owed: Decimal


@dataclass(frozen=True, slots=True)
class EarlierDemand:
    """A demand made before: when, how, and whether it is known to have arrived."""

    on: dt.date
    channel: str
    delivery: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class DemandLetter:
    """催收函."""

    language: str
    number: str
    issued_on: dt.date
    delivery: str
    sender: Sender
    authority: str
    creditor: str
    addressee: Addressee
    currency: str
    cut_off: dt.date
    contracts: tuple[Contract, ...]
    total: Decimal
    pay_by: dt.date
    account: Account
    payment_reference: str
    complaint_line: str
    legal_basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LawyersLetter:
    """律师函: written by a firm under a mandate; approved by the lawyer who signs."""

    language: str
    number: str
    issued_on: dt.date
    delivery: str
    sender: Sender
    creditor: str
    mandate_reference: str
    mandate_from: dt.date
    addressee: Addressee
    currency: str
    cut_off: dt.date
    contracts: tuple[Contract, ...]
    total: Decimal
    pay_by: dt.date
    account: Account
    payment_reference: str
    complaint_line: str
    legal_basis: tuple[str, ...]
    lawyer: str
    lawyer_licence_no: str
    earlier_demands: tuple[EarlierDemand, ...] = ()
    facts: str = ""
    attachments: tuple[str, ...] = field(default=())


LetterContent = DemandLetter | LawyersLetter
_KINDS: dict[str, type[Any]] = {"demand": DemandLetter, "lawyer": LawyersLetter}


def kind_of(content: LetterContent) -> str:
    """ "demand" or "lawyer"."""
    return "lawyer" if isinstance(content, LawyersLetter) else "demand"


def texts_of(value: Any) -> set[str]:
    """Every text in a content, for the check that each character can be drawn. The seal is a picture."""
    if isinstance(value, str):
        return {value}
    if dataclasses.is_dataclass(value):
        parts = [getattr(value, f.name) for f in dataclasses.fields(value) if f.name != "seal_svg"]
        return set().union(*(texts_of(part) for part in parts))
    if isinstance(value, tuple):
        return set().union(*(texts_of(part) for part in value)) if value else set()
    return set()


def to_json(content: LetterContent) -> dict[str, Any]:
    """The content as JSON values: money as "1234.50", rates as written, dates in ISO 8601."""
    return {"kind": kind_of(content), **_plain(content, content.currency)}


def _plain(value: Any, currency: str, name: str = "") -> Any:
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name), currency, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(part, currency) for part in value]
    if isinstance(value, Decimal):
        return str(value) if name == "annual_rate" else money_text(value, currency)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def from_json(data: dict[str, Any]) -> LetterContent:
    """What `to_json` was given. KeyError or ValueError for anything else."""
    values = dict(data)
    content: LetterContent = _typed(_KINDS[values.pop("kind")], values)
    return content


def _typed(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _typed(hints[name], part) for name, part in value.items()})  # type: ignore[operator]
    if get_origin(kind) is tuple:
        return tuple(_typed(get_args(kind)[0], part) for part in value)
    if get_origin(kind) in (Union, UnionType):
        return value
    if kind is Decimal:
        return Decimal(value)
    if kind is dt.date:
        return dt.date.fromisoformat(value)
    return value
