"""The day's run: each creditor's phases in order, each repeatable and cut into transactions of its own.

Nothing is remembered between phases but what stands in the database, so a run that was killed at any point is completed
by the next one, and a second run for the same day changes nothing. One run at a time for each creditor: the lock is
held by the process itself (PostgreSQL: its session; SQLite: an open file), so that a crash leaves none behind.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from borrowers.ageing import age_loans
from borrowers.models import Creditor
from borrowers.services.entries import book_month
from cases.models import DayRun
from cases.services.arrangement_check import check_arrangements
from cases.services.assignment import assign_new_cases
from cases.services.case_figures import refresh_cases
from cases.services.contact_chain import seal_day
from cases.services.holds import release_due_holds
from cases.services.outbox_due import queue_due_steps, queue_upcoming_reminders
from cases.services.plans import plan_cases
from cases.services.promises import check_promises
from cases.services.risk import assess_cases
from cases.services.workable import refresh_after_day

# The hour of a creditor's own clock from which its day may be run: payments of the evening have been loaded by then.
FIRST_HOUR = 1
# Any number of our own: PostgreSQL's advisory locks are told apart by two.
LOCK_CLASS = 20_418

Progress = Callable[[str], None]


class DayIsRunning(RuntimeError):
    """Another process runs this creditor's day now; str() says so."""


@dataclass(frozen=True)
class PhaseResult:
    """One phase of one creditor: how many rows, cases or messages it changed, and how long it took."""

    creditor: str
    on: dt.date
    phase: str
    changed: int
    seconds: float


@dataclass
class DaySummary:
    results: list[PhaseResult] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return sum(result.changed for result in self.results)

    def by_phase(self) -> dict[str, tuple[int, float]]:
        """Phase → (changed, seconds) over all creditors, in order."""
        totals: dict[str, tuple[int, float]] = {name: (0, 0.0) for name, _ in PHASES}
        for result in self.results:
            changed, seconds = totals[result.phase]
            totals[result.phase] = (changed + result.changed, seconds + result.seconds)
        return totals


# --- Phases --------------------------------------------------------------------------------------------


def _book_penalty(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    return book_month(creditor=creditor, on=on)


def _age(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    return age_loans(creditor=creditor, on=on)


def _release_holds(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    return release_due_holds(creditor=creditor, on=on)


def _refresh_cases(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    changed = refresh_cases(creditor=creditor, on=on).total + assign_new_cases(creditor=creditor)
    # Not counted: from when a case can be worked is told by the clock of the run.
    refresh_after_day(creditor=creditor, now=now)
    return changed


def _assess(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    return assess_cases(creditor=creditor, on=on)


def _plan(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    return plan_cases(creditor=creditor, on=on)


def _check_promises(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    return check_promises(creditor=creditor, on=on)


def _check_arrangements(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    return check_arrangements(creditor=creditor, on=on)


def _queue(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    steps = queue_due_steps(creditor=creditor, on=on, now=now)
    return steps + queue_upcoming_reminders(creditor=creditor, on=on, now=now)


def _seal(creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    return seal_day(creditor=creditor, on=on, now=now)


Phase = tuple[str, Callable[[Creditor, dt.date, dt.datetime], int]]
QUEUEING: Phase = ("outbox", _queue)
PHASES: tuple[Phase, ...] = (
    ("penalty", _book_penalty),
    ("ageing", _age),
    ("holds", _release_holds),
    ("cases", _refresh_cases),
    ("risk", _assess),
    ("plans", _plan),
    ("promises", _check_promises),
    ("arrangements", _check_arrangements),
    # Those of the apps above, which this one does not know; what is due is queued when all is decided.
    *((name, import_string(path)) for name, path in settings.DAY_PHASES),
    QUEUEING,
    ("seal", _seal),
)


# --- The run -------------------------------------------------------------------------------------------


def run_day(
    *,
    on: dt.date | None = None,
    now: dt.datetime,
    creditors: Iterable[Creditor] | None = None,
    progress: Progress | None = None,
) -> DaySummary:
    """Run the day `on` (each creditor's own business date at the instant `now` when None) of the active creditors.

    Raises DayIsRunning when another process is at one of them; creditors before it are done then.
    """
    summary = DaySummary()
    chosen = Creditor.objects.filter(is_active=True).order_by("code") if creditors is None else creditors
    for creditor in list(chosen):
        with only_run(creditor):
            _run_creditor(creditor, on or creditor.business_date(now), now, summary, progress or _silent)
    return summary


def run_due_days(now: dt.datetime, progress: Progress | None = None) -> DaySummary:
    """Run the day of each active creditor whose own clock is past 01:00 and whose day is not finished yet.

    For the beat, as often as it likes (each quarter of an hour does): a day that was cut off is completed at the next
    call, a finished one costs one query, and a creditor that is being run elsewhere is passed over.
    """
    summary = DaySummary()
    for creditor in Creditor.objects.filter(is_active=True).order_by("code"):
        on = creditor.business_date(now)
        if now.astimezone(creditor.zone).hour < FIRST_HOUR or _is_finished(creditor, on):
            continue
        try:
            done = run_day(on=on, now=now, creditors=[creditor], progress=progress)
        except DayIsRunning:
            continue
        summary.results += done.results
    return summary


def _is_finished(creditor: Creditor, on: dt.date) -> bool:
    finished = DayRun.objects.filter(creditor=creditor, on=on, finished_at__isnull=False)
    return set(finished.values_list("phase", flat=True)) >= {name for name, _ in PHASES}


def _run_creditor(creditor: Creditor, on: dt.date, now: dt.datetime, summary: DaySummary, progress: Progress) -> None:
    for name, work in PHASES:
        progress(f"{creditor.code} {on}: {name} ...")
        run, _ = DayRun.objects.get_or_create(
            creditor=creditor, on=on, phase=name, defaults={"started_at": timezone.now()}
        )
        start = time.perf_counter()
        changed = work(creditor, on, now)
        seconds = time.perf_counter() - start
        if run.finished_at is None or changed:  # a repetition that changed nothing leaves no trace
            DayRun.objects.filter(pk=run.pk).update(
                changed=F("changed") + changed, seconds=F("seconds") + seconds, finished_at=timezone.now()
            )
        summary.results.append(PhaseResult(creditor.code, on, name, changed, seconds))
        progress(f"{creditor.code} {on}: {name}: {changed} changed, {seconds:.2f} s")


def _silent(line: str) -> None:
    """Progress that nobody watches."""


# --- One run at a time ---------------------------------------------------------------------------------


@contextmanager
def only_run(creditor: Creditor) -> Iterator[None]:
    """Hold the creditor's day while the block runs; DayIsRunning when another process holds it."""
    lock = _session_lock if connection.vendor == "postgresql" else _file_lock
    with lock(creditor):
        yield


@contextmanager
def _session_lock(creditor: Creditor) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, creditor.pk])
        if not cursor.fetchone()[0]:
            raise DayIsRunning(f"the day of {creditor.code} is being run by another process")
    try:
        yield
    finally:
        # After a lost connection there is nothing to give back: the lock went with it.
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, creditor.pk])


@contextmanager
def _file_lock(creditor: Creditor) -> Iterator[None]:
    folder = settings.VAR_DIR / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"day-{creditor.pk}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DayIsRunning(f"the day of {creditor.code} is being run by another process") from None
        yield
