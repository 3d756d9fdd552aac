"""Payoff quotes, statements, corrections: every figure again from the one before it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest

from borrowers.errors import InputError
from borrowers.intake import load_upload
from borrowers.models import AuditEvent, CostItem, Creditor, LedgerEntry, LoanBalance, Payment, PenaltyPolicy
from borrowers.services.account import payoff_quote, statement_of
from borrowers.services.entries import book_penalty, charge_fee, reverse_entry, waive
from borrowers.services.ledger import credit_of, move_payment, record_payment, refund_overpayment, reverse_payment
from tests.borrowers.ledger_checks import check_books
from tests.factories import CreditorFactory, LoanFactory, with_schedule

pytestmark = pytest.mark.django_db
START = dt.date(2026, 1, 10)
ONE = dt.timedelta(days=1)
D = Decimal


def make_loan(creditor=None, **values):
    creditor = creditor or CreditorFactory()
    loan = LoanFactory(
        borrower__creditor=creditor, principal=D("900.00"), penalty_rate=D("0.180000"), disbursed_on=START - 30 * ONE,
        **values,
    )  # fmt: skip
    return with_schedule(loan, first_due=START, count=3, interest=D("9.00"))


@pytest.fixture
def creditor():
    creditor = CreditorFactory()
    PenaltyPolicy.objects.create(creditor=creditor, start_on=dt.date(2026, 1, 1))
    CostItem.objects.create(
        creditor=creditor, code="notary", name="Notary", valid_from=dt.date(2025, 1, 1), at_most=D("20.00")
    )
    return creditor


def pay(loan, amount, on, no="P1"):
    return record_payment(loan=loan, payment_no=no, paid_on=on, amount=D(amount), actor=None)


def owed(loan):
    return LoanBalance.objects.get(loan=loan).outstanding_amount


class TestPayoff:
    @pytest.mark.parametrize("days", [3, 4, 31, 100])
    def test_closing_on_the_day_costs_what_was_quoted(self, creditor, days):
        loan = make_loan(creditor)
        pay(loan, "100.00", START + 3 * ONE)
        quote = payoff_quote(loan=loan, on=START + days * ONE)
        assert LedgerEntry.objects.filter(on__gt=START + 3 * ONE).count() == 0
        pay(loan, quote.total, START + days * ONE, "P2")
        assert owed(loan) == 0
        assert credit_of(loan) == 0
        check_books(loan)

    def test_a_day_before_the_last_booking_cannot_be_quoted(self, creditor):
        loan = make_loan(creditor)
        pay(loan, "100.00", START + 3 * ONE)
        with pytest.raises(InputError, match="last booking"):
            payoff_quote(loan=loan, on=START + 2 * ONE)

    def test_a_cent_less_leaves_a_cent(self, creditor):
        loan = make_loan(creditor)
        quote = payoff_quote(loan=loan, on=START + 45 * ONE)
        pay(loan, quote.total - D("0.01"), START + 45 * ONE)
        assert owed(loan) == D("0.01")

    @pytest.mark.parametrize("days", [-20, 0, 10, 40, 90])
    def test_who_pays_early_owes_interest_for_the_time_of_the_loan_only(self, creditor, days):
        Creditor.objects.update(payoff_interest="earned")
        creditor.refresh_from_db()
        loan, on = make_loan(creditor), START + days * ONE
        quote = payoff_quote(loan=loan, on=on)
        pay(loan, quote.total, on)
        assert owed(loan) == 0
        assert credit_of(loan) == 0
        assert sum(rebate.unearned_days for rebate in quote.rebates) == max(0, 60 - days)
        assert all(r.amount == round(r.interest * r.unearned_days / r.period_days, 2) for r in quote.rebates)
        check_books(loan)

    def test_the_payment_that_closed_it_bounces_and_the_interest_is_owed_again(self, creditor):
        Creditor.objects.update(payoff_interest="earned")
        creditor.refresh_from_db()
        loan = make_loan(creditor)
        payment = pay(loan, payoff_quote(loan=loan, on=START).total, START)
        reverse_payment(payment=payment, payment_no="R", on=START, actor=None)
        assert owed(loan) == D("927.00")


class TestRebates:
    """What was rebated follows from the whole history, whichever payment changes it and whichever way it came."""

    @pytest.fixture(autouse=True)
    def _earned(self, creditor):
        Creditor.objects.update(payoff_interest="earned")
        creditor.refresh_from_db()

    @pytest.mark.parametrize("more", ["0.01", "10.00", "500.00"])
    def test_who_pays_more_than_was_asked_gets_all_of_it_back(self, creditor, more):
        loan = make_loan(creditor)
        pay(loan, payoff_quote(loan=loan, on=START).total + D(more), START)
        assert (owed(loan), credit_of(loan)) == (D(0), D(more))
        refund_overpayment(loan=loan, payment_no="F", on=START + ONE, amount=D(more), actor=None)
        assert (owed(loan), credit_of(loan)) == (D(0), D(0))
        check_books(loan)

    def test_an_earlier_payment_that_bounces_takes_the_rebate_with_it(self, creditor):
        loan = make_loan(creditor)
        first = pay(loan, "300.00", START - 2 * ONE)
        pay(loan, payoff_quote(loan=loan, on=START).total, START, "P2")
        assert owed(loan) == 0
        reverse_payment(payment=first, payment_no="R", on=START + ONE, actor=None)
        paid = LoanBalance.objects.get(loan=loan).paid_total
        assert owed(loan) == D("927.00") - paid + sum(e.amount for e in loan.entries.filter(kind="penalty"))
        check_books(loan)

    def test_the_order_of_booking_does_not_matter(self, creditor):
        one, other = make_loan(creditor), make_loan(creditor)
        early, late = ("400.00", START - 5 * ONE, "X"), ("515.00", START + 10 * ONE, "Y")
        for loan, payments in ((one, (early, late)), (other, (late, early))):
            for payment in payments:
                pay(loan, *payment)
        assert (owed(one), credit_of(one)) == (owed(other), credit_of(other)) == (0, D("3.00"))  # 915 of 927 − 6 − 9

    def test_a_payment_that_the_creditor_sends_closes_as_well(self, creditor, tmp_path):
        loan = make_loan(creditor)
        quote = payoff_quote(loan=loan, on=START).total
        path = tmp_path / "payments.csv"
        path.write_text(f"account_no,payment_no,paid_on,amount\n{loan.account_no},P1,{START},{quote}\n")
        load_upload(path, creditor, "payments", actor=None)
        assert owed(loan) == 0


class TestStatement:
    def test_each_line_follows_from_the_one_before_and_the_last_is_the_ledger(self, creditor):
        loan = make_loan(creditor)
        charge_fee(loan=loan, code="notary", amount=D("0.20"), on=START + 5 * ONE, actor=None)
        first = pay(loan, "309.00", START + 10 * ONE)
        pay(loan, "50.00", START + 20 * ONE, "P2")
        reverse_payment(payment=first, payment_no="R1", on=START + 25 * ONE, actor=None)
        waive(loan=loan, parts={"penalty": D("0.10")}, on=START + 26 * ONE, reason="goodwill", actor=None)
        on = START + 40 * ONE
        statement = statement_of(loan=loan, on=on)
        balance = D(0)
        for line in statement.lines:
            balance += line.amount
            assert line.owed - line.credit == balance
            if line.formula:
                left, right = line.formula.replace(",", "").split(" = ")
                assert round(eval(left.replace("×", "*").replace("÷", "/").replace("−", "-")), 2) == float(right)
        book_penalty(loan_ids=[loan.pk], on=on)
        assert statement.owed == owed(loan)
        assert re.fullmatch(r"[\d,.]+ × 0.18 ÷ 365( − [\d.]+)? = -?[\d.]+", statement.lines[-1].formula)
        kinds = [line.kind for line in statement.lines]
        assert kinds.count("payment") == 2
        assert {"contract", "falls_due", "fee", "penalty", "waiver", "reversal"} <= set(kinds)

    def test_where_the_cap_leaves_less_its_formula_is_the_caps(self, creditor):
        loan = make_loan(creditor)
        charge_fee(loan=loan, code="notary", amount=D("4.00"), on=START + 5 * ONE, actor=None)
        lines = statement_of(loan=loan, on=START + 30 * ONE).lines
        formulas = [line.formula for line in lines if line.kind == "penalty"]
        # Before the charge by the contract's rate; then 24 % of all principal × days, less the charge, less what was booked.
        assert formulas == ["1,500.00 × 0.18 ÷ 365 = 0.74", "9,000.00 × 0.24 ÷ 365 − 4.00 − 0.74 = 1.18"]

    def test_a_payment_of_which_part_was_taken_back_still_comes_to_its_sum(self, creditor):
        loan = make_loan(creditor)
        payment = pay(loan, "309.00", START)
        reverse_payment(payment=payment, payment_no="R", on=START + ONE, amount=D("100.00"), actor=None)
        [line] = [line for line in statement_of(loan=loan, on=START + 2 * ONE).lines if line.kind == "payment"]
        assert line.formula == "9.00 + 200.00 + 100.00 = 309.00"

    def test_yen_are_whole(self):
        creditor = CreditorFactory(currency="JPY")
        PenaltyPolicy.objects.create(creditor=creditor, start_on=dt.date(2026, 1, 1))
        loan = LoanFactory(borrower__creditor=creditor, principal=D("900000"), penalty_rate=D("0.180000"))
        with_schedule(loan, first_due=START, count=3, interest=D("9000"))
        pay(loan, "100000", START + 10 * ONE)
        formulas = [line.formula for line in statement_of(loan=loan, on=START + 20 * ONE).lines if line.formula]
        assert formulas == [
            "900,000 + 27,000 = 927,000", "300,000 + 9,000 = 309,000", "3,000,000 × 0.18 ÷ 365 = 1,479",
            "9,000 + 1,479 + 89,521 = 100,000", "5,104,790 × 0.18 ÷ 365 − 1,479 = 1,038",
        ]  # fmt: skip

    def test_what_is_due_is_told_at_the_end_of_each_day(self, creditor):
        loan = make_loan(creditor)
        pay(loan, "300.00", START)
        lines = statement_of(loan=loan, on=START).lines
        assert [line.due for line in lines] == [D(0), None, D("9.00")]

    def test_the_penalty_table_comes_to_the_same(self, creditor):
        loan = make_loan(creditor)
        pay(loan, "200.00", START + 10 * ONE)
        statement = statement_of(loan=loan, on=START + 40 * ONE)
        booked = sum(line.amount for line in statement.lines if line.kind == "penalty")
        by_number: dict[int, Decimal] = {}
        for row in statement.penalty.lines:
            by_number[row.number] = by_number.get(row.number, D(0)) + row.base * row.days
        assert booked == sum(round(product * D("0.18") / 365, 2) for product in by_number.values())


class TestCharges:
    @pytest.mark.parametrize(
        ("values", "where"),
        [
            ({"code": "collection"}, "code"),
            ({"amount": D("20.01")}, "amount"),
            ({"amount": D(0)}, "amount"),
            ({"amount": D("0.001")}, "amount"),
        ],
    )
    def test_what_is_not_on_the_cost_sheet_is_refused(self, creditor, values, where):
        loan = make_loan(creditor)
        with pytest.raises(InputError) as refusal:
            charge_fee(**{"loan": loan, "code": "notary", "amount": D(5), "on": START, "actor": None, **values})
        assert refusal.value.where == where
        assert not loan.entries.exists()

    def test_nor_more_than_it_says_in_all(self, creditor):
        loan = make_loan(creditor)
        first = charge_fee(loan=loan, code="notary", amount=D(15), on=START, actor=None)
        with pytest.raises(InputError, match="cost sheet"):
            charge_fee(loan=loan, code="notary", amount=D("5.01"), on=START, actor=None)
        reverse_entry(entry=first, reason="mistake", actor=None)
        charge_fee(loan=loan, code="notary", amount=D(20), on=START, actor=None)

    def test_a_sheet_of_later_contracts_does_not_count(self, creditor):
        loan = make_loan(creditor)
        CostItem.objects.create(creditor=creditor, code="visit", name="Visit", valid_from=START)
        with pytest.raises(InputError, match="not on the cost sheet"):
            charge_fee(loan=loan, code="visit", amount=D(5), on=START, actor=None)


class TestCorrections:
    def test_a_payment_on_the_wrong_loan_is_as_if_it_had_never_come(self, creditor):
        wrong, right = make_loan(creditor), make_loan(creditor)
        payment = pay(wrong, "309.00", START)
        moved = move_payment(payment=payment, to=right, payment_no="P1-moved", actor=None)
        assert (owed(wrong), owed(right)) == (D("927.00"), D("618.00"))
        assert moved.paid_on == START
        assert payment.reversals.get().cause == "wrong_account"
        assert not LedgerEntry.objects.filter(loan=right).exists()

    def test_a_number_as_long_as_may_be_is_cut_before_its_mark(self, creditor):
        wrong, right = make_loan(creditor), make_loan(creditor)
        payment = pay(wrong, "309.00", START, "9" * 64)
        move_payment(payment=payment, to=right, payment_no="P1-moved", actor=None)
        assert payment.reversals.get().payment_no == "9" * 62 + "/R"

    @pytest.mark.parametrize(
        ("amount", "on", "where"),
        [
            ("0.001", START, "amount"),
            ("9.999", START, "amount"),
            ("1e30", START, "amount"),
            ("1e10", START, "amount"),
            ("9.00", dt.date(2000, 1, 1), "paid_on"),
        ],
    )
    def test_no_part_of_a_coin_and_no_day_before_the_loan(self, creditor, amount, on, where):
        with pytest.raises(InputError) as refusal:
            pay(make_loan(creditor), amount, on)
        assert refusal.value.where == where
        assert not Payment.objects.exists()

    def test_what_was_paid_in_excess_is_a_credit_and_can_go_back(self, creditor):
        loan = make_loan(creditor)
        pay(loan, "927.00", START)
        pay(loan, "50.00", START + ONE, "P2")
        assert credit_of(loan) == D("50.00")
        with pytest.raises(InputError, match="excess"):
            refund_overpayment(loan=loan, payment_no="F", on=START + 2 * ONE, amount=D("50.01"), actor=None)
        refund_overpayment(loan=loan, payment_no="F", on=START + 2 * ONE, amount=D("50.00"), actor=None)
        assert (credit_of(loan), owed(loan)) == (D(0), D(0))
        assert Payment.objects.get(payment_no="F").cause == "refund"

    def test_the_event_keeps_what_was_owed_before_and_after(self, creditor):
        loan = make_loan(creditor)
        pay(loan, "100.00", START + 10 * ONE)
        pay(loan, "309.00", START, "P2")
        event = AuditEvent.objects.filter(action="payment_booked").first()
        assert event.detail["before"]["penalty_paid"] == "1.48"
        assert event.detail["after"]["penalty_paid"] == "0.00"
        assert event.detail["after"]["outstanding_amount"] == "518.00"

    def test_a_payment_found_later_takes_the_penalty_of_its_time_away(self, creditor):
        loan = make_loan(creditor)
        book_penalty(loan_ids=[loan.pk], on=START + 20 * ONE)
        assert owed(loan) == D("929.96")
        pay(loan, "309.00", START)
        assert owed(loan) == D("618.00")
        assert LedgerEntry.objects.filter(kind="penalty").count() == 2

    def test_penalty_stands_on_its_own_for_a_creditor_without_policy(self):
        loan = make_loan()
        assert book_penalty(loan_ids=[loan.pk], on=START + 20 * ONE) == 0
        assert payoff_quote(loan=loan, on=START + 20 * ONE).penalty == 0
