"""The contact gate in the house: puts the question from the database, and keeps the answer for good.

The law is in `cases.policy`; here are the facts, the house's own refusals, and the supervisor's override.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError, gettext_noop
from borrowers.models import Borrower, ContactPoint, Creditor, Loan, User
from cases.models import Case, GateDecision
from cases.outcomes import OUTCOMES
from cases.policy import REASONS, Attempt, Pack, Request, decide, load_pack
from cases.services.gate_facts import PersonFacts, debts_of, flags_of, load_facts, wishes_of

# The house's own refusals, beside those of the packs.
HOUSE_REASONS: dict[str, str] = {
    "house.contact_point_invalid": gettext_noop("This contact point is marked as not in use: {why}"),
    "house.case_closed": gettext_noop("The case is closed: there is nothing to collect"),
    "house.pack_unusable": gettext_noop("The contact rules cannot be applied, so no contact is made: {error}"),
    "house.daily_cap": gettext_noop("The most messages a day that this borrower may get have been sent: {cap}"),
    "house.incoming": gettext_noop("They contacted us: this is no attempt of ours"),
}
HOUSE_SOURCE = gettext_noop("House rule")

# What of this kind of contact point is used by which channel. WeChat is kept, but no channel reaches it yet.
CHANNEL_OF_KIND: dict[str, str] = {
    ContactPoint.Kind.MOBILE: "phone",
    ContactPoint.Kind.LANDLINE: "phone",
    ContactPoint.Kind.EMAIL: "email",
    ContactPoint.Kind.ADDRESS: "post",
}


class OverrideRefused(ValueError):
    """The refusal cannot be overridden, or not without a reason."""


def judge(
    *,
    borrower: Borrower,
    case: Case | None,
    contact_point: ContactPoint | None,
    channel: str,
    at: dt.datetime,
    party: str,
    moment: str,
    store: bool = True,
    purpose: str | None = None,
    collectors: int = 1,
    loans: Sequence[Loan] | None = None,
    recording_ref: str = "",
    override_by: User | None = None,
    override_reason: str = "",
) -> GateDecision:
    """May this contact be made at the instant `at`? Five to eight queries; saved unless `store` is off.

    `loans` are those spoken of (default: those of the case). An override turns a refusal into a permission that names
    rule, person and reason: OverrideRefused when the pack allows none, PermissionDenied when it is no supervisor.
    Never raises for facts or packs that are wrong: it refuses then.
    """
    if loans is None:
        loans = list(Loan.objects.filter(cases=case)) if case is not None else []
    facts, pack_error = PersonFacts(), None
    try:
        pack: Pack | None = load_pack(borrower.creditor.pack)
        assert pack is not None
        facts = load_facts([borrower], pack=pack, at=at, whole_history=party == "contact_person")[borrower.pk]
    except InputError as error:
        pack, pack_error = None, error
    decision = decide_contact(
        facts=facts,
        pack=pack,
        pack_error=pack_error,
        borrower=borrower,
        case=case,
        contact_point=contact_point,
        channel=channel,
        at=at,
        party=party,
        moment=moment,
        purpose=purpose,
        collectors=collectors,
        loans=loans,
        recording_ref=recording_ref,
    )
    if override_by is not None and not decision.allowed:
        _override(decision, case, override_by, override_reason)
    if store:
        decision.save()
    return decision


def judge_contact_points(*, case: Case, at: dt.datetime) -> dict[int, GateDecision]:
    """Unsaved decisions by contact point for the case page: phones for a call, e-mail and post for a letter.

    A fixed number of queries, however many points and contacts.
    """
    borrower = case.borrower
    loans = list(case.loans.all())
    pack, pack_error, facts = None, None, PersonFacts()
    try:
        pack = load_pack(borrower.creditor.pack)
        facts = load_facts([borrower], pack=pack, at=at, whole_history=True)[borrower.pk]
        points = facts.points
    except InputError as error:
        pack_error = error
        points = list(borrower.contact_points.all())
    return {
        point.pk: decide_contact(
            facts=facts,
            pack=pack,
            pack_error=pack_error,
            borrower=borrower,
            case=case,
            contact_point=point,
            channel=CHANNEL_OF_KIND[point.kind],
            at=at,
            party=point.owner,
            moment=GateDecision.Moment.DIAL,
            loans=loans,
        )
        for point in points
        if point.kind in CHANNEL_OF_KIND
    }


def decide_contact(
    *,
    facts: PersonFacts,
    pack: Pack | None,
    borrower: Borrower,
    case: Case | None,
    contact_point: ContactPoint | None,
    channel: str,
    at: dt.datetime,
    party: str,
    moment: str,
    loans: Sequence[Loan],
    purpose: str | None = None,
    collectors: int = 1,
    recording_ref: str = "",
    pack_error: InputError | None = None,
) -> GateDecision:
    """One unsaved decision from facts that were read already; no query. `pack` None refuses, for `pack_error`."""
    decision = GateDecision(
        borrower=borrower,
        case=case,
        contact_point=contact_point,
        moment=moment,
        at=at,
        channel=channel,
        party=party,
        allowed=False,
        pack=pack.name if pack else borrower.creditor.pack,
        pack_version=pack.version if pack else "",
    )
    if pack is None:
        return _refuse(decision, "house.pack_unusable", error=pack_error.text if pack_error else "")
    if contact_point is not None and not contact_point.is_valid:
        return _refuse(decision, "house.contact_point_invalid", why=contact_point.invalid_reason or "?")
    if case is not None and not case.is_open and purpose in (None, "collection"):
        return _refuse(decision, "house.case_closed")
    if purpose is None and party == "contact_person":
        purpose = "locate"  # all that a contact person may be asked for; the debt is never told
    try:
        attempt = Attempt(
            at,
            channel,  # type: ignore[arg-type]  # coerced, as are the others
            to=contact_point.value if contact_point else "",
            party=party,  # type: ignore[arg-type]
            debts=debts_of(borrower.creditor.code, loans),
            collectors=collectors,
            purpose=purpose,  # type: ignore[arg-type]
            place=(contact_point.place or None) if contact_point else None,  # type: ignore[arg-type]
            recording_ref=recording_ref,
        )
        request = Request(
            attempt,
            facts.time_zones,
            role=borrower.creditor.role,  # type: ignore[arg-type]
            history=facts.history,
            debtor_numbers=facts.debtor_numbers,
            debtor_unreachable=facts.debtor_unreachable,
            **wishes_of(borrower, facts.points, facts.conditions, attempt.to),
            **flags_of(borrower, case, at, facts.conditions),
        )
        answer = decide(pack, request)
    except InputError as error:
        return _refuse(decision, "house.pack_unusable", error=str(error))
    decision.allowed = answer.allowed
    decision.rule = answer.rule
    decision.source = answer.source[:200]
    decision.reason_code = answer.reason_code
    decision.reason_params = answer.reason_params
    decision.reason = answer.reason[:500]
    decision.next_allowed_at = answer.next_allowed_at
    decision.overridable = answer.overridable and not answer.allowed
    decision.warnings = [
        {
            "rule": warning.rule,
            "source": warning.source,
            "reason": warning.reason,
            "reason_code": warning.reason_code,
            "reason_params": warning.reason_params,
        }
        for warning in answer.warnings
    ]
    return decision


def note_incoming(
    *,
    borrower: Borrower,
    case: Case | None,
    contact_point: ContactPoint | None,
    channel: str,
    at: dt.datetime,
    party: str,
) -> GateDecision:
    """The stored decision on a contact that came from outside: no rule is asked, since nobody was approached."""
    try:
        version = load_pack(borrower.creditor.pack).version
    except InputError:
        version = ""
    return GateDecision.objects.create(
        borrower=borrower,
        case=case,
        contact_point=contact_point,
        moment=GateDecision.Moment.RECORD,
        at=at,
        channel=channel,
        party=party,
        allowed=True,
        reason_code="house.incoming",
        reason=HOUSE_REASONS["house.incoming"],
        pack=borrower.creditor.pack,
        pack_version=version,
    )


def decision_words(decision: GateDecision) -> str:
    """Why the gate refused, in the reader's language; "" when nothing was in the way."""
    return reason_sentence(decision.reason_code, decision.reason_params, decision.reason)


