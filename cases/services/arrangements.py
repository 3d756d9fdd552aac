"""Arrangements: proposed from what a borrower can afford, approved by the authority matrix, accepted with proof, kept or
broken by the ledger alone.

The debt that a proposal is made of is that of its day: penalty interest stands still from then on if it is accepted, and
whatever else changed the debt meanwhile asks for a new proposal.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.errors import InputError
from borrowers.models import Creditor, Document, Instalment, LedgerEntry, Loan, User, record_event
from borrowers.money import money_text, summed
from borrowers.rules import arrangements as rules
from borrowers.rules.allocation import Owed
from borrowers.rules.arrangements import PAY_ORDER, ArrangementPolicy, Authority, Budget, Parts, Proposal
from borrowers.schedule import load_account
from borrowers.services import early_payoff
from borrowers.services.reallocation import accrue_to
from cases.arrangement_moves import MoveRefused, move_arrangement
from cases.models import ApprovalRule, Arrangement, ArrangementApproval, Case, Level, Stage
from cases.services.arrangement_ledger import (
    DebtChanged,
    in_scope,
    parts_of,
    start,
    undo,
)
from cases.services.case_figures import refresh_cases
from cases.services.defaults import load_defaults
from cases.services.permissions import check_may
from cases.services.plans import plan_cases
from cases.services.promises import end_talks
from cases.services.workable import refresh_workable
from cases.stages import move_case_if_legal
from cases.strategy import reasons

POLICY = ArrangementPolicy()
ZERO = Decimal("0.00")
# So long an approved offer can be accepted (a house rule): penalty interest stands still from its first day.
OFFER_DAYS = 30
# How many arrangements the numbers of a loan's instalments leave room for (NUMBERS_OF_A_PLAN).
MOST_OF_A_LOAN = 32


class ArrangementRefused(ValueError):
    """It cannot be done; says why in the reader's language."""


# --- Proposing -----------------------------------------------------------------------------------------


def owed_for(*, loan: Loan, kind: str, on: dt.date) -> Parts:
    """What an arrangement of that kind would be about on the day `on`, penalty interest up to it included."""
    account = load_account(loan)
    accrue_to(account, on)
    rows: list[tuple[Instalment, Owed]] = list(zip(account.schedule, account.owed(), strict=True))
    return parts_of(in_scope(kind, rows, on))


def suggest(*, loan: Loan, budget: Budget, on: dt.date, first_on: dt.date) -> tuple[Proposal, ...]:
    """Two or three plans that the borrower can afford; none when there is none. InputError: a negative sum."""
    owed = owed_for(loan=loan, kind=Arrangement.Kind.INSTALMENTS, on=on)
    found = rules.propose(owed, budget, POLICY, on, first_on, loan.currency)
    overdue = owed_for(loan=loan, kind=Arrangement.Kind.DEFERRAL, on=on)
    return tuple(
        rules.defer(overdue, plan.lines[0].due_on) if plan.kind == rules.DEFERRAL and overdue.total else plan
        for plan in found
        if plan.kind != rules.DEFERRAL or overdue.total
    )


def authority_matrix(creditor: Creditor) -> tuple[Authority, ...]:
    """The creditor's own lines, and those of all for what it has no own line about."""
    if not ApprovalRule.objects.exists():
        load_defaults()
    rows = ApprovalRule.objects.filter(creditor=None) | ApprovalRule.objects.filter(creditor=creditor)
    chosen = {(row.level, row.kind): row for row in sorted(rows, key=lambda row: row.creditor_id is not None)}
    return tuple(
        Authority(
            row.level, row.kind, row.max_discount, row.max_months, row.max_days, row.max_amount, row.second_pair_above
        )
        for row in chosen.values()
    )


def propose_arrangement(
    *,
    case: Case,
    loan: Loan,
    proposal: Proposal,
    actor: User,
    on: dt.date,
    reason: str,
    budget: Budget | None = None,
) -> Arrangement:
    """Put a proposal to those who may approve it.

    ArrangementRefused with the reason, PermissionDenied when the actor does not work the case.
    """
    with transaction.atomic():
        case = locked_case(case.pk)
        check_may(case, actor, "cases.propose_arrangement")
        _check_proposal(case, loan, proposal, on, reason)
        try:
            need = rules.needed_approval(proposal, on, authority_matrix(case.creditor), forgiven_before(loan))
        except InputError as refused:
            raise ArrangementRefused(refused.translated(_)) from refused
        arrangement = Arrangement.objects.create(
            case=case,
            loan=loan,
            kind=proposal.kind,
            sequence=loan.arrangements.count() + 1,
            lines=[
                {"due_on": line.due_on.isoformat(), **amounts_of(line.parts, loan.currency)} for line in proposal.lines
            ],
            forgiven=amounts_of(proposal.forgiven, loan.currency),
            total=proposal.total,
            forgiven_total=proposal.forgiven.total,
            last_due_on=proposal.last_due_on,
            income=budget.income if budget else None,
            spending=budget.spending if budget else None,
            other_debts=budget.other_debts if budget else None,
            reason=reason.strip()[:300],
            proposed_on=on,
            proposed_by=actor,
            needs_level=need.level,
            needs_people=need.people,
        )
        record_event(
            arrangement, "propose_arrangement", actor=actor, field="state", new=arrangement.state,
            reason=reason.strip(), borrower_id=case.borrower_id, case=case.pk, total=str(proposal.total),
            forgiven=str(proposal.forgiven.total),
        )  # fmt: skip
        if case.stage != Stage.LEGAL:
            move_case_if_legal(case, "start_negotiating", actor=None)
    return arrangement


