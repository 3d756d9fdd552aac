"""What a condition of contact must be before it is recorded or ended: known, complete, of this borrower, in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from borrowers.models import Borrower, Loan, User
from cases.models import ContactCondition
from cases.models.contact import Channel
from cases.policy import ConsentKind, Flag, Place, TimeWindow
from cases.policy.facts import FIRST_YEAR, LAST_YEAR

Kind = ContactCondition.Kind

NOTICES = ("outsourcing_notice", "validation_notice", "email_notice", "number_check")
CODES: dict[str, frozenset[str]] = {
    Kind.CONSENT: frozenset(ConsentKind),
    Kind.OPT_OUT: frozenset({"", *Channel.values}),
    Kind.TIME: frozenset({""}),
    Kind.PLACE: frozenset(Place),
    Kind.FLAG: frozenset(Flag),
    Kind.NOTICE: frozenset(NOTICES),
}
# Flags of what is owed an answer, by which they end.
ANSWERED = frozenset({Flag.DISPUTE_OPEN, Flag.COMPLAINT_OPEN})
HOLD_DAYS = 7
HOLD_DAYS_AT_MOST = 30
# As for bookings: what is noted later is noted soon.
BACKDATED_END = dt.timedelta(days=3)
CLOCK_SKEW = dt.timedelta(minutes=1)
WORDS_AT_MOST, PROOF_AT_MOST = 300, 200


class ConditionRefused(ValueError):
    """The condition cannot be recorded or ended as told; says why in the reader's language."""


@dataclass(frozen=True, slots=True)
class ConditionRequest:
    """One condition as somebody asks for it. `loans` are account numbers; `until` an aware instant, None for good."""

    kind: str
    code: str = ""
    to: str = ""
    loans: tuple[str, ...] = ()
    window: TimeWindow | None = None
    words: str = ""
    proof: str = ""
    until: dt.datetime | None = None


def _check_instant(at: dt.datetime) -> None:
    if at.tzinfo is None or at.utcoffset() is None:
        raise ConditionRefused(_("A time needs its time zone."))
    if not FIRST_YEAR < at.year < LAST_YEAR:
        raise ConditionRefused(_("This time is out of range; what has no end is left without one."))


def check_begin(since: dt.datetime, now: dt.datetime) -> None:
    _check_instant(since)
    if since > now + CLOCK_SKEW:
        raise ConditionRefused(_("It cannot be recorded before it begins."))


def check_end(row: ContactCondition, at: dt.datetime, now: dt.datetime) -> None:
    _check_instant(at)
    if at > now + CLOCK_SKEW:
        raise ConditionRefused(_("The end cannot lie in the future: end it when it ends."))
    # What was recorded within the last minute may begin a moment ahead of this machine's clock.
    if at < row.since - CLOCK_SKEW:
        raise ConditionRefused(_("It cannot end before it began."))
    if row.kind != Kind.CONSENT and at < now - BACKDATED_END:
        raise ConditionRefused(_("An end is recorded within %(days)d days.") % {"days": BACKDATED_END.days})


def checked(request: ConditionRequest, borrower: Borrower, actor: User | None, now: dt.datetime) -> ConditionRequest:
    """The request as it will be kept: trimmed, with the end that it may have; raises ConditionRefused."""
    _check_kind(request)
    _check_loans(request.loans, borrower)
    if request.until is not None:
        _check_instant(request.until)
        if request.until <= now:
            raise ConditionRefused(_("The end lies in the past."))
        if request.kind in (Kind.CONSENT, Kind.NOTICE):
            raise ConditionRefused(_("A consent or a notice has no end told beforehand: a consent is withdrawn."))
    words = request.words.strip() or (request.window.words.strip() if request.window else "")
    proof = request.proof.strip()
    if len(words) > WORDS_AT_MOST or len(proof) > PROOF_AT_MOST:
        raise ConditionRefused(_("The words are too long: at most %(count)d characters.") % {"count": WORDS_AT_MOST})
    return ConditionRequest(
        request.kind,
        request.code,
        request.to.strip(),
        tuple(dict.fromkeys(request.loans)),
        request.window,
        words,
        proof,
        _end(request, actor, now),
    )


def _check_kind(request: ConditionRequest) -> None:
    known = CODES.get(request.kind)
    if known is None:
        raise ConditionRefused(_("“%(kind)s” is not a known kind of condition.") % {"kind": request.kind})
    if request.code not in known:
        raise ConditionRefused(_("“%(code)s” is not known for this kind of condition.") % {"code": request.code})
    if request.kind == Kind.OPT_OUT and not request.code and not request.to.strip():
        raise ConditionRefused(_("An opt-out names a channel, a number or address, or both."))
    if request.to.strip() and request.kind not in (Kind.OPT_OUT, Kind.CONSENT, Kind.NOTICE):
        raise ConditionRefused(_("Only an opt-out, a consent or a notice is about one number or address."))
    if len(request.to.strip()) > 300:
        raise ConditionRefused(_("This is no number or address."))
    if (request.window is not None) != (request.kind == Kind.TIME):
        raise ConditionRefused(_("An inconvenient time, and nothing else, names days and hours."))


def _check_loans(loans: Sequence[str], borrower: Borrower) -> None:
    if loans and Loan.objects.filter(borrower=borrower, account_no__in=loans).count() != len(set(loans)):
        raise ConditionRefused(_("A loan named here is not one of this borrower."))


def is_hold(request: ConditionRequest) -> bool:
    return request.kind == Kind.FLAG and request.code == Flag.HOLD


def _end(request: ConditionRequest, actor: User | None, now: dt.datetime) -> dt.datetime | None:
    if request.kind == Kind.FLAG and request.code in ANSWERED:
        return None  # not by the clock, whatever day was told
    if actor is None or not is_hold(request):
        return request.until
    until = request.until or now + dt.timedelta(days=HOLD_DAYS)
    if until > now + dt.timedelta(days=HOLD_DAYS_AT_MOST, minutes=1) and not actor.has_perm("cases.supervise_case"):
        message = _("A hold of more than %(days)d days is for a supervisor to record.")
        raise ConditionRefused(message % {"days": HOLD_DAYS_AT_MOST})
    return until
