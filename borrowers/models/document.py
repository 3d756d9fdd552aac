"""Files that were issued or handed over, kept byte for byte under their SHA-256."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.utils.translation import gettext_lazy as _

from borrowers.models.party import Borrower, Creditor
from borrowers.models.payment import AppendOnlyModel

if TYPE_CHECKING:
    from borrowers.models.user import User


class DocumentChanged(RuntimeError):
    """The stored bytes no longer have the SHA-256 under which they were filed."""


class DocumentPurged(RuntimeError):
    """The bytes were purged with the borrower's personal data; only the row and its SHA-256 are left."""


class Document(AppendOnlyModel):
    """One file. Its path is its hash, so the same bytes are stored once and never overwritten."""

    class Kind(models.TextChoices):
        LETTER = "letter", _("letter")
        CONTRACT = "contract", _("contract")
        DISBURSEMENT = "disbursement", _("proof of disbursement")
        AGREEMENT = "agreement", _("agreement")
        IDENTITY = "identity", _("identity paper")
        MANDATE = "mandate", _("mandate")
        RECEIPT = "receipt", _("proof of delivery")
        COURT = "court", _("court paper")
        EVIDENCE = "evidence", _("evidence bundle")
        OTHER = "other", _("other")

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="documents", db_index=False)
    borrower = models.ForeignKey(Borrower, models.PROTECT, null=True, blank=True, related_name="documents")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("file name"), max_length=255)
    mime_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    path = models.CharField(max_length=255, editable=False)
    created_by = models.ForeignKey("borrowers.User", models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(_("filed at"), auto_now_add=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        indexes = [models.Index(fields=["sha256"], name="document_sha256")]

    def __str__(self) -> str:
        return self.name

    def read(self) -> bytes:
        """The stored bytes. Raises DocumentChanged when they are not those that were filed, DocumentPurged when they
        were purged."""
        if not self.path:
            raise DocumentPurged(f"document {self.pk} was purged")
        with default_storage.open(self.path, "rb") as stored:
            data = stored.read()
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise DocumentChanged(f"{self.path} does not have the SHA-256 {self.sha256}")
        return bytes(data)


def file_document(
    *, data: bytes, name: str, mime_type: str, kind: str, creditor: Creditor, borrower: Borrower | None, by: User | None
) -> Document:
    """Store `data` under its hash and return the new Document row (call inside a transaction)."""
    digest = hashlib.sha256(data).hexdigest()
    path = f"documents/{digest[:2]}/{digest[2:4]}/{digest}"
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(data))
    document: Document = Document.objects.create(
        creditor=creditor,
        borrower=borrower,
        kind=kind,
        name=name,
        mime_type=mime_type,
        size=len(data),
        sha256=digest,
        path=path,
        created_by=by,
    )
    return document
