"""Which loan a line of a bank's file pays: by reference, by the payer's account, by name and amount; never by a guess.

A line is matched only where one rule names exactly one loan. Everything else is suspended with suggestions, the likelier
ones first, each with its reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

REFERENCE, ACCOUNT, NAME_AND_AMOUNT = "reference", "account", "name_and_amount"
NAME, AMOUNT = "name", "amount"
# The borrower's own reference: it names the person, and a loan only where there is no other.
BORROWER = "borrower"
# A shorter number would be found in any text.
LEAST_REFERENCE = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A loan that could be meant. `amounts` are sums that somebody would pay on it: what is overdue, one instalment, all
    that is owed. `payer_accounts` are accounts from which it was paid before."""

    key: int
    references: tuple[str, ...]
    name: str
    amounts: tuple[Decimal, ...] = ()
    payer_accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """What a file says of one payment; texts may be empty."""

    amount: Decimal
    reference: str = ""
    payer_name: str = ""
    payer_account: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    key: int
    why: str


@dataclass(frozen=True, slots=True)
class Match:
    """`key` is the loan, by the rule `how`; None: suspended, with `suggestions`."""

    key: int | None
    how: str
    suggestions: tuple[Suggestion, ...]


def plain(text: str) -> str:
    """Letters and digits alone, capitals, full width made half: as references are compared.

    >>> plain("ｈｔ－2025 000017")
    'HT2025000017'
    """
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).upper()


def match(line: Line, candidates: Iterable[Candidate]) -> Match:
    """The one loan that the first rule with any answer names; a rule that names several decides nothing, and no weaker
    rule is asked then."""
    known = sorted(candidates, key=lambda candidate: candidate.key)
    suggestions: list[Suggestion] = []
    decided: Match | None = None
    for how, test, decides in _RULES:
        found = [candidate.key for candidate in known if test(line, candidate)]
        suggestions += [Suggestion(key, how) for key in found if key not in {s.key for s in suggestions}]
        if decides and found and decided is None:
            decided = Match(found[0], how, ()) if len(found) == 1 else Match(None, how, ())
    if decided is not None and decided.key is not None:
        return decided
    return Match(None, "", tuple(suggestions))


def named_in(number: str, text: str) -> bool:
    """Whether the number stands in the text, whole and long enough to mean something."""
    signs = plain(number)
    return len(signs) >= LEAST_REFERENCE and _stands_in(signs, unicodedata.normalize("NFKC", text).upper())


def _by_reference(line: Line, candidate: Candidate) -> bool:
    return any(named_in(number, line.reference) for number in candidate.references)


def _stands_in(number: str, text: str) -> bool:
    """Whole, whatever stands between its signs: "A10001" stands in "A-10001 A20003" and not in "A100012"."""
    signs = r"[\W_]*".join(map(re.escape, number))
    before = r"(?<![0-9])" if number[0].isdigit() else ""
    return re.search(rf"{before}{signs}(?![0-9])", text) is not None


def _by_account(line: Line, candidate: Candidate) -> bool:
    account = plain(line.payer_account)
    return bool(account) and account in map(plain, candidate.payer_accounts)


def _by_name(line: Line, candidate: Candidate) -> bool:
    return bool(plain(line.payer_name)) and plain(line.payer_name) == plain(candidate.name)


def _by_amount(line: Line, candidate: Candidate) -> bool:
    return line.amount in candidate.amounts


def _by_name_and_amount(line: Line, candidate: Candidate) -> bool:
    return _by_name(line, candidate) and _by_amount(line, candidate)


# Rule, its test, whether it may decide alone.
_RULES: Sequence[tuple[str, Callable[[Line, Candidate], bool], bool]] = (
    (REFERENCE, _by_reference, True),
    (ACCOUNT, _by_account, True),
    (NAME_AND_AMOUNT, _by_name_and_amount, True),
    (NAME, _by_name, False),
    (AMOUNT, _by_amount, False),
)
