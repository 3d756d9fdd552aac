"""Penalty interest: examples by hand, and against a naive count of single days."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borrowers.calculators import penalty
from borrowers.errors import InputError
from borrowers.rules.allocation import ACROSS, Adjustment, allocate
from borrowers.rules.delinquency import Instalment, Pause, Payment
from borrowers.rules.penalty import BASES, PenaltyEntry, PenaltyTerms, accrue_penalty
from borrowers.rules.reference_rates import lpr_table

DAY = dt.date(2026, 1, 10)
ONE = dt.timedelta(days=1)
D = Decimal
TERMS = PenaltyTerms(rate=D("0.18"))
LOAN = (
    Instalment(1, DAY, D("1000.00"), D("20.00"), D("5.00")),
    Instalment(2, DAY + 31 * ONE, D("1000.00"), D("10.00"), D("5.00")),
)


def spans(result):
    return [((line.start - DAY).days, (line.end - DAY).days, str(line.base)) for line in result.lines]


class TestByHand:
    def test_nothing_accrues_on_the_due_date_itself(self):
        assert accrue_penalty(DAY, LOAN, (), TERMS).amount == 0

    def test_the_first_day_late_is_one_day(self):
        result = accrue_penalty(DAY + ONE, LOAN, (), TERMS)
        assert (spans(result), result.product) == ([(0, 1, "1000.00")], D(1000))
        assert result.amount == D("0.49")  # 1000 × 0.18 ÷ 365 = 0.493…

    def test_the_day_of_payment_is_not_counted(self):
        result = accrue_penalty(DAY + 30 * ONE, LOAN, [Payment(DAY + 3 * ONE, D("1026.48"))], TERMS)
        assert spans(result) == [(0, 3, "1000.00")]
        assert result.entries == (PenaltyEntry(DAY + 3 * ONE, 1, "penalty", D("1.48"), D(3000)),)

    def test_a_waiver_of_more_than_accrued_after_all_forgives_no_more_than_that(self):
        waived = [Adjustment(DAY + 10 * ONE, 1, "penalty", D("-4.93"))]
        early = [Payment(DAY + 2 * ONE, D("500.00"))]
        result = accrue_penalty(DAY + 12 * ONE, LOAN, early, TERMS, adjustments=waived)
        assert [str(e.amount) for e in result.entries] == ["0.99", "2.07", "1.87", "0.52"]
        assert result.amount == D("3.58")  # 1.87 of the waiver had not accrued
        owed = allocate(LOAN, early, adjustments=[*waived, *result.entries]).owed[0]
        # 0.99 had been paid before it was waived: it pays principal now.
        assert (owed.penalty, owed.principal) == (D("0.52"), D("525.00"))

    def test_a_payment_pays_what_has_accrued_before_principal(self):
        result = accrue_penalty(DAY + 30 * ONE, LOAN, [Payment(DAY + 3 * ONE, D("1025.00"))], TERMS)
        assert spans(result) == [(0, 3, "1000.00"), (3, 30, "1.48")]

    def test_or_behind_it_where_the_contract_says_so(self):
        order = ("fee", "interest", "principal", "penalty")
        result = accrue_penalty(DAY + 30 * ONE, LOAN, [Payment(DAY + 3 * ONE, D("1025.00"))], TERMS, order=order)
        assert spans(result) == [(0, 3, "1000.00")]

    def test_cutting_time_finer_changes_no_cent(self):
        whole = accrue_penalty(DAY + 40 * ONE, LOAN, (), TERMS)
        cut = accrue_penalty(DAY + 40 * ONE, LOAN, (), TERMS, booked_on=[DAY + n * ONE for n in range(1, 40)])
        assert (cut.by_number, cut.amount, cut.lines) == (whole.by_number, whole.amount, whole.lines)
        assert len(cut.entries) > 40
        assert all(entry.amount > 0 for entry in cut.entries)

    def test_part_payment_lowers_the_base_after_fee_and_interest(self):
        result = accrue_penalty(DAY + 10 * ONE, LOAN, [Payment(DAY + 4 * ONE, D("326.97"))], TERMS)
        assert spans(result) == [(0, 4, "1000.00"), (4, 10, "700.00")]
        assert result.product == D(8200)

    def test_interest_bears_it_only_where_the_contract_says_so(self):
        result = accrue_penalty(DAY + ONE, LOAN, (), replace(TERMS, base="principal_and_interest"))
        assert spans(result) == [(0, 1, "1020.00")]

    def test_each_instalment_has_a_line_of_its_own(self):
        assert spans(accrue_penalty(DAY + 33 * ONE, LOAN, (), TERMS)) == [(0, 33, "1000.00"), (31, 33, "1000.00")]

    def test_payment_in_advance_leaves_nothing_to_bear_it(self):
        assert accrue_penalty(DAY + 300 * ONE, LOAN, [Payment(DAY - ONE, D("2040.00"))], TERMS).lines == ()

    def test_a_bounced_payment_bears_it_again_from_the_day_it_bounced(self):
        payments = [Payment(DAY, D("1025.00"), key="p"), Payment(DAY + 5 * ONE, D("-1025.00"), key="r", reverses="p")]
        assert spans(accrue_penalty(DAY + 8 * ONE, LOAN, payments, TERMS)) == [(5, 8, "1000.00")]

    def test_days_of_a_pause_do_not_count(self):
        pauses = [Pause(DAY + 2 * ONE, DAY + 5 * ONE), Pause(DAY + 4 * ONE, DAY + 6 * ONE), Pause(DAY + 9 * ONE)]
        result = accrue_penalty(DAY + 20 * ONE, LOAN, (), TERMS, pauses)
        assert spans(result) == [(0, 2, "1000.00"), (6, 9, "1000.00")]

    @pytest.mark.parametrize(
        ("rate", "cap", "running", "effective"),
        [
            ("0.18", None, "0", "0.18"),
            ("0.18", "0.24", "0", "0.18"),
            ("0.18", "0.12", "0", "0.12"),
            ("0.18", "0.24", "0.10", "0.14"),
            ("0.18", "0.24", "0.06", "0.18"),
            ("0.18", "0.12", "0.15", "0"),
        ],
    )
    def test_the_cap_is_all_in(self, rate, cap, running, effective):
        terms = PenaltyTerms(D(rate), cap=None if cap is None else D(cap), running_rate=D(running))
        assert accrue_penalty(DAY + ONE, LOAN, (), terms).rate == D(effective)

    def test_charges_take_the_room_of_penalty(self):
        terms = PenaltyTerms(rate=D("0.24"), cap=D("0.24"))
        charged = [Adjustment(DAY + 10 * ONE, 1, "fee", D("5.00"))]
        result = [
            accrue_penalty(DAY + n * ONE, LOAN[:1], (), terms, adjustments=charged).amount for n in (10, 11, 17, 18, 30)
        ]
        # 0.6575 a day: 6.58 by the charge, which takes all room up to the 18th day.
        assert result == [D("6.58"), D("6.58"), D("6.58"), D("6.84"), D("14.73")]

    def test_a_charge_that_is_waived_or_undone_gives_the_room_back(self):
        terms = PenaltyTerms(rate=D("0.24"), cap=D("0.24"))
        changes = [Adjustment(DAY + ONE, 1, "fee", D("5.00")), Adjustment(DAY + 9 * ONE, 1, "fee", D("-5.00"))]
        assert accrue_penalty(DAY + 9 * ONE, LOAN[:1], (), terms, adjustments=changes).amount == D("0.92")
        assert accrue_penalty(DAY + 10 * ONE, LOAN[:1], (), terms, adjustments=changes).amount == D("6.58")

    def test_the_cap_is_on_principal_also_where_interest_bears_penalty(self):
        terms = PenaltyTerms(rate=D("0.24"), cap=D("0.24"), base="principal_and_interest")
        result = accrue_penalty(DAY + 30 * ONE, LOAN[:1], (), terms)
        assert (result.product, result.amount) == (D(30600), D("19.73"))  # 30,000 × 0.24 ÷ 365

    @pytest.mark.parametrize(
        ("change", "where"),
        [({"base": "all"}, "base"), ({"days_in_year": 366}, "days_in_year"), ({"rate": D(-1)}, "rate")],
    )
    def test_terms_that_are_none_are_refused(self, change, where):
        with pytest.raises(InputError) as refusal:
            accrue_penalty(DAY, LOAN, (), replace(TERMS, **change))
        assert refusal.value.where == where


def naive(on, schedule, payments, terms, pauses, across):
    """One day at a time, in fractions; every payment's day split again from the beginning."""
    products = dict.fromkeys((i.number for i in schedule), Fraction(0))
    entries: list[Adjustment] = []
    day = min(i.due_on for i in schedule)
    while day <= on:
        if day == on or any(p.paid_on == day for p in payments):
            for number, product in products.items():
                owes = (product * Fraction(terms.rate) / 365 * 100 + Fraction(1, 2)).__floor__()
                new = D(owes) / 100 - sum((e.amount for e in entries if e.number == number), D(0))
                entries += [Adjustment(day, number, "penalty", new)] if new else []
        known = [p for p in payments if p.paid_on <= day]
        owed = allocate(schedule, known, across=across, adjustments=entries).owed
        if day < on and not any(p.start <= day and (p.end is None or day < p.end) for p in pauses):
            for instalment, left in zip(schedule, owed, strict=True):
                if instalment.due_on <= day:
                    products[left.number] += Fraction(left.principal)
                    products[left.number] += Fraction(left.interest) if terms.base == "principal_and_interest" else 0
        day += ONE
    return sum(products.values()), sum((e.amount for e in entries), D(0))