def forgiven_before(loan: Loan) -> Decimal:
    """What of the loan was forgiven so far and was not taken back, by whatever waived it; interest of days that the money
    was not lent is none of it."""
    waived = loan.entries.filter(kind=LedgerEntry.Kind.WAIVER).exclude(source__startswith=f"{early_payoff.SOURCE} ")
    return max(ZERO, -summed(waived.aggregate(total=Sum("amount"))["total"]))


def amounts_of(parts: Parts, currency: str) -> dict[str, str]:
    """The parts as an arrangement keeps them."""
    return {name: money_text(getattr(parts, name), currency) for name in PAY_ORDER}


def _check_proposal(case: Case, loan: Loan, proposal: Proposal, on: dt.date, reason: str) -> None:
    if not case.is_open:
        raise ArrangementRefused(_("The case is closed."))
    if not case.loans.filter(pk=loan.pk).exists():
        raise ArrangementRefused(_("The loan is not in this case."))
    _check_open(loan)
    if loan.arrangements.count() >= MOST_OF_A_LOAN:
        raise ArrangementRefused(
            _("The loan has had %(most)d arrangements: no more can be made.") % {"most": MOST_OF_A_LOAN}
        )
    if Arrangement.objects.filter(loan=loan, state__in=Arrangement.LIVE).exists():
        raise ArrangementRefused(_("The loan has an arrangement already: it must end first."))
    if not reason.strip():
        raise ArrangementRefused(_("A reason is needed."))
    if proposal.lines and proposal.lines[0].due_on < on:
        raise ArrangementRefused(_("The first payment lies in the past."))
    if proposal.months > POLICY.max_months or (
        proposal.last_due_on is not None and proposal.last_due_on > rules.latest_end(POLICY, on)
    ):
        raise ArrangementRefused(_("A plan has at most %(months)d months.") % {"months": POLICY.max_months})
    owed = owed_for(loan=loan, kind=proposal.kind, on=on)
    whole = proposal.total + proposal.forgiven.total
    if (proposal.lines and whole != owed.total) or whole > owed.total:
        raise ArrangementRefused(_("What is owed has changed: make the proposal anew."))


def _check_open(loan: Loan) -> None:
    if Loan.objects.values_list("status", flat=True).get(pk=loan.pk) != Loan.Status.OPEN:
        raise ArrangementRefused(_("The loan is not ours to collect any more."))


# --- Approving, accepting ------------------------------------------------------------------------------


def approve_arrangement(*, arrangement: Arrangement, actor: User, on: dt.date) -> Arrangement:
    """Add this person's approval; with the last one that is needed it is approved, and a waiver takes effect.

    PermissionDenied for who may not, or proposed or approved it before; ArrangementRefused when it is not proposed any
    more or the debt has changed.
    """
    with transaction.atomic():
        case = locked_case(arrangement.case_id)
        arrangement = Arrangement.objects.select_for_update().get(pk=arrangement.pk)
        if arrangement.state != Arrangement.State.PROPOSED:
            raise ArrangementRefused(_("It is not waiting for approval."))
        need = rules.Need(arrangement.needs_level, arrangement.needs_people)
        earlier = list(arrangement.approvals.values_list("actor_id", flat=True))
        level = level_of(actor)
        visible = Case.objects.visible_to(actor).filter(pk=case.pk).exists()
        if not visible or not rules.may_approve(need, level, actor.pk, arrangement.proposed_by_id, earlier):
            raise PermissionDenied(_("You may not approve this."))
        _check_open(arrangement.loan)
        ArrangementApproval.objects.create(arrangement=arrangement, actor=actor, level=level)
        record_event(arrangement, "approval", actor=actor, new=level, borrower_id=case.borrower_id, case=case.pk)
        if len(earlier) + 1 < need.people:
            return arrangement
        arrangement = move_arrangement(arrangement.pk, "approve", actor=None)
        if arrangement.kind == Arrangement.Kind.WAIVER:
            arrangement = move_arrangement(arrangement.pk, "accept", actor=None, on=on, recording_ref="", slip=None)
            _activate(arrangement, case, on, actor)
            arrangement = move_arrangement(arrangement.pk, "complete", actor=None, on=on)
    return arrangement


