"""A round seal in red, drawn from a name, for senders that have not filed one of their own; and seals as data."""

from __future__ import annotations

import base64
import math
from html import escape

_RED = "#c8161d"


def seal_uri(name: str, svg: str = "") -> str:
    """`data:` address of the sender's seal: the filed SVG, else one drawn from the name.

    As an image it cannot run scripts, and the fetcher keeps it from loading anything.
    """
    drawing = svg.strip() or draw_seal(name)
    return "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()


def draw_seal(name: str) -> str:
    """SVG of 200 × 200: a ring, a star, the name along the upper arc, letter by letter (text on a path is not
    drawn alike everywhere)."""
    chinese = any("\u4e00" <= char <= "\u9fff" for char in name)
    shown = name if chinese else name.upper()
    size = max(9.0, min(21.0, (330 if chinese else 470) / max(len(shown), 1)))
    radius = 78 - size / 2
    spread = min(290.0, len(shown) * size * (1.06 if chinese else 0.72) / radius * 180 / math.pi)
    letters = []
    for index, char in enumerate(shown):
        share = index / (len(shown) - 1) if len(shown) > 1 else 0.5
        angle = -spread / 2 + spread * share
        x = 100 + radius * math.sin(math.radians(angle))
        y = 100 - radius * math.cos(math.radians(angle))
        letters.append(
            f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:.1f}" text-anchor="middle" '
            f'dominant-baseline="central" transform="rotate({angle:.2f} {x:.2f} {y:.2f})">{escape(char)}</text>'
        )
    star = " ".join(
        f"{100 + r * math.sin(math.radians(36 * k)):.2f},{102 - r * math.cos(math.radians(36 * k)):.2f}"
        for k, r in ((k, 24 if k % 2 == 0 else 9.2) for k in range(10))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">'
        f'<g fill="{_RED}" font-family="LT, LTX, serif">'
        f'<circle cx="100" cy="100" r="93" fill="none" stroke="{_RED}" stroke-width="5"/>'
        f'<polygon points="{star}"/>{"".join(letters)}</g></svg>'
    )
