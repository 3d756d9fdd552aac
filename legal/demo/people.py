"""Fictional borrowers: who they are, what they earn, how they pay. The same seed gives the same people."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal

from borrowers.identity import FICTIONAL_REGION, with_check_digit

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
# Given names that say "sample", so that nobody is taken for a person.
_GIVEN = ("示例", "样本", "虚构", "模拟", "演示", "范例", "测试", "样板", "假设", "设想")
_EMPLOYERS = ("示例制造厂", "样板物流", "虚构餐饮", "演示科技", "范例超市", "模拟学校", "")


@dataclass(frozen=True)
class Habit:
    """How somebody pays: days late now (0: up to date), usual lateness before, share of the due part-paid."""

    name: str
    days_late: tuple[int, int]
    usual_lateness: tuple[int, int]
    part_paid: Decimal
    income_factor: tuple[int, int]


# Weights over the 300: every bucket, every grade and every stage must appear.
HABITS: tuple[tuple[int, Habit], ...] = (
    (10, Habit("up to date", (0, 0), (0, 2), Decimal(0), (5, 9))),
    (24, Habit("forgetful", (1, 14), (0, 4), Decimal(0), (5, 9))),
    (14, Habit("late in the month", (12, 30), (3, 15), Decimal("0.3"), (3, 5))),
    (12, Habit("short of money", (31, 60), (5, 25), Decimal("0.4"), (1, 2))),
    (12, Habit("unwilling", (35, 85), (10, 45), Decimal(0), (5, 9))),
    (12, Habit("in trouble", (61, 90), (10, 40), Decimal("0.2"), (1, 2))),
    (10, Habit("long gone", (91, 210), (15, 60), Decimal(0), (1, 3))),
    (6, Habit("recovered", (-12, -2), (20, 40), Decimal(0), (3, 6))),
)


@dataclass(frozen=True)
class Person:
    """One fictional borrower."""

    index: int
    name: str
    id_no: str
    birth_date: dt.date
    mobile: str
    email: str
    address: str
    employer: str
    monthly_income: Decimal | None
    credit_score: int | None
    habit: Habit
    relative: str
    guarantor: str


def make_people(count: int, today: dt.date, seed: int = 20260228) -> list[Person]:
    """`count` people, the same for the same seed and day."""
    dice = random.Random(seed)  # noqa: S311 - sample data, no secret
    habits = [habit for weight, habit in HABITS for _ in range(weight)]
    return [_person(dice, index, habits[index * 37 % len(habits)], today) for index in range(count)]


def _person(dice: random.Random, index: int, habit: Habit, today: dt.date) -> Person:
    birth = dt.date(today.year - dice.randint(21, 58), dice.randint(1, 12), dice.randint(1, 28))
    # The given name goes round faster than the surname: few share both.
    name = _SURNAMES[index % len(_SURNAMES)] + _GIVEN[index // len(_SURNAMES) % len(_GIVEN)]
    known = dice.random()
    return Person(
        index=index,
        name=name,
        id_no=with_check_digit(f"{FICTIONAL_REGION}{birth:%Y%m%d}{index:03d}"),
        birth_date=birth,
        mobile=f"1540000{index:04d}",
        email=f"borrower{index:04d}@example.com" if dice.random() < 0.5 else "",
        address=(
            f"示例省示例市样板区虚构路 {dice.randint(1, 200)} 号 {dice.randint(1, 9)} 单元 {dice.randint(1, 30)}01 室"
            if dice.random() < 0.9
            else ""
        ),
        employer=dice.choice(_EMPLOYERS),
        monthly_income=Decimal(900 * dice.randint(*habit.income_factor) + 1500) if known < 0.88 else None,
        credit_score=dice.randint(430, 720) - (0 if habit.income_factor[0] > 2 else 90) if known > 0.2 else None,
        habit=habit,
        relative=f"1540001{index:04d}" if dice.random() < 0.35 else "",
        guarantor=f"1540002{index:04d}" if dice.random() < 0.08 else "",
    )
