"""What every test stands on: the environment, the database, no network.

    .venv/bin/pytest                   SQLite in memory
    .venv/bin/pytest --postgres        a PostgreSQL and a Redis of the run's own (or FAIRDUE_TEST_POSTGRES=1)
    DATABASE_URL=... .venv/bin/pytest  that database server

Marks: `postgres` for tests that need row locks or Redis, `browser` for all of tests/e2e. Without their servers,
`postgres` tests fail, they are not passed over: `-m "not postgres"` leaves them out knowingly, as ./run test does in its
first round before it runs them in the second.

Settings are read when Django is set up, so all of this happens on import, before any test module or further conftest.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
import pytest
from hypothesis import settings as hypothesis_settings

from tests import ledger_guard, servers
from tests.installation import Installation, template_database

ROOT = Path(__file__).resolve().parent.parent
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")


def _start_servers() -> None:
    """Start PostgreSQL and Redis where asked for, once: the processes of a parallel run inherit their addresses."""
    wanted = "--postgres" in sys.argv or os.environ.get("FAIRDUE_TEST_POSTGRES") == "1"
    if wanted and "FAIRDUE_TEST_REDIS_URL" not in os.environ:
        running = ExitStack()
        atexit.register(running.close)
        os.environ["DATABASE_URL"] = running.enter_context(servers.postgres())
        os.environ["FAIRDUE_TEST_REDIS_URL"] = running.enter_context(servers.redis())


def _set_environment() -> None:
    """Replace what the settings read, so that a developer's own .env changes no test."""
    var_dir = tempfile.mkdtemp(prefix="fairdue-tests-")
    atexit.register(shutil.rmtree, var_dir, ignore_errors=True)
    (Path(var_dir) / "static").mkdir()
    redis_url = os.environ.get("FAIRDUE_TEST_REDIS_URL", "")
    if redis_url and _worker:
        # gw0 → database 1, gw1 → 2 …: nobody takes another's messages.
        redis_url = f"{redis_url.rpartition('/')[0]}/{int(_worker.removeprefix('gw')) + 1}"
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEBUG": "1",  # for the keys and plain static files; the tests themselves run with DEBUG off
            "HTTPS": "0",
            "SECRET_KEY": "tests-only",
            "ID_INDEX_KEY": "tests-only",
            "ID_ENCRYPTION_KEYS": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
            "DATABASE_URL": os.environ.get("DATABASE_URL") or "sqlite:///:memory:",
            "DATABASE_CONN_MAX_AGE": "0",
            "CELERY_BROKER_URL": redis_url or "memory://",
            "VAR_DIR": var_dir,
            "LANGUAGE_CODE": "en",
            "TIME_ZONE": "Asia/Shanghai",
            "TIMESTAMP_URL": "",
            "SIGNATURE_ROOTS": "",
            "SMS_PROVIDER": "development",
            "EMAIL_PROVIDER": "development",
            "LOG_LEVEL": "WARNING",
        }
    )


_start_servers()
_set_environment()
django.setup()

from django.conf import settings as django_settings  # only now are there settings

# Signing in is not what most tests are about, and argon2 is slow on purpose.
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

hypothesis_settings.register_profile("fairdue", deadline=None, derandomize="CI" in os.environ)
hypothesis_settings.load_profile("fairdue")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run on a PostgreSQL and a Redis which this run starts")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(ROOT / "tests" / "e2e"):
            item.add_marker(pytest.mark.browser)


def on_postgres() -> bool:
    return os.environ["DATABASE_URL"].startswith("postgres")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres") and not (on_postgres() and "FAIRDUE_TEST_REDIS_URL" in os.environ):
        pytest.fail("needs PostgreSQL and Redis: pytest --postgres", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Every balance that a test leaves is the sum of its entries, unless the test is marked `loose_ledger`."""
    database = item.get_closest_marker("django_db")
    if database is None or database.kwargs.get("transaction") or item.get_closest_marker("loose_ledger"):
        return (yield)
    with ledger_guard.watch():
        return (yield)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """A test that reaches for another machine fails at once, and says which."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo
    local = {"localhost", "127.0.0.1", "::1", "", None, b"localhost", b"127.0.0.1"}

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in local:
            raise AssertionError(f"a test reaches for the network: {address}")
        connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in local:
            raise AssertionError(f"a test looks up a host: {host}")
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Address of the run's Redis, a database of this process's own; only for tests marked `postgres`."""
    return os.environ["CELERY_BROKER_URL"]


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with template_database(tmp_path_factory.mktemp("template"), _worker) as address:
        yield address


@pytest.fixture
def installation(_template: str, tmp_path: Path) -> Iterator[Installation]:
    """A Fairdue of its own, empty and migrated, to be run as separate processes; on the kind of database of this run."""
    with Installation.copy_of(_template, tmp_path) as made:
        yield made
