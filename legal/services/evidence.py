"""Evidence of a matter: papers handed in, and bundles made, kept byte for byte, and given out."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from borrowers.errors import InputError
from borrowers.models import Document, User, record_event
from borrowers.models.document import DocumentChanged, DocumentPurged, file_document
from borrowers.services.file_types import type_of
from cases.models import ContactSeal
from legal.evidence.bundle import Built, Order, build
from legal.evidence.candidates import Candidate
from legal.evidence.pages import count_pages
from legal.evidence.papers import draw_picture
from legal.evidence.words import WORDS, words
from legal.models import EvidenceBundle, ExhibitPaper, Matter
from legal.services.evidence_gathering import Gathering, missing_of
from legal.services.matters import LegalRefused, check_works_matter

_KIND = Document.Kind
# What may be handed in as an exhibit.
EXHIBIT_KINDS = (
    _KIND.IDENTITY,
    _KIND.CONTRACT,
    _KIND.DISBURSEMENT,
    _KIND.RECEIPT,
    _KIND.AGREEMENT,
    _KIND.OTHER,
)


def add_exhibit(
    *,
    matter: Matter,
    actor: User,
    data: bytes,
    kind: str,
    name: str,
    form: str,
    source: str,
    proves: str,
    remarks: str = "",
) -> ExhibitPaper:
    """File a paper as an exhibit of the matter. LegalRefused, naming the paper, for a file that cannot be bound: no PDF
    or picture, encrypted, broken, empty, larger than 10 MB, or handed in already. PermissionDenied."""
    check_works_matter(matter, actor)
    if kind not in EXHIBIT_KINDS or form not in ExhibitPaper.Form.values:
        raise LegalRefused(_("This is no kind of exhibit."))
    try:
        mime_type, ending = type_of(data)
        if mime_type == "application/pdf":
            count_pages(data, name)
        else:
            draw_picture(data, mime_type, name, language="en", on=dt.date(2000, 1, 1))
    except InputError as error:
        raise LegalRefused(f"{name}: {error.translated(_)}") from error
    with transaction.atomic():
        matter = Matter.objects.select_for_update(of=("self",)).select_related("case__borrower").get(pk=matter.pk)
        document = file_document(
            data=data,
            name=f"{name}.{ending}"[:255],
            mime_type=mime_type,
            kind=kind,
            creditor=matter.case.creditor,
            borrower=matter.case.borrower,
            by=actor,
        )
        twin = ExhibitPaper.objects.filter(matter=matter, document__sha256=document.sha256).first()
        if twin is not None:
            raise LegalRefused(_("This file is handed in already, as “%(name)s”.") % {"name": twin.name})
        paper: ExhibitPaper = ExhibitPaper.objects.create(
            matter=matter, document=document, name=name, form=form, source=source, proves=proves, remarks=remarks,
            added_by=actor,
        )  # fmt: skip
        record_event(paper, "add_exhibit", actor=actor, new=name, kind=kind, sha256=document.sha256)
    return paper


@dataclass(frozen=True, slots=True)
class Overview:
    """What stands ready for a bundle, and what a court would miss (codes)."""

    candidates: list[Candidate]
    missing: list[str]
    refusal: str = ""


def overview(*, matter: Matter, language: str, cut_off: dt.date) -> Overview:
    """For the screen: nothing is drawn. What keeps a bundle from being made at all is told as `refusal`."""
    with translation.override(language):
        gathering = Gathering(matter, language, cut_off)
        try:
            found = gathering.candidates()
        except LegalRefused as refused:
            return Overview([], missing_of(matter), str(refused))
    return Overview(found, missing_of(matter))


def build_bundle(
    *,
    matter: Matter,
    actor: User,
    language: str,
    cut_off: dt.date,
    now: dt.datetime,
    leave_out: Mapping[str, str] | None = None,
    copies: int = 1,
) -> EvidenceBundle:
    """Gather, cover, bind and file the bundle with figures as of `cut_off`. `leave_out`: key of an exhibit → why.

    LegalRefused: a contact log that does not fit, an exhibit that cannot be bound (named), one left out without a
    reason, a day that lies ahead, another bundle made in the same moment. PermissionDenied.
    """
    check_works_matter(matter, actor)
    if language not in WORDS:
        raise LegalRefused(_("There is no bundle in this language."))
    if cut_off > matter.case.creditor.business_date(now):
        raise LegalRefused(_("The figures cannot be of a day that lies ahead."))
    number = f"{matter.case.case_no}-E{EvidenceBundle.objects.filter(matter__case=matter.case).count() + 1}"
    reasons = {key: reason.strip() for key, reason in (leave_out or {}).items()}
    if not all(reasons.values()):
        raise LegalRefused(_("Say why each exhibit is left out."))
    try:
        with tempfile.TemporaryDirectory() as folder:
            built = _build(matter, number, language, cut_off, now, reasons, copies, Path(folder))
            return _file(matter, actor, number, language, cut_off, now, built)
    except InputError as error:
        where = f"{error.where}: " if error.where else ""
        raise LegalRefused(f"{where}{error.translated(_)}") from error
    except (DocumentChanged, DocumentPurged, FileNotFoundError) as error:
        raise LegalRefused(_("A filed paper is not there as it was filed: %(error)s") % {"error": error}) from error


def _build(
    matter: Matter,
    number: str,
    language: str,
    cut_off: dt.date,
    now: dt.datetime,
    reasons: Mapping[str, str],
    copies: int,
    folder: Path,
) -> Built:
    """Drawn with the paper's language active, not the reader's."""
    case = matter.case
    with translation.override(language):
        gathering = Gathering(matter, language, cut_off)
        found = gathering.candidates()
        paper = words(language)
        order = Order(
            number=number,
            case_no=case.case_no,
            language=language,
            cut_off=cut_off,
            made_at=now,
            submitted_by=str(matter.firm or case.creditor.name),
            about=(
                paper["matter"].format(number=case.case_no),
                paper["creditor"].format(name=case.creditor.name),
                paper["borrower"].format(name=case.borrower.name),
            ),
            copies=copies,
            candidates=[candidate for candidate in found if candidate.key not in reasons],
            left_out=[(one.key, one.name, reasons[one.key]) for one in found if one.key in reasons],
            log=gathering.log.export(),
            ledger=gathering.ledger_csv(),
            seal=_last_seal(matter),
        )
        return build(order, folder)


def _last_seal(matter: Matter) -> dict[str, Any] | None:
    seal = ContactSeal.objects.filter(creditor=matter.case.creditor).order_by("-number").first()
    return None if seal is None else {"number": seal.number, "on": seal.on.isoformat(), "hash": seal.hash}


def _file(
    matter: Matter,
    actor: User,
    number: str,
    language: str,
    cut_off: dt.date,
    now: dt.datetime,
    built: Built,
) -> EvidenceBundle:
    case = matter.case
    with transaction.atomic():
        # Whoever makes one at the same time waits here, and finds the number taken.
        Matter.objects.select_for_update(of=("self",)).get(pk=matter.pk)
        if EvidenceBundle.objects.filter(number=number).exists():
            raise LegalRefused(_("Another bundle was made in this moment: look at it first."))
        pdf, packed = (
            file_document(
                data=path.read_bytes(), name=f"{number}.{ending}", mime_type=mime_type, kind=_KIND.EVIDENCE, creditor=case.creditor,
                borrower=case.borrower, by=actor,
            )
            for path, ending, mime_type in (
                (built.pdf, "pdf", "application/pdf"), (built.zip, "zip", "application/zip"),
            )
        )  # fmt: skip
        bundle: EvidenceBundle = EvidenceBundle.objects.create(
            matter=matter, number=number, language=language, cut_off=cut_off, pages=built.pages, manifest=built.manifest,
            pdf=pdf, zip=packed, pdf_sha256=pdf.sha256, zip_sha256=packed.sha256, made_by=actor, made_at=now,
        )  # fmt: skip
        record_event(
            bundle, "make_evidence_bundle", actor=actor, new=number, pages=built.pages, pdf_sha256=pdf.sha256,
            zip_sha256=packed.sha256, left_out=[one["key"] for one in built.manifest["left_out"]],
            covered=built.manifest["contact_log"]["covered"],
        )  # fmt: skip
    return bundle


def read_bundle(*, bundle: EvidenceBundle, actor: User, form: str) -> bytes:
    """The "pdf" or the "zip" as it was made; who took it is noted. DocumentChanged, DocumentPurged or FileNotFoundError
    when it is not there any more as filed; PermissionDenied."""
    if not EvidenceBundle.objects.visible_to(actor).filter(pk=bundle.pk).exists():
        raise PermissionDenied(_("You may not see this bundle."))
    document: Document = bundle.zip if form == "zip" else bundle.pdf
    data = document.read()
    with transaction.atomic():
        record_event(bundle, "downloaded", actor=actor, new=document.name, sha256=document.sha256)
    return data
