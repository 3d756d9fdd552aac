"""Two people at the same moment, on real row locks: each decision is taken once, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from borrowers.models import LedgerEntry, Payment
from borrowers.services.ledger import reverse_payment
from cases.models import Arrangement, ArrangementApproval
from cases.services.arrangements import accept_arrangement, approve_arrangement
from tests.borrowers.ledger_checks import check_books
from tests.cases.arrangements.steps import balance, loan_of, pay, propose
from tests.factories import DAY

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
D = Decimal


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call returned, or the error it raised; all begin together."""
    start = threading.Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def run(place: int, call: Callable[[], object]) -> None:
        start.wait()
        try:
            results[place] = call()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return results


def errors(results):
    return [type(result).__name__ for result in results if isinstance(result, Exception)]


def test_one_person_who_clicks_twice_is_one_pair_of_eyes(case, people):
    arrangement = propose(case, people["collector"], months=12)
    Arrangement.objects.update(needs_people=2)
    call = lambda: approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)  # noqa: E731
    assert errors(at_once(call, call, call)) == ["PermissionDenied"] * 2
    assert (Arrangement.objects.get().state, ArrangementApproval.objects.count()) == ("proposed", 1)


def test_two_people_are_two(case, people):
    arrangement = propose(case, people["collector"], months=12)
    Arrangement.objects.update(needs_people=2)
    calls = [
        lambda who=who: approve_arrangement(arrangement=arrangement, actor=people[who], on=DAY)
        for who in ("supervisor", "second")
    ]
    assert errors(at_once(*calls)) == []
    assert (Arrangement.objects.get().state, ArrangementApproval.objects.count()) == ("approved", 2)


def test_of_two_proposals_one_stands(case, people):
    calls = [lambda who=who: propose(case, people[who]) for who in ("collector", "colleague")]
    assert errors(at_once(*calls)) == ["ArrangementRefused"]
    assert Arrangement.objects.count() == 1


def test_it_is_accepted_once(case, people):
    arrangement = propose(case, people["collector"])
    approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
    call = lambda: accept_arrangement(  # noqa: E731
        arrangement=arrangement, actor=people["collector"], on=DAY, recording_ref="REC-1"
    )
    assert errors(at_once(call, call)) == ["ArrangementRefused"]
    assert loan_of(case).pauses.count() == 1
    assert sum(e.amount for e in LedgerEntry.objects.filter(kind="transfer")) == 0
    check_books(loan_of(case))


def test_a_payment_and_an_acceptance_leave_books_that_add_up(case, people):
    arrangement = propose(case, people["collector"])
    approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
    results = at_once(
        lambda: accept_arrangement(arrangement=arrangement, actor=people["collector"], on=DAY, recording_ref="REC-1"),
        lambda: pay(case, "100.00", DAY),
    )
    # Whichever came first: a payment before it asks for a new proposal.
    assert errors(results) in ([], ["ArrangementRefused"])
    assert balance(case).paid_total == D("100.00")
    check_books(loan_of(case))


def test_payments_at_once_are_all_booked_and_one_number_once(case):
    calls = [lambda no=no: pay(case, "10.00", DAY, f"P{no}") for no in (1, 2, 3, 3)]
    assert errors(at_once(*calls)) == ["InputError"]
    assert balance(case).paid_total == D("30.00")
    check_books(loan_of(case))


def test_a_payment_is_taken_back_once(case):
    payment = pay(case, "100.00", DAY)
    calls = [lambda no=no: reverse_payment(payment=payment, payment_no=f"R{no}", on=DAY, actor=None) for no in range(3)]
    assert errors(at_once(*calls)) == ["InputError"] * 2
    assert Payment.objects.filter(reverses=payment).count() == 1
    check_books(loan_of(case))


def test_a_correction_and_an_acceptance_do_not_wait_for_each_other(case, people, time_machine):
    """Both lock the case before its loans: the other way round, each would hold what the other waits for."""
    time_machine.move_to(f"{DAY.isoformat()}T10:00:00+08:00", tick=False)
    arrangement = propose(case, people["collector"])
    approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
    client = Client()
    client.force_login(people["second"])
    data = {
        "kind": "received", "loan": loan_of(case).pk, "on": DAY.isoformat(), "reason": "as the bank says", "amount": "1",
        "payment_no": "CASH-1",
    }  # fmt: skip
    results = at_once(
        lambda: client.post(reverse("cases:correct", args=[case.pk]), data).status_code,
        lambda: accept_arrangement(arrangement=arrangement, actor=people["collector"], on=DAY, recording_ref="REC-1"),
    )
    assert errors(results) in ([], ["ArrangementRefused"])
    assert Payment.objects.count() == 1
    check_books(loan_of(case))
