"""Letters by post: printed together, and followed by what the carrier tells."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from borrowers.errors import InputError
from borrowers.export import escape_formula
from borrowers.models import ContactPoint, Creditor, Document, User, record_event
from borrowers.models.document import file_document
from cases.letters.print_copy import is_signed, print_copy
from cases.letters.print_run import bind_letters
from cases.models import Case, GateDecision, Letter, Posting, PrintRun
from cases.models.contact import Channel
from cases.policy import Pack, load_pack
from cases.services.contact_gate import decide_contact, decision_words
from cases.services.gate_facts import PersonFacts, load_facts

RUN_AT_MOST = 500
COLUMNS = ("position", "letter", "name", "address", "pages", "first_page", "kind", "sender", "sender_address")


class PostingRefused(ValueError):
    """Nothing was printed; says why in the reader's language."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter that was issued and is in no print run yet; `problem` says why it cannot go now."""

    letter: Letter
    address: ContactPoint | None
    decision: GateDecision | None = None
    problem: str = ""


def letters_to_post(*, creditor: Creditor, now: dt.datetime, limit: int = RUN_AT_MOST) -> list[Waiting]:
    """The issued letters of the creditor that wait for the post, oldest first; nothing is stored. Those that somebody else
    posts (settings.POSTED_ELSEWHERE: lawyer's letters for stamp and pen) are not among them."""
    letters = Letter.objects.filter(creditor=creditor, posting=None)
    for name in settings.POSTED_ELSEWHERE:
        letters = letters.exclude(pk__in=import_string(name)())
    letters = (
        letters.select_related("case__borrower__creditor", "case__creditor", "document")
        .prefetch_related("case__loans")
        .order_by("pk")[:limit]
    )
    people = {letter.case.borrower_id: letter.case.borrower for letter in letters}
    try:
        pack = load_pack(creditor.pack)
        facts = load_facts(list(people.values()), pack=pack, at=now) if people else {}
    except InputError as refusal:
        return [Waiting(letter, None, problem=refusal.translated(gettext)) for letter in letters]
    return [_look_at(letter, facts[letter.case.borrower_id], pack, now) for letter in letters]


def make_print_run(*, creditor: Creditor, actor: User, now: dt.datetime) -> PrintRun:
    """Print what can go now: one PDF in the order of its address list, each letter in one run only.

    Every letter is judged by the gate once more, and that decision kept. Raises PostingRefused when nothing can go,
    PermissionDenied.
    """
    if (
        not actor.has_perm("cases.make_print_run")
        or not Creditor.objects.visible_to(actor).filter(pk=creditor.pk).exists()
    ):
        raise PermissionDenied(_("You may not print letters of this creditor."))
    with transaction.atomic():
        # Whoever presses at the same time waits here, and then finds the letters taken.
        Creditor.objects.select_for_update(no_key=True).get(pk=creditor.pk)
        waiting = letters_to_post(creditor=creditor, now=now)
        GateDecision.objects.bulk_create([one.decision for one in waiting if one.decision is not None])
        going = [one for one in waiting if not one.problem and one.address is not None]
        if not going:
            raise PostingRefused(_("There is no letter that can be posted now."))
        bound = bind_letters([(one.letter.number, _as_printed(one.letter)) for one in going])
        name = f"{creditor.code}-{now:%Y%m%d-%H%M}"
        pdf = _file(bound.pdf, f"{name}.pdf", "application/pdf", creditor, actor)
        listed = _file(_address_list(going, bound.starts), f"{name}.csv", "text/csv", creditor, actor)
        run = PrintRun.objects.create(
            creditor=creditor, pdf=pdf, addresses=listed, count=len(going), pages=bound.pages, made_by=actor
        )
        Posting.objects.bulk_create(
            [
                Posting(
                    letter=one.letter,
                    run=run,
                    position=place,
                    contact_point=one.address,
                    name=one.letter.case.borrower.name,
                    address=one.address.value if one.address else "",
                )
                for place, one in enumerate(going, start=1)
            ]
        )
        record_event(run, "make_print_run", actor=actor, new=name, letters=len(going), sha256=pdf.sha256)
    return run


def _look_at(letter: Letter, facts: PersonFacts, pack: Pack, now: dt.datetime) -> Waiting:
    case: Case = letter.case
    points = [
        point
        for point in facts.points
        if point.kind == ContactPoint.Kind.ADDRESS and point.owner == ContactPoint.Owner.DEBTOR and point.is_valid
    ]
    if not case.is_open:
        return Waiting(letter, None, problem=_("The case is closed."))
    if not points:
        return Waiting(letter, None, problem=_("No address in use is known."))
    address = min(points, key=lambda point: (not point.preferred, point.pk))
    decision = decide_contact(
        facts=facts,
        pack=pack,
        borrower=case.borrower,
        case=case,
        contact_point=address,
        channel=Channel.POST,
        at=now,
        party=address.owner,
        moment=GateDecision.Moment.SEND,
        loans=list(case.loans.all()),
    )
    return Waiting(letter, address, decision, "" if decision.allowed else decision_words(decision))


def _as_printed(letter: Letter) -> bytes:
    """A signed letter as it looks on paper: bound with others its signature would be broken."""
    data = letter.document.read()
    return print_copy(data) if is_signed(data) else data


def _address_list(going: Sequence[Waiting], starts: Sequence[int]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for place, (one, start) in enumerate(zip(going, starts, strict=True), start=1):
        assert one.address is not None  # only those go
        row = (one.letter.number, one.letter.case.borrower.name, one.address.value)
        # Whose envelope it is: the law firm's for its own letters.
        sender = one.letter.figures.get("sender") or {}
        back = (str(one.letter.get_kind_display()), sender.get("name", ""), sender.get("address", ""))
        writer.writerow(
            [place, *map(escape_formula, row), one.letter.pages, start, *map(escape_formula, back)],
        )
    return text.getvalue().encode("utf-8-sig")


def _file(data: bytes, name: str, kind: str, creditor: Creditor, by: User) -> Document:
    return file_document(
        data=data, name=name, mime_type=kind, kind=Document.Kind.OTHER, creditor=creditor, borrower=None, by=by
    )
