"""The letters' fonts: which characters they can draw."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

STATIC_ROOT = Path(__file__).resolve().parent.parent.parent / "static"
FONTS = ("fonts/lt-regular.ttf", "fonts/ltx-regular.ttf")


@lru_cache(maxsize=1)
def drawable() -> frozenset[int]:
    """Code points that LT or LTX has a glyph for."""
    found: set[int] = set()
    for name in FONTS:
        with TTFont(STATIC_ROOT / name, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(found)


def cannot_draw(texts: set[str]) -> list[str]:
    """Characters of `texts` that neither font has, sorted; line ends and blanks do not count."""
    known = drawable()
    return sorted({char for text in texts for char in text if not char.isspace() and ord(char) not in known})


def drawable_text(text: str) -> str:
    """The text with a box in the place of each character that no font of ours has: what people wrote in a message must
    not keep a paper from being made."""
    missing = cannot_draw({text})
    return text.translate({ord(char): "□" for char in missing}) if missing else text
