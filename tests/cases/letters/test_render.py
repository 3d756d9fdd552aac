"""Both letters in both languages: every section is there, every font is right, nothing is fetched, bytes repeat."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from cases.letters import render
from cases.letters.check import LetterRefused
from cases.letters.content import from_json, to_json
from cases.letters.fetcher import FetchRefused, StaticOnlyFetcher
from cases.letters.render import RenderError, render_letter
from tests.cases.letters import samples


def text_of(pdf: bytes, tmp_path: Path) -> str:
    path = tmp_path / "letter.pdf"
    path.write_bytes(pdf)
    out = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
    return out.stdout.decode()


def bare(text: str) -> str:
    """Without white space: the extraction sets and drops blanks between Chinese and other characters."""
    return re.sub(r"\s+", "", text)


def fonts_of(pdf: bytes, tmp_path: Path) -> list[list[str]]:
    path = tmp_path / "letter.pdf"
    path.write_bytes(pdf)
    out = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True).stdout.decode()
    return [line.split() for line in out.splitlines()[2:]]


SECTIONS = {
    ("demand", "zh-hans"): [
        "催收函",
        "XF-CS-2026-000012",
        "张样本",
        "990***********0012",
        "挂号信",
        "示例金融许可证第 0001 号",
        "HT-2025-000017",
        "2025年6月1日",
        "¥12,000.00",
        "15.6%",
        "2,000.00 + 91.00 + 0.00 − 200.25 = 1,890.75",
        "第六百七十五条",
        "第六百七十六条",
        "第五百七十七条",
        "人民币壹仟捌佰玖拾元柒角伍分",
        "2026年3月12日",
        "0000 0000 0000 0001",
        "可能产生的后果",
        "您的权利",
        "异议",
        "延期或分期",
        "+86 10 0000 0101",
        "个人信息",
        "回",
        "执",
        "签收人",
        "第 1 页 共 2 页",
    ],
    ("demand", "en"): [
        "Demand for payment",
        "Sam Sample",
        "registered post",
        "sample licence no. 0001",
        "HT-2025-000017",
        "2,000.00 + 91.00 + 0.00 − 200.25 = 1,890.75",
        "article 675",
        "article 676",
        "article 577",
        "12 March 2026",
        "What may follow",
        "Your rights",
        "instalments",
        "personal data",
        "Return slip",
        "page 1 of 2",
    ],
}


@pytest.mark.parametrize(("kind", "language"), list(SECTIONS))
def test_every_section_stands_on_the_letter(kind: str, language: str, tmp_path: Path) -> None:
    content = samples.demand(language)
    text = bare(text_of(render_letter(content).pdf, tmp_path))
    missing = [part for part in SECTIONS[kind, language] if bare(part) not in text]
    assert not missing


def test_fonts_are_embedded_and_ours(tmp_path: Path) -> None:
    content = samples.demand()
    content = replace(content, addressee=replace(content.addressee, name="张䶮燚"))
    fonts = fonts_of(render_letter(content).pdf, tmp_path)
    names = {row[0].partition("+")[2] for row in fonts}
    assert {"LT", "LT-Bold"} < names
    assert any(name.startswith(("LTX", "Noto-Serif-SC")) for name in names), names
    assert all(name.startswith(("LT", "Noto-Serif-SC")) for name in names), names
    for row in fonts:
        assert row[-5:-3] == ["yes", "yes"]  # embedded, subset


def test_a_rare_character_is_drawn_and_not_a_box(tmp_path: Path) -> None:
    """The picture of a name with rare characters differs from that of boxes: compared glyph by glyph."""
    content = samples.demand()
    pictures = set()
    for name in ("䶮䶮", "燚燚", "㛃㛃"):
        rendered = render_letter(replace(content, addressee=replace(content.addressee, name=name)))
        path = tmp_path / "rare.pdf"
        path.write_bytes(rendered.pdf)
        area = ["-r", "100", "-f", "1", "-l", "1", "-x", "140", "-y", "240", "-W", "300", "-H", "60"]
        pictures.add(subprocess.run(["pdftoppm", *area, "-gray", str(path)], capture_output=True, check=True).stdout)
    # Boxes would all look alike.
    assert len(pictures) == 3


def test_a_character_that_no_font_has_refuses_the_letter() -> None:
    content = samples.demand()
    with pytest.raises(LetterRefused, match="no font can draw: 😀"):
        render_letter(replace(content, addressee=replace(content.addressee, name="张😀")))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_same_content_gives_the_same_bytes_also_from_its_json(language: str) -> None:
    content = samples.demand(language)
    again = from_json(to_json(content))
    assert again == content
    assert render_letter(content).sha256 == render_letter(again).sha256
    assert from_json(to_json(samples.lawyers(language))) == samples.lawyers(language)


def test_a_long_schedule_flows_over_pages_with_its_head_repeated(tmp_path: Path) -> None:
    rendered = render_letter(samples.demand(rows=60))
    text = text_of(rendered.pdf, tmp_path)
    assert rendered.pages >= 3
    assert text.count("应还本金") >= 2
    assert f"共{rendered.pages}页" in bare(text)


def test_the_return_slip_stays_whole(tmp_path: Path) -> None:
    for rows in range(1, 30, 4):
        pages = text_of(render_letter(samples.demand(rows=rows)).pdf, tmp_path).split("\f")
        with_slip = [page for page in pages if "签收人" in page]
        assert len(with_slip) == 1
        assert "沿此线剪下寄回" in with_slip[0]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x.png",
        "https://example.com/x.png",
        "ftp://example.com/x",
        "file:///etc/passwd",
        "file:///srv/../etc/hostname",
        "x.png",
    ],
)
def test_the_renderer_fetches_nothing_from_outside(address: str) -> None:
    with pytest.raises(FetchRefused):
        StaticOnlyFetcher().fetch(address)


def test_a_static_path_that_climbs_out_is_refused() -> None:
    with pytest.raises(FetchRefused):
        StaticOnlyFetcher().fetch(f"{render.STATIC_ROOT.as_uri()}/fonts/../../manage.py")


def test_a_template_that_reaches_out_stops_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "letter_html", lambda content: '<img src="https://example.com/spy.png">')
    with pytest.raises(RenderError, match="may not fetch"):
        render_letter(samples.demand())


def test_names_are_escaped(tmp_path: Path) -> None:
    content = samples.demand("en")
    evil = replace(content, addressee=replace(content.addressee, name="<b>Bold</b> & Co <img src=x>"))
    text = text_of(render_letter(evil).pdf, tmp_path)
    assert "<b>Bold</b> & Co <img src=x>" in text
