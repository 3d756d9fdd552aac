"""What a contact's outcome leaves standing: a dispute stays a dispute after the call in which it was told."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from borrowers.models import ContactPoint
from cases.models import ContactCondition, ContactRecord
from cases.models.contact import Channel
from cases.policy import Flag
from cases.services.condition_checks import WORDS_AT_MOST, ConditionRequest

_Kind = ContactCondition.Kind
_FLAGS: dict[str, str] = {
    "dispute": Flag.DISPUTE_OPEN,
    "fraud_claim": Flag.DISPUTE_OPEN,
    "complaint": Flag.COMPLAINT_OPEN,
    "represented": Flag.REPRESENTED,
    "says_deceased": Flag.DECEASED,
}
# Whoever speaks for the borrower: the collector may have said more exactly who.
_SPEAKING = frozenset({Flag.ATTORNEY, Flag.REPRESENTED, Flag.DEBT_ADVISER})
SOURCE_OF_CHANNEL: dict[str, str] = {
    Channel.PHONE: ContactCondition.Source.CALL,
    Channel.SMS: ContactCondition.Source.REPLY,
    Channel.EMAIL: ContactCondition.Source.REPLY,
    Channel.POST: ContactCondition.Source.LETTER,
    Channel.VISIT: ContactCondition.Source.STAFF,
}


def conditions_of_outcome(
    *, outcome: str, point: ContactPoint | None, party: str, notes: str, asked: Sequence[ConditionRequest]
) -> list[ConditionRequest]:
    """What the outcome brings beside what the collector asked for; nothing twice.

    Somebody who asks not to be called is left alone on that number for good, whoever it was. That a guarantor is
    represented says nothing of the borrower.
    """
    if outcome == "asks_to_stop" and point is not None:
        return [ConditionRequest(_Kind.OPT_OUT, to=point.value, words=_words(notes))]
    flag = _FLAGS.get(outcome)
    if flag is None or (outcome == "represented" and party == ContactRecord.Party.GUARANTOR):
        return []
    same = _SPEAKING if outcome == "represented" else {flag}
    if any(request.kind == _Kind.FLAG and request.code in same for request in asked):
        return []
    return [ConditionRequest(_Kind.FLAG, flag, words=_words(notes, _opening(outcome)))]


def _opening(outcome: str) -> str:
    if outcome == "says_deceased":
        return gettext("to be verified")
    return gettext("says it is fraud") if outcome == "fraud_claim" else ""


def _words(notes: str, opening: str = "") -> str:
    return ": ".join(part for part in (opening, notes.strip()) if part)[:WORDS_AT_MOST]
