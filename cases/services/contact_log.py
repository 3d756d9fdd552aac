"""The one writer of the contact log: what every entry has in common is filled in here, and the entry is chained.

Entries of one borrower stand in one line: the end of the chain is locked until the transaction ends. Where the case is
locked before, its lock alone decides who comes first; who has no case takes the chain before any message.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.utils import timezone

from borrowers.models import Borrower, User, record_event
from cases.contact_hashes import CONTENT_FIELDS, DECISION_WORDS, content_hash, decision_hash, entry_hash
from cases.models import Case, ContactChain, ContactRecord, GateDecision
from cases.outcomes import OUTCOMES

# The event that an emptied content is accounted for by.
EMPTIED = "empty_contacts"


def lock_chain(borrower_id: int) -> ContactChain:
    """The end of the borrower's chain, locked; begun when it is missing, whoever else begins it at the same time."""
    ends = ContactChain.objects.select_for_update(no_key=True)
    end = ends.filter(pk=borrower_id).first()
    if end is None:
        ContactChain.objects.bulk_create([ContactChain(borrower_id=borrower_id)], ignore_conflicts=True)
        end = ends.get(pk=borrower_id)
    return end


def write_contact(
    *,
    borrower: Borrower,
    case: Case | None,
    at: dt.datetime,
    channel: str,
    outcome: str,
    loans: Sequence[str] | None = None,
    chain: ContactChain | None = None,
    **more: Any,
) -> ContactRecord:
    """Write one entry, inside the caller's transaction: RuntimeError outside of one. `outcome` is a code of
    cases.outcomes, `loans` the account numbers spoken of (left out: those of the case), `chain` the end of the chain if
    the caller has locked it before other rows, `more` the other fields of ContactRecord."""
    if not connection.in_atomic_block:
        raise RuntimeError("write_contact outside of a transaction")
    if loans is None:
        loans = list(case.loans.order_by("pk").values_list("account_no", flat=True)) if case is not None else []
    record = ContactRecord(
        borrower=borrower,
        person_key=borrower.person_key,
        case=case,
        loans=list(loans),
        at=at,
        channel=channel,
        outcome=outcome,
        gate_outcome=OUTCOMES[outcome].gate_outcome,
        recorded_at=timezone.now(),
        **more,
    )
    end = chain or lock_chain(borrower.pk)
    _chain(record, end)
    record.save(force_insert=True)
    ContactChain.objects.filter(pk=end.pk).update(length=end.length, hash=end.hash)
    return record


def _chain(record: ContactRecord, end: ContactChain) -> None:
    """Put the entry behind the end of its chain."""
    record.chain_no, record.previous_hash = end.length + 1, end.hash
    record.contact_point_no = record.contact_point_id
    record.content_salt = secrets.token_hex(16)
    record.content_hash = content_hash(record.content_salt, content_of(record), words_of(record.decision))
    record.decision_hash = decision_hash(decision_values(record))
    record.entry_hash = entry_hash(
        number=record.chain_no,
        previous=record.previous_hash,
        entry=entry_values(record),
        content=record.content_hash,
        decision=record.decision_hash,
    )
    end.length, end.hash = record.chain_no, record.entry_hash


# --- What is hashed -------------------------------------------------------------------------------------


def entry_values(record: ContactRecord) -> dict[str, Any]:
    """The entry's columns under the names of cases.contact_hashes.ENTRY_FIELDS."""
    return {
        "borrower": record.borrower_id,
        "person_key": record.person_key,
        "case": record.case_id,
        "loans": record.loans,
        "contact_point": record.contact_point_no,
        "at": record.at,
        "channel": record.channel,
        "direction": record.direction,
        "party": record.party,
        "outcome": record.outcome,
        "gate_outcome": record.gate_outcome,
        "nonpayment_reason": record.nonpayment_reason,
        "next_action": record.next_action,
        "next_action_on": record.next_action_on,
        "decision": record.decision_id,
        "is_breach": record.is_breach,
        "actor": record.actor_id,
        "recorded_at": record.recorded_at,
    }


def content_of(record: ContactRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in CONTENT_FIELDS}


def words_of(decision: GateDecision | None) -> dict[str, Any] | None:
    return None if decision is None else {name: getattr(decision, name) for name in DECISION_WORDS}


def decision_values(record: ContactRecord) -> dict[str, Any] | None:
    """The decision's columns under the names of DECISION_FIELDS. A contact point that is gone is told by the entry."""
    decision = record.decision
    if decision is None:
        return None
    return {
        "id": decision.pk,
        "borrower": decision.borrower_id,
        "case": decision.case_id,
        "contact_point": decision.contact_point_id or record.contact_point_no,
        "moment": decision.moment,
        "at": decision.at,
        "channel": decision.channel,
        "party": decision.party,
        "allowed": decision.allowed,
        "rule": decision.rule,
        "source": decision.source,
        "reason_code": decision.reason_code,
        "next_allowed_at": decision.next_allowed_at,
        "overridable": decision.overridable,
        "pack": decision.pack,
        "pack_version": decision.pack_version,
        "override_by": decision.override_by_id,
        "created_at": decision.created_at,
    }


# --- Emptying -------------------------------------------------------------------------------------------


def empty_contents(*, borrower: Borrower, actor: User | None, reason: str) -> int:
    """Empty what the borrower's entries tell about people (numbers, notes, recordings), when the law asks for it; returns
    how many. The hashes stay, so the chain still holds. Inside the caller's transaction; the event it leaves is what
    tells an emptied entry from one that somebody wiped."""
    if not connection.in_atomic_block:
        raise RuntimeError("empty_contents outside of a transaction")
    lock_chain(borrower.pk)
    # The manager of the model changes nothing; this is the one exception, with its event.
    rows: models.QuerySet[ContactRecord] = (
        models.QuerySet(ContactRecord).filter(borrower=borrower).exclude(content_salt="")
    )
    count = rows.update(to="", notes="", recording_ref="", content_salt="")
    if count:
        record_event(borrower, EMPTIED, actor=actor, reason=reason, borrower_id=borrower.pk, entries=count)
    return count
