"""Which loans, and which borrower, the lines of one file could mean: looked up by what a line says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef

from borrowers.models import Borrower, Creditor, Instalment, Loan, Payment, PaymentLine
from borrowers.rules.delinquency import Instalment as DueInstalment
from borrowers.rules.matching import BORROWER, LEAST_REFERENCE, REFERENCE, Candidate, Line, match, named_in, plain
from borrowers.schedule import schedules_of

# A sum that more loans share says nothing.
MOST_OF_ONE_SUM = 5
MOST_SUGGESTIONS = 5


@dataclass(frozen=True, slots=True)
class Found:
    """The one loan that is certain, by the rule `how`; or None, with suggestions. `borrower` is certain in both cases where
    it is told: the text names them, or numbers of their loans alone, which are then `named`."""

    loan_id: int | None
    how: str
    suggestions: list[list[object]]
    borrower_id: int | None
    named: tuple[int, ...]


class Matcher:
    """The creditor's loans that the lines of one file could mean: looked up by what a line says, so that a file of
    thousands does not ask every loan of every line."""

    def __init__(self, creditor: Creditor, lines: list[PaymentLine]) -> None:
        self.texts: dict[str, set[int]] = defaultdict(set)
        self.sums: dict[Decimal, set[int]] = defaultdict(set)
        self.known: dict[int, tuple[tuple[str, ...], str, set[Decimal]]] = {}
        self.owners: dict[int, int] = {}
        self.loans_of: dict[int, list[int]] = defaultdict(list)
        columns = (
            "pk",
            "account_no",
            "contract_no",
            "borrower",
            "borrower__name",
            "balance__overdue_amount",
            "balance__outstanding_amount",
        )
        # A file names no currency: it is the creditor's.
        open_loans = Loan.objects.filter(creditor=creditor, status=Loan.Status.OPEN, currency=creditor.currency)
        rows = open_loans.values_list(*columns)
        for pk, account_no, contract_no, owner, name, *sums in rows.iterator(chunk_size=2000):
            self.owners[pk] = owner
            self.loans_of[owner].append(pk)
            self.known[pk] = ((account_no, contract_no), name, {amount for amount in sums if amount})
            for text in (account_no, contract_no, name):
                self.texts[plain(text)].add(pk)
            for amount in self.known[pk][2]:
                self.sums[amount].add(pk)
        refs = Borrower.objects.filter(loans__in=open_loans).distinct().values_list("pk", "ref")
        self.refs = {pk: ref for pk, ref in refs.iterator(chunk_size=2000) if len(plain(ref)) >= LEAST_REFERENCE}
        self.by_ref: dict[str, set[int]] = defaultdict(set)
        for pk, ref in self.refs.items():
            self.by_ref[plain(ref)].add(pk)
        self.accounts = self._accounts(creditor, lines)
        self.lengths = sorted({len(text) for text in (*self.texts, *self.by_ref) if len(text) >= LEAST_REFERENCE})
        near = {line.row: self._near(line) for line in lines}
        schedules = schedules_of(sorted(set().union(*near.values()))) if near else {}
        self.near = {row: [self._candidate(pk, schedules[pk]) for pk in sorted(found)] for row, found in near.items()}

    def _accounts(self, creditor: Creditor, lines: list[PaymentLine]) -> dict[str, set[int]]:
        """Who paid which loan before; a payment that belonged to another loan after all says nothing of it."""
        wanted = {line.payer_account for line in lines if line.payer_account}
        moved = Payment.objects.filter(reverses=OuterRef("payment"), cause=Payment.Cause.WRONG_ACCOUNT)
        paid = PaymentLine.objects.filter(
            ~Exists(moved), loan__creditor=creditor, state=PaymentLine.State.BOOKED, payer_account__in=wanted
        )
        accounts: dict[str, set[int]] = defaultdict(set)
        for loan_id, account in paid.values_list("loan", "payer_account").distinct():
            if loan_id in self.known:
                accounts[account].add(loan_id)
        return accounts

    def _near(self, line: PaymentLine) -> set[int]:
        """Every loan that a rule which decides could name, and a few of the same sum."""
        text = plain(line.reference)
        found: set[int] = set()
        for length in self.lengths:
            for start in range(len(text) - length + 1):
                found |= self.texts.get(text[start : start + length], set())
        found |= self.texts.get(plain(line.payer_name), set()) if line.payer_name else set()
        found |= self.accounts.get(line.payer_account, set())
        same_sum = self.sums.get(line.amount, set())
        return found | (same_sum if len(same_sum) <= MOST_OF_ONE_SUM else set())

    def _candidate(self, pk: int, schedule: list[tuple[Instalment, DueInstalment]]) -> Candidate:
        references, name, sums = self.known[pk]
        accounts = tuple(account for account, loans in self.accounts.items() if pk in loans)
        return Candidate(pk, references, name, (*sums, *(due.total for _row, due in schedule)), accounts)

    def match(self, line: PaymentLine) -> Found:
        asked = Line(line.amount, line.reference, line.payer_name, line.payer_account)
        found = match(asked, self.near[line.row])
        suggestions = [(s.key, s.why) for s in found.suggestions]
        if found.key is not None:
            suggestions.append((found.key, found.how))
        by_number = tuple(key for key, why in suggestions if why == REFERENCE)
        owners = self._named(line.reference) | {self.owners[key] for key in by_number}
        if found.key is not None and owners <= {self.owners[found.key]}:
            return Found(found.key, found.how, [], self.owners[found.key], ())
        # A text that names two borrowers is certain of nothing, whatever a weaker rule says.
        borrower = owners.pop() if len(owners) == 1 else None
        if borrower is not None:  # nobody else is meant, whose sum or name it may be
            others = [key for key in self.loans_of[borrower] if key not in by_number]
            suggestions = [*((key, REFERENCE) for key in by_number), *((key, BORROWER) for key in others)]
        return Found(None, "", [list(one) for one in suggestions[:MOST_SUGGESTIONS]], borrower, by_number)

    def _named(self, reference: str) -> set[int]:
        """Borrowers whose reference stands in the text, whole."""
        text = plain(reference)
        near: set[int] = set()
        for length in self.lengths:
            for start in range(len(text) - length + 1):
                near |= self.by_ref.get(text[start : start + length], set())
        return {pk for pk in near if named_in(self.refs[pk], reference)}