def with_reversals(payments):
    """Some of them taken back, whole or in part, on a later day."""
    named = [replace(p, key=f"p{place}") for place, p in enumerate(payments)]
    share = st.none() | st.tuples(st.integers(0, 40), st.integers(1, 100))
    return st.lists(share, min_size=len(named), max_size=len(named)).map(
        lambda backs: [
            *named,
            *(
                Payment(p.paid_on + back[0] * ONE, -(p.amount * back[1] / 100).quantize(D("0.01")), f"r{p.key}", p.key)
                for p, back in zip(named, backs, strict=True)
                if back and (p.amount * back[1] / 100).quantize(D("0.01"))
            ),
        ]
    )


cents = st.integers(0, 200_000).map(lambda amount: D(amount) / 100)
days = st.integers(-5, 60).map(lambda offset: DAY + offset * ONE)
schedules = st.lists(st.tuples(days, cents, cents, cents), min_size=1, max_size=4).map(
    lambda rows: tuple(Instalment(number, *row) for number, row in enumerate(rows))
)
receipts = st.lists(st.builds(Payment, days, cents.filter(bool)), max_size=4).flatmap(with_reversals)
breaks = st.lists(
    st.tuples(days, st.none() | st.integers(0, 20)).map(
        lambda pair: Pause(pair[0], None if pair[1] is None else pair[0] + pair[1] * ONE)
    ),
    max_size=3,
)


