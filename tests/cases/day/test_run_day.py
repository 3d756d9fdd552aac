from __future__ import annotations

import datetime as dt
import multiprocessing
import time
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from borrowers.ageing import age_loans
from borrowers.models import AuditEvent, Creditor, Loan, PenaltyPolicy, User
from borrowers.services.ledger import record_payment
from cases.day import PHASES, DayIsRunning, only_run, run_day, run_due_days
from cases.models import Case, CaseLoan, DayRun, Stage
from cases.services.case_figures import refresh_cases
from tests.cases.day.dump import dump
from tests.cases.day.portfolio import DAY, loan_due, make_portfolio
from tests.cases.day.process import NOW
from tests.factories import BorrowerFactory, CreditorFactory, LoanFactory, TeamFactory, with_schedule

pytestmark = pytest.mark.django_db


def refresh(creditor: Creditor, on: dt.date = DAY):
    age_loans(creditor=creditor, on=on)
    return refresh_cases(creditor=creditor, on=on)


def test_a_second_run_of_the_day_changes_nothing_at_all() -> None:
    make_portfolio()
    first = run_day(on=DAY, now=NOW)
    assert all(first.by_phase()[name][0] > 0 for name in ("ageing", "cases", "risk", "plans", "outbox"))
    before = dump(exact=True)
    second = run_day(on=DAY, now=NOW)
    assert second.changed == 0
    assert dump(exact=True) == before
    assert list(second.by_phase()) == [name for name, _ in PHASES]


def test_a_case_opens_after_the_grace_days_with_every_overdue_loan() -> None:
    creditor = CreditorFactory.create(code="GR", grace_days=3)
    within, past = BorrowerFactory.create(creditor=creditor), BorrowerFactory.create(creditor=creditor)
    loan_due(within, 3)
    loans = {loan_due(past, 4).pk, loan_due(past, 1).pk}
    loan_due(past, -5)
    assert refresh(creditor).opened == 1
    case = Case.objects.get()
    assert (case.borrower, case.case_no, case.opened_on) == (past, "GR-2026-000001", DAY)
    assert set(case.loans.values_list("pk", flat=True)) == loans
    assert (case.days_past_due, case.bucket, case.oldest_due_on) == (4, "M1", DAY - dt.timedelta(days=4))
    assert case.overdue_amount == Decimal("220.00")
    assert AuditEvent.objects.filter(subject_type="case", subject_id=case.pk).count() == 1


def test_numbers_go_on_and_the_only_team_gets_the_case() -> None:
    creditor = CreditorFactory.create(code="NO")
    team = TeamFactory.create(creditors=[creditor])
    loan_due(BorrowerFactory.create(creditor=creditor), 40)
    refresh(creditor)
    loan_due(BorrowerFactory.create(creditor=creditor), 40)
    refresh(creditor)
    assert list(Case.objects.order_by("pk").values_list("case_no", "team")) == [
        ("NO-2026-000001", team.pk),
        ("NO-2026-000002", team.pk),
    ]


def test_a_loan_that_is_late_later_joins_the_case_with_an_event() -> None:
    creditor = CreditorFactory.create()
    borrower = BorrowerFactory.create(creditor=creditor)
    loan_due(borrower, 40)
    refresh(creditor)
    later = loan_due(borrower, 1)
    assert refresh(creditor).changed == 1
    assert CaseLoan.objects.get(loan=later).case == Case.objects.get()
    assert AuditEvent.objects.filter(action="add_loan", new=later.account_no).count() == 1
    assert refresh(creditor).total == 0


@pytest.mark.parametrize("stage", [Stage.REMINDING, Stage.LEGAL])
def test_a_case_closes_when_nothing_is_late_and_a_new_one_opens_after_a_new_default(stage: str) -> None:
    creditor = CreditorFactory.create()
    loan = loan_due(BorrowerFactory.create(creditor=creditor), 25)
    refresh(creditor)
    Case.objects.update(stage=stage)
    record_payment(loan=loan, payment_no="P", paid_on=DAY, amount=Decimal("109.99"), actor=None)
    assert refresh(creditor).closed == 0
    record_payment(loan=loan, payment_no="Q", paid_on=DAY, amount=Decimal("0.01"), actor=None)
    assert refresh(creditor).closed == 1
    case = Case.objects.get()
    assert (case.stage, case.closed_on, case.close_reason, case.days_past_due) == (Stage.CLOSED, DAY, "paid", 0)
    later = DAY + dt.timedelta(days=10)
    assert refresh(creditor, later).opened == 1
    assert Case.objects.count() == 2


def test_recalled_loans_are_not_counted_and_alone_are_not_called_paid() -> None:
    creditor = CreditorFactory.create()
    borrower = BorrowerFactory.create(creditor=creditor)
    loan_due(borrower, 40)
    worse = loan_due(borrower, 100)
    refresh(creditor)
    assert Case.objects.get().days_past_due == 100
    Loan.objects.filter(pk=worse.pk).update(status=Loan.Status.RECALLED)
    refresh(creditor)
    assert Case.objects.get().days_past_due == 40
    Loan.objects.update(status=Loan.Status.RECALLED)
    assert refresh(creditor).closed == 1
    assert (Case.objects.get().overdue_amount, Case.objects.get().close_reason) == (Decimal(0), "recalled")


