"""Answering an objection: what was found, what it corrects in the ledger, the letter that says so, and contact that may go
on. All of it or nothing.

A claim of identity theft that is right sends the loan back to its creditor: the borrower never owed it, so there is
nothing to forgive (docs/adr/0170-objections.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.models import User, record_event
from cases.letters.fonts import cannot_draw
from cases.models import Case, CasePaper, Objection
from cases.objection_moves import move_objection
from cases.policy.objection_clocks import clock_of
from cases.policy.red_lines import lint_text
from cases.services.case_figures import refresh_cases
from cases.services.objection_corrections import Books, Correction, make_corrections
from cases.services.objection_evidence import is_verified
from cases.services.objection_freeze import frozen_loans, release_claimed, unfreeze
from cases.services.objection_letters import make_answer
from cases.services.objections import ANSWER, ObjectionRefused, complained_of, lift_flag, locked
from cases.services.outbox_cancelling import lock_cases
from cases.services.permissions import check_may
from cases.services.plans import plan_cases
from cases.services.recall import recall_accounts
from cases.services.workable import refresh_workable
from cases.strategy import reasons

State = Objection.State
MOVES: dict[str, str] = {
    State.UPHELD: "uphold",
    State.PARTLY_UPHELD: "uphold_partly",
    State.REJECTED: "reject",
}


def answer_objection(
    *,
    objection: Objection,
    actor: User,
    outcome: str,
    found: str,
    on: dt.date,
    corrected: str = "",
    corrections: Sequence[Correction] = (),
    also: Sequence[int] = (),
    language: str | None = None,
) -> CasePaper:
    """Answer it, as upheld, partly upheld or rejected, with the bookings that set the ledger right; returns the letter.
    `also`: further cases whose loans a correction changes, as where a payment belongs to another account.

    ObjectionRefused with the reason: answered before, nothing found, wording that may not leave the house, verification
    that the law asks for first, or a correction of what was rejected. InputError when the ledger refuses a correction.
    PermissionDenied. Nothing has changed then.
    """
    with transaction.atomic():
        case, objection = locked(objection)
        check_may(case, actor, ANSWER)
        cases = lock_cases({case.pk, *also})
        found, corrected = found.strip(), corrected.strip()
        _check(objection, case, actor, outcome, found, corrected, corrects=bool(corrections))
        returns = outcome == State.UPHELD and objection.family == Objection.Family.IDENTITY_THEFT
        books = Books.opened(case, on, corrects=bool(corrections))
        make_corrections(corrections, actor)
        move_objection(
            objection.pk, MOVES[outcome], actor=actor, reason=found[:500], on=on, found=found, corrected=corrected,
            by=actor,
        )  # fmt: skip
        objection = Objection.objects.select_related("case__creditor", "case__borrower__creditor").get(pk=objection.pk)
        if returns:
            _give_back(objection, case, actor, on)
        else:
            unfreeze(objection, on=on, actor=actor)
        changes, bookings = books.changes(), books.bookings(actor)
        paper = make_answer(
            objection=objection, changes=changes, bookings=bookings, actor=actor, on=on, language=language
        )
        record_event(
            objection, "answer_objection", actor=actor, field="answer", new=paper.number, reason=corrected,
            outcome=str(outcome), bookings=bookings,
            before={one.account_no: one.figures()["owed_before"] for one in changes},
            after={one.account_no: one.figures()["owed_after"] for one in changes},
        )  # fmt: skip
        lift_flag(objection, actor=actor, reason=objection.get_state_display())
        _follow_up(case, on, cases)
    return paper


def _check(
    objection: Objection, case: Case, actor: User, outcome: str, found: str, corrected: str, *, corrects: bool
) -> None:
    if outcome not in MOVES:
        raise ObjectionRefused(_("“%(outcome)s” is no answer.") % {"outcome": outcome})
    if not objection.is_open:
        raise ObjectionRefused(_("It is closed already."))
    if actor.pk == complained_of(case, objection, objection.topic):
        raise PermissionDenied(_("Nobody answers a complaint about themselves."))
    if not found:
        raise ObjectionRefused(_("Say what was found."))
    if outcome == State.REJECTED and (corrects or corrected):
        raise ObjectionRefused(_("What is rejected corrects nothing: uphold it, at least in part."))
    if corrects and not corrected:
        raise ObjectionRefused(_("Say in the borrower's words what is corrected."))
    findings = lint_text(f"{found}\n{corrected}")
    if findings:
        words = ", ".join(f"“{finding.words}” ({_(finding.reason)})" for finding in findings)
        raise ObjectionRefused(_("Wording that may not leave the house: %(words)s") % {"words": words})
    if missing := cannot_draw({found, corrected}):
        raise ObjectionRefused(_("no font can draw: %(characters)s") % {"characters": " ".join(missing)})
    if clock_of(objection.clock).needs_verification and objection.in_writing and not is_verified(objection):
        raise ObjectionRefused(
            _("A written dispute is answered after verification of the debt was sent: file what was sent.")
        )


def _give_back(objection: Objection, case: Case, actor: User, on: dt.date) -> None:
    """The loans of the claim go back to the creditor; interest stays stopped for good. What else is in the case is
    worked on."""
    accounts = list(frozen_loans(objection).values_list("account_no", flat=True))
    if accounts:
        recall_accounts(creditor=case.creditor, account_nos=accounts, on=on, reason=objection.number, actor=actor)
    release_claimed(objection, actor=actor)


def _follow_up(case: Case, on: dt.date, cases: Sequence[int]) -> None:
    """Figures, stage, plan and what the gate thinks of the case follow in the same transaction; figures and plan of the
    others whose loans were changed too."""
    refresh_cases(creditor=case.creditor, on=case.creditor.aged_on or on, case_ids=cases)
    still_open = list(Case.objects.open().filter(pk__in=cases).values_list("pk", flat=True))
    if still_open:
        plan_cases(creditor=case.creditor, on=on, case_ids=still_open, because=reasons.FACTS)
    refresh_workable(person_keys=[case.borrower.person_key], now=timezone.now())
