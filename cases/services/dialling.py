"""Calls that are begun from here: judged and written down before anything rings."""

from __future__ import annotations

import datetime as dt
import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.models import ContactPoint, User
from cases.channels import ari
from cases.models import Case, DialledCall, GateDecision
from cases.services.contact_gate import decision_words, judge
from cases.services.permissions import WORKERS, check_may
from cases.services.reveals import reveal_contact_point

# A call that was not logged keeps the next one of the same person and case waiting, for so long.
LOG_WITHIN = dt.timedelta(hours=12)


class DialRefused(ValueError):
    """Nothing was dialled; says why in the reader's language. `decision` is the gate's, where it was the gate."""

    def __init__(self, message: str, decision: GateDecision | None = None) -> None:
        super().__init__(message)
        self.decision = decision


def dial(
    *, case: Case, contact_point: ContactPoint, actor: User, now: dt.datetime, override_reason: str = ""
) -> DialledCall:
    """Begin a call: the gate is asked, its word kept, and only then the exchange told, or the desk's own telephone.

    Every call has a name for its recording from the start. Raises DialRefused (the gate, a call not logged yet, no
    desk, the exchange), OverrideRefused, PermissionDenied.
    """
    _check_may_dial(case, contact_point, actor)
    if settings.PHONE_MODE == "ari" and not actor.extension:
        raise DialRefused(_("Your desk's extension is not known. Ask your operator to enter it."))
    recording = f"REC-{now:%Y%m%d}-{secrets.token_hex(8)}"
    with transaction.atomic():
        # Whoever presses twice waits here, and then meets the first call.
        Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=case.pk)
        _check_last_is_logged(case, actor, now)
        decision = judge(
            borrower=case.borrower,
            case=case,
            contact_point=contact_point,
            channel="phone",
            at=now,
            party=contact_point.owner,
            moment=GateDecision.Moment.DIAL,
            recording_ref=recording,
            override_by=actor if override_reason.strip() else None,
            override_reason=override_reason,
        )
        call = DialledCall(
            case=case,
            contact_point=contact_point,
            to=contact_point.value,
            actor=actor,
            decision=decision,
            mode=DialledCall.Mode.ARI if settings.PHONE_MODE == "ari" else DialledCall.Mode.LINK,
            recording_ref=recording,
            call_id=recording.lower(),
            started_at=now,
        )
        if decision.allowed:
            call.save()
    # Only after the commit: the refusal is kept as well, and nothing rings that is not written down.
    if not decision.allowed:
        raise DialRefused(decision_words(decision), decision)
    if call.mode == DialledCall.Mode.ARI:
        _tell_exchange(call, actor)
    return call


def address_of(call: DialledCall, actor: User) -> str:
    """What the browser hands to the desk's own telephone, tel: or sip:. It shows the number: that is written down."""
    point = call.contact_point
    number = reveal_contact_point(case=call.case, point=point, actor=actor) if point is not None else call.to
    if settings.PHONE_LINK == "sip":
        domain = f"@{settings.PHONE_SIP_DOMAIN}" if settings.PHONE_SIP_DOMAIN else ""
        return f"sip:{number}{domain}"
    return f"tel:{number}"


def follow_call(*, call: DialledCall, now: dt.datetime) -> bool:
    """Whether the call still goes on, as far as the exchange tells; its end is kept."""
    if call.mode != DialledCall.Mode.ARI or call.ended_at is not None:
        return False
    try:
        goes_on = ari.is_up(call.call_id)
    except ari.ExchangeSilent:
        return True
    if not goes_on:
        DialledCall.objects.filter(pk=call.pk, ended_at=None).update(ended_at=now)
        call.ended_at = now
    return goes_on


def unlogged_call(*, case: Case, actor: User, now: dt.datetime) -> DialledCall | None:
    """The call of this person and case that was dialled and not logged yet, the newest."""
    calls = DialledCall.objects.filter(case=case, actor=actor, contact=None, started_at__gt=now - LOG_WITHIN)
    return calls.exclude(cause__startswith=NOT_DIALLED).order_by("-pk").first()


# Beginning of `cause` where the exchange said that nothing rang.
NOT_DIALLED = "not dialled: "


def _tell_exchange(call: DialledCall, actor: User) -> None:
    try:
        ari.originate(call_id=call.call_id, extension=actor.extension, number=call.to, recording=call.recording_ref)
    except ari.ExchangeError as error:
        DialledCall.objects.filter(pk=call.pk).update(cause=f"{NOT_DIALLED}{error}"[:100], ended_at=timezone.now())
        raise DialRefused(_("The telephone exchange refused: %(why)s") % {"why": error}) from error
    except ari.ExchangeSilent as error:
        # The desk may ring all the same: the call stands, and is logged like any other.
        DialledCall.objects.filter(pk=call.pk).update(cause=str(error)[:100])


def _check_may_dial(case: Case, point: ContactPoint, actor: User) -> None:
    check_may(case, actor, *WORKERS)
    if point.borrower_id != case.borrower_id or not point.is_phone:
        raise DialRefused(_("This is no telephone number of this borrower."))


def _check_last_is_logged(case: Case, actor: User, now: dt.datetime) -> None:
    """A call that nobody logs is one that the gate does not count."""
    last = unlogged_call(case=case, actor=actor, now=now)
    if last is not None:
        at = timezone.localtime(last.started_at)
        raise DialRefused(_("Log your call of %(time)s first: what came of it?") % {"time": f"{at:%H:%M}"})
