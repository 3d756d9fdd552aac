"""What the files of a day come to, and what became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from borrowers.models import PaymentFile, PaymentLine, PaymentShare, User
from borrowers.money import summed


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One file of a day: what it comes to, and what its lines came to by state: (number, sum)."""

    file: PaymentFile
    booked: tuple[int, Decimal]
    suspended: tuple[int, Decimal]
    refused: tuple[int, Decimal]

    @property
    def adds_up(self) -> bool:
        parts = (self.booked, self.suspended, self.refused)
        return (sum(n for n, _sum in parts), sum((s for _n, s in parts), Decimal(0))) == (
            self.file.row_count,
            self.file.total,
        )


def reconcile(user: User, on: dt.date) -> list[Reconciled]:
    """The files of a day: file total = booked + suspended + refused. What is booked is what the ledger holds."""
    files = PaymentFile.objects.visible_to(user).filter(loaded_on=on).select_related("source__creditor").order_by("pk")
    lines = PaymentLine.objects.filter(file__in=files).order_by().values("file", "state")
    counted = lines.annotate(number=Count("pk"), lines=Sum("amount"), payments=Sum("payment__amount"))
    shares = PaymentShare.objects.filter(line__file__in=files).order_by().values("line__file")
    shared = dict(shares.annotate(total=Sum("payment__amount")).values_list("line__file", "total"))
    sums = {
        (row["file"], row["state"]): (
            row["number"],
            summed(row["payments"]) + summed(shared.get(row["file"]))
            if row["state"] == PaymentLine.State.BOOKED
            else summed(row["lines"]),
        )
        for row in counted
    }
    none = (0, Decimal("0.00"))
    return [
        Reconciled(file, *(sums.get((file.pk, state), none) for state in ("booked", "suspended", "refused")))
        for file in files
    ]
