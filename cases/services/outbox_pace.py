"""How fast a provider is fed, and when it is left alone: a token bucket and a circuit breaker in one row.

The row is in the database and not in the broker: a broker that is flushed forgets, and each worker would begin anew.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F

from cases.models import ProviderState

# An open circuit stays open twice as long after each failed trial, at most so long.
OPEN_AT_MOST = dt.timedelta(minutes=15)
# Sends nothing and costs nothing: no pace is kept.
UNPACED = frozenset({"development"})


@dataclass(frozen=True, slots=True)
class Grant:
    """`count` messages may go now. 0: none for `wait` seconds. `failed_before`: a success is news to the row;
    `is_trial`: the one message that tries an open circuit."""

    count: int
    wait: float = 0.0
    failed_before: bool = False
    is_trial: bool = False


def take_tokens(provider: str, channel: str, wanted: int, now: dt.datetime) -> Grant:
    """Leave to hand `wanted` messages or fewer to the provider at the instant `now`; one short transaction."""
    if provider in UNPACED:
        return Grant(wanted)
    rate = float(_rate(channel))
    with transaction.atomic():
        state = _locked(provider, rate, now)
        if state.open_until is not None and now < state.open_until:
            return Grant(0, (state.open_until - now).total_seconds())
        if state.open_until is not None:
            # Half open: one message is tried; meanwhile nobody else tries.
            state.open_until = now + dt.timedelta(seconds=settings.BREAKER_SECONDS)
            state.save(update_fields=["open_until", "changed_at"])
            return Grant(1, failed_before=True, is_trial=True)
        passed = max(0.0, (now - state.refilled_at).total_seconds())
        tokens = min(rate, state.tokens + passed * rate)
        count = min(wanted, int(tokens))
        state.tokens, state.refilled_at = tokens - count, max(now, state.refilled_at)
        state.save(update_fields=["tokens", "refilled_at", "changed_at"])
    if count == 0:
        return Grant(0, (1.0 - tokens) / rate)
    return Grant(count, failed_before=state.failures > 0)


def give_back(provider: str, grant: Grant, unused: int, now: dt.datetime) -> None:
    """What was granted for messages that did not go after all: the next one may go, or be the trial, at once."""
    if unused <= 0 or provider in UNPACED:
        return
    states = ProviderState.objects.filter(name=provider)
    if grant.is_trial:
        states.filter(open_until__isnull=False).update(open_until=now)
    else:
        states.update(tokens=F("tokens") + unused)


def note_failure(provider: str, error: str, now: dt.datetime, retry_after: float | None = None) -> bool:
    """A passing error of the provider itself; True when its circuit is open now."""
    if provider in UNPACED:
        return False
    with transaction.atomic():
        state = _locked(provider, 1.0, now)
        state.failures += 1
        state.last_error = error[:300]
        over = state.failures - settings.BREAKER_FAILURES
        if over >= 0:
            pause = min(OPEN_AT_MOST, dt.timedelta(seconds=settings.BREAKER_SECONDS * 2 ** min(over, 10)))
            state.open_until = now + pause
        if retry_after is not None:
            asked = now + min(OPEN_AT_MOST, dt.timedelta(seconds=retry_after))
            state.open_until = max(asked, state.open_until or asked)
        state.save(update_fields=["failures", "last_error", "open_until", "changed_at"])
        return state.open_until is not None and state.open_until > now


def note_success(provider: str) -> None:
    """The provider answered: its circuit is closed."""
    ProviderState.objects.filter(name=provider).exclude(failures=0, open_until=None).update(failures=0, open_until=None)


def _rate(channel: str) -> int:
    return int({"sms": settings.SMS_RATE, "email": settings.EMAIL_RATE}[channel])


def _locked(provider: str, tokens: float, now: dt.datetime) -> ProviderState:
    ProviderState.objects.get_or_create(name=provider, defaults={"tokens": tokens, "refilled_at": now})
    return ProviderState.objects.select_for_update().get(name=provider)