@given(schedules, receipts, breaks, days, st.sampled_from(BASES), st.sampled_from(ACROSS))
def test_equals_a_count_of_single_days(schedule, payments, pauses, on, base, across):
    terms = replace(TERMS, base=base)
    result = accrue_penalty(on, schedule, payments, terms, pauses, across=across)
    if all(i.due_on > on for i in schedule):
        assert result.product == result.amount == 0
        return
    product, amount = naive(on, schedule, payments, terms, pauses, across)
    assert (Fraction(result.product), result.amount) == (product, amount)
    assert result.amount == sum(entry.amount for entry in result.entries)
    assert all(line.days > 0 and line.base > 0 and line.end <= on for line in result.lines)


@given(schedules, receipts, breaks, days)
def test_order_of_arrival_in_the_file_does_not_matter_and_time_only_adds(schedule, payments, pauses, on):
    result = accrue_penalty(on, schedule, payments, TERMS, pauses)
    assert accrue_penalty(on, schedule, payments[::-1], TERMS, pauses[::-1]) == result
    assert accrue_penalty(on + ONE, schedule, payments, TERMS, pauses).product >= result.product


charges = st.lists(
    st.tuples(days, st.sampled_from(["3.00", "0.40", "11.11"])).map(lambda c: Adjustment(c[0], 0, "fee", D(c[1]))),
    max_size=3,
)


