"""PDFs of any kind as exhibits: right, or refused by name."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pypdf import PdfReader

from borrowers.errors import InputError
from legal.evidence.pages import Binder, count_pages
from legal.evidence.papers import draw_picture, draw_stamps, draw_table
from tests.legal.conftest import today
from tests.legal.evidence import files


def bound(*parts: bytes, language: str = "en") -> PdfReader:
    binder = Binder()
    for place, data in enumerate(parts):
        binder.add(data, f"part {place}")
    total = len(binder.writer.pages)
    binder.stamp(draw_stamps(language=language, number="SAMPLE-E1", total=total))
    binder.bookmark([("Catalogue", []), ("Group", [("1-1 First", 1)])])
    target = io.BytesIO()
    binder.write(target, title="SAMPLE-E1", language=language)
    return PdfReader(target)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (files.encrypted("secret"), "encrypted"),
        (b"%PDF-1.7 and nothing else", "broken"),
        (files.pdf("x")[:200], "broken"),
        (files.pdf(), "no page"),
    ],
)
def test_what_cannot_be_bound_is_refused_by_its_name(data: bytes, why: str) -> None:
    with pytest.raises(InputError) as refused:
        count_pages(data, "Loan contract")
    assert refused.value.where == "Loan contract"
    assert why in refused.value.text


def test_a_pdf_that_only_its_owner_may_change_is_bound() -> None:
    assert "Secret" in bound(files.encrypted("")).pages[0].extract_text()


@pytest.mark.parametrize("data", [files.png()[:60], files.png()[:-30], files.png()[:20], b"\xff\xd8\xff\xe0 no more"])
def test_a_broken_picture_is_refused_by_its_name(data: bytes) -> None:
    with pytest.raises(InputError) as refused:
        draw_picture(data, "image/png", "Identity card", language="en", on=today())
    assert str(refused.value) == "Identity card: the picture is broken and cannot be drawn"


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [False, True])
def test_the_stamp_stands_at_the_foot_of_the_page_as_it_is_looked_at(turned: int, crop: bool, tmp_path: Path) -> None:
    """Drawn by another program: its text boxes tell where the eye finds the stamp."""
    reader = bound(files.pdf("Upright", rotate=turned, crop=crop, size=(400, 700)))
    assert reader.pages[0].rotation == turned
    path = tmp_path / "turned.pdf"
    writer_bytes = reader.stream
    writer_bytes.seek(0)
    path.write_bytes(writer_bytes.read())
    found = subprocess.run(
        [shutil.which("pdftotext") or "pdftotext", "-bbox", "-cropbox", path, "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    page = _attributes(next(line for line in found.splitlines() if "<page" in line))
    if turned in (90, 270):  # the program tells the size of the page before it is turned
        page["width"], page["height"] = page["height"], page["width"]
    words = [line for line in found.splitlines() if "<word" in line and ">SAMPLE-E1<" in line]
    box = _attributes(words[0])
    assert box["yMin"] > page["height"] - 30
    assert box["yMax"] <= page["height"]
    assert page["width"] * 0.3 < box["xMin"] < page["width"] * 0.75
    assert box["xMax"] - box["xMin"] > box["yMax"] - box["yMin"]  # it is read from left to right


def _attributes(line: str) -> dict[str, float]:
    parts = [part.split("=") for part in line.split(">")[0].split() if "=" in part]
    return {name: float(value.strip('"')) for name, value in parts}


def test_what_is_filled_into_a_form_stays_and_what_acts_does_not() -> None:
    page = bound(files.with_form()).pages[0]
    assert "Filled in by hand" in page.extract_text()
    assert "/Annots" not in page


def test_pages_of_one_exhibit_share_their_fonts() -> None:
    """Hundreds of pages of one file bring its resources along once."""
    one, many = (len(_written(files.pdf(*["page"] * count))) for count in (1, 60))
    assert many < one + 60 * 1200


def _written(data: bytes) -> bytes:
    binder = Binder()
    binder.add(data, "x")
    target = io.BytesIO()
    binder.write(target, title="x", language="en")
    return target.getvalue()


def test_the_stamp_is_of_the_papers_language() -> None:
    text = bound(files.pdf("a", "b"), language="zh-hans").pages[1].extract_text()
    assert "第 2 页 共 2 页 · SAMPLE-E1" in text


# --- What is not seen -----------------------------------------------------------------------------------


def written(*papers: bytes) -> bytes:
    binder, target = Binder(), io.BytesIO()
    for paper in papers:
        binder.add(paper, "paper.pdf")
    binder.write(target, title="B-1", language="en")
    return target.getvalue()


def test_what_is_not_seen_of_a_paper_does_not_go_along() -> None:
    original = files.with_unseen()
    assert all(secret in original for secret in files.UNSEEN)
    assert [secret for secret in files.UNSEEN if secret in written(original)] == []


def test_a_layer_that_is_off_stays_off(tmp_path: Path) -> None:
    for paper in (files.with_layers(), files.with_layers(base_off=True)):
        path = tmp_path / "layers.pdf"
        path.write_bytes(written(files.pdf("Before"), paper))
        shown = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
        assert "Layer on" in shown
        assert "Layer off" not in shown


def test_a_page_that_cannot_be_stamped_is_refused_when_it_is_handed_in() -> None:
    with pytest.raises(InputError, match="broken"):
        count_pages(files.pdf("Odd", rotate="/Askew"), "odd.pdf")


def test_a_file_that_names_one_page_ten_thousand_times_is_refused() -> None:
    with pytest.raises(InputError, match="10000 pages"):
        count_pages(files.page_again_and_again(10_001), "many.pdf")
    assert count_pages(files.page_again_and_again(300), "many.pdf") == 300


@pytest.mark.parametrize("size", [(0, 0), (5, 5), (14400, 20)])
def test_odd_sizes_are_bound_and_stamped(size: tuple[float, float]) -> None:
    binder = Binder()
    binder.add(files.pdf("Odd", size=size), "odd.pdf")
    binder.stamp(draw_stamps(language="en", number="B-1", total=1))
    target = io.BytesIO()
    binder.write(target, title="B-1", language="en")
    assert "page 1 of 1" in PdfReader(target).pages[0].extract_text()


# --- Long lists -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [(0,), (3,), (400,), (401,), (399, 2), (0, 900)])
def test_a_long_list_is_drawn_in_pieces_with_every_row_once(counts: tuple[int, ...]) -> None:
    number = iter(range(10_000, 20_000))
    sections = [(f"Part {place}", [[next(number)] * 7 for _ in range(count)]) for place, count in enumerate(counts)]
    told = {"language": "en", "number": "B-1", "title": "Long list", "about": [], "sections": sections, "on": today(),
            "author": "Sample", "notes": ["The end."]}  # fmt: skip
    drawn = draw_table("schedule", **told)
    text = "".join(page.extract_text() + "\n" for page in PdfReader(io.BytesIO(drawn)).pages)
    assert re.findall(r"\b1\d{4}\b", text) == [str(10_000 + row) for row in range(sum(counts)) for _ in range(7)]
    assert [text.count(words) for words in ("Long list", "The end.", *(f"Part {n}" for n in range(len(counts))))] == [
        1
    ] * (2 + len(counts))
    assert draw_table("schedule", **told) == drawn
