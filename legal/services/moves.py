"""Moving a matter: everything that a person does with it after it was opened.

`make_move` is the one service for all transitions. It checks what it is told against what is known (dates in order and
not ahead of us, sums, what the procedure allows: legal.rules.matter_moves), checks before a suit what the suit lacks
(legal.services.presuit), fills in the court's fee by the tariff, moves the matter, and takes the case along where the
matter's end means that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.models import User, record_event
from borrowers.services.transitions import find_transition
from cases.models import Arrangement, Case, Stage
from cases.stages import move_case, move_case_if_legal
from legal.models import Court, LegalPaper, Matter, MatterState, PaperState
from legal.models.matter_states import BEFORE_COURT
from legal.rules import fees
from legal.rules.matter_moves import ERROR, WARNING, Finding, Surroundings, check_correction, check_move
from legal.rules.presuit import is_blocked, stands_in_the_way
from legal.services.deadline_sync import follow_matters
from legal.services.matters import LegalRefused, MoveRefused, check_records_court
from legal.services.presuit import FILING_MOVES, as_detail, check_matter, words_of
from legal.stages import move_matter

# What a mistake may be corrected in; the state, and what a person decides anew by a move, are not among it.
CORRECTABLE = (
    "court",
    "venue_basis",
    "service_address",
    "procedure",
    "court_case_no",
    "judge",
    "clerk",
    "courtroom",
    "appeal_court",
    "appeal_case_no",
    "enforcement_court",
    "enforcement_case_no",
    "payment_order_on",
    "writ_issued_on",
    "writ_served_on",
    "order_opposed_on",
    "mediation_on",
    "mediator",
    "filed_on",
    "accepted_on",
    "served_on",
    "served_by",
    "hearing_at",
    "judged_on",
    "judgment_served_on",
    "appealed_on",
    "effective_on",
    "performance_due_on",
    "enforcement_applied_on",
    "terminated_on",
    "resumed_on",
    "claim_cut_off",
    "claimed_amount",
    "court_fee",
    "preservation_fee",
    "lawyers_fee",
    "outcome",
    "awarded_principal",
    "awarded_interest",
    "awarded_costs",
)
COURTS = ("court", "appeal_court", "enforcement_court")
# What is prepared before a suit, without a move.
PREPARED = ("court", "venue_basis", "service_address", "procedure", "lawyers_fee")
_LIVE = (Arrangement.State.ACCEPTED, Arrangement.State.ACTIVE)
_OUT = (PaperState.ISSUED, PaperState.DELIVERED)


def make_move(*, matter: Matter, name: str, actor: User, reason: str = "", override: str = "", **data: Any) -> Matter:
    """Move the matter through the transition `name` with the columns `data`; returns it, fresh.

    `override` is why a suit is filed although the check finds it lacking: only by who may approve papers. The event
    keeps what was told, what was warned of, and what the check found. PermissionDenied for whoever does not see the
    matter or may not make this move; MoveRefused when it is not legal from here or lacks data; LegalRefused when what is
    told does not fit, with every reason.
    """
    _check_sees(matter, actor)
    with transaction.atomic():
        # The case first, then its matter: the order in which everybody locks them.
        Case.objects.select_for_update(of=("self",)).get(pk=matter.case_id)
        fresh = _locked(matter.pk)
        move = find_transition(fresh, "state", name)
        if move is None or move.custom.get("hidden"):
            raise MoveRefused(_("This step cannot be taken from “%(state)s”.") % {"state": fresh.get_state_display()})
        data = {key: value for key, value in data.items() if value not in (None, "")}
        if set(data) & set(move.custom.get("clears", ())):
            raise MoveRefused(_("This move is told nothing."))
        data = _filled(fresh, name, move.custom["sets"], data)
        # What is known already and need not be said again is not told anew.
        needed = move.custom["needs"]
        data = {key: value for key, value in data.items() if key in needed or getattr(fresh, key, None) != value}
        missing = [column for column in needed if column not in data]
        detail: dict[str, Any] = {}
        if not missing:  # else the door says what is missing
            detail = _checked(fresh, name, actor, data, override)
        if name == "settle":
            _check_may_settle(fresh)
        moved = move_matter(fresh.pk, name, actor=actor, reason=reason, detail=detail, **data)
        _follow(name, moved, reason)
    return moved


def warnings_of(*, matter: Matter, name: str, data: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What a person should think of before making the move; errors are left to `make_move`."""
    told = {key: value for key, value in data.items() if value not in (None, "")}
    found = check_move(name, known_of(matter), _local(matter, told), around(matter, name, told))
    return tuple(finding for finding in found if finding.level == WARNING)


