"""Letters a second, with one and with two processes, beside WeasyPrint used naively.

Naive: the machine's own Chinese font collection, and a new font configuration and style sheet for every letter.
Both lay out the same letter from the same template.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DEBUG", "1")

import django

django.setup()

from django.template.loader import render_to_string  # noqa: E402 - only now are there templates
from weasyprint import CSS, HTML  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402

from cases.letters.render import letter_html, render_letter  # noqa: E402
from tests.benchmarks.harness import measure_in_turn, report  # noqa: E402
from tests.cases.letters import samples  # noqa: E402


def _content(index: int) -> samples.DemandLetter:
    content = samples.demand()
    return replace(
        content, number=f"XF-CS-2026-{index:06d}", addressee=replace(content.addressee, name=f"张样本{index}")
    )


def ours(count: int) -> int:
    """Total bytes, so that nothing is left undone."""
    return sum(len(render_letter(_content(index)).pdf) for index in range(count))


def naive(count: int) -> int:
    sheet = re.sub(r"@font-face \{[^}]*\}", "", render_to_string("letters/letter.css"))
    sheet = sheet.replace("LT, LTX", '"Noto Serif CJK SC"')
    total = 0
    for index in range(count):
        fonts = FontConfiguration()
        html = letter_html(_content(index))
        pdf = HTML(string=html).write_pdf(stylesheets=[CSS(string=sheet, font_config=fonts)], font_config=fonts)
        total += len(pdf)
    return total


def run(size: int) -> None:
    """Print the ratios for `size` letters a round."""
    share = max(size // 2, 1)
    with ProcessPoolExecutor(2) as pool:

        def two() -> None:
            list(pool.map(ours, [share, size - share]))

        ours(1), naive(1), list(pool.map(ours, [1, 1]))  # warm
        timings = measure_in_turn(
            [
                ("Fairdue, two processes", two),
                ("Fairdue, one process", lambda: ours(size)),
                ("naive WeasyPrint, one process", lambda: naive(size)),
            ]
        )
    report("Demand letters, Chinese, two pages", timings, size, "letters")
