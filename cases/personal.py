"""What the tables of this app know of people: see borrowers.personal."""

from __future__ import annotations

from borrowers.personal import Personal, marked
from cases.models import (
    Arrangement,
    Case,
    CasePaper,
    ContactChain,
    ContactCondition,
    ContactRecord,
    DialledCall,
    GateDecision,
    LegalHold,
    Letter,
    Message,
    MessagePart,
    Objection,
    ObjectionEvidence,
    Plan,
    PlanStep,
    Posting,
    ProviderEvent,
    RiskRecord,
)

REGISTER = (
    Personal(
        Case,
        "borrower",
        erased={"hold_reason": ""},
        kept=("case_no", "stage_before_hold", "currency", "bucket", "risk_grade", "next_step"),
    ),
    Personal(
        Arrangement,
        "case__borrower",
        erased={
            "income": None, "spending": None, "other_debts": None, "reason": "", "end_reason": "",
            "recording_ref": marked("recording_ref"),
        },
        kept=("lines", "forgiven"),
        documents=("slip",),
    ),
    Personal(
        GateDecision,
        "borrower",
        erased={"reason": "", "reason_params": {}, "warnings": [], "override_reason": ""},
        kept=("party", "rule", "source", "reason_code", "pack", "pack_version"),
    ),
    # Emptied by the log's own writer, so that its chain of hashes still holds.
    Personal(
        ContactRecord,
        "borrower",
        by_hand=("to", "notes", "recording_ref", "content_salt"),
        kept=(
            "person_key", "loans", "outcome", "gate_outcome", "nonpayment_reason", "next_action", "previous_hash",
            "content_hash", "decision_hash", "entry_hash",
        ),
    ),
    Personal(ContactChain, "borrower", kept=("hash", "sealed_hash")),
    # An opt-out of a person who is still here as somebody else's borrower stays with its number.
    Personal(
        ContactCondition,
        "borrower",
        by_hand=("to", "words", "proof", "end_reason"),
        kept=("person_key", "code", "loans", "days"),
    ),
    Personal(DialledCall, "case__borrower", erased={"to": "", "recording_ref": ""}, kept=("call_id", "cause")),
    Personal(LegalHold, "borrower", erased={"reason": "", "lift_reason": ""}),
    Personal(Letter, "case__borrower", erased={"figures": {}}, kept=("number", "language", "currency"), documents=("document",)),
    Personal(CasePaper, "case__borrower", erased={"figures": {}}, kept=("number", "language"), documents=("document",)),
    Personal(
        Message,
        "borrower",
        erased={"to": "", "subject": "", "body": "", "values": [], "reason": ""},
        kept=("key", "purpose", "provider", "provider_id"),
    ),
    Personal(MessagePart, "message__borrower", kept=("provider", "provider_id", "state")),
    Personal(
        ProviderEvent,
        "message__borrower",
        erased={"sender": "", "recipient": "", "text": "", "raw": {}, "note": ""},
        kept=("provider", "event_id", "provider_id", "message_key", "state", "code", "channel"),
    ),
    Personal(
        Objection,
        "case__borrower",
        erased={"words": "", "extension_reason": "", "found": marked("found"), "corrected": ""},
        kept=("number", "clock"),
    ),
    Personal(ObjectionEvidence, "objection__case__borrower", erased={"note": ""}, documents=("document",)),
    Personal(Plan, "case__borrower", erased={"revised_because": ""}),
    Personal(PlanStep, "plan__case__borrower", erased={"reason": ""}, kept=("code", "template_code")),
    Personal(
        Posting,
        "letter__case__borrower",
        erased={"name": "", "address": "", "signed_by": "", "return_reason": ""},
        kept=("carrier", "tracking_no"),
    ),
    # Why it was graded so: income, age, what was said. The grade and the points stay.
    Personal(RiskRecord, "case__borrower", erased={"reasons": []}, kept=("grade",)),
)  # fmt: skip
