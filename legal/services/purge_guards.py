"""Why a borrower's personal data must stay, as far as legal steps are concerned (settings.PURGE_GUARDS)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from legal.models import Matter


def with_open_matter(borrower_ids: Collection[int], on: dt.date) -> set[int]:
    """Those of them with a matter that has not ended, on whichever of their cases."""
    rows = Matter.objects.open().filter(case__borrower__in=borrower_ids)
    return set(rows.values_list("case__borrower", flat=True))
