"""Whether a letter may be made: everything that it lacks or that does not add up, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from borrowers.errors import gettext_noop
from cases.letters.content import LANGUAGES, Contract, LawyersLetter, LetterContent, texts_of
from cases.letters.fonts import cannot_draw


@dataclass(frozen=True)
class Reason:
    """One thing that stops a letter. `message` is an English template in the %(name)s style."""

    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    def words(self, gettext: Callable[[str], str] = str) -> str:
        template = gettext(self.message)
        return template % self.params if self.params else template


class LetterRefused(ValueError):
    """A letter that may not be made, with every reason."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__("; ".join(reason.words() for reason in reasons))
        self.reasons = reasons

    def translated(self, gettext: Callable[[str], str]) -> list[str]:
        return [reason.words(gettext) for reason in self.reasons]


_REQUIRED = (
    ("number", gettext_noop("the letter has no number")),
    ("delivery", gettext_noop("the way of delivery is missing")),
    ("creditor", gettext_noop("the creditor's name is missing")),
    ("authority", gettext_noop("the creditor has no authority to collect on file")),
    ("mandate_reference", gettext_noop("there is no mandate for the law firm")),
    ("lawyer", gettext_noop("no lawyer is named")),
    ("lawyer_licence_no", gettext_noop("the lawyer's licence number is missing")),
    ("sender.name", gettext_noop("the sender's name is missing")),
    ("sender.address", gettext_noop("the sender's address is missing")),
    ("sender.phone", gettext_noop("the sender's telephone is missing")),
    ("addressee.name", gettext_noop("the borrower's name is missing")),
    ("addressee.address", gettext_noop("the borrower has no postal address on file")),
    ("account.holder", gettext_noop("the holder of the account to pay into is missing")),
    ("account.bank", gettext_noop("the bank of the account to pay into is missing")),
    ("account.number", gettext_noop("the number of the account to pay into is missing")),
    ("payment_reference", gettext_noop("the payment reference is missing")),
    ("complaint_line", gettext_noop("the complaint line is missing")),
)


def check_content(content: LetterContent) -> None:
    """Raise LetterRefused with all reasons for which this letter may not be made; return when there are none."""
    reasons = tuple(_reasons(content))
    if reasons:
        raise LetterRefused(reasons)


def _reasons(content: LetterContent) -> Iterator[Reason]:
    yield from _missing(content)
    if content.language not in LANGUAGES:
        yield Reason(
            "language", gettext_noop("there is no letter in the language %(language)s"), {"language": content.language}
        )
    if not content.legal_basis:
        yield Reason("legal_basis", gettext_noop("the legal basis is missing"))
    if content.total <= 0:
        yield Reason("nothing_due", gettext_noop("nothing is overdue at the cut-off date"))
    if sum((contract.owed for contract in content.contracts), start=content.total * 0) != content.total:
        yield Reason("total", gettext_noop("the contracts do not add up to the sum demanded"))
    for contract in content.contracts:
        yield from _contract_reasons(contract)
    if content.cut_off > content.issued_on:
        yield Reason("cut_off", gettext_noop("the cut-off date lies after the date of the letter"))
    if content.pay_by <= content.issued_on:
        yield Reason("pay_by", gettext_noop("the deadline must lie after the date of the letter"))
    if isinstance(content, LawyersLetter) and content.mandate_from > content.issued_on:
        yield Reason("mandate_from", gettext_noop("the mandate begins after the date of the letter"))
    missing = cannot_draw(texts_of(content))
    if missing:
        yield Reason("characters", gettext_noop("no font can draw: %(characters)s"), {"characters": " ".join(missing)})


def _missing(content: LetterContent) -> Iterator[Reason]:
    for name, message in _REQUIRED:
        value: object = content
        for part in name.split("."):
            value = getattr(value, part, None)
        if value is not None and not str(value).strip():
            yield Reason(name, message)


def _contract_reasons(contract: Contract) -> Iterator[Reason]:
    where = {"contract": contract.contract_no or contract.account_no}
    if not contract.contract_no.strip():
        yield Reason("contract_no", gettext_noop("account %(contract)s has no contract number"), where)
    if not contract.rows:
        yield Reason("rows", gettext_noop("contract %(contract)s has no instalment that is due"), where)
    for row in contract.rows:
        if row.principal + row.interest + row.fee + row.penalty - row.paid != row.owed or row.owed <= 0:
            yield Reason(
                "row",
                gettext_noop("contract %(contract)s, instalment %(number)s: the parts do not add up"),
                {**where, "number": row.number},
            )
    if sum((row.owed for row in contract.rows), start=contract.owed * 0) != contract.owed:
        yield Reason("contract_sum", gettext_noop("contract %(contract)s: the instalments do not add up"), where)
