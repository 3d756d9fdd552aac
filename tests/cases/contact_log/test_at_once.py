"""Two writers at one borrower's log, on a real PostgreSQL: they stand in one line; and standing entries are chained."""

from __future__ import annotations

import datetime as dt
import importlib
import threading
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from cases.models import Case, ContactChain, ContactRecord, GateDecision
from cases.services.contact_chain import verify_chain
from cases.services.contact_log import write_contact
from tests.cases.contact_log.test_chain import write
from tests.factories import CaseFactory

NOON = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)
EACH = 25


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_writers_at_once_stand_in_one_line() -> None:
    case = CaseFactory.create()
    start = threading.Barrier(3)
    errors: list[BaseException] = []

    def work(outcome: str) -> None:
        try:
            start.wait()
            for number in range(EACH):
                with transaction.atomic():
                    write_contact(
                        borrower=case.borrower, case=case, at=NOON, channel="phone", outcome=outcome, notes=str(number)
                    )
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    # The first entry of a file is written by all at once as well: nobody has begun the chain.
    workers = [threading.Thread(target=work, args=[outcome]) for outcome in ("busy", "no_answer", "wrong_number")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    assert verify_chain(case.borrower) is None
    assert ContactChain.objects.get().length == ContactRecord.objects.count() == 3 * EACH


def test_the_migration_chains_what_stands_already(db: None) -> None:
    cases: list[Case] = [CaseFactory.create(), CaseFactory.create(), CaseFactory.create()]
    for case in cases[:2]:
        write(case, 3)
    # As before the migration: no place, no hash, no head.
    models.QuerySet(ContactRecord).update(
        chain_no=None, previous_hash="", contact_point_no=None, content_salt="", content_hash="", decision_hash="",
        entry_hash="",
    )  # fmt: skip
    ContactChain.objects.all().delete()
    importlib.import_module("cases.migrations.0012_chain_the_contact_log").chain(
        apps, SimpleNamespace(connection=connection)
    )
    for case in cases:
        assert verify_chain(case.borrower) is None
    assert list(ContactChain.objects.order_by("pk").values_list("length", flat=True)) == [3, 3]
    assert GateDecision.objects.count() == 6
    write(cases[0], 1)
    assert verify_chain(cases[0].borrower) is None