def warning_words(decision: GateDecision) -> list[str]:
    """What the gate warned of, in the reader's language."""
    return [
        reason_sentence(warning.get("reason_code", ""), warning.get("reason_params", {}), warning.get("reason", ""))
        for warning in decision.warnings
    ]


def reason_sentence(code: str, params: dict[str, Any], stored: str) -> str:
    """The sentence of that code, translated and filled in; `stored` (English) when it is not known any more."""
    template = HOUSE_REASONS.get(code) or REASONS.get(code)
    if template is None:
        return stored
    if params.get("role") in Creditor.Role.values:
        params = {**params, "role": Creditor.Role(params["role"]).label}
    if params.get("why") in OUTCOMES:
        params = {**params, "why": OUTCOMES[params["why"]].label}
    try:
        return gettext(template).format(**params)
    except (KeyError, IndexError):
        return stored


def _refuse(decision: GateDecision, code: str, **params: str) -> GateDecision:
    decision.allowed = False
    decision.rule = decision.reason_code = code
    decision.source = HOUSE_SOURCE
    decision.reason_params = params
    decision.reason = HOUSE_REASONS[code].format(**params)[:500]
    return decision


def _override(decision: GateDecision, case: Case | None, by: User, reason: str) -> None:
    supervises = by.has_perm("cases.supervise_case")
    if not supervises or (case is not None and not Case.objects.visible_to(by).filter(pk=case.pk).exists()):
        raise PermissionDenied(_("Only a supervisor of this creditor may override the gate."))
    if not decision.overridable:
        raise OverrideRefused(_("This refusal cannot be overridden."))
    if not reason.strip():
        raise OverrideRefused(_("A reason is needed."))
    decision.allowed = True
    decision.override_by = by
    decision.override_reason = reason.strip()[:300]
