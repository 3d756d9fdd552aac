"""What follows when a supervisor changes a strategy."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from borrowers.models import User
from borrowers.models.audit import record_event
from cases.models import Strategy


def note_strategy_change(*, strategy: Strategy, actor: User) -> Strategy:
    """To be called once after a strategy or its steps were changed: the next version, and who made it. The next day's
    run revises the plans that follow it."""
    with transaction.atomic():
        old = Strategy.objects.select_for_update().get(pk=strategy.pk).version
        Strategy.objects.filter(pk=strategy.pk).update(version=F("version") + 1)
        strategy.refresh_from_db()
        record_event(
            strategy, "change_strategy", actor=actor, field="version", old=old, new=strategy.version, code=strategy.code
        )
    return strategy
