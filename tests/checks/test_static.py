"""The static files can be published, and the pinned copies are what their list says."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"


def test_every_address_in_a_style_sheet_leads_somewhere(tmp_path: Path, settings: LazySettings) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["*.ttf"])
    assert (tmp_path / "staticfiles.json").is_file()


def test_vendored_files_are_those_of_the_list() -> None:
    listed = dict(re.findall(r"`([^`]+)` \| `([0-9a-f]{64})`", (VENDOR / "README.md").read_text(encoding="utf-8")))
    there = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    assert there == listed


@pytest.mark.parametrize("name", ["lt-regular.ttf", "lt-bold.ttf", "ltx-regular.ttf"])
def test_fonts_are_whole(name: str) -> None:
    from fontTools.ttLib import TTFont

    with TTFont(ROOT / "static" / "fonts" / name) as font:
        characters = set(font.getBestCmap())
    assert set(map(ord, "人民币壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整〇①□¥€Aa1")) <= characters
    assert (ord("龘") in characters) is name.startswith("ltx")
