"""The day's run on PostgreSQL, each phase beside one bare UPDATE of the same rows in the same database.

All of `size` loans are late: 12 instalments of which one to nine are unpaid. Each round begins with the same copy of the
balance rows, vacuumed, so that no way pays for the dead rows of the one before.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from tests import servers
from tests.benchmarks.harness import Timing, measure_in_turn, report

DAY = dt.date(2026, 6, 15)
# The ageing is measured on all loans, the slower phases, which grow with the cases alone, on so many.
PHASE_LOANS = 3000
NOW = dt.datetime(2026, 6, 15, 2, 0, tzinfo=dt.UTC)

_DATA = """
INSERT INTO borrowers_borrower (id, creditor_id, ref, name, id_type, id_no, id_no_index, person_key, language, time_zone,
  employer, created_at)
SELECT n, {creditor}, 'B' || n, 'Borrower ' || n, '', '', '', 'p' || n, 'en', '', '', now()
  FROM generate_series(1, {size}) n;
INSERT INTO borrowers_contactpoint (borrower_id, kind, value, owner, owner_name, consent, preferred, {contact_names})
SELECT n, 'mobile', '+86100' || lpad(n::text, 8, '0'), 'debtor', '', 'yes', false, {contact_values}
  FROM generate_series(1, {size}) n;
INSERT INTO borrowers_loan (id, creditor_id, borrower_id, account_no, contract_no, contract_url, product, currency,
  principal, annual_rate, disbursed_on, status, extra)
SELECT n, {creditor}, n, 'A' || n, '', '', '', 'CNY', 1200, 0.12, '2025-06-01', 'open', '{{}}'
  FROM generate_series(1, {size}) n;
INSERT INTO borrowers_instalment (loan_id, number, due_on, principal, interest, fee, cumulative_due)
SELECT n, k, date '2025-07-01' + (n % 28)::int + 30 * (k - 1), 100, 10, 0, 110 * k
  FROM generate_series(1, {size}) n, generate_series(1, 12) k;
INSERT INTO borrowers_payment (loan_id, payment_no, paid_on, amount, method, recorded_at)
SELECT n, 'P' || k, date '2025-07-01' + (n % 28)::int + 30 * (k - 1), 110, '', now()
  FROM generate_series(1, {size}) n, generate_series(1, 2 + (n % 9)::int) k;
INSERT INTO borrowers_loanbalance (loan_id, due_total, paid_total, principal_paid, last_paid_on, outstanding_principal,
  outstanding_amount, next_due_on, days_past_due, delinquent_days, bucket, overdue_amount)
SELECT n, 1320, 110 * paid, 100 * paid, date '2025-07-01' + (n % 28)::int + 30 * (paid - 1), 1200 - 100 * paid,
  1320 - 110 * paid, date '2025-07-01' + (n % 28)::int + 30 * paid, 0, 0, 'M0', 0
  FROM generate_series(1, {size}) n, LATERAL (SELECT 2 + (n % 9)::int AS paid) p;
