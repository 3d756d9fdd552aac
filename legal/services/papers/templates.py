"""Wordings: which one is in force, changing it by a new version, going back to an earlier one, the ones that come with
the program."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from borrowers.models import Creditor, User, record_event
from cases.letters.content import LANGUAGES
from legal.models import LegalPaper, PaperTemplate
from legal.services.matters import LegalRefused
from legal.services.papers.kinds import KINDS
from legal.services.papers.wording import check_wording

FOLDER = Path(__file__).resolve().parents[2] / "defaults" / "papers"


class WordingRefused(LegalRefused):
    """A wording that may not be saved, with every reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def load_default_papers() -> None:
    """The program's own wordings as version 1, where a kind has none in a language; nothing is written over."""
    known = set(PaperTemplate.objects.filter(creditor=None).values_list("kind", "language"))
    with transaction.atomic():
        PaperTemplate.objects.bulk_create(
            PaperTemplate(kind=kind, language=language, version=1, body=default_body(kind, language))
            for kind in KINDS
            for language in LANGUAGES
            if (kind, language) not in known
        )


def default_body(kind: str, language: str) -> str:
    return (FOLDER / f"{kind}_{language}.html").read_text(encoding="utf-8")


def template_in_force(*, kind: str, language: str, creditor: Creditor) -> PaperTemplate:
    """The creditor's own wording while it is in use, else the house's. LegalRefused where there is none."""
    for creditor_id in (creditor.pk, None):
        found = newest(kind=kind, language=language, creditor_id=creditor_id)
        if found is not None and found.active:
            return found
    if not PaperTemplate.objects.filter(kind=kind, language=language, creditor=None).exists():
        load_default_papers()
        found = newest(kind=kind, language=language, creditor_id=None)
    if found is None or not found.active:
        raise LegalRefused(_("There is no wording for this kind of paper in this language."))
    return found


def newest(*, kind: str, language: str, creditor_id: int | None) -> PaperTemplate | None:
    found: PaperTemplate | None = PaperTemplate.objects.versions(
        kind=kind, language=language, creditor_id=creditor_id
    ).first()
    return found


def save_template(
    *,
    kind: str,
    language: str,
    creditor: Creditor | None,
    body: str,
    reason: str,
    actor: User,
    based_on: int | None = None,
) -> PaperTemplate:
    """A new version. `based_on`: the version that the person had before them (0: none); somebody else's in between is
    refused, not lost. WordingRefused with every fault of the wording; LegalRefused without a reason or a change;
    PermissionDenied."""
    _check_may(actor, creditor)
    if kind not in KINDS or language not in LANGUAGES:
        raise LegalRefused(_("There is no such paper."))
    if not reason.strip():
        raise LegalRefused(_("A reason is needed."))
    body = body.replace("\r\n", "\n").strip() + "\n"
    problems = check_wording(KINDS[kind].content, body, KINDS[kind].needs)
    if problems:
        raise WordingRefused(problems)
    return _add(kind, language, creditor, body, True, reason, actor, based_on)


def restore_template(*, template: PaperTemplate, reason: str, actor: User) -> PaperTemplate:
    """The wording of an earlier version, as a new one."""
    return save_template(
        kind=template.kind,
        language=template.language,
        creditor=template.creditor,
        body=template.body,
        reason=reason,
        actor=actor,
    )


def give_up_template(*, template: PaperTemplate, reason: str, actor: User) -> PaperTemplate:
    """A creditor's own wording is given up: from now on the house's counts. LegalRefused for the house's own."""
    _check_may(actor, template.creditor)
    if template.creditor is None:
        raise LegalRefused(_("The house's own wording cannot be given up."))
    if not reason.strip():
        raise LegalRefused(_("A reason is needed."))
    return _add(template.kind, template.language, template.creditor, template.body, False, reason, actor, None)


@dataclass(frozen=True, slots=True)
class DiffLine:
    """`mark` is "+", "−" or "" for what stayed."""

    mark: str
    text: str


def diff_of(old: PaperTemplate, new: PaperTemplate) -> list[DiffLine]:
    """What the newer version changed, with three lines around each change."""
    lines = difflib.unified_diff(old.body.splitlines(), new.body.splitlines(), lineterm="", n=3)
    marks = {"+": "+", "-": "−", " ": ""}
    return [
        DiffLine("…", "") if line.startswith("@@") else DiffLine(marks[line[0]], line[1:])
        for line in lines
        if not line.startswith(("---", "+++"))
    ]


def _add(
    kind: str,
    language: str,
    creditor: Creditor | None,
    body: str,
    active: bool,
    reason: str,
    actor: User,
    based_on: int | None,
) -> PaperTemplate:
    creditor_id = creditor.pk if creditor else None
    with transaction.atomic():
        # The first version's row is the lock: whoever saves at the same time waits, and then finds this version.
        rows = PaperTemplate.objects.versions(kind=kind, language=language, creditor_id=creditor_id)
        list(rows.filter(version=1).select_for_update(of=("self",)))
        last = rows.first()
        number = last.version if last else 0
        if based_on is not None and based_on != number:
            raise LegalRefused(_("Somebody has changed this wording in the meantime: look at version %(version)s first.")
                               % {"version": number})  # fmt: skip
        if last is not None and (last.body, last.active) == (body, active):
            raise LegalRefused(_("Nothing was changed."))
        made: PaperTemplate = PaperTemplate.objects.create(
            kind=kind,
            language=language,
            creditor=creditor,
            version=number + 1,
            body=body,
            active=active,
            reason=reason.strip()[:300],
            made_by=actor,
        )
        record_event(
            made,
            "edit_template" if active else "give_up_template",
            actor=actor,
            old=number or "",
            new=made.version,
            reason=reason.strip(),
            kind=LegalPaper.Kind(kind).value,
            language=language,
        )
    return made


def _check_may(actor: User, creditor: Creditor | None) -> None:
    if not actor.has_perm("legal.edit_papertemplate"):
        raise PermissionDenied(_("You may not do this."))
    if creditor is not None and not Creditor.objects.visible_to(actor).filter(pk=creditor.pk).exists():
        raise PermissionDenied(_("You may not do this."))
