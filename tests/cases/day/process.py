"""`python -m tests.cases.day.process WHAT`: a run of the day in a process of its own, which may kill itself.

make        the portfolio
run         the whole day; prints the number of its write statements
run N       the same, killed by SIGKILL just before its write statement N, or just after it where N is negative
dump        prints the state
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import signal
import sys
from typing import Any

import django

NOW = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
WRITES = ("INSERT", "UPDATE", "DELETE")


class Killer:
    def __init__(self, at: int) -> None:
        self.at = at
        self.writes = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.lstrip().upper().startswith(WRITES):
            return execute(sql, params, many, context)
        self.writes += 1
        if self.writes == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        done = execute(sql, params, many, context)
        if self.writes == -self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        return done


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection

    from cases.day import run_day
    from tests.cases.day.dump import dump
    from tests.cases.day.portfolio import DAY, make_portfolio

    what = sys.argv[1]
    if what == "make":
        make_portfolio()
    elif what == "dump":
        print(json.dumps(dump()))
    else:
        killer = Killer(int(next(itertools.islice(sys.argv, 2, None), 0)))
        with connection.execute_wrapper(killer):
            run_day(on=DAY, now=NOW)
        print(killer.writes)


if __name__ == "__main__":
    main()
