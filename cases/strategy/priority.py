"""How urgent a case is, as one number: the worklist shows the greatest first.

Six digits, read from the left: a broken promise that nobody has talked about yet; the bucket (M0 = 0 … M7+ = 7);
the band of the overdue amount; the grade, by where a call makes most difference; how late the next step is (not, a day,
three days, a week or more: in bands, so that a case that waits is not written anew every night).
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal

# First amount of each band, in units of the currency.
AMOUNT_BANDS = tuple(Decimal(n) for n in (100, 500, 1_000, 3_000, 5_000, 10_000, 30_000, 50_000, 100_000))
LATE_BANDS = (1, 3, 7)  # first day of each
# B can pay and does not; D and C need time and talk; A pays anyway; of E little is to be had.
GRADE_WEIGHT = {"B": 5, "D": 4, "C": 3, "A": 2, "E": 1, "": 0}


def priority_of(
    *,
    broken_promise: bool,
    bucket: str,
    buckets: Sequence[str],
    overdue_amount: Decimal,
    grade: str,
    next_step_on: dt.date | None,
    on: dt.date,
) -> int:
    """`buckets` are the names of the creditor's scheme, mildest first."""
    late = 0 if next_step_on is None else bisect_right(LATE_BANDS, (on - next_step_on).days)
    place = min(9, buckets.index(bucket)) if bucket in buckets else 0
    return (
        100_000 * broken_promise
        + 10_000 * place
        + 1_000 * bisect_right(AMOUNT_BANDS, overdue_amount)
        + 100 * GRADE_WEIGHT.get(grade, 0)
        + 10 * late
    )
