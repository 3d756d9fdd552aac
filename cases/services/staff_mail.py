"""The outbox of mails to the house's own people: written as rows, sent by the sweep that sends the borrowers' messages, over
the same provider and at its pace. No gate decides, since none of them is a contact (docs/adr/0220-deadlines.md).

The discipline is that of the messages: claim by conditional update, commit, then call the provider with the row's key; what
a provider left unanswered is asked for or stays unknown, and is never blindly sent again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable

from django.conf import settings
from django.db.models import F

from borrowers.models import User
from cases.channels import AmbiguousError, Channel, Outgoing, PassingError, PermanentError, channel_for
from cases.models import StaffMail
from cases.services.outbox_pace import give_back, note_failure, take_tokens

log = logging.getLogger(__name__)

EMAIL = "email"
CHUNK = 50
ATTEMPTS_AT_MOST = 6
WAIT_AT_MOST = dt.timedelta(hours=1)
S = StaffMail.State


def write_staff_mails(mails: Iterable[StaffMail]) -> int:
    """Write those whose key is new; how many. Call inside the transaction that decided on them. People without an address,
    and those who left, get none."""
    wanted = {mail.key: mail for mail in mails if mail.to}
    taken = set(StaffMail.objects.filter(key__in=wanted).values_list("key", flat=True))
    new = [mail for key, mail in wanted.items() if key not in taken]
    StaffMail.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def staff_mail(*, user: User, key: str, subject: str, body: str, now: dt.datetime, not_after: dt.datetime) -> StaffMail:
    """The unsaved row of one mail."""
    return StaffMail(
        key=key[:150],
        user=user,
        to=user.email if user.is_active else "",
        subject=" ".join(subject.split())[:200],
        body=body,
        not_before=now,
        not_after=not_after,
    )


def sweep_staff_mails(now: dt.datetime) -> int:
    """Send what is due and settle what was interrupted; how many changed."""
    try:
        provider = channel_for(EMAIL)
    except ImportError:
        return 0  # the sweep of the messages tells of it
    done = _reconcile(provider, now)
    due = StaffMail.objects.filter(state=S.QUEUED, not_before__lte=now)
    done += due.filter(not_after__lt=now).update(state=S.FAILED, reason="expired")
    rows = list(due.order_by("not_before", "pk")[:CHUNK])
    if not rows:
        return done
    grant = take_tokens(provider.name, EMAIL, len(rows), now)
    for place, mail in enumerate(rows):
        if place >= grant.count:
            break
        settled = _send(mail, provider, now)
        if settled is None:
            give_back(provider.name, grant, grant.count - place - 1, now)
            return done + 1
        done += settled
    else:
        give_back(provider.name, grant, max(0, grant.count - len(rows)), now)
    return done


def _send(mail: StaffMail, provider: Channel, now: dt.datetime) -> int | None:
    """1 when it was ours and is settled, 0 when somebody else had it, None when the provider is to be left alone."""
    ours = StaffMail.objects.filter(pk=mail.pk, state=S.QUEUED, attempts=mail.attempts)
    if not ours.update(
        state=S.SENDING, claimed_at=now, handed_at=now, provider=provider.name, attempts=F("attempts") + 1
    ):
        return 0
    mail.attempts += 1
    try:
        receipt = provider.send(_outgoing(mail))
    except PassingError as error:
        _try_again(mail, error, now)
        if error.about_recipient:
            return 1
        return None if note_failure(provider.name, str(error), now, error.retry_after) else 1
    except PermanentError as error:
        return _settle(mail, S.FAILED, reason=str(error)[:300])
    except AmbiguousError as error:
        log.warning("mail %s: %s", mail.key, error)
        return _leave_open(mail, provider)
    except Exception:  # an adapter's own fault: nobody knows how far it came
        log.exception("mail %s", mail.key)
        return _leave_open(mail, provider)
    return _settle(mail, S.SENT, sent_at=now, provider_id=receipt.provider_ids[0][:100], reason="")


def _outgoing(mail: StaffMail) -> Outgoing:
    return Outgoing(mail.key, mail.to, mail.subject, mail.body, is_internal=True)


def _try_again(mail: StaffMail, error: PassingError, now: dt.datetime) -> None:
    if mail.attempts >= ATTEMPTS_AT_MOST:
        _settle(mail, S.FAILED, reason=str(error)[:300])
        return
    seconds = max(settings.OUTBOX_BACKOFF_SECONDS * 2 ** (mail.attempts - 1), error.retry_after or 0.0)
    wait = min(dt.timedelta(seconds=seconds), WAIT_AT_MOST)
    _settle(mail, S.QUEUED, not_before=now + wait, claimed_at=None, handed_at=None, reason=str(error)[:300])


def _leave_open(mail: StaffMail, provider: Channel) -> int:
    """One that can be asked is asked by a later sweep."""
    return 1 if provider.can_look_up else _settle(mail, S.UNKNOWN, reason="not known whether it was sent")


def _reconcile(provider: Channel, now: dt.datetime) -> int:
    before, settled = now - dt.timedelta(seconds=settings.OUTBOX_STUCK_SECONDS), 0
    for mail in StaffMail.objects.filter(state=S.SENDING, claimed_at__lt=before).order_by("claimed_at")[:CHUNK]:
        if mail.provider != provider.name or not provider.can_look_up:
            settled += _settle(mail, S.UNKNOWN, reason="not known whether it was sent")
            continue
        try:
            receipt = provider.lookup(_outgoing(mail), mail.handed_at or now)
        except PassingError as error:
            log.warning("mail %s cannot be looked up now: %s", mail.key, error)
            continue
        if receipt is None:
            settled += _settle(mail, S.QUEUED, not_before=now, claimed_at=None, handed_at=None)
        else:
            settled += _settle(mail, S.SENT, sent_at=now, provider_id=receipt.provider_ids[0][:100])
    return settled


def _settle(mail: StaffMail, state: str, **values: object) -> int:
    """Leave the state sending, for the attempt that we made and no other."""
    ours = StaffMail.objects.filter(pk=mail.pk, state=S.SENDING, attempts=mail.attempts)
    return int(ours.update(state=state, **values))
