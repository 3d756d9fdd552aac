"""In tests, whoever moves a balance must have moved its entries: what was touched is added up before the test ends.

A statement that changes the money of a balance marks the test, whoever sends it; so a new way of writing is watched, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

MOVES = re.compile(r"^\s*(INSERT INTO|UPDATE)\s+\"?borrowers_loanbalance\"?\b", re.IGNORECASE)
# A new row is no move; ageing, which alone leaves these columns, tells of a day and moves no money.
OF_MONEY = re.compile(
    r"SET\b.*\b(due_total|paid_total|principal_paid|outstanding_principal)\b", re.IGNORECASE | re.DOTALL
)


class BalanceMoved(AssertionError):
    """A balance that is not the sum of its entries."""


@contextmanager
def watch() -> Iterator[None]:
    """Raise BalanceMoved when the block leaves a balance that was moved without its entries."""
    moved: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not moved and MOVES.match(text := str(sql)) and OF_MONEY.search(text):
            moved.append(text)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield
    if moved:
        check()


def check() -> None:
    from borrowers.models import LoanBalance
    from borrowers.services.ledger_check import check_balances

    faults = list(check_balances(list(LoanBalance.objects.values_list("pk", flat=True)[:300])))
    if faults:
        raise BalanceMoved("a balance was moved without its entries:\n" + "\n".join(faults[:5]))
