"""What `verify_evidence` finds: every byte is watched over, and so is the database that it came from."""

from __future__ import annotations

import importlib
import struct
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from borrowers.models import User
from cases.models import ContactRecord
from cases.services.contact_chain import seal_day
from legal.evidence.manifest import file_entry, from_bytes, sealed, to_bytes
from legal.evidence.verify import Check, EvidenceFault, Source, open_source
from legal.models import EvidenceBundle, Matter
from tests.legal.conftest import today
from tests.legal.evidence.bundles import stored, unpacked, verify
from tests.legal.evidence.conftest import make


def test_an_untouched_bundle_fits_by_itself_and_against_the_database(full: Matter, legal: User, tmp_path: Path) -> None:
    path = stored(make(full, legal), tmp_path)
    status, out, err = verify(path)
    assert (status, err) == (0, "")
    assert "contact log: 5 entries in one chain, 2 of them covered" in out
    assert "database: the first 5 entries of the contact log are those that left" in out
    assert "database: 5 filed exhibits have the same bytes" in out
    assert "database" not in verify(path, "--files-only")[1]


def test_the_pdf_beside_its_manifest_fits_as_well(full: Matter, legal: User, tmp_path: Path) -> None:
    bundle = make(full, legal)
    content = unpacked(bundle)
    for name in (f"{bundle.number}.pdf", "manifest.json"):
        (tmp_path / name).write_bytes(content[name])
    path = tmp_path / f"{bundle.number}.pdf"
    status, out, _err = verify(path)
    assert status == 0
    assert "files: 2 of 15 are at hand" in out
    path.write_bytes(content[path.name] + b" ")
    assert verify(path)[0] == 1
    (tmp_path / "manifest.json").unlink()
    status, _out, err = verify(path)
    assert status == 1
    assert "no zip, and there is no manifest.json beside it" in err
    assert verify(tmp_path / "nothing.zip")[0] == 1


