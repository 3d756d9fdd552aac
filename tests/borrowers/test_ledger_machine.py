"""The ledger under whatever may come: payments in any order of days, reversals, charges, waivers, days that pass.

After every step the books add up, and a loan on which the same was booked in another order, all at once, owes the same.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from borrowers.ageing import age_loans, assess_loan
from borrowers.errors import InputError
from borrowers.models import CostItem, LedgerEntry, LoanBalance, LoanPause, Payment, PenaltyPolicy
from borrowers.models.ledger import Component
from borrowers.money import round_money
from borrowers.rules.arrangements import defer, in_instalments, settle
from borrowers.services.account import payoff_quote, statement_of
from borrowers.services.entries import book_penalty, charge_fee, owed_of, reverse_entry, waive
from borrowers.services.ledger import credit_of, left_of, record_payment, reverse_payment
from borrowers.services.reallocation import reallocate_loans
from cases.models import Arrangement
from cases.services.arrangement_ledger import start, undo
from cases.services.arrangements import amounts_of, owed_for
from tests.borrowers.ledger_checks import check_books
from tests.factories import CaseFactory, CreditorFactory, LoanFactory, UserFactory, with_schedule

START = dt.date(2026, 1, 10)
ONE = dt.timedelta(days=1)
ORDERS: list[list[str]] = [[], ["principal", "interest", "fee"], ["fee", "interest", "principal", "penalty"]]
cents = st.integers(1, 45_000).map(lambda amount: Decimal(amount) / 100)


def make_loan(creditor: Any) -> Any:
    loan = LoanFactory(borrower__creditor=creditor, principal=Decimal("900.00"), penalty_rate=Decimal("0.180000"))
    return with_schedule(loan, first_due=START, count=3, interest=Decimal("7.31"), fee=Decimal("2.50"))


class Ledger(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.booked, self.sequence = 0, 0
        self.arrangement: Arrangement | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(
        order=st.sampled_from(ORDERS), across=st.sampled_from(["oldest_first", "by_component"]), paused=st.booleans(),
        interest=st.sampled_from(["scheduled", "earned"]), cap=st.sampled_from(["none", "rate"]),
    )  # fmt: skip
    def open(self, order: list[str], across: str, paused: bool, interest: str, cap: str) -> None:
        self.creditor = CreditorFactory(allocation_order=order, allocation_across=across, payoff_interest=interest)
        PenaltyPolicy.objects.create(creditor=self.creditor, start_on=START - 30 * ONE, cap=cap)
        CostItem.objects.create(creditor=self.creditor, code="notary", name="Notary", valid_from=dt.date(2020, 1, 1))
        self.loan = make_loan(self.creditor)
        self.case = CaseFactory(borrower=self.loan.borrower, loan=self.loan)
        self.user = UserFactory()
        if paused:
            LoanPause.objects.create(loan=self.loan, start=START + 20 * ONE, end=START + 40 * ONE, reason="-")
        self.today = START
        self._age()

    def _age(self) -> None:
        age_loans(creditor=self.creditor, on=self.today)
        self.creditor.refresh_from_db()
        self.loan.creditor.refresh_from_db()

    def _number(self) -> str:
        self.booked += 1
        return f"P{self.booked}"

    @rule(days=st.integers(1, 40), book=st.booleans())
    def days_pass(self, days: int, book: bool) -> None:
        self.today += days * ONE
        if book:
            book_penalty(loan_ids=[self.loan.pk], on=self.today)
        self._age()

    @rule(amount=cents, ago=st.integers(0, 60), designated=st.none() | st.integers(0, 2))
    def pay(self, amount: Decimal, ago: int, designated: int | None) -> None:
        instalment = None if designated is None else list(self.loan.instalments.order_by("number"))[designated]
        record_payment(
            loan=self.loan, payment_no=self._number(), amount=amount,
            paid_on=max(self.today - ago * ONE, self.loan.disbursed_on),
            designated=instalment, actor=None,
        )  # fmt: skip

    @rule(days=st.integers(0, 40), more=st.sampled_from(["0.00", "-0.01", "25.00"]))
    def pay_off(self, days: int, more: str) -> None:
        """What closing a day costs is what was quoted for it, and more than that is the borrower's."""
        self.today += days * ONE
        self._age()
        last = self.loan.entries.order_by("-on").values_list("on", flat=True).first()
        if last is not None and last > self.today:
            return
        amount = payoff_quote(loan=self.loan, on=self.today).total + Decimal(more)
        before = credit_of(self.loan)
        if amount <= 0 or not LoanBalance.objects.get(loan=self.loan).outstanding_amount:
            return
        record_payment(loan=self.loan, payment_no=self._number(), paid_on=self.today, amount=amount, actor=None)
        self._age()
        owed = LoanBalance.objects.get(loan=self.loan).outstanding_amount
        assert before == 0
        assert credit_of(self.loan) - owed == Decimal(more) or more == "-0.01"
        assert owed == 0 or more == "-0.01"

    @rule(which=st.integers(0, 20), share=st.sampled_from([30, 100]), ago=st.integers(0, 30))
    def take_back(self, which: int, share: int, ago: int) -> None:
        payments = [p for p in self.loan.payments.filter(reverses=None) if left_of(p)]
        if not payments:
            return
        payment = payments[which % len(payments)]
        part = max(Decimal("0.01"), (left_of(payment) * share / 100).quantize(Decimal("0.01")))
        on = max(payment.paid_on, self.today - ago * ONE)
        reverse_payment(payment=payment, payment_no=self._number(), on=on, amount=part, actor=None)

    @rule(amount=st.integers(1, 900).map(lambda a: Decimal(a) / 100), ago=st.integers(0, 30))
    def charge(self, amount: Decimal, ago: int) -> None:
        if LoanBalance.objects.get(loan=self.loan).outstanding_amount:
            on = max(self.today - ago * ONE, self.loan.disbursed_on)
            # Refused while the clock stands still.
            with suppress(InputError), transaction.atomic():
                charge_fee(loan=self.loan, code="notary", amount=amount, on=on, actor=None)

    @rule(component=st.sampled_from(list(Component)), share=st.integers(1, 100))
    def forgive(self, component: Component, share: int) -> None:
        owed = sum((getattr(part, component.value) for _row, part in owed_of(self.loan)), Decimal(0))
        part = (owed * share / 100).quantize(Decimal("0.01"))
        if part:
            waive(loan=self.loan, parts={component: part}, on=self.today, reason="agreed", actor=None)

    @rule(kind=st.sampled_from(["deferral", "instalments", "settlement"]), months=st.integers(1, 5))
    @precondition(lambda self: self.arrangement is None)
    def arrange(self, kind: str, months: int) -> None:
        owed = owed_for(loan=self.loan, kind=kind, on=self.today)
        if owed.total < 1:
            return
        later = self.today + 20 * ONE
        plan = {
            "deferral": lambda: defer(owed, later),
            "instalments": lambda: in_instalments(owed, months, later),
            "settlement": lambda: settle(owed, later, Decimal("0.3")),
        }[kind]()
        self.sequence += 1
        self.arrangement = Arrangement.objects.create(
            case=self.case, loan=self.loan, kind=kind, state="active", sequence=self.sequence, total=plan.total,
            lines=[{"due_on": line.due_on.isoformat(), **amounts_of(line.parts, "CNY")} for line in plan.lines],
            forgiven=amounts_of(plan.forgiven, "CNY"), proposed_on=self.today, proposed_by=self.user, recording_ref="R",
            last_due_on=plan.last_due_on, reason="-", needs_level="supervisor",
        )  # fmt: skip
        start(self.arrangement, on=self.today, actor=None)

    @rule()
    @precondition(lambda self: self.arrangement is not None)
    def break_off(self) -> None:
        assert self.arrangement is not None
        undo(self.arrangement, "arrangement_broken", on=self.today, actor=None)
        Arrangement.objects.filter(pk=self.arrangement.pk).update(state="broken")
        self.arrangement = None

    @rule(which=st.integers(0, 20))
    @precondition(lambda self: self.loan.entries.filter(kind__in=["fee", "waiver"], reverses=None).exists())
    def undo(self, which: int) -> None:
        entries = [
            e
            for e in self.loan.entries.filter(kind__in=["fee", "waiver"], reverses=None, source="")
            if not e.reversals.exists()
        ]
        if entries:
            # A charge that was waived cannot go: the waiver must go first.
            with suppress(InputError), transaction.atomic():
                reverse_entry(entry=entries[which % len(entries)], reason="mistake", actor=None)

    @invariant()
    def the_books_add_up(self) -> None:
        check_books(self.loan)

    @invariant()
    def the_age_is_the_calculators(self) -> None:
        balance = LoanBalance.objects.get(loan=self.loan)
        if balance.changed_on is not None:
            state = assess_loan(self.loan, self.today)
            assert (balance.days_past_due, balance.overdue_amount, balance.outstanding_amount) == (
                state.days_past_due, state.overdue_amount, state.outstanding_amount,
            )  # fmt: skip

    @invariant()
    def the_statement_can_be_checked_by_hand(self) -> None:
        """Each line's formula comes to the line, each balance follows from the one before, the last is the ledger's."""
        statement, balance = statement_of(loan=self.loan, on=self.today), Decimal(0)
        for line in statement.lines:
            balance += line.amount
            assert line.owed - line.credit == balance
            if line.formula:
                left, right = line.formula.replace(",", "").split(" = ")
                by_hand = re.sub(r"[\d.]+", r"Decimal('\g<0>')", left.translate(str.maketrans("×÷−", "*/-")))
                assert round_money(eval(by_hand)) == Decimal(right)
                assert line.kind == "falls_due" or Decimal(right) == abs(line.amount)
        payoff = payoff_quote(loan=self.loan, on=self.today)
        assert statement.owed == payoff.owed
        assert 0 <= statement.due <= statement.owed

    @invariant()
    def nothing_is_left_to_correct(self) -> None:
        before = self.loan.entries.count()
        assert reallocate_loans([self.loan.pk]) == 0
        assert self.loan.entries.count() == before

    @invariant()
    def the_same_history_from_scratch_owes_the_same(self) -> None:
        with transaction.atomic():
            twin = self._twin()
            ours = [(p.fee, p.interest, p.penalty, p.principal) for _row, p in owed_of(self.loan)]
            theirs = [(p.fee, p.interest, p.penalty, p.principal) for _row, p in owed_of(twin)]
            transaction.set_rollback(True)
        assert ours == theirs

    def _twin(self) -> Any:
        """Everything again on another loan, the payments of a day in the opposite order, and split at once."""
        twin = make_loan(self.creditor)
        for row in self.loan.instalments.filter(number__gte=1000):
            twin.instalments.create(
                number=row.number, due_on=row.due_on, principal=0, interest=0, fee=0, cumulative_due=0
            )
        numbers = {row.number: row for row in twin.instalments.all()}
        for pause in self.loan.pauses.all():
            LoanPause.objects.create(loan=twin, start=pause.start, end=pause.end, reason="-")
        copies: dict[int | None, Payment | None] = {None: None}
        for reversal in (False, True):
            for payment in self.loan.payments.filter(reverses__isnull=not reversal).order_by("paid_on", "-pk"):
                copies[payment.pk] = Payment.objects.create(
                    loan=twin, payment_no=payment.payment_no, paid_on=payment.paid_on, amount=payment.amount,
                    reverses=copies[payment.reverses_id],
                    designated=numbers[payment.designated.number] if payment.designated else None,
                )  # fmt: skip
        through = None
        for entry in self.loan.entries.select_related("instalment", "reverses").order_by("pk"):
            if entry.kind == LedgerEntry.Kind.PENALTY:
                through = max(through or entry.on, entry.on)
                continue
            if entry.source.startswith("payoff"):
                continue  # follows from the rest
            kind = LedgerEntry.Kind.TRANSFER  # no signs to heed
            LedgerEntry.objects.create(
                loan=twin, instalment=numbers[entry.instalment.number], kind=kind, component=entry.component,
                on=entry.on, amount=entry.amount,
            )  # fmt: skip
        reallocate_loans([twin.pk], through={twin.pk: through} if through else None)
        return twin


@pytest.mark.django_db
def test_the_ledger_holds_whatever_comes() -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=40,
            stateful_step_count=12,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            deadline=None,
        ),
    )
