"""Codes that a case's rows hold, as words."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import template
from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.identity import mask_address
from borrowers.models import AuditEvent, Payment
from cases.condition_words import code_words
from cases.condition_words import condition_words as words_of_condition
from cases.models import Arrangement, ContactCondition, GateDecision, Message, Objection, PlanStep, Stage
from cases.outcomes import NEXT_ACTIONS, NONPAYMENT_REASONS, OUTCOMES
from cases.services.contact_gate import decision_words
from cases.services.rule_words import rule_of, source_of
from cases.strategy.reasons import GATE, reason_of, reason_words

register = template.Library()

EVENTS = {
    ("case", "open_case"): _("Case opened"),
    ("case", "opened"): _("Case opened"),
    ("case", "assign"): _("Assigned"),
    ("case", "assign_case"): _("Assigned"),
    ("case", "take_case"): _("Taken over"),
    ("case", "grade_case"): _("Graded"),
    ("loan", "payment_booked"): _("Payment of an earlier day booked"),
    ("loan", "payment_reversed"): _("Payment taken back"),
    ("loan", "fee_charged"): _("Charged"),
    ("loan", "waived"): _("Waived"),
    ("loan", "entry_reversed"): _("Booking reversed"),
    ("loan", "arrangement_started"): _("Arrangement started"),
    ("loan", "arrangement_broken"): _("Arrangement broken"),
    ("loan", "arrangement_cancelled"): _("Arrangement ended"),
    ("arrangement", "propose_arrangement"): _("Arrangement proposed"),
    ("arrangement", "approval"): _("Arrangement: approval given"),
    ("arrangement", "approve"): _("Arrangement approved"),
    ("arrangement", "accept"): _("Arrangement accepted"),
    ("arrangement", "activate"): _("Arrangement active"),
    ("arrangement", "complete"): _("Arrangement completed"),
    ("arrangement", "break_off"): _("Arrangement broken"),
    ("arrangement", "cancel"): _("Arrangement cancelled"),
    ("casepaper", "make_paper"): _("Paper made"),
    ("objection", "open_objection"): _("Objection taken down"),
    ("objection", "assign_objection"): _("Objection given to somebody"),
    ("objection", "acknowledge"): _("Objection acknowledged"),
    ("objection", "extend_objection"): _("Objection: time extended"),
    ("objection", "uphold"): _("Objection upheld"),
    ("objection", "uphold_partly"): _("Objection upheld in part"),
    ("objection", "reject"): _("Objection rejected"),
    ("objection", "withdraw"): _("Objection withdrawn"),
    ("objection", "answer_objection"): _("Objection answered by letter"),
    ("objectionevidence", "add_evidence"): _("Evidence added to an objection"),
    ("loan", "loan_paused"): _("Interest and clock stand still"),
    ("loan", "loan_resumed"): _("Interest and clock run again"),
    ("contactpoint", "contact_point_out_of_use"): _("Number is out of use"),
    ("contactpoint", "reveal"): _("Number shown in full"),
    ("borrower", "reveal"): _("ID number shown in full"),
    ("planstep", "finish_step"): _("Step done"),
    ("planstep", "skip_step"): _("Step passed over"),
    ("message", "settle_unknown"): _("Unknown message settled"),
    ("message", "message_reported"): _("Message reported by the provider"),
    ("contactcondition", "condition_recorded"): _("Recorded about contact"),
    ("contactcondition", "condition_ended"): _("Ended about contact"),
    # What the legal desk writes: names are data, not imports.
    ("matter", "open_matter"): _("Matter opened"),
    ("matter", "assign_firm"): _("Matter given to a law firm"),
    ("matter", "prepare_matter"): _("Suit prepared"),
    ("matter", "correct_matter"): _("Matter corrected"),
    ("matter", "withdraw"): _("Matter withdrawn"),
    ("matter", "settle"): _("Matter settled"),
    ("matter", "recall"): _("Matter recalled"),
    ("matter", "conclude"): _("Matter concluded"),
    ("matter", "keep_claim"): _("Claim reckoned"),
    ("limitationevent", "record_limitation"): _("Recorded for limitation"),
    ("limitationevent", "withdraw_limitation"): _("Record for limitation withdrawn"),
    ("deadline", "add_deadline"): _("Deadline set"),
    ("deadline", "finish_deadline"): _("Deadline done"),
    ("deadline", "reopen_deadline"): _("Deadline open again"),
    ("preservation", "record_preservation"): _("Preservation recorded"),
    ("preservation", "renew_preservation"): _("Preservation renewed"),
    ("preservation", "release_preservation"): _("Preservation released"),
    ("legalpaper", "draft_paper"): _("Legal paper drafted"),
    ("legalpaper", "edit_paper"): _("Legal paper changed"),
    ("legalpaper", "review"): _("Legal paper read through"),
    ("legalpaper", "approve"): _("Legal paper approved"),
    ("legalpaper", "reopen"): _("Legal paper taken back to draft"),
    ("legalpaper", "issue"): _("Legal paper issued"),
    ("legalpaper", "issue_paper"): _("Legal paper signed and filed"),
    ("legalpaper", "deliver"): _("Legal paper delivered"),
    ("legalpaper", "come_back"): _("Legal paper came back"),
    ("legalpaper", "drop"): _("Legal paper dropped"),
}

# What a field's values are called on a screen.
VALUES: dict[tuple[str, str], dict[Any, Any]] = {
    ("case", "stage"): dict(Stage.choices),
    ("arrangement", "state"): dict(Arrangement.State.choices),
    ("objection", "state"): dict(Objection.State.choices),
    ("planstep", "state"): dict(PlanStep.State.choices),
}

# How a state looks wherever it stands: of promises, messages, letters in the post and legal papers. Others have no colour.
STATE_TAGS = {
    **dict.fromkeys(("kept", "sent", "delivered", "issued", "completed"), "tag-good"),
    **dict.fromkeys(("broken", "failed", "expired", "unknown", "returned", "lost"), "tag-bad"),
    **dict.fromkeys(("part_kept", "partly_upheld"), "tag-warn"),
    **dict.fromkeys(("received", "in_progress"), "tag-teal"),
    "upheld": "tag-good",
    **dict.fromkeys(("open", "queued", "sending", "approved", "accepted", "active"), "tag-teal"),
}


@register.filter
def state_tag(state: str) -> str:
    """{{ promise.state|state_tag }}: the class of its tag."""
    return STATE_TAGS.get(state, "")


@register.filter
def arrangement_kind(kind: str) -> str:
    """The words of a kind of arrangement."""
    return str(dict(Arrangement.Kind.choices).get(kind, kind))


@register.filter
def condition_words(condition: ContactCondition) -> str:
    """{{ condition|condition_words }}: what stands about contact, in a few words."""
    return words_of_condition(condition)


@register.filter
def outcome_label(code: str) -> str:
    """{{ contact.outcome|outcome_label }}: the words of the outcome, or the code when there is no such outcome."""
    outcome = OUTCOMES.get(code)
    return str(outcome.label) if outcome else code


@register.filter
def reason_label(code: str) -> str:
    return str(NONPAYMENT_REASONS.get(code, code))


@register.filter
def action_label(code: str) -> str:
    return str(NEXT_ACTIONS.get(code, code))


@register.filter
def event_words(event: AuditEvent) -> str:
    """What an audit event tells: from the list above, else a move by its own label, whatever moved."""
    known = EVENTS.get((event.subject_type, event.action)) or _move_label(event)
    return str(known) if known else f"{event.subject_type}: {event.action}"


def _move_label(event: AuditEvent) -> Any:
    """The label of the transition of that name; None when what the event is about has none. Models of the apps above
    are found by their names."""
    move = getattr(getattr(_models().get(event.subject_type), event.action, None), "_django_fsm", None)
    return next(iter(move.transitions.values())).custom.get("label") if move is not None else None


@cache
def _models() -> dict[str, type[Model]]:
    return {model._meta.model_name or "": model for model in apps.get_models()}


FIGURES = {
    "outstanding_amount": _("outstanding"),
    "overdue_amount": _("overdue"),
    "days_past_due": _("days past due"),
    "fee_paid": _("paid on fees"),
    "interest_paid": _("paid on interest"),
    "penalty_paid": _("paid on penalty interest"),
    "principal_paid": _("paid on principal"),
}


@register.filter
def changed_figures(event: AuditEvent) -> list[tuple[str, Any, Any]]:
    """{{ event|changed_figures }}: (what, before, after) of the figures that a booking changed."""
    before, after = event.detail.get("before", {}), event.detail.get("after", {})
    return [
        (str(name), before[key], after[key])
        for key, name in FIGURES.items()
        if key in before and key in after and before[key] != after[key]
    ]


@register.filter
def booking_reason(event: AuditEvent) -> str:
    """Why a payment was taken back in words, and a person's own words as they are."""
    causes = dict(Payment.Cause.choices)
    cause = event.detail.get("cause", "")
    own = "" if event.reason == cause else causes.get(event.reason, event.reason)
    return " · ".join(str(part) for part in (causes.get(cause, cause), own) if part)


