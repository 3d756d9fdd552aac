"""Reminders a second from due to provider with two workers, beside a bare Celery task that inserts one row.

Both on the same PostgreSQL, Redis and workers, in turn. A reminder is judged by the gate, claimed, handed to the
development provider (which inserts a row), and leaves its contact, its part and its decision behind.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import psycopg

from tests.benchmarks.harness import measure_in_turn, report
from tests.installation import ROOT
from tests.servers import postgres, redis

WORKERS = 2
PATIENCE = 600.0


def run(size: int) -> None:
    with ExitStack() as stack:
        environment = {
            **os.environ,
            "DATABASE_URL": stack.enter_context(postgres()),
            "CELERY_BROKER_URL": stack.enter_context(redis()),
        }
        _python(environment, "manage.py", "migrate", "--verbosity=0")
        for _ in range(WORKERS):
            stack.callback(_stop, _start_worker(environment))
        database = stack.enter_context(psycopg.connect(environment["DATABASE_URL"], autocommit=True))
        _bare(environment, database, 20)  # until both are awake
        time.sleep(5)
        numbers = itertools.count(1)
        ways = (
            ("reminder, from due to provider", lambda: _reminders(environment, database, size, next(numbers))),
            ("bare task, one row", lambda: _bare(environment, database, size)),
        )
        report(f"Outbox, {WORKERS} workers", measure_in_turn(ways), size, "reminders")


def _reminders(environment: dict[str, str], database: psycopg.Connection, size: int, number: int) -> float:
    """Seconds from the call for a sweep until the provider has all."""
    make = f"from tests.cases.outbox.faults.portfolio import make_reminders; make_reminders({size}, 'B{number}')"
    _python(environment, "manage.py", "shell", "--no-imports", "-c", make)
    start = time.perf_counter()
    _publish(environment, "cases.tasks.sweep_outbox", 1)
    _wait(database, "SELECT count(*) FROM cases_message WHERE state = 'queued' OR state = 'sending'", lambda n: n == 0)
    return time.perf_counter() - start


def _bare(environment: dict[str, str], database: psycopg.Connection, size: int) -> float:
    """Seconds from the first publication until all rows stand."""
    query = "SELECT count(*) FROM cases_developmentdelivery WHERE key LIKE 'bare%'"
    wanted = database.execute(query).fetchone()[0] + size
    start = time.perf_counter()
    _publish(environment, "tests.insert_one", size)
    _wait(database, query, lambda n: n >= wanted)
    return time.perf_counter() - start


def _publish(environment: dict[str, str], task: str, count: int) -> None:
    from celery import Celery

    # Celery reads the address from the environment before anything that it is told.
    os.environ["CELERY_BROKER_URL"] = environment["CELERY_BROKER_URL"]
    with Celery(broker=environment["CELERY_BROKER_URL"]) as app, app.connection_for_write() as connection:
        for _ in range(count):
            app.send_task(task, connection=connection)


def _wait(database: psycopg.Connection, query: str, is_done: Callable[[int], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_done(database.execute(query).fetchone()[0]):
        if time.monotonic() > end:
            raise TimeoutError(query)
        time.sleep(0.02)


def _start_worker(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "-A", "tests.benchmarks.outbox_worker", "worker", "--pool=solo"]
    return subprocess.Popen(
        [*command, "--loglevel=ERROR", "--without-gossip", "--without-mingle"], cwd=ROOT, env=environment
    )


def _stop(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.wait(timeout=30)


def _python(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True)
