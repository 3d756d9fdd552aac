"""Which conditions of contact stand, for whom: the reading half of `cases.services.conditions`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from cases.models import ContactCondition
from cases.policy import Flag

# What is true of the person, whoever the creditor is. The other flags are about one file: its debts, its mandate.
PERSONAL = frozenset(
    {
        Flag.DECEASED,
        Flag.INCAPABLE,
        Flag.BANKRUPT,
        Flag.MINOR,
        Flag.BREATHING_SPACE,
        Flag.MENTAL_HEALTH_CRISIS,
        Flag.VULNERABLE,
    }
)
_PERSONAL_KINDS = (ContactCondition.Kind.OPT_OUT, ContactCondition.Kind.TIME, ContactCondition.Kind.PLACE)


def is_personal(kind: str, code: str) -> bool:
    """True if such a condition holds at every creditor of the installation, False if for one borrower file alone."""
    return kind in _PERSONAL_KINDS or (kind == ContactCondition.Kind.FLAG and code in PERSONAL)


def conditions_of(
    person_keys: Collection[str], borrower_ids: Collection[int], at: dt.datetime
) -> list[ContactCondition]:
    """What stands at the instant `at` for these files: their own conditions, and the personal ones of these people
    from every creditor. One query, oldest first; each comes with its borrower."""
    rows = (
        ContactCondition.objects.standing(at)
        .filter(borrower__person_key__in=person_keys)
        .select_related("borrower")
        .order_by("since", "pk")
    )
    wanted = set(borrower_ids)
    return [row for row in rows if row.borrower_id in wanted or is_personal(row.kind, row.code)]
