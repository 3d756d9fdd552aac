"""A bundle held against the database it came from: the same bundle, the same rows of the contact log and the seal over
them, the same files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils import translation

from borrowers.models import Document
from borrowers.models.document import DocumentChanged, DocumentPurged
from cases.contact_hashes import Link
from cases.models import ContactRecord, ContactSeal
from cases.services.contact_chain import verify_chain
from legal.evidence.log_lines import links_of
from legal.evidence.manifest import LEDGER, sha256
from legal.evidence.verify import Check, EvidenceFault, Note, Source
from legal.models import EvidenceBundle
from legal.services.evidence_gathering import Gathering


def check_against_database(check: Check, zip_bytes: bytes | None) -> Iterator[str]:
    """Lines of what fits; EvidenceFault with the first that does not. `check` has passed by itself; `zip_bytes` is the
    zip as it was handed in."""
    assert check.manifest is not None
    manifest = check.manifest
    bundle = (
        EvidenceBundle.objects.filter(number=manifest["bundle"])
        .select_related("matter__case__borrower__creditor", "matter__case__creditor", "matter__firm", "pdf", "zip")
        .first()
    )
    if bundle is None:
        raise EvidenceFault(
            f"database: does not know {manifest['bundle']}: it was not made here (--files-only looks at its files alone)"
        )
    yield _same_bundle(bundle, manifest, zip_bytes)
    yield _same_chain(bundle, check.source, manifest)
    yield _same_seal(bundle, manifest)
    yield _same_files(manifest)
    if bundle.manifest:  # emptied by law otherwise, as what the papers were drawn from
        yield from _drawn_anew(bundle, manifest)


def _same_bundle(bundle: EvidenceBundle, manifest: dict[str, Any], zip_bytes: bytes | None) -> str:
    if bundle.manifest and bundle.manifest != manifest:
        raise EvidenceFault(f"database: {bundle} was made with another manifest")
    if bundle.pdf_sha256 != manifest["pdf"]["sha256"]:
        raise EvidenceFault(f"database: {bundle} was made with another PDF")
    if zip_bytes is not None and bundle.zip_sha256 != sha256(zip_bytes):
        raise EvidenceFault(f"database: the zip is not the one that was made as {bundle}")
    return f"database: {bundle} was made {bundle.made_at:%Y-%m-%d %H:%M} UTC with these hashes"


def _same_chain(bundle: EvidenceBundle, source: Source, manifest: dict[str, Any]) -> str:
    """The rows still hold by themselves, and are those that left with the bundle."""
    borrower, told = bundle.matter.case.borrower, manifest["contact_log"]
    fault = verify_chain(borrower)
    if fault is not None:
        raise EvidenceFault(f"database: contact log: {fault.words}")
    rows = dict(ContactRecord.objects.filter(borrower=borrower).values_list("chain_no", "entry_hash"))
    left: list[Link] = list(links_of(source.read(told["file"]))) if told["file"] in source.names else []
    for link in left:
        if rows.get(link.number) != link.hash:
            raise EvidenceFault(f"database: entry {link.number} of the contact log is not the one that left")
    if told["length"] and rows.get(told["length"]) != told["head"]:
        raise EvidenceFault(f"database: entry {told['length']} of the contact log is not the one that left")
    return f"database: the first {told['length']} entries of the contact log are those that left"


def _same_seal(bundle: EvidenceBundle, manifest: dict[str, Any]) -> str:
    """The seal that was the last when the bundle was made stands unchanged among the creditor's."""
    told = manifest["contact_log"].get("seal")
    if told is None:
        return "database: the contact log was not sealed yet when the bundle was made"
    seal = ContactSeal.objects.filter(creditor=bundle.matter.case.creditor, number=told["number"]).first()
    if seal is None or (seal.on.isoformat(), seal.hash) != (told["on"], told["hash"]):
        raise EvidenceFault(f"database: seal {told['number']} of the contact log is not the one that left")
    return f"database: seal {told['number']} of {told['on']} is the one that left"


def _same_files(manifest: dict[str, Any]) -> str:
    exhibits = [exhibit for exhibit in manifest["exhibits"] if exhibit["document"] is not None]
    documents = Document.objects.in_bulk([exhibit["document"] for exhibit in exhibits])
    purged = 0
    for exhibit in exhibits:
        document = documents.get(exhibit["document"])
        if document is None or document.sha256 != exhibit["sha256"]:
            raise EvidenceFault(f"database: exhibit {exhibit['number']} is not filed with the same hash")
        try:
            document.read()
        except DocumentPurged:
            purged += 1
        except (DocumentChanged, FileNotFoundError) as error:
            raise EvidenceFault(f"database: exhibit {exhibit['number']}: the filed bytes changed: {error}") from error
    words = f", {purged} of them purged by law" if purged else ""
    return f"database: {len(exhibits)} filed exhibits have the same bytes{words}"


def _drawn_anew(bundle: EvidenceBundle, manifest: dict[str, Any]) -> Iterator[str]:
    """The papers that were drawn from the database for the bundle, and the ledger, made once more from what stands there
    now. One that differs is told and is no fault: what came in since, or was booked back, changes it too."""
    with translation.override(manifest["language"]):
        gathering = Gathering(bundle.matter, manifest["language"], dt.date.fromisoformat(manifest["cut_off"]))
        now = {one.key: one for one in gathering.candidates()}
        same, differing = 0, []
        for exhibit in manifest["exhibits"]:
            if exhibit["document"] is None:
                again = now.get(exhibit["key"])
                if again is not None and sha256(again.read(bundle.number)) == exhibit["sha256"]:
                    same += 1
                else:
                    differing.append(f"exhibit {exhibit['number']} ({exhibit['name']})")
        ledger = next((one for one in manifest["files"] if one["file"] == LEDGER), None)
        if ledger is not None and sha256(gathering.ledger_csv()) != ledger["sha256"]:
            differing.append(LEDGER)
    yield f"database: {same} papers are drawn anew with the same bytes"
    for what in differing:
        yield Note(f"database: {what} is drawn differently now: its rows were added to or changed since")
