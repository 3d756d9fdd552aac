"""Which scorecard scores."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from borrowers.models import User, record_event
from cases.models import ScorecardVersion


def activate_scorecard(*, scorecard: ScorecardVersion, actor: User) -> ScorecardVersion:
    """Make it the one that scores from the next assessment on. Grades given stay with the version that gave them."""
    if not actor.has_perm("cases.change_scorecardversion"):
        raise PermissionDenied
    with transaction.atomic():
        rows = {row.pk: row for row in ScorecardVersion.objects.select_for_update().order_by("pk")}
        chosen = rows[scorecard.pk]
        before = next((row for row in rows.values() if row.is_active), None)
        if before == chosen:
            return chosen
        if before is not None:
            before.is_active = False
            before.save(update_fields=["is_active"])
        chosen.is_active = True
        chosen.save(update_fields=["is_active"])
        record_event(
            chosen,
            "activate_scorecard",
            actor=actor,
            field="is_active",
            old=before.version if before else "",
            new=chosen.version,
        )
        return chosen
