"""A bundle as whoever gets it looks at it: its pages, its files, and the check."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from django.core.management import call_command
from pypdf import PdfReader

from legal.models import EvidenceBundle


def pages_of(bundle: EvidenceBundle) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(bundle.pdf.read())).pages]


def unpacked(bundle: EvidenceBundle) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bundle.zip.read())) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def verify(path: Path, *options: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("verify_evidence", str(path), *options, stdout=out, stderr=err)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def stored(bundle: EvidenceBundle, folder: Path) -> Path:
    path = folder / f"{bundle.number}.zip"
    path.write_bytes(bundle.zip.read())
    return path
