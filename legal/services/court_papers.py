"""Papers of courts: read, filed to the matter whose number they bear, or kept until somebody says to which.

The number is looked for in the file's name and, in a PDF with text, in its first pages. A paper goes to a matter by itself
only when exactly one of the uploader's matters has a number that it bears; a name alone files nothing, it only suggests.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from borrowers.errors import InputError
from borrowers.models import Document, User, record_event
from borrowers.models.document import DocumentChanged, file_document
from borrowers.services.file_types import type_of
from legal.models import CourtPaper, Matter
from legal.rules.court_papers import guess_kind
from legal.services.court_paper_matching import Bearing, bearing_of, matters_of, names_on
from legal.services.matters import LegalRefused, check_records_court


class Came(StrEnum):
    """What became of an uploaded file."""

    FILED = "filed"
    WAITING = "waiting"
    TWICE = "twice"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of an upload: `paper` unless it was refused, `problem` in the reader's language."""

    name: str
    came: Came
    paper: CourtPaper | None = None
    problem: str = ""


def take_court_papers(
    *,
    files: Iterable[tuple[str, bytes]],
    received_on: dt.date,
    actor: User,
    kind: str = "",
    note: str = "",
    matter: Matter | None = None,
) -> list[Upload]:
    """File each of (name, bytes): to `matter`, else to the one whose number it bears, else among those that wait.

    Each file stands for itself: one that is refused keeps no other from being filed. PermissionDenied for whoever may not
    record what a court did.
    """
    if matter is not None:
        check_records_court(matter, actor)
    elif not (actor.has_perm("legal.work_matter") or actor.has_perm("legal.counsel_matter")):
        raise PermissionDenied(_("You may not do this."))
    told = {"received_on": received_on, "kind": kind, "note": note.strip()[:300]}
    return [_take(name, data, actor, matter, told) for name, data in files]


def _take(name: str, data: bytes, actor: User, matter: Matter | None, told: dict) -> Upload:
    try:
        mime_type, ending = type_of(data)
    except InputError as refused:
        return Upload(name, Came.REFUSED, problem=refused.translated(_))
    bearing = bearing_of(name, data, mime_type)
    digest = hashlib.sha256(data).hexdigest()
    if matter is None:
        found = matters_of(bearing, actor)
        matter = found[0] if len(found) == 1 else None
    known = _known(digest, matter, actor)
    if known is not None:
        return Upload(name, Came.TWICE, known)
    paper = CourtPaper(
        name=name[:255],
        mime_type=mime_type,
        sha256=digest,
        received_on=told["received_on"],
        kind=told["kind"] or guess_kind(name, bearing.text),
        note=told["note"],
        court_case_no=_number_of(bearing, matter),
        numbers=list(bearing.numbers)[:20],
        filed_by=actor,
    )
    try:
        with transaction.atomic():
            if matter is None:
                paper.named = names_on(name, bearing.text, actor)
                _keep_waiting(paper, data, ending)
            else:
                _file(paper, matter, data, actor)
    except IntegrityError:  # somebody filed the same bytes at the same moment
        return Upload(name, Came.TWICE, _known(digest, matter, actor))
    return Upload(name, Came.WAITING if matter is None else Came.FILED, paper)


def _known(digest: str, matter: Matter | None, actor: User) -> CourtPaper | None:
    """The same bytes where they stand already: in the matter, or for a paper of no known matter anywhere in sight."""
    same = CourtPaper.objects.visible_to(actor).filter(sha256=digest).select_related("matter__case")
    return (same.filter(matter=matter) if matter is not None else same).first()


def _number_of(bearing: Bearing, matter: Matter | None) -> str:
    """The number that the paper goes by: the only one, or that of its matter among several."""
    if len(bearing.numbers) == 1:
        return bearing.numbers[0]
    own = (matter.court_case_no, matter.appeal_case_no, matter.enforcement_case_no) if matter is not None else ()
    return next((number for number in bearing.numbers if number in own), "")


def _keep_waiting(paper: CourtPaper, data: bytes, ending: str) -> None:
    stored = default_storage.save(f"uploads/court/{uuid.uuid4()}/paper.{ending}", ContentFile(data))
    try:
        paper.upload_path = stored
        with transaction.atomic():
            paper.save()
            record_event(paper, "upload_court_paper", actor=paper.filed_by, new=paper.name, sha256=paper.sha256)
    except BaseException:
        default_storage.delete(stored)
        raise


def _file(paper: CourtPaper, matter: Matter, data: bytes, actor: User) -> None:
    """Give the paper to the matter, with its bytes as a document of the borrower's."""
    case = matter.case
    paper.document = file_document(
        data=data,
        name=paper.name,
        mime_type=paper.mime_type,
        kind=Document.Kind.COURT,
        creditor=case.creditor,
        borrower=case.borrower,
        by=actor,
    )
    paper.matter, paper.upload_path = matter, ""
    paper.save()
    record_event(
        paper,
        "file_court_paper",
        actor=actor,
        new=paper.kind,
        matter=matter.pk,
        name=paper.name,
        number=paper.court_case_no,
        sha256=paper.sha256,
    )


