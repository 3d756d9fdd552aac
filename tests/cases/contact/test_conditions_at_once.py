"""Two people record the same at once on PostgreSQL: one condition stands, and nobody waits for ever."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from cases.models import ContactCondition
from cases.services.conditions import record_condition
from tests.factories import BorrowerFactory, CaseFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_the_same_opt_out_at_once_at_two_creditors_stands_once_in_each_file():
    files = [CaseFactory(borrower=BorrowerFactory(person_key="same")).borrower for _number in range(2)]
    since, failures = timezone.now(), []

    def record(borrower):
        try:
            record_condition(borrower=borrower, actor=None, kind="opt_out", code="sms", source="reply", since=since)
        except Exception as error:  # whatever it is, the test tells of it
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=record, args=(files[number % 2],)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []
    assert sorted(ContactCondition.objects.values_list("borrower", flat=True)) == [file.pk for file in files]
