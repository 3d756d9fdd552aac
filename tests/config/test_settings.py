"""A wrong setting stops the start and says which; production without its keys does not start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def start(tmp_path: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own. An empty value stands before the one of a `.env` file."""
    production = {
        "DEBUG": "0",
        "SECRET_KEY": "x" * 50,
        "ID_ENCRYPTION_KEYS": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
        "ID_INDEX_KEY": "y" * 50,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "CELERY_BROKER_URL": "memory://",
        "VAR_DIR": str(tmp_path),
    }
    return subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env={**os.environ, **production, **changes},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_its_keys(tmp_path: Path) -> None:
    assert start(tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("ID_ENCRYPTION_KEYS", ""),
        ("ID_ENCRYPTION_KEYS", "no-fernet-key"),
        ("ID_INDEX_KEY", ""),
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "oracle://somewhere"),
        ("CELERY_BROKER_URL", "amqp://somewhere"),
        ("TIME_ZONE", "Mars/Base"),
        ("LANGUAGE_CODE", "xx"),
        ("SMS_PROVIDER", "pigeon"),
        ("EMAIL_PORT", "many"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_value_stops_the_start_with_its_name(tmp_path: Path, name: str, value: str) -> None:
    done = start(tmp_path, **{name: value})
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {name}: " in done.stderr


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline() -> None:
    from config import settings

    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert policy["default-src"] == ["'self'"]
    assert not any("unsafe" in part for parts in policy.values() for part in parts)
    assert settings.SESSION_COOKIE_HTTPONLY
