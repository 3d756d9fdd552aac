"""Rules of the house that no linter knows, as failing checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("borrowers", "cases", "legal", "config")
LONGEST_FILE = 500


def _sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)


def _lines_with(pattern: str, *folders: str, but_for: tuple[str, ...] = ()) -> list[str]:
    """FILE:LINE of every line of code that the pattern matches."""
    wanted = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _sources(*folders)
        if str(path.relative_to(ROOT)) not in but_for
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if wanted.search(line.partition("  #")[0])
    ]


def test_files_stay_short() -> None:
    lengths = {
        path.relative_to(ROOT): path.read_text(encoding="utf-8").count("\n") for path in _sources(*APPS, "tests")
    }
    assert lengths
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_module_is_called_helpers() -> None:
    assert [path for path in _sources(*APPS, "tests") if path.stem in {"utils", "util", "helpers", "misc"}] == []


@pytest.mark.parametrize(
    ("why", "pattern", "but_for"),
    [
        ("money is rounded in one place", r"\.quantize\(|ROUND_HALF", ("borrowers/money.py",)),
        (
            "services write what signals would hide",
            r"django\.(db\.models|core|dispatch)[.\w]* import .*(signals|receiver)",
            (),
        ),
        ("a stage changes through one door", r"\.update\([^)]*\bstage=", ()),
        ("the state machine's admin runs hidden transitions", r"FSMAdminMixin", ()),
        ("templates and scripts are not marked safe by hand", r"\bmark_safe\(", ()),
    ],
)
def test_is_not_done(why: str, pattern: str, but_for: tuple[str, ...]) -> None:
    assert _lines_with(pattern, *APPS, but_for=but_for) == [], why


def test_no_script_or_style_inside_templates() -> None:
    """The content security policy would block them in the browser, silently for the person at work.

    Papers and mails are rendered elsewhere and follow other rules.
    """
    inline = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|<style|\sstyle=\"|\son[a-z]+=\"")
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if not {"letters", "messages"} & set(path.relative_to(ROOT / "templates").parts)
        if inline.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
