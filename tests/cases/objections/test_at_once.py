"""Two people answer the same objection at once on PostgreSQL: one answer, one letter, one correction."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from borrowers.models import Payment
from borrowers.services.ledger import record_payment
from cases.models import CasePaper, ContactCondition, Objection
from cases.services.objection_answers import answer_objection
from cases.services.objections import ObjectionRefused, open_objection
from tests.factories import DAY, CaseFactory, TeamFactory, UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def _together(*works):
    """Run them at once; → what each returned or raised."""
    results: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(place, work):
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
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def test_two_answers_at_once(clock):
    case = CaseFactory()
    team = TeamFactory(creditors=[case.creditor])
    collector = UserFactory(role="collector", team=team)
    case.team = team
    case.save(update_fields=["team"])
    people = [UserFactory(role="supervisor", creditors=[case.creditor]) for _ in range(2)]
    objection = open_objection(
        case=case, actor=collector, family="dispute", topic="paid", channel="phone", received_on=DAY, words="paid"
    )
    loan = case.loans.get()

    def book(actor):
        record_payment(
            loan=loan, payment_no=f"CASH-{actor.pk}", paid_on=DAY - dt.timedelta(days=3), amount=Decimal("10.00"),
            actor=actor,
        )  # fmt: skip

    def answer(person):
        return lambda: answer_objection(
            objection=objection, actor=person, outcome="partly_upheld", found="10.00 came in cash.",
            corrected="They are booked.", corrections=[book], on=DAY,
        )  # fmt: skip

    results = _together(*(answer(person) for person in people))
    assert sorted(type(one).__name__ for one in results) == ["CasePaper", "ObjectionRefused"], results
    assert Payment.objects.count() == CasePaper.objects.count() == 1
    assert Objection.objects.get().state == "partly_upheld"
    assert ContactCondition.objects.get().ended_at is not None


def test_two_take_down_at_once_under_one_flag_with_two_numbers(clock):
    case = CaseFactory()
    people = [UserFactory(role="supervisor", creditors=[case.creditor]) for _ in range(3)]

    def take(person):
        return lambda: open_objection(
            case=case, actor=person, family="dispute", topic="amount", channel="phone", received_on=DAY, words="no"
        )

    results = _together(*(take(person) for person in people))
    assert not [one for one in results if isinstance(one, Exception)], results
    assert sorted(Objection.objects.values_list("number", flat=True)) == [
        f"{case.case_no}-OBJ{number}" for number in (1, 2, 3)
    ]
    assert ContactCondition.objects.count() == 1


def test_an_answer_and_a_call_that_disputes_again_do_not_wait_for_each_other(clock):
    """Both lock the person's files first; whichever comes first, a flag stands exactly while an objection is open."""
    from cases.services.conditions import record_condition

    case = CaseFactory()
    first, second = (UserFactory(role="supervisor", creditors=[case.creditor]) for _ in range(2))
    objection = open_objection(
        case=case, actor=first, family="dispute", topic="amount", channel="phone", received_on=DAY, words="no"
    )
    since = dt.datetime.now(dt.UTC)
    results = _together(
        lambda: answer_objection(objection=objection, actor=first, outcome="rejected", found="It stands.", on=DAY),
        lambda: record_condition(
            borrower=case.borrower, actor=second, kind="flag", code="dispute_open", words="still no", source="call",
            since=since,
        ),
    )  # fmt: skip
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, ObjectionRefused)], results
    standing = ContactCondition.objects.filter(ended_at=None).exists()
    assert standing == Objection.objects.open().exists()
