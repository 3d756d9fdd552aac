"""Those who must know at once that money moved. The apps above are named in the settings: this one imports none of them."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.utils.module_loading import import_string


def tell_money_moved(loan_ids: Collection[int], *, paid: bool) -> None:
    """What these loans owe is not what it was: a payment came (`paid`), or something else was booked or taken back.

    Runs inside the transaction that booked it, behind all of its rows, so that what follows stands or falls with it.
    """
    if loan_ids:
        for name in settings.MONEY_MOVED:
            import_string(name)(loan_ids, paid=paid)