CREATE TABLE bare (LIKE borrowers_loanbalance INCLUDING ALL);
CREATE TABLE fresh AS TABLE borrowers_loanbalance;
"""

_RESET = """
TRUNCATE borrowers_loanbalance, bare;
INSERT INTO borrowers_loanbalance SELECT * FROM fresh;
INSERT INTO bare SELECT * FROM fresh;
"""

_BARE = """UPDATE bare SET changed_on = '2026-06-15', days_past_due = days_past_due + 1,
  delinquent_days = delinquent_days + 1, bucket = 'M9', overdue_amount = 1, outstanding_amount = outstanding_amount"""


def run(size: int) -> None:
    with servers.postgres(shared_buffers="2GB", max_wal_size="8GB") as address:
        os.environ["DATABASE_URL"] = address
        os.environ["CELERY_BROKER_URL"] = "memory://"
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django

        django.setup()
        _Benchmark(size).run()


class _Benchmark:
    def __init__(self, size: int) -> None:
        from django.core.management import call_command

        from borrowers.models import Creditor
        from cases.services.defaults import load_defaults

        call_command("migrate", verbosity=0)
        load_defaults()
        self.size = size
        self.creditor = Creditor.objects.create(code="B", name="Bench", phone="+861000000100", language="en")
        from django.db import models

        from borrowers.models import ContactPoint

        # Columns without a default in the database; what they are called is the model's business.
        given = {"id", "borrower_id", "kind", "value", "owner", "owner_name", "consent", "preferred"}
        columns = {
            field.column: {models.BooleanField: "true", models.DateTimeField: "now()"}.get(type(field), "''")
            for field in ContactPoint._meta.concrete_fields
            if field.column not in given and not field.null
        }
        data = _DATA.replace(", {contact_names}", "".join(f", {name}" for name in columns))
        data = data.replace(", {contact_values}", "".join(f", {value}" for value in columns.values()))
        self.sql(data.format(creditor=self.creditor.pk, size=size))
        self.sql("ANALYZE")

    def sql(self, statement: str) -> int:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.rowcount

    def timed(self, work: Callable[[], Any]) -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    def age(self, on: dt.date = DAY) -> int:
        from borrowers.ageing import age_loans

        return age_loans(creditor=self.creditor, on=on)

    def settle(self) -> None:
        self.sql("VACUUM (ANALYZE) borrowers_loanbalance")
        self.sql("VACUUM (ANALYZE) bare")

    def run(self) -> None:
        self._ageing()
        self._rerun()
        self._phases()

    def _ageing(self) -> None:
        def first() -> float:
            self.sql(_RESET)
            self.settle()
            return self.timed(self.age)

        report("Ageing, first run: every loan changes", measure_in_turn([
            ("age_loans", first), ("bare UPDATE of the same rows", lambda: self.timed(lambda: self.sql(_BARE))),
        ]), self.size, "loans")  # fmt: skip

        def next_night() -> float:
            self.sql(_RESET)
            self.age()
            self.settle()
            return self.timed(lambda: self.age(DAY + dt.timedelta(days=1)))

        report("Ageing, the next night: every loan is a day later", measure_in_turn([
            ("age_loans", next_night), ("bare UPDATE of the same rows", lambda: self.timed(lambda: self.sql(_BARE))),
        ]), self.size, "loans")  # fmt: skip

    def _rerun(self) -> None:
        def two_percent() -> float:
            # A payment on two loans in a hundred; what is owed falls by the sum.
            self.sql("UPDATE borrowers_loanbalance SET paid_total = paid_total + 1 WHERE loan_id % 50 = 0")
            self.settle()
            return self.timed(self.age)

        def first() -> float:
            self.sql(_RESET)
            self.settle()
            return self.timed(self.age)

        def again() -> float:
            self.settle()
            return self.timed(self.age)

        order: list[tuple[str, Callable[[], object]]] = [
            ("unchanged rerun", again), ("2 % changed", two_percent), ("first run", first),
        ]  # fmt: skip
        first()
        report("Ageing, again", measure_in_turn(order), self.size, "loans")

    def _phases(self) -> None:
        """The other phases on the cases of PHASE_LOANS loans, first on an empty desk and then again, three times over; a
        bare UPDATE of all case rows beside each."""
        from cases.day import PHASES

        self.sql(f"UPDATE borrowers_loan SET status = 'recalled' WHERE id > {PHASE_LOANS}")
        seconds: dict[str, list[float]] = {}
        for _ in range(3):
            self.sql("TRUNCATE cases_case, cases_gatedecision, borrowers_auditevent CASCADE")
            for name, work in PHASES[1:]:
                step = partial(work, self.creditor, DAY, NOW)
                for label in (name, f"{name}, again"):
                    seconds.setdefault(label, []).append(self.timed(step))
            bare = self.timed(lambda: self.sql("UPDATE cases_case SET priority = priority"))
            seconds.setdefault("bare UPDATE of all cases", []).append(bare)
        timings = [Timing(name, tuple(values)) for name, values in seconds.items()]
        report("The other phases, first on an empty desk, then again", timings, min(self.size, PHASE_LOANS), "cases")