def correct_matter(*, matter: Matter, actor: User, reason: str, **data: Any) -> Matter:
    """Put right what was mistyped: other values for columns that a move has set. Each changed column leaves an event
    with the old value and the new; an ended matter may be corrected too.

    LegalRefused: no reason, a column that this person may not correct or that was never set, a value that does not fit.
    """
    check_records_court(matter, actor)
    if not reason.strip():
        raise LegalRefused(_("A reason is needed."))
    with transaction.atomic():
        fresh = _locked(matter.pk)
        if not set(data) <= set(correctable(fresh, actor)):
            raise LegalRefused(_("Only what was told before, and by steps that you may take, is corrected like this."))
        changed = {name: value for name, value in data.items() if getattr(fresh, name) != value}
        for name, value in changed.items():
            if value in (None, ""):
                raise LegalRefused(_("“%(what)s” may be corrected, not taken away.") % {"what": _column_name(name)})
        _refuse(check_correction(known_of(fresh), _local(fresh, changed), around(fresh, "", changed)))
        _check_courts(changed)
        _write(fresh, "correct_matter", actor, changed, reason)
    return fresh


def prepare_matter(*, matter: Matter, actor: User, **data: Any) -> Matter:
    """Choose court, venue, procedure and address for service while no court has the matter yet; "" takes one back.
    LegalRefused when it is with a court already, or the court is not active."""
    if not actor.has_perm("legal.work_matter"):
        raise PermissionDenied(_("You may not do this."))
    _check_sees(matter, actor)
    with transaction.atomic():
        fresh = _locked(matter.pk)
        if not may_prepare(fresh):
            raise LegalRefused(_("A court has the matter: what was filed is corrected, with a reason."))
        changed = {name: data[name] for name in PREPARED if name in data and getattr(fresh, name) != data[name]}
        _check_courts(changed)
        if (changed.get("lawyers_fee") or 0) < 0:
            raise LegalRefused(_("The lawyer's fee must not be negative."))
        _write(fresh, "prepare_matter", actor, changed, "")
    return fresh


def may_prepare(matter: Matter) -> bool:
    """Whether no court has it yet."""
    return matter.state in (*BEFORE_COURT, MatterState.MEDIATION)


def correctable(matter: Matter, actor: User) -> list[str]:
    """The columns that are set and that this person may correct, in order: legal staff all of them, counsel those that
    are told by moves of theirs."""
    mine = set(CORRECTABLE)
    if not actor.has_perm("legal.work_matter"):
        moves = Matter._meta.get_field("state").get_all_transitions(Matter)
        mine &= {name for move in moves if move.has_perm(matter, actor) for name in move.custom.get("sets", ())}
    return [name for name in CORRECTABLE if name in mine and getattr(matter, name) not in (None, "")]


# --- Checks --------------------------------------------------------------------------------------------


def _check_sees(matter: Matter, actor: User) -> None:
    if not Matter.objects.visible_to(actor).filter(pk=matter.pk).exists():
        raise PermissionDenied(_("You may not do this."))


def _locked(pk: int) -> Matter:
    related = ("case__creditor", "case__borrower", "court", "firm", "mandate")
    return Matter.objects.select_for_update(of=("self",)).select_related(*related).get(pk=pk)


def known_of(matter: Matter) -> dict[str, Any]:
    """The columns as the rules take them: a hearing in the creditor's own time."""
    known = {column.name: getattr(matter, column.name) for column in matter._meta.concrete_fields}
    return _local(matter, known)


def _local(matter: Matter, values: Mapping[str, Any]) -> dict[str, Any]:
    zone = matter.case.creditor.zone
    return {name: value.astimezone(zone) if isinstance(value, dt.datetime) else value for name, value in values.items()}


def around(matter: Matter, name: str, told: Mapping[str, Any]) -> Surroundings:
    """The day, the wage of the court's region, and the fee by the tariff for the claim as it will stand."""
    creditor = matter.case.creditor
    court: Court | None = told.get("court") or matter.court
    return Surroundings(
        pack=creditor.pack,
        today=creditor.business_date(timezone.now()),
        average_wage=court.average_wage if court else None,
        tariff=tariff(matter, name, told),
    )


def tariff(matter: Matter, name: str, told: Mapping[str, Any]) -> Decimal | None:
    """The court's fee by the table; None where there is no table, or no claim yet."""
    fee = fee_of(matter, name, told)
    return fee.amount if fee else None


def fee_of(matter: Matter, name: str, told: Mapping[str, Any]) -> fees.Fee | None:
    """The same with its formula and clause."""
    claim = told.get("claimed_amount") or matter.claimed_amount
    procedure = told.get("procedure") or matter.procedure
    if name == "apply_for_order":
        procedure = "payment_order"
    if matter.case.creditor.pack != "cn" or not claim or claim < 0 or not procedure:
        return None
    return fees.court_fee(claim, procedure)


