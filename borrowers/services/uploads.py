"""Files that people upload: kept privately, checked, then loaded or thrown away."""

from __future__ import annotations

import uuid
import zipfile
from pathlib import Path
from typing import BinaryIO

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from borrowers.errors import gettext_noop
from borrowers.intake import FileRefused, check_upload, load_upload
from borrowers.models import Creditor, Placement, User, record_event

MOST_UNPACKED = 4_000_000_000
_UNKNOWN = gettext_noop("is neither a zip of CSV files, an xlsx workbook nor a CSV file")


def file_type(file: BinaryIO, kind: str) -> str:
    """ ".zip", ".xlsx" or ".csv" by what the file holds, whatever its name. FileRefused for anything else."""
    file.seek(0)
    head = file.read(65_536)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return _packed_type(file)
    if kind == Placement.Kind.PAYMENTS and head.strip() and b"\0" not in head and not head.startswith(b"%PDF"):
        return ".csv"
    raise FileRefused("", _UNKNOWN)


def _packed_type(file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise FileRefused("", gettext_noop("is a damaged zip file")) from error
    finally:
        file.seek(0)
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise FileRefused("", gettext_noop("is too large when unpacked"))
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" in names:
        return ".xlsx"
    if any(name.lower().endswith(".csv") for name in names):
        return ".zip"
    raise FileRefused("", _UNKNOWN)


def check_and_keep(*, file: UploadedFile, creditor: Creditor, kind: str, actor: User) -> Placement:
    """Store the file, check it without writing, and keep what came of it as a row in the state "checked".

    Raises PermissionDenied, and FileRefused when the file as a whole cannot be taken; nothing is kept then.
    """
    if not actor.has_perm("borrowers.load_placement") or not Creditor.objects.visible_to(actor).contains(creditor):
        raise PermissionDenied
    ending = file_type(file, kind)  # type: ignore[arg-type]
    name = Path(file.name or "upload").name[:200]
    stored = default_storage.save(f"uploads/{uuid.uuid4()}/{Path(name).stem[:80]}{ending}", file)
    try:
        report = check_upload(Path(default_storage.path(stored)), creditor, kind)
        with transaction.atomic():
            row = Placement.objects.create(
                creditor=creditor,
                kind=kind,
                state=Placement.State.CHECKED,
                file_name=name,
                upload_path=stored,
                summary=report.summary(),
                refusals_csv=report.refusals_csv(),
                created_by=actor,
            )
            record_event(row, "checked", actor=actor, new=name)
    except BaseException:
        default_storage.delete(stored)
        raise
    return row


def load_kept(*, placement: Placement, accept: str, actor: User) -> Placement:
    """Load an upload that was checked. When that fails, row and file stay as they are and it can be tried again.

    FileRefused as load_upload; PermissionDenied when the upload is not waiting or not the person's to load.
    """
    with transaction.atomic():
        row = _waiting(placement, actor)
        stored = row.upload_path
        path = Path(default_storage.path(stored))
        row = load_upload(path, row.creditor, row.kind, actor=actor, accept=accept, placement=row)
        if row.state == Placement.State.LOADED:
            row.upload_path = ""
            row.save(update_fields=["upload_path"])
            transaction.on_commit(lambda: default_storage.delete(stored))
    return row


def discard_kept(*, placement: Placement, actor: User) -> None:
    """Throw an upload away that was not loaded, file and row; the event stays."""
    with transaction.atomic():
        row = _waiting(placement, actor)
        stored = row.upload_path
        record_event(row, "discarded", actor=actor, old=row.file_name)
        row.delete()
        transaction.on_commit(lambda: default_storage.delete(stored))


def _waiting(placement: Placement, actor: User) -> Placement:
    if not actor.has_perm("borrowers.load_placement"):
        raise PermissionDenied
    seen = Placement.objects.visible_to(actor).select_for_update(of=("self",))
    row = seen.filter(pk=placement.pk).exclude(upload_path="").first()
    if row is None or row.state == Placement.State.LOADED:
        raise PermissionDenied
    return row
