"""Two bundles of one matter at once on PostgreSQL: one is made, the other is told so; and a call that is booked meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from borrowers.models import Document, User
from cases.services.contact_log import write_contact
from legal.models import EvidenceBundle, Matter
from legal.services.matters import LegalRefused
from tests.legal.evidence.bundles import stored, verify
from tests.legal.evidence.conftest import make

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run them at once; → what each returned or raised."""
    results: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            start.wait()
            results[place] = work()
        except Exception as error:  # whatever it is, the test tells of it
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    return results


def call(matter: Matter, actor: User) -> None:
    with transaction.atomic():
        write_contact(
            borrower=matter.case.borrower, case=matter.case, at=timezone.now(), channel="phone", outcome="no_answer",
            party="debtor", decision=None, actor=actor,
        )  # fmt: skip


def test_two_bundles_and_a_call_at_once(full: Matter, legal: User, tmp_path: Any) -> None:
    results = together(lambda: make(full, legal), lambda: make(full, legal), lambda: call(full, legal))
    bundles = list(EvidenceBundle.objects.all())
    refused = [one for one in results if isinstance(one, LegalRefused)]
    # One after the other, when the first was done before the second began; never two of one number, or half of one.
    assert len(bundles) + len(refused) == 2
    assert bundles
    assert Document.objects.filter(kind="evidence").count() == 2 * len(bundles)
    for bundle in bundles:
        assert verify(stored(bundle, tmp_path))[0] == 0
