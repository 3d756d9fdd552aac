"""Nothing is lost and nothing is sent twice, whatever breaks: the promise of the outbox, on real servers.

Two worker processes send reminders while workers are killed with SIGKILL at random moments, Redis is restarted and
flushed, the provider is silent after accepting, and PostgreSQL drops connections. `FAULT_MESSAGES=10000` runs it at
full size; by default it is small enough for every run of the tests.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial

import psycopg
import pytest
from kombu import Connection
from kombu.exceptions import OperationalError

from config.celery import app
from tests.cases.outbox.faults.provider import Log, faulty_provider
from tests.installation import ROOT, Installation
from tests.servers import FragileRedis, fragile_redis

pytestmark = pytest.mark.postgres
MESSAGES = int(os.environ.get("FAULT_MESSAGES", "400"))
# At least so many of each fault, or the test has shown nothing.
KILLS = max(6, MESSAGES // 250)
# Longer than the adapter ever waits, and a good deal longer than a busy machine lets a process sleep.
STUCK_SECONDS = 10
MAKE = f"from tests.cases.outbox.faults.portfolio import make_reminders; make_reminders({MESSAGES})"
END_SECONDS = 240 + MESSAGES // 10


@dataclass
class Workers:
    """Two worker processes that are started again whenever they end."""

    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0

    def start(self) -> None:
        while len(self.processes) < 2:
            command = [sys.executable, "-m", "celery", "-A", "tests.cases.outbox.faults.worker", "worker"]
            options = ["--pool=solo", "--loglevel=CRITICAL", "--without-gossip", "--without-mingle"]
            self.processes.append(
                subprocess.Popen([*command, *options], cwd=ROOT, env=self.environment, start_new_session=True)
            )

    def kill_one(self) -> None:
        victim = self.processes.pop(random.randrange(len(self.processes)))
        victim.send_signal(signal.SIGKILL)
        victim.wait(timeout=30)
        self.kills += 1
        self.start()

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait(timeout=30)


@dataclass
class Scene:
    """All that a fault can happen to."""

    workers: Workers
    redis: FragileRedis
    database: str
    log: Log
    faults: Counter[str] = field(default_factory=Counter)

    def ask(self, query: str) -> list[tuple]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def left(self) -> int:
        return int(self.ask("SELECT count(*) FROM cases_message WHERE state IN ('queued', 'sending')")[0][0])

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Calls for a sweep each second, as the beat does each minute."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(1.0):
                self.beat()

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(timeout=30)

    def beat(self) -> None:
        try:
            # The address is given with the call: Celery's own reading of the environment means the run's other Redis.
            with Connection(self.redis.address) as connection:
                for _ in range(2):
                    app.send_task("cases.tasks.sweep_outbox", connection=connection, retry=False, expires=10)
        except OperationalError:  # Redis is away: so is this beat, and the next one comes
            self.faults["beat lost"] += 1

    def worked_since(self, accepted: int) -> bool:
        return sum(self.log.accepted.values()) > accepted or self.left() == 0

    def kill_worker(self) -> None:
        self.workers.kill_one()
        self.faults["kill"] += 1

    def restart_redis(self) -> None:
        self.redis.stop(kill=True)
        time.sleep(0.3)
        self.redis.start()
        self.faults["redis restart"] += 1

    def flush_redis(self) -> None:
        subprocess.run(["redis-cli", "-u", self.redis.address, "flushall"], check=True, capture_output=True)
        self.faults["redis flush"] += 1

    def drop_connections(self) -> None:
        # A worker that starts has none yet: until there is one, or nothing is left to do.
        wait(15, lambda: self._drop() > 0 or self.left() == 0)

    def _drop(self) -> int:
        dropped = self.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        self.faults["connections dropped"] += len(dropped)
        return len(dropped)


@contextmanager
def scene(installation: Installation) -> Iterator[Scene]:
    with ExitStack() as stack:
        redis = stack.enter_context(fragile_redis())
        address, log = stack.enter_context(faulty_provider())
        environment = {
            **installation.environment,
            "CELERY_BROKER_URL": redis.address,
            "FAULTY_PROVIDER": address,
            "OUTBOX_STUCK_SECONDS": str(STUCK_SECONDS),
            "OUTBOX_BACKOFF_SECONDS": "1",
            "SMS_RATE": "100000",
            "EMAIL_RATE": "100000",
            "BREAKER_FAILURES": "50",
            "BREAKER_SECONDS": "1",
            "DATABASE_CONN_MAX_AGE": "60",  # as in production: a worker keeps its connection, and it can be dropped
        }
        Installation(environment).manage("shell", "--no-imports", "-c", MAKE)
        workers = Workers(environment)
        stack.callback(workers.stop)
        yield Scene(workers, redis, installation.database_url, log)


def wait(seconds: float, until: Callable[[], bool]) -> bool:
    """True as soon as `until` holds, False when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until():
            return True
        time.sleep(0.2)
    return False


def break_things(on: Scene) -> None:
    """Faults in random order, until each kind has happened and enough workers were killed while there was work."""
    others = (on.restart_redis, on.flush_redis, on.drop_connections)
    for number in range(KILLS):
        on.beat()
        began = sum(on.log.accepted.values())
        # Killed at work: at least something was accepted since the last time.
        wait(20, partial(on.worked_since, began))
        time.sleep(random.uniform(0.0, 0.7))
        on.kill_worker()
        others[number % len(others)]()


def test_each_reminder_is_accepted_once_or_stands_as_unknown(installation: Installation) -> None:
    with scene(installation) as on:
        assert on.left() == MESSAGES
        on.workers.start()
        with on.beating():
            break_things(on)
            wait(END_SECONDS, lambda: on.left() == 0)
        check(on)


def check(on: Scene) -> None:
    rows = on.ask(
        "SELECT m.key, m.channel, m.state, q.allowed, s.allowed, "
        "(SELECT count(*) FROM cases_contactrecord c WHERE c.decision_id = m.send_decision_id) "
        "FROM cases_message m LEFT JOIN cases_gatedecision q ON q.id = m.queue_decision_id "
        "LEFT JOIN cases_gatedecision s ON s.id = m.send_decision_id"
    )
    states = Counter((channel, state) for _key, channel, state, *_ in rows)
    print(f"\n{MESSAGES} reminders: {dict(states)}; faults: {dict(on.faults)}; provider: {dict(on.log.faults)}")
    assert len(rows) == MESSAGES
    doubled = {key: times for key, times in on.log.accepted.items() if times > 1}
    assert doubled == {}
    for key, channel, state, queue_allowed, send_allowed, contacts in rows:
        assert queue_allowed
        assert send_allowed
        if state == "sent":
            assert on.log.accepted[key] == 1, f"{key} counts as sent, and the provider never had it"
            assert contacts == 1
        else:
            # Only where the provider cannot be asked does anybody have to look.
            assert (channel, state) == ("email", "unknown"), key
            assert contacts == 0
    assert states["sms", "sent"] == MESSAGES // 2
    # The faults did happen.
    assert on.faults["kill"] == KILLS
    for fault in ("redis restart", "redis flush", "connections dropped"):
        assert on.faults[fault] > 0, fault
    for fault in ("silent_after", "silent_before", "busy"):
        assert on.log.faults[fault] > 0, fault
    assert states["email", "unknown"] > 0
