"""The manifest of a bundle: every file with its hash, the catalogue, the end of the contact log, and what made it.

It is written in one way only and holds its own hash, so that no byte of it can change unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from cases.contact_hashes import digest

FORMAT = "fairdue-evidence-1"
NAME = "manifest.json"
LOG = "contact-log.jsonl"
LEDGER = "ledger.csv"
OWN_HASH = "manifest_sha256"
# Larger than this is no bundle that a court's portal takes, nor one that is made while somebody waits.
MOST_BYTES = 300 * 1024 * 1024
_PROJECT = Path(__file__).resolve().parent.parent.parent / "pyproject.toml"


class ManifestFault(ValueError):
    """A manifest that is none, or was changed; says how."""


@lru_cache(maxsize=1)
def software() -> str:
    """Name and version of what makes bundles here."""
    with _PROJECT.open("rb") as file:
        return f"Fairdue {tomllib.load(file)['project']['version']}"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def file_entry(name: str, data: bytes) -> dict[str, Any]:
    return {"file": name, "sha256": sha256(data), "size": len(data)}


def sealed(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with its own hash."""
    return {**manifest, OWN_HASH: digest(manifest)}


def to_bytes(manifest: dict[str, Any]) -> bytes:
    return (json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def from_bytes(data: bytes) -> dict[str, Any]:
    """The manifest, when it is one and as it was written. ManifestFault else."""
    try:
        manifest = json.loads(data)
    except ValueError as error:
        raise ManifestFault("it is no JSON") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ManifestFault(f"it is not of the format {FORMAT}")
    rest = {key: value for key, value in manifest.items() if key != OWN_HASH}
    try:
        is_whole = to_bytes(manifest) == data and digest(rest) == manifest.get(OWN_HASH)
    except ValueError:  # a number that JSON does not have
        is_whole = False
    if not is_whole:
        raise ManifestFault("it was changed: it does not have its own hash")
    return manifest
