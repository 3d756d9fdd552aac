"""Killed anywhere and run again, the day ends as if nothing had happened."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.installation import ROOT, Installation


def process(installation: Installation, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.cases.day.process", *map(str, arguments)],
        cwd=ROOT, env=installation.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def completed(installation: Installation, *arguments: object) -> str:
    done = process(installation, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def state(installation: Installation) -> dict[str, Any]:
    return json.loads(completed(installation, "dump"))


def test_a_run_killed_at_many_points_ends_like_one_that_was_not(
    installation: Installation,
    _template: str,  # noqa: PT019 - its value is used
    tmp_path: Path,  # a second one beside it
) -> None:
    completed(installation, "make")
    (tmp_path / "other").mkdir()
    with Installation.copy_of(_template, tmp_path / "other") as whole:
        completed(whole, "make")
        writes = int(completed(whole, "run"))
        expected = state(whole)
    assert writes > 20
    assert expected["cases.Case"]
    assert expected["cases.PlanStep"]
    assert expected["cases.Message"]

    # Each attempt goes on where the one before it died: early, in the middle of a transaction, just after a write.
    killed = 0
    for at in [2, -3, 6, -9, 5, 13, -8, 20, -4, 11]:
        done = process(installation, "run", at)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        killed += 1
    assert killed >= 6
    completed(installation, "run")
    assert state(installation) == expected