@given(schedules, receipts, breaks, charges, st.sampled_from(BASES), st.lists(days, max_size=5))
def test_penalty_and_charges_stay_below_the_cap_or_wait_for_it(schedule, payments, pauses, changes, base, cuts):
    """Wherever penalty is booked, all of it and all charges before that day come to no more than the cap."""
    terms = PenaltyTerms(rate=D("0.22"), cap=D("0.24"), base=base)
    on = DAY + 70 * ONE

    def booked(day, cuts=()):
        return accrue_penalty(day, schedule, payments, terms, pauses, adjustments=changes, booked_on=cuts)

    whole, cut = booked(on), booked(on, cuts)
    assert whole.amount == cut.amount
    for entry in cut.entries:
        lines = booked(entry.on, cuts).lines
        principal = sum((line.product for line in lines), D(0))
        charged = sum((c.amount for c in changes if c.on < entry.on), D(0))
        so_far = sum((e.amount for e in cut.entries if e.on <= entry.on), D(0))
        cents = D("0.01") * len(schedule)  # each instalment is rounded by itself
        assert entry.amount > 0
        assert charged + so_far <= principal * D("0.24") / 365 + cents or not charged


class TestReferenceRates:
    @pytest.mark.parametrize(
        ("day", "rate"),
        [("2019-08-20", "0.0425"), ("2019-09-19", "0.0425"), ("2020-04-20", "0.0385"), ("2025-10-19", "0.0300")],
    )
    def test_the_rate_of_the_day(self, day, rate):
        assert lpr_table().on(dt.date.fromisoformat(day)).rate == D(rate)

    def test_days_outside_the_table_are_refused(self):
        table = lpr_table()
        for day in (table.rates[0].published_on - ONE, table.known_to + ONE):
            with pytest.raises(InputError) as refusal:
                table.on(day, "contract_on")
            assert refusal.value.where == "contract_on"

    def test_the_table_is_in_order_of_date(self):
        published = [row.published_on for row in lpr_table().rates]
        assert published == sorted(set(published))
        assert published[-1] <= lpr_table().known_to


ASKED = {
    "on": "2026-02-09",
    "rate": "0.18",
    "cap": "4lpr",
    "contract_on": "2025-08-01",
    "instalments": [{"number": 1, "due_on": "2026-01-10", "principal": "1000.00"}],
}


class TestCalculator:
    def test_every_figure_can_be_checked_by_hand(self):
        result = penalty(ASKED)
        formula = "30000.00 × 0.1200 ÷ 365 = 9.86"
        assert result["instalments"] == [{"number": 1, "product": "30000.00", "penalty": "9.86", "formula": formula}]
        assert (result["penalty"], result["lpr_published_on"]) == ("9.86", "2025-05-20")
        line = {"number": 1, "start": "2026-01-10", "end": "2026-02-09"}
        assert result["lines"] == [{**line, "base": "1000.00", "days": 30, "product": "30000.00"}]

    def test_a_cap_on_principal_is_told_where_interest_bears_penalty(self):
        row = {"number": 1, "due_on": "2026-01-10", "principal": "1000.00", "interest": "100.00"}
        result = penalty({**ASKED, "base": "principal_and_interest", "instalments": [row]})
        assert result["instalments"][0]["formula"] == "33000.00 × 0.1200 ÷ 365 = 10.85 > 9.86 (cap)"

    def test_without_cap_the_contract_rate_holds(self):
        assert penalty({**ASKED, "cap": None})["rate"] == "0.18"

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"contract_on": None}, "contract_on"),
            ({"contract_on": "2019-08-19"}, "contract_on"),
            ({"rate": "18"}, "rate"),
            ({"rate": "-0.18"}, "rate"),
            ({"cap": "24 %"}, "cap"),
            ({"cap": True}, "cap"),
            ({"base": "everything"}, "base"),
            ({"pauses": [{"start": "2026-01-12", "end": "2026-01-11"}]}, "pauses[0].end"),
            ({"payments": [{"paid_on": "2026-03-01", "amount": "-1.00"}]}, "payments[0].amount"),
        ],
    )
    def test_what_is_wrong_is_named(self, change, where):
        with pytest.raises(InputError) as refusal:
            penalty({**ASKED, **change})
        assert refusal.value.where == where
