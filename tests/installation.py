"""A Fairdue run as separate processes, as in real life: for tests that kill it, lock rows or run a real worker."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Installation:
    """`environment` is the whole environment of its processes; DATABASE_URL there says where its data are."""

    environment: dict[str, str]

    @property
    def database_url(self) -> str:
        return self.environment["DATABASE_URL"]

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run manage.py to its end; with `check`, a failure raises with what was printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
        return done

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start manage.py; the caller waits for it or kills it."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A real Celery worker on this installation's database and broker while the block runs."""
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool=solo", "--loglevel=WARNING"],
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)

    @classmethod
    @contextmanager
    def copy_of(cls, template: str, folder: Path) -> Iterator[Installation]:
        """An installation whose database is a copy of the one at the address `template`."""
        var = folder / "var"
        var.mkdir()
        environment = {**os.environ, "VAR_DIR": str(var)}
        if environment["CELERY_BROKER_URL"].startswith("memory"):
            environment["CELERY_BROKER_URL"] = "filesystem://"  # processes do not share memory
        if template.startswith("sqlite"):
            target = folder / "db.sqlite3"
            shutil.copyfile(template.removeprefix("sqlite:///"), target)
            yield cls({**environment, "DATABASE_URL": f"sqlite:///{target}"})
            return
        server, _, template_name = template.rpartition("/")
        name = f"{template_name}_{next(_numbers)}"
        _execute(server, sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template_name)
        try:
            yield cls({**environment, "DATABASE_URL": f"{server}/{name}"})
        finally:
            _execute(server, sql.SQL("DROP DATABASE {} WITH (FORCE)"), name)


@contextmanager
def template_database(folder: Path, process: str) -> Iterator[str]:
    """Address of an empty, migrated database of the kind that this run uses; `process` tells parallel ones apart."""
    address = os.environ["DATABASE_URL"]
    server = address.rpartition("/")[0]
    name = f"fairdue_template_{process or 'main'}"
    if address.startswith("sqlite"):
        made = f"sqlite:///{folder / 'template.sqlite3'}"
    else:
        made = f"{server}/{name}"
        _execute(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)
        _execute(server, sql.SQL("CREATE DATABASE {}"), name)
    Installation({**os.environ, "DATABASE_URL": made}).manage("migrate", "--verbosity=0")
    if made.startswith("sqlite"):
        # In WAL mode a copy of the file alone may lack what was written last.
        with sqlite3.connect(made.removeprefix("sqlite:///")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    yield made
    if not made.startswith("sqlite"):
        _execute(server, sql.SQL("DROP DATABASE {} WITH (FORCE)"), name)


def _execute(server: str, statement: sql.SQL, *names: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(statement.format(*map(sql.Identifier, names)))