@register.filter
def value_words(event: AuditEvent, value: str) -> str:
    """{{ event|value_words:event.old }}: a stage or a step's state by its label, everything else as it stands."""
    if event.subject_type == "contactcondition":
        return code_words(event.field, value)
    labels = VALUES.get((event.subject_type, event.field)) or _choices(event)
    return str(labels.get(value, value)) if labels else value


def _choices(event: AuditEvent) -> dict[Any, Any]:
    """The choices of the column that an event is about, where it has some."""
    model = _models().get(event.subject_type)
    columns = {column.name: column for column in model._meta.concrete_fields} if model is not None else {}
    return dict(getattr(columns.get(event.field), "flatchoices", None) or ())


@register.filter
def event_reason(event: AuditEvent) -> str:
    """Why: the codes of plan steps in words, a person's own words as they are."""
    return reason_words(event.reason, gettext)


@register.filter
def signed(number: int) -> str:
    """+12, −3: points of a scorecard."""
    return f"+{number}" if number > 0 else str(number).replace("-", "−")


@register.filter
def rule_title(decision: GateDecision) -> str:
    """{{ decision|rule_title }}: the title of the rule that refused, in the reader's language."""
    return rule_of(decision)


@register.filter
def rule_source(decision: GateDecision) -> str:
    """{{ decision|rule_source }}: the clause, or that the rule is the house's own."""
    return source_of(decision)


@register.filter
def decision_reason(decision: GateDecision) -> str:
    """{{ decision|decision_reason }}: why it was refused, in the reader's language."""
    return decision_words(decision)


@register.filter
def masked(address: str) -> str:
    """{{ contact.to|masked }}: a number or address as screens show it."""
    return mask_address(address)


@register.filter
def message_state(code: str) -> str:
    """{{ part.state|message_state }}: the words of a state of messages that stands elsewhere as its code."""
    return str(dict(Message.State.choices).get(code, code))


@register.filter
def why_not_sent(message: Message) -> str:
    """{{ message|why_not_sent }}: its reason in the reader's language, the gate's refusal by the decision kept with it."""
    decision = message.send_decision or message.queue_decision
    if message.reason.startswith(f"{GATE}|") and decision is not None and not decision.allowed:
        return reason_words(reason_of(GATE, decision_words(decision)), gettext)
    return message.reason_text
