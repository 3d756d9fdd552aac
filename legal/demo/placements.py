"""The demonstration's placement files, in the format that every creditor uses, so that the demo goes in by the front door."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from borrowers.money import round_money
from legal.demo.people import Person

Row = dict[str, object]
Tables = dict[str, list[Row]]

REAL_LOANS = Path(__file__).with_name("lending_club_200.zip")
# The day on which the real loans stood as their file says; the demo moves their dates to today.
REAL_LOANS_ON = dt.date(2018, 6, 25)
_DATE_COLUMNS = {"disbursed_on", "due_on", "paid_on", "birth_date"}


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months on, at most the 28th, so that every month has it."""
    month = day.month - 1 + months
    return dt.date(day.year + month // 12, month % 12 + 1, min(day.day, 28))


def make_placement(people: Iterable[Person], prefix: str, product: str, today: dt.date, seed: int) -> Tables:
    """Tables for one creditor: one loan a person, account numbers beginning with `prefix`."""
    dice = random.Random(seed)  # noqa: S311 - sample data, no secret
    tables: Tables = {"loans": [], "instalments": [], "contact_points": [], "payments": []}
    for person in people:
        _add_person(tables, person, prefix, product, today, dice)
    return tables


def _add_person(tables: Tables, person: Person, prefix: str, product: str, today: dt.date, dice: random.Random) -> None:
    account, ref = f"{prefix}-{person.index:05d}", f"{prefix}B{person.index:05d}"
    months = dice.choice((6, 9, 12, 12, 18, 24))
    principal = Decimal(dice.randint(6, 90) * 500)
    rate = Decimal(dice.choice(("0.1080", "0.1440", "0.1800", "0.2160", "0.2390")))
    late = dice.randint(*person.habit.days_late)
    # The oldest unpaid instalment fell due so many days ago; those before it were paid.
    paid = dice.randint(2, months - 2)
    oldest_due = today - dt.timedelta(days=late) if late > 0 else today + dt.timedelta(days=dice.randint(1, 27))
    oldest_due = oldest_due.replace(day=min(oldest_due.day, 28))
    first_due = add_months(oldest_due, -paid)
    rows = _schedule(account, principal, rate, months, first_due)
    tables["loans"].append(
        {
            "account_no": account,
            "borrower_ref": ref,
            "name": person.name,
            "id_type": "resident_id",
            "id_no": person.id_no,
            "birth_date": person.birth_date,
            "language": "zh-hans",
            "time_zone": "Asia/Shanghai",
            "monthly_income": person.monthly_income,
            "employer": person.employer,
            "credit_score": person.credit_score,
            "product": product,
            "currency": "CNY",
            "principal": principal,
            "annual_rate": rate,
            "penalty_rate": "",
            "disbursed_on": add_months(first_due, -1),
            "contract_no": f"HT-{account}",
            "contract_url": "",
        }
    )
    tables["instalments"].extend(rows)
    tables["contact_points"].extend(_contact_points(person, ref))
    tables["payments"].extend(_payments(account, rows, paid, person, today, dice))


def _schedule(account: str, principal: Decimal, rate: Decimal, months: int, first_due: dt.date) -> list[Row]:
    """Equal instalments; the last takes what rounding left."""
    monthly = rate / 12
    growth = (1 + monthly) ** months
    payment = round_money(principal * monthly * growth / (growth - 1))
    left = principal
    rows: list[Row] = []
    for number in range(1, months + 1):
        interest = round_money(left * monthly)
        part = payment - interest if number < months else left
        left -= part
        rows.append(
            {
                "account_no": account,
                "number": number,
                "due_on": add_months(first_due, number - 1),
                "principal": part,
                "interest": interest,
                "fee": Decimal("0.00"),
            }
        )
    return rows


def _contact_points(person: Person, ref: str) -> list[Row]:
    def point(kind: str, value: str, owner: str = "debtor", owner_name: str = "", preferred: str = "") -> Row:
        return {
            "borrower_ref": ref,
            "kind": kind,
            "value": value,
            "owner": owner,
            "owner_name": owner_name,
            "consent": "yes" if owner == "debtor" else "unknown",
            "preferred": preferred,
        }

    points = [point("mobile", person.mobile, preferred="yes")]
    if person.email:
        points.append(point("email", person.email))
    if person.address:
        points.append(point("address", person.address))
    if person.relative:
        points.append(point("mobile", person.relative, "contact_person", f"{person.name[0]}联系人"))
    if person.guarantor:
        points.append(point("mobile", person.guarantor, "guarantor", f"{person.name[0]}担保人"))
    return points


def _payments(
    account: str, rows: Sequence[Row], paid: int, person: Person, today: dt.date, dice: random.Random
) -> list[Row]:
    """What was paid: `paid` whole instalments at the person's usual lateness, then a part of the next, if any."""
    made: list[Row] = []

    def pay(on: dt.date, amount: Decimal) -> None:
        made.append(
            {
                "account_no": account,
                "payment_no": f"{account}-P{len(made) + 1:02d}",
                "paid_on": min(on, today - dt.timedelta(days=1)),
                "amount": amount,
                "method": dice.choice(("bank transfer", "wallet", "card")),
                "reversed_payment_no": "",
            }
        )

    habit = person.habit
    for row in rows[:paid]:
        due, total = row["due_on"], _total(row)
        assert isinstance(due, dt.date)
        if habit.name == "recovered" and row is rows[paid - 1]:
            # Was late until a few days ago, and has caught up.
            pay(today - dt.timedelta(days=dice.randint(2, 6)), total)
        else:
            pay(due + dt.timedelta(days=dice.randint(*habit.usual_lateness)), total)
    if habit.part_paid and dice.random() < 0.6:
        pay(today - dt.timedelta(days=dice.randint(3, 20)), round_money(_total(rows[paid]) * habit.part_paid))
    return made


def _total(row: Row) -> Decimal:
    parts = (row["principal"], row["interest"], row["fee"])
    return sum((part for part in parts if isinstance(part, Decimal)), start=Decimal(0))


def write_placement(tables: Tables, path: Path) -> None:
    """Write the tables as a zip of CSV files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables.items():
            archive.writestr(f"{name}.csv", _csv(rows))


def write_real_loans(path: Path, today: dt.date) -> None:
    """The shipped sample of real loans, every date moved so that the day of its figures becomes `today`."""
    shift = today - REAL_LOANS_ON
    with zipfile.ZipFile(REAL_LOANS) as source:
        tables: Tables = {}
        for name in source.namelist():
            if not name.endswith(".csv"):
                continue
            text = source.read(name).decode("utf-8-sig")
            rows: list[Row] = []
            for row in csv.DictReader(io.StringIO(text)):
                moved: Row = dict(row)
                for column in _DATE_COLUMNS & row.keys():
                    if row[column]:
                        moved[column] = dt.date.fromisoformat(row[column]) + shift
                rows.append(moved)
            tables[Path(name).stem] = rows
    write_placement(tables, path)


def _csv(rows: Sequence[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
