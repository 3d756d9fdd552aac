"""An evidence bundle beside a plain merge of the same files by pypdf: seconds, and the memory that each takes at its peak.

The bundle has a catalogue in front, a stamp on every page, bookmarks, a manifest with every hash, and a zip with the
originals; the plain merge has the pages alone. Exhibits are scans of five pages each, 100 kB a page.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DEBUG", "1")

import django

django.setup()

from PIL import Image  # noqa: E402 - only now is there a language for what is imported below
from pypdf import PdfReader, PdfWriter  # noqa: E402

from legal.evidence.bundle import Order, build  # noqa: E402
from legal.evidence.candidates import Candidate, LogExport  # noqa: E402
from tests.benchmarks.harness import measure_in_turn, report  # noqa: E402

PAGES_EACH = 5
NOW = dt.datetime(2026, 11, 25, 4, 0, tzinfo=dt.UTC)


def scan(seed: int) -> bytes:
    """A PDF of PAGES_EACH grey pages full of noise, as a scanner makes them."""
    dice = random.Random(seed)
    pages = []
    for _ in range(PAGES_EACH):
        small = Image.frombytes("L", (210, 297), dice.randbytes(210 * 297))
        pages.append(small.resize((840, 1188)))
    target = io.BytesIO()
    pages[0].save(target, "PDF", save_all=True, append_images=pages[1:], resolution=100)
    return target.getvalue()


def candidate(path: str, place: int) -> Candidate:
    def read(_number: str) -> bytes:
        return Path(path).read_bytes()

    return Candidate(
        f"document:{place}", "other", "书证", f"样本材料 {place}", "复印件", "债权人移交", "详见材料本身", "", "",
        "application/pdf", read, place,
    )  # fmt: skip


def bundle(paths: list[str]) -> int:
    order = Order(
        number="SAMPLE-E1", case_no="SAMPLE", language="zh-hans", cut_off=NOW.date(), made_at=NOW, submitted_by="样本律师事务所",
        about=("案件 SAMPLE",), copies=1, candidates=[candidate(path, place) for place, path in enumerate(paths)],
        left_out=(), log=LogExport(b"", 0, "", 0), ledger=b"",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        return build(order, Path(folder)).pages


def plain(paths: list[str]) -> int:
    writer = PdfWriter()
    for path in paths:
        writer.append(PdfReader(path))
    target = io.BytesIO()
    writer.write(target)
    return len(writer.pages)


def peak(way: Callable[[list[str]], int], paths: list[str]) -> tuple[int, float]:
    """Pages, and by how many megabytes the peak of a fresh process grew."""
    before = _high_water()
    pages = way(paths)
    return pages, (_high_water() - before) / 1024


def _high_water() -> int:
    """Kilobytes. getrusage would tell the peak of the process from which this one was started."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def run(size: int) -> None:
    """Print the ratios for a bundle of `size` pages of exhibits."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for place in range(max(1, size // PAGES_EACH)):
            path = Path(folder) / f"{place}.pdf"
            path.write_bytes(scan(place))
            paths.append(str(path))
        total = sum(Path(path).stat().st_size for path in paths)
        bundle(paths[:1])  # warm: fonts
        timings = measure_in_turn(
            [
                ("bundle with catalogue, stamps, zip", lambda: bundle(paths)),
                ("plain merge by pypdf", lambda: plain(paths)),
            ]
        )
        report(f"Evidence bundle, {total / 1e6:.0f} MB of scans", timings, len(paths) * PAGES_EACH, "pages")
        for name, way in (("bundle", bundle), ("plain merge", plain)):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                pages, grown = pool.submit(peak, way, paths).result()
            print(f"  {name:44} {grown:9.0f} MB more at the peak, {pages} pages")