def assign_court_paper(*, paper: CourtPaper, matter: Matter, actor: User, kind: str = "") -> CourtPaper:
    """A person says to which matter a waiting paper belongs. LegalRefused when it is filed already, or the matter has the
    same bytes; DocumentChanged when the upload is not as it came."""
    check_records_court(matter, actor)
    with transaction.atomic():
        paper = _locked_waiting(paper, actor)
        if CourtPaper.objects.filter(matter=matter, sha256=paper.sha256).exists():
            raise LegalRefused(_("The matter has this paper already."))
        stored = paper.upload_path
        paper.kind = kind or paper.kind
        _file(paper, matter, _stored_bytes(paper), actor)
        transaction.on_commit(lambda: default_storage.delete(stored))
    return paper


def discard_court_paper(*, paper: CourtPaper, actor: User, reason: str) -> None:
    """Throw a waiting paper away, file and row; the event stays and says why. LegalRefused without a reason."""
    if not reason.strip():
        raise LegalRefused(_("A reason is needed."))
    with transaction.atomic():
        paper = _locked_waiting(paper, actor)
        stored = paper.upload_path
        record_event(paper, "discarded", actor=actor, old=paper.name, reason=reason.strip(), sha256=paper.sha256)
        paper.delete()
        transaction.on_commit(lambda: default_storage.delete(stored))


def _locked_waiting(paper: CourtPaper, actor: User) -> CourtPaper:
    if not CourtPaper.objects.visible_to(actor).filter(pk=paper.pk).exists() or not (
        actor.has_perm("legal.work_matter") or actor.has_perm("legal.counsel_matter")
    ):
        raise PermissionDenied(_("You may not do this."))
    locked = CourtPaper.objects.select_for_update(of=("self",)).get(pk=paper.pk)
    if locked.matter_id is not None:
        raise LegalRefused(_("The paper is filed already."))
    return locked


def read_court_paper(*, paper: CourtPaper, actor: User) -> bytes:
    """The bytes as they came; who took them is noted. PermissionDenied, DocumentChanged, FileNotFoundError."""
    if not CourtPaper.objects.visible_to(actor).filter(pk=paper.pk).exists():
        raise PermissionDenied(_("You may not do this."))
    data = paper.document.read() if paper.document is not None else _stored_bytes(paper)
    with transaction.atomic():
        record_event(paper, "downloaded", actor=actor, new=paper.name, sha256=paper.sha256)
    return data


def _stored_bytes(paper: CourtPaper) -> bytes:
    with default_storage.open(paper.upload_path, "rb") as stored:
        data = bytes(stored.read())
    if hashlib.sha256(data).hexdigest() != paper.sha256:
        raise DocumentChanged(f"{paper.upload_path} does not have the SHA-256 {paper.sha256}")
    return data


# Which move of the matter a paper proves, and into which of its columns the paper's day and number go.
_MOVES: dict[str, tuple[tuple[str, str, str], ...]] = {
    CourtPaper.Kind.ACCEPTANCE: (("accept", "accepted_on", "court_case_no"),),
    CourtPaper.Kind.SERVICE_RECEIPT: (("serve", "served_on", ""),),
    CourtPaper.Kind.SUMMONS: (("fix_hearing", "", ""),),
    CourtPaper.Kind.HEARING: (("fix_hearing", "", ""),),
    CourtPaper.Kind.JUDGMENT: (
        ("hand_down", "judgment_served_on", ""),
        ("decide_appeal", "effective_on", "appeal_case_no"),
    ),
    CourtPaper.Kind.MEDIATION: (
        ("mediate_in_court", "effective_on", ""),
        ("confirm_mediation", "effective_on", "court_case_no"),
    ),
    CourtPaper.Kind.PAYMENT_ORDER: (("issue_writ", "writ_issued_on", "court_case_no"),),
    CourtPaper.Kind.ENFORCEMENT: (("terminate", "terminated_on", "enforcement_case_no"),),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A move that the paper proves: its name, what it is called, and what of it the paper tells."""

    name: str
    label: str
    initial: dict[str, str]

    @property
    def query(self) -> str:
        """For the address of the form in which it is made."""
        return urlencode(self.initial)


def offered_move(paper: CourtPaper, actor: User) -> Offer | None:
    """The move that fits the paper and the state its matter is in, when the actor may make it."""
    matter = paper.matter
    if matter is None or paper.kind not in _MOVES:
        return None
    legal = {move.name: move for move in matter.get_available_state_transitions()}  # type: ignore[attr-defined]
    for name, day_in, number_in in _MOVES[paper.kind]:
        move = legal.get(name)
        if move is not None and move.has_perm(matter, actor):
            given = {day_in: paper.received_on.isoformat(), number_in: paper.court_case_no}
            return Offer(name, str(move.custom["label"]), {key: value for key, value in given.items() if key and value})
    return None


def counted(uploads: Sequence[Upload]) -> dict[Came, int]:
    return {came: sum(upload.came == came for upload in uploads) for came in Came}