def _filled(matter: Matter, name: str, sets: list[str], data: dict[str, Any]) -> dict[str, Any]:
    """The court's fee by the tariff, where the move may tell it, nobody did, and none is known for this claim."""
    asks = name in ("file_suit", "apply_for_order", "oppose_order") or (name == "accept" and matter.court_fee is None)
    if asks and "court_fee" in sets and "court_fee" not in data and (fee := tariff(matter, name, data)) is not None:
        return {**data, "court_fee": fee}
    return data


def _checked(matter: Matter, name: str, actor: User, data: dict[str, Any], override: str) -> dict[str, Any]:
    """Refuse what does not fit; → what the event keeps besides the columns."""
    detail: dict[str, Any] = {}
    found = check_move(name, known_of(matter), _local(matter, data), around(matter, name, data))
    _refuse(found)
    _check_courts(data)
    if found:
        detail["warned_of"] = [
            {
                "words": finding.text(name_of=_column_name),
                "said": finding.words,
                "values": {key: str(value) for key, value in finding.values.items()},
                "clause": finding.clause,
            }
            for finding in found
        ]
    if name in FILING_MOVES:
        detail |= _check_suit(matter, actor, data, override)
    return detail


def _check_suit(matter: Matter, actor: User, data: dict[str, Any], override: str) -> dict[str, Any]:
    on = matter.case.creditor.business_date(timezone.now())
    findings = check_matter(matter=matter, on=on, told=data)
    lacking = stands_in_the_way(findings)
    detail: dict[str, Any] = {"check": as_detail(findings)}
    if not lacking:
        return detail
    if is_blocked(findings):
        raise LegalRefused(_("This must not be filed: %(what)s") % {"what": words_of(lacking)})
    if not override.strip():
        raise LegalRefused(_("Before it is filed: %(what)s") % {"what": words_of(lacking)})
    if not actor.has_perm("legal.approve_paper"):
        raise LegalRefused(_("Only a person who may approve papers may file in spite of what is missing."))
    return {**detail, "override": override.strip()}


def _refuse(found: tuple[Finding, ...]) -> None:
    """LegalRefused with all errors among the findings."""
    errors = [finding.text(_, _column_name) for finding in found if finding.level == ERROR]
    if errors:
        raise LegalRefused("; ".join(errors))


def _column_name(column: str) -> str:
    return str(Matter._meta.get_field(column).verbose_name)  # type: ignore[union-attr]


def _check_courts(data: Mapping[str, Any]) -> None:
    for name in COURTS:
        court = data.get(name)
        if court is not None and court != "" and not court.is_active:
            raise LegalRefused(_("%(court)s is not in use any more.") % {"court": court})


def _write(matter: Matter, action: str, actor: User, changed: Mapping[str, Any], reason: str) -> None:
    """Set the columns, with an event for each; its deadlines follow. Call it with the row locked."""
    if not changed:
        return
    for name, value in changed.items():
        old = getattr(matter, name)
        setattr(matter, name, value)
        record_event(matter, action, actor=actor, field=name, old=old, new=value, reason=reason.strip())
    matter.save(update_fields=list(changed))
    follow_matters([matter])


# --- Ends ----------------------------------------------------------------------------------------------


def _check_may_settle(matter: Matter) -> None:
    """A matter is settled when its case is closed, or when both sides have agreed and that is on file: an accepted or
    running arrangement, or a settlement agreement that was issued. LegalRefused while there is none of them."""
    if not matter.case.is_open:
        return
    agreed = Arrangement.objects.filter(case=matter.case_id, state__in=_LIVE).exists()
    papers = LegalPaper.objects.filter(matter=matter, kind=LegalPaper.Kind.SETTLEMENT, state__in=_OUT)
    if not agreed and not papers.exists():
        raise LegalRefused(
            _(
                "The case is still open, and there is neither an accepted arrangement nor an issued settlement agreement."
            )
        )


def _follow(name: str, matter: Matter, reason: str) -> None:
    """What the end of a matter means for a case that is still with legal. Withdrawn or recalled, it goes back to
    collection; settled by agreement, the agreement is collected on. The case's move is the system's, as what the
    person's own move brings with it: the matter's event names the person. A concluded matter leaves the case where it is:
    whether anything is left to collect, or it is written off, a supervisor decides."""
    if name not in ("withdraw", "recall", "settle"):
        return
    case = Case.objects.get(pk=matter.case_id)
    if case.stage != Stage.LEGAL:
        return
    if name == "settle":
        move_case_if_legal(case, "start_negotiating", actor=None, reason=reason)
    else:
        move_case(case.pk, "take_back_from_legal", actor=None, reason=reason)