def level_of(actor: User) -> str:
    """The highest level at which this person may approve; "" for none."""
    if actor.has_perm("cases.approve_large_arrangement"):
        return Level.MANAGER
    if actor.has_perm("cases.approve_arrangement"):
        return Level.SUPERVISOR
    return Level.COLLECTOR if actor.has_perm("cases.propose_arrangement") else ""


def accept_arrangement(
    *,
    arrangement: Arrangement,
    actor: User,
    on: dt.date,
    recording_ref: str = "",
    slip: Document | None = None,
) -> Arrangement:
    """The borrower agreed on the day `on`: it becomes active at once.

    ArrangementRefused without proof (a recording of the call, or the signed slip), when it was not approved, is too old,
    or when what is owed has changed since it was proposed.
    """
    with transaction.atomic():
        case = locked_case(arrangement.case_id)
        check_may(case, actor, "cases.propose_arrangement")
        _check_stands(Arrangement.objects.get(pk=arrangement.pk), on)
        if not recording_ref.strip() and slip is None:
            raise ArrangementRefused(_("An oral agreement needs the reference of its recording."))
        try:
            arrangement = move_arrangement(
                arrangement.pk, "accept", actor=actor, on=on, recording_ref=recording_ref.strip()[:100], slip=slip
            )
        except MoveRefused as refused:
            raise ArrangementRefused(str(refused)) from refused
        _activate(arrangement, case, on, actor)
    return Arrangement.objects.get(pk=arrangement.pk)


def _check_stands(arrangement: Arrangement, on: dt.date) -> None:
    """An offer is for its time: what was approved was a first payment on its day, and penalty that waits so long."""
    _check_open(arrangement.loan)
    if on > arrangement.proposed_on + dt.timedelta(days=OFFER_DAYS):
        raise ArrangementRefused(_("It was offered more than %(days)d days ago: make it anew.") % {"days": OFFER_DAYS})
    if arrangement.plan and arrangement.plan[0].due_on < on:
        raise ArrangementRefused(_("The first payment lies in the past."))


def _activate(arrangement: Arrangement, case: Case, on: dt.date, actor: User) -> None:
    move_arrangement(arrangement.pk, "activate", actor=None, on=on)
    try:
        start(arrangement, on=on, actor=actor)
    except (DebtChanged, InputError) as refused:
        raise ArrangementRefused(_("What is owed has changed: make the proposal anew.")) from refused
    follow_up(case, on, reasons.ARRANGED)


def cancel_arrangement(*, arrangement: Arrangement, actor: User, on: dt.date, reason: str) -> Arrangement:
    """Withdraw it, with a reason; an active one is undone as if it were broken."""
    with transaction.atomic():
        case = locked_case(arrangement.case_id)
        check_may(case, actor, "cases.propose_arrangement")
        was_active = Arrangement.objects.filter(pk=arrangement.pk, state=Arrangement.State.ACTIVE).exists()
        if was_active and level_of(actor) == Level.COLLECTOR:
            raise PermissionDenied(_("A supervisor ends an arrangement that is running."))
        try:
            arrangement = move_arrangement(arrangement.pk, "cancel", actor=actor, reason=reason, on=on)
        except MoveRefused as refused:
            raise ArrangementRefused(str(refused)) from refused
        if was_active:
            undo(arrangement, "arrangement_cancelled", on=on, actor=actor)
            follow_up(case, on, reasons.ARRANGEMENT_OVER)
    return arrangement


# --- Common --------------------------------------------------------------------------------------------


def locked_case(case_id: int) -> Case:
    """The case, locked first: the order in which everybody locks."""
    return Case.objects.select_for_update(of=("self",)).select_related("creditor", "borrower").get(pk=case_id)


def follow_up(case: Case, on: dt.date, because: str) -> None:
    """Figures, stage, plan and what the gate thinks of the case follow in the same transaction."""
    refresh_cases(creditor=case.creditor, on=case.creditor.aged_on or on, case_ids=[case.pk])
    case = Case.objects.select_related("creditor").get(pk=case.pk)
    if not case.is_open:
        return
    if because == reasons.ARRANGEMENT_OVER and case.days_past_due:
        end_talks(case)
    plan_cases(creditor=case.creditor, on=on, case_ids=[case.pk], because=because)
    refresh_workable(person_keys=[case.borrower.person_key], now=timezone.now())


def monthly_left(budget: Budget, currency: str) -> Decimal:
    """What may go into a plan each month."""
    return rules.affordable(budget, POLICY, currency)