def test_each_phase_is_recorded_once_for_creditor_and_day() -> None:
    make_portfolio(creditors=2, borrowers=3)
    run_day(on=DAY, now=NOW)
    run_day(on=DAY, now=NOW)
    assert DayRun.objects.count() == 2 * len(PHASES)
    assert not DayRun.objects.filter(finished_at=None).exists()


def test_due_days_wait_for_the_creditors_own_morning_and_complete_what_was_cut_off() -> None:
    CreditorFactory.create(code="EAST", time_zone="Asia/Shanghai")
    west = CreditorFactory.create(code="WEST", time_zone="America/New_York")
    now = dt.datetime(2026, 3, 2, 17, 30, tzinfo=dt.UTC)  # 01:30 on the 3rd in Shanghai, 12:30 on the 2nd in New York
    done = {(result.creditor, result.on) for result in run_due_days(now).results}
    assert done == {("EAST", dt.date(2026, 3, 3)), ("WEST", dt.date(2026, 3, 2))}
    assert run_due_days(now).results == []
    DayRun.objects.filter(creditor=west, phase="plans").update(finished_at=None)
    assert {result.creditor for result in run_due_days(now).results} == {"WEST"}
    early = dt.datetime(2026, 3, 3, 16, 30, tzinfo=dt.UTC)  # 00:30 on the 4th in Shanghai
    assert {result.creditor for result in run_due_days(early).results} == {"WEST"}


def _hold(creditor: Creditor, held: multiprocessing.synchronize.Event, over: multiprocessing.synchronize.Event) -> None:
    from django.db import connection

    connection.connect()  # the parent's connection is not ours
    with only_run(creditor):
        held.set()
        over.wait(30)


@pytest.fixture
def held_day(transactional_db: None) -> Iterator[Creditor]:
    """A creditor whose day another process runs; that process is killed at the end."""
    creditor = CreditorFactory.create(code="BUSY")
    context = multiprocessing.get_context("fork")
    held, over = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(creditor, held, over))
    other.start()
    assert held.wait(30)
    yield creditor
    other.kill()
    other.join()
    _wait_for(creditor)  # a killed run leaves no lock behind


def _wait_for(creditor: Creditor) -> None:
    """Until the day can be run again: PostgreSQL drops a dead session's lock when it notices, not at once."""
    for _ in range(600):
        try:
            with only_run(creditor):
                return
        except DayIsRunning:
            time.sleep(0.05)
    raise AssertionError(f"the killed run of {creditor.code} still holds its lock after 30 seconds")


@pytest.mark.django_db(transaction=True)
def test_a_second_run_at_once_says_so_and_does_nothing(held_day: Creditor) -> None:
    with pytest.raises(DayIsRunning, match="BUSY"):
        run_day(on=DAY, now=NOW)
    assert DayRun.objects.count() == 0
    errors = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("run_day", "--on", DAY.isoformat(), stderr=errors)
    assert ended.value.code == 1
    assert errors.getvalue().count("\n") == 1
    assert "BUSY" in errors.getvalue()


def test_the_command_prints_each_phase_and_refuses_unknown_creditors() -> None:
    make_portfolio(creditors=2, borrowers=3)
    out, errors = StringIO(), StringIO()
    call_command("run_day", "--on", DAY.isoformat(), "--creditor", "C1", stdout=out, stderr=errors)
    assert [line.split()[0] for line in out.getvalue().splitlines()[1:-1]] == [name for name, _ in PHASES]
    assert "C1" in errors.getvalue()
    assert "C0" not in errors.getvalue()
    with pytest.raises(SystemExit) as ended:
        call_command("run_day", "--creditor", "nobody", stderr=errors)
    assert ended.value.code == 1
    assert not User.objects.exists()


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "2018-99-99"])
def test_a_day_nobody_runs_is_bad_usage(on: str) -> None:
    creditor = CreditorFactory(code="C1")
    with pytest.raises(CommandError, match="is not a da"):
        call_command("run_day", "--on", on)
    creditor.refresh_from_db()
    assert creditor.aged_on is None


def test_penalty_interest_is_booked_once_a_month_and_twice_never() -> None:
    creditor = CreditorFactory()
    PenaltyPolicy.objects.create(creditor=creditor, start_on=dt.date(2026, 1, 1))
    loan = LoanFactory(borrower__creditor=creditor, penalty_rate=Decimal("0.18"))
    with_schedule(loan, first_due=dt.date(2026, 2, 10), count=2)
    for on, booked in [
        ("2026-02-20", []),
        ("2026-03-01", ["5.62"]),
        ("2026-03-02", ["5.62"]),
        ("2026-04-03", ["5.62"]),
    ]:
        day = dt.date.fromisoformat(on)
        run_day(on=day, now=dt.datetime.combine(day, dt.time(4), tzinfo=dt.UTC))
        amounts = [str(entry.amount) for entry in loan.entries.order_by("pk")]
        assert amounts[: len(booked)] == booked
    # 600 from 10 February and 600 from 12 March, to 1 April
    assert amounts == ["5.62", "9.17", "5.92"]