def test_tampering_with_the_database_is_found(full: Matter, legal: User, tmp_path: Path) -> None:
    path = stored(make(full, legal), tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_contactrecord SET notes = 'Will never pay.' WHERE chain_no = 2")
    status, out, err = verify(path)
    assert status == 1
    assert "FAULT database: contact log: entry 2 (row" in out
    assert str(path) in err


def test_a_log_written_anew_in_the_database_is_found(full: Matter, legal: User, tmp_path: Path) -> None:
    """Whoever recomputes every hash in the database still does not get those that left."""
    path = stored(make(full, legal), tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_contactrecord SET notes = 'x', chain_no = NULL WHERE chain_no IS NOT NULL")
        cursor.execute("DELETE FROM cases_contactchain")
    importlib.import_module("cases.migrations.0012_chain_the_contact_log").chain(
        apps, SimpleNamespace(connection=connection)
    )
    status, out, _err = verify(path)
    assert status == 1
    assert "database: entry 1 of the contact log is not the one that left" in out


def made_up(content: dict[str, bytes], **changes: Any) -> dict[str, bytes]:
    """The files with another manifest, which has its own right hash."""
    manifest = from_bytes(content["manifest.json"]) | changes
    del manifest["manifest_sha256"]
    return {**content, "manifest.json": to_bytes(sealed({k: v for k, v in manifest.items() if v is not None}))}


def packed(content: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as target:
        for name, data in content.items():
            target.writestr(name, data)
    return path


def test_a_bundle_that_was_made_up_fits_nothing_in_the_database(full: Matter, legal: User, tmp_path: Path) -> None:
    bundle = make(full, legal)
    content = unpacked(bundle)
    path = packed(made_up(content, cut_off="2026-01-01"), tmp_path / "other.zip")
    status, out, _err = verify(path)
    assert (status, f"{bundle.number} was made with another manifest" in out) == (1, True)
    path = packed(made_up(content, bundle="CASE-E9"), tmp_path / "unknown.zip")
    status, out, _err = verify(path)
    assert (status, "does not know CASE-E9" in out) == (1, True)
    assert verify(path, "--files-only")[0] == 0  # all that files alone can show


def test_the_seal_that_left_is_held_against_the_database(full: Matter, legal: User, tmp_path: Path) -> None:
    seal_day(creditor=full.case.creditor, on=today(), now=timezone.now())
    path = stored(make(full, legal), tmp_path)
    assert "database: seal 1 of" in verify(path)[1]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_contactseal SET hash = %s", ["0" * 64])
    status, out, _err = verify(path)
    assert (status, "database: seal 1 of the contact log is not the one that left" in out) == (1, True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE cases_message SET body = 'Pay nothing.'", ["5-3 (Messages and their receipts)"]),
        ("UPDATE cases_contactcondition SET words = 'Never text me.'", ["6-3 (Consents and wishes on contact)"]),
        ("UPDATE borrowers_payment SET amount = 51", ["4-2 (Statement of account, contract", "ledger.csv"]),
        ("UPDATE borrowers_instalment SET principal = principal + 1", ["4-1 (Repayment schedule, contract", "4-2", "ledger.csv"]),
    ],
)  # fmt: skip
@pytest.mark.loose_ledger
def test_what_a_paper_was_drawn_from_and_is_another_now_is_told(
    full: Matter, legal: User, tmp_path: Path, change: str, told: list[str]
) -> None:
    path = stored(make(full, legal), tmp_path)
    status, out, _err = verify(path)
    assert (status, "NOTE" in out) == (0, False)
    assert "papers are drawn anew with the same bytes" in out
    with connection.cursor() as cursor:
        cursor.execute(change)
    status, out, _err = verify(path)
    notes = [line for line in out.splitlines() if line.startswith("NOTE")]
    assert (status, len(notes)) == (0, len(told))
    assert all(words in line for words, line in zip(told, notes, strict=True))


@pytest.mark.parametrize("missing", ["pdf", "exhibits", "files", "contact_log"])
def test_a_manifest_that_lacks_something_is_a_fault_by_name(content: dict[str, bytes], missing: str) -> None:
    changed = made_up(content, **{missing: None})
    with pytest.raises(EvidenceFault, match=r"^manifest\.json cannot be read"):
        list(Check(Source(list(changed), changed.__getitem__, is_whole=True)).run())


def test_a_pdf_that_is_none_is_a_fault_by_name(content: dict[str, bytes]) -> None:
    told = from_bytes(content["manifest.json"])["pdf"]
    junk = b"%PDF-1.7 nothing else"
    changed = made_up({**content, told["file"]: junk}, pdf=told | file_entry(told["file"], junk))
    with pytest.raises(EvidenceFault, match=told["file"]):
        list(Check(Source(list(changed), changed.__getitem__, is_whole=True)).run())


def test_a_zip_that_would_fill_the_memory_is_not_unpacked(content: dict[str, bytes], tmp_path: Path) -> None:
    path = packed(content, tmp_path / "bomb.zip")
    data = path.read_bytes()
    place = data.rindex(b"PK\x01\x02")
    swollen = data[: place + 24] + struct.pack("<I", 2_000_000_000) + data[place + 28 :]
    path.write_bytes(swollen)
    with pytest.raises(EvidenceFault, match="larger than any bundle"):
        list(Check(open_source(path)).run())


def test_without_tables_the_files_alone_are_checked(
    full: Matter, legal: User, tmp_path: Path, monkeypatch: Any
) -> None:
    path = stored(make(full, legal), tmp_path)
    monkeypatch.setattr(connection.introspection, "table_names", lambda *_: [])
    status, out, _err = verify(path)
    assert (status, "database: not at hand" in out) == (0, True)


def test_a_file_that_is_missing_strange_or_there_twice_is_found(full: Matter, legal: User, tmp_path: Path) -> None:
    content = unpacked(make(full, legal))
    for change, told in (
        (lambda names: names.remove("ledger.csv"), "ledger.csv is missing"),
        (lambda names: names.append("more.txt"), "more.txt is strange"),
        (lambda names: names.append("ledger.csv"), "ledger.csv is there twice"),
    ):
        names = list(content)
        change(names)
        source = Source(names, lambda name: content.get(name, b""), is_whole=True)
        with pytest.raises(EvidenceFault, match=told):
            list(Check(source).run())


def test_an_entry_left_out_of_the_exported_log_is_found_even_with_a_new_manifest(full: Matter, legal: User) -> None:
    content = unpacked(make(full, legal))
    lines = content["contact-log.jsonl"].splitlines(keepends=True)
    content["contact-log.jsonl"] = b"".join(lines[:1] + lines[2:])
    manifest = from_bytes(content["manifest.json"])
    del manifest["manifest_sha256"]
    manifest["files"][0] = file_entry("contact-log.jsonl", content["contact-log.jsonl"])
    content["manifest.json"] = to_bytes(sealed(manifest))
    with pytest.raises(EvidenceFault, match="entry 2 is missing"):
        list(Check(Source(list(content), content.__getitem__, is_whole=True)).run())


@pytest.fixture
def content(full: Matter, legal: User) -> dict[str, bytes]:
    return unpacked(make(full, legal))


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_any_byte_of_any_file_changed_is_found_and_the_file_named(
    content: dict[str, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(content)))
    place = data.draw(st.integers(0, len(content[name]) - 1))
    byte = data.draw(st.integers(1, 255))
    changed = bytearray(content[name])
    changed[place] ^= byte
    tampered = {**content, name: bytes(changed)}
    with pytest.raises(EvidenceFault) as fault:
        list(Check(Source(list(tampered), tampered.__getitem__, is_whole=True)).run())
    assert name in str(fault.value)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_any_byte_of_the_zip_itself_changed_never_passes_for_another_content(
    full: Matter, content: dict[str, bytes], data: st.DataObject
) -> None:
    """A changed byte of the container is found by the database, or (a date in a header) leaves every file as it was."""
    whole = EvidenceBundle.objects.get().zip.read()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        path.write_bytes(bytes(changed))
        assert verify(path)[0] == 1
        assert _same_or_fault(path, content)


def _same_or_fault(path: Path, content: dict[str, Any]) -> bool:
    try:
        source = open_source(path)
        list(Check(source).run())
    except EvidenceFault:
        return True
    return {name: source.read(name) for name in source.names} == content


def test_the_log_holds_after_a_bundle(full: Matter, legal: User) -> None:
    before = ContactRecord.objects.count()
    make(full, legal)
    assert ContactRecord.objects.count() == before  # a bundle is no contact
