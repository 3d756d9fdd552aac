"""Results by court and firm equal a count by hand over the same rows."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from borrowers.models import Payment, User
from borrowers.services.ledger import record_payment, reverse_payment
from legal.models import Court, LawFirm, Matter
from legal.reports.results import decided_matters, period_of, results_by
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.rows import matter_in

START = dt.date(2026, 1, 5)
CUT_OFF = dt.date(2026, 10, 1)
ZERO = Decimal(0)


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def pay(matter: Matter, on: dt.date, amount: str, number: str) -> Payment:
    return record_payment(
        loan=matter.case.loans.get(), payment_no=number, paid_on=on, amount=Decimal(amount), actor=None
    )


def test_each_figure_of_one_matter(creditor: Any, legal: User) -> None:
    court = Court.objects.create(name="Sample Court")
    matter = matter_in(
        creditor,
        "effective",
        court=court,
        filed_on=day(100),
        judged_on=day(150),
        effective_on=day(165),
        outcome="partly",
        claimed_amount=Decimal("1000.00"),
        awarded_principal=Decimal("600.00"),
        awarded_interest=Decimal("30.10"),
        court_fee=Decimal("25.00"),
        lawyers_fee=Decimal("75.00"),
    )
    pay(matter, day(99), "10.00", "before")
    first = pay(matter, day(100), "100.00", "P1")
    pay(matter, day(200), "200.00", "P2")
    pay(matter, CUT_OFF + dt.timedelta(days=1), "50.00", "after the cut-off")
    reverse_payment(payment=first, payment_no="R1", on=day(120), amount=Decimal("40.00"), actor=None)
    [line], [total] = results_by(decided_matters(legal, cut_off=CUT_OFF), "court")
    assert (line.name, line.currency, line.matters, line.partly) == ("Sample Court", "CNY", 1, 1)
    assert (line.days_to_judgment, line.days_to_effect) == (50, 15)
    assert (line.claimed, line.awarded, line.recovered, line.cost) == (
        Decimal(1000),
        Decimal("630.10"),
        Decimal("260.00"),
        Decimal(100),
    )
    assert (line.recovered_share, line.recovered_per_cost) == (Decimal("0.2600"), Decimal("2.60"))
    assert line.partly_share == 1
    assert total.recovered == line.recovered


def test_a_reversal_of_an_earlier_payment_changes_nothing(creditor: Any, legal: User) -> None:
    matter = matter_in(creditor, "judged", filed_on=day(100), judged_on=day(120), outcome="won")
    before = pay(matter, day(90), "100.00", "P1")
    reverse_payment(payment=before, payment_no="R1", on=day(110), actor=None)
    [line], _total = results_by(decided_matters(legal, cut_off=CUT_OFF), "firm")
    assert line.recovered == 0
    assert line.recovered_share is None
    assert line.recovered_per_cost is None


def test_no_money_counts_for_two_matters_of_a_case(creditor: Any, legal: User) -> None:
    first = matter_in(creditor, "withdrawn", filed_on=day(50), ended_on=day(60))
    second = Matter.objects.create(
        case=first.case, state="judged", opened_on=day(70), payment_order_on=day(80), judged_on=day(100), outcome="won"
    )
    pay(first, day(55), "10.00", "P1")
    pay(first, day(79), "20.00", "P2")
    pay(first, day(80), "40.00", "P3")
    decided: Any = decided_matters(legal, cut_off=CUT_OFF)
    found = dict(decided.values_list("pk", "recovered"))
    assert found == {first.pk: Decimal("30.00"), second.pk: Decimal("40.00")}


def test_what_was_never_brought_before_a_court_is_no_result(creditor: Any, legal: User) -> None:
    matter_in(creditor, "withdrawn", ended_on=day(10))
    matter_in(creditor, "hearing", filed_on=day(10))
    undecided = matter_in(creditor, "settled", filed_on=day(10), ended_on=day(40))
    assert [matter.pk for matter in decided_matters(legal, cut_off=CUT_OFF)] == [undecided.pk]
    [line], _total = results_by(decided_matters(legal, cut_off=CUT_OFF), "court")
    assert (line.matters, line.undecided, line.with_outcome, line.won_share) == (1, 1, 0, None)


def naive(matters: list[Matter], by: str, per: str) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The definitions, one matter and one payment at a time."""
    lines: dict[tuple[str, str, str], dict[str, Any]] = defaultdict(
        lambda: {"matters": 0, "won": 0, "lost": 0, "claimed": ZERO, "awarded": ZERO, "recovered": ZERO, "cost": ZERO,
                 "judged": [], "effective": []}
    )  # fmt: skip
    for matter in matters:
        brought = matter.filed_on or matter.payment_order_on
        decided = matter.judged_on or matter.effective_on or matter.ended_on
        if brought is None or decided is None:
            continue
        owner = getattr(matter, by)
        line = lines[(owner.name if owner else "–", matter.case.currency, period_of(decided, per))]
        line["matters"] += 1
        for outcome in ("won", "lost"):
            line[outcome] += matter.outcome == outcome
        line["claimed"] += matter.claimed_amount or ZERO
        line["awarded"] += sum(
            filter(None, (matter.awarded_principal, matter.awarded_interest, matter.awarded_costs)), ZERO
        )
        line["cost"] += sum(filter(None, (matter.court_fee, matter.preservation_fee, matter.lawyers_fee)), ZERO)
        if matter.judged_on:
            line["judged"].append((matter.judged_on - brought).days)
            if matter.effective_on:
                line["effective"].append((matter.effective_on - matter.judged_on).days)
        for payment in Payment.objects.filter(loan__cases=matter.case).select_related("reverses"):
            received = payment.reverses.paid_on if payment.reverses else payment.paid_on
            if payment.paid_on <= CUT_OFF and received >= brought:
                line["recovered"] += payment.amount
    return lines


