"""`manage.py export_loans [--format csv|json] [--creditor CODE]`: contracts.md part 2."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from borrowers.export import FORMATS, write_rows
from borrowers.management.commands import of_creditor
from borrowers.models import Allocation, Loan

COLUMNS = (
    "account_no",
    "aged_on",
    "days_past_due",
    "delinquent_days",
    "bucket",
    "overdue_amount",
    "outstanding_principal",
    "outstanding_amount",
)
CHUNK = 2000


class Command(BaseCommand):
    help = "Write each loan's figures as last aged."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=FORMATS, default="csv")
        parser.add_argument("--creditor", metavar="CODE", help="only the loans of this creditor")

    def handle(self, *args: Any, **options: Any) -> None:
        loans = of_creditor(self, Loan.objects.filter(balance__isnull=False), options["creditor"])
        self.stdout.ending = ""
        write_rows(self.stdout, COLUMNS, _rows(loans), options["format"])


def _rows(loans: QuerySet[Loan]) -> Iterator[dict[str, Any]]:
    """The balance rows; after a run for an earlier day, the principal as of that day from the allocations."""
    paid_by_then = (
        Allocation.objects.filter(payment__loan=OuterRef("pk"), payment__paid_on__lte=OuterRef("creditor__aged_on"))
        .order_by()
        .values("payment__loan")
        .annotate(paid=Sum("principal"))
        .values("paid")
    )
    principal = Case(
        When(
            Q(balance__last_paid_on__gt=F("creditor__aged_on")),
            then=F("balance__outstanding_principal")
            + F("balance__principal_paid")
            - Coalesce(Subquery(paid_by_then), Value(Decimal(0))),
        ),
        default=F("balance__outstanding_principal"),
    )
    figures = loans.order_by("pk").values_list(
        "account_no",
        "creditor__aged_on",
        "balance__days_past_due",
        "balance__delinquent_days",
        "balance__bucket",
        "balance__overdue_amount",
        principal,
        "balance__outstanding_amount",
    )
    for values in figures.iterator(chunk_size=CHUNK):
        yield dict(zip(COLUMNS, values, strict=True))
