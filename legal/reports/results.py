"""Results of suits by court and by law firm: how many were won, how long they took, what came in against what they cost.

Definitions. All days are dates of the matter, all sums exact, in the currency of its case.

brought       the day it was brought before a court: filed_on, else payment_order_on. A matter that never was (lawyer's
              letters that were paid, matters withdrawn in review) is no result and is not counted.
decided       the first of judged_on, effective_on, ended_on that is known: the judgment, the mediation or payment order
              that took effect, or its end without either. A result counts in the period in which it was decided.
won, partly, lost, mediated
              by `outcome`, as a share of those that have one. Matters that ended without a decision (paid, withdrawn,
              recalled) have none; they are `undecided` and count in `matters`.
to judgment   days from brought to judged_on, the median over the matters that have both.
to effect     days from judged_on to effective_on, likewise.
claimed       sum of claimed_amount; awarded: sum of principal, interest and costs awarded.
recovered     payments on the loans of the matter's case that were paid on or after the day it was brought, up to the
              cut-off (and up to the day on which its case was closed), less what of these payments was taken back up to
              the cut-off. A reversal of an earlier payment changes nothing. Of several matters of one case a payment
              belongs to the last one that was brought on or before its day, so that no money counts twice.
cost          court fee, preservation fee and lawyer's fee, whoever is ordered to bear them in the end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import DateField, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from borrowers.models import Payment, User
from borrowers.money import round_money, round_ratio
from legal.models import Matter

ZERO = Decimal(0)
BY = ("court", "firm")
PER = ("", "year", "quarter", "month")
_MONEY = DecimalField(max_digits=20, decimal_places=2)
_OUTCOMES = tuple(Matter.Outcome.values)


def decided_matters(
    user: User, *, since: dt.date | None = None, until: dt.date | None = None, cut_off: dt.date
) -> QuerySet[Matter]:
    """The person's matters that were decided in the period, each with `brought_on`, `decided_on`, `awarded`, `cost` and,
    up to the cut-off, `recovered`, as defined above."""
    matters = Matter.objects.visible_to(user).annotate(
        brought_on=Coalesce("filed_on", "payment_order_on"),
        decided_on=Coalesce("judged_on", "effective_on", "ended_on"),
    )
    matters = matters.filter(brought_on__isnull=False, decided_on__isnull=False)
    if since is not None:
        matters = matters.filter(decided_on__gte=since)
    if until is not None:
        matters = matters.filter(decided_on__lte=until)
    return matters.annotate(
        awarded=_sum_of("awarded_principal", "awarded_interest", "awarded_costs"),
        cost=_sum_of("court_fee", "preservation_fee", "lawyers_fee"),
        recovered=Coalesce(Subquery(_recovered(cut_off), output_field=_MONEY), Value(ZERO, output_field=_MONEY)),
    )


def _sum_of(*names: str) -> Any:
    total: Any = Value(ZERO, output_field=_MONEY)
    for name in names:
        total = total + Coalesce(F(name), Value(ZERO, output_field=_MONEY), output_field=_MONEY)
    return total


def _recovered(cut_off: dt.date) -> QuerySet[Any]:
    """For the matter outside: the sum of what was paid since it was brought, as one row or none."""
    # A reversal follows the payment that it takes back.
    paid = Payment.objects.annotate(received_on=Coalesce("reverses__paid_on", "paid_on"))
    later = (
        Matter.objects.filter(case=OuterRef(OuterRef("case")))
        .annotate(brought_on=Coalesce("filed_on", "payment_order_on"))
        .filter(brought_on__lte=OuterRef("received_on"))
        .filter(Q(brought_on__gt=OuterRef(OuterRef("brought_on"))) | _same_day_later())
    )
    paid = paid.filter(
        loan__cases=OuterRef("case"),
        paid_on__lte=cut_off,
        received_on__gte=OuterRef("brought_on"),
        received_on__lte=Coalesce(OuterRef("case__closed_on"), Value(cut_off), output_field=DateField()),
    ).exclude(Exists(later))
    return paid.order_by().values("loan__cases").annotate(total=Sum("amount")).values("total")


def _same_day_later() -> Q:
    return Q(brought_on=OuterRef(OuterRef("brought_on")), pk__gt=OuterRef(OuterRef("pk")))


@dataclass(slots=True)
class Result:
    """One line: a court or firm, in one currency and period. Shares and ratios are None where there is nothing to divide
    by."""

    name: str
    currency: str
    period: str = ""
    matters: int = 0
    won: int = 0
    partly: int = 0
    lost: int = 0
    mediated: int = 0
    claimed: Decimal = ZERO
    awarded: Decimal = ZERO
    recovered: Decimal = ZERO
    cost: Decimal = ZERO
    to_judgment: list[int] = field(default_factory=list)
    to_effect: list[int] = field(default_factory=list)

    @property
    def with_outcome(self) -> int:
        return self.won + self.partly + self.lost + self.mediated

    @property
    def undecided(self) -> int:
        return self.matters - self.with_outcome

    def share(self, outcome: str) -> Decimal | None:
        return _ratio(Decimal(getattr(self, outcome)), Decimal(self.with_outcome))

    @property
    def won_share(self) -> Decimal | None:
        return self.share("won")

    @property
    def partly_share(self) -> Decimal | None:
        return self.share("partly")

    @property
    def lost_share(self) -> Decimal | None:
        return self.share("lost")

    @property
    def mediated_share(self) -> Decimal | None:
        return self.share("mediated")

    @property
    def days_to_judgment(self) -> float | None:
        return float(median(self.to_judgment)) if self.to_judgment else None

    @property
    def days_to_effect(self) -> float | None:
        return float(median(self.to_effect)) if self.to_effect else None

    @property
    def recovered_share(self) -> Decimal | None:
        """Of what was claimed."""
        return _ratio(self.recovered, self.claimed)

    @property
    def recovered_per_cost(self) -> Decimal | None:
        """How many times its cost a suit brought in."""
        return _ratio(self.recovered, self.cost, places=2)

    def add(self, row: dict[str, Any]) -> None:
        self.matters += 1
        if row["outcome"] in _OUTCOMES:
            setattr(self, row["outcome"], getattr(self, row["outcome"]) + 1)
        self.claimed += row["claimed_amount"] or ZERO
        # SQLite adds up in floating point: a sum is brought back to whole coins.
        self.awarded += round_money(row["awarded"], self.currency)
        self.recovered += round_money(row["recovered"], self.currency)
        self.cost += round_money(row["cost"], self.currency)
        if row["judged_on"]:
            self.to_judgment.append((row["judged_on"] - row["brought_on"]).days)
            if row["effective_on"]:
                self.to_effect.append((row["effective_on"] - row["judged_on"]).days)


def _ratio(part: Decimal, whole: Decimal, places: int = 4) -> Decimal | None:
    return round_ratio(part / whole, places) if whole else None


_COLUMNS = (
    "outcome", "claimed_amount", "awarded", "recovered", "cost", "judged_on", "brought_on", "decided_on", "effective_on",
)  # fmt: skip


def results_by(
    matters: QuerySet[Matter], by: str, *, per: str = "", nameless: str = "–"
) -> tuple[list[Result], list[Result]]:
    """(one line a court or firm, period and currency; the sums of all, one line a period and currency) of
    `decided_matters`, read once. `nameless` stands for matters without a court or firm."""
    lines: dict[tuple[str, int, str], Result] = {}
    totals: dict[tuple[str, str], Result] = {}
    for row in _rows(matters, by):
        period = period_of(row["decided_on"], per)
        currency = row["case__currency"]
        line = lines.setdefault(
            (period, row[f"{by}_id"] or 0, currency), Result(row[f"{by}__name"] or nameless, currency, period)
        )
        total = totals.setdefault((period, currency), Result("", currency, period))
        line.add(row)
        total.add(row)
    return _in_order(lines.values()), _in_order(totals.values())


def _rows(matters: QuerySet[Matter], by: str) -> Iterator[dict[str, Any]]:
    wanted = (f"{by}_id", f"{by}__name", "case__currency", *_COLUMNS)
    yield from matters.order_by().values(*wanted).iterator(chunk_size=2000)


def _in_order(results: Iterable[Result]) -> list[Result]:
    """The newest period first, in it those with the most matters."""
    ordered = sorted(results, key=lambda one: (-one.matters, one.name, one.currency))
    return sorted(ordered, key=lambda one: one.period, reverse=True)


def period_of(day: dt.date, per: str) -> str:
    """2026, 2026-Q3 or 2026-07; "" when all is one period."""
    if per == "year":
        return f"{day:%Y}"
    if per == "quarter":
        return f"{day:%Y}-Q{(day.month + 2) // 3}"
    return f"{day:%Y-%m}" if per == "month" else ""
