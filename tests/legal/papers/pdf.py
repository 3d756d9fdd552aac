"""A PDF as other programs see it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path


def text_of(pdf: bytes, folder: Path, *, as_seen: bool = False) -> str:
    """In the order of the file (columns one after the other), or line by line as it is seen. Without white space: the
    extraction sets and drops blanks between Chinese and other characters."""
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    out = subprocess.run(
        ["pdftotext", "-layout" if as_seen else "-raw", str(path), "-"], capture_output=True, check=True
    )
    return bare(out.stdout.decode())


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def fonts_of(pdf: bytes, folder: Path) -> list[list[str]]:
    path = folder / "fonts.pdf"
    path.write_bytes(pdf)
    out = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True).stdout.decode()
    return [line.split() for line in out.splitlines()[2:]]


def check_with_qpdf(pdf: bytes, folder: Path) -> None:
    path = folder / "checked.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def pictures_of(pdf: bytes, folder: Path, name: str, resolution: int = 60) -> list[Path]:
    """One PNG a page, for looking at."""
    path = folder / f"{name}.pdf"
    path.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", str(resolution), "-png", str(path), str(folder / name)], check=True)
    return sorted(folder.glob(f"{name}-*.png"))