@pytest.mark.parametrize("seed", range(4))
def test_it_equals_a_naive_count_on_random_data(creditor: Any, legal: User, seed: int) -> None:
    dice = random.Random(seed)
    courts = [Court.objects.create(name=f"Court {number}") for number in range(2)]
    firms = [LawFirm.objects.create(name=f"Firm {number}", address="x", phone="1") for number in range(2)]
    matters = []

    def perhaps(value: Any) -> Any:
        return value if dice.random() < 0.7 else None

    def money() -> Decimal | None:
        amount: Decimal | None = perhaps(Decimal(dice.randint(0, 99999)) / 100)
        return amount

    for number in range(25):
        filed, judged = perhaps(day(dice.randint(0, 60))), perhaps(day(dice.randint(61, 120)))
        matter = matter_in(
            creditor,
            "judged",
            court=perhaps(dice.choice(courts)),
            firm=perhaps(dice.choice(firms)),
            filed_on=filed,
            payment_order_on=perhaps(day(dice.randint(0, 60))),
            judged_on=judged,
            effective_on=perhaps(day(dice.randint(121, 150))),
            ended_on=perhaps(day(dice.randint(151, 180))),
            outcome=dice.choice(["", *Matter.Outcome.values]),
            claimed_amount=money(),
            awarded_principal=money(),
            awarded_interest=money(),
            awarded_costs=money(),
            court_fee=money(),
            preservation_fee=money(),
            lawyers_fee=money(),
        )
        matters.append(matter)
        for count in range(dice.randint(0, 4)):
            paid = pay(matter, day(dice.randint(0, 300)), f"{dice.randint(1, 200)}.{dice.randint(10, 99)}", f"P{count}")
            if dice.random() < 0.3:
                on = paid.paid_on + dt.timedelta(days=dice.randint(0, 30))
                reverse_payment(payment=paid, payment_no=f"R{number}-{count}", on=on, actor=None)
    for by in ("court", "firm"):
        for per in ("", "month"):
            lines, totals = results_by(decided_matters(legal, cut_off=CUT_OFF), by, per=per)
            wanted = naive(matters, by, per)
            found = {(line.name, line.currency, line.period): line for line in lines}
            assert found.keys() == wanted.keys()
            for key, line in found.items():
                told = wanted[key]
                for name in ("matters", "won", "lost", "claimed", "awarded", "recovered", "cost"):
                    assert getattr(line, name) == told[name], (key, name)
                assert line.days_to_judgment == (median(told["judged"]) if told["judged"] else None)
                assert line.days_to_effect == (median(told["effective"]) if told["effective"] else None)
            assert sum(total.recovered for total in totals) == sum(line.recovered for line in lines)


def test_the_period_is_that_of_the_decision(creditor: Any, legal: User) -> None:
    matter_in(creditor, "judged", filed_on=day(0), judged_on=dt.date(2026, 3, 31))
    matter_in(creditor, "effective", filed_on=day(0), effective_on=dt.date(2026, 4, 1))
    assert decided_matters(legal, cut_off=CUT_OFF, since=dt.date(2026, 4, 1)).count() == 1
    assert decided_matters(legal, cut_off=CUT_OFF, until=dt.date(2026, 3, 31)).count() == 1
    lines, _totals = results_by(decided_matters(legal, cut_off=CUT_OFF), "court", per="quarter")
    assert [line.period for line in lines] == ["2026-Q2", "2026-Q1"]


def test_others_matters_count_for_nobody_else(creditor: Any, legal: User) -> None:
    other = CreditorFactory.create()
    TeamFactory.create(creditors=[other])
    matter_in(other, "judged", filed_on=day(0), judged_on=day(1))
    assert not decided_matters(legal, cut_off=CUT_OFF).exists()


def test_the_page_and_its_csv(creditor: Any, legal: User, client: Client) -> None:
    court = Court.objects.create(name="=Court")
    matter = matter_in(
        creditor, "judged", court=court, filed_on=day(0), judged_on=day(20), outcome="won", claimed_amount=Decimal(50)
    )
    pay(matter, day(30), "12.50", "P1")
    client.force_login(legal)
    page = client.get(reverse("legal:results"), {"cut_off": CUT_OFF.isoformat()}).content.decode()
    assert "=Court" in page
    assert "¥12.50" in page
    answer = client.get(reverse("legal:results"), {"cut_off": CUT_OFF.isoformat(), "as": "csv"})
    assert answer["Content-Type"].startswith("text/csv")
    header, line = answer.content.decode("utf-8-sig").splitlines()
    row = dict(zip(header.split(","), line.split(","), strict=True))
    assert row["court"] == "'=Court"
    assert (row["matters"], row["won"], row["recovered"], row["days_to_judgment"]) == ("1", "1", "12.50", "20")
    for user, status in ((UserFactory.create(role="counsel"), 403), (UserFactory.create(role="collector"), 403)):
        client.force_login(user)
        assert client.get(reverse("legal:results")).status_code == status


def test_it_takes_as_many_queries_for_fifty_as_for_five(creditor: Any, legal: User, client: Client) -> None:
    client.force_login(legal)
    taken = []
    for count in (5, 45):
        for number in range(count):
            court = Court.objects.create(name=f"Court {count} {number}")
            matter_in(creditor, "judged", court=court, filed_on=day(0), judged_on=day(20))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("legal:results"))
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert taken[0] <= 10
